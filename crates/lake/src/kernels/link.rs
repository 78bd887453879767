//! Link: the records of all tables, put together by a probabilistic model.
//!
//! Reads    per table keys, winners and the texts of fields; what rules found; what people and sources say
//! Writes   links, pairs, the model, its comparisons and blocking rules, warnings
//! Flow     rows, or new rows alone ─ records and what is certain ─ one call ─ how each group joined (`joined`) ─ rows
//!
//! Not here: the linking itself (`onefold_kernels::linkage`), words of models (`crate::linkage`).

mod joined;
mod tables;

use std::sync::Arc;

use onefold_kernels::frame::TextColumn;
use onefold_kernels::linkage::{Certain, Followed, Follower, Model, Outcome, TableRecords, link};
use onefold_model::Sql;
use onefold_model::linkage::Linkage;
use onefold_model::plan::MatchTable;

use super::{Rows, apart};
use crate::frames::Frame;
use crate::grow::Change;
use crate::holding::{Held, Holding, People};
use crate::land::Landing;
use crate::manifest::{FileEntry, TableEntry};
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
    inputs: &[Sql],
) -> Result<Vec<Rows>> {
    if inputs.len() != tables.len() + 2 {
        let why = format!("the kernel takes {} inputs, and was given {}", tables.len() + 2, inputs.len());
        return Err(LakeError::step(&work.step.name, why));
    }
    let wrong = |why: String| LakeError::step(&work.step.name, why);
    let names: Vec<&str> = tables.iter().map(|table| table.table.as_str()).collect();
    let kernel = crate::linkage::to_kernel(model, &names).map_err(wrong)?;
    let kept = Kept::of(work, tables, model, inputs);
    let mut new = kept.new_rows(work, tables);
    let (found, said) = loop {
        let read = Read::of(work, tables, model, inputs, &new).await?;
        let only_new: Vec<bool> = new.iter().map(Option::is_some).collect();
        let (kernel, tables, given, kept) = (kernel.clone(), tables.to_vec(), model.clone(), kept.clone());
        let done = apart(work, move || {
            let (certain, stated) = certain(&tables, &read);
            let (linked, said) = kept.linked(kernel, &tables, &given, &read, &only_new, &certain)?;
            let winner = joined::winners(&linked, &read.records, &read.winners);
            drop(read);
            let stated = joined::placed(&linked, stated);
            let joined = joined::join(&linked, &winner, &stated);
            Some((Found { tables, given, linked, joined, winner, stated }, said))
        });
        match done.await? {
            Some(done) => break done,
            // All must be read after all.
            None => new.iter_mut().for_each(|new| *new = None),
        }
    };
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

/// What is linked.
struct Read {
    records: Vec<TableRecords>,
    winners: Vec<TextColumn>,
    rules: Rules,
    overrides: Overrides,
    /// How many records there are, and how many of them were read.
    all: u64,
    read: u64,
    /// They hold the memory that the above is counted against.
    _frames: Vec<Frame>,
}

impl Read {
    /// Reads the inputs. `new`: by table, the files of new rows, where nothing else of it is read.
    async fn of(
        work: &Landing<'_>,
        tables: &[MatchTable],
        model: &Linkage,
        inputs: &[Sql],
        new: &[Option<Vec<FileEntry>>],
    ) -> Result<Self> {
        let mut looked = work.run.rows_in_of(work.step);
        let rows = |table: &MatchTable| work.run.rows(&table.table).unwrap_or_default();
        let (all, mut read) = (tables.iter().map(rows).sum(), 0);
        let (mut records, mut winners, mut frames) = (Vec::new(), Vec::new(), Vec::new());
        for (number, (table, new)) in tables.iter().zip(new).enumerate() {
            let mut seen = work.run.seen_by(work.step);
            if let Some(files) = new
                && let Some(entry) = seen.tables.get_mut(&table.table.folded())
            {
                *entry = Arc::new(TableEntry { files: files.clone(), ..TableEntry::clone(entry) });
                looked.insert(table.table.clone(), entry.rows());
            }
            let mut frame = Frame::gather_of(work, number, &inputs[number], seen).await?;
            read += frame.rows() as u64;
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
            frames.push(frame);
        }
        let mut frame = Frame::gather(work, tables.len(), &inputs[tables.len()]).await?;
        let rules = Rules::read(&mut frame)?;
        frames.push(frame);
        let mut frame = Frame::gather(work, tables.len() + 1, &inputs[tables.len() + 1]).await?;
        let overrides = Overrides::read(&mut frame)?;
        frames.push(frame);
        if new.iter().any(Option::is_some) {
            work.run.looked(&work.step.name, looked);
        }
        Ok(Self { records, winners, rules, overrides, all, read, _frames: frames })
    }
}

/// What the last run left in memory, if this process stays open.
#[derive(Clone)]
struct Kept {
    holding: Option<Arc<Holding>>,
    run: String,
    /// What is kept, if a run can go on from it.
    held: Option<Arc<Held>>,
    inputs: Vec<Sql>,
}

impl Kept {
    fn of(work: &Landing<'_>, tables: &[MatchTable], given: &Linkage, inputs: &[Sql]) -> Self {
        let before = published(work).map(|table| table.written_by.clone());
        let holding = work.run.inner.options.holding.clone();
        let held = holding.as_ref().and_then(|holding| holding.any()).filter(|held| {
            let names = tables.iter().map(|table| table.table.to_string());
            let same = held.given == *given && held.tables.iter().cloned().eq(names);
            let just = before.as_ref().is_some_and(|before| held.is_just(before));
            same && just && matches!(&*held.people(), People::Linked(_))
        });
        Self { holding, run: work.run.id().to_owned(), held, inputs: inputs.to_vec() }
    }

    /// By table, the files of rows that are new to what is kept, where all others are as they were when they were linked.
    fn new_rows(&self, work: &Landing<'_>, tables: &[MatchTable]) -> Vec<Option<Vec<FileEntry>>> {
        let known = self.held.as_ref().is_some_and(|held| held.was_read_by(&self.inputs));
        let (Some(growth), Some(linked), true) = (&work.step.grows, published(work), known) else {
            return vec![None; tables.len()];
        };
        let of = |table: &MatchTable| {
            let before = work.run.before(&table.table).filter(|before| before.written_by <= linked.written_by);
            match work.run.change(&table.table) {
                _ if before.is_none() || !growth.is_by_row(&table.table) => None,
                Some(Change::Same) => Some(Vec::new()),
                Some(Change::Added(files)) => Some(files),
                _ => None,
            }
        };
        tables.iter().map(of).collect()
    }

    /// Goes on from what is kept where that is possible, else links all; and says which. None where not all was read and
    /// all must be.
    fn linked(
        self,
        kernel: Model,
        tables: &[MatchTable],
        given: &Linkage,
        read: &Read,
        only_new: &[bool],
        certain: &Certain,
    ) -> Option<(Outcome, String)> {
        let records = &read.records;
        if let Some(held) = &self.held
            && let People::Linked(follower) = &mut *held.people()
        {
            let before = follower.pairs();
            // From here on it is of this run: should it be given up, nobody may go on from it.
            held.bring_on(&self.run);
            if let Some(done) = follower.follow_new(records, only_new, certain) {
                held.read_by(&self.inputs);
                return Some((follower.outcome(), told(&done, before, read)));
            }
            held.take_back();
        }
        if only_new.contains(&true) {
            return None;
        }
        let linked = link(kernel, records, certain);
        let Some(holding) = &self.holding else {
            let linked = Outcome::from(linked);
            let said = all(&linked);
            return Some((linked, said));
        };
        let follower = Follower::new(linked, records, certain);
        let outcome = follower.outcome();
        let said = all(&outcome);
        let bytes = follower.bytes();
        if bytes > holding.most() {
            tracing::info!(bytes, most = holding.most(), "what was linked is too much to be kept for the next run");
            return Some((outcome, said));
        }
        let names: Vec<String> = tables.iter().map(|table| table.table.to_string()).collect();
        let settled = {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            crate::linkage::from_kernel(&outcome.model, given, &names)
        };
        tracing::info!(bytes, records = outcome.len(), "what was linked is kept for the next run");
        let people = People::Linked(Box::new(follower));
        let held = Held::new(&self.run, names, given.clone(), settled, people);
        held.read_by(&self.inputs);
        holding.keep(Arc::new(held));
        Some((outcome, said))
    }
}

/// What is published of the step.
fn published<'a>(work: &'a Landing<'_>) -> Option<&'a Arc<TableEntry>> {
    work.step.writes.first().and_then(|output| work.run.before(&output.table))
}

/// What was done, where all was linked.
fn all(linked: &Outcome) -> String {
    format!("all {} records linked: {} pairs scored", linked.len(), linked.pairs)
}

/// What was done, where changes were followed.
fn told(done: &Followed, before: u64, read: &Read) -> String {
    let Followed { added, changed, removed, stated, scored, clusters } = done;
    let Read { all, read, .. } = read;
    format!(
        "updated: {added} records new, {changed} changed, {removed} gone, {stated} statements; \
         {scored} pairs scored where {before} were, {clusters} clusters other than before; {read} of {all} records read"
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
    Read { records, winners, rules, overrides, .. }: &Read,
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
