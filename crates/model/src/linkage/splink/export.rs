//! Export: a model as settings that Splink loads, in the SQL of DuckDB.
//!
//! To add a test: an arm in [`Writer::condition`].

use serde_json::{Map, Value, json};

use super::written::{self, DOMAIN, cut, part_of};
use crate::linkage::{Comparison, FieldKind, Form, KeyPart, Level, Linkage, Missing, Test};

/// Settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Exported {
    /// The JSON.
    pub settings: Value,
    /// What could not be said in it, as sentences.
    pub warnings: Vec<String>,
}

/// Writes a model as settings. `key` is the column that tells records apart.
pub fn export(model: &Linkage, key: &str, tables: usize) -> Exported {
    let mut writer = Writer { model, warnings: Vec::new() };
    let comparisons: Vec<Value> =
        model.comparisons.iter().filter_map(|comparison| writer.comparison(comparison)).collect();
    let blocking: Vec<Value> = model.blocking.iter().filter_map(|rule| writer.blocking(rule)).collect();
    for field in &model.fields {
        let mut names: Vec<&str> = field.columns.iter().filter_map(|column| Some(column.split_once('.')?.1)).collect();
        names.dedup();
        let used = model.comparisons.iter().any(|comparison| comparison.fields.contains(&field.name));
        if used && names != [writer.column(&field.name)] && field.kind != Some(FieldKind::Point) {
            writer.warnings.push(format!(
                "name the column `{}` in the tables you give Splink: it is {} here",
                writer.column(&field.name),
                field.columns.join(", ")
            ));
        }
    }
    if model.kin.is_some_and(|kin| kin != crate::linkage::Kin::default()) {
        writer.warnings.push("Splink knows of no relatives, twins and neighbours: `kin` is left out, and its weights are higher for them".to_owned());
    }
    if !model.priors.is_empty() {
        writer.warnings.push("Splink has one prior for all pairs of tables: `priors` is left out".to_owned());
    }
    let link_type = match (tables, model.unique.len()) {
        (0 | 1, _) => "dedupe_only",
        (tables, unique) if unique >= tables => "link_only",
        _ => "link_and_dedupe",
    };
    let mut settings = Map::new();
    settings.insert("link_type".into(), json!(link_type));
    settings.insert("unique_id_column_name".into(), json!(key));
    settings.insert("sql_dialect".into(), json!("duckdb"));
    if let Some(prior) = model.prior {
        settings.insert("probability_two_random_records_match".into(), json!(prior));
    }
    settings.insert("blocking_rules_to_generate_predictions".into(), Value::Array(blocking));
    settings.insert("comparisons".into(), Value::Array(comparisons));
    Exported { settings: Value::Object(settings), warnings: writer.warnings }
}

struct Writer<'m> {
    model: &'m Linkage,
    warnings: Vec<String>,
}

/// Both sides of a pair in the same SQL.
fn both(left: &str, operator: &str) -> String {
    format!("{left} {operator} {}", left.replace("_l\"", "_r\"").replace("l.\"", "r.\""))
}

impl Writer<'_> {
    /// The column that holds a field: that of the tables when they agree, else the field's name.
    fn column<'a>(&'a self, field: &'a str) -> &'a str {
        let columns = self.model.field(field).map(|field| field.columns.as_slice()).unwrap_or_default();
        let mut names = columns.iter().filter_map(|column| Some(column.split_once('.')?.1));
        match names.next() {
            Some(first) if names.all(|name| name == first) => first,
            _ => field,
        }
    }

    fn kind(&self, field: &str) -> Option<FieldKind> {
        self.model.field(field)?.kind
    }

    /// `"name_l"`, or a part of it; quotes within are doubled.
    fn left(&self, field: &str) -> String {
        let whole = format!("\"{}_l\"", self.column(field).replace('"', "\"\""));
        self.kind(field).and_then(|kind| part_of(&whole, kind)).unwrap_or(whole)
    }

    fn comparison(&mut self, comparison: &Comparison) -> Option<Value> {
        let fields = if comparison.missing == Missing::First { 1 } else { comparison.fields.len() };
        let several = fields.min(comparison.fields.len()) > 1;
        let missing = comparison.fields.iter().take(fields).map(|field| self.missing(field));
        let missing: Vec<String> = missing.map(|field| if several { format!("({field})") } else { field }).collect();
        let mut levels = vec![json!({
            "sql_condition": missing.join(if comparison.missing == Missing::All { " AND " } else { " OR " }),
            "label_for_charts": format!("{} is missing", comparison.name),
            "is_null_level": true,
        })];
        let mut lost = (0.0, 0.0);
        for level in &comparison.levels {
            let last = level.test == Test::Else;
            let condition =
                if last { Some("ELSE".to_owned()) } else { self.condition(&level.test, &comparison.fields, 0) };
            let Some(condition) = condition else {
                self.warnings.push(format!(
                    "the level `{}` of `{}` has no equal in Splink and is left out: its pairs fall to the levels below",
                    level.test, comparison.name
                ));
                lost = (lost.0 + level.m.unwrap_or_default(), lost.1 + level.u.unwrap_or_default());
                continue;
            };
            if level.test == Test::Swapped {
                self.warnings.push(format!(
                    "`swapped` of `{}` allows a slip in one of the two, which Splink's level does not",
                    comparison.name
                ));
            }
            let more = if last { lost } else { (0.0, 0.0) };
            levels.push(self.level(comparison, level, condition, more));
        }
        if levels.len() < 3 {
            self.warnings.push(format!("the comparison `{}` has no level that maps and is left out", comparison.name));
            return None;
        }
        Some(json!({
            "output_column_name": comparison.name,
            "comparison_description": comparison.name,
            "comparison_levels": levels,
        }))
    }

    fn level(&self, comparison: &Comparison, level: &Level, condition: String, more: (f64, f64)) -> Value {
        let mut written = Map::new();
        written.insert("sql_condition".into(), json!(condition));
        written.insert("label_for_charts".into(), json!(level.test.to_string()));
        if let Some(m) = level.m {
            written.insert("m_probability".into(), json!(m + more.0));
        }
        if let Some(u) = level.u {
            written.insert("u_probability".into(), json!(u + more.1));
        }
        if level.term_frequency > 0.0
            && let Some(main) = comparison.fields.first()
        {
            let of = match &level.test {
                Test::Of { field, .. } => field,
                _ => main,
            };
            written.insert("tf_adjustment_column".into(), json!(self.column(of)));
            written.insert("tf_adjustment_weight".into(), json!(level.term_frequency));
        }
        Value::Object(written)
    }

    fn missing(&self, field: &str) -> String {
        let left = self.left(field);
        let one = |side: String| match self.kind(field) {
            Some(FieldKind::BirthDate) => format!("{} IS NULL", date(&side)),
            _ => format!("{side} IS NULL"),
        };
        let right = left.replace("_l\"", "_r\"");
        match self.point(field) {
            Some((latitude, longitude)) => {
                let sides =
                    ["l", "r"].map(|side| format!("\"{latitude}_{side}\" IS NULL OR \"{longitude}_{side}\" IS NULL"));
                sides.join(" OR ")
            }
            None => format!("{} OR {}", one(left), one(right)),
        }
    }

    /// Latitude and longitude of a point in two columns.
    fn point(&self, field: &str) -> Option<(String, String)> {
        let field = self.model.field(field).filter(|field| field.kind == Some(FieldKind::Point))?;
        let mut names = field.columns.iter().filter_map(|column| Some(column.split_once('.')?.1.to_owned()));
        Some((names.next()?, names.next()?))
    }

    /// What must hold of a pair, if DuckDB can say it.
    fn condition(&self, test: &Test, fields: &[String], at: usize) -> Option<String> {
        let field = fields.get(at)?;
        let (left, right) = (self.left(field), self.left(field).replace("_l\"", "_r\""));
        let call = |function: &str| format!("{function}({left}, {right})");
        let several = |tests: &[Test], word: &str| {
            let parts = tests.iter().map(|test| self.condition(test, fields, at).map(|part| format!("({part})")));
            Some(parts.collect::<Option<Vec<_>>>()?.join(word))
        };
        let seconds = |seconds: f64| {
            let instant = |side: &str| format!("EPOCH({})", date(side));
            format!("ABS({} - {}) <= {seconds}", instant(&left), instant(&right))
        };
        Some(match test {
            Test::Exact => format!("{left} = {right}"),
            Test::Levenshtein(most) => format!("{} <= {most}", call("levenshtein")),
            Test::Damerau(most) => format!("{} <= {most}", call("damerau_levenshtein")),
            Test::Similarity(least) => {
                let longer = format!("greatest(length({left}), length({right}))");
                format!("1.0 - {} / {longer} >= {least}", call("levenshtein"))
            }
            Test::JaroWinkler(least) => format!("{} >= {least}", call("jaro_winkler_similarity")),
            Test::Jaccard(least) => format!("{} >= {least}", call("jaccard")),
            Test::Swapped => self.crossed(field, fields.get(1)?),
            Test::Crosswise(one, other) => self.crossed(one, other),
            Test::Initial | Test::DayMonthSwapped | Test::TwoPartsEqual => written::condition(test, &left, &right)?,
            Test::DigitSlip => format!("{} <= 1", call("damerau_levenshtein")),
            Test::WithinDays(days) => seconds(f64::from(*days) * 86_400.0),
            Test::WithinYears(0) => both(&format!("substr({left}, 1, 4)"), "="),
            Test::WithinYears(years) => {
                let year = |side: &str| format!("year({})", date(side));
                format!("ABS({} - {}) <= {years}", year(&left), year(&right))
            }
            Test::Within(most) => format!("ABS({left} - {right}) <= {most}"),
            Test::WithinShare(most) => {
                format!("ABS({left} - {right}) / greatest(ABS({left}), ABS({right})) <= {most}")
            }
            Test::WithinKilometres(most) => {
                let (latitude, longitude) = self.point(field)?;
                great_circle(&latitude, &longitude, *most)
            }
            Test::EmailUser => both(&part_of(&left, FieldKind::EmailUser)?, "="),
            Test::EmailDomain => both(&cut(&left, DOMAIN), "="),
            Test::Suffix(length) => both(&format!("right({left}, {length})"), "="),
            Test::Prefix(length) => both(&format!("substr({left}, 1, {length})"), "="),
            Test::Of { field, test } => {
                let place = fields.iter().position(|known| known == field)?;
                self.condition(test, fields, place)?
            }
            Test::All(tests) => several(tests, " AND ")?,
            Test::Any(tests) => several(tests, " OR ")?,
            Test::Tokens(_) | Test::Phonetic | Test::Nickname | Test::NumbersEqual | Test::Rare(_) | Test::Else => {
                return None;
            }
            Test::Shared(least) => format!("array_length(list_intersect({left}, {right})) >= {least}"),
        })
    }

    /// The values of two fields, crosswise.
    fn crossed(&self, one: &str, other: &str) -> String {
        let right = |left: &str| left.replace("_l\"", "_r\"");
        let (one, other) = (self.left(one), self.left(other));
        format!("{one} = {} AND {} = {other}", right(&other), right(&one))
    }

    fn blocking(&mut self, rule: &[KeyPart]) -> Option<Value> {
        let (crossed, others): (Vec<&KeyPart>, Vec<&KeyPart>) =
            rule.iter().partition(|part| part.form == Form::Crosswise);
        let side = |side: &str, field: &str| format!("{side}.\"{}\"", self.column(field).replace('"', "\"\""));
        let crossed = match crossed.as_slice() {
            [] => Some(Vec::new()),
            [one, other] => {
                let (one, other) = (&one.field, &other.field);
                let equal = |a: &str, b: &str| format!("{} = {}", side("l", a), side("r", b));
                Some(vec![equal(one, other), equal(other, one)])
            }
            _ => None,
        };
        let others = others.iter().map(|part| self.key_part(part)).collect::<Option<Vec<_>>>();
        let parts = crossed.zip(others).map(|(crossed, others)| [crossed, others].concat());
        let Some(parts) = parts else {
            let words = rule.iter().map(KeyPart::to_string).collect::<Vec<_>>().join(", ");
            self.warnings.push(format!("the blocking rule `{words}` has no equal in Splink and is left out"));
            return None;
        };
        Some(json!({"blocking_rule": parts.join(" AND "), "sql_dialect": "duckdb"}))
    }

    fn key_part(&self, part: &KeyPart) -> Option<String> {
        let whole = format!("l.\"{}\"", self.column(&part.field).replace('"', "\"\""));
        let left = self.kind(&part.field).and_then(|kind| part_of(&whole, kind)).unwrap_or(whole);
        let letters = |from: u32, length: u32| both(&format!("substr({left}, {from}, {length})"), "=");
        Some(match part.form {
            Form::Exact => both(&left, "="),
            Form::Prefix(length) => letters(1, length),
            Form::Suffix(length) => both(&format!("right({left}, {length})"), "="),
            Form::Year => letters(1, 4),
            Form::YearMonth => letters(1, 7),
            Form::MonthDay => letters(6, 5),
            Form::YearDay => format!("{} AND {}", letters(1, 4), both(&format!("right({left}, 2)"), "=")),
            Form::EmailUser => both(&part_of(&left, FieldKind::EmailUser)?, "="),
            Form::Phonetic
            | Form::Nickname
            | Form::SortedWords
            | Form::FirstWord
            | Form::LastWord
            | Form::Crosswise => return None,
        })
    }
}

fn date(side: &str) -> String {
    format!("try_strptime({side}, '%Y-%m-%d')")
}

/// Kilometres along a great circle, on a sphere of 6371 km, as Splink has it.
fn great_circle(latitude: &str, longitude: &str, most: f64) -> String {
    let (a, b) = (format!("radians(\"{latitude}_l\")"), format!("radians(\"{latitude}_r\")"));
    let turn = format!("radians(\"{longitude}_r\" - \"{longitude}_l\")");
    let cosine = format!("sin({a}) * sin({b}) + cos({a}) * cos({b}) * cos({turn})");
    format!("acos(greatest(-1.0, least(1.0, {cosine}))) * 6371 <= {most}")
}
