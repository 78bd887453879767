//! Covered: every function, operator and key of measures and segments stands in a case.
//!
//! Flow     definitions of a case ─ read as the project reads them ─ what their expressions and keys use ─ all there is
//!
//! Invariants
//! - What there is comes from the closed lists of the language: a new function without a case fails here.

use std::collections::BTreeSet;
use std::path::Path;

use onefold::opened::Opened;
use onefold_model::define::{
    DateBucket, Expectation, Measure, MeasureKind, Pick, Segment, SegmentRule, Stretch, TimeUnit, WindowUnit,
};
use onefold_model::expr::condition::{Condition, Test, read};
use onefold_model::expr::{Aggregate, Function, Literal, Node, Operator};
use onefold_model::plan::SetOperator;
use onefold_model::{DataType, Expr};

use super::project::CaseProject;
use super::text::sections;

/// What cases use, in words.
type Used = BTreeSet<String>;

#[test]
fn every_function_operator_and_key_stands_in_a_case() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/cases");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    let mut used = Used::new();
    for path in super::files(&root) {
        let text = std::fs::read_to_string(&path).expect("a case is text");
        let mut project = CaseProject::new();
        for section in sections(&text).into_iter().filter(|section| section.word != "expect") {
            // What is taken away again was there.
            if section.word != "definitions" || !section.body.trim().is_empty() {
                project.change(&section);
            }
        }
        let opened: Opened =
            runtime.block_on(project.defined()).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        opened.project.measures.iter().for_each(|measure| of_measure(measure, &mut used));
        opened.project.segments.iter().for_each(|segment| of_segment(segment, &mut used));
    }
    let lacking: Vec<String> = all().into_iter().filter(|word| !used.contains(word)).collect();
    assert!(lacking.is_empty(), "no case of measures or segments uses: {}", lacking.join(", "));
}

const OPERATORS: &[Operator] = &[
    Operator::Or,
    Operator::And,
    Operator::Equal,
    Operator::NotEqual,
    Operator::Less,
    Operator::LessOrEqual,
    Operator::Greater,
    Operator::GreaterOrEqual,
    Operator::Concat,
    Operator::Add,
    Operator::Subtract,
    Operator::Multiply,
    Operator::Divide,
    Operator::Modulo,
    Operator::Power,
];
/// The units of functions that take one; those of parts of a time need no day.
const UNITS: &[(Function, &[&str])] = &[
    (Function::DateTrunc, &["year", "quarter", "month", "week", "day", "hour"]),
    (Function::DatePart, &["year", "quarter", "month", "week", "day", "hour", "minute", "second"]),
    (Function::WithinLast, &["day", "week", "month", "year"]),
    (Function::WithinNext, &["day", "week", "month", "year"]),
];
const TYPES: &[&str] = &["text", "integer", "number", "decimal", "boolean", "date", "date-time", "guid"];
const NODES: &[&str] = &[
    "not",
    "negate",
    "between",
    "not between",
    "in",
    "not in",
    "in_list",
    "in_segment",
    "in_segment #holdout",
    "like",
    "not like",
    "ilike",
    "not ilike",
    "is null",
    "is not null",
    "case when",
    "case x when",
];
const STRETCHES: &[&str] = &["last", "next", "last calendar", "next calendar", "this", "to_date", "from", "to"];
const KEYS: &[&str] = &[
    "customer_attribute",
    "customer_measure",
    "business_measure",
    "value",
    "values",
    "measure where",
    "window",
    "window time",
    "dimensions",
    "several dimensions",
    "replace_nulls",
    "replace",
    "replace null",
    "roll_up",
    "measure path",
    "measure schedule",
    "measure active",
    "bucket day",
    "bucket week",
    "bucket month",
    "bucket quarter",
    "bucket year",
    "union",
    "intersect",
    "except",
    "times at_least",
    "times at_most",
    "pick first",
    "pick last",
    "among",
    "order_by",
    "after",
    "before",
    "within hour",
    "within day",
    "within week",
    "within month",
    "within year",
    "rule path",
    "limit desc",
    "limit asc",
    "limit per",
    "holdout",
    "column of the person",
    "column with an aggregate",
    "column as a list",
    "expect min",
    "expect max",
    "expect max_change",
    "materialize",
    "segment schedule",
    "segment static",
    "segment active",
];

/// All that a case must use.
fn all() -> Vec<String> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let units =
        UNITS.iter().flat_map(|(function, units)| units.iter().map(|unit| format!("{} {unit}", function.word())));
    let casts = TYPES.iter().map(|ty| format!("cast as {ty}"));
    let windows = WindowUnit::WORDS.iter().map(|(word, _)| format!("window unit {word}"));
    Function::ALL
        .iter()
        .map(|function| function.word().to_owned())
        .chain(Aggregate::ALL.iter().map(|aggregate| aggregate.word().to_owned()))
        .chain(OPERATORS.iter().map(|operator| operator.word().to_owned()))
        .chain(Test::ALL.iter().map(|test| format!("builder {}", test.word())))
        .chain(units)
        .chain(casts)
        .chain(windows)
        .chain(words(NODES))
        .chain(STRETCHES.iter().map(|stretch| format!("window {stretch}")))
        .chain(words(KEYS))
        .collect()
}

fn of_measure(measure: &Measure, used: &mut Used) {
    let mut note = |word: &str| _ = used.insert(word.to_owned());
    note(match measure.kind.value {
        MeasureKind::CustomerAttribute => "customer_attribute",
        MeasureKind::CustomerMeasure => "customer_measure",
        MeasureKind::BusinessMeasure => "business_measure",
    });
    let is_one = matches!(measure.values.as_slice(), [value] if value.name.value == measure.name.value);
    note(if is_one { "value" } else { "values" });
    let keys = [
        ("measure where", measure.filter.is_some()),
        ("dimensions", !measure.dimensions.is_empty()),
        ("several dimensions", measure.dimensions.len() > 1),
        ("replace_nulls", !measure.replace_nulls.is_empty()),
        ("replace", !measure.replace.is_empty()),
        ("replace null", measure.replace.iter().flat_map(|r| &r.values).any(|(target, _)| target.value.is_none())),
        ("roll_up", measure.roll_up.is_some()),
        ("measure path", measure.tables.iter().any(|table| !table.path.is_empty())),
        ("measure schedule", measure.upkeep.schedule.is_some()),
        ("measure active", !measure.upkeep.is_active()),
    ];
    keys.iter().filter(|(_, is)| *is).for_each(|(word, _)| note(word));
    for dimension in &measure.dimensions {
        match dimension.bucket {
            DateBucket::None => {}
            DateBucket::Day => note("bucket day"),
            DateBucket::Week => note("bucket week"),
            DateBucket::Month => note("bucket month"),
            DateBucket::Quarter => note("bucket quarter"),
            DateBucket::Year => note("bucket year"),
        }
    }
    if let Some(window) = &measure.window {
        note("window");
        if window.value.time.is_some() {
            note("window time");
        }
        let mut unit = |words: &str, unit: WindowUnit| {
            note(words);
            note(&format!("window unit {}", unit.word()));
        };
        match &window.value.stretch {
            Stretch::Last(_, own) => unit("window last", *own),
            Stretch::Next(_, own) => unit("window next", *own),
            Stretch::WholeLast(_, own) => unit("window last calendar", *own),
            Stretch::WholeNext(_, own) => unit("window next calendar", *own),
            Stretch::This(own) => unit("window this", *own),
            Stretch::ToDate(own) => unit("window to_date", *own),
            Stretch::Between(from, to) => {
                from.iter().for_each(|_| note("window from"));
                to.iter().for_each(|_| note("window to"));
            }
        }
    }
    measure.expressions().for_each(|expression| of_expression(&expression.value, used));
}

fn of_segment(segment: &Segment, used: &mut Used) {
    for (place, rule) in segment.rules.iter().enumerate() {
        if place > 0 {
            let word = match rule.operator {
                SetOperator::Union => "union",
                SetOperator::Intersect => "intersect",
                SetOperator::Except => "except",
            };
            used.insert(word.to_owned());
        }
        of_rule(rule, used);
    }
    let limit = |is: &dyn Fn(&onefold_model::define::SegmentLimit) -> bool| segment.limit.as_ref().is_some_and(is);
    let expect = |is: &dyn Fn(&Expectation) -> bool| segment.expect.as_ref().is_some_and(is);
    let column = |list: bool, aggregate: bool| {
        segment.columns.iter().any(|column| column.list == list && column.value.value.has_aggregate() == aggregate)
    };
    let is_static = segment.refresh == onefold_model::define::RefreshWhen::Manual;
    let keys = [
        ("limit desc", limit(&|limit| !limit.ascending)),
        ("limit asc", limit(&|limit| limit.ascending)),
        ("limit per", limit(&|limit| limit.per.is_some())),
        ("holdout", segment.holdout.is_some()),
        ("column of the person", column(false, false)),
        ("column with an aggregate", column(false, true)),
        ("column as a list", column(true, false)),
        ("expect min", expect(&|expect| expect.min.is_some())),
        ("expect max", expect(&|expect| expect.max.is_some())),
        ("expect max_change", expect(&|expect| expect.max_change.is_some())),
        ("materialize", segment.materialize),
        ("segment schedule", segment.upkeep.schedule.is_some()),
        ("segment static", is_static),
        ("segment active", !segment.upkeep.is_active()),
        ("rule path", segment.used_tables().any(|table| !table.path.is_empty())),
    ];
    used.extend(keys.iter().filter(|(_, is)| *is).map(|(word, _)| (*word).to_owned()));
    segment.expressions().for_each(|expression| of_expression(&expression.value, used));
}

fn of_rule(rule: &SegmentRule, used: &mut Used) {
    let text = rule.filter.value.to_string();
    if let Ok(parsed) = onefold_model::expr::parse(&text, None) {
        of_condition(&read(&parsed, &text), used);
    }
    let times = |is: &dyn Fn(&onefold_model::define::Times) -> bool| rule.times.as_ref().is_some_and(|t| is(&t.value));
    let pick = |wanted: Pick| rule.pick.as_ref().is_some_and(|pick| pick.value == wanted);
    let keys = [
        ("times at_least", times(&|times| times.at_least.is_some())),
        ("times at_most", times(&|times| times.at_most.is_some())),
        ("pick first", pick(Pick::First)),
        ("pick last", pick(Pick::Last)),
        ("among", rule.among.is_some()),
        ("order_by", rule.order_by.is_some()),
        ("after", rule.after.is_some()),
        ("before", rule.before.is_some()),
    ];
    used.extend(keys.iter().filter(|(_, is)| *is).map(|(word, _)| (*word).to_owned()));
    for within in rule.after.iter().chain(&rule.before).filter_map(|beside| beside.within.as_ref()) {
        let (word, _) = TimeUnit::WORDS.iter().find(|(_, unit)| *unit == within.value.unit).expect("a unit has a word");
        used.insert(format!("within {word}"));
    }
}

/// What a builder shows of a condition.
fn of_condition(condition: &Condition, used: &mut Used) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| of_condition(part, used)),
        Condition::Is(comparison) => _ = used.insert(format!("builder {}", comparison.test.word())),
        Condition::Text(_) => {}
    }
}

fn of_expression(expression: &Expr, used: &mut Used) {
    let not = |negated: bool, word: &str| if negated { format!("not {word}") } else { word.to_owned() };
    expression.walk(&mut |e| {
        let word = match &e.node {
            Node::Literal(_) | Node::Column(_) => return,
            Node::Not(_) => "not".to_owned(),
            Node::Negate(_) => "negate".to_owned(),
            Node::Binary(_, operator, _) => operator.word().to_owned(),
            Node::Between { negated, .. } => not(*negated, "between"),
            Node::In { negated, .. } => not(*negated, "in"),
            Node::InList { .. } => "in_list".to_owned(),
            Node::InSegment(name) if name.ends_with("#holdout") => "in_segment #holdout".to_owned(),
            Node::InSegment(_) => "in_segment".to_owned(),
            Node::Like { negated, ignore_case, .. } => not(*negated, if *ignore_case { "ilike" } else { "like" }),
            Node::IsNull { negated, .. } => (if *negated { "is not null" } else { "is null" }).to_owned(),
            Node::Case { operand, .. } => (if operand.is_some() { "case x when" } else { "case when" }).to_owned(),
            Node::Cast { to: DataType::Decimal(..), .. } => "cast as decimal".to_owned(),
            Node::Cast { to, .. } => format!("cast as {to}"),
            Node::Aggregate { aggregate, .. } => aggregate.word().to_owned(),
            Node::Call { function, args } => {
                for arg in args {
                    if let Node::Literal(Literal::Text(unit)) = &arg.node {
                        used.insert(format!("{} {unit}", function.word()));
                    }
                }
                function.word().to_owned()
            }
        };
        used.insert(word);
    });
}
