//! Review: the pairs that people should look at, in the order in which looking helps most.
//!
//! Reads    the pairs and warnings of the last run, the rows of those that are shown, the log of decisions
//! Flow     pairs ─ those wanted, each with its rank ─ the first of them ─ their records side by side
//!
//! Invariants
//! - Without being asked, an answer tells neither score nor outcome nor profile: people decide by what the records say.
//! - `uncertain` ranks by nearness to even odds, `cluster` by what hangs on a pair, `random` goes through the strata of
//!   `frame` in turn, each in the order of permanent random numbers: what is decided in that order is a random sample.
//! - Memory holds one page, not the queue.

use std::collections::{BTreeMap, HashMap, HashSet};

use onefold_api::*;
use onefold_model::sql::{join, text};
use onefold_model::{TableName, sql};
use serde_json::Value;

use super::decide::{applied, log, members, view};
use super::frame::{self, Layer, Noted, Origin, Smallest, State};
use super::records::{Shown, side_by_side};
use crate::lists::Look;
use crate::platform::Onefold;
use crate::state::{Decided, Pair, Seen};

/// The most pairs of one answer.
const MOST: usize = 100;
/// Pairs of an answer when nobody says how many.
const FEW: usize = 20;
/// The furthest that a queue is paged: who comes this far filters instead.
const FURTHEST: usize = 10_000;
/// Links with more evidence than this are not up for review as uncertain, in bits: 0.9999.
const SURE: f64 = 13.3;

/// A pair on its way to the page: its rank, then what makes the order of equals fixed.
#[derive(Clone, Debug, PartialEq)]
struct Ranked {
    rank: f64,
    random: u64,
    pair: Pair,
    seen: Seen,
    why: String,
}

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |of: &Self| (of.random, of.pair.clone());
        self.rank.total_cmp(&other.rank).then_with(|| key(self).cmp(&key(other)))
    }
}

/// Pairs that are up for review.
pub(super) async fn view_of(project: &Onefold, ask: &ReviewAsk) -> Result<ReviewView, Problem> {
    let look = Look::at(project).await?;
    let all = log(&look)?;
    let decided: HashMap<&Pair, &Decided> =
        all.iter().filter(|decided| decided.counts).map(|decided| (&decided.said.pair, decided)).collect();
    let members: Option<HashSet<(String, String)>> = match &ask.customer_id {
        None => None,
        Some(id) => Some(members(&look, id).await?.1.into_iter().map(|record| (record.table, record.key)).collect()),
    };
    let state = match &ask.state {
        None => None,
        Some(word) => Some(State::of(word).ok_or_else(|| {
            Problem::refused(format!("`{word}` is no state of a pair")).hint("write `link`, `cut` or `uncertain`")
        })?),
    };
    let limit = if ask.limit == 0 { FEW } else { ask.limit.min(MOST) };
    let offset = ask.offset.min(FURTHEST);
    let bridges = if ask.order == ReviewOrder::Cluster { bridges(&look).await? } else { HashMap::new() };
    let filter = Filter { ask, state, members, bridges };
    let mut page = Page::new(ask.order, offset + limit);
    let mut total = 0_u64;
    let origin = frame::each(&look, |noted| {
        let Some((rank, why)) = filter.rank(noted) else { return };
        let Some(pair) = noted.pair() else { return };
        if !ask.decided && decided.contains_key(&pair) {
            return;
        }
        total += 1;
        let ranked = Ranked { rank, random: noted.random(), pair, seen: noted.seen(), why };
        page.push(noted.stratum(), ranked);
    })
    .await?;
    let page: Vec<Ranked> = page.into_order().into_iter().skip(offset).take(limit).collect();
    let records: Vec<&RecordRef> = page.iter().flat_map(|ranked| [&ranked.pair.a, &ranked.pair.b]).collect();
    let shown = Shown::read(&look, &records).await?;
    let applied = applied(&look).await?;
    let pairs = page.iter().map(|ranked| {
        let decision = decided.get(&ranked.pair).map(|decided| view(decided, &applied));
        shown_pair(&look, &shown, ranked, decision, ask.scores)
    });
    Ok(ReviewView {
        pairs: pairs.collect(),
        people: shown.people(),
        total,
        decided: decided.len() as u64,
        nothing: (total == 0).then(|| nothing(origin, ask, !decided.is_empty())),
    })
}

fn shown_pair(look: &Look, shown: &Shown, ranked: &Ranked, decision: Option<DecisionView>, scores: bool) -> ReviewPair {
    let (a, b) = (shown.side(look, &ranked.pair.a), shown.side(look, &ranked.pair.b));
    let only = |text: &str| scores.then(|| text.to_owned());
    ReviewPair {
        id: format!("{:016x}", ranked.random),
        fields: side_by_side(&a, &b),
        decision,
        state: only(&ranked.seen.state),
        why: only(&ranked.why),
        weight: ranked.seen.weight.filter(|_| scores),
        probability: ranked.seen.probability.filter(|_| scores),
        a_customer_id: shown.profile(&ranked.pair.a).filter(|_| scores).cloned(),
        b_customer_id: shown.profile(&ranked.pair.b).filter(|_| scores).cloned(),
        a,
        b,
    }
}

/// Why there is nothing to look at.
fn nothing(origin: Origin, ask: &ReviewAsk, some_decided: bool) -> String {
    let filtered = ask.state.is_some() || ask.table.is_some() || ask.customer_id.is_some();
    match origin {
        Origin::Nothing => "nothing was matched yet: write `unify.yaml`, then run `onefold run`".to_owned(),
        _ if filtered => "no pair of the last run fits the filter".to_owned(),
        _ if some_decided && !ask.decided => "everything there was has been decided".to_owned(),
        Origin::Rules if ask.order != ReviewOrder::Random => {
            "rules leave no doubt of their own: all their links are exact; review a random sample, or add `model` \
             under `match` to find what they miss"
                .to_owned()
        }
        _ => "the last run left nothing to look at".to_owned(),
    }
}

/// Which pairs are wanted, and how much.
struct Filter<'a> {
    ask: &'a ReviewAsk,
    state: Option<State>,
    members: Option<HashSet<(String, String)>>,
    bridges: HashMap<Pair, String>,
}

impl Filter<'_> {
    /// The rank of a pair, lowest first, and why it is up for review; none for one that is not.
    fn rank(&self, noted: &Noted<'_>) -> Option<(f64, String)> {
        let of_table = |table: &String| [noted.a.0, noted.b.0].into_iter().any(|own| own.eq_ignore_ascii_case(table));
        let of_profile = |members: &HashSet<(String, String)>| {
            [noted.a, noted.b].into_iter().any(|(table, key)| members.contains(&(table.to_owned(), key.to_owned())))
        };
        let wanted = self.state.is_none_or(|state| noted.state == state)
            && self.ask.table.as_ref().is_none_or(of_table)
            && self.members.as_ref().is_none_or(of_profile);
        if !wanted {
            return None;
        }
        match self.ask.order {
            ReviewOrder::Uncertain => uncertain(noted).map(|rank| (rank, noted.why.to_owned())),
            ReviewOrder::Cluster => {
                let bridge =
                    if self.bridges.is_empty() { None } else { noted.pair().and_then(|p| self.bridges.get(&p)) };
                match (bridge, noted.state) {
                    (Some(why), _) => Some((noted.weight.unwrap_or(0.0) - 1e6, why.clone())),
                    // The stronger a link that was cut, the more it is missed.
                    (None, State::Cut) => Some((-noted.weight.unwrap_or(0.0), noted.why.to_owned())),
                    _ => None,
                }
            }
            ReviewOrder::Random => Some((0.0, noted.why.to_owned())),
        }
    }
}

/// How far a pair is from even odds, in bits; none for one that is beyond doubt.
fn uncertain(noted: &Noted<'_>) -> Option<f64> {
    match (noted.weight, noted.probability) {
        (Some(weight), _) if noted.state != State::Link || weight < SURE => Some(weight.abs()),
        (Some(_), _) => None,
        // A rule with near conditions: the lower its score, the less certain.
        (None, Some(score)) if score < 1.0 => Some(100.0 + score),
        (None, _) => None,
    }
}

/// The pairs that warnings are about, with what the warnings say.
async fn bridges(look: &Look) -> Result<HashMap<Pair, String>, Problem> {
    let mut bridges = HashMap::new();
    if look.table("MatchWarning").is_none() {
        return Ok(bridges);
    }
    let kinds = join(["bridge", "conflicting_id", "oversized"].map(text), ", ");
    let sql = sql!(
        "select \"Table\", \"Key\", \"Table2\", \"Key2\", \"Detail\" from ",
        TableName::from("MatchWarning"),
        " where \"Kind\" in (",
        kinds,
        ") and \"Key2\" is not null"
    );
    for row in look.ask(&sql).await? {
        let text = |column: &str| row.get(column).and_then(Value::as_str).unwrap_or_default().to_owned();
        let a = RecordRef { table: text("Table"), key: text("Key") };
        let b = RecordRef { table: text("Table2"), key: text("Key2") };
        if let Some(pair) = Pair::of(a, b) {
            bridges.entry(pair).or_insert_with(|| text("Detail"));
        }
    }
    Ok(bridges)
}

/// The first pairs of an order.
enum Page {
    /// By rank.
    Ranked(Smallest<Ranked>),
    /// One of each stratum in turn.
    InTurn { most: usize, strata: BTreeMap<Layer, Smallest<Ranked>> },
}

impl Page {
    fn new(order: ReviewOrder, most: usize) -> Self {
        match order {
            ReviewOrder::Random => Self::InTurn { most, strata: BTreeMap::new() },
            _ => Self::Ranked(Smallest::new(most)),
        }
    }
    fn push(&mut self, layer: Layer, ranked: Ranked) {
        match self {
            Self::Ranked(smallest) => smallest.push(ranked),
            Self::InTurn { most, strata } => strata.entry(layer).or_insert_with(|| Smallest::new(*most)).push(ranked),
        }
    }
    fn into_order(self) -> Vec<Ranked> {
        match self {
            Self::Ranked(smallest) => smallest.into_iter().collect(),
            Self::InTurn { strata, .. } => {
                let mut turns: Vec<(usize, Layer, Ranked)> = Vec::new();
                for (layer, smallest) in strata {
                    turns.extend(smallest.into_iter().enumerate().map(|(turn, ranked)| (turn, layer, ranked)));
                }
                turns.sort_by_key(|(turn, layer, _)| (*turn, *layer));
                turns.into_iter().map(|(_, _, ranked)| ranked).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(key: &str, weight: Option<f64>, state: State) -> Noted<'_> {
        let probability = weight.map(super::super::calibration::probability);
        Noted { a: ("T", key), b: ("U", "x"), weight, probability, state, why: "w" }
    }

    fn order(order: ReviewOrder, pairs: &[Noted<'_>]) -> Vec<String> {
        let ask = ReviewAsk { order, ..ReviewAsk::default() };
        let bridges = HashMap::from([(noted("bridge", None, State::Link).pair().unwrap(), "bridge".to_owned())]);
        let filter = Filter { ask: &ask, state: None, members: None, bridges };
        let mut page = Page::new(order, 10);
        for noted in pairs {
            if let Some((rank, why)) = filter.rank(noted) {
                let pair = noted.pair().unwrap();
                page.push(noted.stratum(), Ranked { rank, random: noted.random(), pair, seen: noted.seen(), why });
            }
        }
        page.into_order().into_iter().map(|ranked| ranked.pair.a.key).collect()
    }

    #[test]
    fn the_least_certain_come_first() {
        let pairs = [
            noted("sure", Some(20.0), State::Link),
            noted("link", Some(6.0), State::Link),
            noted("even", Some(0.2), State::Uncertain),
            noted("low", Some(-3.0), State::Uncertain),
            noted("rule", None, State::Link),
        ];
        assert_eq!(order(ReviewOrder::Uncertain, &pairs), ["even", "low", "link"]);
    }

    #[test]
    fn bridges_come_before_cut_links() {
        let pairs = [
            noted("weak", Some(5.0), State::Cut),
            noted("strong", Some(9.0), State::Cut),
            noted("bridge", Some(6.0), State::Link),
            noted("plain", Some(6.0), State::Link),
        ];
        assert_eq!(order(ReviewOrder::Cluster, &pairs), ["bridge", "strong", "weak"]);
    }

    #[test]
    fn a_random_sample_goes_through_the_strata_in_turn() {
        let keys: Vec<String> = (0..40).map(|n| format!("link{n}")).collect();
        let mut pairs: Vec<Noted<'_>> = keys.iter().map(|key| noted(key, Some(30.0), State::Link)).collect();
        pairs.push(noted("cut", Some(9.0), State::Cut));
        pairs.push(noted("even", Some(0.0), State::Uncertain));
        let forwards = order(ReviewOrder::Random, &pairs);
        let mut first: Vec<&str> = forwards[..3].iter().map(String::as_str).collect();
        first.sort_unstable();
        assert!(first[0] == "cut" && first[1] == "even" && first[2].starts_with("link"), "{first:?}");
        pairs.reverse();
        assert_eq!(order(ReviewOrder::Random, &pairs), forwards, "whatever the order of rows");
    }
}
