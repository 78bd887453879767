//! Sql: the only maker of SQL text, from typed pieces.
//!
//! Flow     stages build pieces; `lake` asks for the text with the files and the instant of the run
//!
//! Invariants
//! - Raw text is `&'static str`: nothing read from a file or the outside can become SQL other than as an
//!   identifier, a literal or a table.
//! - Every identifier is quoted; identifier folding is off in the session.
//!
//! Not here: which SQL the engine understands (`onefold-lake`).

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::{ColumnName, DataType, TableName};

/// One piece of SQL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// SQL as it stands.
    Raw(Cow<'static, str>),
    /// A quoted identifier.
    Ident(String),
    /// A text literal.
    Text(String),
    /// An integer literal.
    Integer(i64),
    /// A double literal.
    Number(f64),
    /// A table as this run sees it.
    Table(TableName),
    /// A table as the last published run left it; an empty table of the promised columns before the first.
    Before(TableName),
    /// The instant of the run, as a date-time.
    Now,
}

/// A piece of SQL text under construction, or all of it. See the [`sql!`](crate::sql!) macro.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sql(Vec<Piece>);

/// Joins pieces into one [`Sql`]: texts are raw SQL, anything else is converted.
///
/// ```
/// # use onefold_model::{sql, sql::{id, text}, TableName};
/// let all = sql!("select ", id("a.b"), " from ", TableName::from("Customer"), " where x = ", text("it's"));
/// assert_eq!(all.to_string(), r#"select "a.b" from "Customer" where x = 'it''s'"#);
/// ```
#[macro_export]
macro_rules! sql {
    ($($piece:expr),* $(,)?) => {{
        #[allow(unused_mut, reason = "an empty list changes nothing")]
        let mut all = $crate::sql::Sql::default();
        $( all.push($piece); )*
        all
    }};
}

/// A quoted identifier.
pub fn id(name: impl AsRef<str>) -> Sql {
    Sql(vec![Piece::Ident(name.as_ref().to_owned())])
}
/// A text literal.
pub fn text(value: impl Into<String>) -> Sql {
    Sql(vec![Piece::Text(value.into())])
}
/// An integer literal.
pub fn integer(value: i64) -> Sql {
    Sql(vec![Piece::Integer(value)])
}
/// A double literal.
pub fn number(value: f64) -> Sql {
    Sql(vec![Piece::Number(value)])
}
/// The instant of the run.
pub fn now() -> Sql {
    Sql(vec![Piece::Now])
}
/// A table as the last published run left it.
pub fn before(table: &TableName) -> Sql {
    Sql(vec![Piece::Before(table.clone())])
}
/// `"alias"."column"`.
pub fn column(alias: &str, name: impl AsRef<str>) -> Sql {
    sql!(id(alias), ".", id(name))
}
/// Pieces with a separator between them.
pub fn join(parts: impl IntoIterator<Item = Sql>, separator: &'static str) -> Sql {
    let mut all = Sql::default();
    for (i, part) in parts.into_iter().enumerate() {
        if i > 0 {
            all.push(separator);
        }
        all.push(part);
    }
    all
}
/// The engine's word for a type, to stand in a cast.
pub fn type_name(ty: DataType) -> Sql {
    match ty {
        DataType::Text | DataType::Guid | DataType::Json | DataType::Any => "varchar".into(),
        DataType::Integer => "bigint".into(),
        DataType::Small => "int".into(),
        DataType::Number => "double".into(),
        DataType::Decimal(precision, scale) => {
            sql!("decimal(", integer(precision.into()), ", ", integer(scale.into()), ")")
        }
        DataType::Boolean => "boolean".into(),
        DataType::Date => "date".into(),
        DataType::DateTime => "timestamp".into(),
        DataType::Bitmap => "bytea".into(),
    }
}
/// `cast(value as type)`; a date-time is cast to microseconds in UTC.
pub fn cast(value: Sql, ty: DataType) -> Sql {
    match ty {
        DataType::DateTime => sql!("arrow_cast(", value, ", 'Timestamp(Microsecond, Some(\"UTC\"))')"),
        ty => sql!("cast(", value, " as ", type_name(ty), ")"),
    }
}

impl Sql {
    /// Adds a piece at the end.
    pub fn push(&mut self, piece: impl Into<Sql>) {
        self.0.extend(piece.into().0);
    }
    /// One piece; only this crate makes raw text that is not part of the program.
    pub(crate) fn from_piece(piece: Piece) -> Self {
        Self(vec![piece])
    }
    /// Its pieces, in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Whether its answer depends on the instant of the run.
    pub fn uses_now(&self) -> bool {
        self.0.contains(&Piece::Now)
    }
    /// The text, with the given words for tables (`false`), tables before the run (`true`) and the instant.
    pub fn render(&self, table: &dyn Fn(&TableName, bool) -> String, now: &str) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Raw(raw) => out.push_str(raw),
                Piece::Ident(name) => quote(&mut out, '"', name),
                Piece::Text(value) => quote(&mut out, '\'', value),
                // A negative literal stands in brackets, so that `1 - -1` never becomes a comment.
                Piece::Integer(value) if *value < 0 => _ = write!(out, "({value})"),
                Piece::Integer(value) => _ = write!(out, "{value}"),
                Piece::Number(value) => _ = write!(out, "cast({value:?} as double)"),
                Piece::Table(name) => out.push_str(&table(name, false)),
                Piece::Before(name) => out.push_str(&table(name, true)),
                Piece::Now => out.push_str(now),
            }
        }
        out
    }
}

fn quote(out: &mut String, mark: char, text: &str) {
    out.push(mark);
    for letter in text.chars() {
        if letter == mark {
            out.push(mark);
        }
        out.push(letter);
    }
    out.push(mark);
}

/// The text as a person reads it in a plan.
impl std::fmt::Display for Sql {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let quoted = |name: &TableName, before: bool| {
            let mut out = String::new();
            quote(&mut out, '"', name.as_str());
            if before {
                out.push_str(" /* before */");
            }
            out
        };
        f.write_str(&self.render(&quoted, "now()"))
    }
}

impl From<&'static str> for Sql {
    fn from(raw: &'static str) -> Self {
        Self(vec![Piece::Raw(Cow::Borrowed(raw))])
    }
}
impl From<TableName> for Sql {
    fn from(table: TableName) -> Self {
        Self(vec![Piece::Table(table)])
    }
}
impl From<&TableName> for Sql {
    fn from(table: &TableName) -> Self {
        Self(vec![Piece::Table(table.clone())])
    }
}
impl From<&ColumnName> for Sql {
    fn from(name: &ColumnName) -> Self {
        id(name.as_str())
    }
}
impl From<&Sql> for Sql {
    fn from(sql: &Sql) -> Self {
        sql.clone()
    }
}
