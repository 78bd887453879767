//! Linkage: a probabilistic model, as `unify.yaml` states it, as a plan carries it and as a run writes it down.
//!
//! Reads    nothing; `load::linkage` reads it from a definition, [`Linkage::parse`] from the text of a run
//! Writes   text that reads back as the same model
//!
//! Invariants
//! - What is `None` or empty is chosen or learned when it runs; what is stated is kept as it is.
//! - Fields are known by name; columns by `<Table>.<column>`.
//! - It is the twin of `onefold_kernels::linkage::Model`, where fields are known by place and nothing has words.
//!
//! Not here: what is chosen, learned and compared (`onefold-kernels`); which columns a field takes (`onefold-stages`).
//! To add a test: a variant of [`Test`], a word in `load::linkage`, an arm where `onefold-lake` turns it into a kernel's.

pub mod splink;
mod words;

use serde::{Deserialize, Serialize};

use crate::{At, TableName};
pub use words::{Form, FormOrWord};

/// The most comparisons of a model.
pub const MOST_COMPARISONS: usize = 16;
/// The most levels of a comparison, `else` included.
pub const MOST_LEVELS: usize = 15;

/// A model as `unify.yaml` states it.
#[derive(Clone, Debug, Default)]
pub struct Stated {
    /// What it says.
    pub model: Linkage,
    /// Where.
    pub at: Option<At>,
    /// The tables, columns and fields it mentions, and where.
    pub named: Vec<(String, At)>,
}

impl Stated {
    /// Where a table, column or field is mentioned first.
    pub fn place(&self, name: &str) -> Option<At> {
        self.named.iter().find(|(known, _)| known == name).map(|(_, at)| *at).or(self.at)
    }
}

/// All of a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Linkage {
    /// How it weighs evidence.
    pub kind: Kind,
    /// Probability from which a pair is a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// Probability from which a pair that is no link is for people to look at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<f64>,
    /// Probability that two records taken at random are of one person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<f64>,
    /// The same for pairs of tables where it is another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub priors: Vec<TablePrior>,
    /// Which links may stand.
    #[serde(default, skip_serializing_if = "is_default")]
    pub linking: Linking,
    /// Tables that hold every person once at most: two of their records never share a profile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unique: Vec<String>,
    /// The most pairs that are compared, as a multiple of the number of records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<f64>,
    /// People who share much without being one; learned when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kin: Option<Kin>,
    /// What is known of records.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "words::fields")]
    pub fields: Vec<Field>,
    /// What is compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comparisons: Vec<Comparison>,
    /// Records that agree in all parts of one of these are compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocking: Vec<Vec<KeyPart>>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The closed list of models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Fellegi and Sunter's: weights of evidence add up.
    #[default]
    FellegiSunter,
}

/// Which links may stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Linking {
    /// All that the evidence carries.
    #[default]
    All,
    /// For each record of a table that holds each person once, the best link alone.
    Best,
}

/// Pairs that explain agreement which chance does not, as shares of all pairs of people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Kin {
    /// Who share neither given name nor date of birth.
    #[serde(default)]
    pub relatives: f64,
    /// Who share the date of birth.
    #[serde(default)]
    pub twins: f64,
    /// Who share the given name: junior and senior.
    #[serde(default)]
    pub namesakes: f64,
    /// Pairs of two names that share birth date, address and numbers: a wrong or a borrowed number.
    #[serde(default)]
    pub mixed: f64,
    /// Strangers in one place: what they share of an address counts once.
    #[serde(default)]
    pub neighbours: f64,
    /// People whose whole address has changed, as a share of the pairs of one person.
    #[serde(default)]
    pub movers: f64,
    /// Strangers who share given and family name because people of one origin do.
    #[serde(default)]
    pub homonyms: f64,
}

/// How often records of two tables, or of one with itself, are of one person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TablePrior {
    /// Two tables; one that stands alone is looked at with itself.
    pub tables: Vec<String>,
    /// Probability that two of their records taken at random are of one person.
    pub prior: f64,
}

/// What is known of the same thing in all tables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Field {
    /// Its name, unique in the model.
    pub name: String,
    /// What its values are; found out from them when absent.
    pub kind: Option<FieldKind>,
    /// The columns that hold it, in order: `<Table>.<column>`.
    pub columns: Vec<String>,
}

impl Field {
    /// The columns of one table that hold it, in order.
    pub fn columns_of<'a>(&'a self, table: &'a TableName) -> impl Iterator<Item = &'a str> {
        self.columns.iter().filter_map(|column| {
            let (of, name) = column.split_once('.')?;
            of.eq_ignore_ascii_case(table.as_str()).then_some(name)
        })
    }
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Given name, or several.
    GivenName,
    /// Middle name or initial.
    MiddleName,
    /// Family name.
    FamilyName,
    /// Whole name in any order.
    FullName,
    /// Jr, Sr, III.
    NameSuffix,
    /// Date of birth.
    BirthDate,
    /// Few different values: sex, title, language.
    Category,
    /// E-mail address.
    Email,
    /// Telephone number.
    Phone,
    /// A number or code given to one person.
    Identifier,
    /// Whole address, or the street with the house number.
    Address,
    /// Street without house number, or a further line of an address.
    Street,
    /// House or flat number.
    HouseNumber,
    /// Town, suburb.
    City,
    /// State, province, county, country.
    Region,
    /// Postal code.
    PostalCode,
    /// What is before the `@` of an e-mail address.
    EmailUser,
    /// The letters that a British postcode begins with.
    PostalArea,
    /// Its first half.
    PostalDistrict,
    /// Its first half and a digit more.
    PostalSector,
    /// `latitude,longitude` in degrees.
    Point,
    /// A quantity.
    Number,
    /// Name of an organisation.
    Organization,
    /// Anything else.
    Text,
    /// Not compared.
    Ignored,
}

/// Fields looked at together, and the levels of nearness that are told apart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Its name, unique in the model.
    pub name: String,
    /// The fields; the first is the main one.
    pub fields: Vec<String>,
    /// Which of them must be missing for it to say nothing.
    #[serde(default, skip_serializing_if = "is_default")]
    pub missing: Missing,
    /// From nearest to farthest; the last is `else`.
    pub levels: Vec<Level>,
    /// How many of kin share it; learned when absent, of what is not known by its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<Shared>,
}

/// Of which fields of a comparison one value or both must be missing for it to say nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Of the first.
    #[default]
    First,
    /// Of any.
    Any,
    /// Of all: while one is known, levels that look at the others do not hold.
    All,
}

/// Of kin of a sort, how many share something as the records of one person do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shared {
    /// Of those who share neither given name nor date of birth.
    #[serde(default)]
    pub relatives: f64,
    /// Of those who share the date of birth.
    #[serde(default)]
    pub twins: f64,
    /// Of those who share the given name.
    #[serde(default)]
    pub namesakes: f64,
}

/// A level of nearness.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// What must hold.
    pub test: Test,
    /// How often it holds for records of one person; learned when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub m: Option<f64>,
    /// How often it holds for records of two people; learned when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub u: Option<f64>,
    /// How much the frequency of the agreed value counts, 0 to 1.
    #[serde(default, skip_serializing_if = "is_default")]
    pub term_frequency: f64,
}

impl Level {
    /// A level whose figures are learned.
    pub fn new(test: Test) -> Self {
        Self { test, m: None, u: None, term_frequency: 0.0 }
    }
    /// Its weight: bits of evidence for one person, when both figures are known.
    pub fn weight(&self) -> Option<f64> {
        Some((self.m? / self.u?).log2())
    }
}

/// What must hold of two values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// Equal.
    Exact,
    /// At most so many insertions, deletions and substitutions.
    Levenshtein(u32),
    /// The same with transpositions of neighbours.
    Damerau(u32),
    /// One less the distance as a share of the longer one's length, at least this.
    Similarity(f64),
    /// Jaro-Winkler similarity at least this.
    JaroWinkler(f64),
    /// Jaccard similarity of character bigrams at least this.
    Jaccard(f64),
    /// Share of the words of the one that are found in the other, at least this.
    Tokens(f64),
    /// Sound the same.
    Phonetic,
    /// Forms of one name.
    Nickname,
    /// One is the initial, or the beginning, of the other.
    Initial,
    /// The values of the first two fields stand crosswise; one of the two pairs may have a slip, or a value missing.
    Swapped,
    /// The values of two fields stand crosswise, both equal.
    Crosswise(String, String),
    /// Dates: day and month stand crosswise.
    DayMonthSwapped,
    /// Dates: one digit differs, or two neighbouring ones stand crosswise.
    DigitSlip,
    /// Dates: two of year, month and day are equal.
    TwoPartsEqual,
    /// Dates: at most so many days apart.
    WithinDays(u32),
    /// Dates: years at most so many apart.
    WithinYears(u32),
    /// Numbers: at most so far apart.
    Within(f64),
    /// Numbers: at most so far apart as a share of the larger.
    WithinShare(f64),
    /// Points: at most so many kilometres apart.
    WithinKilometres(f64),
    /// E-mail: equal before the `@`.
    EmailUser,
    /// E-mail: equal after the `@`.
    EmailDomain,
    /// The last so many characters are equal.
    Suffix(u32),
    /// The first so many characters are equal.
    Prefix(u32),
    /// Numbers of a text are equal, and a word besides.
    NumbersEqual,
    /// Several values: so many are equal.
    Shared(u32),
    /// One of the two values at least is held by so many records at most, or shorter than three letters.
    Rare(u32),
    /// The test of another field of the comparison.
    Of {
        /// The field's name.
        field: String,
        /// The test.
        test: Box<Test>,
    },
    /// All hold.
    All(Vec<Test>),
    /// One holds.
    Any(Vec<Test>),
    /// What no level before it holds.
    Else,
}

/// A part of a blocking key: `family.phonetic`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPart {
    /// The field's name.
    pub field: String,
    /// What of its value.
    pub form: Form,
}

impl Linkage {
    /// The text of the model: the value of `model:` in `unify.yaml`.
    pub fn text(&self) -> String {
        crate::edit::write(&self.value())
    }
    /// The same as a value.
    pub fn value(&self) -> serde_json::Value {
        // Names are texts and figures finite, so there is nothing that JSON cannot hold.
        serde_json::to_value(self).unwrap_or_default()
    }
    /// Reads the text of a model that [`Linkage::text`] made.
    ///
    /// # Errors
    /// What is wrong with it, as a lower-case sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value = crate::edit::to_json(text).ok_or("the model is no YAML")?;
        serde_json::from_value(value).map_err(|error| format!("the model cannot be read: {error}"))
    }
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
    /// Whether everything that a run chooses or learns is stated.
    pub fn is_settled(&self) -> bool {
        let levels = || self.comparisons.iter().flat_map(|comparison| &comparison.levels);
        !self.comparisons.is_empty()
            && !self.blocking.is_empty()
            && self.threshold.is_some()
            && self.prior.is_some()
            && levels().all(|level| level.m.is_some() && level.u.is_some())
    }
}

/// A level in words: `jaro_winkler 0.92`.
impl std::fmt::Display for Test {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let listed = |tests: &[Test], word: &str| tests.iter().map(Test::to_string).collect::<Vec<_>>().join(word);
        match self {
            Self::Of { field, test } => write!(f, "{test} of {field}"),
            Self::Crosswise(one, other) => write!(f, "{one} and {other} crosswise"),
            Self::All(tests) => f.write_str(&listed(tests, " and ")),
            Self::Any(tests) => f.write_str(&listed(tests, " or ")),
            simple => match serde_json::to_value(simple) {
                Ok(serde_json::Value::Object(map)) => match map.iter().next() {
                    Some((word, limit)) => write!(f, "{word} {limit}"),
                    None => Ok(()),
                },
                Ok(serde_json::Value::String(word)) => f.write_str(&word),
                _ => Ok(()),
            },
        }
    }
}

#[cfg(test)]
mod tests;
