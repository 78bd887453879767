//! People: the forms of `relationships.yaml`, and what the forms of people's definitions share.
//!
//! Not here: whether the tables and columns they name are there (`onefold-stages`).

use super::form::{Fields, Form, List, Named, Reader, Record, Then};
use super::merge::table_column;
use super::word::{Choice, Plain, Text, mapping_or};
use crate::Spanned;
use crate::define::{Cardinality, Relationship, TableColumn, UsedTable};
use crate::yaml::Node;

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

/// The relationships that lead to Customer.
pub(super) fn path(f: &mut Fields<'_, '_>) -> Vec<Spanned<String>> {
    f.several("path", "the relationships that lead to Customer; may be left out when there is one way", List(Text))
}

/// What a definition is for.
pub(super) fn description(f: &mut Fields<'_, '_>) -> Option<String> {
    f.optional("description", "what it is for", Plain)
}

/// The related tables that expressions name.
pub(super) fn used_tables(f: &mut Fields<'_, '_>) -> Vec<UsedTable> {
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
