//! People: the forms of `relationships.yaml`, `activities/`, `measures/` and `segments/`.
//!
//! Not here: whether the tables and columns they name are there (`onefold-stages`).

use serde_json::{Value, json};

use super::expression::{Aggregated, Constant, Expression};
use super::form::{Fields, Form, List, Named, Reader, Record, Some1, Then};
use super::merge::table_column;
use super::source::refresh;
use super::step::{renamed_from, title};
use super::word::{Choice, Flag, Name, Plain, Text, mapping_or};
use crate::define::{
    Activity, Calculation, Cardinality, DateBucket, Dimension, Measure, MeasureKind, Relationship, Segment,
    SegmentRule, TableColumn, UsedTable,
};
use crate::plan::SetOperator;
use crate::yaml::Node;
use crate::{Code, Diagnostic, Expr, Spanned};

/// `relationships.yaml`
pub(crate) fn relationships() -> impl Form<Out = Vec<Relationship>> {
    let form = Named { of: "a relationship", strict: true, form: Record(relationship) };
    Then(form, |named: Vec<(Spanned<String>, Relationship)>, _: &Node, _: &mut Reader<'_>| {
        Some(named.into_iter().map(|(name, relationship)| Relationship { name, ..relationship }).collect())
    })
}

const CARDINALITIES: Choice<Cardinality> =
    Choice { words: &[("many_to_one", Cardinality::ManyToOne), ("one_to_one", Cardinality::OneToOne)], later: &[] };

fn relationship(f: &mut Fields<'_, '_>) -> Option<Relationship> {
    let from = f.required("from", "the column that refers, `<Table>.<column>`", end());
    let to = f.required("to", "the column referred to, `<Table>.<column>`; the table may be `Customer`", end());
    let cardinality = f.optional("cardinality", "how many rows may refer to one; default `many_to_one`", CARDINALITIES);
    let cardinality = cardinality.map_or(Cardinality::ManyToOne, |cardinality| cardinality.value);
    Some(Relationship { name: Spanned::made(String::new()), from: from?, to: to?, cardinality })
}

fn end() -> impl Form<Out = Spanned<TableColumn>> {
    Then(table_column(), |text: Spanned<String>, _: &Node, _: &mut Reader<'_>| {
        let (table, column) = text.value.split_once('.')?;
        let end = TableColumn { table: table.to_owned(), column: column.to_owned() };
        Some(Spanned { value: end, at: text.at })
    })
}

fn path(f: &mut Fields<'_, '_>) -> Vec<Spanned<String>> {
    f.several("path", "the relationships that lead to Customer; may be left out when there is one way", List(Text))
}

/// `activities/<name>.yaml`
pub(crate) fn activity(f: &mut Fields<'_, '_>, name: &Spanned<String>) -> Option<Activity> {
    let title = title(f);
    renamed_from(f);
    let table = f.required("table", "the table, `<Source>_<Table>`", Text);
    let key = f.required("key", "the column that tells its rows apart", Text);
    let path = path(f);
    let kind = f.required("type", "the type of activity: `Appointment`, `Purchase`, or your own", Plain);
    let event = f.required("event", "what happened, a column or an expression", Expression);
    let time = f.required("time", "when it happened", Expression);
    let end = f.optional("end", "when it ended", Expression);
    let detail = f.optional("detail", "more words about it", Expression);
    let url = f.optional("url", "a link", Expression);
    let icon = f.optional("icon", "the name of a picture", Plain);
    let timeline = f.optional("timeline", "whether it stands on the timeline; default true", Flag).unwrap_or(true);
    Some(Activity {
        name: name.clone(),
        title,
        table: table?,
        key: key?,
        path,
        kind: kind?,
        event: event?,
        time: time?,
        end,
        detail,
        url,
        icon,
        timeline,
    })
}

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

fn description(f: &mut Fields<'_, '_>) -> Option<String> {
    f.optional("description", "what it is for", Plain)
}

fn used_tables(f: &mut Fields<'_, '_>) -> Vec<UsedTable> {
    let table = Record(|f: &mut Fields<'_, '_>| {
        let table = f.required("table", "the table", Text);
        let path = path(f);
        Some((table?, path))
    });
    let alone = Then(Text, |table, _: &Node, _: &mut Reader<'_>| Some((table, Vec::new())));
    let form = Named { of: "a table in expressions", strict: true, form: mapping_or(table, alone) };
    f.several("tables", "the related tables that expressions name, by alias: a table, or `{table, path}`", form)
        .into_iter()
        .map(|(alias, (table, path))| UsedTable { alias, table, path })
        .collect()
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

/// `segments/<Name>.yaml`
pub(crate) fn segment(f: &mut Fields<'_, '_>, name: &Spanned<String>) -> Option<Segment> {
    let title = title(f);
    let description = description(f);
    renamed_from(f);
    let tables = used_tables(f);
    let rules = f.required("rules", "the rules, folded left to right", Some1(List(Record(rule))));
    let materialize = f.optional("materialize", "whether its rows are written out as a table too; default false", Flag);
    let refresh = refresh(f, "refresh", "when it is worked out again; default `with_every_run`");
    let (name, materialize) = (name.clone(), materialize.unwrap_or(false));
    Some(Segment { name, title, description, tables, rules: rules?, materialize, refresh })
}

/// `where:`, or one of `union:`, `intersect:`, `except:` around it.
fn rule(f: &mut Fields<'_, '_>) -> Option<SegmentRule> {
    let filter = f.optional("where", "the condition; a rule without an operator is a union", Expression);
    let tables = used_tables(f);
    let others = [
        ("union", SetOperator::Union, f.optional("union", "adds those who match", Record(inner_rule))),
        ("intersect", SetOperator::Intersect, f.optional("intersect", "keeps those who match too", Record(inner_rule))),
        ("except", SetOperator::Except, f.optional("except", "removes those who match", Record(inner_rule))),
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
        f.refuse(
            "tables",
            "`tables` stands outside the rule's operator".to_owned(),
            "move it beside `where:`, or to the segment",
        );
    }
    if let Some(filter) = filter {
        return Some(SegmentRule { operator: SetOperator::Union, filter, tables });
    }
    let (operator, (filter, tables)) = others.into_iter().find_map(|(_, operator, rule)| Some((operator, rule?)))?;
    Some(SegmentRule { operator, filter, tables })
}

fn inner_rule(f: &mut Fields<'_, '_>) -> Option<(Spanned<Expr>, Vec<UsedTable>)> {
    let filter = f.required("where", "the condition", Expression);
    let tables = used_tables(f);
    Some((filter?, tables))
}
