//! Quality: how good matching is by itself, estimated from what people decided.
//!
//! Reads    the pairs of the last run, the log of decisions, `MatchModel`, `MatchBlocking`
//! Flow     pairs ─ strata, of each the first by random number ─ which of those are decided ─ `estimate`
//!          decided pairs ─ weight and verdict ─ `calibration`
//!
//! Invariants
//! - It is the quality of matching *before* decisions: a pair that a run treats as people said counts as the run that it was
//!   decided in found it. Otherwise every mistake that somebody puts right would raise the estimate for those nobody saw.
//! - The sample of a stratum is the longest beginning, by permanent random numbers, of which nine in ten are decided.
//! - Nothing is applied: a threshold is suggested, and taken when somebody writes it into `unify.yaml`.

use std::collections::{BTreeMap, HashMap};

use onefold_api::*;
use onefold_model::{TableName, sql};
use serde_json::Value;

use super::calibration::{self, Curve, ENOUGH, Label};
use super::decide::{applied, log};
use super::estimate::{self, Stratum};
use super::frame::{self, Layer, Origin, Smallest, State};
use crate::lists::Look;
use crate::platform::Onefold;
use crate::state::{Decided, Pair, Seen};

/// The share of a beginning that must be decided for it to be a sample.
const DECIDED: f64 = 0.9;
/// Steps of a bit in which weights are counted for the threshold.
const STEPS: f64 = 16.0;

/// A stratum as it is gathered: its pairs, and the first of them by random number with what was decided.
struct Gathered {
    pairs: u64,
    first: Smallest<(u64, Option<Word>)>,
}

/// What was decided of a pair, in an order for sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Word {
    Same,
    Different,
    Unsure,
}

impl Word {
    fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Same => Self::Same,
            Verdict::Different => Self::Different,
            Verdict::Unsure => Self::Unsure,
        }
    }
}

/// All there is to know of the pairs.
struct Seeing {
    strata: BTreeMap<Layer, Gathered>,
    labels: Vec<Label>,
    counted: BTreeMap<i64, u64>,
    most: usize,
}

impl Seeing {
    fn take(&mut self, layer: Layer, random: u64, weight: Option<f64>, word: Option<Word>) {
        let most = self.most;
        let stratum = self.strata.entry(layer).or_insert_with(|| Gathered { pairs: 0, first: Smallest::new(most) });
        stratum.pairs += 1;
        stratum.first.push((random, word));
        let Some(weight) = weight else { return };
        *self.counted.entry((weight * STEPS).floor() as i64).or_default() += 1;
        if let Some(word) = word.filter(|word| *word != Word::Unsure) {
            self.labels.push((weight, word == Word::Same));
        }
    }
}

/// How good matching is.
pub(super) async fn view_of(project: &Onefold, width: f64) -> Result<QualityView, Problem> {
    if !(width > 0.0 && width < 1.0) {
        return Err(Problem::refused(format!("an interval cannot be {width} wide")).hint("write a share, as 0.05"));
    }
    let look = Look::at(project).await?;
    let all = log(&look)?;
    let decided: HashMap<u64, &Decided> =
        all.iter().filter(|decided| decided.counts).map(|one| (frame::random_of(&one.said.pair), one)).collect();
    let applied = applied(&look).await?;
    let mut seeing = Seeing {
        strata: BTreeMap::new(),
        labels: Vec::new(),
        counted: BTreeMap::new(),
        most: decided.len() + decided.len() / 5 + 16,
    };
    let mut current: HashMap<u64, Seen> = HashMap::new();
    let origin = frame::each(&look, |noted| {
        let random = noted.random();
        if decided.contains_key(&random) {
            current.insert(random, noted.seen());
        } else {
            seeing.take(noted.stratum(), random, noted.weight, None);
        }
    })
    .await?;
    for (random, one) in in_order(&decided) {
        let knows = |pair: &Pair| applied.get(pair) == Some(&one.said.verdict);
        // A run that follows a decision no longer tells what matching would have made of the pair.
        let seen = match current.get(&random) {
            Some(seen) if !knows(&one.said.pair) || one.said.seen.is_none() => Some(seen),
            _ => one.said.seen.as_ref(),
        };
        let Some((seen, state)) = seen.and_then(|seen| Some((seen, State::of(&seen.state)?))) else { continue };
        let layer = Layer::of(state, seen.weight.and(seen.probability));
        seeing.take(layer, random, seen.weight, Some(Word::of(one.said.verdict)));
    }
    let said = decided.values().filter(|one| one.said.verdict != Verdict::Unsure).count();
    let (threshold, found) = of_model(&look).await?;
    Ok(summed_up(seeing, said, origin, threshold, found, width))
}

/// Decisions in the order of their random numbers.
fn in_order<'a>(decided: &HashMap<u64, &'a Decided>) -> Vec<(u64, &'a Decided)> {
    let mut all: Vec<(u64, &Decided)> = decided.iter().map(|(random, one)| (*random, *one)).collect();
    all.sort_unstable_by_key(|(random, _)| *random);
    all
}

fn summed_up(
    seeing: Seeing,
    said: usize,
    origin: Origin,
    threshold: Option<f64>,
    found: Option<f64>,
    width: f64,
) -> QualityView {
    let Seeing { strata, labels, counted, .. } = seeing;
    let mut views = Vec::new();
    let mut sampled = Vec::new();
    for (layer, gathered) in strata {
        let words: Vec<Option<Word>> = gathered.first.into_iter().map(|(_, word)| word).collect();
        let (n, same) = sample(&words);
        let linked = layer.state == State::Link;
        sampled.push(Stratum { linked, pairs: gathered.pairs, sampled: n, same });
        views.push(StratumView { name: layer.name(), linked, pairs: gathered.pairs, sampled: n, same });
    }
    let curve = calibration::fit(&labels);
    let pairs: Vec<(f64, u64)> = counted.into_iter().map(|(step, n)| ((step as f64 + 0.5) / STEPS, n)).collect();
    let suggested = curve.zip(threshold).and_then(|(curve, now)| calibration::suggest(curve, &pairs, now));
    let mut view = QualityView {
        labels: said as u64,
        sampled: sampled.iter().map(|stratum| stratum.sampled).sum(),
        precision: estimate::precision(&sampled),
        recall: if origin == Origin::Model { estimate::recall(&sampled) } else { None },
        found,
        calibration: calibration::bins(&labels, curve),
        calibrated: curve.map(|curve| calibration::view(curve, &labels)),
        threshold,
        suggested,
        width,
        missing: estimate::missing(&sampled, width),
        strata: views,
        remarks: Vec::new(),
    };
    view.remarks = remarks(&view, origin, curve, &labels);
    view
}

/// Of the pairs of a stratum in the order of their random numbers: those sampled, and those of them that are `same`.
fn sample(words: &[Option<Word>]) -> (u64, u64) {
    let (mut decided, mut longest) = (0_usize, 0_usize);
    for (at, word) in words.iter().enumerate() {
        decided += usize::from(word.is_some());
        if word.is_some() && decided as f64 >= DECIDED * (at + 1) as f64 {
            longest = at + 1;
        }
    }
    let of = |wanted: Word| words[..longest].iter().filter(|word| **word == Some(wanted)).count() as u64;
    (of(Word::Same) + of(Word::Different), of(Word::Same))
}

fn remarks(view: &QualityView, origin: Origin, curve: Option<Curve>, labels: &[Label]) -> Vec<String> {
    let mut all = Vec::new();
    if origin == Origin::Nothing {
        all.push("nothing was matched yet: write `unify.yaml`, then run `onefold run`".to_owned());
        return all;
    }
    if view.sampled == 0 {
        all.push("nobody decided about the random sample yet: review pairs in the order `random`".to_owned());
    } else {
        let unseen: Vec<&StratumView> =
            view.strata.iter().filter(|stratum| stratum.sampled == 0 && stratum.pairs > 0).collect();
        for stratum in unseen.iter().take(3) {
            all.push(format!(
                "nothing is known of `{}` ({} pairs): estimates leave them out",
                stratum.name, stratum.pairs
            ));
        }
        all.push("estimates are of matching by itself, before decisions put it right".to_owned());
    }
    match origin {
        Origin::Rules => all.push(
            "rules note only the pairs that they join: what they miss is estimated once a model stands beside them"
                .to_owned(),
        ),
        _ if curve.is_none() => {
            let same = labels.iter().filter(|(_, same)| *same).count();
            let (n, other) = (labels.len(), labels.len() - same);
            all.push(if n < ENOUGH || same.min(other) < 5 {
                format!(
                    "a calibration takes {ENOUGH} decisions about pairs that the model weighed, five of either kind; there are {n}, {same} of them `same`"
                )
            } else {
                "decisions do not follow the model's weights: no calibration can be made of them".to_owned()
            });
        }
        _ => {}
    }
    all
}

/// The threshold of the model, and the share of true pairs that the best of its blocking rules finds.
async fn of_model(look: &Look) -> Result<(Option<f64>, Option<f64>), Problem> {
    let mut threshold = None;
    if look.table("MatchModel").is_some() {
        let rows = look.ask(&sql!("select \"Threshold\" from ", TableName::from("MatchModel"))).await?;
        threshold = rows.first().and_then(|row| row.get("Threshold")).and_then(Value::as_f64);
    }
    let mut found = None;
    if look.table("MatchBlocking").is_some() {
        let rows =
            look.ask(&sql!("select max(\"Found\") as \"Found\" from ", TableName::from("MatchBlocking"))).await?;
        found = rows.first().and_then(|row| row.get("Found")).and_then(Value::as_f64);
    }
    Ok((threshold, found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_a_beginning_that_is_decided_nearly_whole() {
        let (same, different, unsure, none) = (Some(Word::Same), Some(Word::Different), Some(Word::Unsure), None);
        assert_eq!(sample(&[same, different, same, none, none, same]), (3, 2));
        assert_eq!(sample(&[none, same, same, same]), (0, 0), "the first was passed over");
        let mut nearly = vec![same; 12];
        nearly[9] = none;
        assert_eq!(sample(&nearly), (11, 11), "one in ten may be missing");
        assert_eq!(sample(&[same, unsure, different]), (2, 1), "who is unsure has looked");
        assert_eq!(sample(&[]), (0, 0));
    }

    #[test]
    fn strata_calibration_and_threshold_come_together() {
        let mut seeing = Seeing { strata: BTreeMap::new(), labels: Vec::new(), counted: BTreeMap::new(), most: 400 };
        for n in 0..2_000_u64 {
            let weight = n as f64 / 100.0 - 4.0;
            let probability = calibration::probability(weight);
            let state = if probability >= 0.95 { State::Link } else { State::Uncertain };
            // Every tenth pair comes first by its random number and is decided.
            let first = n % 10 == 0;
            let word = first.then_some(if weight > 2.0 || n % 40 == 0 { Word::Same } else { Word::Different });
            let random = if first { n } else { n + 10_000 };
            seeing.take(Layer::of(state, Some(probability)), random, Some(weight), word);
        }
        let view = summed_up(seeing, 200, Origin::Model, Some(0.95), Some(0.99), 0.05);
        assert_eq!(view.strata.iter().map(|stratum| stratum.pairs).sum::<u64>(), 2_000);
        assert!(view.sampled >= 195, "{view:?}");
        assert_eq!(view.precision.as_ref().unwrap().value, 1.0);
        let recall = view.recall.as_ref().unwrap();
        assert!(recall.low < recall.value && recall.value < 0.98, "{recall:?}");
        let suggested = view.suggested.as_ref().unwrap();
        assert!(suggested.threshold < 0.95 && suggested.more_links > 0, "{suggested:?}");
        assert!(view.calibrated.is_some());
    }

    #[test]
    fn what_is_not_known_is_said() {
        let seeing = Seeing { strata: BTreeMap::new(), labels: Vec::new(), counted: BTreeMap::new(), most: 4 };
        let view = summed_up(seeing, 0, Origin::Rules, None, None, 0.05);
        assert_eq!((view.precision, view.recall, view.suggested), (None, None, None));
        assert_eq!(view.remarks.len(), 2, "{:?}", view.remarks);
    }
}
