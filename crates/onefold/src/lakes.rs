//! Lakes: the lakes that a server keeps open for reading, one each, and who is who in them.
//!
//! Opening a lake takes its lease for a moment, to tidy up after a run that was killed; a server that did so at every
//! question would now and then stand in the way of a run that begins.
//!
//! Invariants
//! - What is kept is never asked what it knew: a lake reads the pointer to the published run at every question.
//! - Nothing is kept unless [`keep`] was called: the command line opens a lake, asks, and closes it.
//! - Runs open the lake for themselves, with the memory and threads they were asked to use.
//! - Who is who in a lake is held once, for runs, look-ups and explanations; on the command line no run goes on from it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

use onefold_lake::holding::Holding;
use onefold_lake::{Lake, LakeError, LakeOptions};
use tokio::sync::Mutex;

static KEEPS: AtomicBool = AtomicBool::new(false);
static OPEN: Mutex<Option<HashMap<PathBuf, Lake>>> = Mutex::const_new(None);
static HELD: std::sync::Mutex<Option<HashMap<PathBuf, Arc<Holding>>>> = std::sync::Mutex::new(None);

/// From now on, lakes that are opened for reading stay open.
pub fn keep() {
    KEEPS.store(true, Ordering::Relaxed);
}

/// Closes what was kept.
pub async fn close() {
    KEEPS.store(false, Ordering::Relaxed);
    OPEN.lock().await.take();
    HELD.lock().unwrap_or_else(PoisonError::into_inner).take();
}

/// Where who is who in the lake of a folder is held, up to so many bytes of what runs go on from.
pub(crate) fn holding(folder: &Path, most: usize) -> Arc<Holding> {
    // The folder itself may not be there yet.
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let place = match (folder.parent().map(Path::canonicalize), folder.file_name()) {
        (Some(Ok(parent)), Some(name)) => parent.join(name),
        _ => folder,
    };
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(held.get_or_insert_default().entry(place).or_insert_with(|| Arc::new(Holding::new(most))))
}

/// Whether runs may go on from what is held: the process stays open.
pub(crate) fn kept() -> bool {
    KEEPS.load(Ordering::Relaxed)
}

/// The lake in a folder that is there, for reading.
///
/// # Errors
/// A folder that cannot be read.
pub(crate) async fn to_read(folder: &Path, options: LakeOptions) -> Result<Lake, LakeError> {
    if !KEEPS.load(Ordering::Relaxed) {
        return Lake::open(folder, options).await;
    }
    let Ok(folder) = folder.canonicalize() else { return Lake::open(folder, options).await };
    let mut open = OPEN.lock().await;
    let lakes = open.get_or_insert_default();
    // A lake that was removed and made anew has lost the places this one writes to.
    if let Some(lake) = lakes.get(&folder).filter(|lake| lake.is_whole()) {
        return Ok(lake.clone());
    }
    let lake = Lake::open(&folder, options).await?;
    lakes.insert(folder, lake.clone());
    Ok(lake)
}
