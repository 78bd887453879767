//! Lake: the folder, opened.
//!
//! Reads    `_runs/current` and the manifest it names, at every question, so that a run published by another
//!          process is seen at once
//!
//! Not here: how a run is published (`publish.rs`); what may be asked (`guard.rs`).

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use onefold_model::{Catalog, Column, TableName};

use crate::layout::Layout;
use crate::lease::{Lease, Scratch};
use crate::seen::Seen;
use crate::session::Session;
use crate::{LakeError, LakeOptions, Published, QueryLimits, QueryResult, Result, Run, RunSummary, publish, query};

/// A lake, opened. Cheap to clone.
#[derive(Clone)]
pub struct Lake {
    inner: Arc<Inner>,
}

/// What all clones of a lake and its runs share.
pub(crate) struct Inner {
    pub(crate) layout: Layout,
    pub(crate) options: LakeOptions,
    pub(crate) session: Session,
    pub(crate) scratch: Scratch,
    /// The number last given to a run here: none is given twice, so that what is remembered of a file stays true.
    pub(crate) last_run: AtomicU64,
    cached: Mutex<Option<Arc<Published>>>,
    #[cfg(test)]
    pub(crate) stop_at: Mutex<Option<String>>,
}

impl Lake {
    /// Opens the lake in a folder, which is made if need be. A run past its point of no return is finished, the files
    /// of one before it are removed, unless another process is writing.
    pub async fn open(folder: &Path, options: LakeOptions) -> Result<Self> {
        let layout = Layout::create(folder)?;
        let scratch = Scratch::create(&layout)?;
        let session = Session::new(&options, scratch.folder())?;
        let inner = Inner {
            layout,
            options,
            session,
            scratch,
            last_run: AtomicU64::new(0),
            cached: Mutex::new(None),
            #[cfg(test)]
            stop_at: Mutex::new(None),
        };
        match Lease::take(&inner.layout) {
            Ok(_lease) => publish::recover(&inner).await?,
            Err(LakeError::Busy { .. }) => {}
            Err(error) => return Err(error),
        }
        inner.published()?;
        Ok(Self { inner: Arc::new(inner) })
    }
    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.inner.layout.root()
    }
    /// Whether its folder, and its place for spilled rows, are still there.
    pub fn is_whole(&self) -> bool {
        self.inner.scratch.folder().is_dir()
    }
    /// The run that readers see, read again from the folder; none before the first.
    pub fn published(&self) -> Result<Option<Arc<Published>>> {
        self.inner.published()
    }
    /// The tables of the published run, internal ones too, and its views.
    pub fn catalog(&self) -> Result<Catalog> {
        Ok(self.published()?.map(|published| published.catalog()).unwrap_or_default())
    }
    /// The runs whose files are kept, newest first.
    pub fn runs(&self) -> Result<Vec<RunSummary>> {
        let layout = &self.inner.layout;
        let Some(current) = publish::current(layout)? else { return Ok(Vec::new()) };
        let mut runs = Vec::new();
        for run in layout.run_ids()?.into_iter().rev() {
            if run <= current && layout.manifest(&run).is_file() {
                runs.push(Published::load(&layout.manifest(&run))?.summary(run == current));
            }
        }
        Ok(runs)
    }
    /// Begins a run, at the instant that `now()` stands for. `promised` gives the columns of tables that steps look
    /// at as they were before, for the first run. Fails with [`LakeError::Busy`] while another run is under way.
    pub async fn begin(&self, now: Timestamp, promised: HashMap<TableName, Vec<Column>>) -> Result<Run> {
        let lease = Lease::take(&self.inner.layout)?;
        publish::recover(&self.inner).await?;
        Run::begin(Arc::clone(&self.inner), lease, now, promised)
    }
    /// Asks one question over the published tables and views.
    pub async fn query(&self, sql: &str, limits: QueryLimits) -> Result<QueryResult> {
        query::guarded(&self.inner, self.seen()?, sql, limits).await
    }
    /// All rows of one published table or view, internal ones too, without limits.
    pub async fn read(&self, table: &TableName) -> Result<QueryResult> {
        query::whole(&self.inner, self.seen()?, table).await
    }
    fn seen(&self) -> Result<Seen> {
        Ok(self.published()?.map(|published| Seen::of(&published)).unwrap_or_default())
    }
    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }
}

impl Inner {
    /// The published run, by the pointer in the folder.
    pub(crate) fn published(&self) -> Result<Option<Arc<Published>>> {
        let Some(run) = publish::current(&self.layout)? else { return Ok(None) };
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = cached.as_ref().filter(|known| known.run_id == run) {
            return Ok(Some(Arc::clone(known)));
        }
        let found = Arc::new(Published::load(&self.layout.manifest(&run))?);
        *cached = Some(Arc::clone(&found));
        Ok(Some(found))
    }
    /// Stops here if a test of this crate says so.
    #[cfg(test)]
    pub(crate) fn stop(&self, point: &str) -> Result<()> {
        match self.stop_at.lock().unwrap_or_else(PoisonError::into_inner).as_deref() {
            Some(at) if at == point => Err(LakeError::Run(format!("stopped at {point}"))),
            _ => Ok(()),
        }
    }
    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "the same signature as in tests")]
    pub(crate) fn stop(&self, _point: &str) -> Result<()> {
        Ok(())
    }
}
