//! Activities: rows that are somebody's doing, in one table.
//!
//! Reads    `activities/*.yaml`, `Resolved_<Table>_<column>`, `ProfileId`
//! Writes   `UnifiedActivity`
//!
//! Invariants
//! - One row of a table is one activity; a row that leads to no profile has neither `CustomerId` nor `profile_no`.
//! - An activity's id is a hash of the definition's name and the row's key: the same at every run.
//!
//! Not here: the way to Customer (`relate`, `resolved`); the timeline (its flag stays in the definition).

use onefold_model::define::Activity;
use onefold_model::expr::{ColumnRef, Scope};
use onefold_model::plan::Stage;
use onefold_model::sql::{cast, column, join, text};
use onefold_model::{Code, Column, DataType, Diagnostic, Expr, Output, Spanned, Sql, Table, TableName, sql};

use crate::ingest::midnight;
use crate::planner::sql_step;
use crate::unify::profile_id;
use crate::{Planner, condition};

/// Its columns, after those that say whose it is.
const COLUMNS: &[(&str, DataType)] = &[
    ("ActivityId", DataType::Text),
    ("CustomerId", DataType::Text),
    ("profile_no", DataType::Small),
    ("ActivityType", DataType::Text),
    ("ActivityTypeDisplay", DataType::Text),
    ("ActivityName", DataType::Text),
    ("ActivityTime", DataType::DateTime),
    ("EndTime", DataType::DateTime),
    ("Title", DataType::Text),
    ("Description", DataType::Text),
    ("Url", DataType::Text),
    ("EntityName", DataType::Text),
    ("ActualActivityId", DataType::Text),
    ("ActivityForeignKey", DataType::Text),
];

/// Plans `UnifiedActivity`; a definition that is wrong is left out.
pub(crate) fn plan(p: &mut Planner<'_>) {
    let activities = &p.project().activities;
    let parts: Vec<Sql> = activities.iter().filter_map(|activity| plan_one(p, activity)).collect();
    let columns: Vec<Column> = COLUMNS.iter().map(|(name, ty)| Column::new(*name, *ty)).collect();
    let name = TableName::from("UnifiedActivity");
    if parts.is_empty() {
        if !activities.is_empty() {
            p.table(Table { name, columns, key: Some("ActivityId".into()) });
        }
        return;
    }
    let because: Vec<String> =
        activities.iter().map(|activity| format!("activities/{}", activity.name.value)).collect();
    let out = Output::published(name.clone(), columns.clone()).sorted_by(&["profile_no", "ActivityTime"]);
    p.step(sql_step("activities.unify", Stage::Activities, &because, out, join(parts, " union all ")));
    p.table(Table { name, columns, key: Some("ActivityId".into()) });
}

/// The activities of one definition, with the columns of `UnifiedActivity`; `None` when it is wrong.
pub(crate) fn plan_one(p: &mut Planner<'_>, activity: &Activity) -> Option<Sql> {
    let table = p.find_table(&activity.table)?;
    let key = p.find_column(&table, &activity.key, activity.key.at);
    let event = value(p, &table, &activity.event);
    let time = time(p, &table, &activity.time);
    let end = activity.end.as_ref().map(|end| self::time(p, &table, end));
    let detail = activity.detail.as_ref().map(|detail| value(p, &table, detail));
    let url = activity.url.as_ref().map(|url| value(p, &table, url));
    let resolved = p.resolved(&activity.table, &activity.path, at_of(activity));
    let (key, resolved) = (key?, resolved.ok()?);
    let foreign = foreign_key(p, &resolved)?;

    let own = cast(column("t", key.name.as_str()), DataType::Text);
    let null = |ty| match ty {
        DataType::DateTime => cast(cast("null".into(), DataType::Integer), DataType::DateTime),
        ty => cast("null".into(), ty),
    };
    let name = activity.name.value.as_str();
    let event = event?;
    let values = [
        // 32 hex digits, as ids have everywhere.
        sql!("substr(sha256_hex(concat(", text(name), ", '/', ", &own, ")), 1, 32)"),
        column("i", "CustomerId"),
        column("t", "profile_no"),
        text(activity.kind.as_str()),
        text(activity.title.as_deref().unwrap_or(&activity.kind)),
        text(name),
        time?,
        end.unwrap_or_else(|| Some(null(DataType::DateTime)))?,
        event,
        detail.unwrap_or_else(|| Some(null(DataType::Text)))?,
        url.unwrap_or_else(|| Some(null(DataType::Text)))?,
        text(table.name.as_str()),
        own,
        foreign,
    ];
    let items =
        values.into_iter().zip(COLUMNS).map(|(value, (name, _))| sql!(value, " as ", onefold_model::sql::id(name)));
    Some(sql!(
        "select ",
        join(items, ", "),
        " from ",
        &resolved,
        " t left join (select \"CustomerId\", \"profile_no\" from ",
        profile_id(),
        " where not \"Retired\") i on i.\"profile_no\" = t.\"profile_no\""
    ))
}

/// Where a fault of the way to Customer is shown.
fn at_of(activity: &Activity) -> Option<onefold_model::At> {
    activity.path.first().and_then(|name| name.at).or(activity.table.at)
}

/// The value that leads to Customer, as text.
fn foreign_key(p: &Planner<'_>, resolved: &TableName) -> Option<Sql> {
    let made = p.resolved_tables().iter().find(|table| table.name == *resolved)?;
    let own = match made.path.hops.first() {
        Some(hop) => hop.from.column.clone(),
        None => p.catalog().get(made.table.as_str())?.key.clone()?.to_string(),
    };
    Some(cast(column("t", own), DataType::Text))
}

/// A value in the table's own scope, as text.
fn value(p: &mut Planner<'_>, table: &Table, expr: &Spanned<Expr>) -> Option<Sql> {
    let (query, ty) = own_value(p, table, expr)?;
    Some(if ty.is_text() { query } else { cast(query, DataType::Text) })
}

fn own_value(p: &mut Planner<'_>, table: &Table, expr: &Spanned<Expr>) -> Option<(Sql, DataType)> {
    let scope = Scope { tables: vec![p.scope_table("", table)], segments: Vec::new(), aggregates: false };
    let typed = p.typed(expr, &scope)?;
    let of = |name: &ColumnRef| column("t", name.column.as_str());
    // A table's own scope has no segments; resolving has said so.
    let segment = |_: &str| Sql::from("false");
    Some((condition::sql(&typed, &of, &segment, p.zone()), typed.ty))
}

/// A time in the table's own scope; a day begins at midnight of the project's time zone.
fn time(p: &mut Planner<'_>, table: &Table, expr: &Spanned<Expr>) -> Option<Sql> {
    let (query, ty) = own_value(p, table, expr)?;
    match ty {
        DataType::DateTime => Some(query),
        DataType::Any => Some(cast(query, DataType::DateTime)),
        DataType::Date => Some(midnight(query, p.zone())),
        ty => {
            let message = format!("the time of an activity is a date or date-time, and this is {ty}");
            let hint = "name a date column, or make it one with `change_type`";
            p.say(Diagnostic::new(Code::ExprType, expr.at, message).hint(hint));
            None
        }
    }
}
