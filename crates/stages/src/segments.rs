//! Segments: groups of people, who is in them and since when.
//!
//! Reads    `Customer`, attributes, resolved tables, bitmaps of lower levels
//! Before   `SegmentBitmap`, `SegmentChange`, `SegmentHistory`, `Customer`
//! Writes   `SegmentScan_…`, `SegmentBitmap_<level>`, `SegmentChange_<level>` (internal); `SegmentBitmap`,
//!          `SegmentChange`, `SegmentHistory`; views `SegmentMembership` and `<Segment>` (`membership`)
//! Flow     rules ─ one scan for all that look at the same rows ─ folded to members ─ compared with the last ones
//!
//! Invariants
//! - All conditions of a rule hold for the same row; unknown is no, under `not` too.
//! - All rules of a level over the same rows are one pass.
//! - A segment refreshed by hand has scans of its own, so that the runner can keep them as they are.
//!
//! Not here: the order of segments (`order`), what a condition means (`condition`), sending (`exports`).

pub(crate) mod draft;
pub(crate) mod explain;
mod membership;

use std::collections::BTreeMap;

use onefold_model::define::{RefreshWhen, Segment, SegmentRule};
use onefold_model::plan::{Kernel, Scan, SetOperator, Stage};
use onefold_model::sql::join;
use onefold_model::{Column, DataType, Output, Sql, TableName, Typed, Work, sql};

use crate::Planner;
use crate::board::{Board, bitmaps_of};
use crate::measures::{has_profiles, typed_condition};
use crate::order::because_segment;
use crate::planner::{kernel_step, step};
use crate::rows::{Base, Joined, Rows, Slots, rows_of};
use crate::scope::names;

pub(crate) use membership::{members, plan as plan_membership, segment_bitmap};

/// A rule with types, and the rows it looks at.
struct Rule<'a> {
    segment: &'a Segment,
    rule: &'a SegmentRule,
    name: String,
    condition: Typed,
    rows: Rows,
    slots: Slots,
}

/// Plans the segments of a level.
pub(crate) fn plan_level(p: &mut Planner<'_>, board: &Board, level: usize) {
    let project = p.project();
    let segments: Vec<&Segment> = board.order.segments(level).into_iter().map(|i| &project.segments[i]).collect();
    if !segments.iter().all(|segment| has_profiles(p, &segment.name)) || segments.is_empty() {
        return;
    }
    let rules: Vec<Rule<'_>> = segments.iter().flat_map(|segment| understand(p, board, segment)).collect();
    let mut scans = Vec::new();
    // By whether the segment is refreshed by hand, then by the rows.
    let mut passes: BTreeMap<(Option<&str>, &Rows), Vec<&Rule<'_>>> = BTreeMap::new();
    for rule in &rules {
        let by_hand = (rule.segment.refresh == RefreshWhen::Manual).then_some(rule.segment.name.value.as_str());
        passes.entry((by_hand, &rule.rows)).or_default().push(rule);
    }
    for ((by_hand, rows), rules) in passes {
        scans.push(plan_scan(p, board, level, by_hand, rows, &rules));
    }
    if segments.iter().any(|segment| segment.refresh == RefreshWhen::Manual) {
        scans.push(plan_living(p, level));
    }
    explain::note(p, board, &rules);
    plan_members(p, level, &segments, &rules, &scans);
}

/// The rules of a segment, or what is wrong with them.
fn understand<'a>(p: &mut Planner<'_>, board: &Board, segment: &'a Segment) -> Vec<Rule<'a>> {
    let mut all = Vec::new();
    for (i, rule) in segment.rules.iter().enumerate() {
        let Some(names) = names(p, board, &[&segment.tables, &rule.tables]) else { continue };
        let Some(condition) = typed_condition(p, &names, &rule.filter) else { continue };
        let Some((rows, slots)) = rows_of(p, &names, &[&condition], true, rule.filter.at) else { continue };
        all.push(Rule { segment, rule, name: rule_name(segment, i), condition, rows, slots });
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
    by_hand: Option<&str>,
    rows: &Rows,
    rules: &[&Rule<'_>],
) -> TableName {
    let mut joined = Joined::new(rows.clone(), board, p.zone(), level);
    rules.iter().for_each(|rule| joined.need(&rule.condition, &rule.slots));
    let conditions = rules.iter().map(|rule| (rule.name.clone(), joined.sql(&rule.condition, &rule.slots))).collect();
    let work = Work::Scan(Scan { from: joined.from(), number: joined.number(), conditions });

    let over = match &rows.base {
        Base::Profiles => "Customer".to_owned(),
        Base::Numbered(table, _) | Base::Plain(table, _) => table.to_string(),
    };
    let over = rows.looked_up().fold(over, |over, table| format!("{over}_with_{table}"));
    let whose = by_hand.map_or_else(|| level.to_string(), str::to_owned);
    let table = TableName::new(format!("SegmentScan_{whose}_{over}"));
    let mut because: Vec<String> = rules.iter().map(|rule| because_segment(rule.segment)).collect();
    because.dedup();
    let name = format!("segments.scan {whose} {over}");
    p.step(step(name, Stage::Segments, &because, vec![Output::internal(table.clone(), scan_columns())], work));
    table
}

/// The rule that holds for every profile there is.
const LIVING: &str = "#living";

/// All profiles: members that were found by hand some runs ago may be gone by now.
fn plan_living(p: &mut Planner<'_>, level: usize) -> TableName {
    let table = TableName::new(format!("SegmentScan_{level}_living"));
    let from = sql!(TableName::from("Customer"), " as \"c\"");
    let conditions = vec![(LIVING.to_owned(), "true".into())];
    let work = Work::Scan(Scan { from, number: "\"c\".\"profile_no\"".into(), conditions });
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

/// The members of a level's segments, and who entered and left.
fn plan_members(p: &mut Planner<'_>, level: usize, segments: &[&Segment], rules: &[Rule<'_>], scans: &[TableName]) {
    if scans.is_empty() {
        return;
    }
    let folds: Vec<(String, Vec<(SetOperator, String)>)> = segments
        .iter()
        .map(|segment| {
            let own = rules.iter().filter(|rule| rule.segment.name == segment.name);
            let own = own.map(|rule| (rule.rule.operator, rule.name.clone()));
            let by_hand = segment.refresh == RefreshWhen::Manual;
            let living = by_hand.then(|| (SetOperator::Intersect, LIVING.to_owned()));
            (segment.name.value.clone(), own.chain(living).collect())
        })
        .collect();
    let scanned = scans.iter().map(|scan| sql!("select \"Rule\", \"Members\" from ", scan));
    let names = join(segments.iter().map(|segment| sql::text(segment.name.as_str())), ", ");
    let last = sql!(
        "select \"Segment\", \"Members\" from ",
        sql::before(&segment_bitmap()),
        " where \"Segment\" in (",
        names,
        ")"
    );
    let customer = TableName::from("Customer");
    let profiles = |table: Sql| sql!("select \"CustomerId\", \"profile_no\" from ", table);
    let inputs =
        vec![join(scanned, " union all "), last, profiles((&customer).into()), profiles(sql::before(&customer))];
    let because: Vec<String> = segments.iter().map(|segment| because_segment(segment)).collect();
    let writes = vec![
        Output::internal(bitmaps_of(level), membership::bitmap_columns()),
        Output::internal(membership::changes_of(level), membership::change_columns()),
    ];
    let kernel = Kernel::Membership { segments: folds };
    p.step(kernel_step(format!("segments.members {level}"), Stage::Segments, &because, writes, kernel, inputs));
}
