//! Evidence: what the model of the last run says of two records, whether or not it ever compared them.
//!
//! Reads    `MatchModel`, the records of all tables as the model takes them (frequencies of values are of all of them)
//! Flow     model and records ─ population (kept for the run) ─ explanation ─ words for people
//!
//! Invariants
//! - The model is the one that the run wrote down, not what `unify.yaml` says now.
//! - Values that mean nothing count as little as in the run: they are found again in the same way.
//!
//! Not here: weights (`onefold_kernels::linkage`).

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{AsArray as _, StringArray};
use futures::StreamExt as _;
use onefold_api::*;
use onefold_kernels::frame::TextColumn;
use onefold_kernels::linkage::population::explain::{ComparisonExplained, Explained, PartState};
use onefold_kernels::linkage::settle::settle_encoded;
use onefold_kernels::linkage::{Comparison, Population, Records, TableRecords, Weights, shared_frequency};
use onefold_lake::QueryLimits;
use onefold_lake::linkage::to_kernel;
use onefold_model::linkage::Linkage;
use onefold_model::{Sql, TableName, sql};
use onefold_stages::PlannedLinkage;

use super::model::text;
use crate::lists::Look;
use crate::runner::figures::EVERY_ROW;
use crate::runner::problem::of_lake;

/// The evidence and the blocking rules.
pub(super) type Weighed = (Evidence, Vec<BlockingExplained>);

/// The population of a run, for the questions after the first.
struct Held {
    lake: PathBuf,
    run: String,
    all: Arc<Known>,
}

/// All records with the model.
struct Known {
    stated: Linkage,
    tables: Vec<String>,
    population: Population,
    threshold: f64,
    review: f64,
}

/// One is kept: who explains pairs does so in one project for a while.
static HELD: Mutex<Option<Held>> = Mutex::new(None);

/// The evidence about two records; none without a model.
pub(super) async fn of(look: &Look, a: &RecordRef, b: &RecordRef) -> Result<Option<Weighed>, Problem> {
    let Some(known) = known(look).await? else { return Ok(None) };
    let find = |record: &RecordRef| {
        let table = known.tables.iter().position(|table| table.eq_ignore_ascii_case(&record.table))?;
        known.population.records().find(u32::try_from(table).ok()?, &record.key)
    };
    let (Some(a), Some(b)) = (find(a), find(b)) else { return Ok(None) };
    Ok(Some(weighed(&known, &known.population.explain(a, b))))
}

async fn known(look: &Look) -> Result<Option<Arc<Known>>, Problem> {
    let Some(published) = look.published().filter(|_| look.table("MatchModel").is_some()) else { return Ok(None) };
    let (lake, run) = (look.opened.lake_folder(), published.run_id.clone());
    if let Some(held) = &*HELD.lock().unwrap_or_else(PoisonError::into_inner)
        && (&held.lake, &held.run) == (&lake, &run)
    {
        return Ok(Some(Arc::clone(&held.all)));
    }
    let rows = look.ask(&sql!("select \"Model\" from ", TableName::from("MatchModel"))).await?;
    let Some(stated) = rows.first().and_then(|row| text(row, "Model")) else { return Ok(None) };
    let unreadable =
        |why: String| Problem::failed(why).hint("run `unify` again: this Onefold reads another form of models");
    let stated = Linkage::parse(&stated).map_err(unreadable)?;
    // What is read of the tables is planned anew: a model that `unify.yaml` no longer has cannot be explained.
    let Some(planned) = look.opened.planned.linkage.clone() else { return Ok(None) };
    let tables: Vec<String> = planned.tables.iter().map(|(table, _)| table.to_string()).collect();
    let mut records = Vec::new();
    for (table, sql) in &planned.tables {
        if look.table(table.as_str()).is_none() {
            return Ok(None);
        }
        records.push(read(look, sql, &planned, &stated).await?);
    }
    // Whoever states what is compared states also what means something.
    let chosen = planned.model.comparisons.is_empty();
    let work = move || held(stated, tables, &records, chosen).map_err(unreadable);
    let all = tokio::task::spawn_blocking(work).await.map_err(|error| Problem::failed(error.to_string()))??;
    let all = Arc::new(all);
    let held = Held { lake, run, all: Arc::clone(&all) };
    *HELD.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
    Ok(Some(all))
}

/// The records of a table, with the fields of the model in its order.
async fn read(look: &Look, sql: &Sql, planned: &PlannedLinkage, stated: &Linkage) -> Result<TableRecords, Problem> {
    let (lake, _) = look.opened.readable().await?;
    let quoted = |table: &TableName, _| format!("\"{}\"", table.as_str().replace('"', "\"\""));
    let limits = QueryLimits { rows: EVERY_ROW, ..QueryLimits::default() };
    let mut found = lake.query(&sql.render(&quoted, "null"), limits).await.map_err(of_lake)?;
    let mut table = TableRecords { key: TextColumn::new(), fields: vec![Vec::new(); stated.fields.len()] };
    // The columns of each field, by the field's place in the plan.
    let places: Vec<Option<usize>> = stated
        .fields
        .iter()
        .map(|field| planned.model.fields.iter().position(|planned| planned.name == field.name))
        .collect();
    while let Some(batch) = found.batches.next().await {
        let batch = batch.map_err(of_lake)?;
        let texts = |name: &str| -> Option<StringArray> {
            let column = batch.column_by_name(name)?;
            let texts = arrow::compute::cast(column, &arrow::datatypes::DataType::Utf8).ok()?;
            texts.as_string_opt::<i32>().cloned()
        };
        let add = |column: &mut TextColumn, texts: &StringArray| texts.iter().for_each(|text| column.push(text));
        let Some(keys) = texts("key") else { continue };
        add(&mut table.key, &keys);
        for (field, place) in table.fields.iter_mut().zip(&places) {
            let Some(place) = place else { continue };
            for column in 0.. {
                let Some(texts) = texts(&format!("f{place}_{column}")) else { break };
                if field.len() == column {
                    field.push(TextColumn::new());
                }
                add(&mut field[column], &texts);
            }
        }
    }
    Ok(table)
}

fn held(stated: Linkage, tables: Vec<String>, records: &[TableRecords], chosen: bool) -> Result<Known, String> {
    let names: Vec<&str> = tables.iter().map(String::as_str).collect();
    let model = to_kernel(&stated, &names)?;
    let mut encoded = Records::encode(&model.fields, records);
    if chosen {
        let mut again = model.clone();
        again.comparisons.clear();
        drop(settle_encoded(&mut again, &mut encoded));
    }
    let alone = (0..u32::try_from(encoded.len()).unwrap_or(u32::MAX)).collect();
    let (threshold, review) = (model.threshold.unwrap_or(1.0), model.review.unwrap_or(1.0));
    let population = Population::new(model, encoded, Vec::new(), alone, &[], &[]);
    Ok(Known { stated, tables, population, threshold, review })
}

/// An explanation in words.
fn weighed(known: &Known, explained: &Explained) -> Weighed {
    let (population, (a, b)) = (&known.population, explained.records);
    let comparison = |(one, of): (&ComparisonExplained, &Comparison)| {
        let shown = |values: &[String]| {
            let there: Vec<&str> = values.iter().map(String::as_str).filter(|value| !value.is_empty()).collect();
            (!there.is_empty()).then(|| there.join(", "))
        };
        let stated = known.stated.comparisons.iter().find(|stated| stated.name == one.name);
        let level = one.level.and_then(|level| stated?.levels.get(level));
        ComparisonEvidence {
            name: one.name.clone(),
            a: shown(&one.left),
            b: shown(&one.right),
            level: one.level.map(|level| level as u64),
            test: level.map_or_else(|| "a value is missing".to_owned(), |level| level.test.to_string()),
            m: one.m,
            u: one.u,
            bits: one.bits,
            tf_bits: one.term_frequency,
            frequency: (one.term_frequency != 0.0).then(|| shared_frequency(population.records(), of, a, b)).flatten(),
        }
    };
    let evidence = Evidence {
        prior_bits: explained.prior,
        comparisons: explained.comparisons.iter().zip(&population.model().comparisons).map(comparison).collect(),
        kin_bits: if explained.kin.abs() < 5e-3 { 0.0 } else { explained.kin },
        total_bits: f64::from(explained.weight),
        probability: Weights::probability(explained.weight),
        threshold: known.threshold,
        review: known.review,
        calibrated: None,
    };
    let blocking = explained.rules.iter().map(|rule| {
        let parts = known.stated.blocking.get(rule.rule).map(Vec::as_slice).unwrap_or_default();
        let words: Vec<String> = parts.iter().map(ToString::to_string).collect();
        let against = rule.parts.iter().zip(&words).filter_map(|(part, word)| match part.state {
            PartState::Equal => None,
            PartState::Different => Some(format!("`{word}` differs")),
            PartState::Missing => Some(format!("`{word}` is missing")),
            PartState::Generic => Some(format!("`{word}` is a value that too many records hold")),
        });
        let against: Vec<String> = against.collect();
        let why_not = match (rule.together, rule.cut) {
            (true, _) => None,
            (false, true) => Some("too many records have this key".to_owned()),
            (false, false) => Some(against.join(", ")),
        };
        BlockingExplained { rule: words.join(" and "), together: rule.together, why_not }
    });
    (evidence, blocking.collect())
}
