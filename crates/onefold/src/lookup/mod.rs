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
pub(crate) mod people;

use std::sync::Arc;
use std::time::Instant;

use onefold_api::*;
use onefold_kernels::linkage::Population;
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
/// Log-odds, in bits, below which nobody is a candidate: whoever shares a postcode and little else is not one in a thousand
/// likely to be the one.
const HOPELESS: f32 = -10.0;

/// Profiles that a partial person may be, the likeliest first.
pub(crate) async fn lookup(project: &Onefold, ask: &LookupAsk) -> Result<LookupView, Problem> {
    let clock = Instant::now();
    let held = held::open(project).await?;
    let limit = if ask.limit == 0 { USUAL } else { ask.limit.min(MOST) };
    let (own, ask_) = (Arc::clone(&held), ask.clone());
    let (looked, nearest, ignored) = customers::off_the_runtime(move || Ok(find(&own, &ask_, limit))).await?;
    let fields: Vec<String> = looked.fields.iter().map(|&field| held.field(field).to_owned()).collect();
    if fields.len() < LEAST {
        let known = match fields.as_slice() {
            [] => "nothing that is compared is known of the person".to_owned(),
            [only, ..] => format!("of the person only `{only}` is known"),
        };
        let problem = Problem::refused(format!("{known}: that is too little to say who it is"));
        return Err(problem.hint(format!("send values of two or more of `{}`", held.wanted().join("`, `"))));
    }
    // The profile of its nearest record that has one: a run under way may have joined it with others.
    let profile = |found: &Found| found.records.iter().find_map(|candidate| held.profile(candidate.record));
    let numbers = looked.found.iter().filter_map(profile).collect();
    let (run, briefs) = customers::briefs(project, numbers).await?;
    let there = looked.found.iter().zip(nearest).filter(|(found, _)| profile(found).is_some());
    let candidates = there.zip(briefs).filter_map(|((found, nearest), brief)| Some(candidate(found, nearest, brief?)));
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

/// The nearest record of a candidate, with what speaks for and against it.
#[derive(Default)]
struct Nearest {
    table: String,
    key: String,
    evidence: Vec<LookupEvidence>,
}

fn find(held: &Held, ask: &LookupAsk, limit: usize) -> (Looked, Vec<Nearest>, Vec<String>) {
    let (values, ignored) = held.names.values(&ask.values);
    let texts: Vec<Vec<&str>> = values.iter().map(|texts| texts.iter().map(String::as_str).collect()).collect();
    held.ask(|population| {
        let mut looked = population.lookup(&texts, limit);
        looked.found.retain(|found| found.weight >= HOPELESS);
        let nearest = looked.found.iter().map(|found| nearest(held, population, &looked, found)).collect();
        (looked, nearest, ignored)
    })
}

fn nearest(held: &Held, population: &Population, looked: &Looked, found: &Found) -> Nearest {
    let (records, model) = (population.records(), population.model());
    let Some(nearest) = found.records.first() else { return Nearest::default() };
    let evidence = model.comparisons.iter().enumerate().map(|(place, comparison)| {
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
    });
    let table = held.tables().get(records.table(nearest.record) as usize);
    Nearest {
        evidence: evidence.collect(),
        table: table.cloned().unwrap_or_default(),
        key: records.key(nearest.record).to_owned(),
    }
}

fn candidate(found: &Found, nearest: Nearest, brief: customers::Brief) -> LookupCandidate {
    LookupCandidate {
        customer_id: brief.customer_id,
        title: brief.title,
        probability: found.probability,
        weight: f64::from(found.weight),
        grade: Grade::of(found.probability),
        table: nearest.table,
        key: nearest.key,
        evidence: nearest.evidence,
        fields: brief.fields,
    }
}

fn joined(texts: impl Iterator<Item = String>) -> String {
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}
