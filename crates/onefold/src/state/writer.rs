//! Writer: the one thread that writes the server's file, many changes a transaction.
//!
//! Flow     changes from many requests ─ queue ─ savepoint each, one transaction for all that wait ─ commit, on disk ─ all are told
//!
//! Invariants
//! - Who asked for a change is told of it only when it is on disk.
//! - A change that fails takes back its own part alone.
//! - While one group is being committed the next gathers: the more is asked, the larger the groups.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use onefold_api::Problem;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::schema::unusable;

/// The most changes of one transaction.
const GROUP: usize = 256;

/// Tells who asked, once the group has been committed or has not.
type Tell = Box<dyn FnOnce(Result<(), Problem>) + Send>;
/// A change; gives whom to tell.
type Change = Box<dyn FnOnce(Result<&Connection, Problem>) -> Tell + Send>;

/// The thread and its queue.
pub(super) struct Writer {
    queue: Option<Sender<Change>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(connection: Connection, path: PathBuf) -> Result<Self, Problem> {
        let (queue, changes) = channel();
        let thread = std::thread::Builder::new()
            .name("registry".to_owned())
            .spawn(move || write(connection, &path, &changes))
            .map_err(|error| Problem::failed(format!("no thread can be started: {error}")))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Makes a change; returns when it is on disk.
    pub(super) async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let (tell, told) = oneshot::channel();
        let change: Change = Box::new(move |connection| {
            let result = connection.and_then(|connection| apart(connection, change));
            // Whoever has stopped waiting does not need to know.
            Box::new(move |committed| drop(tell.send(committed.and(result))))
        });
        let stopped = || Problem::failed("the server's file is closed");
        self.queue.as_ref().ok_or_else(stopped)?.send(change).map_err(|_| stopped())?;
        told.await.map_err(|_| stopped())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // What waits is still written.
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn write(mut connection: Connection, path: &std::path::Path, changes: &Receiver<Change>) {
    while let Ok(first) = changes.recv() {
        let group: Vec<Change> = std::iter::once(first).chain(changes.try_iter().take(GROUP - 1)).collect();
        let (told, committed) = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
            Ok(transaction) => {
                let told: Vec<Tell> = group.into_iter().map(|change| change(Ok(&transaction))).collect();
                (told, transaction.commit().map_err(|error| unusable(path, &error)))
            }
            Err(error) => {
                let problem = unusable(path, &error);
                (group.into_iter().map(|change| change(Err(problem.clone()))).collect(), Err(problem))
            }
        };
        for tell in told {
            tell(committed.clone());
        }
    }
}

/// Makes a change within a transaction so that it can be taken back alone.
fn apart<T>(connection: &Connection, change: impl FnOnce(&Connection) -> Result<T, Problem>) -> Result<T, Problem> {
    let failed = |error: rusqlite::Error| Problem::failed(error.to_string());
    connection.execute_batch("savepoint change").map_err(failed)?;
    let result = change(connection);
    let end = if result.is_ok() { "release change" } else { "rollback to change; release change" };
    connection.execute_batch(end).map_err(failed)?;
    result
}
