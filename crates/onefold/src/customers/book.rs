//! Book: the definitions as they are now, and the lake, without reading them at every question.
//!
//! Invariants
//! - Definitions are at most [`FRESH`] old when a question comes; what is older is read again beside the answer.
//! - What was saved here is seen by the next question.
//! - The pointer to the published run is read at every question.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use onefold_api::Problem;
use onefold_lake::{Lake, Published};
use onefold_model::Project;

use crate::opened::{lake_to_read, nothing_published, wrong};
use crate::platform::Onefold;
use crate::runner::problem::of_lake;

/// How old definitions may be.
const FRESH: Duration = Duration::from_secs(2);
/// Definitions older than this are not shown any more.
const STALE: Duration = Duration::from_secs(10);

/// What is kept between questions.
#[derive(Default)]
pub(super) struct Kept(Mutex<Option<(Instant, bool, Arc<Book>)>>);

/// The definitions and the lake.
pub(super) struct Book {
    /// What the files say; perhaps wrong.
    pub(super) project: Arc<Project>,
    /// The lake.
    pub(super) lake: Lake,
}

impl Book {
    /// The run that readers see.
    pub(super) fn published(&self) -> Result<Arc<Published>, Problem> {
        self.lake.published().map_err(of_lake)?.ok_or_else(nothing_published)
    }
}

/// Has definitions read again at the next question: they were changed here.
pub(super) fn forget(project: &Onefold) {
    *project.people().book.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

/// The book of a project.
pub(super) async fn open(project: &Onefold) -> Result<Arc<Book>, Problem> {
    let memory = Arc::clone(project.people());
    let known = {
        let mut kept = memory.book.0.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.as_mut() {
            Some((read, reading, book)) if read.elapsed() < STALE => {
                let again = read.elapsed() > FRESH && !*reading;
                *reading |= again;
                Some((Arc::clone(book), again))
            }
            _ => None,
        }
    };
    let root = project.root().to_owned();
    let read = async move {
        let book = Arc::new(read(&root).await?);
        let mut kept = memory.book.0.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some((Instant::now(), false, Arc::clone(&book)));
        Ok::<_, Problem>(book)
    };
    match known {
        Some((book, again)) => {
            if again {
                tokio::spawn(read);
            }
            Ok(book)
        }
        None => read.await,
    }
}

async fn read(root: &std::path::Path) -> Result<Book, Problem> {
    let root = root.to_owned();
    let loaded = super::off_the_runtime(move || Ok(onefold_model::load(&root))).await?;
    if loaded.project.files.iter().all(|file| file.path != "onefold.yaml") {
        return Err(wrong(&loaded.project, &loaded.diagnostics));
    }
    let (lake, _) = lake_to_read(&loaded.project).await?;
    Ok(Book { project: Arc::new(loaded.project), lake })
}
