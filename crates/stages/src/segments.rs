//! Segments: groups of people, who is in them and since when.
//!
//! Reads    `Customer`, attributes, resolved tables, bitmaps of lower levels
//! Before   `SegmentBitmap`, `SegmentChange`, `SegmentHistory`, `Customer`
//! Writes   `SegmentScan_…`, `SegmentBitmap_<level>` (internal); `SegmentBitmap`, `SegmentChange`,
//!          `SegmentHistory`; views `SegmentMembership` and `<Segment>` (`membership`)
//! Flow     rules ─ what they ask of many rows (`sequence`) ─ one scan for all that look at the same rows ─ limits and
//!          hold-outs (`limit`) ─ folded to members ─ those of all levels compared with the last ones
//!
//! Invariants
//! - All conditions of a rule hold for the same row; unknown is no, under `not` too.
//! - All rules of a level over the same rows are one pass.
//! - A segment that has its own time has scans of its own, so that the runner can keep them as they are. One that is
//!   not active keeps the members it had, as far as they live.
//!
//! Not here: the order of segments (`order`), what a condition means (`condition`), sending (`exports`).

mod columns;
pub(crate) mod draft;
pub(crate) mod explain;
pub(crate) mod limit;
mod membership;
pub(crate) mod sequence;

use std::collections::BTreeMap;

use onefold_model::define::Segment;
use onefold_model::plan::{Atoms, Kernel, SetOperator, Stage, Tree};
use onefold_model::sql::join;
use onefold_model::{Column, DataType, Output, Sql, TableName, Typed, Work, sql};

use crate::Planner;
use crate::board::{Board, bitmaps_of};
use crate::measures::{has_profiles, typed_condition};
use crate::order::because_segment;
use crate::planner::{kernel_step, step};
use crate::rows::{Joined, Rows, Slots, rows_of};
use crate::scope::{Names, system};
use crate::turns;

use sequence::Sequence;

pub(crate) use membership::{members, plan as plan_membership, segment_bitmap};

/// A rule with types, and the rows it looks at.
struct Rule<'a> {
    segment: &'a Segment,
    operator: SetOperator,
    /// The condition as written.
    text: String,
    name: String,
    condition: Typed,
    rows: Rows,
    slots: Slots,
    /// What it asks of the rows of a person together; the scan then looks at the answers.
    sequence: Option<Sequence>,
}

/// Plans the segments of a level.
pub(crate) fn plan_level(p: &mut Planner<'_>, board: &Board, level: usize) {
    let project = p.project();
    let segments: Vec<&Segment> = board.order.segments(level).into_iter().map(|i| &project.segments[i]).collect();
    if !segments.iter().all(|segment| has_profiles(p, &segment.name)) || segments.is_empty() {
        return;
    }
    let known = system(p, board);
    let rules: Vec<Rule<'_>> = segments.iter().flat_map(|segment| understand(p, &known, level, segment)).collect();
    let (active, idle): (Vec<&Segment>, Vec<&Segment>) = segments.iter().partition(|s| s.upkeep.is_active());
    let (rules, _): (Vec<Rule<'_>>, Vec<_>) = rules.into_iter().partition(|rule| rule.segment.upkeep.is_active());
    sequence::plan(p, board, level, &rules);
    let mut scans = Vec::new();
    let mut found_in: BTreeMap<&str, TableName> = BTreeMap::new();
    // By the segment whose time is its own, then by the rows.
    let mut passes: BTreeMap<(Option<&str>, &Rows), Vec<&Rule<'_>>> = BTreeMap::new();
    for rule in &rules {
        passes.entry((own_time(rule.segment), &rule.rows)).or_default().push(rule);
    }
    for ((whose, rows), rules) in passes {
        let scan = plan_scan(p, board, level, whose, rows, &rules);
        found_in.extend(rules.iter().map(|rule| (rule.name.as_str(), scan.clone())));
        scans.push(scan);
    }
    for segment in active.iter().filter(|segment| segment.limit.is_some()) {
        let own: Vec<&Rule<'_>> = rules.iter().filter(|rule| rule.segment.name == segment.name).collect();
        let scan_of = |rule: &str| found_in.get(rule).cloned();
        if let Some(limit) = limit::plan(p, board, level, segment, &own, &scan_of) {
            scans.push(plan_scan(p, board, level, Some(&segment.name), &limit.rows, &[&limit]));
        }
    }
    let draws = limit::plan_draws(p, level, &active);
    if let Some(first) = draws.first() {
        scans.push(plan_scan(p, board, level, None, &first.rows, &draws.iter().collect::<Vec<_>>()));
    }
    if segments.iter().any(|segment| segment.has_own_time()) {
        scans.push(plan_living(p, level, &idle));
    }
    explain::note(p, board, &active, &rules, &|rule| found_in.get(rule).cloned());
    plan_members(p, level, &segments, &rules, &scans);
}

/// The segment's name, if it is not worked out with every run.
fn own_time(segment: &Segment) -> Option<&str> {
    segment.has_own_time().then_some(segment.name.value.as_str())
}

/// The rules of a segment, or what is wrong with them.
fn understand<'a>(p: &mut Planner<'_>, system: &Names, level: usize, segment: &'a Segment) -> Vec<Rule<'a>> {
    let whose = own_time(segment).map_or_else(|| level.to_string(), str::to_owned);
    let mut all = Vec::new();
    for (i, rule) in segment.rules.iter().enumerate() {
        let Some(names) = system.with(p, &[&segment.tables, &rule.tables]) else { continue };
        let Some(filter) = typed_condition(p, &names, &rule.filter) else { continue };
        let (operator, text, name) = (rule.operator, rule.filter.value.to_string(), rule_name(segment, i));
        if rule.is_over_many_rows() {
            let Some(sequence) = sequence::understand(p, &names, rule, filter, &whose) else { continue };
            let (condition, rows, slots) = sequence::settled(&sequence);
            all.push(Rule { segment, operator, text, name, condition, rows, slots, sequence: Some(sequence) });
            continue;
        }
        let Some((rows, slots)) = rows_of(p, &names, &[&filter], true, rule.filter.at) else { continue };
        all.push(Rule { segment, operator, text, name, condition: filter, rows, slots, sequence: None });
    }
    all
}

/// `<Segment>#<n>`, counted from 1.
fn rule_name(segment: &Segment, index: usize) -> String {
    format!("{}#{}", segment.name.value, index + 1)
}

/// One pass over rows for all rules that look at them; gives the table of its bitmaps.
fn plan_scan(
    p: &mut Planner<'_>,
    board: &Board,
    level: usize,
    whose: Option<&str>,
    rows: &Rows,
    rules: &[&Rule<'_>],
) -> TableName {
    let mut joined = Joined::new(rows.clone(), board, p.zone(), level);
    rules.iter().for_each(|rule| joined.need(&rule.condition, &rule.slots));
    let mut atoms = Atoms::default();
    let tree = |rule: &&Rule<'_>| (rule.name.clone(), joined.tree(&rule.condition, &rule.slots, &mut atoms));
    let conditions = rules.iter().map(tree).collect();
    let work = Work::Scan(atoms.scan(joined.from(), joined.number(), conditions));

    let over = rows.words();
    let whose = whose.map_or_else(|| level.to_string(), str::to_owned);
    let table = TableName::new(format!("SegmentScan_{whose}_{over}"));
    let mut because: Vec<String> = rules.iter().map(|rule| because_segment(rule.segment)).collect();
    because.dedup();
    let name = format!("segments.scan {whose} {over}");
    for rule in rules.iter().filter(|rule| !rule.segment.has_own_time()) {
        let asks = turns::asks([&rule.condition], rows, &rule.slots, board, p.zone(), Some(level));
        p.turns(&name, because_segment(rule.segment), asks);
    }
    p.step(step(name, Stage::Segments, &because, vec![Output::internal(table.clone(), scan_columns())], work));
    table
}

/// The rule that holds for every profile there is.
const LIVING: &str = "#living";

/// The rule that holds for those who were members of a segment in the last run.
fn last_members(segment: &str) -> String {
    format!("{segment}#last")
}

/// All profiles: members that were found some runs ago may be gone by now. Segments that are not active begin with
/// nobody.
fn plan_living(p: &mut Planner<'_>, level: usize, idle: &[&Segment]) -> TableName {
    let table = TableName::new(format!("SegmentScan_{level}_living"));
    let from = sql!(TableName::from("Customer"), " as \"c\"");
    let all = [(LIVING.to_owned(), Tree::And(Vec::new()))].into_iter();
    let nobody = idle.iter().map(|segment| (last_members(&segment.name), Tree::Or(Vec::new())));
    let conditions = all.chain(nobody).collect();
    let work = Work::Scan(Atoms::default().scan(from, "\"c\".\"profile_no\"".into(), conditions));
    let writes = vec![Output::internal(table.clone(), scan_columns())];
    p.step(step(format!("segments.scan {level} living"), Stage::Segments, &["unify".to_owned()], writes, work));
    table
}

/// Columns of every scan.
fn scan_columns() -> Vec<Column> {
    vec![
        Column::new("Rule", DataType::Text),
        Column::new("Members", DataType::Bitmap),
        Column::new("Count", DataType::Integer),
    ]
}

/// The step that folds the members of a level's segments.
fn members_step(level: usize) -> String {
    format!("segments.members {level}")
}

/// The members of a level's segments.
fn plan_members(p: &mut Planner<'_>, level: usize, segments: &[&Segment], rules: &[Rule<'_>], scans: &[TableName]) {
    if scans.is_empty() {
        return;
    }
    let folds: Vec<(String, Vec<(SetOperator, String)>)> =
        segments.iter().flat_map(|segment| folds(segment, rules)).collect();
    let mut scanned: Vec<Sql> = scans.iter().map(|scan| sql!("select \"Rule\", \"Members\" from ", scan)).collect();
    for segment in segments.iter().filter(|segment| !segment.upkeep.is_active()) {
        let (rule, name) = (sql::text(last_members(&segment.name)), sql::text(segment.name.as_str()));
        let before = sql::before(&segment_bitmap());
        scanned.push(sql!("select ", rule, " as \"Rule\", \"Members\" from ", before, " where \"Segment\" = ", name));
    }
    let because: Vec<String> = segments.iter().map(|segment| because_segment(segment)).collect();
    let writes = vec![Output::internal(bitmaps_of(level), membership::bitmap_columns())];
    let (kernel, inputs) = (Kernel::Membership { segments: folds }, vec![join(scanned, " union all ")]);
    p.step(kernel_step(members_step(level), Stage::Segments, &because, writes, kernel, inputs));
}

/// How the members of a segment, and those held out of it, are folded.
fn folds(segment: &Segment, rules: &[Rule<'_>]) -> Vec<(String, Vec<(SetOperator, String)>)> {
    let name = segment.name.value.clone();
    let mut fold: Vec<(SetOperator, String)> = if !segment.upkeep.is_active() {
        vec![(SetOperator::Union, last_members(&name))]
    } else if segment.limit.is_some() {
        vec![(SetOperator::Union, limit::limit_rule(&name))]
    } else {
        let own = rules.iter().filter(|rule| std::ptr::eq(rule.segment, segment));
        own.map(|rule| (rule.operator, rule.name.clone())).collect()
    };
    if segment.has_own_time() {
        fold.push((SetOperator::Intersect, LIVING.to_owned()));
    }
    let held = segment.holdout.as_ref().filter(|_| segment.upkeep.is_active());
    let Some(held) = held.map(|_| limit::holdout_of(&name)) else { return vec![(name, fold)] };
    let mut out = fold.clone();
    out.push((SetOperator::Intersect, held.clone()));
    fold.push((SetOperator::Except, held.clone()));
    vec![(name, fold), (held, out)]
}
