//! Held: the records of the published run with the model and who is who, kept in memory for look-ups.
//!
//! Reads    mapped tables as the step `unify.link` reads them, `MatchModel`, `KeyRing`
//! Flow     what a run wrote last ─ model (trained, else found out) ─ records encoded ─ profile of each ─ keys
//!
//! Invariants
//! - Made anew when one of the tables that it is made of was written again, beside the one that answers.
//! - What unify.yaml says now decides nothing: fields are those that the model of the run has.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arrow::array::AsArray as _;
use arrow::compute::cast;
use arrow::datatypes::{DataType as Arrow, Int32Type};
use futures::StreamExt as _;
use onefold_api::{LookupModel, Problem, RunAsk};
use onefold_kernels::frame::TextColumn;
use onefold_kernels::linkage::population::ready;
use onefold_kernels::linkage::{Population, TableRecords};
use onefold_lake::{Lake, Published, QueryLimits};
use onefold_model::linkage::{Linkage, Stated};
use onefold_model::plan::{Kernel, MatchTable};
use onefold_model::{Project, Sql, TableName, Work};

use super::names::{Known, Names};
use crate::customers;
use crate::opened::Opened;
use crate::platform::Onefold;
use crate::runner::figures::EVERY_ROW;
use crate::runner::problem::of_lake;

/// How long a question waits for a new run while an older one could answer.
const PATIENCE: Duration = Duration::from_millis(5);
/// How long reading a table may take.
const READING: Duration = Duration::from_secs(600);

/// What is kept between questions.
#[derive(Default)]
pub(crate) struct Memory {
    held: Mutex<Option<Arc<Held>>>,
    making: tokio::sync::Mutex<()>,
}

impl Memory {
    fn get(&self) -> Option<Arc<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Records, model, and who is who.
pub(super) struct Held {
    /// The tables it is made of, with the run that wrote each.
    stamp: Vec<(String, String)>,
    /// Where the model is from.
    pub(super) model: LookupModel,
    /// The fields of the model.
    pub(super) names: Names,
    /// The mapped tables, in order.
    pub(super) tables: Vec<String>,
    /// Asked one question at a time: a question stands among the records while it is answered.
    pub(super) population: Mutex<Population>,
    /// By record: the number of its profile, -1 when it is part of none.
    profiles: Vec<i32>,
}

impl Held {
    /// The number of the profile that a record is part of.
    pub(super) fn profile(&self, record: u32) -> Option<u32> {
        self.profiles.get(record as usize).and_then(|&number| u32::try_from(number).ok())
    }
    /// The name of a field.
    pub(super) fn field(&self, place: usize) -> &str {
        self.names.0.get(place).map_or("", |field| &field.name)
    }
    /// What people may be asked for: meanings where fields have one, else fields.
    pub(super) fn wanted(&self) -> Vec<&str> {
        let name = |field: &'_ Known| -> Option<usize> { self.names.0.iter().position(|own| own.name == field.name) };
        let mut wanted: Vec<&str> = Vec::new();
        for field in &self.names.0 {
            let word =
                field.meanings.first().map_or_else(|| name(field).map_or("", |at| self.field(at)), String::as_str);
            if !wanted.contains(&word) {
                wanted.push(word);
            }
        }
        wanted
    }
}

/// What a run holds of who is who: the tables that a population is made of, and the run that wrote each.
fn stamp(project: &Project, published: &Published) -> Vec<(String, String)> {
    let mapped = project.unify.iter().flat_map(|unify| &unify.tables).map(|table| table.table.value.as_str());
    let tables = ["KeyRing", "MatchModel"].into_iter().chain(mapped);
    let written = |name: &str| published.table(name).map(|entry| (name.to_owned(), entry.written_by.clone()));
    tables.filter_map(written).collect()
}

/// The population of the published run; of the one before while a new one is taken in.
pub(super) async fn open(project: &Onefold) -> Result<Arc<Held>, Problem> {
    let memory = Arc::clone(project.lookups());
    let (definitions, lake, published) = customers::now(project).await?;
    let wanted = stamp(&definitions, &published);
    let before = memory.get();
    if let Some(held) = before.as_ref().filter(|held| held.stamp == wanted) {
        return Ok(Arc::clone(held));
    }
    let root = project.root().to_owned();
    let made = tokio::spawn(async move {
        let _one_at_a_time = memory.making.lock().await;
        if let Some(held) = memory.get().filter(|held| held.stamp == wanted) {
            return Ok(held);
        }
        let clock = std::time::Instant::now();
        let held = Arc::new(make(&Onefold::quiet(&root), &lake, &published, wanted).await?);
        tracing::info!(
            run = published.run_id,
            records = held.profiles.len(),
            seconds = clock.elapsed().as_secs_f64(),
            "ready for look-ups"
        );
        *memory.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&held));
        Ok::<_, Problem>(held)
    });
    let fault = |fault| Problem::failed(format!("the run cannot be asked by a fault in Onefold: {fault}"));
    match before {
        None => made.await.map_err(fault)?,
        Some(before) => match tokio::time::timeout(PATIENCE, made).await {
            Ok(held) => held.map_err(fault)?,
            Err(_) => Ok(before),
        },
    }
}

async fn make(
    project: &Onefold,
    lake: &Lake,
    published: &Published,
    stamp: Vec<(String, String)>,
) -> Result<Held, Problem> {
    let none = || {
        Problem::not_found("there are no matched records to look among")
            .hint("map tables in `unify.yaml`, then run `onefold run`")
    };
    if published.table("KeyRing").is_none() {
        return Err(none());
    }
    let trained = trained(lake, published).await?;
    let model = if trained.is_some() { LookupModel::Trained } else { LookupModel::Settled };
    let (tables, linkage, inputs, definitions) = planned(project, trained).await?.ok_or_else(none)?;
    let mut given = Vec::new();
    for input in &inputs {
        given.push(records(lake, published, input, linkage.fields.len()).await?);
    }
    let profiles = rings(lake).await?;
    customers::off_the_runtime(move || {
        let names: Vec<&str> = tables.iter().map(|table| table.table.as_str()).collect();
        let kernel = onefold_lake::linkage::to_kernel(&linkage, &names).map_err(Problem::failed)?;
        let (kernel, records) = ready(kernel, &given);
        drop(given);
        let known = known(&definitions, &linkage, &kernel);
        let mut numbers = vec![-1; records.len()];
        for (table, keys) in names.iter().enumerate() {
            let Some(own) = profiles.get(&keys.to_lowercase()) else { continue };
            for (key, &number) in own {
                if let Some(record) = records.find(table as u32, key) {
                    numbers[record as usize] = number;
                }
            }
        }
        // A cluster is known by its lowest record.
        let mut lowest: HashMap<i32, u32> = HashMap::default();
        let of = (0..records.len() as u32).map(|record| match numbers[record as usize] {
            -1 => record,
            number => *lowest.entry(number).or_insert(record),
        });
        let of: Vec<u32> = of.collect();
        Ok(Held {
            stamp,
            model,
            names: Names(known),
            tables: names.iter().map(|name| (*name).to_owned()).collect(),
            population: Mutex::new(Population::new(kernel, records, Vec::new(), of, &[], &[])),
            profiles: numbers,
        })
    })
    .await
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
            return Linkage::parse(text).map(Some).map_err(Problem::failed);
        }
    }
    Ok(None)
}

type Planned = (Vec<MatchTable>, Linkage, Vec<Sql>, Arc<Project>);

/// The tables as matching by a model reads them, with the fields it has; none without mapped tables.
async fn planned(project: &Onefold, trained: Option<Linkage>) -> Result<Option<Planned>, Problem> {
    let opened = Opened::new(project.root(), false, &RunAsk::default()).await?;
    let mut definitions = (*opened.project).clone();
    let Some(unify) = &mut definitions.unify else { return Ok(None) };
    if let Some(model) = trained {
        unify.model = Some(Stated { model, ..Stated::default() });
    } else {
        unify.model.get_or_insert_default();
    }
    let planned = onefold_stages::plan(&definitions, &opened.known.catalog);
    let link = planned.plan.steps.into_iter().find_map(|step| match step.work {
        Work::Kernel { kernel: Kernel::Link { tables, model }, mut inputs } => {
            inputs.truncate(tables.len());
            Some((tables, model, inputs))
        }
        _ => None,
    });
    Ok(link.map(|(tables, model, inputs)| (tables, model, inputs, Arc::new(definitions))))
}

/// The records of a table: its keys and the texts of each field.
async fn records(lake: &Lake, published: &Published, input: &Sql, fields: usize) -> Result<TableRecords, Problem> {
    let quoted = |table: &TableName, _| format!("\"{}\"", table.as_str().replace('"', "\"\""));
    let now = format!("arrow_cast('{:.6}', 'Timestamp(Microsecond, Some(\"UTC\"))')", published.at);
    let limits = QueryLimits { rows: EVERY_ROW, time: READING, ..QueryLimits::default() };
    let mut found = lake.query(&without_winners(&input.render(&quoted, &now)), limits).await.map_err(of_lake)?;
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

/// The same rows without the records that stand for their groups: who is who is known from `KeyRing`, and groups stand in
/// tables that only steps read.
fn without_winners(sql: &str) -> String {
    let sql = sql.replacen(", d.\"WinnerKey\" as \"winner\"", "", 1);
    match sql.rsplit_once(" t join ") {
        Some((own, _)) => format!("{own} t"),
        None => sql,
    }
}

/// `f3_1`: the second column of the fourth field.
fn field_of(name: &str) -> Option<(usize, usize)> {
    let (field, column) = name.strip_prefix('f')?.split_once('_')?;
    Some((field.parse().ok()?, column.parse().ok()?))
}

/// By table (in lower case) and key: the number of the profile.
async fn rings(lake: &Lake) -> Result<HashMap<String, HashMap<String, i32>>, Problem> {
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

/// The fields of the model, with what their columns mean.
fn known(project: &Project, linkage: &Linkage, kernel: &onefold_kernels::linkage::Model) -> Vec<Known> {
    let tables = || project.unify.iter().flat_map(|unify| &unify.tables);
    let meaning = |column: &String| {
        let (table, name) = column.split_once('.')?;
        let mapped = tables().find(|mapped| mapped.table.value.eq_ignore_ascii_case(table))?;
        let (_, meaning) = mapped.columns.iter().find(|(own, _)| own.value.eq_ignore_ascii_case(name))?;
        Some(meaning.value.clone())
    };
    let fields = linkage.fields.iter().zip(&kernel.fields);
    let known = fields.map(|(field, found)| {
        let mut meanings: Vec<String> = field.columns.iter().filter_map(meaning).collect();
        meanings.dedup();
        Known { name: field.name.clone(), kind: found.kind, columns: field.columns.clone(), meanings }
    });
    known.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_left_out_of_what_is_read() {
        let own = "select t.\"id\" as \"key\", t.\"a\" as \"f0_0\" from \"T\" t";
        let grouped = "select t.\"id\" as \"key\", d.\"WinnerKey\" as \"winner\", t.\"a\" as \"f0_0\" from \"T\" t join \"Dedupe_T\" d on d.\"Key\" = t.\"id\"";
        assert_eq!(without_winners(grouped), own);
        assert_eq!(without_winners(own), own);
        assert_eq!((field_of("f3_1"), field_of("key"), field_of("first_1")), (Some((3, 1)), None, None));
    }
}
