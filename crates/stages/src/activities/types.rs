//! Types: the fields of activities of one type, from all tables they come from.
//!
//! Reads    `activities/*.yaml`, `Resolved_<Table>_<column>`, `ProfileId`
//! Writes   `Activity_<Type>`: ActivityId, CustomerId, profile_no, ActivityName, ActivityTime, EndTime, then fields
//!
//! Invariants
//! - A type has a table when one of its activities maps a field; all its activities are rows of it.
//! - A field is a column when one of them maps it, and null for those that do not.
//!
//! Not here: the list of types (`model::define::ACTIVITY_TYPES`).

use onefold_model::define::{Activity, activity_type};
use onefold_model::plan::Stage;
use onefold_model::sql::{cast, column, id, join, text};
use onefold_model::{Code, Column, DataType, Diagnostic, Output, Sql, Table, TableName, sql};

use super::{growth, own_value, time, ways};
use crate::Planner;
use crate::planner::sql_step;

/// What the table of a type begins with.
pub(crate) const PREFIX: &str = "Activity_";

/// Plans the tables of types.
pub(super) fn plan(p: &mut Planner<'_>) {
    let activities = &p.project().activities;
    let mut kinds: Vec<&str> = Vec::new();
    for activity in activities.iter().filter(|activity| !activity.fields.is_empty()) {
        if !kinds.contains(&activity.kind.as_str()) {
            kinds.push(&activity.kind);
        }
    }
    for kind in kinds {
        let own: Vec<&Activity> = activities.iter().filter(|activity| activity.kind.value == kind).collect();
        plan_type(p, kind, &own);
    }
}

fn plan_type(p: &mut Planner<'_>, kind: &str, activities: &[&Activity]) {
    let mut mapped = Vec::new();
    for activity in activities {
        let Some(table) = p.catalog().get(&activity.table).cloned() else { return };
        let Some(fields) = fields(p, activity, &table) else { return };
        let (Some(time), end) = (time(p, &table, &activity.time), activity.end.as_ref()) else { return };
        let end = match end.map(|end| self::time(p, &table, end)) {
            None => cast(cast("null".into(), DataType::Integer), DataType::DateTime),
            Some(Some(end)) => end,
            Some(None) => return,
        };
        let Some(ways) = ways(p, activity, &table) else { return };
        mapped.push((activity, fields, time, end, ways));
    }
    let mut columns: Vec<Column> = Vec::new();
    for (name, _, ty) in mapped.iter().flat_map(|(_, fields, ..)| fields) {
        match columns.iter_mut().find(|column| column.name == *name.as_str()) {
            None => columns.push(Column::new(name.as_str(), *ty)),
            Some(known) => known.ty = together(known.ty, *ty),
        }
    }
    if let Some(known) = activity_type(kind) {
        let place = |column: &Column| known.fields.iter().position(|field| column.name == field.name);
        columns.sort_by_key(place);
    }
    let mut all = vec![
        Column::new("ActivityId", DataType::Text),
        Column::new("CustomerId", DataType::Text),
        Column::new("profile_no", DataType::Small),
        Column::new("ActivityName", DataType::Text),
        Column::new("ActivityTime", DataType::DateTime),
        Column::new("EndTime", DataType::DateTime),
    ];
    let mut parts: Vec<Sql> = Vec::new();
    for (activity, fields, time, end, ways) in mapped {
        for way in ways {
            let own = columns.iter().map(|wanted| {
                let mapped = fields.iter().find(|(name, ..)| wanted.name == *name.as_str());
                let value = match mapped {
                    Some((_, value, ty)) if *ty == wanted.ty || wanted.ty == DataType::Any => value.clone(),
                    Some((_, value, _)) => cast(value.clone(), wanted.ty),
                    None => cast("null".into(), if wanted.ty == DataType::Any { DataType::Text } else { wanted.ty }),
                };
                sql!(value, " as ", &wanted.name)
            });
            let ids = [
                way.activity_id,
                column("i", "CustomerId"),
                column("t", "profile_no"),
                text(activity.name.as_str()),
                time.clone(),
                end.clone(),
            ];
            let items =
                ids.into_iter().zip(&all).map(|(value, to)| sql!(value, " as ", id(to.name.as_str()))).chain(own);
            parts.push(sql!("select ", join(items, ", "), " from ", way.from));
        }
    }
    all.extend(columns);
    let name = TableName::new(format!("{PREFIX}{kind}"));
    if let Some(taken) = p.catalog().get(name.as_str()) {
        let message = format!("activities of the type `{kind}` make a table `{}`, which is there already", taken.name);
        let at = activities.first().and_then(|activity| activity.kind.at);
        p.say(Diagnostic::new(Code::NameClash, at, message).hint("rename the type, or the source"));
        return;
    }
    let because: Vec<String> =
        activities.iter().map(|activity| format!("activities/{}", activity.name.value)).collect();
    let out = Output::published(name.clone(), all.clone()).sorted_by(&["profile_no", "ActivityTime"]);
    let query = join(parts, " union all ");
    let grows = growth(p, &query);
    let mut step = sql_step(format!("activities.type {kind}"), Stage::Activities, &because, out, query);
    step.grows = Some(grows);
    p.step(step);
    p.table(Table { name, columns: all, key: Some("ActivityId".into()) });
}

/// A type for values of two.
fn together(a: DataType, b: DataType) -> DataType {
    match (a, b) {
        (a, b) if a == b => a,
        (DataType::Any, other) | (other, DataType::Any) => other,
        (a, b) if a.is_numeric() && b.is_numeric() => DataType::Number,
        _ => DataType::Text,
    }
}

/// The fields of a definition: name, value in terms of `t`, type; `None` when one is wrong, which has been said.
pub(super) fn fields(p: &mut Planner<'_>, activity: &Activity, table: &Table) -> Option<Vec<(String, Sql, DataType)>> {
    let known = activity_type(&activity.kind);
    let mut all = Vec::new();
    let mut sound = true;
    for (name, value) in &activity.fields {
        let Some((query, ty)) = own_value(p, table, value) else {
            sound = false;
            continue;
        };
        let wanted = known.and_then(|known| known.fields.iter().find(|field| field.name == name.value));
        let Some(wanted) = wanted.map(|field| field.ty) else {
            all.push((name.value.clone(), query, ty));
            continue;
        };
        let fits = match wanted {
            DataType::Text => true,
            DataType::Number | DataType::Integer => ty.is_numeric() || ty == DataType::Any,
            DataType::Date => ty.is_temporal() || ty == DataType::Any,
            wanted => ty == wanted || ty == DataType::Any,
        };
        if !fits {
            let message = format!("`{}` of `{}` is {wanted}, and this is {ty}", name.value, activity.kind.value);
            let hint = "change the type of the column with `change_type`, or write `cast(… as …)`";
            p.say(Diagnostic::new(Code::ExprType, value.at, message).hint(hint));
            sound = false;
            continue;
        }
        let query = if ty == wanted { query } else { cast(query, wanted) };
        all.push((name.value.clone(), query, wanted));
    }
    sound.then_some(all)
}
