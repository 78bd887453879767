//! People: the population of what is published: as the last run left it in memory, else read from its tables.
//!
//! Reads    mapped tables as the step `unify.link` reads them, `MatchModel`, `KeyRing`
//! Flow     held by the lake ─ else model (trained, else found out) ─ records encoded ─ profile of each ─ keys ─ held
//!
//! Invariants
//! - Look-ups, explanations and runs share one population a lake.
//! - What unify.yaml says now decides nothing: fields are those that the model of the run has.
//! - Values that mean nothing count as little as in the run: they are found again in the same way.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::AsArray as _;
use arrow::compute::cast;
use arrow::datatypes::{DataType as Arrow, Int32Type};
use futures::StreamExt as _;
use onefold_api::{Problem, RunAsk};
use onefold_kernels::frame::TextColumn;
use onefold_kernels::linkage::population::ready;
use onefold_kernels::linkage::settle::settle_encoded;
use onefold_kernels::linkage::{Population, Records, TableRecords};
use onefold_lake::holding::{Held, People};
use onefold_lake::linkage::{from_kernel, to_kernel};
use onefold_lake::{Lake, Published, QueryLimits};
use onefold_model::linkage::{Linkage, Stated};
use onefold_model::{Sql, TableName};
use onefold_stages::PlannedLinkage;

use crate::customers;
use crate::opened::{Opened, holding};
use crate::runner::figures::EVERY_ROW;
use crate::runner::problem::of_lake;

/// How long reading a table may take.
const READING: Duration = Duration::from_secs(600);

/// One is read at a time.
static READ: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// The population of what is published; none without mapped tables.
pub(crate) async fn of(root: &Path, lake: &Lake, published: &Published) -> Result<Option<Arc<Held>>, Problem> {
    let Some(run) = run_of(published) else { return Ok(None) };
    let holding = holding(lake.folder());
    if let Some(held) = holding.of(&run) {
        return Ok(Some(held));
    }
    let _one_at_a_time = READ.lock().await;
    if let Some(held) = holding.of(&run) {
        return Ok(Some(held));
    }
    let Some(held) = read(root, lake, published, run).await? else { return Ok(None) };
    let held = Arc::new(held);
    holding.keep(Arc::clone(&held));
    Ok(Some(held))
}

/// The run that matched what is published; where rules alone match, the one that gave ids last.
fn run_of(published: &Published) -> Option<String> {
    let table = published.table("MatchModel").or_else(|| published.table("KeyRing"))?;
    Some(table.written_by.clone())
}

async fn read(root: &Path, lake: &Lake, published: &Published, run: String) -> Result<Option<Held>, Problem> {
    let trained = trained(lake, published).await?;
    let (is_trained, planned) = (trained.is_some(), planned(root, trained).await?);
    let Some((planned, chosen)) = planned else { return Ok(None) };
    let PlannedLinkage { model: given, tables } = planned;
    let mut read = Vec::new();
    for (_, sql) in &tables {
        read.push(records(lake, published, sql, given.fields.len()).await?);
    }
    let rings = rings(lake).await?;
    let held = customers::off_the_runtime(move || {
        let tables: Vec<String> = tables.iter().map(|(table, _)| table.to_string()).collect();
        let names: Vec<&str> = tables.iter().map(String::as_str).collect();
        let kernel = to_kernel(&given, &names).map_err(Problem::failed)?;
        let (kernel, records) = if is_trained {
            let mut records = Records::encode(&kernel.fields, &read);
            // Whoever states what is compared states also what means something.
            if chosen {
                let mut again = kernel.clone();
                again.comparisons.clear();
                drop(settle_encoded(&mut again, &mut records));
            }
            (kernel, records)
        } else {
            ready(kernel, &read)
        };
        drop(read);
        let settled = from_kernel(&kernel, &given, &names);
        // A cluster is known by its lowest record.
        let mut lowest: HashMap<i32, u32> = HashMap::default();
        let numbers = numbers(&records, &tables, &rings);
        let of = numbers.iter().zip(0..).map(|(&number, record)| match number {
            -1 => record,
            number => *lowest.entry(number).or_insert(record),
        });
        let of: Vec<u32> = of.collect();
        let population = Population::new(kernel, records, Vec::new(), of, &[], &[]);
        Ok(Held::new(&run, tables, given, settled, People::Read(Box::new(population))))
    });
    held.await.map(Some)
}

/// The model that the last run matched by.
async fn trained(lake: &Lake, published: &Published) -> Result<Option<Linkage>, Problem> {
    if published.table("MatchModel").is_none() {
        return Ok(None);
    }
    let mut found = lake.read(&TableName::from("MatchModel")).await.map_err(of_lake)?;
    while let Some(batch) = found.batches.next().await {
        let batch = batch.map_err(of_lake)?;
        if let Some(texts) = batch.column_by_name("Model").and_then(|column| column.as_string_opt::<i32>())
            && let Some(text) = texts.iter().flatten().next()
        {
            let unreadable =
                |why: String| Problem::failed(why).hint("run `unify` again: this Onefold reads another form of models");
            return Linkage::parse(text).map(Some).map_err(unreadable);
        }
    }
    Ok(None)
}

/// What a model reads of the tables, and whether the definition leaves it to Onefold what is compared; none without
/// mapped tables.
async fn planned(root: &Path, trained: Option<Linkage>) -> Result<Option<(PlannedLinkage, bool)>, Problem> {
    let opened = Opened::new(root, false, &RunAsk::default()).await?;
    let mut definitions = (*opened.project).clone();
    let Some(unify) = &mut definitions.unify else { return Ok(None) };
    let chosen = unify.model.as_ref().is_none_or(|stated| stated.model.comparisons.is_empty());
    if let Some(model) = trained {
        unify.model = Some(Stated { model, ..Stated::default() });
    } else {
        unify.model.get_or_insert_default();
    }
    let planned = onefold_stages::plan(&definitions, &opened.known.catalog);
    Ok(planned.linkage.map(|linkage| (linkage, chosen)))
}

/// The records of a table: its keys and the texts of each field.
async fn records(lake: &Lake, published: &Published, input: &Sql, fields: usize) -> Result<TableRecords, Problem> {
    let quoted = |table: &TableName, _| format!("\"{}\"", table.as_str().replace('"', "\"\""));
    let now = format!("arrow_cast('{:.6}', 'Timestamp(Microsecond, Some(\"UTC\"))')", published.at);
    let limits = QueryLimits { rows: EVERY_ROW, time: READING, ..QueryLimits::default() };
    let mut found = lake.query(&input.render(&quoted, &now), limits).await.map_err(of_lake)?;
    let mut all = TableRecords { key: TextColumn::new(), fields: vec![Vec::new(); fields] };
    while let Some(batch) = found.batches.next().await {
        let batch = batch.map_err(of_lake)?;
        for (place, column) in batch.schema().fields().iter().zip(batch.columns()) {
            let into = match place.name().as_str() {
                "key" => &mut all.key,
                name => {
                    let Some((field, own)) = field_of(name).filter(|(field, _)| *field < fields) else { continue };
                    if all.fields[field].len() <= own {
                        all.fields[field].resize(own + 1, TextColumn::new());
                    }
                    &mut all.fields[field][own]
                }
            };
            let texts = cast(column, &Arrow::Utf8).map_err(|error| Problem::failed(error.to_string()))?;
            texts.as_string::<i32>().iter().for_each(|text| into.push(text));
        }
    }
    Ok(all)
}

/// `f3_1`: the second column of the fourth field.
fn field_of(name: &str) -> Option<(usize, usize)> {
    let (field, column) = name.strip_prefix('f')?.split_once('_')?;
    Some((field.parse().ok()?, column.parse().ok()?))
}

/// By table (in lower case) and key: the number of the profile.
pub(super) type Rings = HashMap<String, HashMap<String, i32>>;

/// Reads them.
pub(super) async fn rings(lake: &Lake) -> Result<Rings, Problem> {
    let mut all: HashMap<String, HashMap<String, i32>> = HashMap::default();
    let mut found = lake.read(&TableName::from("KeyRing")).await.map_err(of_lake)?;
    let wrong = || Problem::failed("`KeyRing` has not the columns it should").hint("run `onefold run --force`");
    while let Some(batch) = found.batches.next().await {
        let batch = batch.map_err(of_lake)?;
        let column = |name: &str| batch.column_by_name(name).ok_or_else(wrong);
        let (tables, keys) = (column("SourceTable")?, column("Key")?);
        let tables = tables.as_string_opt::<i32>().ok_or_else(wrong)?;
        let keys = keys.as_string_opt::<i32>().ok_or_else(wrong)?;
        let numbers = column("profile_no")?.as_primitive_opt::<Int32Type>().ok_or_else(wrong)?;
        for ((table, key), number) in tables.iter().zip(keys).zip(numbers) {
            if let (Some(table), Some(key), Some(number)) = (table, key, number) {
                if !all.contains_key(table) {
                    all.insert(table.to_owned(), HashMap::default());
                }
                if let Some(own) = all.get_mut(table) {
                    own.insert(key.to_owned(), number);
                }
            }
        }
    }
    Ok(all.into_iter().map(|(table, keys)| (table.to_lowercase(), keys)).collect())
}

/// By record: the number of its profile, -1 when it is part of none.
pub(super) fn numbers(records: &Records, tables: &[String], rings: &Rings) -> Vec<i32> {
    let mut numbers = vec![-1; records.len()];
    for (table, name) in tables.iter().enumerate() {
        for (key, &number) in rings.get(&name.to_lowercase()).into_iter().flatten() {
            if let Some(record) = records.find(table as u32, key) {
                numbers[record as usize] = number;
            }
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::field_of;

    #[test]
    fn columns_of_fields_are_known_by_their_names() {
        assert_eq!((field_of("f3_1"), field_of("key"), field_of("first_1")), (Some((3, 1)), None, None));
    }
}
