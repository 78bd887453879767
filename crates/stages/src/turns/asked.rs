//! Asked: the values of rows that are next to points of time.
//!
//! Flow     turns of steps ─ one query for all that look at the same rows ─ the nearest values on both sides of each point ─
//!          the next instant of each definition in each step
//!
//! Invariants
//! - Equal questions are asked once, whoever asks: ten thousand segments over one column are one query.
//! - What is not answered turns when the next hour begins.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use onefold_model::sql::{id, integer, join};
use onefold_model::{Sql, sql};

use super::along::{Passing, Point, next_hour};
use super::{Ask, Turns};

/// The least value above a point, and the greatest one that is not.
pub type Nearest = (Option<i64>, Option<i64>);

/// What is to be asked of the tables of a run, to tell when each of some turns next comes.
#[derive(Clone, Debug)]
pub struct Questions<'t> {
    /// Each with the places of its questions: the pass and the question in it; none for what needs no rows.
    turns: Vec<(&'t Turns, Vec<Option<(usize, usize)>>)>,
    passes: Vec<Pass>,
    now: Timestamp,
    zone: TimeZone,
}

/// All that is asked of the same rows.
#[derive(Clone, Debug, Default)]
struct Pass {
    from: Sql,
    values: Vec<Sql>,
    known: BTreeMap<String, usize>,
    /// By value: the points it is compared with, in order of the questions.
    questions: Vec<(usize, Point)>,
    places: BTreeMap<(usize, Point), usize>,
}

impl Pass {
    /// The place of a question, which is asked once.
    fn ask(&mut self, value: &Sql, point: Point) -> usize {
        let value = *self.known.entry(value.to_string()).or_insert_with(|| {
            self.values.push(value.clone());
            self.values.len() - 1
        });
        *self.places.entry((value, point)).or_insert_with(|| {
            self.questions.push((value, point));
            self.questions.len() - 1
        })
    }
}

/// What is to be asked for turns as of an instant, in a zone by its IANA name.
pub fn questions<'t>(turns: impl IntoIterator<Item = &'t Turns>, now: Timestamp, zone: &str) -> Questions<'t> {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut passes: Vec<Pass> = Vec::new();
    let mut place = |ask: &Ask| {
        let Ask::PassesRows { point, from, value, .. } = ask else { return None };
        // Beyond the calendar there is nothing to compare with.
        point.at(now, &zone)?;
        let pass = *known.entry(from.to_string()).or_insert_with(|| {
            passes.push(Pass { from: from.clone(), ..Pass::default() });
            passes.len() - 1
        });
        Some((pass, passes[pass].ask(value, *point)))
    };
    let turns = turns.into_iter().map(|turns| (turns, turns.asks.iter().map(&mut place).collect())).collect();
    Questions { turns, passes, now, zone }
}

impl Questions<'_> {
    /// The queries, each of one row: for each question `n` (from 0) of [`Questions::count`] the integers `a<n>`, the least
    /// value above its point, and `b<n>`, the greatest one that is not; null where there is none.
    pub fn queries(&self) -> Vec<Sql> {
        self.passes.iter().map(|pass| self.query(pass)).collect()
    }

    /// How many questions a query answers.
    pub fn count(&self, query: usize) -> usize {
        self.passes.get(query).map_or(0, |pass| pass.questions.len())
    }

    fn query(&self, pass: &Pass) -> Sql {
        let values = pass.values.iter().enumerate().map(|(n, value)| sql!(value, " as ", id(format!("v{n}"))));
        let rows = sql!("select ", join(values, ", "), " from ", &pass.from);
        let columns = pass.questions.iter().enumerate().flat_map(|(n, (value, point))| {
            let value = id(format!("v{value}"));
            let here = integer(point.at(self.now, &self.zone).unwrap_or_default());
            [
                sql!("min(", &value, ") filter (where ", &value, " > ", &here, ") as ", id(format!("a{n}"))),
                sql!("max(", &value, ") filter (where ", &value, " <= ", here, ") as ", id(format!("b{n}"))),
            ]
        });
        sql!("select ", join(columns, ", "), " from (", rows, ") as \"x\"")
    }

    /// When each definition in each step next turns, given the answers to the queries; a definition that time alone never
    /// changes is not there.
    pub fn next(&self, answers: &[Vec<Nearest>]) -> BTreeMap<String, BTreeMap<String, Timestamp>> {
        // Many definitions ask the same.
        let mut known: BTreeMap<(usize, usize, Passing), Option<Timestamp>> = BTreeMap::new();
        let mut of_rows = |place: Option<(usize, usize)>, point: Point, passing: Passing| {
            let answer = place.and_then(|(pass, question)| Some((pass, question, answers.get(pass)?.get(question)?)));
            let Some((pass, question, (above, below))) = answer else { return next_hour(self.now, &self.zone) };
            *known
                .entry((pass, question, passing))
                .or_insert_with(|| point.next(passing, *above, *below, self.now, &self.zone))
        };
        let mut all: BTreeMap<String, BTreeMap<String, Timestamp>> = BTreeMap::new();
        for (turns, places) in &self.turns {
            let next = turns.asks.iter().zip(places).filter_map(|(ask, place)| match ask {
                Ask::Begins(unit) => unit.next(self.now, &self.zone),
                Ask::Passes(point, passing, value) => {
                    let here = point.at(self.now, &self.zone);
                    let is_above = here.is_none_or(|here| *value > here);
                    let (above, below) = if is_above { (Some(*value), None) } else { (None, Some(*value)) };
                    point.next(*passing, above, below, self.now, &self.zone)
                }
                Ask::PassesRows { point, passing, .. } => of_rows(*place, *point, *passing),
            });
            if let Some(next) = next.min() {
                let of_step = all.entry(turns.step.clone()).or_default();
                let known = of_step.entry(turns.definition.clone()).or_insert(next);
                *known = next.min(*known);
            }
        }
        all
    }
}
