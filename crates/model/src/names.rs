//! Names: of tables and of columns, as they are written.
//!
//! Invariants
//! - A name keeps the letters its author wrote. Tables are *found* ignoring case (`Catalog`), columns exactly.
//!
//! Not here: names of definitions (plain text beside their place in a file).

use std::borrow::Borrow;
use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The name, taken as it is.
            pub fn new(name: impl Into<String>) -> Self {
                Self(name.into())
            }
            /// The letters of the name.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(name.to_owned())
            }
        }
        impl From<String> for $name {
            fn from(name: String) -> Self {
                Self(name)
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }
        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }
    };
}

name! {
    /// A table of the lake: `Customer`, `Shop_orders`, `Raw_Shop_orders`.
    TableName
}
name! {
    /// A column of a table; dots are letters like any other: `meta.lastUpdated`.
    ColumnName
}

impl TableName {
    /// The form in which two names are compared: tables share one namespace, without case.
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
    /// `<Source>_<Table>`: the name of a table of a source.
    pub fn of_source(source: &str, table: &str) -> Self {
        Self(format!("{source}_{table}"))
    }
    /// The same name with something before it, `Raw_` say.
    pub fn prefixed(&self, prefix: &str) -> Self {
        Self(format!("{prefix}{}", self.0))
    }
    /// The same name with something after it, `_Corrupt` say.
    pub fn suffixed(&self, suffix: &str) -> Self {
        Self(format!("{}{suffix}", self.0))
    }
}

/// The candidate that a misspelt word most likely means: equal but for case, or a few letters away.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_lowercase();
    let allowed = (folded.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}
