//! Segment: the form of `segments/`.
//!
//! Not here: whether the tables and columns it names are there (`onefold-stages`).

use serde_json::{Value, json};

use super::example::examples;
use super::expression::{Aggregated, Expression};
use super::form::{Fields, Form, List, Named, Reader, Record, Some1};
use super::people::{description, upkeep, used_tables};
use super::source::refresh;
use super::step::{renamed_from, title};
use super::word::{Choice, Count, Flag, Plain};
use crate::define::{
    Expectation, Holdout, Neighbor, Pick, ProjectedColumn, RefreshWhen, Segment, SegmentLimit, SegmentRule, TimeUnit,
    Times, UsedTable, Within,
};
use crate::plan::SetOperator;
use crate::yaml::{Node, ScalarKind};
use crate::{Code, Diagnostic, Expr, Spanned};

const KINDS: Choice<RefreshWhen> =
    Choice { words: &[("dynamic", RefreshWhen::WithEveryRun), ("static", RefreshWhen::Manual)], later: &[] };
const PICKS: Choice<Pick> = Choice { words: Pick::WORDS, later: &[] };
const UNITS: Choice<TimeUnit> = Choice { words: TimeUnit::WORDS, later: &[] };
const ORDERS: Choice<bool> = Choice { words: &[("desc", false), ("asc", true)], later: &[] };

/// `segments/<Name>.yaml`
pub(crate) fn segment(f: &mut Fields<'_, '_>, name: &Spanned<String>) -> Option<Segment> {
    let title = title(f);
    let description = description(f);
    renamed_from(f);
    let about = "`dynamic` (the default), or `static`: members stay as they were when it was last refreshed by hand";
    let kind = f.optional("kind", about, KINDS);
    let upkeep = upkeep(f);
    let tables = used_tables(f);
    let rules = f.required("rules", "the rules, folded left to right", Some1(List(Record(rule))));
    let limit = f.optional("limit", "the most members, and which", Record(limit));
    let holdout = f.optional("holdout", "a random share of people that is held out, the same in every run", Holdouts);
    let columns = f.several(
        "columns",
        "columns of its view beside those of Customer: `name: expression`, or `{value, tables, list}`",
        Named { of: "a column", strict: true, form: ColumnForm },
    );
    let expect =
        f.optional("expect", "how many members there should be; exports wait while it is broken", Record(expect));
    let materialize = f.optional("materialize", "whether its rows are written out as a table too; default false", Flag);
    let has_refresh = f.has("refresh");
    let mut refresh = refresh(f, "refresh", "when it is worked out again; default `with_every_run`");
    if let Some(kind) = kind {
        if has_refresh && kind.value != refresh {
            let why = "`kind` and `refresh` say the opposite of each other".to_owned();
            f.refuse("refresh", why, "remove it: `kind: static` is refreshed by hand");
        }
        refresh = kind.value;
    }
    if refresh == RefreshWhen::Manual && upkeep.schedule.is_some() {
        let why = "a static segment is refreshed by hand, and `schedule` says when it is by itself".to_owned();
        f.refuse("schedule", why, "remove it, or make the segment `dynamic`");
    }
    let tests = examples(f);
    let columns = columns.into_iter().map(|(name, column): (_, ProjectedColumn)| ProjectedColumn { name, ..column });
    let (name, materialize) = (name.clone(), materialize.unwrap_or(false));
    let columns = columns.collect();
    let holdout = holdout.map(|holdout: Holdout| match holdout.name.is_empty() {
        true => Holdout { name: name.value.clone(), ..holdout },
        false => holdout,
    });
    Some(Segment {
        tests,
        name,
        title,
        description,
        upkeep,
        tables,
        rules: rules?,
        limit,
        holdout,
        columns,
        expect,
        materialize,
        refresh,
    })
}

/// The keys of a rule beside its operator, as far as they are there.
const OF_RULE: &[&str] = &["times", "pick", "among", "order_by", "after", "before", "tables"];

/// `where:`, or one of `union:`, `intersect:`, `except:` around it.
fn rule(f: &mut Fields<'_, '_>) -> Option<SegmentRule> {
    let filter = f.optional("where", "the condition; a rule without an operator is a union", Expression);
    let own = parts(f, filter);
    let others = [
        (SetOperator::Union, f.optional("union", "adds those who match", Record(inner_rule))),
        (SetOperator::Intersect, f.optional("intersect", "keeps those who match too", Record(inner_rule))),
        (SetOperator::Except, f.optional("except", "removes those who match", Record(inner_rule))),
    ];
    let keys: Vec<&str> = ["where", "union", "intersect", "except"].into_iter().filter(|key| f.has(key)).collect();
    if let [first, second, ..] = keys[..] {
        let why = format!("a rule has one operator, and this one has `{first}` and `{second}`");
        f.refuse(second, why, "begin a new rule: write `- ` before it");
        return None;
    }
    if keys.is_empty() && f.reading() {
        f.lacks("where", "the condition, or `union:`, `intersect:`, `except:` around it");
    }
    if !f.has("where") {
        for key in OF_RULE {
            let hint = match *key {
                "tables" => "move it beside `where:`, or to the segment",
                _ => "move it beside `where:`",
            };
            f.refuse(key, format!("`{key}` stands outside the rule's operator"), hint);
        }
    }
    own.or_else(|| others.into_iter().find_map(|(operator, rule)| Some(SegmentRule { operator, ..rule? })))
}

fn inner_rule(f: &mut Fields<'_, '_>) -> Option<SegmentRule> {
    let filter = f.required("where", "the condition", Expression);
    parts(f, filter)
}

/// What a rule says beside its condition.
fn parts(f: &mut Fields<'_, '_>, filter: Option<Spanned<Expr>>) -> Option<SegmentRule> {
    let at = f.place("times");
    let times = f.optional("times", "for how many rows of a person it holds: `{at_least, at_most}`", Record(times));
    let pick = f.optional("pick", "the row it is about: the `first` or `last` by `order_by`", PICKS);
    let among = f.optional("among", "the rows that `pick` chooses from; all when absent", Expression);
    let order_by = f.optional("order_by", "what puts the rows of a person in order, a time say", Expression);
    let after_at = f.place("after");
    let after = f.optional("after", "another row that must come before: `{where, within}`", Record(neighbor));
    let before_at = f.place("before");
    let before = f.optional("before", "another row that must follow: `{where, within}`", Record(neighbor));
    let tables = used_tables(f);
    if pick.is_some() {
        let why = "`pick` is about one row, and `times` counts several".to_owned();
        f.refuse("times", why, "remove one of them, or begin a new rule with `intersect`");
    } else {
        f.refuse(
            "among",
            "`among` says what `pick` chooses from, and there is no `pick`".to_owned(),
            "add `pick: first`",
        );
    }
    let ordered = ["pick", "after", "before"].into_iter().find(|key| f.has(key));
    match ordered {
        Some(key) if !f.has("order_by") => {
            let message = format!("`{key}` asks for an order, and there is no `order_by`");
            let hint = "add `order_by:`, the time of the rows say";
            f.say(Diagnostic::new(Code::MissingKey, f.place(key), message).hint(hint));
        }
        None => {
            let why = "`order_by` puts rows in order, and nothing here asks for it".to_owned();
            f.refuse("order_by", why, "add `pick`, `after` or `before`, or remove it");
        }
        Some(_) => {}
    }
    let times = times.zip(at).map(|(times, at)| Spanned::new(times, at));
    let after = after.map(|neighbor: Neighbor| Neighbor { at: after_at, ..neighbor });
    let before = before.map(|neighbor: Neighbor| Neighbor { at: before_at, ..neighbor });
    let operator = SetOperator::Union;
    Some(SegmentRule { operator, filter: filter?, times, pick, among, order_by, after, before, tables })
}

/// `{at_least: 3, at_most: 5}`
fn times(f: &mut Fields<'_, '_>) -> Option<Times> {
    let at_least = f.optional("at_least", "at least so many; default 0", Count);
    let at_most = f.optional("at_most", "at most so many", Count);
    if at_least.is_none() && at_most.is_none() {
        if f.reading() && !f.has("at_least") && !f.has("at_most") {
            f.lacks("at_least", "at least so many, or `at_most:`");
        }
        return None;
    }
    if let (Some(least), Some(most)) = (at_least, at_most)
        && least > most
    {
        let why = format!("nobody has at least {least} and at most {most} rows");
        f.refuse("at_most", why, "write the smaller number under `at_least`");
    }
    if at_least == Some(0) && at_most.is_none() {
        f.refuse("at_least", "everybody has 0 rows or more".to_owned(), "write 1 or more, or add `at_most`");
    }
    Some(Times { at_least, at_most })
}

/// `{where: …, within: {count: 30, unit: day}}`
fn neighbor(f: &mut Fields<'_, '_>) -> Option<Neighbor> {
    let filter = f.required("where", "what holds for the other row", Expression);
    let at = f.place("within");
    let within = f.optional("within", "how far away it is at most: `{count: 30, unit: day}`", Record(within));
    let within = within.zip(at).map(|(within, at)| Spanned::new(within, at));
    Some(Neighbor { at: None, filter: filter?, within })
}

fn within(f: &mut Fields<'_, '_>) -> Option<Within> {
    let count = f.required("count", "how many units", Count);
    let unit = f.required("unit", "the unit", UNITS);
    let count = u32::try_from(count?).unwrap_or(u32::MAX);
    if !(1..=100_000).contains(&count) {
        f.refuse("count", "`count` is from 1 to 100,000".to_owned(), "write `30`, say");
        return None;
    }
    Some(Within { count, unit: unit?.value })
}

/// `{count: 500, by: …, order: desc, per: …}`
fn limit(f: &mut Fields<'_, '_>) -> Option<SegmentLimit> {
    let count = f.required("count", "how many members at most", Count);
    let by = f.required("by", "what they are ranked by, over Customer and its attributes", Expression);
    let order = f.optional("order", "`desc`, the largest first (the default), or `asc`", ORDERS);
    let per = f.optional("per", "so many of each of these, over Customer and its attributes", Expression);
    if count == Some(0) {
        f.refuse("count", "a segment of at most 0 members has none".to_owned(), "write 1 or more");
    }
    let ascending = order.is_some_and(|order| order.value);
    Some(SegmentLimit { at: f.at(), count: count?, by: by?, ascending, per })
}

/// `0.1`, or `{share: 0.1, name: …}`
struct Holdouts;

impl Form for Holdouts {
    type Out = Holdout;
    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Holdout> {
        if node.map().is_some() {
            return Record(holdout).read(node, reader);
        }
        let share = Share.read(node, reader)?;
        Some(Holdout { at: Some(node.at), share, name: String::new() })
    }
    fn schema(&self) -> Value {
        json!({"anyOf": [Record(holdout).schema(), Share.schema()]})
    }
}

fn holdout(f: &mut Fields<'_, '_>) -> Option<Holdout> {
    let share = f.required("share", "the share of people, above 0 and below 1", Share);
    let about =
        "what the choice is made from: hold-outs of one name choose the same people; default the segment's name";
    let name = f.optional("name", about, Plain);
    Some(Holdout { at: f.at(), share: share?, name: name.unwrap_or_default() })
}

/// A number above 0 and below 1.
struct Share;

impl Form for Share {
    type Out = f64;
    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<f64> {
        let number = number(node, reader)?;
        if number > 0.0 && number < 1.0 {
            return Some(number);
        }
        let message = format!("{} must be above 0 and below 1", reader.label);
        reader.say(Diagnostic::new(Code::WrongValue, Some(node.at), message).hint("write `0.1` for a tenth"));
        None
    }
    fn schema(&self) -> Value {
        json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1})
    }
}

/// A number above 0.
struct Change;

impl Form for Change {
    type Out = f64;
    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<f64> {
        let number = number(node, reader)?;
        if number > 0.0 {
            return Some(number);
        }
        let message = format!("{} must be above 0", reader.label);
        reader.say(Diagnostic::new(Code::WrongValue, Some(node.at), message).hint("write `0.2` for a fifth"));
        None
    }
    fn schema(&self) -> Value {
        json!({"type": "number", "exclusiveMinimum": 0})
    }
}

fn number(node: &Node, reader: &mut Reader<'_>) -> Option<f64> {
    match node.scalar().map(|scalar| scalar.kind) {
        Some(ScalarKind::Integer(number)) => Some(number as f64),
        Some(ScalarKind::Number(number)) if number.is_finite() => Some(number),
        _ => {
            reader.wrong_kind(node, "a number", "write `0.1`, say");
            None
        }
    }
}

/// `expression`, or `{value, tables, list}`; its name is the key.
struct ColumnForm;

impl Form for ColumnForm {
    type Out = ProjectedColumn;
    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<ProjectedColumn> {
        if node.map().is_some() {
            return Record(column).read(node, reader);
        }
        Some(projected(Aggregated.read(node, reader)?, Vec::new(), false))
    }
    fn schema(&self) -> Value {
        json!({"anyOf": [Record(column).schema(), Aggregated.schema()]})
    }
}

fn column(f: &mut Fields<'_, '_>) -> Option<ProjectedColumn> {
    let value = f.required("value", "an expression; over a related table with an aggregate, or as a list", Aggregated);
    let tables = used_tables(f);
    let list = f.optional("list", "whether it is the list of all different values; default false", Flag);
    Some(projected(value?, tables, list.unwrap_or(false)))
}

fn projected(value: Spanned<Expr>, tables: Vec<UsedTable>, list: bool) -> ProjectedColumn {
    ProjectedColumn { name: Spanned::made(String::new()), value, tables, list }
}

/// `{min: 100, max: 5000, max_change: 0.2}`
fn expect(f: &mut Fields<'_, '_>) -> Option<Expectation> {
    let min = f.optional("min", "at least so many members", Count);
    let max = f.optional("max", "at most so many members", Count);
    let max_change =
        f.optional("max_change", "the largest change since the last run, as a share: `0.2` for a fifth", Change);
    if min.is_none() && max.is_none() && max_change.is_none() {
        if f.reading() && !["min", "max", "max_change"].iter().any(|key| f.has(key)) {
            f.lacks("min", "at least so many members, or `max:`, `max_change:`");
        }
        return None;
    }
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        f.refuse("max", format!("no number is at least {min} and at most {max}"), "write the smaller one under `min`");
    }
    Some(Expectation { min, max, max_change })
}
