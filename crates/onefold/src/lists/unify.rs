//! Unify: what `unify.yaml` says, what it came to, and what might be said besides.
//!
//! Reads    `unify.yaml`, the plan, `UnifyStatistics`, some rows of the mapped tables; of Customer only what its files
//!          say of themselves

use std::collections::HashMap;

use onefold_api::{Problem, UnifyColumn, UnifyRule, UnifySourceColumn, UnifyTable, UnifyView};
use onefold_model::define::{Condition, ConditionSide, MapTable, MatchRule, Normalize, Precision};
use onefold_model::sql::{id, join};
use onefold_model::{DataType, TableName, sql};
use onefold_stages::SEMANTIC_TYPES;
use serde_json::Value;

use super::look::Look;
use super::{graph, meaning};
use crate::runner::figures;

/// Values shown of a column.
const SAMPLE: usize = 3;
/// Rows in which they are looked for.
const LOOKED_AT: i64 = 200;

/// Figures by name, table and rule.
type Figures = HashMap<(String, Option<String>, Option<String>), u64>;

/// What unification is and does.
pub(super) async fn view(look: &Look) -> Result<UnifyView, Problem> {
    let project = look.project();
    let figures = statistics(look).await?;
    let published = look.published().filter(|published| published.table("Customer").is_some());
    let summed = match published {
        Some(published) => figures::unify(&look.opened, published).await?,
        None => None,
    };
    let mut tables = Vec::new();
    for mapped in project.unify.iter().flat_map(|unify| &unify.tables) {
        tables.push(table(look, mapped, &figures).await?);
    }
    let rules = project.unify.iter().flat_map(|unify| &unify.rules);
    Ok(UnifyView {
        defined: project.files.iter().any(|file| file.path == "unify.yaml"),
        figures: summed,
        tables,
        rules: rules.map(|stated| rule(stated, &figures)).collect(),
        columns: columns(look),
        keys: graph::keys(look).into_iter().map(|(table, _, on_customer)| (table, on_customer)).collect(),
        excluded: project
            .unify
            .iter()
            .flat_map(|unify| &unify.merge.exclude)
            .map(|excluded| excluded.value.clone())
            .collect(),
        semantic_types: SEMANTIC_TYPES.iter().map(|&word| word.to_owned()).collect(),
        at: published.map(|published| published.at.to_string()),
        changed: published.is_some() && look.changed("unify"),
    })
}

async fn statistics(look: &Look) -> Result<Figures, Problem> {
    if look.table("UnifyStatistics").is_none() {
        return Ok(Figures::new());
    }
    let statistics = TableName::from("UnifyStatistics");
    let rows = look.ask(&sql!("select \"Name\", \"Table\", \"Rule\", \"Value\" from ", statistics)).await?;
    let figures = rows.iter().filter_map(|row| {
        let text = |column: &str| row.get(column).and_then(Value::as_str).map(str::to_owned);
        let value = row.get("Value").and_then(Value::as_f64)? as u64;
        Some(((text("Name")?, text("Table"), text("Rule")), value))
    });
    Ok(figures.collect())
}

async fn table(look: &Look, mapped: &MapTable, figures: &Figures) -> Result<UnifyTable, Problem> {
    let planned = look.opened.planned.catalog.get(&mapped.table);
    let name = planned.map_or_else(|| mapped.table.value.clone(), |table| table.name.to_string());
    let figure = |what: &str| figures.get(&(what.to_owned(), Some(name.clone()), None)).copied();
    let key = look.key(&name);
    let mut samples = samples(look, &name).await?;
    let whole = mapped.columns.is_empty();
    let columns = look.columns(&name).into_iter().map(|column| {
        let stated = mapped.columns.iter().find(|(stated, _)| stated.value == column.name.as_str());
        // A table without columns of its own is mapped by what names suggest.
        let semantic = stated.map(|(_, meaning)| meaning.value.clone()).or_else(|| column.semantic.clone());
        let values = samples.remove(column.name.as_str()).unwrap_or_default();
        let is_key = key.as_deref() == Some(column.name.as_str());
        let suggested = match semantic.is_none() && !whole {
            true => meaning::suggested(&column, is_key, &values),
            false => None,
        };
        UnifySourceColumn {
            ty: column.ty.to_string(),
            semantic,
            suggested: suggested.map(str::to_owned),
            sample: different(values),
            name: column.name.to_string(),
        }
    });
    Ok(UnifyTable {
        columns: columns.collect(),
        include_all: mapped.include_all,
        source_records: figure("source records").or_else(|| look.table(&name).map(|entry| entry.rows())),
        unique_records: figure("unique records"),
        matched: figure("records matched"),
        table: name,
        key,
    })
}

/// The values of each column in its first rows.
async fn samples(look: &Look, table: &str) -> Result<HashMap<String, Vec<Value>>, Problem> {
    let mut samples: HashMap<String, Vec<Value>> = HashMap::new();
    let Some(entry) = look.table(table) else { return Ok(samples) };
    let columns = entry.columns.iter().filter(|column| column.ty != DataType::Bitmap);
    let columns = join(columns.map(|column| id(column.name.as_str())), ", ");
    let sql = sql!("select ", columns, " from ", &entry.name, " limit ", sql::integer(LOOKED_AT));
    for row in look.ask(&sql).await? {
        for (column, value) in row {
            let known = samples.entry(column).or_default();
            if !value.is_null() && value != "" {
                known.push(value);
            }
        }
    }
    Ok(samples)
}

/// The first few different values.
fn different(values: Vec<Value>) -> Vec<Value> {
    let mut shown: Vec<Value> = Vec::new();
    for value in values {
        if shown.len() < SAMPLE && !shown.contains(&value) {
            shown.push(value);
        }
    }
    shown
}

fn rule(stated: &MatchRule, figures: &Figures) -> UnifyRule {
    let figure = |what: &str, rule: Option<&str>| {
        let found = figures.iter().find(|((name, table, of), _)| {
            let table = table.as_ref().is_some_and(|table| table.eq_ignore_ascii_case(&stated.from));
            name == what && table && of.as_deref() == rule
        });
        found.map(|(_, value)| *value)
    };
    UnifyRule {
        name: stated.name.value.clone(),
        from: stated.from.value.clone(),
        to: stated.to.value.clone(),
        sentence: sentence(stated),
        matched: figure("records matched", Some(&stated.name)),
        of: figure("unique records", None),
    }
}

/// A rule as people read it.
fn sentence(rule: &MatchRule) -> String {
    let all = |conditions: &[Condition]| conditions.iter().map(condition).collect::<Vec<_>>().join(", and ");
    let mut text = all(&rule.when);
    if !rule.unless.is_empty() {
        text.push_str(&format!("; unless {}", all(&rule.unless)));
    }
    if !rule.active {
        text.push_str(" (not used)");
    }
    text
}

fn condition(condition: &Condition) -> String {
    let other = condition.equals.as_ref().unwrap_or(&condition.column);
    format!("{} equals {}, {}", side(&condition.column), side(other), precision(condition.precision.value))
}

fn side(side: &ConditionSide) -> String {
    let words: Vec<String> = side.normalize.iter().map(|step| normalizer(&step.value)).collect();
    match words.is_empty() {
        true => format!("`{}`", side.column.value),
        false => format!("`{}` ({})", side.column.value, words.join(", ")),
    }
}

/// What is done to a value, in words.
fn normalizer(step: &Normalize) -> String {
    match step {
        Normalize::Lowercase => "in lower case".into(),
        Normalize::Whitespace => "without white space".into(),
        Normalize::Symbols => "without symbols".into(),
        Normalize::Trim => "trimmed".into(),
        Normalize::Digits => "digits only".into(),
        Normalize::Numerals => "with Arabic digits".into(),
        Normalize::Phone(None) => "as a telephone number".into(),
        Normalize::Phone(Some(country)) => format!("as a telephone number of {}", country.to_uppercase()),
        Normalize::Name => "as a name".into(),
        Normalize::Address => "as an address".into(),
        Normalize::Organization => "as an organisation".into(),
        Normalize::Ascii => "in ASCII".into(),
        Normalize::Alias(table) => format!("with the aliases of `{}`", table.value),
        Normalize::Bypass(table) => format!("without the values of `{}`", table.value),
    }
}

/// How near two values must be, in words.
pub(super) fn precision(precision: Precision) -> String {
    match precision {
        Precision::Exact => "exactly".to_owned(),
        Precision::High => "nearly (80 %)".to_owned(),
        Precision::Medium => "roughly (60 %)".to_owned(),
        Precision::Low => "loosely (30 %)".to_owned(),
        Precision::AtLeast(least) => format!("at least {} %", (least * 100.0).round()),
    }
}

/// The columns of Customer that come from sources.
fn columns(look: &Look) -> Vec<UnifyColumn> {
    let customer = look.columns("Customer");
    let filled = filled(look);
    let merged = look.opened.planned.merge.iter().map(|merged| {
        let column = customer.iter().find(|column| column.name == merged.name.as_str());
        UnifyColumn {
            name: merged.name.clone(),
            ty: column.map_or(DataType::Any, |column| column.ty).to_string(),
            semantic: column.and_then(|column| column.semantic.clone()),
            policy: merged.policy.word().to_owned(),
            from: merged.from.iter().map(|(table, column)| (table.to_string(), column.clone())).collect(),
            filled: filled.get(&merged.name).copied(),
        }
    });
    merged.collect()
}

/// Profiles with a value, by column, as the files of Customer state it.
fn filled(look: &Look) -> HashMap<String, u64> {
    let mut filled: HashMap<String, u64> = HashMap::new();
    let Some(entry) = look.table("Customer") else { return filled };
    for file in &entry.files {
        let Ok(Value::Object(stats)) = serde_json::from_str::<Value>(&file.stats) else { return HashMap::new() };
        let empty = stats.get("nullCount").and_then(Value::as_object);
        for column in &entry.columns {
            let nulls = empty.and_then(|empty| empty.get(column.name.as_str())).and_then(Value::as_u64);
            let Some(nulls) = nulls else { continue };
            *filled.entry(column.name.to_string()).or_default() += file.rows.saturating_sub(nulls);
        }
    }
    filled
}

/// The columns of a table with the meanings that their names and values suggest.
pub(crate) async fn suggestions(look: &Look, table: &str) -> Result<Vec<(String, Option<&'static str>)>, Problem> {
    let key = look.key(table);
    let mut samples = samples(look, table).await?;
    let columns = look.columns(table).into_iter().map(|column| {
        let values = samples.remove(column.name.as_str()).unwrap_or_default();
        let is_key = key.as_deref() == Some(column.name.as_str());
        let suggested = meaning::suggested(&column, is_key, &values);
        (column.name.to_string(), suggested)
    });
    Ok(columns.collect())
}
