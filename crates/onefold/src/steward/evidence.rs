//! Evidence: what the model of the last run says of two records, whether or not it ever compared them.
//!
//! Reads    the population of the published run, that look-ups are answered from too (`lookup::people`)
//! Flow     population ─ explanation ─ words for people
//!
//! Invariants
//! - The model is the one that the run wrote down, not what `unify.yaml` says now.
//!
//! Not here: weights (`onefold_kernels::linkage`).

use onefold_api::*;
use onefold_kernels::linkage::population::explain::{ComparisonExplained, Explained, PartState};
use onefold_kernels::linkage::{Comparison, Population, Weights, shared_frequency};
use onefold_model::linkage::Linkage;

use crate::customers;
use crate::lists::Look;
use crate::lookup::people;

/// The evidence and the blocking rules.
pub(super) type Weighed = (Evidence, Vec<BlockingExplained>);

/// The evidence about two records; none without a model.
pub(super) async fn of(look: &Look, a: &RecordRef, b: &RecordRef) -> Result<Option<Weighed>, Problem> {
    if look.table("MatchModel").is_none() {
        return Ok(None);
    }
    let (lake, published) = look.opened.readable().await?;
    let Some(held) = people::of(&look.project().root, lake, &published).await? else { return Ok(None) };
    let (a, b) = (a.clone(), b.clone());
    // Another question may be asked of the population now, or a run bring it on: waiting keeps nobody else from going on.
    customers::off_the_runtime(move || {
        let mut people = held.people();
        let population = people.population();
        let find = |record: &RecordRef| {
            let table = held.tables.iter().position(|table| table.eq_ignore_ascii_case(&record.table))?;
            population.records().find(u32::try_from(table).ok()?, &record.key)
        };
        let (Some(a), Some(b)) = (find(&a), find(&b)) else { return Ok(None) };
        Ok(Some(weighed(&held.settled, population, &population.explain(a, b))))
    })
    .await
}

/// An explanation in words.
fn weighed(stated: &Linkage, population: &Population, explained: &Explained) -> Weighed {
    let (a, b) = explained.records;
    let comparison = |(one, of): (&ComparisonExplained, &Comparison)| {
        let shown = |values: &[String]| {
            let there: Vec<&str> = values.iter().map(String::as_str).filter(|value| !value.is_empty()).collect();
            (!there.is_empty()).then(|| there.join(", "))
        };
        let known = stated.comparisons.iter().find(|known| known.name == one.name);
        let level = one.level.and_then(|level| known?.levels.get(level));
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
            frequency: one
                .level
                .filter(|_| one.term_frequency != 0.0)
                .and_then(|level| shared_frequency(population.records(), of, level, a, b)),
        }
    };
    let evidence = Evidence {
        prior_bits: explained.prior,
        comparisons: explained.comparisons.iter().zip(&population.model().comparisons).map(comparison).collect(),
        kin_bits: if explained.kin.abs() < 5e-3 { 0.0 } else { explained.kin },
        total_bits: f64::from(explained.weight),
        probability: Weights::probability(explained.weight),
        threshold: stated.threshold.unwrap_or(1.0),
        review: stated.review.unwrap_or(1.0),
        calibrated: None,
    };
    let blocking = explained.rules.iter().map(|rule| {
        let parts = stated.blocking.get(rule.rule).map(Vec::as_slice).unwrap_or_default();
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
