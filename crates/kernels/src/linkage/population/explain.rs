//! Explain: what speaks for and against two records being one person, whether they were compared, and what joins a cluster.
//!
//! Reads    a population
//! Writes   evidence by comparison, keys by blocking rule, the strongest links of a cluster

use super::super::cluster::bits;
use super::super::keys::keys_of;
use super::super::score::Weights;
use super::super::{BlockingRule, KeyPart};
use super::super::{Edge, KeyForm, Test};
use super::Population;

/// A cluster of more records than this is told by the links that blocking found.
const ALL_PAIRS: usize = 64;

/// The evidence of two records.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The two.
    pub records: (u32, u32),
    /// What each comparison says.
    pub comparisons: Vec<ComparisonExplained>,
    /// Bits of a pair of which nothing is known.
    pub prior: f64,
    /// Bits that kin and neighbours take: what they share is no sign of one person.
    pub kin: f64,
    /// All of it.
    pub weight: f32,
    /// The same as a probability.
    pub probability: f64,
    /// Bits from which a pair is a link.
    pub threshold: f32,
    /// Whether the two are certainly one person (`true`) or certainly not.
    pub certain: Option<bool>,
    /// Whether they are in one cluster.
    pub together: bool,
    /// Which blocking rules bring them together, or why not.
    pub rules: Vec<RuleExplained>,
}

/// What a comparison says of two records.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparisonExplained {
    /// Its name.
    pub name: String,
    /// The level that holds; none when a value is missing or means nothing.
    pub level: Option<usize>,
    /// What holds.
    pub test: Option<Test>,
    /// The values of the one, by field of the comparison.
    pub left: Vec<String>,
    /// The values of the other.
    pub right: Vec<String>,
    /// How often it holds within one person.
    pub m: Option<f64>,
    /// How often it holds by chance.
    pub u: Option<f64>,
    /// What that says, in bits.
    pub bits: f64,
    /// What the rarity of the agreed value says besides, in bits.
    pub term_frequency: f64,
}

/// Whether a blocking rule brings two records together.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleExplained {
    /// Its place in the model.
    pub rule: usize,
    /// Whether the two are compared by it.
    pub together: bool,
    /// Whether their keys are equal though: the block was too large and is split.
    pub cut: bool,
    /// Its parts.
    pub parts: Vec<PartExplained>,
}

/// A part of a key, in two records.
#[derive(Clone, Debug, PartialEq)]
pub struct PartExplained {
    /// Place of the field.
    pub field: usize,
    /// What of its value.
    pub form: KeyForm,
    /// The values of the one.
    pub left: String,
    /// The values of the other.
    pub right: String,
    /// How they stand.
    pub state: PartState,
}

/// How two records stand in a part of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartState {
    /// Equal.
    Equal,
    /// Different.
    Different,
    /// One has no value, or none that can be a key.
    Missing,
    /// One has a value that too many records hold.
    Generic,
}

/// A link that joins two records of a cluster.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Joint {
    /// The evidence, as if they had been compared when a rule or a person said so.
    pub edge: Edge,
    /// Whether it is certain.
    pub certain: bool,
}

impl Population {
    /// What speaks for and against two records being one person.
    ///
    /// # Panics
    /// When there is no such record.
    pub fn explain(&self, a: u32, b: u32) -> Explained {
        let edge = self.edge(a, b);
        let weights = Weights::new(&self.model, &self.records);
        let shown = |record, fields: &[usize]| fields.iter().map(|&field| self.records.shown(record, field)).collect();
        let comparison = |(place, of): (usize, &super::super::Comparison)| {
            let level = edge.pattern.level(place);
            let holds = level.map(|level| &of.levels[level]);
            let (m, u) = (holds.and_then(|level| level.m), holds.and_then(|level| level.u));
            ComparisonExplained {
                name: of.name.clone(),
                level,
                test: holds.map(|level| level.test.clone()),
                left: shown(a, &of.fields),
                right: shown(b, &of.fields),
                m,
                u,
                bits: m.zip(u).map_or(0.0, |(m, u)| (m.max(1e-9) / u.max(1e-9)).log2()),
                term_frequency: level.map_or(0.0, |level| weights.rarity(place, level, edge.a, edge.b)),
            }
        };
        let comparisons: Vec<_> = self.model.comparisons.iter().enumerate().map(comparison).collect();
        let prior = f64::from(self.terms.prior + weights.between(edge.a, edge.b));
        let plain: f64 = comparisons.iter().map(|of| of.bits + of.term_frequency).sum();
        Explained {
            records: (a, b),
            prior,
            kin: f64::from(edge.weight) - prior - plain,
            comparisons,
            weight: edge.weight,
            probability: Weights::probability(edge.weight),
            threshold: self.terms.threshold,
            certain: if self.apart.of(a).contains(&b) {
                Some(false)
            } else {
                self.same.of(a).contains(&b).then_some(true)
            },
            together: self.of[a as usize] == self.of[b as usize],
            rules: (0..self.model.blocking.len()).map(|rule| self.explain_rule(rule, a, b)).collect(),
        }
    }

    fn explain_rule(&self, rule: usize, a: u32, b: u32) -> RuleExplained {
        let (together, equal) = self.index.together(&self.records, rule, a, b);
        let part = |part: &KeyPart| {
            let keys = |record| keys_of(&self.records, &BlockingRule { parts: vec![*part] }, record);
            let generic = |record: u32| {
                let values = self.records.values(record, part.field);
                !values.is_empty() && values.iter().all(|&value| self.records.is_generic(part.field, value))
            };
            let (left, right) = (keys(a), keys(b));
            let state = if generic(a) || generic(b) {
                PartState::Generic
            } else if left.is_empty() || right.is_empty() {
                PartState::Missing
            } else if left.iter().any(|key| right.contains(key)) {
                PartState::Equal
            } else {
                PartState::Different
            };
            let shown = |record| self.records.shown(record, part.field);
            PartExplained { field: part.field, form: part.form, left: shown(a), right: shown(b), state }
        };
        let parts = self.model.blocking[rule].parts.iter().map(part).collect();
        RuleExplained { rule, together, cut: equal && !together, parts }
    }

    /// The strongest links that join two records of one cluster, in order from the one to the other; none when they are
    /// not in one.
    pub fn path(&self, a: u32, b: u32) -> Vec<Joint> {
        if a == b || self.of[a as usize] != self.of[b as usize] {
            return Vec::new();
        }
        let tree = self.tree(a);
        // From `a` outwards; each record knows the link that it was reached by.
        let mut reached: Vec<(u32, Option<Joint>)> = vec![(a, None)];
        let mut next = 0;
        while next < reached.len() {
            let from = reached[next].0;
            next += 1;
            for joint in tree.iter().filter(|joint| joint.edge.a == from || joint.edge.b == from) {
                let to = joint.edge.a ^ joint.edge.b ^ from;
                if !reached.iter().any(|(known, _)| *known == to) {
                    reached.push((to, Some(*joint)));
                }
            }
        }
        let mut path = Vec::new();
        let mut step = b;
        while let Some((_, Some(joint))) = reached.iter().find(|(known, _)| *known == step) {
            path.push(*joint);
            step ^= joint.edge.a ^ joint.edge.b;
        }
        path.reverse();
        path
    }

    /// The strongest links that hold a record's cluster together: a spanning tree of greatest weight, strongest first.
    pub fn tree(&self, record: u32) -> Vec<Joint> {
        let members = self.cluster_of(record);
        let within = |record: &u32| members.binary_search(record).is_ok();
        let mut joints: Vec<Joint> = Vec::new();
        for (place, &a) in members.iter().enumerate() {
            for &b in self.same.of(a).iter().filter(|&&b| b > a && within(&b)) {
                joints.push(Joint { edge: self.edge(a, b), certain: true });
            }
            if members.len() > ALL_PAIRS {
                let known = self.edges.of(a).filter(|edge| edge.a == a && within(&edge.b));
                joints.extend(known.map(|&edge| Joint { edge, certain: false }));
                continue;
            }
            for &b in &members[place + 1..] {
                let known = self.edges.of(a).find(|edge| edge.a == a && edge.b == b).copied();
                joints.push(Joint { edge: known.unwrap_or_else(|| self.edge(a, b)), certain: false });
            }
        }
        joints.sort_by(|x, y| {
            let order = y.certain.cmp(&x.certain).then(y.edge.weight.total_cmp(&x.edge.weight));
            order.then((x.edge.a, x.edge.b).cmp(&(y.edge.a, y.edge.b)))
        });
        let mut part: Vec<usize> = (0..members.len()).collect();
        let place = |record: u32| members.binary_search(&record).unwrap_or_default();
        joints.retain(|joint| {
            let (one, other) = (part[place(joint.edge.a)], part[place(joint.edge.b)]);
            if one != other {
                part.iter_mut().filter(|part| **part == other).for_each(|part| *part = one);
            }
            one != other
        });
        joints
    }

    /// Bits from which a pair is for people to look at.
    pub fn review_bits(&self) -> f32 {
        bits(self.model.review.unwrap_or(super::REVIEW))
    }
}
