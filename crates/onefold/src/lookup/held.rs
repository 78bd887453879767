//! Held: who is who of the published run, kept in memory for look-ups.
//!
//! Reads    the population of the lake (`people`), `KeyRing`
//! Flow     what a run wrote last ─ its population ─ the profile of each record
//!
//! Invariants
//! - Made anew when one of the tables that it is made of was written again, beside the one that answers.
//! - What unify.yaml says now decides nothing: fields are those that the model of the run has.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use onefold_api::{LookupModel, Problem};
use onefold_kernels::linkage::{FieldKind, Population};
use onefold_lake::holding::Held as People;
use onefold_lake::{Lake, Published};
use onefold_model::Project;
use onefold_model::linkage::Linkage;

use super::names::{Known, Names};
use super::people;
use crate::customers;
use crate::platform::Onefold;

/// How long a question waits for a new run while an older one could answer.
const PATIENCE: Duration = Duration::from_millis(5);

/// What is kept between questions.
#[derive(Default)]
pub(crate) struct Memory {
    held: Mutex<Option<Arc<Held>>>,
    making: tokio::sync::Mutex<()>,
}

impl Memory {
    fn get(&self) -> Option<Arc<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone().filter(|held| !held.people.is_spoilt())
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
    /// Records and model; asked one question at a time: a question stands among the records while it is answered.
    people: Arc<People>,
    /// By record: the number of its profile, -1 when it is part of none.
    profiles: Vec<i32>,
}

impl Held {
    /// The mapped tables, in order.
    pub(super) fn tables(&self) -> &[String] {
        &self.people.tables
    }
    /// Asks the population.
    pub(super) fn ask<T>(&self, question: impl FnOnce(&mut Population) -> T) -> T {
        question(self.people.people().population())
    }
    /// The number of the profile that a record is part of; one that came with a run under way is part of none yet.
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
        let held = Arc::new(make(&root, &definitions, &lake, &published, wanted).await?);
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
    root: &std::path::Path,
    definitions: &Project,
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
    let model = if published.table("MatchModel").is_some() { LookupModel::Trained } else { LookupModel::Settled };
    let people = people::of(root, lake, published).await?.ok_or_else(none)?;
    let rings = people::rings(lake).await?;
    let asked = Arc::clone(&people);
    let (profiles, kinds) = customers::off_the_runtime(move || {
        let mut people = asked.people();
        let population = people.population();
        let kinds: Vec<FieldKind> = population.model().fields.iter().map(|field| field.kind).collect();
        Ok((people::numbers(population.records(), &asked.tables, &rings), kinds))
    })
    .await?;
    let names = Names(known(definitions, &people.settled, &kinds));
    Ok(Held { stamp, model, names, people, profiles })
}

/// The fields of the model, with what their columns mean.
fn known(project: &Project, linkage: &Linkage, kinds: &[FieldKind]) -> Vec<Known> {
    let tables = || project.unify.iter().flat_map(|unify| &unify.tables);
    let meaning = |column: &String| {
        let (table, name) = column.split_once('.')?;
        let mapped = tables().find(|mapped| mapped.table.value.eq_ignore_ascii_case(table))?;
        let (_, meaning) = mapped.columns.iter().find(|(own, _)| own.value.eq_ignore_ascii_case(name))?;
        Some(meaning.value.clone())
    };
    let fields = linkage.fields.iter().zip(kinds);
    let known = fields.map(|(field, &kind)| {
        let mut meanings: Vec<String> = field.columns.iter().filter_map(meaning).collect();
        meanings.dedup();
        Known { name: field.name.clone(), kind, columns: field.columns.clone(), meanings }
    });
    known.collect()
}
