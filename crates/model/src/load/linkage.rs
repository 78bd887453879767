//! Linkage: the form of `match: {model: …}` in `unify.yaml`.
//!
//! Reads    `fellegi_sunter`, or a mapping of what is not left to be chosen and learned
//!
//! Invariants
//! - Every name that is mentioned keeps its place, so that stages can point at it.
//! - The last level of a comparison is `else`; it is added where it is left out.
//!
//! Not here: whether tables, columns and fields are there (`onefold-stages`).
//! To add a test: a line in [`BARE`] or [`LIMITED`].

use serde_json::{Value, json};

use super::form::{Fields, Form, List, Named, Reader, Record, Some1, Then, listed};
use super::merge::table_column;
use super::word::{Choice, Text, mapping_or};
use crate::linkage::{
    Comparison, Field, FieldKind, Form as KeyForm, KeyPart, Kin, Kind, Level, Linkage, Linking, MOST_COMPARISONS,
    MOST_LEVELS, Missing, Shared, Stated, TablePrior, Test,
};
use crate::names::nearest;
use crate::yaml::{Node, ScalarKind};
use crate::{At, Code, Diagnostic, Spanned};

const MODELS: Choice<Kind> = Choice { words: &[("fellegi_sunter", Kind::FellegiSunter)], later: &[] };

/// `fellegi_sunter`, or a mapping.
pub(super) fn model() -> impl Form<Out = Stated> {
    let bare = Then(MODELS, |kind: Spanned<Kind>, node: &Node, _: &mut Reader<'_>| {
        let model = Linkage { kind: kind.value, ..Linkage::default() };
        Some(Stated { model, at: Some(node.named.unwrap_or(node.at)), named: Vec::new() })
    });
    mapping_or(Record(mapping), bare)
}

/// Names with the places where they are mentioned.
type Mentioned = Vec<Spanned<String>>;

fn mapping(f: &mut Fields<'_, '_>) -> Option<Stated> {
    let kind = f.optional("kind", "the sort of model; default `fellegi_sunter`", MODELS);
    let threshold = f.optional(
        "threshold",
        "the probability from which two records are one person; when absent half the F1 that the probabilities of all pairs promise, 0.3 to 0.5",
        Share::PROBABILITY,
    );
    let review = f.optional(
        "review",
        "the probability from which a pair is for people to look at; when absent a fifth of `threshold`, at most 0.1",
        Share::PROBABILITY,
    );
    let prior = f.optional(
        "prior",
        "the probability that two records taken at random are one person; learned when absent",
        Share::PROBABILITY,
    );
    let priors = f.several(
        "priors",
        "the same for pairs of tables where it is another; learned with it",
        List(Record(table_prior)),
    );
    let linking = f.optional(
        "linking",
        "which links may stand: `all`, or the `best` of each record of a `unique` table; default `all`",
        LINKINGS,
    );
    let unique = f.several("unique", "tables that hold every person once at most", List(Text));
    let budget = f.optional(
        "budget",
        "the most pairs that are compared, as a multiple of the records; default 60",
        Share::MULTIPLE,
    );
    let kin = f.optional(
        "kin",
        "people who share much without being one, as shares of all pairs; learned when absent",
        Record(kin),
    );
    let fields = f.several(
        "fields",
        "what is compared of all tables: a name, the kind of its values and its columns; chosen when absent",
        Named { of: "a field", strict: true, form: Record(field) },
    );
    let comparisons = f.several(
        "comparisons",
        "what is compared, and how near counts as how much; chosen when absent",
        List(Record(comparison)),
    );
    let blocking = f.several(
        "blocking",
        "records that agree in all parts of one entry are compared, `field` or `field.form`; chosen when absent",
        List(Some1(List(key_part()))),
    );

    most(f, "comparisons", comparisons.len(), MOST_COMPARISONS);
    twice(f, comparisons.iter().map(|(comparison, _)| &comparison.name));
    if let (Some(threshold), Some(review)) = (threshold, review)
        && review > threshold
    {
        let why = format!("`review` is {review}, above the `threshold` of {threshold}: no pair could be both");
        f.refuse("review", why, "write a smaller probability");
    }
    let mut named = unique.clone();
    named.extend(priors.iter().flat_map(|(_, tables)| tables.clone()));
    let fields = fields.into_iter().map(|(name, (kind, columns))| {
        named.push(name.clone());
        let texts = columns.iter().map(|column| column.value.clone()).collect();
        named.extend(columns);
        Field { name: name.value, kind, columns: texts }
    });
    let fields = fields.collect();
    let comparisons = comparisons.into_iter().map(|(comparison, mentioned)| {
        named.extend(mentioned);
        comparison.rest
    });
    let comparisons = comparisons.collect();
    let blocking = blocking.into_iter().map(|parts| {
        let parts = parts.into_iter().map(|part| {
            named.push(Spanned { value: part.value.field.clone(), at: part.at });
            part.value
        });
        parts.collect()
    });
    let blocking = blocking.collect();
    let model = Linkage {
        kind: kind.map(|kind| kind.value).unwrap_or_default(),
        threshold,
        review,
        prior,
        priors: priors.into_iter().map(|(prior, _)| prior).collect(),
        linking: linking.map(|linking| linking.value).unwrap_or_default(),
        unique: unique.into_iter().map(|table| table.value).collect(),
        budget,
        kin,
        fields,
        comparisons,
        blocking,
    };
    let named = named.into_iter().filter_map(|name| Some((name.value, name.at?))).collect();
    Some(Stated { model, at: f.at(), named })
}

fn most(f: &mut Fields<'_, '_>, key: &str, count: usize, most: usize) {
    if count > most {
        f.refuse(
            key,
            format!("there are {count} of `{key}`, and {most} at most are possible"),
            "put some of them together",
        );
    }
}

fn twice<'n>(f: &mut Fields<'_, '_>, names: impl Iterator<Item = &'n Spanned<String>>) {
    let mut seen: Vec<&str> = Vec::new();
    for name in names {
        if seen.contains(&name.as_str()) {
            let message = format!("there are two comparisons `{}`", name.value);
            f.say(Diagnostic::new(Code::NameClash, name.at, message).hint("give each comparison a name of its own"));
        }
        seen.push(name);
    }
}

const LINKINGS: Choice<Linking> = Choice { words: &[("all", Linking::All), ("best", Linking::Best)], later: &[] };

fn table_prior(f: &mut Fields<'_, '_>) -> Option<(TablePrior, Mentioned)> {
    let tables = f.several("tables", "two tables, or one for its records among themselves", Some1(List(Text)));
    let prior = f.required(
        "prior",
        "the probability that two of their records taken at random are one person",
        Share::PROBABILITY,
    );
    if tables.len() > 2 {
        f.refuse(
            "tables",
            format!("a prior is of two tables, and these are {}", tables.len()),
            "write one for each two of them",
        );
    }
    let names = tables.iter().map(|table| table.value.clone()).collect();
    Some((TablePrior { tables: names, prior: prior? }, tables))
}

fn kin(f: &mut Fields<'_, '_>) -> Option<Kin> {
    let relatives =
        f.optional("relatives", "pairs of one household who share neither given name nor date of birth", Share::SHARE);
    let twins = f.optional("twins", "pairs of one household who share the date of birth", Share::SHARE);
    let namesakes = f.optional("namesakes", "pairs of one household who share the given name", Share::SHARE);
    let mixed = f.optional("mixed", "pairs of two names that share birth date, address and numbers", Share::SHARE);
    let neighbours = f.optional("neighbours", "pairs of strangers in one place", Share::SHARE);
    let movers = f.optional(
        "movers",
        "people whose whole address has changed, as a share of the pairs of one person",
        Share::SHARE,
    );
    let homonyms = f.optional(
        "homonyms",
        "pairs of strangers who share given and family name because people of one origin do",
        Share::SHARE,
    );
    let of = Option::unwrap_or_default;
    Some(Kin {
        relatives: of(relatives),
        twins: of(twins),
        namesakes: of(namesakes),
        mixed: of(mixed),
        neighbours: of(neighbours),
        movers: of(movers),
        homonyms: of(homonyms),
    })
}

const KINDS: Choice<FieldKind> = Choice {
    words: &[
        ("given_name", FieldKind::GivenName),
        ("middle_name", FieldKind::MiddleName),
        ("family_name", FieldKind::FamilyName),
        ("full_name", FieldKind::FullName),
        ("name_suffix", FieldKind::NameSuffix),
        ("birth_date", FieldKind::BirthDate),
        ("category", FieldKind::Category),
        ("email", FieldKind::Email),
        ("phone", FieldKind::Phone),
        ("identifier", FieldKind::Identifier),
        ("address", FieldKind::Address),
        ("street", FieldKind::Street),
        ("house_number", FieldKind::HouseNumber),
        ("city", FieldKind::City),
        ("region", FieldKind::Region),
        ("postal_code", FieldKind::PostalCode),
        ("email_user", FieldKind::EmailUser),
        ("postal_area", FieldKind::PostalArea),
        ("postal_district", FieldKind::PostalDistrict),
        ("postal_sector", FieldKind::PostalSector),
        ("point", FieldKind::Point),
        ("number", FieldKind::Number),
        ("organization", FieldKind::Organization),
        ("text", FieldKind::Text),
        ("ignored", FieldKind::Ignored),
    ],
    later: &[],
};

fn field(f: &mut Fields<'_, '_>) -> Option<(Option<FieldKind>, Mentioned)> {
    let kind = f.optional("kind", "what its values are; found out from them when absent", KINDS);
    let columns = f.required("columns", "the columns that hold it, `<Table>.<column>`", Some1(List(table_column())));
    Some((kind.map(|kind| kind.value), columns?))
}

const MISSINGS: Choice<Missing> =
    Choice { words: &[("first", Missing::First), ("any", Missing::Any), ("all", Missing::All)], later: &[] };

/// A comparison as it was read: its name has its place.
struct Read {
    name: Spanned<String>,
    rest: Comparison,
}

fn comparison(f: &mut Fields<'_, '_>) -> Option<(Read, Mentioned)> {
    let name = f.required("name", "the comparison's name", Text);
    let fields = f.several(
        "fields",
        "the fields it looks at, the main one first; the field of its name when absent",
        Some1(List(Text)),
    );
    let missing = f.optional(
        "missing",
        "which of its fields must be missing for it to say nothing: the `first`, `any` or `all`; default `first`",
        MISSINGS,
    );
    let levels = f.required("levels", "levels of nearness, the nearest first", Some1(List(Record(level))));
    let shared = f.optional(
        "shared",
        "how many of kin share it as the records of one person do; learned when absent, of what is not known by its kind",
        Record(shared),
    );
    let (name, mut levels) = (name?, levels?);
    let fields = if fields.is_empty() { vec![name.clone()] } else { fields };
    for other in levels.iter().flat_map(|(_, others)| others) {
        if !fields.iter().any(|field| field.value == other.value) {
            let message = format!("`{}` is not one of the fields of the comparison `{}`", other.value, name.value);
            f.say(Diagnostic::new(Code::UnknownName, other.at, message).hint("add it to `fields` of the comparison"));
        }
    }
    if let Some(early) = levels.iter().rev().skip(1).find(|(level, _)| level.test == Test::Else) {
        let at = early.1.first().and_then(|name| name.at).or(name.at);
        let message = format!("`else` of the comparison `{}` is not its last level", name.value);
        f.say(
            Diagnostic::new(Code::WrongValue, at, message)
                .hint("move it to the end: levels below it are never reached"),
        );
    }
    if levels.last().is_none_or(|(level, _)| level.test != Test::Else) {
        levels.push((Level::new(Test::Else), Vec::new()));
    }
    most(f, "levels", levels.len(), MOST_LEVELS);
    let rest = Comparison {
        name: name.value.clone(),
        fields: fields.iter().map(|field| field.value.clone()).collect(),
        missing: missing.map(|missing| missing.value).unwrap_or_default(),
        levels: levels.into_iter().map(|(level, _)| level).collect(),
        shared,
    };
    Some((Read { name, rest }, fields))
}

fn shared(f: &mut Fields<'_, '_>) -> Option<Shared> {
    let relatives = f.optional("relatives", "of those who share neither given name nor date of birth", Share::SHARE);
    let twins = f.optional("twins", "of those who share the date of birth", Share::SHARE);
    let namesakes = f.optional("namesakes", "of those who share the given name", Share::SHARE);
    let of = Option::unwrap_or_default;
    Some(Shared { relatives: of(relatives), twins: of(twins), namesakes: of(namesakes) })
}

fn level(f: &mut Fields<'_, '_>) -> Option<(Level, Mentioned)> {
    let test = f.required("test", "what must hold: `exact`, `{jaro_winkler: 0.92}`, `else` and the like", TestForm);
    let m = f.optional("m", "how often it holds for records of one person; learned when absent", Share::SHARE);
    let u = f.optional("u", "how often it holds for records of two people; learned when absent", Share::SHARE);
    let frequency = f.optional(
        "term_frequency",
        "how much the frequency of the agreed value counts, 0 to 1; default 0",
        Share::SHARE,
    );
    let (test, others) = test?;
    Some((Level { test, m, u, term_frequency: frequency.unwrap_or_default() }, others))
}

/// A number between limits.
struct Share {
    least: f64,
    most: f64,
    /// Whether the limits themselves are out.
    open: bool,
    want: &'static str,
    example: &'static str,
}

impl Share {
    const PROBABILITY: Self =
        Self { least: 0.0, most: 1.0, open: true, want: "a probability between 0 and 1", example: "0.95" };
    const SHARE: Self = Self { least: 0.0, most: 1.0, open: false, want: "a number from 0 to 1", example: "0.9" };
    const MULTIPLE: Self = Self { least: 0.0, most: 1e6, open: true, want: "a number above 0", example: "60" };
    const DISTANCE: Self = Self { least: 0.0, most: f64::MAX, open: false, want: "a number, 0 or more", example: "10" };

    fn number(&self, node: &Node, reader: &mut Reader<'_>) -> Option<f64> {
        let number = match node.scalar().map(|scalar| scalar.kind) {
            Some(ScalarKind::Integer(number)) => number as f64,
            Some(ScalarKind::Number(number)) => number,
            _ => {
                reader.wrong_kind(node, self.want, &format!("write `{}`, say", self.example));
                return None;
            }
        };
        let within = if self.open {
            number > self.least && number < self.most
        } else {
            number >= self.least && number <= self.most
        };
        if within {
            return Some(number);
        }
        let message = format!("{} must be {}, and this is {number}", reader.label, self.want);
        let hint = format!("write `{}`, say", self.example);
        reader.say(Diagnostic::new(Code::WrongValue, Some(node.at), message).hint(hint));
        None
    }
}

impl Form for Share {
    type Out = f64;
    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<f64> {
        self.number(node, reader)
    }
    fn schema(&self) -> Value {
        let (least, most) = if self.open { ("exclusiveMinimum", "exclusiveMaximum") } else { ("minimum", "maximum") };
        let mut schema = json!({"type": "number", least: self.least});
        if self.most < f64::MAX {
            schema[most] = json!(self.most);
        }
        schema
    }
}

/// What must hold of two values.
struct TestForm;

/// Tests of one word.
const BARE: &[(&str, Test)] = &[
    ("exact", Test::Exact),
    ("phonetic", Test::Phonetic),
    ("nickname", Test::Nickname),
    ("initial", Test::Initial),
    ("swapped", Test::Swapped),
    ("day_month_swapped", Test::DayMonthSwapped),
    ("digit_slip", Test::DigitSlip),
    ("two_parts_equal", Test::TwoPartsEqual),
    ("email_user", Test::EmailUser),
    ("email_domain", Test::EmailDomain),
    ("numbers_equal", Test::NumbersEqual),
    ("else", Test::Else),
];

/// A test made of its limit.
#[derive(Clone, Copy)]
enum Limited {
    /// A whole number from 1 on, or from 0.
    Count(fn(u32) -> Test, u32),
    /// 0 to 1.
    Share(fn(f64) -> Test),
    /// 0 or more.
    Distance(fn(f64) -> Test),
}

/// Tests with a limit, and what the limit is.
const LIMITED: &[(&str, Limited, &str)] = &[
    ("levenshtein", Limited::Count(Test::Levenshtein, 1), "the most insertions, deletions and substitutions"),
    ("damerau", Limited::Count(Test::Damerau, 1), "the most of these and transpositions of neighbours"),
    (
        "similarity",
        Limited::Share(Test::Similarity),
        "the least similarity: 1 less the distance as a share of the longer one",
    ),
    ("jaro_winkler", Limited::Share(Test::JaroWinkler), "the least Jaro-Winkler similarity"),
    ("jaccard", Limited::Share(Test::Jaccard), "the least share of common pairs of letters"),
    ("tokens", Limited::Share(Test::Tokens), "the least share of the words of the one found in the other"),
    ("within_days", Limited::Count(Test::WithinDays, 0), "the most days apart"),
    ("within_years", Limited::Count(Test::WithinYears, 0), "the most years apart"),
    ("within", Limited::Distance(Test::Within), "the most that numbers lie apart"),
    ("within_share", Limited::Share(Test::WithinShare), "the most that numbers lie apart, as a share of the larger"),
    ("within_kilometres", Limited::Distance(Test::WithinKilometres), "the most kilometres apart"),
    ("suffix", Limited::Count(Test::Suffix, 1), "so many characters at the end"),
    ("rare", Limited::Count(Test::Rare, 1), "the most records that hold the rarer of the two values"),
    ("prefix", Limited::Count(Test::Prefix, 1), "so many characters at the beginning"),
    ("shared", Limited::Count(Test::Shared, 1), "the fewest values that are equal"),
];

/// Tests made of tests.
const NESTED: &[&str] = &["of", "all", "any", "crosswise"];

fn words() -> impl Iterator<Item = &'static str> {
    BARE.iter().map(|(word, _)| *word).chain(LIMITED.iter().map(|(word, ..)| *word)).chain(NESTED.iter().copied())
}

impl Form for TestForm {
    type Out = (Test, Mentioned);

    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Self::Out> {
        if let Some(word) = node.text() {
            return match BARE.iter().find(|(known, _)| *known == word) {
                Some((_, test)) => Some((test.clone(), Vec::new())),
                None => unknown(word, node.at, reader),
            };
        }
        let Some([entry]) = node.map() else {
            reader.wrong_kind(node, "a test", "write `exact`, or one with its limit: `{jaro_winkler: 0.92}`");
            return None;
        };
        let (word, value) = (entry.key.value.as_str(), &entry.value);
        reader.labelled(format!("`{word}`"), |reader| match word {
            "of" => Record(of_other).read(value, reader),
            "all" => several(value, reader).map(|(tests, named)| (Test::All(tests), named)),
            "any" => several(value, reader).map(|(tests, named)| (Test::Any(tests), named)),
            "crosswise" => two_fields(value, reader),
            _ => match LIMITED.iter().find(|(known, ..)| *known == word) {
                Some((_, limited, _)) => Some((limited.read(value, reader)?, Vec::new())),
                None => unknown(word, entry.key_at, reader),
            },
        })
    }

    fn schema(&self) -> Value {
        let bare: Vec<&str> = BARE.iter().map(|(word, _)| *word).collect();
        let one = |word: &str, schema: Value| json!({"type": "object", "additionalProperties": false, "required": [word], "properties": {word: schema}});
        let about = |mut schema: Value, about: &str| {
            schema["description"] = json!(about);
            schema
        };
        let limited = LIMITED.iter().map(|(word, limited, limit)| one(word, about(limited.schema(), limit)));
        // Tests within tests are of the same form, which a schema without references cannot say.
        let inner = json!({"type": ["string", "object"]});
        let of = json!({"type": "object", "additionalProperties": false, "required": ["field", "test"],
        "properties": {
            "field": about(Text.schema(), "the field of the comparison that is looked at"),
            "test": about(inner.clone(), "what must hold of it"),
        }});
        let list = json!({"type": "array", "minItems": 1, "items": inner});
        let nested = [
            one("of", about(of, "a test of another field of the comparison")),
            one("all", about(list.clone(), "tests that must all hold")),
            one("any", about(list, "tests of which one must hold")),
            one(
                "crosswise",
                about(
                    json!({"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "string"}}),
                    "two fields of the comparison, each equal to the other of the other record",
                ),
            ),
        ];
        let any: Vec<Value> = std::iter::once(json!({"enum": bare})).chain(limited).chain(nested).collect();
        json!({"anyOf": any})
    }
}

fn unknown<T>(word: &str, at: At, reader: &mut Reader<'_>) -> Option<T> {
    let limited = LIMITED.iter().any(|(known, ..)| *known == word);
    let bare = BARE.iter().any(|(known, _)| *known == word);
    let (message, hint) = match nearest(word, words()) {
        _ if limited => {
            (format!("the test `{word}` has no limit"), format!("write it with its limit: `{{{word}: …}}`"))
        }
        _ if bare => (format!("the test `{word}` takes no limit"), format!("write `{word}` alone")),
        Some(near) => (format!("`{word}` is not a test"), format!("did you mean `{near}`?")),
        None => (format!("`{word}` is not a test"), format!("write one of {}", listed(&words().collect::<Vec<_>>()))),
    };
    reader.say(Diagnostic::new(Code::WrongValue, Some(at), message).hint(hint));
    None
}

fn of_other(f: &mut Fields<'_, '_>) -> Option<(Test, Mentioned)> {
    let field = f.required("field", "the field of the comparison that is looked at", Text);
    let test = f.required("test", "what must hold of it", TestForm);
    let (field, (test, mut named)) = (field?, test?);
    named.push(field.clone());
    Some((Test::Of { field: field.value, test: Box::new(test) }, named))
}

fn several(node: &Node, reader: &mut Reader<'_>) -> Option<(Vec<Test>, Mentioned)> {
    let read = Some1(List(TestForm)).read(node, reader)?;
    let (tests, named): (Vec<Test>, Vec<Mentioned>) = read.into_iter().unzip();
    Some((tests, named.into_iter().flatten().collect()))
}

fn two_fields(node: &Node, reader: &mut Reader<'_>) -> Option<(Test, Mentioned)> {
    let fields = Some1(List(Text)).read(node, reader)?;
    let [one, other] = fields.as_slice() else {
        let message = format!("{} is of two fields, and this names {}", reader.label, fields.len());
        reader.say(
            Diagnostic::new(Code::WrongValue, Some(node.at), message).hint("write `crosswise: [given, family]`, say"),
        );
        return None;
    };
    Some((Test::Crosswise(one.value.clone(), other.value.clone()), fields))
}

impl Limited {
    fn read(self, node: &Node, reader: &mut Reader<'_>) -> Option<Test> {
        match self {
            Self::Count(make, least) => {
                let count = super::word::Count.read(node, reader)?;
                match u32::try_from(count).ok().filter(|count| *count >= least) {
                    Some(count) => Some(make(count)),
                    None => {
                        let message = format!("{} must be {least} or more, and this is {count}", reader.label);
                        let hint = format!("write `{}`, say", least.max(1));
                        reader.say(Diagnostic::new(Code::WrongValue, Some(node.at), message).hint(hint));
                        None
                    }
                }
            }
            Self::Share(make) => Share::SHARE.read(node, reader).map(make),
            Self::Distance(make) => Share::DISTANCE.read(node, reader).map(make),
        }
    }
    fn schema(self) -> Value {
        match self {
            Self::Count(_, least) => json!({"type": "integer", "minimum": least}),
            Self::Share(_) => Share::SHARE.schema(),
            Self::Distance(_) => Share::DISTANCE.schema(),
        }
    }
}

/// `family`, `family.phonetic`
fn key_part() -> impl Form<Out = Spanned<KeyPart>> {
    Then(Text, |text: Spanned<String>, _: &Node, reader: &mut Reader<'_>| {
        let at = text.at;
        match text.parse::<KeyPart>() {
            Ok(part) => Some(Spanned { value: part, at }),
            Err(word) => {
                let hint = match nearest(&word, KeyForm::words()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("write one of {}", listed(&KeyForm::words().collect::<Vec<_>>())),
                };
                let message = format!("`{word}` is no form of a key");
                reader.say(Diagnostic::new(Code::WrongValue, at, message).hint(hint));
                None
            }
        }
    })
}
