//! Intake: rows on their way from a request into a table of the lake.
//!
//! Reads    logs that an earlier process left; `Live_<Source>_<Table>`
//! Writes   the log (`log`), then `Live_<Source>_<Table>` (`onefold_lake::live`)
//! Flow     rows ─ numbered ─ log, synced ─ answered;  every 30 s or 64 MB: log turned ─ one commit a table ─ log removed
//!
//! Invariants
//! - A row has one number for ever. What a table holds up to a number is not added again, whatever crashes.
//! - A row that repeats another is answered only when that other is on disk.
//! - One process takes rows for a lake; another is refused, not mixed in.
//!
//! Not here: whether a row is good (`onefold_connect::live`), what it changes (`overlay`).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{File, TryLockError};
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use onefold_api::{LiveState, Problem};
use onefold_connect::live::Sent;
use onefold_lake::Published;
use onefold_lake::live::{FOLDER, LiveRow, LiveTable};
use onefold_model::TableName;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::log::Log;
use super::patch::{self, Patch};
use crate::runner::problem::of_lake;

/// How long rows wait in the log.
const EVERY: Duration = Duration::from_secs(30);
/// Bytes in the log that do not wait that long.
const MOST: usize = 64 << 20;
/// Keys that are remembered to know a repeated row by. Beyond, a repeated row is kept twice, and still counts once.
const KNOWN: usize = 8 << 20;

/// A row and its table.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) table: TableName,
    pub(crate) row: LiveRow,
}

/// What a frame of the log holds: the rows of one request.
#[derive(Serialize, Deserialize)]
struct Frame {
    table: TableName,
    rows: Vec<LiveRow>,
}

/// The rows of a lake that came in between runs.
pub(crate) struct Intake {
    lake: PathBuf,
    log: Log,
    state: Mutex<State>,
    tables: tokio::sync::Mutex<HashMap<String, LiveTable>>,
    /// Told of new rows.
    pub(super) news: Notify,
    full: Arc<Notify>,
    /// The number of the last row that has been laid over what is shown.
    pub(super) seen: AtomicU64,
    /// Commits that did not work.
    errors: AtomicU64,
    /// When rows were last put into tables (µs).
    committed: AtomicI64,
    _lock: File,
}

#[derive(Default)]
struct State {
    last: u64,
    /// In the log, and in no table yet.
    waiting: Vec<Arc<Entry>>,
    bytes: usize,
    /// All good rows that the published run does not know, by number.
    recent: BTreeMap<u64, Arc<Entry>>,
    /// By hash of table and key, the hash of the newest content.
    known: HashMap<u64, u64>,
    /// What is laid over profiles, by key.
    patches: BTreeMap<String, Arc<Patch>>,
    /// The number of the last row about patches.
    patched: u64,
}

impl State {
    /// Whether a row with this key and content is the newest one of its key; remembers it.
    fn repeats(&mut self, table: &TableName, key: &str, content: &str) -> bool {
        let (key, content) = (hashed(&(table.folded(), key)), hashed(&content));
        if self.known.len() >= KNOWN {
            self.known.clear();
        }
        self.known.insert(key, content) == Some(content)
    }
    fn remember(&mut self, entry: Arc<Entry>, is_recent: bool) {
        self.last = self.last.max(entry.row.number);
        if let (Some(key), None) = (&entry.row.key, &entry.row.wrong) {
            self.repeats(&entry.table, key, &entry.row.row);
            if is_recent {
                self.add(entry);
            }
        }
    }
    /// Adds a good row to what is laid over a run.
    fn add(&mut self, entry: Arc<Entry>) {
        if entry.table != patch::table() {
            self.recent.insert(entry.row.number, entry);
        } else if let (Some(key), Some(patched)) = (&entry.row.key, Patch::of(&entry.row)) {
            self.patched = entry.row.number;
            match patched {
                Ok(patch) => _ = self.patches.insert(key.clone(), Arc::new(patch)),
                Err(()) => _ = self.patches.remove(key),
            }
        }
    }
}

/// What became of rows.
pub(super) struct Taken {
    pub(super) accepted: u64,
    pub(super) repeated: u64,
}

impl Intake {
    /// Opens the intake of a lake; `None` while another process has it. What an earlier process left in its logs is put
    /// into tables.
    pub(super) async fn open(lake: &Path, published: Option<&Published>) -> Result<Option<Arc<Self>>, Problem> {
        let folder = lake.join(FOLDER);
        let failed = |error: std::io::Error| {
            Problem::failed(format!("rows cannot be taken in `{}`: {error}", folder.display()))
                .hint("check that the lake's folder can be written and has room")
        };
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let lock = File::create(folder.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let (log, found) = Log::open(&folder.join("log")).map_err(failed)?;
        if found.cut > 0 {
            tracing::warn!(bytes = found.cut, "the end of a log was never answered, and is put aside");
        }
        let mut state = State::default();
        let mut tables = HashMap::new();
        for name in LiveTable::all(lake).map_err(of_lake)? {
            let table = LiveTable::open(lake, &name).await.map_err(of_lake)?;
            let known = known_to(published, &name);
            for row in table.rows(0).map_err(of_lake)? {
                let is_recent = row.number > known;
                state.remember(Arc::new(Entry { table: name.clone(), row }), is_recent);
            }
            state.last = state.last.max(table.last());
            tables.insert(name.folded(), table);
        }
        for frame in &found.frames {
            let frame: Frame = serde_json::from_slice(frame).map_err(|error| {
                Problem::failed(format!("a log of `{}` holds what is no row: {error}", folder.display()))
                    .hint("move the folder `log` away; what it holds is lost then")
            })?;
            let there = tables.get(&frame.table.folded()).map_or(0, LiveTable::last);
            for row in frame.rows {
                let entry = Arc::new(Entry { table: frame.table.clone(), row });
                // In a table already: the process ended before the log was removed.
                if entry.row.number > there {
                    state.waiting.push(Arc::clone(&entry));
                    state.remember(entry, true);
                }
            }
        }
        let intake = Arc::new(Self {
            lake: lake.to_owned(),
            log,
            state: Mutex::new(state),
            tables: tokio::sync::Mutex::new(tables),
            news: Notify::new(),
            full: Arc::new(Notify::new()),
            seen: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            committed: AtomicI64::new(0),
            _lock: lock,
        });
        if found.newest > 0 {
            intake.put_away(found.newest).await?;
        }
        let (weak, full) = (Arc::downgrade(&intake), Arc::clone(&intake.full));
        tokio::spawn(async move {
            loop {
                tokio::select! { () = tokio::time::sleep(EVERY) => {}, () = full.notified() => {} }
                let Some(intake) = weak.upgrade() else { return };
                if let Err(problem) = intake.flush().await {
                    intake.errors.fetch_add(1, Ordering::Relaxed);
                    tracing::warn!("rows stay in the log for now: {}", problem.message);
                }
            }
        });
        Ok(Some(intake))
    }

    /// Takes rows of a table; returns when they, and those that they repeat, are on disk.
    pub(super) async fn take(&self, table: &TableName, rows: &[Sent], now: Timestamp) -> Result<Taken, Problem> {
        let (mut accepted, mut repeated) = (0, 0);
        let pending = {
            let mut state = self.lock();
            let mut taken = Vec::new();
            for sent in rows {
                if let (Some(key), None) = (&sent.key, &sent.wrong) {
                    if state.repeats(table, key, &sent.text) {
                        repeated += 1;
                        continue;
                    }
                    accepted += 1;
                }
                state.last += 1;
                taken.push(LiveRow {
                    number: state.last,
                    at: now.as_microsecond(),
                    key: sent.key.clone(),
                    row: sent.text.clone(),
                    wrong: sent.wrong.clone(),
                });
            }
            let frame = match taken.is_empty() {
                true => Vec::new(),
                false => serde_json::to_vec(&Frame { table: table.clone(), rows: taken.clone() })
                    .expect("rows are texts and numbers"),
            };
            state.bytes += frame.len();
            for row in taken {
                let entry = Arc::new(Entry { table: table.clone(), row });
                state.waiting.push(Arc::clone(&entry));
                if entry.row.wrong.is_none() {
                    state.add(entry);
                }
            }
            if state.bytes > MOST {
                self.full.notify_one();
            }
            // Handed over while nobody else can number rows: the log has them in the order of their numbers.
            self.log.add(frame)
        };
        let written = pending.await.unwrap_or_else(|_| Err("the log is closed".to_owned()));
        if written.is_err() {
            self.errors.fetch_add(1, Ordering::Relaxed);
        }
        written.map_err(|why| Problem::failed(why).hint("free some room, then start the server again"))?;
        if accepted > 0 {
            self.news.notify_one();
        }
        Ok(Taken { accepted, repeated })
    }

    /// Puts what is in the log into tables.
    pub(crate) async fn flush(&self) -> Result<(), Problem> {
        let pending = {
            let mut state = self.lock();
            if state.waiting.is_empty() {
                return Ok(());
            }
            state.bytes = 0;
            self.log.turn()
        };
        let ended = pending.await.unwrap_or_else(|_| Err("the log is closed".to_owned()));
        self.put_away(ended.map_err(Problem::failed)?).await
    }

    /// Puts what waits into tables, then removes logs up to a number, all of which hold nothing else.
    async fn put_away(&self, ended: u64) -> Result<(), Problem> {
        let mut tables = self.tables.lock().await;
        let waiting = self.lock().waiting.clone();
        let most = waiting.last().map_or(0, |entry| entry.row.number);
        let mut by_table: BTreeMap<&TableName, Vec<LiveRow>> = BTreeMap::new();
        for entry in &waiting {
            by_table.entry(&entry.table).or_default().push(entry.row.clone());
        }
        crash_point("live-before-commit");
        for (name, rows) in by_table {
            let table = match tables.get_mut(&name.folded()) {
                Some(table) => table,
                None => {
                    let opened = LiveTable::open(&self.lake, name).await.map_err(of_lake)?;
                    tables.entry(name.folded()).or_insert(opened)
                }
            };
            table.append(&rows, Timestamp::now()).await.map_err(of_lake)?;
        }
        self.committed.store(Timestamp::now().as_microsecond(), Ordering::Relaxed);
        crash_point("live-before-cut");
        // What came in since the log was turned is in tables now, and in the newest log: it will not be added again.
        self.lock().waiting.retain(|entry| entry.row.number > most);
        self.log.remove(ended).map_err(|error| Problem::failed(format!("a log cannot be removed: {error}")))?;
        crash_point("live-after-cut");
        Ok(())
    }

    /// The good rows after a number that the published run does not know, ascending.
    pub(super) fn after(&self, number: u64) -> Vec<Arc<Entry>> {
        self.lock().recent.range(number + 1..).map(|(_, entry)| Arc::clone(entry)).collect()
    }

    /// How it is doing.
    pub(super) fn state(&self, now: Timestamp) -> LiveState {
        let instant = |micros| Timestamp::from_microsecond(micros).ok();
        let committed = instant(self.committed.load(Ordering::Relaxed)).filter(|at| *at > Timestamp::UNIX_EPOCH);
        let state = self.lock();
        let mut unseen = state.recent.range(self.seen.load(Ordering::Relaxed) + 1..);
        let oldest = unseen.next().and_then(|(_, entry)| instant(entry.row.at));
        LiveState {
            open: true,
            in_log: state.waiting.len() as u64,
            log_bytes: state.bytes as u64,
            waiting: state.recent.len() as u64,
            waiting_since: state
                .recent
                .values()
                .next()
                .and_then(|entry| instant(entry.row.at))
                .map(|at| at.to_string()),
            patches: state.patches.values().filter(|patch| patch.holds(now)).count() as u64,
            last_commit: committed.map(|at| at.to_string()),
            unseen: oldest.map_or(0, |_| 1 + unseen.count() as u64),
            lag: oldest.map_or(0.0, |oldest| now.duration_since(oldest).as_secs_f64().max(0.0)),
            errors: self.errors.load(Ordering::Relaxed),
            clock_next: None,
        }
    }

    /// How many rows of some tables wait for a run, and when the oldest of them came.
    pub(super) fn waiting(&self, tables: &HashSet<String>) -> (u64, Option<Timestamp>) {
        let state = self.lock();
        let mut known: HashMap<&TableName, bool> = HashMap::new();
        let (mut rows, mut oldest) = (0, None);
        for entry in state.recent.values() {
            if *known.entry(&entry.table).or_insert_with(|| tables.contains(&entry.table.folded())) {
                rows += 1;
                oldest = oldest.or(Timestamp::from_microsecond(entry.row.at).ok());
            }
        }
        (rows, oldest)
    }

    /// The number of the last row about patches; 0 where there never was one.
    pub(super) fn patched(&self) -> u64 {
        self.lock().patched
    }

    /// The patches that hold at an instant, by number.
    pub(super) fn patches(&self, now: Timestamp) -> Vec<Arc<Patch>> {
        let mut state = self.lock();
        state.patches.retain(|_, patch| patch.holds(now));
        let mut all: Vec<Arc<Patch>> = state.patches.values().cloned().collect();
        all.sort_by_key(|patch| patch.number);
        all
    }

    /// Forgets rows that a published run knows.
    pub(super) fn known_by(&self, published: &Published) {
        let mut known: HashMap<String, u64> = HashMap::new();
        self.lock().recent.retain(|&number, entry| {
            let folded = entry.table.folded();
            number > *known.entry(folded).or_insert_with(|| known_to(Some(published), &entry.table))
        });
    }

    /// Takes patches out of their table that hold no more, save those that the published run lays over still: until the
    /// next run they tell that its values are to be taken back.
    pub(super) async fn forget_patches(&self, laid: &HashSet<String>, now: Timestamp) -> Result<(), Problem> {
        let mut tables = self.tables.lock().await;
        let Some(table) = tables.get_mut(&patch::table().folded()) else { return Ok(()) };
        let all = table.rows(0).map_err(of_lake)?;
        let newest: HashMap<&str, u64> = all.iter().filter_map(|row| Some((row.key.as_deref()?, row.number))).collect();
        let is_kept = |row: &LiveRow| {
            let Some(key) = row.key.as_deref() else { return false };
            let holds = matches!(Patch::of(row), Some(Ok(patch)) if patch.holds(now));
            newest.get(key) == Some(&row.number) && (holds || laid.contains(key))
        };
        let gone = table.keep(&is_kept, now).await.map_err(of_lake)?;
        if gone > 0 {
            tracing::info!(gone, "patches that hold no more are taken out");
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The highest number of a row of a table that a run has taken in.
pub(crate) fn known_to(published: Option<&Published>, table: &TableName) -> u64 {
    let notes = published.and_then(|published| published.notes.get(&note_of(table)));
    notes.and_then(serde_json::Value::as_u64).unwrap_or(0)
}

/// Under what a run notes the highest number of a row that it took in.
pub(crate) fn note_of(table: &TableName) -> String {
    format!("live {}", table.folded())
}

fn hashed(of: &impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// Ends the process where a test says so.
fn crash_point(point: &str) {
    if std::env::var_os("ONEFOLD_CRASH_AT").is_some_and(|at| at == point) {
        std::process::abort();
    }
}
