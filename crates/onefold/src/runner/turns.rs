//! Turns: when what a run worked out next turns out otherwise because time passes, noted with the mark of its step.
//!
//! Reads    the plan's turns (`onefold_stages::Turns`), the tables of the run
//! Writes   `turned` of marks
//!
//! Invariants
//! - One query for all that look at the same rows; none where nothing that was worked out asks the time.
//! - An answer that cannot be had keeps no run from being published: it is looked at again when an hour begins.
//!
//! Not here: taking conditions apart (`onefold-stages`), beginning runs (`live::state`).

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use onefold_api::{Kind, ObjectRef, Problem};
use onefold_lake::Run;
use onefold_model::Sql;
use onefold_stages::{Nearest, Planned, questions};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::figures::{Row, rows};
use super::fresh::{Decision, Fate, Mark};
use super::problem::of_lake;
use crate::uses::Uses;

/// When what a step worked out next turns out otherwise because time passes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turned {
    /// The instant as of which this was found.
    pub at: String,
    /// By definition; those that time alone never changes are not there.
    pub next: BTreeMap<String, String>,
}

impl Turned {
    /// The first of them; `None` where there is none.
    pub fn first(&self) -> Option<Timestamp> {
        self.next.values().filter_map(|next| next.parse::<Timestamp>().ok()).min()
    }

    /// Whether time alone has not changed anything up to an instant.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.at.parse::<Timestamp>().is_ok_and(|at| at <= now) && self.first().is_none_or(|first| now < first)
    }
}

/// What is noted for the steps of a run that were worked out, by step.
pub(super) async fn found(run: &Run, planned: &Planned, decisions: &[Decision], zone: &str) -> HashMap<String, Turned> {
    let steps = planned.plan.steps.iter().zip(decisions);
    // What has a rhythm of its own does not go by the time.
    let asks = steps.filter(|(_, decision)| decision.fate == Fate::Runs && decision.mark.at.is_none());
    let names: HashSet<&str> = asks.map(|(step, _)| step.name.as_str()).collect();
    let turns = planned.turns.iter().filter(|turns| names.contains(turns.step.as_str()));
    let questions = questions(turns.clone(), run.now(), zone);
    let mut answers: Vec<Vec<Nearest>> = Vec::new();
    for (n, query) in questions.queries().iter().enumerate() {
        answers.push(answer(run, query, questions.count(n)).await.unwrap_or_else(|problem| {
            tracing::warn!("when conditions next change could not be asked: {}", problem.message);
            Vec::new()
        }));
    }
    let at = run.now().to_string();
    let known = turns.map(|turns| (turns.step.clone(), Turned { at: at.clone(), next: BTreeMap::new() }));
    let mut all: HashMap<String, Turned> = known.collect();
    for (step, next) in questions.next(&answers) {
        if let Some(turned) = all.get_mut(&step) {
            turned.next = next.into_iter().map(|(definition, next)| (definition, next.to_string())).collect();
        }
    }
    all
}

/// The answers of one query.
async fn answer(run: &Run, query: &Sql, count: usize) -> Result<Vec<Nearest>, Problem> {
    let (batches, _) = run.ask(query, &[]).await.map_err(of_lake)?.collect().await.map_err(of_lake)?;
    let mut found: Vec<Row> = Vec::new();
    for batch in &batches {
        found.extend(rows(batch)?);
    }
    let row = found.pop().unwrap_or_default();
    let number = |name: String| row.get(&name).and_then(Value::as_i64);
    Ok((0..count).map(|n| (number(format!("a{n}")), number(format!("b{n}")))).collect())
}

/// When measures and segments next change because time passes, with all that they are made of; those that never do are not
/// there.
pub(crate) struct Changes {
    own: HashMap<String, Timestamp>,
}

impl Changes {
    /// Those of the marks of a run.
    pub(crate) fn of<'m>(marks: impl IntoIterator<Item = &'m Mark>) -> Self {
        let mut own: HashMap<String, Timestamp> = HashMap::new();
        for turned in marks.into_iter().filter_map(|mark| mark.turned.as_ref()) {
            for (definition, next) in &turned.next {
                let Ok(next) = next.parse::<Timestamp>() else { continue };
                let known = own.entry(definition.clone()).or_insert(next);
                *known = next.min(*known);
            }
        }
        Self { own }
    }

    /// When a measure or segment next changes.
    pub(crate) fn next(&self, uses: &Uses, of: &ObjectRef) -> Option<Timestamp> {
        if self.own.is_empty() {
            return None;
        }
        let (mut seen, mut left): (HashSet<String>, _) = (HashSet::new(), vec![of.clone()]);
        let mut next: Option<Timestamp> = None;
        while let Some(object) = left.pop() {
            let Some(definition) = definition(&object) else { continue };
            if let Some(own) = self.own.get(&definition) {
                next = Some(next.map_or(*own, |next| next.min(*own)));
            }
            if seen.insert(definition) {
                left.extend(uses.depends_on(&object));
            }
        }
        next
    }
}

/// A definition as steps name it.
fn definition(object: &ObjectRef) -> Option<String> {
    let folder = match object.kind {
        Kind::Source => "sources",
        Kind::Activity => "activities",
        Kind::Measure => "measures",
        Kind::Segment => "segments",
        Kind::Unify => return Some("unify".to_owned()),
        Kind::Relationships => return Some("relationships".to_owned()),
        _ => return None,
    };
    Some(format!("{folder}/{}", object.name))
}
