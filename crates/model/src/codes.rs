//! Codes: the closed list of what can be wrong with a project.
//!
//! Invariants
//! - A code is stable once released: it is never reused for something else.
//!
//! Not here: the sentences (written where the fault is found, they name what was read).
//! To add a code: one line below, one wrong project in `fixtures/wrong/`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Severity;

macro_rules! codes {
    ($($name:ident $word:literal $severity:ident $about:literal)*) => {
        /// What kind of thing is wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Code {
            $(#[doc = $about] #[serde(rename = $word)] $name,)*
        }
        impl Code {
            /// All codes, in the order of the list.
            pub const ALL: &[Code] = &[$(Code::$name),*];
            /// The stable word for it: `file/unknown-key`.
            pub fn word(self) -> &'static str {
                match self { $(Code::$name => $word),* }
            }
            /// How bad it is.
            pub fn severity(self) -> Severity {
                match self { $(Code::$name => Severity::$severity),* }
            }
            /// One sentence for the reference.
            pub fn about(self) -> &'static str {
                match self { $(Code::$name => $about),* }
            }
        }
    };
}

codes! {
    FileUnreadable      "file/unreadable"        Error   "a definition file cannot be read, or is not UTF-8"
    FileMissing         "file/missing"           Error   "the folder lacks `onefold.yaml`"
    FileMisplaced       "file/misplaced"         Warning "a file lies where no definition is looked for"
    YamlSyntax          "file/syntax"            Error   "the text is not YAML"
    YamlDocuments       "file/documents"         Error   "a file holds more than one YAML document"
    YamlDuplicateKey    "file/duplicate-key"     Error   "a key stands twice in one mapping"
    YamlFeature         "file/feature"           Error   "anchors, aliases, tags and merge keys are not part of the format"
    UnknownKey          "file/unknown-key"       Error   "a key the format does not know"
    MissingKey          "file/missing-key"       Error   "a key that must be there is not"
    WrongKind           "file/wrong-kind"        Error   "a list where a text was expected, and the like"
    WrongValue          "file/wrong-value"       Error   "a value that is not one of those allowed"
    SecretInText        "file/secret-in-text"    Error   "a secret written as text instead of a reference"
    BadName             "name/bad"               Error   "a name with letters that names do not have"
    ReservedName        "name/reserved"          Error   "a name that belongs to the system"
    NameClash           "name/clash"             Error   "two things that would share one table name"
    UnknownTable        "name/unknown-table"     Error   "a table that nothing writes"
    UnknownColumn       "name/unknown-column"    Error   "a column its table does not have"
    UnknownName         "name/unknown"           Error   "a definition that does not exist"
    NotYet              "project/not-yet"        Error   "something Onefold cannot do yet"
    ExprSyntax          "expression/syntax"      Error   "text that is not an expression"
    ExprRefused         "expression/refused"     Error   "SQL that is not part of the expression language"
    ExprFunction        "expression/function"    Error   "an unknown function, or a wrong number of arguments"
    ExprType            "expression/type"        Error   "values of types that do not go together"
    ExprAggregate       "expression/aggregate"   Error   "an aggregate where none can stand, or none where one must"
    ExprTables          "expression/tables"      Error   "tables in one expression whose rows have nothing in common"
    ExprAny             "expression/any"         Note    "a type that is known only after the first read"
    SourceInput         "source/input"           Error   "a file or folder of a source that is not there"
    SourceView          "source/view"            Error   "a view that cannot be understood"
    SourceStep          "source/step"            Error   "a transform step that cannot be planned"
    UnifyMapping        "unify/mapping"          Error   "a table of `unify.yaml` that is wrongly mapped"
    UnifyRule           "unify/rule"             Error   "a match or deduplication rule that cannot work"
    UnifyNearOnly       "unify/near-only"        Warning "a rule without an exact condition, which compares all records with all others"
    UnifyNoRule         "unify/no-rule"          Error   "a table that no rule joins to the tables before it"
    UnifyMerge          "unify/merge"            Error   "a merge policy that cannot be applied"
    PathMissing         "path/missing"           Error   "no relationships lead from a table to Customer"
    PathAmbiguous       "path/ambiguous"         Error   "more than one way leads to Customer and none is named"
    PathBroken          "path/broken"            Error   "a named way does not lead from the table to Customer"
    Cycle               "definition/cycle"       Error   "measures or segments that use each other in a circle"
    Inactive            "definition/inactive"    Error   "a definition that is not active is used by one that is"
    MeasureKind         "measure/kind"           Error   "a measure whose parts do not fit its kind"
    ExportKey           "export/key"             Error   "the column an export is keyed on is not on Customer"
    ExportColumn        "export/column"          Error   "a column that an export cannot carry"
    Unused              "definition/unused"      Warning "something declared that nothing reads"
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
