//! Words: the parts of a model whose text is not that of their structure: forms of keys, and fields by name.
//!
//! Invariants
//! - What is written, read again, is the same.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::KeyPart;

/// What of a value goes into a blocking key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// All of it.
    #[default]
    Exact,
    /// Its first so many characters: `prefix3`.
    Prefix(u32),
    /// Its last so many characters: `suffix7`.
    Suffix(u32),
    /// Its sound.
    Phonetic,
    /// The first form of the name: `William` for `Bill`.
    Nickname,
    /// Its words in order of the alphabet.
    SortedWords,
    /// The first of them.
    FirstWord,
    /// The last of them.
    LastWord,
    /// Of a date: the year.
    Year,
    /// Of a date: year and month.
    YearMonth,
    /// Of a date: month and day.
    MonthDay,
    /// Of a date: year and day.
    YearDay,
    /// Of an e-mail: what is before the `@`.
    EmailUser,
    /// All of it, in whichever of the entry's parts of this form it stands: names that stand crosswise.
    Crosswise,
}

/// A form, or the word that is none.
pub type FormOrWord = Result<Form, String>;

const WORDS: &[(&str, Form)] = &[
    ("phonetic", Form::Phonetic),
    ("nickname", Form::Nickname),
    ("sorted_words", Form::SortedWords),
    ("first_word", Form::FirstWord),
    ("last_word", Form::LastWord),
    ("year", Form::Year),
    ("year_month", Form::YearMonth),
    ("month_day", Form::MonthDay),
    ("year_day", Form::YearDay),
    ("email_user", Form::EmailUser),
    ("crosswise", Form::Crosswise),
];

impl Form {
    /// The words of forms, `prefix3` and `suffix7` standing for any length.
    pub fn words() -> impl Iterator<Item = &'static str> {
        WORDS.iter().map(|(word, _)| *word).chain(["prefix3", "suffix7"])
    }
    /// The form of a word.
    ///
    /// # Errors
    /// The word itself, when it is none.
    pub fn of_word(word: &str) -> FormOrWord {
        let length = |rest: &str| rest.parse::<u32>().ok().filter(|length| (1..=64).contains(length));
        if let Some((_, form)) = WORDS.iter().find(|(known, _)| *known == word) {
            return Ok(*form);
        }
        let prefix = word.strip_prefix("prefix").and_then(length).map(Form::Prefix);
        let suffix = || word.strip_prefix("suffix").and_then(length).map(Form::Suffix);
        prefix.or_else(suffix).ok_or_else(|| word.to_owned())
    }
}

impl fmt::Display for KeyPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.field)?;
        match self.form {
            Form::Exact => Ok(()),
            Form::Prefix(length) => write!(f, ".prefix{length}"),
            Form::Suffix(length) => write!(f, ".suffix{length}"),
            form => match WORDS.iter().find(|(_, known)| *known == form) {
                Some((word, _)) => write!(f, ".{word}"),
                None => Ok(()),
            },
        }
    }
}

impl FromStr for KeyPart {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (field, form) = match text.split_once('.') {
            Some((field, word)) => (field, Form::of_word(word)?),
            None => (text, Form::Exact),
        };
        Ok(Self { field: field.to_owned(), form })
    }
}

impl Serialize for KeyPart {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KeyPart {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|word| D::Error::custom(format!("`{word}` is no form of a key")))
    }
}

/// Fields as a mapping from names, in order.
pub(super) mod fields {
    use std::fmt;

    use serde::de::{MapAccess, Visitor};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::linkage::{Field, FieldKind};

    #[derive(Serialize, Deserialize)]
    struct Body {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<FieldKind>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        columns: Vec<String>,
    }

    pub(crate) fn serialize<S: Serializer>(fields: &[Field], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            fields.iter().map(|field| (&field.name, Body { kind: field.kind, columns: field.columns.clone() })),
        )
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Field>, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Vec<Field>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("fields by name")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Field>, A::Error> {
                let mut fields = Vec::new();
                while let Some((name, body)) = map.next_entry::<String, Body>()? {
                    fields.push(Field { name, kind: body.kind, columns: body.columns });
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(Fields)
    }
}
