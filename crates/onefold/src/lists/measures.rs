//! Measures: what each is, and its value where it is one number.
//!
//! Reads    `Measure_<Name>` of business measures without dimensions; `Customer_Measure` for the statistics of one

use onefold_api::{BucketView, Kind, MeasureView, NumberStatistics, Problem};
use onefold_model::define::{Measure, MeasureKind};
use onefold_model::names::nearest;
use onefold_model::sql::{id, number as literal};
use onefold_model::{TableName, sql};
use serde_json::Value;

use super::look::Look;
use crate::runner::figures::{Row, number};

/// Ranges of a histogram.
const RANGES: usize = 20;

/// All measures, by name; those of files that cannot be read at the end.
pub(super) async fn all(look: &Look) -> Result<Vec<MeasureView>, Problem> {
    let mut views = Vec::new();
    for measure in &look.project().measures {
        views.push(view(look, measure).await?);
    }
    let known = |name: &str| look.project().measure(name).is_some();
    views.extend(look.broken("measures", &known).into_iter().map(|name| unread(look, &name)));
    Ok(views)
}

/// One measure with its statistics.
pub(super) async fn one(look: &Look, name: &str) -> Result<MeasureView, Problem> {
    let project = look.project();
    if let Some(measure) = project.measure(name) {
        let mut view = view(look, measure).await?;
        if measure.kind.value == MeasureKind::CustomerAttribute {
            view.numbers = numbers(look, name).await?;
        }
        return Ok(view);
    }
    if look.broken("measures", &|_| false).iter().any(|known| known == name) {
        return Ok(unread(look, name));
    }
    let problem = Problem::not_found(format!("there is no measure `{name}`"));
    let known = project.measures.iter().map(|measure| measure.name.as_str());
    Err(match nearest(name, known) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem,
    })
}

async fn view(look: &Look, measure: &Measure) -> Result<MeasureView, Problem> {
    let name = measure.name.value.clone();
    let (kind, table) = match measure.kind.value {
        MeasureKind::CustomerAttribute => ("customer_attribute", "Customer_Measure".to_owned()),
        MeasureKind::CustomerMeasure => ("customer_measure", format!("Measure_{name}")),
        MeasureKind::BusinessMeasure => ("business_measure", format!("Measure_{name}")),
    };
    let is_there = look.table(&table).is_some_and(|entry| {
        measure.kind.value != MeasureKind::CustomerAttribute
            || entry.columns.iter().any(|column| column.name == name.as_str())
    });
    Ok(MeasureView {
        title: measure.title.clone().unwrap_or_else(|| name.clone()),
        kind: kind.to_owned(),
        formula: formula(measure),
        value: if is_there { value(look, measure, &table).await? } else { Value::Null },
        refreshed: if is_there { look.written(&table) } else { None },
        table: is_there.then_some(table),
        state: look.state(&format!("measures/{name}")).to_owned(),
        active: measure.upkeep.is_active(),
        next_change: look.next_change(Kind::Measure, &name).filter(|_| measure.upkeep.rhythm().is_none()),
        schedule: measure.upkeep.rhythm().cloned().unwrap_or_default().words(),
        tags: measure.upkeep.tags.iter().map(|tag| tag.value.clone()).collect(),
        numbers: None,
        used_by: look.used_by(Kind::Measure, &name),
        name,
    })
}

/// A measure whose file cannot be read.
fn unread(look: &Look, name: &str) -> MeasureView {
    MeasureView {
        name: name.to_owned(),
        title: name.to_owned(),
        kind: "customer_attribute".to_owned(),
        formula: String::new(),
        value: Value::Null,
        table: None,
        state: "error".to_owned(),
        refreshed: None,
        active: true,
        schedule: String::new(),
        next_change: None,
        tags: Vec::new(),
        numbers: None,
        used_by: look.used_by(Kind::Measure, name),
    }
}

fn formula(measure: &Measure) -> String {
    match measure.values.as_slice() {
        [only] if only.name.value == measure.name.value => only.value.value.to_string(),
        several => {
            let lines = several.iter().map(|value| format!("{}: {}", value.name.value, value.value.value));
            lines.collect::<Vec<_>>().join(", ")
        }
    }
}

/// The value of a business measure without dimensions; of one with several values, each by name.
async fn value(look: &Look, measure: &Measure, table: &str) -> Result<Value, Problem> {
    if measure.kind.value != MeasureKind::BusinessMeasure || !measure.dimensions.is_empty() {
        return Ok(Value::Null);
    }
    let sql = sql!("select * from ", TableName::from(table), " limit 1");
    let Some(mut row) = look.ask(&sql).await?.pop() else { return Ok(Value::Null) };
    Ok(match measure.values.as_slice() {
        [only] => row.remove(only.name.as_str()).unwrap_or(Value::Null),
        _ => Value::Object(row.into_iter().collect()),
    })
}

/// A customer attribute in figures; `None` when it is no number.
async fn numbers(look: &Look, name: &str) -> Result<Option<NumberStatistics>, Problem> {
    let columns = look.table("Customer_Measure").map(|entry| entry.columns.as_slice()).unwrap_or_default();
    if !columns.iter().any(|column| column.name == name && column.ty.is_numeric()) {
        return Ok(None);
    }
    let table = || TableName::from("Customer_Measure");
    let value = || sql!("cast(", id(name), " as double)");
    let sql = sql!(
        "select count(\"v\") as \"count\", count(*) - count(\"v\") as \"missing\", min(\"v\") as \"min\", ",
        "max(\"v\") as \"max\", avg(\"v\") as \"mean\", median(\"v\") as \"median\" from (select ",
        value(),
        " as \"v\" from ",
        table(),
        ") as \"t\""
    );
    let Some(row) = look.ask(&sql).await?.pop() else { return Ok(None) };
    let figure = |row: &Row, column: &str| row.get(column).and_then(Value::as_f64);
    let (Some(min), Some(max)) = (figure(&row, "min"), figure(&row, "max")) else { return Ok(None) };
    let width = (max - min) / RANGES as f64;
    let sql = match width > 0.0 {
        true => sql!(
            "select least(cast(floor((",
            value(),
            " - ",
            literal(min),
            ") / ",
            literal(width),
            ") as bigint), ",
            sql::integer(RANGES as i64 - 1),
            ") as \"range\", count(*) as \"count\" from ",
            table(),
            " where ",
            id(name),
            " is not null group by 1 order by 1"
        ),
        false => {
            sql!("select 0 as \"range\", count(*) as \"count\" from ", table(), " where ", id(name), " is not null")
        }
    };
    let ranges = look.ask(&sql).await?;
    let end = |range: u64| Value::from(min + width * range as f64);
    let histogram = (0..if width > 0.0 { RANGES as u64 } else { 1 }).map(|range| {
        let found = ranges.iter().find(|row| number(row, "range") == range);
        BucketView { value: end(range), to: Some(end(range + 1)), count: found.map_or(0, |row| number(row, "count")) }
    });
    Ok(Some(NumberStatistics {
        count: number(&row, "count"),
        missing: number(&row, "missing"),
        min,
        max,
        mean: figure(&row, "mean").unwrap_or(min),
        median: figure(&row, "median").unwrap_or(min),
        histogram: histogram.collect(),
    }))
}
