//! Rule: what a match rule, or a rule of deduplication, would do to the published records by itself.
//!
//! Flow     rule laid over `unify.yaml` alone ─ planned ─ the inputs of its step asked ─ tried by a kernel ─ view
//!
//! Invariants
//! - Values are compared after the steps of a run, lists of aliases and of values to pass by among them: the query is the
//!   one that the run's step has.
//! - Nothing else of `unify.yaml` counts, so that a rule can be tried before the rest of it is written.
//!
//! Not here: counting (`onefold_kernels::tried`).

use std::collections::BTreeSet;
use std::time::Instant;

use arrow::array::AsArray as _;
use arrow::compute::cast;
use arrow::datatypes::DataType as Arrow;
use futures::StreamExt as _;
use onefold_api::*;
use onefold_kernels::frame::TextColumn;
use onefold_kernels::rule::Exception;
use onefold_kernels::tried::{Side, Tried, try_rule};
use onefold_lake::{Lake, TryOut};
use onefold_model::define::Condition;
use onefold_model::plan::{self, Kernel};
use onefold_model::{Diagnostic, Overlay, Project, Severity, Sql, Work};
use serde_json::{Value, json};

use super::draft::{known, limits};
use crate::lists::{Look, pairs};
use crate::opened::lake_to_read;
use crate::platform::Onefold;
use crate::runner::problem::of_lake;
use crate::{customers, diagnostics};

/// The file that the rule is laid over.
const FILE: &str = "unify.yaml";
/// The most pairs that are compared.
const MOST: u64 = 4_000_000;
/// Pairs that are shown when nobody says how many, and at most.
const USUAL: usize = 12;
const SHOWN: usize = 50;

/// The step of a rule.
struct Planned {
    /// The queries of its sides; one within a table.
    sides: Vec<(Sql, &'static str)>,
    at_least: Vec<f64>,
    exceptions: Vec<Exception>,
}

/// What a rule would do now.
pub(super) async fn preview(onefold: &Onefold, asked: &MatchRuleAsk) -> Result<MatchRulePreview, Problem> {
    let began = Instant::now();
    let overlay = Overlay::of(FILE.to_owned(), Some(definition(onefold, asked).to_string()));
    let loaded = onefold_model::load_with(onefold.root(), &overlay);
    let (lake, published) = lake_to_read(&loaded.project).await?;
    let sources = known(onefold, &loaded.project, Some(&published)).await;
    let planned = onefold_stages::plan(&loaded.project, &sources);
    let mut view = MatchRulePreview {
        diagnostics: say(&loaded.project, loaded.diagnostics.iter().chain(&planned.diagnostics)),
        ..MatchRulePreview::default()
    };
    let steps = planned.plan.steps.into_iter().map(|step| step.work);
    let step = if asked.to.is_some() { steps.filter_map(between).next() } else { steps.filter_map(within).next() };
    let wrong = view.diagnostics.iter().any(DiagnosticView::is_error);
    if let Some(step) = step.filter(|_| !wrong) {
        let over = TryOut::of(&published);
        let mut sides = Vec::new();
        for (sql, letter) in &step.sides {
            sides.push(side(&lake, &over, sql, letter, (step.at_least.len(), step.exceptions.len())).await?);
        }
        let shown = if asked.sample == 0 { USUAL } else { asked.sample.min(SHOWN) };
        let (tried, sides, at_least) = customers::off_the_runtime(move || {
            let (left, right) = (&sides[0], sides.get(1));
            let tried = try_rule(left, right, &step.at_least, &step.exceptions, MOST, shown);
            Ok((tried, sides, step.at_least))
        })
        .await?;
        fill(&mut view, &tried, &sides, &at_least);
        name_conditions(&mut view, &loaded.project, &at_least, tried.conditions);
        view.people = people(onefold, asked, &view.examples).await?;
    }
    view.seconds = began.elapsed().as_secs_f64();
    Ok(view)
}

/// The rule as all there is of `unify.yaml`.
fn definition(onefold: &Onefold, asked: &MatchRuleAsk) -> Value {
    let mut rule = match &asked.rule {
        Value::Object(rule) => rule.clone(),
        _ => serde_json::Map::new(),
    };
    rule.insert("name".into(), "preview".into());
    rule.insert("active".into(), true.into());
    for gone in ["from", "to"] {
        rule.remove(gone);
    }
    let Some(to) = &asked.to else {
        rule.remove("active");
        return json!({"tables": [{"table": asked.from, "include_all": true, "deduplicate": {"rules": [rule]}}]});
    };
    rule.insert("from".into(), asked.from.clone().into());
    rule.insert("to".into(), to.clone().into());
    // A rule on the key groups nothing, and keeps the match rule from doing so within each table.
    let table = |name: &str| match key(onefold, name) {
        Some(key) => json!({
            "table": name,
            "include_all": true,
            "deduplicate": {"rules": [{"name": "key", "when": [{"column": key}]}]},
        }),
        None => json!({"table": name, "include_all": true}),
    };
    json!({"tables": [table(to), table(&asked.from)], "match": [rule]})
}

/// The key of a table, as its source states it.
fn key(onefold: &Onefold, name: &str) -> Option<String> {
    let project = onefold_model::load(onefold.root()).project;
    let all = project.sources.iter().flat_map(|source| source.tables.iter().map(move |table| (source, table)));
    let named = all.filter(|(source, table)| {
        onefold_model::TableName::of_source(&source.name, &table.name).as_str().eq_ignore_ascii_case(name)
    });
    named.map(|(_, table)| table.key.value.to_string()).next()
}

fn near(exceptions: &[plan::Exception]) -> Vec<Exception> {
    exceptions.iter().map(|one| Exception { at_least: one.at_least, differs: one.differs }).collect()
}

fn between(work: Work) -> Option<Planned> {
    match work {
        Work::Kernel { kernel: Kernel::Match { rules, .. }, inputs } => {
            let rule = rules.into_iter().next()?;
            let sides = vec![(inputs.get(rule.from)?.clone(), "f"), (inputs.get(rule.to)?.clone(), "t")];
            Some(Planned { sides, at_least: rule.conditions, exceptions: near(&rule.exceptions) })
        }
        _ => None,
    }
}

fn within(work: Work) -> Option<Planned> {
    match work {
        Work::Kernel { kernel: Kernel::Deduplicate { rules }, mut inputs } if !inputs.is_empty() => {
            let rule = rules.into_iter().next()?;
            let sides = vec![(inputs.swap_remove(0), "r")];
            Some(Planned { sides, at_least: rule.conditions, exceptions: near(&rule.exceptions) })
        }
        _ => None,
    }
}

/// What is wrong with the rule; when nothing is, what else keeps it from being planned.
fn say<'a>(project: &Project, found: impl Iterator<Item = &'a Diagnostic>) -> Vec<DiagnosticView> {
    let is_own = |found: &&Diagnostic| {
        let file = found.at.and_then(|at| project.files.get(at.file as usize));
        file.is_some_and(|file| file.path == FILE) && found.severity != Severity::Note
    };
    let mut own: Vec<Diagnostic> = found.filter(is_own).cloned().collect();
    own.dedup();
    let mut views = diagnostics::views(project, &own);
    for view in &mut views {
        // Places in a text that nobody wrote mean nothing.
        (view.line, view.column, view.end_line, view.end_column) = (None, None, None, None);
    }
    views
}

/// The records of a side.
async fn side(
    lake: &Lake,
    over: &TryOut,
    sql: &Sql,
    letter: &str,
    (conditions, exceptions): (usize, usize),
) -> Result<Side, Problem> {
    let mut found = lake.try_sql(over, sql, limits()).await.map_err(of_lake)?;
    let names = |word: &str, count: usize| (0..count).map(|at| format!("{letter}{word}0_c{at}")).collect::<Vec<_>>();
    let (conditions, exceptions) = (names("", conditions), names("u", exceptions));
    let empty = |names: &[String]| vec![TextColumn::new(); names.len()];
    let mut side = Side { key: TextColumn::new(), conditions: empty(&conditions), exceptions: empty(&exceptions) };
    while let Some(batch) = found.batches.next().await {
        let batch = batch.map_err(of_lake)?;
        let add = |into: &mut TextColumn, name: &str| -> Result<(), Problem> {
            let missing = || Problem::failed(format!("the query of the rule gives no column `{name}`"));
            let column = batch.column_by_name(name).ok_or_else(missing)?;
            let texts = cast(column, &Arrow::Utf8).map_err(|error| Problem::failed(error.to_string()))?;
            texts.as_string::<i32>().iter().for_each(|text| into.push(text));
            Ok(())
        };
        add(&mut side.key, "key")?;
        for (columns, names) in [(&mut side.conditions, &conditions), (&mut side.exceptions, &exceptions)] {
            for (column, name) in columns.iter_mut().zip(names) {
                add(column, name)?;
            }
        }
    }
    Ok(side)
}

fn fill(view: &mut MatchRulePreview, tried: &Tried, sides: &[Side], at_least: &[f64]) {
    let (left, right) = (&sides[0], sides.last().unwrap_or(&sides[0]));
    let text = |side: &Side, at: usize, row: u32| side.conditions[at].text(row as usize).to_owned();
    (view.pairs, view.excepted, view.matched) = (tried.pairs, tried.excepted, tried.matched);
    (view.records, view.blocked, view.compared) = (left.key.len() as u64, tried.blocked, tried.compared);
    if let Some((pairs, row)) = tried.largest {
        let exact = (0..at_least.len()).filter(|&at| at_least[at] >= 1.0);
        (view.largest_block, view.largest_value) = (pairs, exact.map(|at| text(left, at, row)).collect());
    }
    let bin = |(percent, pairs): &(Vec<u8>, u64)| LikenessPreview { percent: percent.clone(), pairs: *pairs };
    view.likeness = tried.bins.iter().map(bin).collect();
    let example = |near: &onefold_kernels::tried::Near| RulePairPreview {
        a: left.key.text(near.rows.0 as usize).to_owned(),
        b: right.key.text(near.rows.1 as usize).to_owned(),
        matches: near.matches,
        values: (0..at_least.len())
            .map(|at| RuleValuesPreview {
                a: text(left, at, near.rows.0),
                b: text(right, at, near.rows.1),
                score: near.scores[at],
            })
            .collect(),
    };
    view.examples = tried.nearest.iter().map(example).collect();
}

/// The profiles of records that are shown.
async fn people(onefold: &Onefold, asked: &MatchRuleAsk, examples: &[RulePairPreview]) -> Result<Vec<String>, Problem> {
    let to = asked.to.as_ref().unwrap_or(&asked.from);
    let both = |pair: &RulePairPreview| [(asked.from.clone(), pair.a.clone()), (to.clone(), pair.b.clone())];
    let records: Vec<pairs::Record> = examples.iter().flat_map(both).collect();
    let profiles = pairs::profiles(&Look::at(onefold).await?, &records.iter().collect::<Vec<_>>()).await?;
    let named = |record: &pairs::Record| profiles.get(record).cloned();
    Ok(records.iter().filter_map(named).collect::<BTreeSet<_>>().into_iter().collect())
}

fn name_conditions(view: &mut MatchRulePreview, project: &Project, at_least: &[f64], pairs: Vec<u64>) {
    let unify = project.unify.as_ref();
    let when: &[Condition] = unify.map_or(&[], |unify| match unify.rules.first() {
        Some(rule) => &rule.when,
        None => unify.tables.first().and_then(|table| table.deduplicate.rules.first()).map_or(&[], |rule| &rule.when),
    });
    let one = |((when, &at_least), pairs): ((&Condition, &f64), u64)| MatchConditionPreview {
        column: when.column.column.value.clone(),
        equals: when.equals.as_ref().unwrap_or(&when.column).column.value.clone(),
        at_least,
        pairs,
    };
    view.conditions = when.iter().zip(at_least).zip(pairs).map(one).collect();
}
