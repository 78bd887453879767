//! Source: `sources/<Name>.yaml`, where records come from.

use super::Auth;
use crate::{DataType, Expr, Spanned, TableName};

/// A source and its tables.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file's name.
    pub name: Spanned<String>,
    /// The name shown to people.
    pub title: Option<String>,
    /// How it is read.
    pub kind: SourceKind,
    /// From where.
    pub from: Location,
    /// When it is read again.
    pub refresh: RefreshWhen,
    /// Its tables, in order.
    pub tables: Vec<SourceTable>,
}

impl Source {
    /// The name in the lake of one of its tables: `<Source>_<Table>`.
    pub fn table_name(&self, table: &SourceTable) -> TableName {
        TableName::of_source(&self.name, &table.name)
    }
    /// The names in the lake of all its tables, in order.
    pub fn table_names(&self) -> impl Iterator<Item = TableName> {
        self.tables.iter().map(|table| self.table_name(table))
    }
}

/// The closed list of connectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// A FHIR R4 server or its bulk files.
    Fhir,
    /// A Dataverse environment or pages of its Web API.
    Dataverse,
    /// CSV files.
    Csv,
    /// Parquet files.
    Parquet,
}

/// A folder or an address.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields bear the names of the keys that the variant's words explain")]
pub enum Location {
    /// A folder, relative to the project.
    Folder(Spanned<String>),
    /// A server's address and how to sign in.
    Url { url: Spanned<String>, auth: Auth },
}

/// When a source or segment is worked out again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RefreshWhen {
    /// With every run.
    #[default]
    WithEveryRun,
    /// Only when named (`run --only`) or never read before.
    Manual,
}

/// A table of a source.
#[derive(Clone, Debug)]
pub struct SourceTable {
    /// The local name.
    pub name: Spanned<String>,
    /// The column that tells rows apart, after the steps.
    pub key: Spanned<String>,
    /// The name at the source, where it differs (`dataverse`: the entity set).
    pub entity: Option<Spanned<String>>,
    /// The file pattern (`csv`, `parquet`): `orders-*.csv`.
    pub file: Option<Spanned<String>>,
    /// Types of columns; else those of the last run; else a sample.
    pub columns: Vec<(Spanned<String>, DataType)>,
    /// A SQL on FHIR ViewDefinition as JSON; `fhir` only.
    pub view: Option<Spanned<serde_json::Value>>,
    /// Whether the view stands in a file of its own (then it is held to the standard: no dots in names).
    pub view_from_file: bool,
    /// What is done to the rows, in order.
    pub steps: Vec<Spanned<TransformStep>>,
}

/// The closed list of transform steps, named after the Power Query commands people know.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields bear the names of the keys that the variant's words explain")]
pub enum TransformStep {
    /// Keep these columns, in this order.
    ChooseColumns(Vec<Spanned<String>>),
    /// Drop these columns.
    RemoveColumns(Vec<Spanned<String>>),
    /// Old name, new name.
    RenameColumns(Vec<(Spanned<String>, Spanned<String>)>),
    /// These first, in this order; the rest follows.
    ReorderColumns(Vec<Spanned<String>>),
    /// Keep rows for which the condition is true.
    FilterRows(Spanned<Expr>),
    /// Keep the first so many rows.
    KeepRows(u64),
    /// Drop the first so many rows.
    RemoveRows(u64),
    /// Columns, and whether the largest comes first.
    Sort(Vec<(Spanned<String>, bool)>),
    /// One row for each different value of these columns (all when empty): the first.
    Distinct(Vec<Spanned<String>>),
    /// Another type for a column; `format` as in strptime, `locale` (`en-US`, `de-DE`, …) for numbers and dates.
    ChangeType {
        columns: Vec<(Spanned<String>, DataType)>,
        locale: Option<Spanned<String>>,
        format: Option<Spanned<String>>,
    },
    /// In these columns (all text when empty), one value in the place of another; null is `None`.
    ReplaceValues { columns: Vec<Spanned<String>>, from: Option<String>, to: Option<String> },
    /// Text in lower case.
    Lowercase(Vec<Spanned<String>>),
    /// Text in upper case.
    Uppercase(Vec<Spanned<String>>),
    /// Text without white space at its ends.
    Trim(Vec<Spanned<String>>),
    /// A record or list of JSON to columns or rows: for a record, its fields (`<column>.<field>`) as text or json;
    /// for a list without fields, one row an element.
    Expand { column: Spanned<String>, fields: Vec<(Spanned<String>, DataType)>, keep: bool },
    /// A column worked out from the others.
    AddColumn { name: Spanned<String>, value: Spanned<Expr> },
    /// One row a group; `columns` are aggregates by name.
    GroupBy { by: Vec<Spanned<String>>, columns: Vec<(Spanned<String>, Spanned<Expr>)> },
    /// A query over the table so far, called `input`; one `select`, read only.
    Sql(Spanned<String>),
    /// A step of the list that cannot be planned yet: its name. Always a diagnostic.
    NotYet(&'static str),
}
