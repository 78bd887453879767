//! Activities: rows that are somebody's doing, in one table.
//!
//! Reads    `activities/*.yaml`, `Resolved_<Table>_<column>`, `ProfileId`
//! Writes   `UnifiedActivity`; `Activity_<Type>`, the fields of a type, for types with fields (`types`); `ActivityKey`
//!          (internal)
//!
//! Invariants
//! - One row of a table is one activity; a row that leads to no profile has neither `CustomerId` nor `profile_no`.
//! - With several ways to Customer a row is an activity of each profile that it leads to, once.
//! - An activity's id is a hash of the definition's name and the row's key, and of the way where it is not the first: the
//!   same at every run. A definition that takes another key is told that its ids are new.
//!
//! Not here: the way to Customer (`relate`, `resolved`); the timeline (its flag stays in the definition).

mod types;

use std::sync::Arc;

use onefold_model::define::Activity;
use onefold_model::expr::{ColumnRef, Scope};
use onefold_model::plan::{Check, Growth, Pick, Stage};
use onefold_model::sql::{Piece, before, cast, column, id, join, text};
use onefold_model::{Code, Column, DataType, Diagnostic, Expr, Output, Spanned, Sql, Table, TableName, sql};

pub(crate) use types::PREFIX as ACTIVITY_PREFIX;

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
    let query = join(parts, " union all ");
    let grows = growth(p, &query);
    let mut step = sql_step("activities.unify", Stage::Activities, &because, out, query);
    step.grows = Some(grows);
    p.step(step);
    p.table(Table { name, columns, key: Some("ActivityId".into()) });
    types::plan(p);
    plan_keys(p, &because);
}

/// A row of a table with profiles is one activity, whatever other rows there are: where several ways lead from a row,
/// what an earlier way leads to is told by the row's own key.
fn growth(p: &Planner<'_>, query: &Sql) -> Growth {
    let reads = |name: &TableName| query.pieces().iter().any(|piece| matches!(piece, Piece::Table(own) if own == name));
    let resolved = || p.resolved_tables().iter().map(|resolved| resolved.name.clone()).filter(reads);
    let numbers = resolved().map(|table| sql!("select \"profile_no\" from ", table));
    let numbers = join(numbers, " union all ");
    Growth::by_row(resolved()).picking([Pick::new(profile_id(), "profile_no", numbers)])
}

/// Notes the key of each definition, and says of which it is another than before.
fn plan_keys(p: &mut Planner<'_>, because: &[String]) {
    let name = TableName::from("ActivityKey");
    let columns = ["ActivityName", "EntityName", "KeyColumn", "KeyBefore"];
    let row = |activity: &Activity| {
        let values = [&activity.name.value, &activity.table.value, &activity.key.value];
        let items = values.into_iter().zip(columns).map(|(value, name)| sql!(text(value.as_str()), " as ", id(name)));
        sql!("select ", join(items, ", "))
    };
    let rows = join(p.project().activities.iter().map(row), " union all ");
    let query = sql!(
        "select a.\"ActivityName\", a.\"EntityName\", a.\"KeyColumn\", b.\"KeyColumn\" as \"KeyBefore\" from (",
        rows,
        ") a left join ",
        before(&name),
        " b on b.\"ActivityName\" = a.\"ActivityName\""
    );
    let columns: Vec<Column> = columns.iter().map(|name| Column::new(*name, DataType::Text)).collect();
    let mut step =
        sql_step("activities.keys", Stage::Activities, because, Output::internal(name.clone(), columns), query);
    step.checks.push(Check {
        fact: "activities keep their key; where it is another, their ActivityIds are new".to_owned(),
        broken_by: sql!("select \"ActivityName\" from ", name, " where \"KeyBefore\" <> \"KeyColumn\""),
        warning: true,
    });
    p.step(step);
}

/// The activities of one definition, with the columns of `UnifiedActivity`; `None` when it is wrong.
pub(crate) fn plan_one(p: &mut Planner<'_>, activity: &Activity) -> Option<Sql> {
    let table = p.find_table(&activity.table)?;
    let event = value(p, &table, &activity.event);
    let end = activity.end.as_ref().map(|end| self::time(p, &table, end));
    let detail = activity.detail.as_ref().map(|detail| value(p, &table, detail));
    let url = activity.url.as_ref().map(|url| value(p, &table, url));
    let time = time(p, &table, &activity.time);
    let fields = types::fields(p, activity, &table);
    let ways = ways(p, activity, &table)?;
    fields?;

    let null = |ty| match ty {
        DataType::DateTime => cast(cast("null".into(), DataType::Integer), DataType::DateTime),
        ty => cast("null".into(), ty),
    };
    let (event, time) = (event?, time?);
    let end = end.unwrap_or_else(|| Some(null(DataType::DateTime)))?;
    let detail = detail.unwrap_or_else(|| Some(null(DataType::Text)))?;
    let url = url.unwrap_or_else(|| Some(null(DataType::Text)))?;
    let parts = ways.into_iter().map(|way| {
        let values = [
            way.activity_id,
            column("i", "CustomerId"),
            column("t", "profile_no"),
            text(activity.kind.as_str()),
            text(activity.title.as_deref().unwrap_or(&activity.kind)),
            text(activity.name.as_str()),
            time.clone(),
            end.clone(),
            event.clone(),
            detail.clone(),
            url.clone(),
            text(table.name.as_str()),
            way.own_key,
            way.foreign_key,
        ];
        let items = values.into_iter().zip(COLUMNS).map(|(value, (name, _))| sql!(value, " as ", id(name)));
        sql!("select ", join(items, ", "), " from ", way.from)
    });
    Some(join(parts, " union all "))
}

/// A way to Customer of a definition's rows: what depends on it, in terms of its `from`.
struct Way {
    activity_id: Sql,
    own_key: Sql,
    foreign_key: Sql,
    from: Sql,
}

/// The ways of a definition, those after the first without what an earlier one leads to already.
fn ways(p: &mut Planner<'_>, activity: &Activity, table: &Table) -> Option<Vec<Way>> {
    let key = p.find_column(table, &activity.key, activity.key.at);
    let paths = std::iter::once(&activity.path).chain(&activity.further_paths);
    let mut resolved: Vec<TableName> = Vec::new();
    let mut sound = true;
    for path in paths.clone() {
        let at = path.first().and_then(|name| name.at).or(activity.table.at);
        match p.resolved(&activity.table, path, at) {
            Ok(table) => resolved.push(table),
            Err(()) => sound = false,
        }
    }
    let key = key.filter(|_| sound)?;
    let own_key = cast(column("t", key.name.as_str()), DataType::Text);
    let mut ways = Vec::new();
    for (i, (table, path)) in resolved.iter().zip(paths).enumerate() {
        let mut from = sql!(
            table,
            " t left join (select \"CustomerId\", \"profile_no\" from ",
            profile_id(),
            " where not \"Retired\") i on i.\"profile_no\" = t.\"profile_no\""
        );
        for (n, earlier) in resolved[..i].iter().enumerate() {
            let alias = format!("e{n}");
            let same = [key.name.as_str(), "profile_no"].map(|c| sql!(column(&alias, c), " = ", column("t", c)));
            from.push(sql!(" left anti join ", earlier, " as ", id(&alias), " on ", join(same, " and ")));
        }
        // What leads to nobody is there once, by the first way.
        if i > 0 {
            from.push(" where t.\"profile_no\" is not null");
        }
        let mut hashed = sql!(text(activity.name.as_str()), ", '/', ", &own_key);
        if i > 0 {
            let names: Vec<&str> = path.iter().map(|name| name.as_str()).collect();
            hashed.push(sql!(", '/', ", text(names.join("/"))));
        }
        ways.push(Way {
            // 32 hex digits, as ids have everywhere.
            activity_id: sql!("substr(sha256_hex(concat(", hashed, ")), 1, 32)"),
            own_key: own_key.clone(),
            foreign_key: foreign_key(p, table)?,
            from,
        });
    }
    Some(ways)
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
    let scope = Scope { tables: vec![p.scope_table("", table)], segments: Arc::default(), aggregates: false };
    let typed = p.typed(expr, &scope)?;
    p.turns_in_tables(&typed);
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
