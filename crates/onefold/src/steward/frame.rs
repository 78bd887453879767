//! Frame: the pairs that the last run noted, one after the other, and the strata of the random sample.
//!
//! Reads    `MatchPair`; without a model `MatchLinks`, whose links rules made
//!
//! Invariants
//! - Pairs are streamed, never gathered: memory does not grow with the lake.
//! - The random number of a pair is a hash of its records: the same in every run, in any order of rows.

use std::collections::BTreeSet;

use arrow::array::{Array as _, AsArray as _, Float64Array, RecordBatch, StringArray};
use futures::StreamExt as _;
use onefold_api::{Problem, RecordRef};
use onefold_model::TableName;

use crate::lists::Look;
use crate::runner::problem::of_lake;
use crate::state::{Pair, Seen};

/// What became of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum State {
    /// It joins two records of a profile.
    Link,
    /// It was a link, and clustering took it apart.
    Cut,
    /// It is no link, and near one.
    Uncertain,
}

impl State {
    /// As the table has it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Cut => "cut",
            Self::Uncertain => "uncertain",
        }
    }
    /// The state of a word.
    pub(super) fn of(word: &str) -> Option<Self> {
        [Self::Link, Self::Cut, Self::Uncertain].into_iter().find(|state| state.word() == word)
    }
}

/// A pair that the run noted.
#[derive(Clone, Debug)]
pub(super) struct Noted<'a> {
    /// Table and key of the one.
    pub(super) a: (&'a str, &'a str),
    /// Table and key of the other.
    pub(super) b: (&'a str, &'a str),
    /// Bits of evidence; none where a rule spoke.
    pub(super) weight: Option<f64>,
    /// The same as a probability, or the score of a rule.
    pub(super) probability: Option<f64>,
    /// What became of it.
    pub(super) state: State,
    /// The rule, the blocking rule, or why it was cut.
    pub(super) why: &'a str,
}

impl Noted<'_> {
    /// The pair in order; none for a record and itself.
    pub(super) fn pair(&self) -> Option<Pair> {
        let record = |(table, key): (&str, &str)| RecordRef { table: table.to_owned(), key: key.to_owned() };
        Pair::of(record(self.a), record(self.b))
    }
    /// Its permanent random number.
    pub(super) fn random(&self) -> u64 {
        let (low, high) = if self.a <= self.b { (self.a, self.b) } else { (self.b, self.a) };
        random([low.0, low.1, high.0, high.1])
    }
    /// What is remembered of it with a decision.
    pub(super) fn seen(&self) -> Seen {
        Seen { state: self.state.word().to_owned(), weight: self.weight, probability: self.probability }
    }
    /// Its stratum.
    pub(super) fn stratum(&self) -> Layer {
        Layer::of(self.state, self.weight.and(self.probability))
    }
}

/// The permanent random number of a pair.
pub(super) fn random_of(pair: &Pair) -> u64 {
    random([&pair.a.table, &pair.a.key, &pair.b.table, &pair.b.key])
}

/// FNV-1a of the texts with a stop between them, spread by the finaliser of SplitMix64 (Steele, Lea and Flood 2014).
fn random(texts: [&str; 4]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for text in texts {
        for byte in text.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// A stratum: pairs of one state and of similar probability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Layer {
    /// The state.
    pub(super) state: State,
    /// The place in [`BOUNDS`]; none for pairs that rules or people joined.
    bound: Option<usize>,
}

/// From which probability on a stratum begins.
const BOUNDS: [f64; 7] = [0.0, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999];

impl Layer {
    /// The stratum of a pair; `probability` only where a model gave it.
    pub(super) fn of(state: State, probability: Option<f64>) -> Self {
        // Those that were cut are few, whatever their probability.
        let probability = probability.filter(|_| state != State::Cut);
        let place = |p: f64| BOUNDS.iter().rposition(|bound| p >= *bound).unwrap_or(0);
        Self { state, bound: probability.map(place) }
    }
    /// For people.
    pub(super) fn name(self) -> String {
        let state = match self.state {
            State::Link => "links",
            State::Cut => "cut links",
            State::Uncertain => "uncertain",
        };
        match self.bound {
            None if self.state == State::Link => "links by rules".to_owned(),
            None => state.to_owned(),
            Some(place) => {
                let to = BOUNDS.get(place + 1).copied().unwrap_or(1.0);
                format!("{state}, {} to {to}", BOUNDS[place])
            }
        }
    }
}

/// The smallest of many, a bounded number of them.
#[derive(Debug)]
pub(super) struct Smallest<T> {
    most: usize,
    kept: BTreeSet<T>,
}

impl<T: Ord> Smallest<T> {
    /// Keeps at most so many.
    pub(super) fn new(most: usize) -> Self {
        Self { most, kept: BTreeSet::new() }
    }
    /// Whether one would be kept.
    pub(super) fn takes(&self, one: &T) -> bool {
        self.kept.len() < self.most || self.kept.last().is_some_and(|last| one < last)
    }
    /// Looks at one.
    pub(super) fn push(&mut self, one: T) {
        if self.takes(&one) {
            self.kept.insert(one);
            if self.kept.len() > self.most {
                self.kept.pop_last();
            }
        }
    }
    /// Those kept, the smallest first.
    pub(super) fn into_iter(self) -> impl Iterator<Item = T> {
        self.kept.into_iter()
    }
}

/// What the pairs of the last run come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A model noted them.
    Model,
    /// Rules joined them.
    Rules,
    /// Nothing was matched.
    Nothing,
}

/// Where the pairs of the last run are.
pub(super) fn origin(look: &Look) -> Origin {
    match (look.table("MatchPair"), look.table("MatchLinks")) {
        (Some(_), _) => Origin::Model,
        (None, Some(_)) => Origin::Rules,
        (None, None) => Origin::Nothing,
    }
}

/// Looks at every pair that the last run noted.
pub(super) async fn each(look: &Look, mut looked: impl FnMut(&Noted<'_>) + Send) -> Result<Origin, Problem> {
    let origin = origin(look);
    let table = match origin {
        Origin::Model => "MatchPair",
        Origin::Rules => "MatchLinks",
        Origin::Nothing => return Ok(origin),
    };
    let (lake, _) = look.opened.readable().await?;
    let mut found = lake.read(&TableName::from(table)).await.map_err(of_lake)?;
    while let Some(batch) = found.batches.next().await {
        let batch = batch.map_err(of_lake)?;
        let of = if origin == Origin::Model { noted_pairs } else { noted_links };
        of(&batch, &mut looked).ok_or_else(|| {
            Problem::failed(format!("`{table}` has not the columns it should")).hint("run `unify` again")
        })?;
    }
    Ok(origin)
}

fn texts(batch: &RecordBatch, name: &str) -> Option<StringArray> {
    batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>()).cloned()
}

fn numbers(batch: &RecordBatch, name: &str) -> Option<Float64Array> {
    batch.column_by_name(name).and_then(|column| column.as_primitive_opt()).cloned()
}

fn noted_pairs(batch: &RecordBatch, looked: &mut (dyn FnMut(&Noted<'_>) + Send)) -> Option<()> {
    let (table1, key1) = (texts(batch, "Table1")?, texts(batch, "Key1")?);
    let (table2, key2) = (texts(batch, "Table2")?, texts(batch, "Key2")?);
    let (weight, probability) = (numbers(batch, "Weight")?, numbers(batch, "Probability")?);
    let (state, why) = (texts(batch, "State")?, texts(batch, "Why")?);
    for at in 0..batch.num_rows() {
        let Some(state) = State::of(state.value(at)) else { continue };
        looked(&Noted {
            a: (table1.value(at), key1.value(at)),
            b: (table2.value(at), key2.value(at)),
            weight: weight.is_valid(at).then(|| weight.value(at)).filter(|weight| weight.is_finite()),
            probability: probability.is_valid(at).then(|| probability.value(at)),
            state,
            why: why.value(at),
        });
    }
    Some(())
}

fn noted_links(batch: &RecordBatch, looked: &mut (dyn FnMut(&Noted<'_>) + Send)) -> Option<()> {
    let (table1, key1) = (texts(batch, "SourceTable")?, texts(batch, "Key")?);
    let (table2, key2) = (texts(batch, "MatchedTable")?, texts(batch, "MatchedKey")?);
    let (rule, score) = (texts(batch, "Rule")?, numbers(batch, "Score")?);
    for at in (0..batch.num_rows()).filter(|&at| rule.is_valid(at) && key2.is_valid(at)) {
        looked(&Noted {
            a: (table1.value(at), key1.value(at)),
            b: (table2.value(at), key2.value(at)),
            weight: None,
            probability: score.is_valid(at).then(|| score.value(at)),
            state: State::Link,
            why: rule.value(at),
        });
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted<'a>(a: &'a str, b: &'a str) -> Noted<'a> {
        let (weight, probability) = (Some(1.0), Some(0.96));
        Noted { a: ("T", a), b: ("T", b), weight, probability, state: State::Link, why: "" }
    }

    #[test]
    fn the_random_number_is_of_the_pair_alone_and_is_even() {
        assert_eq!(noted("1", "2").random(), noted("2", "1").random());
        assert_ne!(noted("1", "23").random(), noted("12", "3").random());
        assert_eq!(noted("1", "2").random(), random_of(&noted("2", "1").pair().unwrap()));
        let below = (0..10_000).filter(|n| noted(&n.to_string(), "x").random() < u64::MAX / 10).count();
        assert!((900..1_100).contains(&below), "{below}");
    }

    #[test]
    fn strata_are_of_one_state_and_similar_probability() {
        assert_eq!(Layer::of(State::Link, Some(0.96)).name(), "links, 0.95 to 0.99");
        assert_eq!(Layer::of(State::Link, Some(1.0)).name(), "links, 0.999 to 1");
        assert_eq!(Layer::of(State::Link, None).name(), "links by rules");
        assert_eq!(Layer::of(State::Cut, Some(0.3)), Layer::of(State::Cut, Some(0.9)));
        assert_ne!(Layer::of(State::Uncertain, Some(0.1)), Layer::of(State::Uncertain, Some(0.6)));
    }

    #[test]
    fn the_smallest_are_kept() {
        let mut smallest = Smallest::new(3);
        [5, 1, 4, 2, 3].into_iter().for_each(|n| smallest.push(n));
        assert_eq!(smallest.into_iter().collect::<Vec<_>>(), [1, 2, 3]);
    }
}
