//! Model: which columns a probabilistic model compares, and the step that links records by it.
//!
//! Reads    mapped tables, `Dedupe_<S>_<T>`, `RuleLinks`, `MatchOverride`, `model:` of `unify.yaml`
//! Writes   `MatchLinks` (internal); `MatchPair`, `MatchModel`, `MatchComparison`, `MatchBlocking`, `MatchWarning`
//! Flow     columns ─ fields by meaning, else by name ─ kinds ─ texts ─ one step
//!
//! Invariants
//! - A field holds each column once; several columns of one meaning in a table are several values of it.
//! - Keys, columns that only point elsewhere, dates of change, images and links are no evidence of identity.
//! - What the definition states of fields is taken as it stands.
//! - A column that is under a given and a family name holds whole names: each of the two takes its part (`whole`).
//!
//! Not here: what is chosen, learned and linked (the kernel).

mod whole;

use std::collections::BTreeSet;

use onefold_model::define::Unify;
use onefold_model::linkage::{Field, FieldKind, Linkage, Stated};
use onefold_model::names::nearest;
use onefold_model::plan::{Growth, Kernel, MatchTable, Stage};
use onefold_model::sql::{cast, column, id, join};
use onefold_model::{Code, Column, DataType, Output, Sql, TableName, sql};

use super::dedupe::Dedupe;
use super::map::{Mapped, SEMANTIC_TYPES};
use super::matching::{link_columns, links, rule_links};
use super::{because, columns, suggestion, wrong};
use crate::Planner;
use crate::planner::{kernel_step, listed, unknown_column};

/// The tables that a model writes beside the links.
const PAIR: &str = "MatchPair";
const MODEL: &str = "MatchModel";
const COMPARISON: &str = "MatchComparison";
const BLOCKING: &str = "MatchBlocking";
const WARNING: &str = "MatchWarning";

/// Plans the links of the model, if `unify.yaml` has one.
pub(super) fn plan(p: &mut Planner<'_>, unify: &Unify, mapped: &[Mapped], dedupes: &[Dedupe]) {
    let Some(stated) = &unify.model else { return };
    let Some(model) = settled(p, stated, unify, mapped) else { return };
    p.unified.linkage = Some(PlannedLinkage {
        tables: mapped.iter().map(|table| (table.table.clone(), records(table, &model))).collect(),
        model: model.clone(),
    });
    let mut inputs: Vec<Sql> = mapped.iter().zip(dedupes).map(|(table, dedupe)| input(table, dedupe, &model)).collect();
    inputs.push(sql!(
        "select \"SourceTable\", \"Key\", \"Rule\", \"Score\", \"MatchedTable\", \"MatchedKey\" from ",
        rule_links(),
        " where \"Rule\" is not null"
    ));
    inputs.push(overrides(p));
    let tables =
        mapped.iter().map(|table| MatchTable { table: table.table.clone(), include_all: table.include_all }).collect();
    let kernel = Kernel::Link { tables, model };
    let mut step = kernel_step("unify.link", Stage::Unify, &because(), outputs(), kernel, inputs);
    // The kernel may be given the new rows of these alone: of the others, which records stand for a group can be another.
    let by_row = mapped.iter().zip(dedupes).filter(|(_, dedupe)| !dedupe.groups);
    step.grows = Some(Growth::by_row(by_row.map(|(table, _)| table.table.clone())));
    p.step(step);
}

fn outputs() -> Vec<Output> {
    let (text, number, integer) = (DataType::Text, DataType::Number, DataType::Integer);
    let pair = columns([
        ("Table1", text),
        ("Key1", text),
        ("Table2", text),
        ("Key2", text),
        ("Weight", number),
        ("Probability", number),
        ("State", text),
        ("Why", text),
        ("Pattern", text),
    ]);
    let model = columns([
        ("Model", text),
        ("Threshold", number),
        ("Review", number),
        ("Prior", number),
        ("Records", integer),
        ("Pairs", integer),
        ("Links", integer),
        ("Clusters", integer),
        ("Iterations", integer),
    ]);
    let comparison = columns([
        ("Comparison", text),
        ("Level", integer),
        ("Test", text),
        ("M", number),
        ("U", number),
        ("Weight", number),
        ("TermFrequency", number),
        ("Pairs", integer),
        ("LinkedPairs", integer),
    ]);
    let blocking = columns([
        ("Rule", text),
        ("Pairs", integer),
        ("NewPairs", integer),
        ("CutPairs", integer),
        ("LargestBlock", integer),
        ("LargestValue", text),
        ("Found", number),
    ]);
    let warning =
        columns([("Kind", text), ("Table", text), ("Key", text), ("Table2", text), ("Key2", text), ("Detail", text)]);
    vec![
        Output::internal(links(), link_columns()),
        Output::published(PAIR, pair),
        Output::published(MODEL, model),
        Output::published(COMPARISON, comparison),
        Output::published(BLOCKING, blocking),
        Output::published(WARNING, warning),
    ]
}

/// What people, sources and tables of pairs say, if anything can.
fn overrides(p: &Planner<'_>) -> Sql {
    let table = TableName::from("MatchOverride");
    let words = ["Table1", "Key1", "Table2", "Key2", "Kind", "Why"];
    match p.catalog().get(table.as_str()) {
        Some(_) => sql!("select ", join(words.map(id), ", "), " from ", table),
        None => {
            let none = words.map(|word| sql!("cast(null as varchar) as ", id(word)));
            sql!("select ", join(none, ", "), " where false")
        }
    }
}

/// What a model compares of the tables that are unified.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlannedLinkage {
    /// The model as it is stated, with its fields.
    pub model: Linkage,
    /// For each table, in order, the query that gives its records as the model takes them: `key`, and for field i and
    /// the j-th column of the table that holds it `f<i>_<j>`, all of them text.
    pub tables: Vec<(TableName, Sql)>,
}

/// The records of a table: key, and the values of each field as texts.
fn records(table: &Mapped, model: &Linkage) -> Sql {
    let key = cast(column("t", table.key.name.as_str()), DataType::Text);
    let mut all = vec![sql!(key, " as \"key\"")];
    all.extend(values(table, model));
    sql!("select ", join(all, ", "), " from ", &table.table, " t")
}

/// The records of a table: key, winner, and the values of each field as texts.
fn input(table: &Mapped, dedupe: &Dedupe, model: &Linkage) -> Sql {
    let key = cast(column("t", table.key.name.as_str()), DataType::Text);
    let winner = if dedupe.groups { "d.\"WinnerKey\"".into() } else { key.clone() };
    let mut all = vec![sql!(&key, " as \"key\""), sql!(winner, " as \"winner\"")];
    all.extend(values(table, model));
    let items = join(all, ", ");
    match dedupe.groups {
        true => sql!("select ", items, " from ", &table.table, " t join ", &dedupe.relation, " d on d.\"Key\" = ", key),
        false => sql!("select ", items, " from ", &table.table, " t"),
    }
}

/// The values of each field in a table, as texts.
fn values(table: &Mapped, model: &Linkage) -> Vec<Sql> {
    let mut all = Vec::new();
    for (i, field) in model.fields.iter().enumerate() {
        let named = field.columns_of(&table.table);
        let own: Vec<&Column> = named.filter_map(|name| table.all.column(name)).collect();
        let values = match (field.kind, own.as_slice()) {
            // A point in two columns: latitude, then longitude.
            (Some(FieldKind::Point), [latitude, longitude]) => vec![sql!(
                "concat(",
                cast(column("t", latitude.name.as_str()), DataType::Text),
                ", ',', ",
                cast(column("t", longitude.name.as_str()), DataType::Text),
                ")"
            )],
            (kind, own) => {
                let value = |column: &&Column| match whole::part(model, &table.table, kind, column.name.as_str()) {
                    Some(part) => whole::value(text(table, column), part),
                    None => text(table, column),
                };
                own.iter().map(value).collect()
            }
        };
        for (j, value) in values.into_iter().enumerate() {
            all.push(sql!(value, " as ", id(format!("f{i}_{j}"))));
        }
    }
    all
}

/// A value as text. A date of which the source gives only the year, or year and month, is just that.
fn text(table: &Mapped, of: &Column) -> Sql {
    let own = column("t", of.name.as_str());
    match (of.ty, table.companion(of.name.as_str())) {
        (DataType::Date, Some(precision)) => {
            let (date, precision) = (cast(own, DataType::Text), column("t", precision.name.as_str()));
            sql!(
                "case ",
                &precision,
                " when 'year' then substr(",
                &date,
                ", 1, 4) when 'month' then substr(",
                &date,
                ", 1, 7) else ",
                &date,
                " end"
            )
        }
        (DataType::DateTime, _) => cast(cast(own, DataType::Date), DataType::Text),
        (ty, _) if ty.is_text() => own,
        _ => cast(own, DataType::Text),
    }
}

/// The model with its fields, or `None` once it is said what is wrong.
fn settled(p: &mut Planner<'_>, stated: &Stated, unify: &Unify, mapped: &[Mapped]) -> Option<Linkage> {
    let mut model = stated.model.clone();
    let before = p.diagnostics().len();
    if model.fields.is_empty() {
        model.fields = fields(unify, mapped);
    } else {
        model.fields = model.fields.iter().map(|field| found(p, stated, mapped, field)).collect();
    }
    for table in &mut model.unique {
        match mapped.iter().find(|mapped| mapped.table.as_str().eq_ignore_ascii_case(table)) {
            Some(mapped) => *table = mapped.table.to_string(),
            None => unknown_table(p, stated, mapped, table, table),
        }
    }
    for table in model.priors.iter_mut().flat_map(|prior| &mut prior.tables) {
        match mapped.iter().find(|mapped| mapped.table.as_str().eq_ignore_ascii_case(table)) {
            Some(mapped) => *table = mapped.table.to_string(),
            None => unknown_table(p, stated, mapped, table, table),
        }
    }
    let in_comparisons = model.comparisons.iter().flat_map(|comparison| &comparison.fields);
    let in_blocking = model.blocking.iter().flatten().map(|part| &part.field);
    let names: BTreeSet<&String> = in_comparisons.chain(in_blocking).collect();
    for name in names.into_iter().filter(|name| model.field(name).is_none()) {
        let known = || model.fields.iter().map(|field| field.name.as_str());
        let hint = match nearest(name, known()) {
            Some(near) => format!("write `{near}`, if that is what you mean"),
            None => format!("choose one of {}", listed(known())),
        };
        let message = format!("the model has no field `{name}`");
        p.say(wrong(Code::UnknownName, stated.place(name), message, &hint));
    }
    if model.fields.is_empty() {
        let message = "no column of the tables says who somebody is".to_owned();
        p.say(wrong(
            Code::UnifyRule,
            stated.at,
            message,
            "map names, dates of birth, addresses and the like under `columns`",
        ));
    }
    (p.diagnostics().len() == before).then_some(model)
}

fn unknown_table(p: &mut Planner<'_>, stated: &Stated, mapped: &[Mapped], table: &str, mention: &str) {
    let names = || mapped.iter().map(|table| table.table.as_str());
    let hint = match nearest(table, names()) {
        Some(near) => format!("write `{near}`, if that is what you mean"),
        None => format!("choose one of {}", listed(names())),
    };
    let message = format!("`{table}` is not one of the tables of `unify.yaml`");
    p.say(wrong(Code::UnknownTable, stated.place(mention), message, &hint));
}

/// A stated field with the exact names of its tables.
fn found(p: &mut Planner<'_>, stated: &Stated, mapped: &[Mapped], field: &Field) -> Field {
    let mut columns = Vec::new();
    for name in &field.columns {
        let (table, column) = name.split_once('.').unwrap_or((name, ""));
        let Some(of) = mapped.iter().find(|mapped| mapped.table.as_str().eq_ignore_ascii_case(table)) else {
            unknown_table(p, stated, mapped, table, name);
            continue;
        };
        match of.all.column(column) {
            Some(column) => columns.push(format!("{}.{}", of.table, column.name)),
            // What a source will deliver is known after its first read.
            None if p.is_open(of.table.as_str()) => columns.push(format!("{}.{column}", of.table)),
            None => p.say(unknown_column(of.table.as_str(), &of.all.columns, column, stated.place(name))),
        }
    }
    Field { columns, ..field.clone() }
}

/// The kind that a semantic type stands for. `Err`: no evidence of identity.
fn kind(meaning: &str) -> Result<Option<FieldKind>, ()> {
    Ok(Some(match meaning {
        "Person.FirstName" => FieldKind::GivenName,
        "Person.MiddleName" => FieldKind::MiddleName,
        "Person.LastName" => FieldKind::FamilyName,
        "Person.FullName" => FieldKind::FullName,
        "Person.BirthDate" => FieldKind::BirthDate,
        "Person.Gender" | "Language" | "Location.Timezone" => FieldKind::Category,
        "Identity.Service.Email" => FieldKind::Email,
        "Identity.Service.Phone" => FieldKind::Phone,
        "Identity.GovernmentID" | "Identity.Service.Facebook" | "Identity.Service.Twitter" => FieldKind::Identifier,
        "Location.Address" => FieldKind::Address,
        "Location.Address.Street" => FieldKind::Street,
        "Location.City" => FieldKind::City,
        "Location.State" | "Location.Province" | "Location.County" | "Location.Country" | "Location.Continent"
        | "Location.Region" => FieldKind::Region,
        "Location.PostalCode" => FieldKind::PostalCode,
        "Location.Point" | LATITUDE | LONGITUDE => FieldKind::Point,
        "Organization.Name" | "Organization" => FieldKind::Organization,
        "ID" | "Image" | "Channel" | "Product" | "ProductGroup" | "Brand" | "BarCode" => return Err(()),
        "Person.ProfileImage" | "Organization.LogoImage" => return Err(()),
        meaning if NO_EVIDENCE.iter().any(|word| meaning.starts_with(word)) => return Err(()),
        _ => return Ok(None),
    }))
}

const LATITUDE: &str = "Location.Latitude";
const LONGITUDE: &str = "Location.Longitude";
/// Beginnings of semantic types of what is no evidence.
const NO_EVIDENCE: &[&str] = &["Measurement.", "Calendar", "Reference."];
/// Meanings of which a person has several values.
const SEVERAL: &[&str] = &["Identity.Service.Email", "Identity.Service.Phone"];

/// A field under construction.
struct Draft {
    meaning: Option<String>,
    /// Its columns: table, column.
    columns: Vec<(usize, String)>,
    /// Whether it takes parts of whole names, which makes its kind certain.
    parted: bool,
}

/// The fields of the tables' columns: by meaning, else by name. What only a name suggests puts columns together; of what
/// kind the values are is then found out from them.
fn fields(unify: &Unify, mapped: &[Mapped]) -> Vec<Field> {
    let mapping = |table: &Mapped| unify.tables.iter().find(|stated| stated.table == table.named);
    let is_stated = |at: usize| mapping(&mapped[at]).is_some_and(|stated| !stated.columns.is_empty());
    let mut drafts: Vec<Draft> = Vec::new();
    for (at, table) in mapped.iter().enumerate() {
        for of in &table.columns {
            let Some(meaning) = meaning(table, of) else { continue };
            let name = of.name.to_string();
            let found = drafts.iter().position(|draft| match (&meaning, &draft.meaning) {
                (Some(own), Some(other)) => point(own) == point(other),
                // What means nothing that is known goes with what has its name in another table.
                (Some(_), None) | (None, _) => {
                    let free = draft.columns.iter().all(|(table, _)| *table != at);
                    free && draft.columns.iter().any(|(_, other)| fold(other) == fold(&name))
                }
            });
            match found {
                Some(draft) => {
                    drafts[draft].columns.push((at, name));
                    drafts[draft].meaning = drafts[draft].meaning.take().or(meaning);
                }
                None => drafts.push(Draft { meaning, columns: vec![(at, name)], parted: false }),
            }
        }
    }
    whole::share(&mut drafts);
    let mut all: Vec<Field> = Vec::new();
    for mut draft in drafts {
        if draft.meaning.as_deref().is_some_and(|meaning| point(meaning) == POINT) {
            draft.columns.sort_by_key(|(at, name)| (*at, is_longitude(mapped, *at, name)));
        }
        let meant = draft.meaning.as_deref();
        let own = plain(&draft.columns[0].1);
        let alike = draft.columns.iter().all(|(_, name)| plain(name) == own);
        let name = free_name(&all, &meant.filter(|_| !alike).map_or(own, word));
        let is_stated = draft.columns.iter().any(|(at, _)| is_stated(*at));
        let columns = draft.columns.iter().map(|(at, column)| format!("{}.{column}", mapped[*at].table));
        let kind = meant
            .filter(|meaning| is_stated || draft.parted || point(meaning) == POINT)
            .and_then(|meaning| kind(meaning).ok().flatten());
        all.push(Field { name, kind, columns: columns.collect() });
    }
    all
}

const POINT: &str = "Location.Point";

/// Latitude and longitude are one field.
fn point(meaning: &str) -> &str {
    if matches!(meaning, LATITUDE | LONGITUDE) { POINT } else { meaning }
}

fn is_longitude(mapped: &[Mapped], at: usize, name: &str) -> bool {
    let column = mapped[at].columns.iter().find(|column| column.name == name);
    column.is_some_and(|column| column.semantic.as_deref() == Some(LONGITUDE))
}

/// The known meaning of a column, if it has one; `None` for what is no evidence of identity.
#[allow(clippy::option_option, reason = "whether it takes part, and what it means")]
fn meaning(table: &Mapped, of: &Column) -> Option<Option<String>> {
    let is_companion = of
        .name
        .as_str()
        .strip_suffix("_precision")
        .and_then(|date| table.companion(date))
        .is_some_and(|companion| companion.name == of.name);
    if is_companion || matches!(of.ty, DataType::Json | DataType::Bitmap) {
        return None;
    }
    let stated = of.semantic.as_deref().filter(|meaning| SEMANTIC_TYPES.contains(meaning));
    // The second telephone of a table that is mapped by its names alone has no meaning of its own.
    let further = || suggestion(of.name.as_str()).filter(|meaning| of.semantic.is_none() && SEVERAL.contains(meaning));
    let meant = stated.or_else(further);
    if meant.is_some_and(|meaning| kind(meaning).is_err()) {
        return None;
    }
    // Dates are evidence only where they are dates of birth; instants never are without a word.
    let birth = meant == Some("Person.BirthDate");
    if of.ty.is_temporal() && !birth && (of.ty == DataType::DateTime || meant.is_some()) {
        return None;
    }
    Some(meant.map(str::to_owned))
}

/// Letters and digits in lower case.
fn fold(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A field's name for a semantic type: `given_name` for `Person.FirstName`.
fn word(meaning: &str) -> String {
    match point(meaning) {
        "Person.FirstName" => return "given_name".to_owned(),
        "Person.LastName" => return "family_name".to_owned(),
        "Identity.GovernmentID" => return "government_id".to_owned(),
        "Location.Address.Street" => return "street".to_owned(),
        POINT => return "location".to_owned(),
        _ => {}
    }
    let last = meaning.rsplit('.').next().unwrap_or(meaning);
    let mut word = String::new();
    for letter in last.chars() {
        if letter.is_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.extend(letter.to_lowercase());
    }
    word
}

/// A column's name as fields are named.
fn plain(column: &str) -> String {
    let letters = column.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
    let name: String = letters.collect();
    let name = name.trim_matches('_');
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name.to_owned() } else { format!("n{name}") }
}

fn free_name(all: &[Field], name: &str) -> String {
    let taken = |name: &str| all.iter().any(|field| field.name == name);
    let mut free = name.to_owned();
    let mut next = 2;
    while taken(&free) {
        free = format!("{name}_{next}");
        next += 1;
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semantic_types_have_names_as_fields() {
        let expected = [
            ("Person.FirstName", "given_name"),
            ("Identity.Service.Email", "email"),
            ("Location.PostalCode", "postal_code"),
            ("Location.Longitude", "location"),
            ("Person.BirthDate", "birth_date"),
        ];
        for (meaning, name) in expected {
            assert_eq!(word(meaning), name);
        }
        assert_eq!(plain("meta.lastUpdated"), "meta_lastupdated");
        assert_eq!(plain("2nd line"), "n2nd_line");
    }

    #[test]
    fn every_semantic_type_is_evidence_or_not() {
        let out = SEMANTIC_TYPES.iter().filter(|meaning| kind(meaning).is_err()).count();
        assert!(out > 20, "{out}");
        assert_eq!(kind("Identity.GovernmentID"), Ok(Some(FieldKind::Identifier)));
        assert_eq!(kind("Person"), Ok(None));
    }
}
