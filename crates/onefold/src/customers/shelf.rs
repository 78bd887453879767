//! Shelf: the indexes of a lake, and which of them answers.
//!
//! ```text
//! <lake>/_search/<run>/          an index (`indexing`), built of that run
//! <lake>/_search/.building-…/    one being built
//! <lake>/_search/lock            held by who builds
//! ```
//!
//! Invariants
//! - An index appears whole, by a rename, and is of every run with the same profiles, attributes and members.
//! - While a newer one is built the older one answers, and says which run it is of.
//! - One process builds at a time; indexes nobody needs any more are removed by who built the newest.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use onefold_api::Problem;
use onefold_lake::{Lake, Published};
use onefold_search::Index;
use sha2::{Digest as _, Sha256};

use super::book::Book;
use super::indexing::{self, About, FORMAT};
use crate::platform::Onefold;

/// How long a search waits for a newer index while an older one could answer.
const PATIENCE: Duration = Duration::from_millis(1500);
/// How long it waits when there is none.
const LONG: Duration = Duration::from_secs(25);

/// What is kept between questions.
#[derive(Default)]
pub(super) struct Kept {
    opened: Mutex<Option<Arc<Opened>>>,
    building: tokio::sync::Mutex<()>,
}

impl Kept {
    fn get(&self, folder: &Path) -> Option<Arc<Opened>> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner).clone();
        opened.filter(|opened| opened.shelf == folder)
    }
    fn put(&self, opened: &Arc<Opened>) {
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(opened));
    }
}

/// An index, open.
pub(super) struct Opened {
    /// The index.
    pub(super) index: Index,
    /// What is known of it.
    pub(super) about: About,
    shelf: PathBuf,
}

impl Opened {
    /// Whether it holds the profiles of a run.
    pub(super) fn is_of(&self, published: &Published) -> bool {
        self.about.stamp == stamp(published)
    }
    fn read(shelf: &Path, name: &str, wanted: Option<&str>) -> Option<Self> {
        let folder = shelf.join(name);
        let about: About = serde_json::from_slice(&fs::read(folder.join("about.json")).ok()?).ok()?;
        if about.format != FORMAT || wanted.is_some_and(|wanted| wanted != about.stamp) {
            return None;
        }
        match Index::open(&folder) {
            Ok(index) => Some(Self { index, about, shelf: shelf.to_owned() }),
            Err(error) => {
                tracing::warn!("{error}; it is built anew");
                None
            }
        }
    }
}

/// Equal for runs whose profiles, attributes and members are the same.
fn stamp(published: &Published) -> String {
    let mut hash = Sha256::new();
    for table in ["Customer", indexing::MEASURES, "SegmentBitmap"] {
        hash.update(format!("\n{table}\n"));
        for file in published.table(table).iter().flat_map(|table| &table.files) {
            hash.update(format!("{} {} {}\n", file.path, file.bytes, file.run));
        }
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn shelf_of(lake: &Lake) -> PathBuf {
    lake.folder().join("_search")
}

/// Whether somebody has searched here.
pub(super) fn is_used(lake: &Lake) -> bool {
    shelf_of(lake).is_dir()
}

/// The index that answers for a run.
pub(super) async fn index(
    project: &Onefold,
    book: &Arc<Book>,
    published: &Arc<Published>,
) -> Result<Arc<Opened>, Problem> {
    let memory = Arc::clone(project.people());
    let shelf = shelf_of(&book.lake);
    let opened = memory.shelf.get(&shelf);
    if let Some(opened) = opened.as_ref().filter(|opened| opened.is_of(published)) {
        return Ok(Arc::clone(opened));
    }
    let older = match opened {
        Some(opened) => Some(opened),
        // After a start: any will do until the right one is there.
        None => super::off_the_runtime(move || Ok(newest(&shelf, None).map(Arc::new))).await?,
    };
    let (book, published) = (Arc::clone(book), Arc::clone(published));
    let ready = tokio::spawn(async move { made(&memory, &book, &published).await });
    let patience = if older.is_some() { PATIENCE } else { LONG };
    let fault = |fault| Problem::failed(format!("the index cannot be built by a fault in Onefold: {fault}"));
    match (tokio::time::timeout(patience, ready).await, older) {
        (Ok(made), _) => made.map_err(fault)?,
        (Err(_), Some(older)) => Ok(older),
        (Err(_), None) => Err(Problem::failed("the index of these profiles is still being built")
            .hint("search again in a moment; profiles can be opened by their ids meanwhile")),
    }
}

/// Builds the index of a run if it is not there.
pub(super) async fn build(project: &Onefold, book: &Arc<Book>, published: &Arc<Published>) -> Result<(), Problem> {
    made(project.people(), book, published).await.map(|_| ())
}

async fn made(memory: &super::Memory, book: &Arc<Book>, published: &Arc<Published>) -> Result<Arc<Opened>, Problem> {
    let _one_at_a_time = memory.shelf.building.lock().await;
    if let Some(opened) = memory.shelf.get(&shelf_of(&book.lake)).filter(|opened| opened.is_of(published)) {
        return Ok(opened);
    }
    let (book, published) = (Arc::clone(book), Arc::clone(published));
    let opened = super::off_the_runtime(move || make(&book.lake, &published).map(Arc::new)).await?;
    memory.shelf.put(&opened);
    Ok(opened)
}

/// The newest index, or the one with a stamp.
fn newest(shelf: &Path, stamp: Option<&str>) -> Option<Opened> {
    let mut names: Vec<String> = fs::read_dir(shelf)
        .ok()?
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    names.sort();
    names.iter().rev().find_map(|name| Opened::read(shelf, name, stamp))
}

/// Opens the index of a run, built if need be.
fn make(lake: &Lake, published: &Published) -> Result<Opened, Problem> {
    let shelf = shelf_of(lake);
    let stamp = stamp(published);
    if let Some(found) = newest(&shelf, Some(&stamp)) {
        return Ok(found);
    }
    let failed = |error: std::io::Error| {
        Problem::failed(format!("the index cannot be written to `{}`: {error}", shelf.display()))
            .hint("check that the lake's folder can be written and has room")
    };
    fs::create_dir_all(&shelf).map_err(failed)?;
    let lock = File::create(shelf.join("lock")).map_err(failed)?;
    lock.lock().map_err(failed)?;
    // Somebody else may have built it while we waited.
    if let Some(found) = newest(&shelf, Some(&stamp)) {
        return Ok(found);
    }
    remove(&shelf, |name| name.starts_with(".building-"));
    let place = shelf.join(format!(".building-{}", published.run_id));
    let about = indexing::build(lake, published, &stamp, &place)?;
    let folder = shelf.join(&published.run_id);
    if folder.is_dir() {
        fs::remove_dir_all(&folder).map_err(failed)?;
    }
    fs::rename(&place, &folder).map_err(failed)?;
    remove(&shelf, |name| name != published.run_id);
    let index = Index::open(&folder).map_err(|error| Problem::failed(error.to_string()))?;
    Ok(Opened { index, about, shelf })
}

/// Removes folders of the shelf; one that is still read where open files cannot be removed goes the next time.
fn remove(shelf: &Path, gone: impl Fn(&str) -> bool) {
    for entry in fs::read_dir(shelf).into_iter().flatten().flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder
            && entry.file_name().to_str().is_some_and(&gone)
            && let Err(error) = fs::remove_dir_all(entry.path())
        {
            tracing::warn!("`{}` cannot be removed: {error}", entry.path().display());
        }
    }
}
