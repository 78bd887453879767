//! Select: a query that a user wrote, looked at before it stands in a plan.
//!
//! Invariants
//! - One `select` over one table; nothing in it depends on the instant or on chance.
//! - What stands in the plan is printed from the tree, never the user's text.
//!
//! Not here: queries that are asked, not planned (`onefold-lake`, `query`).

use std::borrow::Cow;

use sqlparser::ast::{CastKind, DataType as SqlType, Expr, SelectItem, SetExpr, Statement, TableFactor};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

use crate::sql::Piece;
use crate::{DataType, Sql};

/// A user's query and what can be told of its columns.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnSelect {
    /// The query, as printed from its tree.
    pub sql: Sql,
    /// Its columns, in order.
    pub columns: Vec<OwnColumn>,
}

/// A column of a user's query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnColumn {
    /// All columns of the table: `*`.
    All,
    /// A column of the table, perhaps under another name.
    Same {
        /// The column.
        of: String,
        /// Its name in the answer.
        name: String,
    },
    /// Something cast to a type.
    Typed {
        /// Its name.
        name: String,
        /// Its type.
        ty: DataType,
    },
    /// Something else.
    Any {
        /// Its name.
        name: String,
    },
}

/// Functions whose answer is another one each time.
const FICKLE: &[&str] = &[
    "now",
    "random",
    "uuid",
    "current_date",
    "current_time",
    "current_timestamp",
    "today",
    "localtime",
    "localtimestamp",
];

/// Looks at a query over the one table of that name.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn own_select(text: &str, table: &str) -> Result<OwnSelect, String> {
    let dialect = PostgreSqlDialect {};
    let tokens = Tokenizer::new(&dialect, text).tokenize().map_err(|why| format!("this is not SQL: {why}"))?;
    let words = || tokens.iter().filter_map(|token| if let Token::Word(word) = token { Some(word) } else { None });
    if words().filter(|word| word.keyword == Keyword::SELECT).count() != 1 {
        return Err("there must be one `select`, without others in it".into());
    }
    if let Some(word) = words()
        .find(|word| FICKLE.iter().any(|fickle| fickle.eq_ignore_ascii_case(&word.value)) && word.quote_style.is_none())
    {
        return Err(format!("`{}` is different each time: a run could not be repeated", word.value));
    }
    let mut statements = Parser::parse_sql(&dialect, text).map_err(|why| format!("this is not SQL: {why}"))?;
    let (Some(Statement::Query(query)), true) = (statements.pop(), statements.is_empty()) else {
        return Err("there must be one `select`".into());
    };
    let SetExpr::Select(select) = query.body.as_ref() else { return Err("there must be one `select`".into()) };
    let from_table = match select.from.as_slice() {
        [only] if only.joins.is_empty() => match &only.relation {
            TableFactor::Table { name, args: None, .. } => name.to_string() == table,
            _ => false,
        },
        _ => false,
    };
    if !from_table || select.into.is_some() || !query.locks.is_empty() {
        return Err(format!("it must read from `{table}`, and from nothing else"));
    }
    let columns = select.projection.iter().map(column).collect::<Result<_, _>>()?;
    Ok(OwnSelect { sql: Sql::of_tree(query.to_string()), columns })
}

fn column(item: &SelectItem) -> Result<OwnColumn, String> {
    Ok(match item {
        SelectItem::Wildcard(_) => OwnColumn::All,
        SelectItem::UnnamedExpr(Expr::Identifier(own)) => {
            OwnColumn::Same { of: own.value.clone(), name: own.value.clone() }
        }
        SelectItem::ExprWithAlias { expr: Expr::Identifier(own), alias } => {
            OwnColumn::Same { of: own.value.clone(), name: alias.value.clone() }
        }
        SelectItem::ExprWithAlias {
            expr: Expr::Cast { kind: CastKind::Cast | CastKind::TryCast, data_type, .. },
            alias,
        } => match type_of(data_type) {
            Some(ty) => OwnColumn::Typed { name: alias.value.clone(), ty },
            None => OwnColumn::Any { name: alias.value.clone() },
        },
        SelectItem::ExprWithAlias { alias, .. } => OwnColumn::Any { name: alias.value.clone() },
        other => return Err(format!("`{other}` needs a name: write `{other} as name`")),
    })
}

fn type_of(ty: &SqlType) -> Option<DataType> {
    Some(match ty {
        SqlType::Text | SqlType::Varchar(_) | SqlType::String(_) => DataType::Text,
        SqlType::BigInt(_) => DataType::Integer,
        SqlType::Double(_) | SqlType::DoublePrecision => DataType::Number,
        SqlType::Boolean | SqlType::Bool => DataType::Boolean,
        SqlType::Date => DataType::Date,
        _ => return None,
    })
}

impl Sql {
    /// SQL printed from a tree that has been looked at.
    fn of_tree(printed: String) -> Self {
        Self::from_piece(Piece::Raw(Cow::Owned(printed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_select_is_taken_with_what_can_be_told_of_its_columns() {
        let own = own_select("SELECT a, b AS c, cast(d as bigint) as n, lower(e) as f, * from input -- all\n", "input")
            .unwrap();
        let same = |of: &str, name: &str| OwnColumn::Same { of: of.into(), name: name.into() };
        let typed = OwnColumn::Typed { name: "n".into(), ty: DataType::Integer };
        assert_eq!(
            own.columns,
            [same("a", "a"), same("b", "c"), typed, OwnColumn::Any { name: "f".into() }, OwnColumn::All]
        );
        assert!(!own.sql.to_string().contains("--"));
    }

    #[test]
    fn whatever_reads_or_does_anything_else_is_refused() {
        for wrong in [
            "select * from Customer",
            "select * from input, Customer",
            "select * from input join Customer on true",
            "select * from input where a in (select b from Customer)",
            "select * from input; drop table input",
            "delete from input",
            "select lower(a) from input",
            "select now() as n from input",
            "select * from input where a < current_date",
            "select * into x from input",
            "select * from input union table Customer",
            "not sql",
        ] {
            assert!(own_select(wrong, "input").is_err(), "{wrong}");
        }
    }
}
