//! Measure: the form of `measures/`.
//!
//! Not here: whether the tables and columns it names are there (`onefold-stages`).

use serde_json::{Value, json};

use super::example::examples;
use super::expression::{Aggregated, Constant, Expression};
use super::form::{Fields, Form, List, Named, Reader, Record, Some1, Then};
use super::people::{description, end, path, upkeep, used_tables};
use super::step::{renamed_from, title};
use super::window::window;
use super::word::{Choice, Name, mapping_or};
use crate::define::{Calculation, DateBucket, Dimension, Measure, MeasureKind, Replacement, RollUp};
use crate::yaml::Node;
use crate::{Code, Diagnostic, Expr, Spanned};

const MEASURE_KINDS: Choice<MeasureKind> = Choice {
    words: &[
        ("customer_attribute", MeasureKind::CustomerAttribute),
        ("customer_measure", MeasureKind::CustomerMeasure),
        ("business_measure", MeasureKind::BusinessMeasure),
    ],
    later: &[],
};

/// `measures/<name>.yaml`
pub(crate) fn measure(f: &mut Fields<'_, '_>, name: &Spanned<String>) -> Option<Measure> {
    let title = title(f);
    let description = description(f);
    renamed_from(f);
    let kind = f.required("kind", "what kind of result", MEASURE_KINDS);
    let value = f.optional("value", "the value, an expression with aggregates", Aggregated);
    let values =
        f.optional("values", "several values by name", Some1(Named { of: "a value", strict: true, form: Aggregated }));
    let tables = used_tables(f);
    let filter = f.optional("where", "which rows count", Expression);
    let window = window(f);
    let dimensions = f.several(
        "dimensions",
        "what it is split by: `name: expression`, or `{name, value, bucket}`",
        List(DimensionForm),
    );
    let replace_nulls = f.several(
        "replace_nulls",
        "`<alias>.<column>` and what stands for null in it",
        Named { of: "a column", strict: false, form: Constant },
    );
    let about = "columns of the value in which values are replaced: `{<alias>.<column>: {null: 0, -1: 0}}`";
    let replace = f.several("replace", about, Named { of: "a column", strict: false, form: Replaced });
    let replace: Vec<Replacement> =
        replace.into_iter().map(|(column, values)| Replacement { column, values }).collect();
    for Replacement { column, values } in &replace {
        let twice = replace_nulls.iter().any(|(other, _)| other.value == column.value);
        if let Some((null, _)) = values.iter().find(|(key, _)| key.value.is_none()).filter(|_| twice) {
            let message = format!("null of `{}` is replaced twice", column.value);
            let hint = "remove it here, or from `replace_nulls`";
            f.say(Diagnostic::new(Code::WrongValue, null.at, message).hint(hint));
        }
    }
    let about = "the column that holds the key of the record above, `<Table>.<column>`: rows of those below count too";
    let alone = Then(end(), |parent, _: &Node, _: &mut Reader<'_>| Some(RollUp { parent, path: Vec::new() }));
    let roll_up = f.optional("roll_up", about, mapping_or(Record(roll_up), alone));
    let upkeep = upkeep(f);
    let tests = examples(f);
    let kind = kind?;
    measure_parts(f, kind.value);
    let value = value.map(|value| Calculation { name: name.clone(), value });
    let values: Vec<Calculation> =
        values.unwrap_or_default().into_iter().map(|(name, value)| Calculation { name, value }).chain(value).collect();
    if values.is_empty() {
        return None;
    }
    Some(Measure {
        name: name.clone(),
        title,
        description,
        kind,
        values,
        tables,
        filter,
        window,
        dimensions,
        replace_nulls,
        replace,
        roll_up,
        upkeep,
        tests,
    })
}

/// `{by: <Table>.<column>, path: […]}`
fn roll_up(f: &mut Fields<'_, '_>) -> Option<RollUp> {
    let parent = f.required("by", "the column that holds the key of the record above, `<Table>.<column>`", end());
    let path = path(f);
    Some(RollUp { parent: parent?, path })
}

/// `{null: 0, -1: 0}`
struct Replaced;

impl Form for Replaced {
    type Out = Vec<(Spanned<Option<String>>, Spanned<Expr>)>;

    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Self::Out> {
        let Some(entries) = node.map().filter(|entries| !entries.is_empty()) else {
            reader.wrong_kind(node, "a mapping", "write `{null: 0}`, or `{-1: 0}`");
            return None;
        };
        let read = entries.iter().filter_map(|entry| {
            let constant = Constant.read(&entry.value, reader)?;
            let word = (entry.key.value != "null").then(|| entry.key.value.clone());
            Some((Spanned { value: word, at: entry.key.at }, constant))
        });
        Some(read.collect())
    }

    fn schema(&self) -> Value {
        json!({"type": "object", "minProperties": 1, "additionalProperties": Constant.schema()})
    }
}

/// The parts that a kind of measure must have, and those it cannot have.
fn measure_parts(f: &mut Fields<'_, '_>, kind: MeasureKind) {
    let attribute = kind == MeasureKind::CustomerAttribute;
    if !f.has("value") && !f.has("values") {
        let other = if attribute { "" } else { ", or `values:` for several" };
        f.lacks("value", &format!("an expression with aggregates{other}"));
    }
    if f.has("value") && f.has("values") {
        f.refuse(
            "values",
            "a measure has `value` or `values`, not both".to_owned(),
            "put the one value under `values:` too",
        );
    }
    for (key, why) in [
        ("values", "a customer attribute is one value a profile, and `values` gives several"),
        ("dimensions", "a customer attribute is one value a profile, and `dimensions` split it"),
    ] {
        if let Some(at) = f.place(key).filter(|_| attribute) {
            let hint = "write `kind: customer_measure` for a table of values, or remove it";
            f.say(Diagnostic::new(Code::MeasureKind, Some(at), why).hint(hint));
        }
    }
    if let Some(at) = f.place("roll_up").filter(|_| kind == MeasureKind::BusinessMeasure) {
        let why = "a business measure has no profiles, and `roll_up` counts rows of some profiles to others";
        let hint = "write `kind: customer_measure`, or remove it";
        f.say(Diagnostic::new(Code::MeasureKind, Some(at), why).hint(hint));
    }
}

const BUCKETS: Choice<DateBucket> = Choice {
    words: &[
        ("day", DateBucket::Day),
        ("week", DateBucket::Week),
        ("month", DateBucket::Month),
        ("quarter", DateBucket::Quarter),
        ("year", DateBucket::Year),
    ],
    later: &[],
};

/// `name: expression`, or `{name, value, bucket}`
struct DimensionForm;

impl Form for DimensionForm {
    type Out = Dimension;

    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Dimension> {
        let short = node.map().is_some_and(|entries| {
            entries.len() == 1 && !["name", "value", "bucket"].contains(&entries[0].key.value.as_str())
        });
        if !short {
            return Record(dimension).read(node, reader);
        }
        let (name, value): (Spanned<String>, Spanned<Expr>) = short_dimension().read(node, reader)?.pop()?;
        Some(Dimension { name, value, bucket: DateBucket::None })
    }

    fn schema(&self) -> Value {
        let mut short = short_dimension().schema();
        short["minProperties"] = json!(1);
        short["maxProperties"] = json!(1);
        json!({"anyOf": [Record(dimension).schema(), short]})
    }
}

fn short_dimension() -> Named<Expression> {
    Named { of: "a dimension", strict: true, form: Expression }
}

fn dimension(f: &mut Fields<'_, '_>) -> Option<Dimension> {
    let name = f.required("name", "its column in the result", Name);
    let value = f.required("value", "what it is worked out from, an expression", Expression);
    let bucket = f.optional("bucket", "for dates: how coarse, in the project's time zone", BUCKETS);
    let bucket = bucket.map(|bucket| bucket.value).unwrap_or_default();
    Some(Dimension { name: name?, value: value?, bucket })
}
