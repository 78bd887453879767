//! Similar: who is like the people of a group: a scorecard learned from the group and everybody else.
//!
//! Each bin of a field has its weight of evidence, the logarithm of how much commoner it is in the group (drawn towards 0
//! where few have it); a logistic regression weighs the fields; what it says of people it has not seen (cross-validation)
//! sets the scale (Platt, 1999). Group and rest count alike: 0.5 is said of somebody who fits both as well.
//!
//! Flow     a draw by a hash of numbers ─ fields that say something ─ weights ─ five folds: area under the curve, scale ─ points
//!
//! Invariants
//! - The score of a person is the sum of the points of his bins and nothing else: a rule can be made of it.
//! - A field that alone gives the group away is left out and said to be: it would only find the group again.

use super::logistic::{Rows, fit, sigmoid};
use super::{Coded, mixed};

/// How people are drawn, and what is left out.
#[derive(Clone, Copy, Debug)]
pub struct Learning {
    /// The most people of the group, and the most of the rest, that are learned from.
    pub most: usize,
    /// The most fields that are used.
    pub fields: usize,
    /// A field whose own area under the curve is larger gives the group away.
    pub gives_away: f64,
}

impl Default for Learning {
    fn default() -> Self {
        Self { most: 40_000, fields: 16, gives_away: 0.98 }
    }
}

/// Why a field is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unused {
    /// It is alike in the group and the rest.
    SaysNothing,
    /// It gives the group away by itself.
    GivesAway,
    /// Others say what it says.
    Others,
}

/// What was learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Scorecard {
    /// Log odds before any field is looked at.
    pub base: f64,
    /// Fields, by their places, with the points of each bin.
    pub points: Vec<(usize, Vec<f64>)>,
    /// Fields that are not used.
    pub unused: Vec<(usize, Unused)>,
    /// How often somebody of the group has a higher score than somebody else, among people it was not learned from.
    pub auc: f64,
    /// How far the folds scatter about that (standard deviation).
    pub auc_spread: f64,
    /// People of the group it was learned from.
    pub group: usize,
    /// Other people it was learned from.
    pub rest: usize,
}

impl Scorecard {
    /// The score of a person, 0 to 1.
    pub fn score(&self, fields: &[Coded<'_>], person: usize) -> f64 {
        sigmoid(self.odds(fields, person))
    }
    fn odds(&self, fields: &[Coded<'_>], person: usize) -> f64 {
        // In the order in which a rule adds them up.
        self.points
            .iter()
            .fold(self.base, |sum, (field, points)| sum + points[usize::from(fields[*field].codes[person])])
    }
}

/// Parts people are learned from in turns.
const FOLDS: u64 = 5;
/// How many people a bin must have to be believed half.
const BELIEVED: f64 = 20.0;
/// Fields whose weight of evidence is less than this on the whole say nothing.
const LEAST_INFORMATION: f64 = 0.005;

/// Learns who belongs to a group; none when the group or the rest is smaller than twice the folds, or no field says
/// anything. `is_in`: whether each person is in the group. `numbers`: what people are told from others by.
pub fn learn(fields: &[Coded<'_>], is_in: &[bool], numbers: &[u32], how: Learning) -> Option<Scorecard> {
    let drawn = draw(is_in, numbers, how.most);
    let group = drawn.iter().filter(|person| is_in[**person]).count();
    let rest = drawn.len() - group;
    if group.min(rest) < 2 * FOLDS as usize {
        return None;
    }
    let sample = Sample { fields, is_in, drawn: &drawn };
    let mut unused = Vec::new();
    let mut used = Vec::new();
    for (field, coded) in fields.iter().enumerate() {
        let evidence = sample.evidence(field, None);
        let scores: Vec<(f64, bool)> =
            drawn.iter().map(|&n| (evidence.0[usize::from(coded.codes[n])], is_in[n])).collect();
        if evidence.1 < LEAST_INFORMATION {
            unused.push((field, Unused::SaysNothing));
        } else if auc(scores) > how.gives_away {
            unused.push((field, Unused::GivesAway));
        } else {
            used.push((evidence.1, field));
        }
    }
    used.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    unused.extend(used.iter().skip(how.fields).map(|(_, field)| (*field, Unused::Others)));
    let mut used: Vec<usize> = used.into_iter().take(how.fields).map(|(_, field)| field).collect();
    used.sort_unstable();
    // A field that counts against its own evidence repeats what others say: it goes, and the others are weighed anew.
    let mut weights = sample.weigh(&used, None);
    while let Some(at) =
        (1..weights.0.len()).filter(|&at| weights.0[at] < 0.0).min_by(|&a, &b| weights.0[a].total_cmp(&weights.0[b]))
    {
        unused.push((used.remove(at - 1), Unused::Others));
        weights = sample.weigh(&used, None);
    }
    if used.is_empty() {
        return None;
    }
    unused.sort_by_key(|(field, _)| *field);
    let tried: Vec<Vec<(f64, bool)>> = (0..FOLDS).map(|fold| sample.try_fold(&used, numbers, fold)).collect();
    let areas: Vec<f64> = tried.iter().map(|fold| auc(fold.clone())).collect();
    let all: Vec<(f64, bool)> = tried.into_iter().flatten().collect();
    let mean = areas.iter().sum::<f64>() / FOLDS as f64;
    let spread = (areas.iter().map(|area| (area - mean).powi(2)).sum::<f64>() / (FOLDS - 1) as f64).sqrt();
    let (shift, scale) = scaled(&all);
    let (weights, evidence) = weights;
    let points = used.iter().zip(&weights[1..]).zip(evidence).map(|((field, weight), evidence)| {
        (*field, evidence.into_iter().map(|own| rounded(own * weight * scale)).collect())
    });
    Some(Scorecard {
        base: rounded(shift + weights[0] * scale),
        points: points.collect(),
        unused,
        auc: auc(all),
        auc_spread: spread,
        group,
        rest,
    })
}

/// Points as they are written down.
fn rounded(points: f64) -> f64 {
    (points * 1e4).round() / 1e4 + 0.0
}

/// At most `most` people of the group and of the rest, in the order of a hash of their numbers.
fn draw(is_in: &[bool], numbers: &[u32], most: usize) -> Vec<usize> {
    let mut drawn = Vec::new();
    for side in [true, false] {
        let mut own: Vec<(u64, usize)> = (0..is_in.len())
            .filter(|&person| is_in[person] == side)
            .map(|person| (mixed(u64::from(numbers[person]) ^ 0x51_313), person))
            .collect();
        if own.len() > most {
            own.select_nth_unstable(most);
            own.truncate(most);
        }
        own.sort_unstable();
        drawn.extend(own.into_iter().map(|(_, person)| person));
    }
    drawn
}

/// People that are learned from.
struct Sample<'a> {
    fields: &'a [Coded<'a>],
    is_in: &'a [bool],
    drawn: &'a [usize],
}

/// The fold of a person.
fn fold_of(number: u32) -> u64 {
    mixed(u64::from(number) ^ 0xf01d) % FOLDS
}

impl Sample<'_> {
    /// The weight of evidence of each bin, and how much the field says on the whole (information value); of a fold, what
    /// those outside it say.
    fn evidence(&self, field: usize, without: Option<(&[u32], u64)>) -> (Vec<f64>, f64) {
        let field = self.fields[field];
        let mut counts = vec![(0.0, 0.0); field.bins];
        for &person in self.drawn {
            if without.is_some_and(|(numbers, fold)| fold_of(numbers[person]) == fold) {
                continue;
            }
            let own = &mut counts[usize::from(field.codes[person])];
            if self.is_in[person] { own.0 += 1.0 } else { own.1 += 1.0 }
        }
        let (group, rest) = counts.iter().fold((0.0, 0.0), |all, own| (all.0 + own.0, all.1 + own.1));
        let mut said = 0.0;
        let evidence = counts.iter().map(|(a, b)| {
            // Beside those there are, some that are spread as everybody is.
            let share = f64::midpoint(a / group, b / rest);
            let (p, q) = ((a + BELIEVED * share) / (group + BELIEVED), (b + BELIEVED * share) / (rest + BELIEVED));
            let own = if p > 0.0 && q > 0.0 { (p / q).ln() } else { 0.0 };
            said += (p - q) * own;
            own
        });
        (evidence.collect(), said)
    }

    /// The weights of fields, the intercept first, with the evidence of their bins; of a fold, those learned outside it.
    fn weigh(&self, used: &[usize], without: Option<(&[u32], u64)>) -> (Vec<f64>, Vec<Vec<f64>>) {
        let evidence: Vec<Vec<f64>> = used.iter().map(|field| self.evidence(*field, without).0).collect();
        let outside = |person: &&usize| without.is_none_or(|(numbers, fold)| fold_of(numbers[**person]) != fold);
        let people: Vec<usize> = self.drawn.iter().filter(outside).copied().collect();
        let mut values = Vec::with_capacity(people.len() * used.len());
        for &person in &people {
            values.extend(
                used.iter().zip(&evidence).map(|(field, own)| own[usize::from(self.fields[*field].codes[person])]),
            );
        }
        let hits: Vec<bool> = people.iter().map(|person| self.is_in[*person]).collect();
        let weights = balanced(&hits);
        (fit(&Rows { width: used.len(), values: &values, hits: &hits, weights: &weights }, 1.0), evidence)
    }

    /// What is said of the people of a fold by those outside it.
    fn try_fold(&self, used: &[usize], numbers: &[u32], fold: u64) -> Vec<(f64, bool)> {
        let (weights, evidence) = self.weigh(used, Some((numbers, fold)));
        let odds = |person: usize| {
            let terms = used.iter().zip(&evidence).zip(&weights[1..]);
            weights[0]
                + terms
                    .map(|((field, own), weight)| own[usize::from(self.fields[*field].codes[person])] * weight)
                    .sum::<f64>()
        };
        let within = self.drawn.iter().filter(|person| fold_of(numbers[**person]) == fold);
        within.map(|&person| (odds(person), self.is_in[person])).collect()
    }
}

/// How much each person counts, so that both sides count alike.
fn balanced(hits: &[bool]) -> Vec<f64> {
    let group = hits.iter().filter(|hit| **hit).count() as f64;
    let (all, rest) = (hits.len() as f64, hits.len() as f64 - group);
    hits.iter().map(|hit| all / 2.0 / if *hit { group } else { rest }).collect()
}

/// The shift and scale of log odds that fit what came true.
fn scaled(said: &[(f64, bool)]) -> (f64, f64) {
    let values: Vec<f64> = said.iter().map(|(odds, _)| *odds).collect();
    let hits: Vec<bool> = said.iter().map(|(_, hit)| *hit).collect();
    let found = fit(&Rows { width: 1, values: &values, hits: &hits, weights: &balanced(&hits) }, 1e-3);
    // Scores that tell worse than chance are not turned around.
    if found[1] > 0.0 { (found[0], found[1]) } else { (0.0, 0.0) }
}

/// The area under the curve: how often a hit has the higher score; ties count half.
pub fn auc(mut scores: Vec<(f64, bool)>) -> f64 {
    scores.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let hits = scores.iter().filter(|(_, hit)| *hit).count() as f64;
    let others = scores.len() as f64 - hits;
    if hits == 0.0 || others == 0.0 {
        return 0.5;
    }
    let (mut below, mut sum) = (0.0, 0.0);
    for tied in scores.chunk_by(|a, b| a.0 == b.0) {
        let own = tied.iter().filter(|(_, hit)| *hit).count() as f64;
        let other = tied.len() as f64 - own;
        sum += own * (below + other / 2.0);
        below += other;
    }
    sum / hits / others
}

/// The least score from which on at most `most` people are taken: never below `floor`; those of equal score are taken
/// together or not at all. Infinite when even the best are too many.
pub fn threshold(mut scores: Vec<f64>, most: usize, floor: f64) -> f64 {
    scores.retain(|score| *score >= floor);
    if scores.len() <= most {
        return floor;
    }
    scores.sort_unstable_by(|a, b| b.total_cmp(a));
    // The first one that is too many: all of its score stay out.
    let out = scores[most];
    let taken = scores.partition_point(|score| *score > out);
    if taken == 0 { f64::INFINITY } else { scores[taken - 1] }
}

#[cfg(test)]
mod tests;
