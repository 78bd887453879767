//! Course: what is worked out anew for a few profiles when rows of a table come in.
//!
//! Reads    the plan, the marks of the published run
//! Flow     a table ─ its own steps ─ its ways to Customer ─ steps by profile, in the order of the plan
//!
//! Invariants
//! - A step is on the course only if the published run ran it as it is planned now: what is shown is of one definition.
//! - A table whose rows bear on who is who, or on rows of other tables, is on no course: it waits for the next run.
//!
//! Not here: working it out (`overlay`).

use std::collections::{BTreeSet, HashMap};

use onefold_lake::Published;
use onefold_model::define::Segment;
use onefold_model::plan::{Kernel, SetOperator, Stage};
use onefold_model::{Plan, Sql, Step, TableName, Work};
use onefold_stages::{by_profile, row_by_row};

use crate::opened::Opened;
use crate::runner::fresh;

/// What is worked out anew when rows come in.
pub(super) struct Course {
    /// By folded name.
    pub(super) tables: HashMap<String, Way>,
    /// Steps by profile that lead to what is shown, in order, as indices of the plan.
    pub(super) steps: Vec<usize>,
}

/// How the rows of a table of a source reach profiles.
pub(super) struct Way {
    pub(super) source: String,
    pub(super) table: String,
    /// `Raw_<Source>_<Table>` and `Repeated_<Source>_<Table>`.
    pub(super) raw: TableName,
    pub(super) repeated: TableName,
    /// The step that makes the table's rows.
    pub(super) make: usize,
    /// The steps that find the profile of each row.
    pub(super) resolve: Vec<Resolve>,
}

/// A step that finds the profile of each row of a table.
pub(super) struct Resolve {
    pub(super) step: usize,
    /// The table with the profiles.
    pub(super) name: TableName,
    /// The column that is looked up in the key ring, if it is looked up there directly.
    pub(super) by: Option<String>,
}

/// What is shown of a profile.
const SHOWN: &[&str] = &["Customer_Measure", "UnifiedActivity"];

impl Course {
    /// The course of a project as it was when the published run ran.
    pub(super) fn of(opened: &Opened, published: &Published) -> Self {
        let plan = &opened.planned.plan;
        let marks = fresh::marks(published);
        let same = |at: usize| {
            let step = &plan.steps[at];
            let digest = fresh::digest([step.fingerprint().as_str()]);
            marks.get(&step.name).is_some_and(|mark| mark.step == digest)
        };
        let mut course = Self { tables: HashMap::new(), steps: Vec::new() };
        for source in &opened.project.sources {
            for table in source.tables.iter().filter(|table| row_by_row(&table.steps)) {
                let name = TableName::of_source(&source.name.value, &table.name.value);
                if let Some(way) = way(opened, plan, &name, &source.name.value, &table.name.value, &same) {
                    course.tables.insert(name.folded(), way);
                }
            }
        }
        // From what is shown back to what it is made of.
        let mut wanted: BTreeSet<String> = SHOWN.iter().map(|name| name.to_lowercase()).collect();
        for at in (0..plan.steps.len()).rev() {
            let step = &plan.steps[at];
            let leads = step.writes.iter().any(|output| wanted.contains(&output.table.folded()));
            let scans = matches!(step.work, Work::Scan(_)) && !has_own_time(opened, step);
            let members = matches!(&step.work, Work::Kernel { kernel: Kernel::Membership { .. }, .. });
            if (by_profile(step) && (leads || scans) || members) && same(at) {
                wanted.extend(step.reads.iter().map(TableName::folded));
                course.steps.push(at);
            }
        }
        course.steps.reverse();
        course
    }
}

fn way(
    opened: &Opened,
    plan: &Plan,
    name: &TableName,
    source: &str,
    table: &str,
    same: &dyn Fn(usize) -> bool,
) -> Option<Way> {
    let (raw, repeated) = (name.prefixed("Raw_"), name.prefixed("Repeated_"));
    let corrupt = name.suffixed("_Corrupt");
    let mut make = None;
    let mut resolve = Vec::new();
    for (at, step) in plan.steps.iter().enumerate() {
        let writes = |table: &TableName| step.writes.iter().any(|output| output.table.folded() == table.folded());
        let reads = |table: &TableName| step.reads.iter().any(|read| read.folded() == table.folded());
        let own = writes(&raw) || writes(&repeated) || writes(&corrupt);
        if own || !(reads(name) || reads(&raw) || reads(&repeated)) {
            continue;
        }
        if writes(name) {
            make = Some(at).filter(|&at| same(at) && matches!(step.work, Work::Sql(_)));
            continue;
        }
        let resolved = opened.planned.resolved.iter().find(|resolved| writes(&resolved.name));
        match resolved {
            Some(resolved) if resolved.table == *name && same(at) => {
                let direct = step.reads.len() == 2 && resolved.path.hops.len() <= 1;
                let by = resolved.path.hops.first().map(|hop| hop.from.column.clone()).filter(|_| direct);
                resolve.push(Resolve { step: at, name: resolved.name.clone(), by });
            }
            // What says nothing of single profiles waits for the next run, and so does what is sent.
            None if matches!(step.stage, Stage::Measures) && !by_profile(step) => {}
            None if matches!(step.work, Work::Send { .. }) => {}
            _ => return None,
        }
    }
    let make = make.filter(|_| !resolve.is_empty())?;
    Some(Way { source: source.to_owned(), table: table.to_owned(), raw, repeated, make, resolve })
}

/// Whether a scan is of a segment that is worked out at times of its own: such scans are of no other.
fn has_own_time(opened: &Opened, step: &Step) -> bool {
    let [only] = step.because.as_slice() else { return false };
    let named = |segment: &&Segment| only.strip_prefix("segments/") == Some(segment.name.value.as_str());
    opened.project.segments.iter().find(named).is_some_and(Segment::has_own_time)
}

/// The query of a step.
pub(super) fn query(step: &Step) -> Option<&Sql> {
    match &step.work {
        Work::Sql(sql) => Some(sql),
        _ => None,
    }
}

/// The members that rules make together; none where a rule has not been looked at.
pub(super) fn folded(
    rules: &[(SetOperator, String)],
    found: &HashMap<String, roaring::RoaringBitmap>,
) -> Option<roaring::RoaringBitmap> {
    let mut members = roaring::RoaringBitmap::new();
    for (at, (operator, rule)) in rules.iter().enumerate() {
        let own = found.get(rule)?;
        match operator {
            _ if at == 0 => members |= own,
            SetOperator::Union => members |= own,
            SetOperator::Intersect => members &= own,
            SetOperator::Except => members -= own,
        }
    }
    Some(members)
}
