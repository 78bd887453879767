//! Decide: what people say of pairs of records, one at a time or many at once, and its undoing.
//!
//! Reads    the published run (are the records there, what did it make of the pair), the log of decisions
//! Writes   the log of decisions
//!
//! Invariants
//! - Records must be there when something is said of them; what is said stays when they go.
//! - A split says `different` of every pair across, a merge `same` of one record of each profile with the first; a merge
//!   undoes what says otherwise of the same profiles, in the same entry of the log.
//! - Decisions that contradict each other are told, not refused: the newer one may be the better one.
//!
//! Not here: the log itself (`state::decisions`), what a run makes of it (`onefold_stages::unify`).

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use onefold_api::*;
use onefold_model::sql::{integer, join, text};
use onefold_model::{TableName, sql};
use serde_json::Value;

use super::frame::{Origin, State, origin};
use super::records::{Shown, named};
use crate::explain::{Profile, find};
use crate::lists::Look;
use crate::platform::Onefold;
use crate::runner::figures::{Row, pick};
use crate::state::{self, Decided, Pair, Said, Seen};

/// The most pairs that one split may be about.
const MOST_PAIRS: usize = 2_000;
/// When decisions take effect.
const EFFECT: &str =
    "takes effect with the next run; `onefold plan --profiles` shows which profiles it will merge or split";

/// The log of a project; empty where nothing was ever decided.
pub(super) fn log(look: &Look) -> Result<Vec<Decided>, Problem> {
    state::State::there(&look.project().root)?.map_or_else(|| Ok(Vec::new()), |state| state.decisions())
}

/// Says something of two records.
pub(super) async fn decide(project: &Onefold, ask: &DecideAsk, by: &str) -> Result<DecidedView, Problem> {
    let look = Look::at(project).await?;
    let (a, b) = (named(&look, &ask.table1, &ask.key1)?, named(&look, &ask.table2, &ask.key2)?);
    let shown = Shown::read(&look, &[&a, &b]).await?;
    shown.must_hold(&[&a, &b])?;
    let pair = Pair::of(a, b).ok_or_else(|| {
        Problem::refused("both are the same record").hint("name two records: nothing can be said of one alone")
    })?;
    let said = Said { pair, verdict: ask.decision, note: noted(ask.note.as_ref()), seen: None };
    write(&look, vec![said], &[], "review", by, shown.people()).await
}

/// Undoes a decision, and those that were made at once with it.
pub(super) async fn undo(project: &Onefold, decision: i64, by: &str) -> Result<DecidedView, Problem> {
    let look = Look::at(project).await?;
    let before = log(&look)?;
    let Some(one) = before.iter().find(|decided| decided.id == decision) else {
        return Err(
            Problem::not_found(format!("there is no decision {decision}")).hint("see `onefold review decisions`")
        );
    };
    if let Some((who, at)) = &one.undone {
        return Err(Problem::refused(format!("decision {decision} was undone by {who} at {at}")));
    }
    let undone = state::with_its_group(&before, decision);
    let of: Vec<&Decided> = before.iter().filter(|decided| undone.contains(&decided.id)).collect();
    let records: Vec<&RecordRef> = of.iter().flat_map(|decided| [&decided.said.pair.a, &decided.said.pair.b]).collect();
    let people = Shown::read(&look, &records).await?.people();
    write(&look, Vec::new(), &undone, "undo", by, people).await
}

/// Says that records of a profile are somebody else.
pub(super) async fn split(project: &Onefold, id: &str, ask: &SplitAsk, by: &str) -> Result<DecidedView, Problem> {
    let look = Look::at(project).await?;
    let (profile, all) = members(&look, id).await?;
    let mut out = HashSet::new();
    for record in &ask.records {
        let record = named(&look, &record.table, &record.key)?;
        if !all.contains(&record) {
            let id = &profile.customer_id;
            return Err(Problem::not_found(format!("`{}` of `{}` is no record of {id}", record.key, record.table))
                .hint(format!("see `onefold explain identity {id}`")));
        }
        out.insert(record);
    }
    let (leave, stay): (Vec<&RecordRef>, Vec<&RecordRef>) = all.iter().partition(|record| out.contains(*record));
    if leave.is_empty() || stay.is_empty() {
        let what = if leave.is_empty() { "no record" } else { "every record" };
        return Err(Problem::refused(format!("{what} is to leave the profile: there is nothing to split"))
            .hint("name some of its records, and not all"));
    }
    if leave.len() * stay.len() > MOST_PAIRS {
        return Err(Problem::refused(format!(
            "{} records against {} are too many to split by hand",
            leave.len(),
            stay.len()
        ))
        .hint("split off a few records at a time, or change the rule that joins them"));
    }
    let pairs = leave.iter().flat_map(|a| stay.iter().map(move |b| ((*a).clone(), (*b).clone())));
    let said = pairs.filter_map(|(a, b)| said(a, b, Verdict::Different, ask.note.as_ref())).collect();
    write(&look, said, &[], "split", by, vec![profile.customer_id]).await
}

/// Says that profiles are one.
pub(super) async fn merge(project: &Onefold, ask: &MergeAsk, by: &str) -> Result<DecidedView, Problem> {
    let look = Look::at(project).await?;
    let mut profiles: BTreeMap<String, Vec<RecordRef>> = BTreeMap::new();
    for id in &ask.customer_ids {
        let (profile, records) = members(&look, id).await?;
        profiles.insert(profile.customer_id, records);
    }
    if profiles.len() < 2 {
        return Err(Problem::refused("fewer than two profiles are named").hint("name two or more CustomerIds"));
    }
    // One pair would not do: where other records of the two speak against each other, that pair alone would be torn out.
    let mut all = profiles.values().flatten();
    let Some(first) = all.next() else {
        return Err(Problem::refused("the profiles have no records").hint("run unify again"));
    };
    let said: Vec<Said> =
        all.filter_map(|other| said(first.clone(), other.clone(), Verdict::Same, ask.note.as_ref())).collect();
    // What says otherwise of records of these profiles does so no more.
    let place: HashMap<&RecordRef, &str> =
        profiles.iter().flat_map(|(id, records)| records.iter().map(move |record| (record, id.as_str()))).collect();
    let before = log(&look)?;
    let standing = state::standing(&before);
    let across = |pair: &Pair| matches!((place.get(&pair.a), place.get(&pair.b)), (Some(a), Some(b)) if a != b);
    let against = standing.iter().filter(|(pair, decided)| decided.said.verdict == Verdict::Different && across(pair));
    let undo: Vec<i64> = against.map(|(_, decided)| decided.id).collect();
    write(&look, said, &undo, "merge", by, profiles.into_keys().collect()).await
}

fn said(a: RecordRef, b: RecordRef, verdict: Verdict, note: Option<&String>) -> Option<Said> {
    Some(Said { pair: Pair::of(a, b)?, verdict, note: noted(note), seen: None })
}

fn noted(note: Option<&String>) -> Option<String> {
    note.map(|note| note.trim().to_owned()).filter(|note| !note.is_empty())
}

/// The profile an id means, and its records: by the order of tables, winners first.
pub(super) async fn members(look: &Look, id: &str) -> Result<(Profile, Vec<RecordRef>), Problem> {
    let (lake, published) = look.opened.readable().await?;
    let profile = find(lake, &published, id).await?;
    let ring = sql!(
        "select \"SourceTable\", \"Key\", \"IsWinner\" from ",
        TableName::from("KeyRing"),
        " where \"profile_no\" = ",
        integer(profile.profile_no)
    );
    let order = |table: &str| {
        let unify = look.project().unify.as_ref();
        unify.and_then(|unify| unify.tables.iter().position(|mapped| mapped.table.eq_ignore_ascii_case(table)))
    };
    let record = |row: &Row| {
        let text = |column: &str| row.get(column).and_then(Value::as_str).map(str::to_owned);
        Some((
            row.get("IsWinner") != Some(&Value::Bool(true)),
            RecordRef { table: text("SourceTable")?, key: text("Key")? },
        ))
    };
    let mut records: Vec<(bool, RecordRef)> = look.ask(&ring).await?.iter().filter_map(record).collect();
    records.sort_by_cached_key(|(alternate, record)| (order(&record.table), *alternate, record.key.clone()));
    Ok((profile, records.into_iter().map(|(_, record)| record).collect()))
}

/// Adds to the log, and says what it came to.
async fn write(
    look: &Look,
    mut said: Vec<Said>,
    undo: &[i64],
    through: &str,
    by: &str,
    customer_ids: Vec<String>,
) -> Result<DecidedView, Problem> {
    let noted = noted_pairs(look, &said.iter().map(|said| &said.pair).collect::<Vec<_>>()).await?;
    for said in &mut said {
        said.seen = noted.get(&said.pair).cloned();
    }
    let at = format!("{:.3}", Timestamp::now());
    let mut state = state::State::open(&look.project().root)?;
    let made: HashSet<i64> = state.decide(&said, undo, through, by, &at)?.into_iter().collect();
    let all = state.decisions()?;
    let applied = applied(look).await?;
    let touched = |decided: &&Decided| made.contains(&decided.id) || undo.contains(&decided.id);
    let effect = match (through, said.iter().all(|said| said.verdict == Verdict::Unsure)) {
        ("review", true) => "is kept as a label; it changes no profile".to_owned(),
        _ => EFFECT.to_owned(),
    };
    Ok(DecidedView {
        decisions: all.iter().filter(touched).map(|decided| view(decided, &applied)).collect(),
        effect,
        warnings: against(&all, &said.iter().map(|said| &said.pair).collect::<Vec<_>>()),
        customer_ids,
    })
}

/// What the published run noted of pairs.
pub(super) async fn noted_pairs(look: &Look, pairs: &[&Pair]) -> Result<HashMap<Pair, Seen>, Problem> {
    let mut noted = HashMap::new();
    if pairs.is_empty() {
        return Ok(noted);
    }
    let wanted: HashSet<&Pair> = pairs.iter().copied().collect();
    match origin(look) {
        Origin::Model => {}
        Origin::Rules => return linked_by_rules(look, &wanted).await,
        Origin::Nothing => return Ok(noted),
    }
    let keys: HashSet<&str> = pairs.iter().flat_map(|pair| [pair.a.key.as_str(), pair.b.key.as_str()]).collect();
    let mut keys: Vec<&str> = keys.into_iter().collect();
    keys.sort_unstable();
    let keys = join(keys.into_iter().map(text), ", ");
    let sql = sql!(
        "select \"Table1\", \"Key1\", \"Table2\", \"Key2\", \"Weight\", \"Probability\", \"State\" from ",
        TableName::from("MatchPair"),
        " where \"Key1\" in (",
        &keys,
        ") and \"Key2\" in (",
        &keys,
        ")"
    );
    for row in look.ask(&sql).await? {
        let text = |column: &str| row.get(column).and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = |column: &str| row.get(column).and_then(Value::as_f64);
        let a = RecordRef { table: text("Table1"), key: text("Key1") };
        let b = RecordRef { table: text("Table2"), key: text("Key2") };
        if let Some(pair) = Pair::of(a, b).filter(|pair| wanted.contains(pair)) {
            let seen = Seen { state: text("State"), weight: number("Weight"), probability: number("Probability") };
            noted.insert(pair, seen);
        }
    }
    Ok(noted)
}

/// The pairs that rules linked.
async fn linked_by_rules(look: &Look, wanted: &HashSet<&Pair>) -> Result<HashMap<Pair, Seen>, Problem> {
    let keys = wanted.iter().flat_map(|pair| [pair.a.key.clone(), pair.b.key.clone()]).collect();
    let (lake, _) = look.opened.readable().await?;
    let mut noted = HashMap::new();
    for row in pick(lake, "MatchLinks", "Key", &keys).await? {
        let text = |column: &str| row.get(column).and_then(Value::as_str).map(str::to_owned);
        let record = |table: &str, key: &str| Some(RecordRef { table: text(table)?, key: text(key)? });
        let (Some(a), Some(b)) = (record("SourceTable", "Key"), record("MatchedTable", "MatchedKey")) else { continue };
        let probability = row.get("Score").and_then(Value::as_f64);
        // What always matches was not found by a rule.
        if text("Rule").is_none_or(|rule| rule == "always") {
            continue;
        }
        if let Some(pair) = Pair::of(a, b).filter(|pair| wanted.contains(pair)) {
            noted.insert(pair, Seen { state: State::Link.word().to_owned(), weight: None, probability });
        }
    }
    Ok(noted)
}

/// The decisions that the published run knows.
pub(super) async fn applied(look: &Look) -> Result<HashMap<Pair, Verdict>, Problem> {
    if look.table("MatchDecision").is_none_or(|entry| entry.rows() == 0) {
        return Ok(HashMap::new());
    }
    let columns = "select \"Table1\", \"Key1\", \"Table2\", \"Key2\", \"Decision\" from ";
    let rows = look.ask(&sql!(columns, TableName::from("MatchDecision"))).await?;
    let known = |row: &Row| {
        let text = |column: &str| row.get(column).and_then(Value::as_str).map(str::to_owned);
        let a = RecordRef { table: text("Table1")?, key: text("Key1")? };
        let b = RecordRef { table: text("Table2")?, key: text("Key2")? };
        let verdict = if text("Decision")? == "same" { Verdict::Same } else { Verdict::Different };
        Some((Pair::of(a, b)?, verdict))
    };
    Ok(rows.iter().filter_map(known).collect())
}

/// A decision for people.
pub(super) fn view(decided: &Decided, applied: &HashMap<Pair, Verdict>) -> DecisionView {
    let Decided { id, group, said, through, by, at, undone, counts } = decided.clone();
    DecisionView {
        id,
        group,
        applied: counts && applied.get(&said.pair) == Some(&said.verdict),
        a: said.pair.a,
        b: said.pair.b,
        decision: said.verdict,
        note: said.note,
        by,
        at,
        through,
        counts,
        undone,
    }
}

/// Decisions that cannot all be true, as far as these pairs are part of it: `a` is `b` and `b` is `c`, but `a` is not `c`.
fn against(all: &[Decided], about: &[&Pair]) -> Vec<String> {
    let standing = state::standing(all);
    let mut group: HashMap<&RecordRef, usize> = HashMap::new();
    let mut members: Vec<Vec<&RecordRef>> = Vec::new();
    for (pair, _) in standing.iter().filter(|(_, decided)| decided.said.verdict == Verdict::Same) {
        let mut of = |record| {
            *group.entry(record).or_insert_with(|| {
                members.push(vec![record]);
                members.len() - 1
            })
        };
        let (a, b) = (of(&pair.a), of(&pair.b));
        if a != b {
            let moved = std::mem::take(&mut members[b]);
            moved.iter().for_each(|record| _ = group.insert(record, a));
            members[a].extend(moved);
        }
    }
    let touched: HashSet<usize> =
        about.iter().flat_map(|pair| [&pair.a, &pair.b]).filter_map(|r| group.get(r).copied()).collect();
    let apart = standing.iter().filter(|(_, decided)| decided.said.verdict == Verdict::Different);
    let mut told: Vec<String> = apart
        .filter_map(|(pair, decided)| {
            let (a, b) = (group.get(&pair.a)?, group.get(&pair.b)?);
            (a == b && touched.contains(a)).then(|| {
                format!(
                    "decision {} says that `{}` of `{}` and `{}` of `{}` are two people, and others together say that they are one",
                    decided.id, pair.a.key, pair.a.table, pair.b.key, pair.b.table
                )
            })
        })
        .collect();
    told.truncate(20);
    told
}

/// Decisions, newest first.
pub(super) async fn list(project: &Onefold, ask: &DecisionsAsk) -> Result<DecisionsView, Problem> {
    let look = Look::at(project).await?;
    let all = log(&look)?;
    let applied = applied(&look).await?;
    let standing = state::standing(&all);
    let known =
        standing.values().filter(|decided| applied.get(&decided.said.pair) == Some(&decided.said.verdict)).count();
    // What the run knows and nobody says any more waits, too.
    let gone = applied.keys().filter(|pair| !standing.contains_key(pair)).count();
    let waiting = (standing.len() - known + gone) as u64;
    let of_record = |decided: &Decided| {
        let Pair { a, b } = &decided.said.pair;
        [a, b].into_iter().any(|record| {
            ask.table.as_ref().is_none_or(|table| record.table.eq_ignore_ascii_case(table))
                && ask.key.as_ref().is_none_or(|key| record.key == *key)
        })
    };
    let wanted = all.iter().rev().filter(|decided| {
        (ask.all || decided.counts)
            && ask.decision.is_none_or(|verdict| decided.said.verdict == verdict)
            && ask.by.as_ref().is_none_or(|by| decided.by == *by)
            && of_record(decided)
    });
    let wanted: Vec<&Decided> = wanted.collect();
    let limit = if ask.limit == 0 { 100 } else { ask.limit.min(1_000) };
    let page: Vec<&Decided> = wanted.iter().skip(ask.offset).take(limit).copied().collect();
    let records: Vec<&RecordRef> =
        page.iter().flat_map(|decided| [&decided.said.pair.a, &decided.said.pair.b]).collect();
    let people = if look.published().is_some() { Shown::read(&look, &records).await?.people() } else { Vec::new() };
    Ok(DecisionsView {
        total: wanted.len() as u64,
        waiting,
        decisions: page.into_iter().map(|decided| view(decided, &applied)).collect(),
        people,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(id: i64, a: &str, b: &str, verdict: Verdict) -> Decided {
        let record = |key: &str| RecordRef { table: "T".into(), key: key.into() };
        let pair = Pair::of(record(a), record(b)).unwrap();
        Decided { id, said: Said { pair, verdict, ..Said::default() }, counts: true, ..Decided::default() }
    }

    #[test]
    fn decisions_that_cannot_all_be_true_are_told() {
        let (same, different) = (Verdict::Same, Verdict::Different);
        let chain = [decided(1, "a", "b", same), decided(2, "b", "c", same), decided(3, "x", "y", same)];
        let all: Vec<Decided> = chain.iter().cloned().chain([decided(4, "a", "c", different)]).collect();
        let told = against(&all, &[&all[3].said.pair]);
        assert_eq!(told.len(), 1);
        assert!(told[0].contains("decision 4"), "{told:?}");
        assert_eq!(against(&all, &[&all[2].said.pair]), [] as [String; 0], "another group");
        let far: Vec<Decided> = chain.iter().cloned().chain([decided(4, "a", "x", different)]).collect();
        assert_eq!(against(&far, &[&far[3].said.pair]), [] as [String; 0], "nothing joins them");
    }
}
