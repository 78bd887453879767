//! Measure: the form of `measures/`.
//!
//! Not here: whether the tables and columns it names are there (`onefold-stages`).

use serde_json::{Value, json};

use super::expression::{Aggregated, Constant, Expression};
use super::form::{Fields, Form, List, Named, Reader, Record, Some1};
use super::people::{description, used_tables};
use super::step::{renamed_from, title};
use super::word::{Choice, Name};
use crate::define::{Calculation, DateBucket, Dimension, Measure, MeasureKind};
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
    let kind = kind?;
    measure_parts(f, kind.value);
    let value = value.map(|value| Calculation { name: name.clone(), value });
    let values: Vec<Calculation> =
        values.unwrap_or_default().into_iter().map(|(name, value)| Calculation { name, value }).chain(value).collect();
    if values.is_empty() {
        return None;
    }
    Some(Measure { name: name.clone(), title, description, kind, values, tables, filter, dimensions, replace_nulls })
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
}

const BUCKETS: Choice<DateBucket> =
    Choice { words: &[("day", DateBucket::Day), ("month", DateBucket::Month), ("year", DateBucket::Year)], later: &[] };

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
