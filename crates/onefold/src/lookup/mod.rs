//! Lookup: whom a partial person may be, by the evidence that records are matched by.
//!
//! Reads    the mapped tables, `MatchModel`, `KeyRing` once a run; `Customer` for what is answered
//! Flow     `held` (records, model, who is who; replaced after a run) ─ `names` (values to fields) ─ candidates ─ view
//!
//! Invariants
//! - While a new run is taken in, the run before answers.
//! - Candidates are profiles of the run that is held; one that was folded into another since is answered as that one.
//!
//! Not here: keys, scores and probabilities (`onefold_kernels::linkage::population`), FHIR (`onefold-server`).

mod held;
mod names;

use std::sync::{Arc, PoisonError};
use std::time::Instant;

use onefold_api::*;
use onefold_kernels::linkage::population::lookup::{Found, Looked};

use crate::customers;
use crate::platform::Onefold;
use held::Held;
pub(crate) use held::Memory;

/// The most candidates of an answer.
const MOST: usize = 50;
/// How many are answered when nothing is said.
const USUAL: usize = 10;
/// Values of fewer fields than this say too little of a person.
const LEAST: usize = 2;

/// Profiles that a partial person may be, the likeliest first.
pub(crate) async fn lookup(project: &Onefold, ask: &LookupAsk) -> Result<LookupView, Problem> {
    let clock = Instant::now();
    let held = held::open(project).await?;
    let limit = if ask.limit == 0 { USUAL } else { ask.limit.min(MOST) };
    let (own, ask_) = (Arc::clone(&held), ask.clone());
    let (looked, ignored) = customers::off_the_runtime(move || Ok(find(&own, &ask_, limit))).await?;
    let fields: Vec<String> = looked.fields.iter().map(|&field| held.field(field).to_owned()).collect();
    if fields.len() < LEAST {
        let known = match fields.as_slice() {
            [] => "nothing that is compared is known of the person".to_owned(),
            [only, ..] => format!("of the person only `{only}` is known"),
        };
        let problem = Problem::refused(format!("{known}: that is too little to say who it is"));
        return Err(problem.hint(format!("send values of two or more of `{}`", held.wanted().join("`, `"))));
    }
    let numbers = looked.found.iter().filter_map(|found| held.profile(found.cluster)).collect();
    let (run, briefs) = customers::briefs(project, numbers).await?;
    let there = looked.found.iter().filter(|found| held.profile(found.cluster).is_some());
    let candidates = there.zip(briefs).filter_map(|(found, brief)| Some(candidate(&held, &looked, found, brief?)));
    let wanted = |one: &LookupCandidate| !ask.only_certain || one.grade == Grade::Certain;
    Ok(LookupView {
        run,
        model: held.model,
        fields,
        ignored,
        candidates: candidates.filter(wanted).collect(),
        compared: looked.compared as u64,
        bounded: looked.bounded,
        seconds: clock.elapsed().as_secs_f64(),
    })
}

/// Takes in the published run, where it is not taken in yet.
pub(crate) async fn follow(project: &Onefold) -> Result<(), Problem> {
    held::open(project).await.map(drop)
}

fn find(held: &Held, ask: &LookupAsk, limit: usize) -> (Looked, Vec<String>) {
    let (values, ignored) = held.names.values(&ask.values);
    let texts: Vec<Vec<&str>> = values.iter().map(|texts| texts.iter().map(String::as_str).collect()).collect();
    let looked = held.population.lock().unwrap_or_else(PoisonError::into_inner).lookup(&texts, limit);
    (looked, ignored)
}

fn candidate(held: &Held, looked: &Looked, found: &Found, brief: customers::Brief) -> LookupCandidate {
    let population = held.population.lock().unwrap_or_else(PoisonError::into_inner);
    let (records, model) = (population.records(), population.model());
    let nearest = found.records.first();
    let evidence = nearest.into_iter().flat_map(|nearest| {
        model.comparisons.iter().enumerate().map(move |(place, comparison)| {
            let level = nearest.pattern.level(place);
            let figures = level.map(|level| &comparison.levels[level]);
            let bits = figures.and_then(|level| Some((level.m? / level.u?).log2())).filter(|bits| bits.is_finite());
            let asked = comparison.fields.iter().map(|&field| looked.asked.get(field).cloned().unwrap_or_default());
            let has = comparison.fields.iter().map(|&field| records.shown(nearest.record, field));
            LookupEvidence {
                comparison: comparison.name.clone(),
                asked: joined(asked),
                found: joined(has),
                level: level.map(|level| level as u64),
                bits: bits.unwrap_or(0.0),
            }
        })
    });
    let table = nearest.and_then(|nearest| held.tables.get(records.table(nearest.record) as usize));
    LookupCandidate {
        customer_id: brief.customer_id,
        title: brief.title,
        probability: found.probability,
        weight: f64::from(found.weight),
        grade: Grade::of(found.probability),
        table: table.cloned().unwrap_or_default(),
        key: nearest.map(|nearest| records.key(nearest.record).to_owned()).unwrap_or_default(),
        evidence: evidence.collect(),
        fields: brief.fields,
    }
}

fn joined(texts: impl Iterator<Item = String>) -> String {
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}
