//! Decisions: what people said of pairs of records, each entry bound to all before it.
//!
//! An entry either says something of a pair or undoes an earlier entry. Its hash is
//! `SHA-256(hash before ‖ "\n" ‖ JSON)`, as in the audit (`chain`).
//!
//! Reads, writes   table `decision` of `<project>/.onefold/state.sqlite`
//!
//! Invariants
//! - Entries are added and never changed or removed; the file itself refuses it, and the chain shows who did it all the same.
//! - Of several entries about one pair the latest that is not undone counts. An undone undoing brings back what it undid.
//! - The two records of a pair stand in the order of their tables' names, then keys: who is named first makes no difference.
//!
//! Not here: what becomes of decisions in a run (`runner::decisions`), who may decide (`onefold-server`).

use std::collections::{BTreeMap, HashMap, HashSet};

use onefold_api::{Problem, RecordRef, Verdict};
use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::chain::{GENESIS, bind, canonical};
use super::ledger::State;

/// The table; part of the file's schema.
pub(super) const SCHEMA: &str = "
create table if not exists decision (
    id integer primary key,
    body text not null,
    hash text not null
);
create trigger if not exists decision_stays before update on decision
begin select raise(abort, 'decisions are never changed'); end;
create trigger if not exists decision_remains before delete on decision
begin select raise(abort, 'decisions are never removed'); end;";

/// Two records, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pair {
    /// The lower.
    pub a: RecordRef,
    /// The higher.
    pub b: RecordRef,
}

impl Pair {
    /// Two records in any order; none for a record and itself.
    pub fn of(one: RecordRef, other: RecordRef) -> Option<Self> {
        match one.cmp(&other) {
            std::cmp::Ordering::Less => Some(Self { a: one, b: other }),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(Self { a: other, b: one }),
        }
    }
}

/// What is said of a pair.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// The pair.
    pub pair: Pair,
    /// What.
    pub verdict: Verdict,
    /// Why.
    pub note: Option<String>,
    /// What the run of that moment made of the pair, if it noted anything: a later run that follows the decision no
    /// longer tells what matching alone would have made of it.
    pub seen: Option<Seen>,
}

/// What a run made of a pair.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// `link`, `cut` or `uncertain`.
    pub state: String,
    /// Bits of evidence; none where a rule spoke.
    pub weight: Option<f64>,
    /// The same as a probability.
    pub probability: Option<f64>,
}

/// An entry about a pair, with what became of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decided {
    /// Its number.
    pub id: i64,
    /// The number of the first entry that was made at once with it.
    pub group: i64,
    /// What was said.
    pub said: Said,
    /// `review`, `split` or `merge`.
    pub through: String,
    /// Who said it.
    pub by: String,
    /// When.
    pub at: String,
    /// Who undid it and when.
    pub undone: Option<(String, String)>,
    /// Whether it is what counts of its pair.
    pub counts: bool,
}

/// An entry as it was made.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    id: i64,
    group: i64,
    by: String,
    at: String,
    act: Act,
}

#[derive(Clone, Debug, PartialEq)]
enum Act {
    Says { said: Said, through: String },
    Undoes(i64),
}

impl State {
    /// All entries about pairs, in order, with what became of them.
    ///
    /// # Errors
    /// A file that cannot be read, or a log whose chain is broken.
    pub fn decisions(&self) -> Result<Vec<Decided>, Problem> {
        let (connection, path) = self.parts();
        let bodies = bodies(connection).map_err(|error| super::ledger::unusable(path, &error))?;
        let mut before = GENESIS.to_owned();
        let mut entries = Vec::with_capacity(bodies.len());
        for (id, body, hash) in bodies {
            let entry = (bind(&before, &body) == hash).then(|| entry(id, &body)).flatten();
            entries.push(entry.ok_or_else(|| broken(id))?);
            before = hash;
        }
        Ok(replay(entries))
    }

    /// Says something of pairs and undoes entries, all at once; gives the numbers of the new entries.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn decide(
        &mut self,
        said: &[Said],
        undo: &[i64],
        through: &str,
        by: &str,
        at: &str,
    ) -> Result<Vec<i64>, Problem> {
        let path = self.parts().1.to_owned();
        let connection = self.connection();
        let mut all = || -> rusqlite::Result<Vec<i64>> {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let last = "select id, hash from decision order by id desc limit 1";
            let last = transaction.query_row(last, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)));
            let (last, mut before) = last.optional()?.unwrap_or((0, GENESIS.to_owned()));
            let group = last + 1;
            let acts = undo.iter().map(|&id| json!({"undoes": id})).chain(said.iter().map(|said| {
                let Said { pair: Pair { a, b }, verdict, note, seen } = said;
                json!({"a": a, "b": b, "decision": verdict, "note": note, "through": through, "seen": seen})
            }));
            let mut ids = Vec::new();
            for (id, act) in (group..).zip(acts) {
                let body = canonical(&json!({"id": id, "group": group, "by": by, "at": at, "act": act}));
                let hash = bind(&before, &body);
                let insert = "insert into decision (id, body, hash) values (?1, ?2, ?3)";
                transaction.execute(insert, params![id, body, hash])?;
                before = hash;
                ids.push(id);
            }
            transaction.commit()?;
            Ok(ids)
        };
        all().map_err(|error| super::ledger::unusable(&path, &error))
    }
}

fn bodies(connection: &Connection) -> rusqlite::Result<Vec<(i64, String, String)>> {
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    connection.prepare("select id, body, hash from decision order by id")?.query_map([], row)?.collect()
}

fn broken(id: i64) -> Problem {
    Problem::failed(format!("decision {id} was changed, or does not follow the one before it"))
        .hint("put back `.onefold/state.sqlite` from a backup: decisions are only ever added")
}

fn entry(id: i64, body: &str) -> Option<Entry> {
    let value: serde_json::Value = serde_json::from_str(body).ok()?;
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    let act = &value["act"];
    let act = match act["undoes"].as_i64() {
        Some(undone) => Act::Undoes(undone),
        None => {
            let record = |key: &str| serde_json::from_value::<RecordRef>(act[key].clone()).ok();
            let verdict = serde_json::from_value(act["decision"].clone()).ok()?;
            let pair = Pair { a: record("a")?, b: record("b")? };
            let note = act["note"].as_str().map(str::to_owned);
            let seen = serde_json::from_value(act["seen"].clone()).ok()?;
            Act::Says { said: Said { pair, verdict, note, seen }, through: act["through"].as_str()?.to_owned() }
        }
    };
    (value["id"] == id).then_some(())?;
    Some(Entry { id, group: value["group"].as_i64()?, by: text("by")?, at: text("at")?, act })
}

/// What entries come to.
fn replay(entries: Vec<Entry>) -> Vec<Decided> {
    // An entry undoes only earlier ones, so that whether it holds itself is known once all later ones are.
    let mut undone: HashMap<i64, (String, String)> = HashMap::new();
    for entry in entries.iter().rev() {
        if let Act::Undoes(earlier) = entry.act
            && !undone.contains_key(&entry.id)
        {
            undone.insert(earlier, (entry.by.clone(), entry.at.clone()));
        }
    }
    let mut latest: HashMap<Pair, i64> = HashMap::new();
    for entry in entries.iter().filter(|entry| !undone.contains_key(&entry.id)) {
        if let Act::Says { said, .. } = &entry.act {
            latest.insert(said.pair.clone(), entry.id);
        }
    }
    let counting: HashSet<i64> = latest.into_values().collect();
    let decided = |entry: Entry| {
        let Entry { id, group, by, at, act } = entry;
        let Act::Says { said, through } = act else { return None };
        let undone = undone.get(&id).cloned();
        Some(Decided { id, group, said, through, by, at, undone, counts: counting.contains(&id) })
    };
    entries.into_iter().filter_map(decided).collect()
}

/// The decisions that count and say something, by pair.
pub fn standing(decided: &[Decided]) -> BTreeMap<&Pair, &Decided> {
    let counting = decided.iter().filter(|decided| decided.counts && decided.said.verdict != Verdict::Unsure);
    counting.map(|decided| (&decided.said.pair, decided)).collect()
}

/// The numbers of the entries that undoing one undoes: those made at once with it that are not undone yet.
pub fn with_its_group(decided: &[Decided], id: i64) -> Vec<i64> {
    let Some(one) = decided.iter().find(|decided| decided.id == id) else { return Vec::new() };
    decided.iter().filter(|other| other.group == one.group && other.undone.is_none()).map(|other| other.id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(key: &str) -> RecordRef {
        RecordRef { table: "T".into(), key: key.into() }
    }

    fn said(a: &str, b: &str, verdict: Verdict) -> Said {
        Said { pair: Pair::of(record(a), record(b)).unwrap(), verdict, ..Said::default() }
    }

    fn counting(state: &State) -> Vec<(i64, Verdict)> {
        let all = state.decisions().unwrap();
        all.iter().filter(|decided| decided.counts).map(|decided| (decided.id, decided.said.verdict)).collect()
    }

    const AT: &str = "2026-01-01T00:00:00Z";

    #[test]
    fn the_latest_that_is_not_undone_counts() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = State::open(folder.path()).unwrap();
        assert_eq!(state.decisions().unwrap(), []);
        assert_eq!(state.decide(&[said("1", "2", Verdict::Same)], &[], "review", "ann", AT).unwrap(), [1]);
        assert_eq!(state.decide(&[said("2", "1", Verdict::Different)], &[], "review", "ben", AT).unwrap(), [2]);
        assert_eq!(counting(&state), [(2, Verdict::Different)], "the later one, whoever is named first");
        assert_eq!(state.decide(&[], &[2], "review", "ann", AT).unwrap(), [3]);
        assert_eq!(counting(&state), [(1, Verdict::Same)], "the earlier one counts again");
        assert_eq!(state.decisions().unwrap()[1].undone, Some(("ann".into(), AT.into())));
        state.decide(&[], &[3], "review", "ann", AT).unwrap();
        assert_eq!(counting(&state), [(2, Verdict::Different)], "the undoing was undone");
        state.decide(&[said("1", "2", Verdict::Unsure)], &[], "review", "ann", AT).unwrap();
        assert!(standing(&state.decisions().unwrap()).is_empty(), "who is unsure decides nothing");
    }

    #[test]
    fn what_was_made_at_once_is_undone_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = State::open(folder.path()).unwrap();
        let both = [said("1", "3", Verdict::Different), said("2", "3", Verdict::Different)];
        assert_eq!(state.decide(&both, &[], "split", "ann", AT).unwrap(), [1, 2]);
        state.decide(&[said("4", "5", Verdict::Same)], &[], "review", "ann", AT).unwrap();
        assert_eq!(with_its_group(&state.decisions().unwrap(), 2), [1, 2]);
        state.decide(&[], &[1, 2], "split", "ann", AT).unwrap();
        assert_eq!(counting(&state), [(3, Verdict::Same)]);
        assert_eq!(with_its_group(&state.decisions().unwrap(), 2), [] as [i64; 0]);
    }

    #[test]
    fn entries_stay_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = State::open(folder.path()).unwrap();
        let both = [said("1", "3", Verdict::Different), said("2", "3", Verdict::Different)];
        state.decide(&both, &[], "split", "ann", AT).unwrap();
        let outside = Connection::open(folder.path().join(".onefold/state.sqlite")).unwrap();
        assert!(outside.execute("delete from decision where id = 1", []).is_err());
        assert!(outside.execute("update decision set body = replace(body, 'ann', 'ben')", []).is_err());
        // Who can write the file can drop the triggers, but not make the chain fit.
        outside.execute_batch("drop trigger decision_remains; delete from decision where id = 1").unwrap();
        let problem = state.decisions().unwrap_err();
        assert!(problem.message.contains("decision 2 was changed"), "{}", problem.message);
    }
}
