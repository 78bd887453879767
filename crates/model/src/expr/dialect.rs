//! Dialect: PostgreSQL's, without what makes sqlparser read the same words again and again.
//!
//! Invariants
//! - Arguments are not named: with PostgreSQL's own dialect each is parsed twice, in case a `=>` follows, so that
//!   thirty calls within each other take hours.

use std::any::TypeId;

use sqlparser::dialect::{Dialect, PostgreSqlDialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};

/// The dialect of expressions.
#[derive(Debug)]
pub(super) struct Language;

const POSTGRES: PostgreSqlDialect = PostgreSqlDialect {};

impl Dialect for Language {
    fn dialect(&self) -> TypeId {
        TypeId::of::<PostgreSqlDialect>()
    }
    fn identifier_quote_style(&self, identifier: &str) -> Option<char> {
        POSTGRES.identifier_quote_style(identifier)
    }
    fn is_delimited_identifier_start(&self, letter: char) -> bool {
        POSTGRES.is_delimited_identifier_start(letter)
    }
    fn is_identifier_start(&self, letter: char) -> bool {
        POSTGRES.is_identifier_start(letter)
    }
    fn is_identifier_part(&self, letter: char) -> bool {
        POSTGRES.is_identifier_part(letter)
    }
    fn is_custom_operator_part(&self, letter: char) -> bool {
        POSTGRES.is_custom_operator_part(letter)
    }
    fn is_reserved_for_identifier(&self, word: Keyword) -> bool {
        POSTGRES.is_reserved_for_identifier(word)
    }
    fn supports_unicode_string_literal(&self) -> bool {
        true
    }
    fn supports_string_escape_constant(&self) -> bool {
        true
    }
    fn get_next_precedence(&self, parser: &Parser<'_>) -> Option<Result<u8, ParserError>> {
        POSTGRES.get_next_precedence(parser)
    }
    fn prec_value(&self, precedence: Precedence) -> u8 {
        POSTGRES.prec_value(precedence)
    }
}
