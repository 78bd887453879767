//! Membership: what the segments of all levels make together, and the views over it.
//!
//! Reads    `SegmentBitmap_<level>`, `Customer`
//! Before   `SegmentBitmap`, `SegmentHistory`, `Customer`
//! Writes   `SegmentBitmap` (one row a segment), `SegmentChange` (appended: who entered and left, when),
//!          `SegmentHistory` (appended: how many members, whenever worked out); views `SegmentMembership`, `<Segment>`
//!
//! Invariants
//! - Members are never published without who entered and left, compared with those published before.
//! - A segment that is no longer defined has no members; what it once had stays in the history.
//!
//! Not here: who is a member (`segments`).

use onefold_model::define::Segment;
use onefold_model::plan::{Check, Kernel, Stage, View};
use onefold_model::sql::join;
use onefold_model::{Column, DataType, Output, Sql, TableName, sql};

use super::columns;
use crate::Planner;
use crate::board::{Board, bitmaps_of};
use crate::order::because_segment;
use crate::planner::{kernel_step, sql_step};

/// `SegmentBitmap`: the members of every segment.
pub(crate) fn segment_bitmap() -> TableName {
    TableName::from("SegmentBitmap")
}
fn segment_change() -> TableName {
    TableName::from("SegmentChange")
}
fn segment_history() -> TableName {
    TableName::from("SegmentHistory")
}
/// Columns of `SegmentBitmap` and its levels.
pub(super) fn bitmap_columns() -> Vec<Column> {
    vec![
        Column::new("Segment", DataType::Text),
        Column::new("At", DataType::DateTime),
        Column::new("Count", DataType::Integer),
        Column::new("Members", DataType::Bitmap),
    ]
}
/// Columns of `SegmentChange`.
fn change_columns() -> Vec<Column> {
    vec![
        Column::new("Segment", DataType::Text),
        Column::new("CustomerId", DataType::Text),
        Column::new("profile_no", DataType::Small),
        Column::new("Change", DataType::Text),
        Column::new("At", DataType::DateTime),
    ]
}

/// Plans what all levels make together; without segments the tables are there and empty.
pub(crate) fn plan(p: &mut Planner<'_>, board: &Board) {
    if p.catalog().get("Customer").is_none() {
        return;
    }
    let is_planned = |table: &TableName| p.catalog().get(table.as_str()).is_some();
    let levels: Vec<usize> = (0..board.order.height()).filter(|&level| is_planned(&bitmaps_of(level))).collect();
    let because: Vec<String> = p.project().segments.iter().map(because_segment).collect();

    let bitmaps = levels.iter().map(|&level| bitmaps_of(level));
    let all = together(bitmaps, &bitmap_columns());
    let customer = TableName::from("Customer");
    let profiles = |table: Sql| sql!("select \"CustomerId\", \"profile_no\" from ", table);
    let last = sql!("select \"Segment\", \"Members\" from ", sql::before(&segment_bitmap()));
    let inputs = vec![all, last, profiles((&customer).into()), profiles(sql::before(&customer))];
    let writes = vec![
        Output::published(segment_bitmap(), bitmap_columns()).sorted_by(&["Segment"]),
        Output::published(segment_change(), change_columns()).append(),
    ];
    p.step(kernel_step("segments.bitmaps", Stage::Segments, &because, writes, Kernel::Moves, inputs));
    plan_expectations(p);

    let columns = vec![
        Column::new("Segment", DataType::Text),
        Column::new("At", DataType::DateTime),
        Column::new("Members", DataType::Integer),
    ];
    let out = Output::published(segment_history(), columns).append();
    p.step(sql_step("segments.history", Stage::Segments, &because, out, new_counts()));

    plan_membership_view(p);
    let project = p.project();
    for segment in &project.segments {
        plan_segment(p, board, segment);
    }
}

/// What segments say of how many members they should have; broken, it is a warning of the run.
fn plan_expectations(p: &mut Planner<'_>) {
    let project = p.project();
    for segment in &project.segments {
        let Some(expect) = &segment.expect else { continue };
        let of = |alias: &'static str| sql!(sql::column(alias, "Segment"), " = ", sql::text(segment.name.as_str()));
        let now = sql!("select \"a\".\"Count\" from ", segment_bitmap(), " as \"a\" where ", of("a"), " and ");
        let mut facts = Vec::new();
        if let Some(min) = expect.min {
            let less = sql!(&now, "\"a\".\"Count\" < ", sql::integer(i64::try_from(min).unwrap_or(i64::MAX)));
            facts.push((format!("`{}` has at least {min} members", segment.name.value), less));
        }
        if let Some(max) = expect.max {
            let more = sql!(&now, "\"a\".\"Count\" > ", sql::integer(i64::try_from(max).unwrap_or(i64::MAX)));
            facts.push((format!("`{}` has at most {max} members", segment.name.value), more));
        }
        if let Some(most) = expect.max_change {
            let before = sql!(sql::before(&segment_bitmap()), " as \"b\" on ", of("b"));
            let change = sql!("abs(\"a\".\"Count\" - \"b\".\"Count\") > ", sql::number(most), " * \"b\".\"Count\"");
            let changed = sql!(
                "select \"a\".\"Count\" from ",
                segment_bitmap(),
                " as \"a\" join ",
                before,
                " where ",
                of("a"),
                " and \"b\".\"Count\" > 0 and ",
                change
            );
            let share = most * 100.0;
            let fact =
                format!("the members of `{}` changed by at most {share} % since the last run", segment.name.value);
            facts.push((fact, changed));
        }
        for (fact, broken_by) in facts {
            p.check(&segment_bitmap(), Check { fact, broken_by, warning: true });
        }
    }
}

/// The rows of tables with the same columns, one after the other.
fn together(tables: impl Iterator<Item = TableName>, columns: &[Column]) -> Sql {
    let names = || join(columns.iter().map(|column| (&column.name).into()), ", ");
    let mut parts: Vec<Sql> = tables.map(|table| sql!("select ", names(), " from ", table)).collect();
    if parts.is_empty() {
        let nothing = columns.iter().map(|c| sql!(sql::cast("null".into(), c.ty), " as ", &c.name));
        parts.push(sql!("select ", join(nothing, ", "), " where false"));
    }
    join(parts, " union all ")
}

/// The number of members of each segment that was worked out anew.
fn new_counts() -> Sql {
    let noted = before_at_same_time(&segment_history());
    let counts = sql!("select \"a\".\"Segment\", \"a\".\"At\", \"a\".\"Count\" as \"Members\" from ", segment_bitmap());
    let on = "\"b\".\"Segment\" = \"a\".\"Segment\" and \"b\".\"At\" = \"a\".\"At\"";
    sql!(counts, " as \"a\" left anti join (", noted, ") as \"b\" on ", on)
}

/// What is noted of the runs in which the present members were found.
fn before_at_same_time(table: &TableName) -> Sql {
    sql!("select * from ", sql::before(table), " where \"At\" in (select \"At\" from ", segment_bitmap(), ")")
}

/// One row a segment and member: the numbers of the bitmap.
pub(crate) fn members(only: Option<&[Sql]>) -> Sql {
    let which = only.map(|names| sql!(" where \"Segment\" in (", join(names.to_vec(), ", "), ")")).unwrap_or_default();
    let number = "unnest(bitmap_values(\"Members\")) as \"profile_no\"";
    sql!("select \"Segment\", ", number, " from ", segment_bitmap(), which)
}

fn plan_membership_view(p: &mut Planner<'_>) {
    let customer = TableName::from("Customer");
    let entered = sql!(
        "select \"Segment\", \"CustomerId\", max(\"At\") as \"Since\" from ",
        segment_change(),
        " where \"Change\" = 'entered' group by \"Segment\", \"CustomerId\""
    );
    let sql = sql!(
        "select \"s\".\"Segment\", \"c\".\"CustomerId\", \"c\".\"profile_no\", \"e\".\"Since\" from (",
        members(None),
        ") as \"s\" join ",
        customer,
        " as \"c\" on \"c\".\"profile_no\" = \"s\".\"profile_no\" left join (",
        entered,
        ") as \"e\" on \"e\".\"Segment\" = \"s\".\"Segment\" and \"e\".\"CustomerId\" = \"c\".\"CustomerId\""
    );
    let columns = vec![
        Column::new("Segment", DataType::Text),
        Column::new("CustomerId", DataType::Text),
        Column::new("profile_no", DataType::Small),
        Column::new("Since", DataType::DateTime),
    ];
    p.view(View { name: TableName::from("SegmentMembership"), sql, columns });
}

/// `<Segment>`: its members with all columns of Customer; a table when it is to be written out.
fn plan_segment(p: &mut Planner<'_>, board: &Board, segment: &Segment) {
    let name = TableName::from(segment.name.as_str());
    if p.catalog().get(name.as_str()).is_some() {
        // Two tables of one name: said where definitions were read.
        return;
    }
    let Some(mut columns) = p.catalog().get("Customer").map(|customer| customer.columns.clone()) else { return };
    let shown = columns::shown(p, board, segment, &columns);
    let own = members(Some(&[sql::text(segment.name.as_str())]));
    let names = columns.iter().map(|column| sql::column("c", &column.name));
    let more = shown.iter().map(|shown| sql!(&shown.value, " as ", &shown.column.name));
    let names = join(names.chain(more), ", ");
    let joins = join(shown.iter().map(|shown| shown.join.clone()), "");
    columns.extend(shown.into_iter().map(|shown| shown.column));
    let sql = sql!(
        "select ",
        names,
        " from (",
        own,
        ") as \"s\" join ",
        TableName::from("Customer"),
        " as \"c\" on \"c\".\"profile_no\" = \"s\".\"profile_no\"",
        joins
    );
    if segment.materialize {
        let out = Output::published(name, columns).sorted_by(&["profile_no"]);
        p.step(sql_step(columns::table_step(segment), Stage::Segments, &[because_segment(segment)], out, sql));
    } else {
        p.view(View { name, sql, columns });
    }
}
