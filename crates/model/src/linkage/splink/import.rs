//! Import: settings of Splink as a model.

use std::collections::BTreeSet;

use serde_json::Value;
use sqlparser::ast::BinaryOperator;

use super::condition::{Said, Tree, alternatives, crosswise_key, key_part, parse, said};
use super::written;
use crate::linkage::{
    Comparison, Field, FieldKind, Form, KeyPart, Kin, Level, Linkage, MOST_COMPARISONS, MOST_LEVELS, Missing, Test,
};

/// What settings came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    /// The model.
    pub model: Linkage,
    /// What could not be said in it, as sentences.
    pub warnings: Vec<String>,
}

/// Reads settings. `columns_of` gives the columns, `<Table>.<column>`, that have a name; `tables` all tables.
///
/// # Errors
/// What is not the settings of a model.
pub fn import(
    settings: &Value,
    tables: &[String],
    columns_of: &dyn Fn(&str) -> Vec<String>,
) -> Result<Imported, String> {
    let stated = settings.get("comparisons").and_then(Value::as_array);
    let stated = stated.ok_or("there is no list of `comparisons`: these are no settings of Splink")?;
    let mut reader = Reader { fields: Vec::new(), dates: BTreeSet::new(), warnings: Vec::new(), columns_of };
    for condition in conditions(stated).filter_map(parse) {
        reader.dates.extend(condition.dates().into_iter().map(str::to_owned));
    }
    let comparisons: Vec<Comparison> = stated.iter().filter_map(|stated| reader.comparison(stated)).collect();
    if comparisons.len() > MOST_COMPARISONS {
        return Err(format!(
            "there are {} comparisons, and {MOST_COMPARISONS} at most are possible",
            comparisons.len()
        ));
    }
    let rules = settings.get("blocking_rules_to_generate_predictions").and_then(Value::as_array);
    let blocking: Vec<Vec<KeyPart>> = rules.into_iter().flatten().flat_map(|rule| reader.blocking(rule)).collect();
    let used = |name: &String| {
        comparisons.iter().any(|comparison| comparison.fields.contains(name))
            || blocking.iter().flatten().any(|part| part.field == *name)
    };
    reader.fields.retain(|field| used(&field.name));
    let trained = comparisons
        .iter()
        .flat_map(|comparison| &comparison.levels)
        .all(|level| level.m.is_some() && level.u.is_some());
    let links_only = settings.get("link_type").and_then(Value::as_str) == Some("link_only");
    let mut prior = settings.get("probability_two_random_records_match").and_then(Value::as_f64);
    if prior == Some(DEFAULT_PRIOR) && !trained {
        reader
            .warn(format!("a prior of {DEFAULT_PRIOR} is what Splink fills in where nobody states one: it is learned"));
        prior = None;
    }
    let model = Linkage {
        prior,
        unique: if links_only { tables.to_vec() } else { Vec::new() },
        // Splink knows of no kin: figures that were learned without them mean something else with them.
        kin: trained.then(Kin::default),
        fields: reader.fields,
        comparisons,
        blocking,
        ..Linkage::default()
    };
    Ok(Imported { model, warnings: reader.warnings })
}

fn conditions(comparisons: &[Value]) -> impl Iterator<Item = &str> {
    let levels = comparisons.iter().filter_map(|comparison| comparison.get("comparison_levels")?.as_array()).flatten();
    levels.filter_map(|level| level.get("sql_condition")?.as_str())
}

struct Reader<'a> {
    fields: Vec<Field>,
    dates: BTreeSet<String>,
    warnings: Vec<String>,
    columns_of: &'a dyn Fn(&str) -> Vec<String>,
}

impl Reader<'_> {
    /// The name of the field of a column; makes it when it is not there.
    fn field(&mut self, column: &str) -> Option<String> {
        let name = plain(column);
        if !self.fields.iter().any(|field| field.name == name) {
            let columns = (self.columns_of)(column);
            if columns.is_empty() {
                self.warn(format!("no table has a column `{column}`: what looks at it is left out"));
                return None;
            }
            let kind = self.dates.contains(column).then_some(FieldKind::BirthDate);
            self.fields.push(Field { name: name.clone(), kind, columns });
        }
        Some(name)
    }

    /// The field of a part of a column.
    fn part(&mut self, column: &str, kind: FieldKind) -> Option<String> {
        let whole = self.field(column)?;
        let mut name = format!("{whole}_{}", written::word(kind));
        let columns = self.fields.iter().find(|field| field.name == whole)?.columns.clone();
        // A column of that name is another thing.
        while self.fields.iter().any(|field| field.name == name && field.kind != Some(kind))
            || !(self.columns_of)(&name).is_empty()
        {
            name.push_str("_part");
        }
        if !self.fields.iter().any(|field| field.name == name) {
            self.fields.push(Field { name: name.clone(), kind: Some(kind), columns });
        }
        Some(name)
    }

    /// Says what the values of a field are, where nothing else does.
    fn is(&mut self, name: &str, kind: FieldKind) {
        if let Some(field) = self.fields.iter_mut().find(|field| field.name == name) {
            field.kind.get_or_insert(kind);
        }
    }

    /// The field of a point in two columns.
    fn point(&mut self, latitude: &str, longitude: &str) -> Option<String> {
        let name = format!("{}_{}", plain(latitude), plain(longitude));
        if !self.fields.iter().any(|field| field.name == name) {
            let (latitudes, longitudes) = ((self.columns_of)(latitude), (self.columns_of)(longitude));
            if latitudes.is_empty() || latitudes.len() != longitudes.len() {
                self.warn(format!("no table has columns `{latitude}` and `{longitude}`: their distance is left out"));
                return None;
            }
            let columns = latitudes.into_iter().zip(longitudes).flat_map(|(latitude, longitude)| [latitude, longitude]);
            self.fields.push(Field { name: name.clone(), kind: Some(FieldKind::Point), columns: columns.collect() });
        }
        Some(name)
    }

    fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    fn comparison(&mut self, stated: &Value) -> Option<Comparison> {
        let text = |key: &str| stated.get(key).and_then(Value::as_str);
        let name = text("output_column_name").or_else(|| text("comparison_description")).unwrap_or("comparison");
        let mut comparison = Comparison { name: plain(name), ..Comparison::default() };
        let mut lost = (0.0, 0.0);
        let mut nothing = None;
        for level in stated.get("comparison_levels").and_then(Value::as_array).into_iter().flatten() {
            let condition = level.get("sql_condition").and_then(Value::as_str).unwrap_or_default().trim();
            let figure = |key: &str| level.get(key).and_then(Value::as_f64);
            let marked = level.get("is_null_level").and_then(Value::as_bool) == Some(true);
            // What is missing is no level: it is no evidence either way.
            let tree = parse(condition);
            if marked || tree.as_ref().is_some_and(Tree::is_missing) {
                // Of one column, that is the main one.
                if let Some([column]) = tree.as_ref().map(Tree::columns).as_deref() {
                    place(&mut comparison.fields, self.field(column)?);
                }
                nothing = tree;
                continue;
            }
            let test = match condition.eq_ignore_ascii_case("else") {
                true => Some(Test::Else),
                false => self.test(condition, &mut comparison.fields),
            };
            let Some(test) = test else {
                let label = level.get("label_for_charts").and_then(Value::as_str).unwrap_or(condition);
                self.warn(format!(
                    "the level `{label}` of `{name}` has no equal and is left out: its pairs fall to the levels below"
                ));
                lost = (
                    lost.0 + figure("m_probability").unwrap_or_default(),
                    lost.1 + figure("u_probability").unwrap_or_default(),
                );
                continue;
            };
            let frequency = level.get("tf_adjustment_column").and_then(Value::as_str);
            let agreed = match &test {
                Test::Of { field, .. } => Some(field),
                _ => comparison.fields.first(),
            };
            let is_agreed = |column: &str| Some(&plain(column)) == agreed;
            if let Some(other) = frequency.filter(|column| !is_agreed(column)) {
                self.warn(format!(
                    "how frequent `{other}` is counts for nothing in `{name}`: it is not what the level agrees on"
                ));
            }
            let weight = figure("tf_adjustment_weight").unwrap_or(1.0);
            comparison.levels.push(Level {
                term_frequency: frequency.filter(|column| is_agreed(column)).map_or(0.0, |_| weight.clamp(0.0, 1.0)),
                test,
                m: figure("m_probability"),
                u: figure("u_probability"),
            });
        }
        if comparison.fields.is_empty() || comparison.levels.iter().all(|level| level.test == Test::Else) {
            self.warn(format!("the comparison `{name}` has no level that maps and is left out"));
            return None;
        }
        if comparison.levels.len() >= MOST_LEVELS {
            self.warn(format!(
                "the comparison `{name}` has too many levels: those beyond {} are left out",
                MOST_LEVELS - 1
            ));
            comparison.levels.truncate(MOST_LEVELS - 1);
        }
        if comparison.levels.last().is_none_or(|level| level.test != Test::Else) {
            comparison.levels.push(Level::new(Test::Else));
        }
        comparison.missing = missing(nothing.as_ref(), &comparison.fields);
        if let Some(last) = comparison.levels.last_mut() {
            last.m = last.m.map(|m| m + lost.0);
            last.u = last.u.map(|u| u + lost.1);
        }
        unobserved(&mut comparison.levels);
        Some(comparison)
    }

    /// The test of a condition; fields that it names are added to those of the comparison.
    fn test(&mut self, condition: &str, fields: &mut Vec<String>) -> Option<Test> {
        if condition.contains("jaro_similarity") {
            self.warn(
                "`jaro_similarity` is taken as Jaro-Winkler with the same limit, which is a little higher".to_owned(),
            );
        }
        let said = said(&parse(condition)?)?;
        self.of(said, fields)
    }

    fn of(&mut self, said: Said, fields: &mut Vec<String>) -> Option<Test> {
        match said {
            Said::Of(column, test) => {
                let date = self.dates.contains(&column);
                let field = place(fields, self.field(&column)?);
                if matches!(test, Test::Within(_) | Test::WithinShare(_)) {
                    self.is(&field, FieldKind::Number);
                }
                let test = match test {
                    Test::Prefix(4) if date => Test::WithinYears(0),
                    test => test,
                };
                Some(if fields.first() == Some(&field) { test } else { Test::Of { field, test: Box::new(test) } })
            }
            Said::OfPart(column, kind, test) => {
                place(fields, self.field(&column)?);
                let field = place(fields, self.part(&column, kind)?);
                Some(Test::Of { field, test: Box::new(test) })
            }
            Said::Near(latitude, longitude, limit) => {
                let field = place(fields, self.point(&latitude, &longitude)?);
                let test = Test::WithinKilometres(limit);
                Some(if fields.first() == Some(&field) { test } else { Test::Of { field, test: Box::new(test) } })
            }
            Said::Crosswise(one, two) => {
                let (one, two) = (self.field(&one)?, self.field(&two)?);
                Some(Test::Crosswise(place(fields, one), place(fields, two)))
            }
            Said::All(parts) => {
                Some(Test::All(parts.into_iter().map(|part| self.of(part, fields)).collect::<Option<_>>()?))
            }
            Said::Any(parts) => {
                Some(Test::Any(parts.into_iter().map(|part| self.of(part, fields)).collect::<Option<_>>()?))
            }
        }
    }

    fn blocking(&mut self, rule: &Value) -> Vec<Vec<KeyPart>> {
        let text = rule.as_str().or_else(|| rule.get("blocking_rule").and_then(Value::as_str)).unwrap_or_default();
        let Some(tree) = parse(text) else {
            self.warn(format!("the blocking rule `{text}` cannot be read and is left out"));
            return Vec::new();
        };
        let rules = alternatives(&tree);
        if rules.len() > MOST_ALTERNATIVES {
            self.warn(format!("the blocking rule `{text}` has too many alternatives and is left out"));
            return Vec::new();
        }
        rules.iter().filter_map(|conditions| self.rule(text, conditions)).collect()
    }

    /// What must hold together.
    fn rule(&mut self, text: &str, conditions: &[&Tree]) -> Option<Vec<KeyPart>> {
        let mut parts: Vec<KeyPart> = Vec::new();
        let mut crossed = vec![false; conditions.len()];
        for (place, one) in conditions.iter().enumerate() {
            let other = (place + 1..conditions.len()).find_map(|other| {
                let columns = crosswise_key(one, conditions[other]).filter(|_| !crossed[place] && !crossed[other])?;
                Some((other, columns))
            });
            if let Some((other, (a, b))) = other {
                (crossed[place], crossed[other]) = (true, true);
                for column in [a, b] {
                    parts.push(KeyPart { field: self.field(&column)?, form: Form::Crosswise });
                }
            }
        }
        for (_, condition) in conditions.iter().enumerate().filter(|(place, _)| !crossed[*place]) {
            let Some((column, kind, form)) = key_part(condition) else {
                self.warn(format!("a part of the blocking rule `{text}` is no equality of columns and is left out: the rule gives more pairs"));
                continue;
            };
            let form = match form {
                Form::Prefix(4) if self.dates.contains(&column) => Form::Year,
                Form::Prefix(7) if self.dates.contains(&column) => Form::YearMonth,
                form => form,
            };
            let field = match kind {
                Some(kind) => self.part(&column, kind)?,
                None => self.field(&column)?,
            };
            // Year and day of a date in two parts are one form of it.
            match parts.iter_mut().find(|known| known.field == field && known.form == Form::Year) {
                Some(known) if form == Form::Suffix(2) => known.form = Form::YearDay,
                _ => parts.push(KeyPart { field, form }),
            }
        }
        if parts.is_empty() {
            self.warn(format!("the blocking rule `{text}` has no part that maps and is left out"));
            return None;
        }
        Some(parts)
    }
}

/// The prior of settings that state none.
const DEFAULT_PRIOR: f64 = 0.0001;

/// More rules than this are not made of one.
const MOST_ALTERNATIVES: usize = 8;

/// What Splink takes for the figure of a level that no pair had in training.
const UNOBSERVED: f64 = 1e-6;

/// Which fields must be missing, by the condition that Splink has for it.
fn missing(condition: Option<&Tree>, fields: &[String]) -> Missing {
    let Some(tree) = condition.filter(|tree| fields.len() > 1 && tree.columns().len() > 1) else {
        return Missing::First;
    };
    let all = tree.chain(&BinaryOperator::And);
    let apart = all.len() > 1 && all.iter().all(|part| part.columns().len() == 1);
    if apart { Missing::All } else { Missing::Any }
}

/// Splink leaves out the figures of levels that no pair had: where others of the comparison are there, that is nearly none.
fn unobserved(levels: &mut [Level]) {
    let figures: [fn(&mut Level) -> &mut Option<f64>; 2] = [|level| &mut level.m, |level| &mut level.u];
    for figure in figures {
        let sum: f64 = levels.iter_mut().filter_map(|level| *figure(level)).sum();
        let open = levels.iter_mut().filter_map(|level| figure(level).is_none().then_some(0)).count();
        if open < levels.len() && sum > 0.5 {
            let left = ((1.0 - sum) / open.max(1) as f64).max(UNOBSERVED);
            levels.iter_mut().for_each(|level| _ = figure(level).get_or_insert(left));
        }
    }
}

/// Adds a field to those of a comparison.
fn place(fields: &mut Vec<String>, name: String) -> String {
    if !fields.contains(&name) {
        fields.push(name.clone());
    }
    name
}

/// A name as fields and comparisons have them.
fn plain(name: &str) -> String {
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let name = name.trim_matches('_');
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name.to_owned() } else { format!("n{name}") }
}
