//! Link: the records of all tables, put together by a probabilistic model.
//!
//! Reads    per table keys, winners and the texts of fields; what rules found; what people and sources say
//! Writes   links, pairs, the model, its comparisons and blocking rules, warnings
//! Flow     rows ─ records and what is certain ─ one call ─ how each group joined (`joined`) ─ rows
//!
//! Not here: the linking itself (`onefold_kernels::linkage`), words of models (`crate::linkage`).

mod joined;
mod tables;

use std::sync::Arc;

use onefold_kernels::frame::TextColumn;
use onefold_kernels::linkage::{Certain, Followed, Follower, Model, Outcome, TableRecords, link};
use onefold_model::linkage::Linkage;
use onefold_model::plan::MatchTable;

use super::{Rows, apart};
use crate::frames::Frame;
use crate::holding::{Held, Holding, People};
use crate::land::Landing;
use crate::{LakeError, Result};
use joined::{Joined, Stated};

/// About the bytes that a record takes beside its texts: codes of its values, keys of blocks, its links.
const A_RECORD: usize = 400;
/// About those that each of its values takes.
const A_VALUE: usize = 24;

/// Everything that the outputs are made of.
struct Found {
    tables: Vec<MatchTable>,
    given: Linkage,
    linked: Outcome,
    /// By record, what joined its group to the rest of its cluster; none for the group the cluster begins with.
    joined: Vec<Option<Joined>>,
    /// By record, the record that stands for its group.
    winner: Vec<u32>,
    /// Pairs that are certainly one person, and why.
    stated: Vec<Stated>,
}

/// One input a table, then what rules found, then what overrides them.
pub(super) async fn run(
    work: &Landing<'_>,
    tables: &[MatchTable],
    model: &Linkage,
    mut frames: Vec<Frame>,
) -> Result<Vec<Rows>> {
    if frames.len() != tables.len() + 2 {
        let why = format!("the kernel takes {} inputs, and was given {}", tables.len() + 2, frames.len());
        return Err(LakeError::step(&work.step.name, why));
    }
    let wrong = |why: String| LakeError::step(&work.step.name, why);
    let names: Vec<&str> = tables.iter().map(|table| table.table.as_str()).collect();
    let kernel = crate::linkage::to_kernel(model, &names).map_err(wrong)?;
    let mut records = Vec::new();
    let mut winners = Vec::new();
    for frame in &mut frames[..tables.len()] {
        frame.reserve(frame.rows() * (A_RECORD + A_VALUE * model.fields.len()))?;
        let mut fields = Vec::new();
        for place in 0..model.fields.len() {
            let mut columns = Vec::new();
            while frame.has(&format!("f{place}_{}", columns.len())) {
                columns.push(frame.text(&format!("f{place}_{}", columns.len()))?);
            }
            fields.push(columns);
        }
        records.push(TableRecords { key: frame.text("key")?, fields });
        winners.push(frame.text("winner")?);
    }
    let rules = Rules::read(&mut frames[tables.len()])?;
    let overrides = Overrides::read(&mut frames[tables.len() + 1])?;
    let (tables, given) = (tables.to_vec(), model.clone());
    let kept = Kept::of(work);
    let (found, said) = apart(work, move || {
        let (certain, stated) = certain(&tables, &records, &winners, &rules, &overrides);
        let (linked, said) = kept.linked(kernel, &tables, &given, &records, &certain);
        let winner = joined::winners(&linked, &records, &winners);
        drop((records, winners, frames));
        let stated = joined::placed(&linked, stated);
        let joined = joined::join(&linked, &winner, &stated);
        (Found { tables, given, linked, joined, winner, stated }, said)
    })
    .await?;
    work.run.say(&work.step.name, said);
    Ok(vec![
        tables::links(&found)?,
        tables::pairs(&found)?,
        tables::model(&found)?,
        tables::comparisons(&found)?,
        tables::blocking(&found)?,
        tables::warnings(&found)?,
    ])
}

/// What the last run left in memory, if this process stays open.
struct Kept {
    holding: Option<Arc<Holding>>,
    run: String,
    /// The run that linked what is published.
    before: Option<String>,
}

impl Kept {
    fn of(work: &Landing<'_>) -> Self {
        let before = work.step.writes.first().and_then(|output| work.run.before(&output.table));
        Self {
            holding: work.run.inner.options.holding.clone(),
            run: work.run.id().to_owned(),
            before: before.map(|table| table.written_by.clone()),
        }
    }

    /// Goes on from what is kept where that is possible, else links all; and says which.
    fn linked(
        self,
        kernel: Model,
        tables: &[MatchTable],
        given: &Linkage,
        records: &[TableRecords],
        certain: &Certain,
    ) -> (Outcome, String) {
        let Some(holding) = &self.holding else {
            let linked = Outcome::from(link(kernel, records, certain));
            let said = all(&linked);
            return (linked, said);
        };
        let names = || tables.iter().map(|table| table.table.to_string());
        let held = holding.any().filter(|held| {
            let same = held.given == *given && held.tables.iter().cloned().eq(names());
            same && self.before.as_ref().is_some_and(|before| held.is_just(before))
        });
        if let Some(held) = held
            && let People::Linked(follower) = &mut *held.people()
        {
            let before = follower.pairs();
            // From here on it is of this run: should it be given up, nobody may go on from it.
            held.bring_on(&self.run);
            if let Some(done) = follower.follow(records, certain) {
                return (follower.outcome(), told(&done, before));
            }
            held.take_back();
        }
        let linked = link(kernel, records, certain);
        let follower = Follower::new(linked, records, certain);
        let outcome = follower.outcome();
        let said = all(&outcome);
        let bytes = follower.bytes();
        if bytes > holding.most() {
            tracing::info!(bytes, most = holding.most(), "what was linked is too much to be kept for the next run");
            return (outcome, said);
        }
        let names: Vec<String> = names().collect();
        let settled = {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            crate::linkage::from_kernel(&outcome.model, given, &names)
        };
        tracing::info!(bytes, records = outcome.len(), "what was linked is kept for the next run");
        let people = People::Linked(Box::new(follower));
        holding.keep(Arc::new(Held::new(&self.run, names, given.clone(), settled, people)));
        (outcome, said)
    }
}

/// What was done, where all was linked.
fn all(linked: &Outcome) -> String {
    format!("all {} records linked: {} pairs scored", linked.len(), linked.pairs)
}

/// What was done, where changes were followed.
fn told(done: &Followed, before: u64) -> String {
    let Followed { added, changed, removed, stated, scored, clusters } = done;
    format!(
        "updated: {added} records new, {changed} changed, {removed} gone, {stated} statements; \
         {scored} pairs scored where {before} were, {clusters} clusters other than before"
    )
}

/// What rules found.
struct Rules {
    table: TextColumn,
    key: TextColumn,
    rule: TextColumn,
    score: Vec<Option<f64>>,
    matched_table: TextColumn,
    matched_key: TextColumn,
}

impl Rules {
    fn read(frame: &mut Frame) -> Result<Self> {
        Ok(Self {
            table: frame.text("SourceTable")?,
            key: frame.text("Key")?,
            rule: frame.text("Rule")?,
            score: frame.numbers("Score")?,
            matched_table: frame.text("MatchedTable")?,
            matched_key: frame.text("MatchedKey")?,
        })
    }
}

/// What people, sources and tables of pairs say.
struct Overrides {
    table1: TextColumn,
    key1: TextColumn,
    table2: TextColumn,
    key2: TextColumn,
    kind: TextColumn,
    why: TextColumn,
}

impl Overrides {
    fn read(frame: &mut Frame) -> Result<Self> {
        Ok(Self {
            table1: frame.text("Table1")?,
            key1: frame.text("Key1")?,
            table2: frame.text("Table2")?,
            key2: frame.text("Key2")?,
            kind: frame.text("Kind")?,
            why: frame.text("Why")?,
        })
    }
}

/// A record by the place of its table, and its key.
type Known = (u32, String);

/// What is certain before anything is compared; and of what joins groups, the word and the score.
fn certain(
    tables: &[MatchTable],
    records: &[TableRecords],
    winners: &[TextColumn],
    rules: &Rules,
    overrides: &Overrides,
) -> (Certain, Vec<(Known, Known, String, f64)>) {
    let place = |name: Option<&str>| {
        let found =
            tables.iter().position(|table| name.is_some_and(|name| table.table.as_str().eq_ignore_ascii_case(name)));
        found.map(|place| place as u32)
    };
    let known =
        |table: &TextColumn, key: &TextColumn, row: usize| Some((place(table.get(row))?, key.get(row)?.to_owned()));
    let mut certain = Certain::default();
    let mut stated = Vec::new();
    for (table, (records, winners)) in records.iter().zip(winners).enumerate() {
        for row in 0..records.key.len() {
            if let (Some(key), Some(winner)) = (records.key.get(row), winners.get(row))
                && key != winner
            {
                let of = |key: &str| (table as u32, key.to_owned());
                certain.same.push((of(key), of(winner), "deduplication".to_owned()));
            }
        }
    }
    for row in 0..rules.key.len() {
        let own = known(&rules.table, &rules.key, row);
        let other = known(&rules.matched_table, &rules.matched_key, row);
        if let (Some(own), Some(other), Some(rule)) = (own, other, rules.rule.get(row)) {
            certain.same.push((own.clone(), other.clone(), rule.to_owned()));
            stated.push((own, other, rule.to_owned(), rules.score[row].unwrap_or(1.0)));
        }
    }
    for row in 0..overrides.kind.len() {
        let one = known(&overrides.table1, &overrides.key1, row);
        let two = known(&overrides.table2, &overrides.key2, row);
        let (Some(one), Some(two)) = (one, two) else { continue };
        let why = overrides.why.get(row).unwrap_or("always").to_owned();
        match overrides.kind.get(row) {
            Some("same") => {
                certain.same.push((one.clone(), two.clone(), why));
                stated.push((one, two, "always".to_owned(), 1.0));
            }
            Some("split") => certain.apart.push((one, two, why)),
            _ => {}
        }
    }
    (certain, stated)
}
