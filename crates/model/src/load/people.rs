//! People: the forms of `relationships.yaml`, and what the forms of people's definitions share.
//!
//! Not here: whether the tables and columns they name are there (`onefold-stages`).

use super::form::{Fields, Form, List, Named, Reader, Record, Then};
use super::merge::table_column;
use super::word::{Choice, Flag, Plain, Text, mapping_or};
use crate::define::{Cardinality, Every, Relationship, Rhythm, TableColumn, Upkeep, UsedTable, WEEKDAYS};
use crate::yaml::Node;
use crate::{Code, Diagnostic, Spanned};

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

/// `<Table>.<column>`
pub(super) fn end() -> impl Form<Out = Spanned<TableColumn>> {
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

/// Whether it is worked out, when, and its tags: `active`, `schedule`, `tags`.
pub(super) fn upkeep(f: &mut Fields<'_, '_>) -> Upkeep {
    let active = f.optional("active", "whether it is worked out at all; default true", Flag);
    let inactive = active.filter(|active| !active).and_then(|_| f.place("active")).map(|at| Spanned::new(false, at));
    let at = f.place("schedule");
    let about = "when it is worked out again: `run` (with every run, the default), `week`, `month`, `never` (by hand), or \
                 `{every: week, on: [mon, thu]}`, `{every: month, on: [1, 15]}`";
    let every = Then(EVERY, |every: Spanned<Every>, _: &Node, _: &mut Reader<'_>| {
        Some(Rhythm { every: every.value, on: Vec::new() })
    });
    let schedule = f.optional("schedule", about, mapping_or(Record(rhythm), every));
    let tags = f.several("tags", "words to find it by, at most 20", List(Text));
    if tags.len() > Upkeep::MOST_TAGS {
        let message = format!("{} tags are more than {}", tags.len(), Upkeep::MOST_TAGS);
        let at = tags[Upkeep::MOST_TAGS].at;
        f.say(Diagnostic::new(Code::WrongValue, at, message).hint("remove those nobody looks for"));
    }
    let schedule = schedule.zip(at).map(|(rhythm, at)| Spanned::new(rhythm, at));
    Upkeep { inactive, schedule, tags }
}

const EVERY: Choice<Every> = Choice { words: Every::WORDS, later: &[] };

/// `{every: week, on: [mon, thu]}`
fn rhythm(f: &mut Fields<'_, '_>) -> Option<Rhythm> {
    let every = f.required("every", "how often", EVERY);
    let on =
        f.several("on", "the days: `mon` to `sun` of a week, 1 to 31 of a month; the first when absent", List(Day));
    let every = every?.value;
    let days = match every {
        Every::Week => WEEKDAYS.iter().map(|(word, day)| ((*word).to_owned(), *day)).collect(),
        Every::Month => (1..=31u8).map(|day| (day.to_string(), day)).collect(),
        Every::Run | Every::Never => {
            f.refuse("on", format!("`every: {}` has no days", every.word()), "remove it, or write `every: week`");
            Vec::new()
        }
    };
    let mut found = Vec::new();
    for day in on {
        match days.iter().find(|(word, _)| *word == day.value.to_lowercase()) {
            Some((_, day)) => found.push(*day),
            None if days.is_empty() => {}
            None => {
                let message = format!("`{}` is no day of a {}", day.value, every.word());
                let hint = if every == Every::Week { "write one of `mon` to `sun`" } else { "write one of 1 to 31" };
                f.say(Diagnostic::new(Code::WrongValue, day.at, message).hint(hint));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    Some(Rhythm { every, on: found })
}

/// A day: a word or a number.
struct Day;

impl Form for Day {
    type Out = Spanned<String>;
    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Spanned<String>> {
        let Some(scalar) = node.scalar() else {
            reader.wrong_kind(node, "a day", "write `mon`, or `15`");
            return None;
        };
        Some(Spanned::new(scalar.text.clone(), node.at))
    }
    fn schema(&self) -> serde_json::Value {
        let words: Vec<&str> = WEEKDAYS.iter().map(|(word, _)| *word).collect();
        serde_json::json!({"anyOf": [{"enum": words}, {"type": "integer", "minimum": 1, "maximum": 31}]})
    }
}
