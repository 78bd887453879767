//! Lakes: the lakes that a server keeps open for reading, one each.
//!
//! Opening a lake takes its lease for a moment, to tidy up after a run that was killed; a server that did so at every
//! question would now and then stand in the way of a run that begins.
//!
//! Invariants
//! - What is kept is never asked what it knew: a lake reads the pointer to the published run at every question.
//! - Nothing is kept unless [`keep`] was called: the command line opens a lake, asks, and closes it.
//! - Runs open the lake for themselves, with the memory and threads they were asked to use.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use onefold_lake::{Lake, LakeError, LakeOptions};
use tokio::sync::Mutex;

static KEEPS: AtomicBool = AtomicBool::new(false);
static OPEN: Mutex<Option<HashMap<PathBuf, Lake>>> = Mutex::const_new(None);

/// From now on, lakes that are opened for reading stay open.
pub fn keep() {
    KEEPS.store(true, Ordering::Relaxed);
}

/// Closes what was kept.
pub async fn close() {
    KEEPS.store(false, Ordering::Relaxed);
    OPEN.lock().await.take();
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
