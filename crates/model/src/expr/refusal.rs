//! Refusal: what to write instead of SQL that the language leaves out.
//!
//! To add one: a line in the table it belongs to, a line in `fixtures/expressions.txt`.

use sqlparser::ast::Expr as Sql;

use super::place::nearest;
use super::{Aggregate, Function};

/// What is wrong with a tree that sqlparser reads, and what to write.
pub(super) fn refusal(tree: &Sql) -> (&'static str, &'static str) {
    match tree {
        Sql::IsTrue(_) => ("`is true` is not part of the language", "write the condition alone"),
        Sql::IsNotTrue(_) => ("`is not true` is not part of the language", "write `not coalesce(x, false)`"),
        Sql::IsFalse(_) => ("`is false` is not part of the language", "write `not x`"),
        Sql::IsNotFalse(_) => ("`is not false` is not part of the language", "write `coalesce(x, true)`"),
        Sql::IsUnknown(_) | Sql::IsNotUnknown(_) => ("`is unknown` is not part of the language", "write `x is null`"),
        Sql::Like { .. } | Sql::ILike { .. } => {
            ("`escape` is not part of the language", "write `\\%` and `\\_` for the letters themselves")
        }
        Sql::Tuple(_) => ("a list stands alone", "write `x in (a, b)`"),
        Sql::Subquery(_) | Sql::InSubquery { .. } | Sql::Exists { .. } => {
            ("a query within an expression is not part of the language", "use a related table under `tables:`")
        }
        Sql::CompoundFieldAccess { .. } | Sql::JsonAccess { .. } => {
            ("parts of records are not part of the language", "expand the column in a transform step")
        }
        _ => ("SQL that is not part of the language", "write it with the operators and functions of the reference"),
    }
}

/// Words of SQL that the parser stumbles over, and what to write.
const WORDS: &[(&str, &str, &str)] = &[
    ("as", "`as` names nothing here", "write `cast(x as type)`; names of results stand in the definition"),
    (
        "at",
        "`at time zone` is not part of the language",
        "leave it out: dates are worked out in the project's time zone",
    ),
    ("asc", "`asc` is not part of the language", "write `first(x, by)` or `last(x, by)`"),
    ("collate", "`collate` is not part of the language", "write `ilike`, or compare `lower(x)`"),
    ("desc", "`desc` is not part of the language", "write `first(x, by)` or `last(x, by)`"),
    ("distinct", "`distinct` is not part of the language", "write `count_unique(x)`, or `a <> b` with `is null`"),
    ("div", "`div` is not an operator", "write `floor(a / b)`"),
    ("escape", "`escape` is not part of the language", "write `\\%` and `\\_` for the letters themselves"),
    ("filter", "`filter` is not part of the language", "write the condition under `where:`"),
    ("for", "`for` is not part of the language", "separate arguments with commas: `substr(x, 1, 3)`"),
    (
        "from",
        "`from` is not part of the language",
        "separate arguments with commas, as in `substr(x, 1, 3)` and `date_part('year', x)`",
    ),
    ("glob", "`glob` is not an operator", "write `like` with `%` and `_`"),
    ("group", "`group by` is not part of an expression", "use a measure with `dimensions:`"),
    ("ignore", "`ignore nulls` is not part of the language", "leave it out: aggregates pass over nulls"),
    ("isnull", "`isnull` is not an operator", "write `is null`"),
    ("limit", "`limit` is not part of an expression", "use a `keep_rows` step"),
    ("notnull", "`notnull` is not an operator", "write `is not null`"),
    ("order", "`order by` is not part of the language", "write `first(x, by)` or `last(x, by)`"),
    ("overlaps", "`overlaps` is not an operator", "compare the begins and ends"),
    ("regexp", "`regexp` is not an operator", "write `like`, `ilike` or `contains(…)`"),
    ("rlike", "`rlike` is not an operator", "write `like`, `ilike` or `contains(…)`"),
    ("select", "a query is not part of the language", "write the condition or value alone"),
    ("similar", "`similar to` is not an operator", "write `like`, `ilike` or `contains(…)`"),
    ("unknown", "`unknown` is not part of the language", "write `is null`"),
    ("where", "`where` is not part of an expression", "write the condition alone"),
    ("xor", "`xor` is not an operator", "write `a <> b`"),
];

/// What to say about a word that stands where it cannot.
pub(super) fn word_hint(word: &str) -> Option<(&'static str, &'static str)> {
    WORDS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(word)).map(|&(_, message, hint)| (message, hint))
}

/// Functions people know from elsewhere, and ours.
const FUNCTIONS: &[(&str, &str)] = &[
    ("age", "days_between(x, now())"),
    ("any_value", "min(x)"),
    ("approx_distinct", "count_unique(x)"),
    ("array_agg", "count_unique(x)"),
    ("average", "avg(x)"),
    ("bool_and", "min(x)"),
    ("bool_or", "max(x)"),
    ("btrim", "trim(x)"),
    ("ceiling", "ceil(x)"),
    ("char_length", "length(x)"),
    ("character_length", "length(x)"),
    ("charindex", "contains(x, 'text')"),
    ("concat_ws", "concat(x, ' ', y)"),
    ("count_distinct", "count_unique(x)"),
    ("countdistinct", "count_unique(x)"),
    ("curdate", "today()"),
    ("current_date", "today()"),
    ("current_timestamp", "now()"),
    ("date", "cast(x as date)"),
    ("datediff", "days_between(x, y)"),
    ("datepart", "date_part('year', x)"),
    ("day", "date_part('day', x)"),
    ("dayofweek", "day_of_week(x)"),
    ("extract", "date_part('year', x)"),
    ("first_value", "first(x, by)"),
    ("getdate", "now()"),
    ("hour", "date_part('hour', x)"),
    ("if", "case when … then … else … end"),
    ("ifnull", "coalesce(x, y)"),
    ("iif", "case when … then … else … end"),
    ("instr", "contains(x, 'text')"),
    ("isnull", "x is null"),
    ("last_value", "last(x, by)"),
    ("lcase", "lower(x)"),
    ("left", "substr(x, 1, 3)"),
    ("len", "length(x)"),
    ("ltrim", "trim(x)"),
    ("max_by", "argmax(x, by)"),
    ("mean", "avg(x)"),
    ("min_by", "argmin(x, by)"),
    ("minute", "date_part('minute', x)"),
    ("mod", "x % y"),
    ("month", "date_part('month', x)"),
    ("nvl", "coalesce(x, y)"),
    ("position", "contains(x, 'text')"),
    ("pow", "x ^ y"),
    ("power", "x ^ y"),
    ("quarter", "date_part('quarter', x)"),
    ("right", "ends_with(x, 'text')"),
    ("rtrim", "trim(x)"),
    ("second", "date_part('second', x)"),
    ("sqrt", "x ^ 0.5"),
    ("startswith", "starts_with(x, 'text')"),
    ("endswith", "ends_with(x, 'text')"),
    ("str_len", "length(x)"),
    ("strpos", "contains(x, 'text')"),
    ("substring", "substr(x, 1, 3)"),
    ("to_char", "cast(x as text)"),
    ("to_date", "cast(x as date)"),
    ("to_number", "cast(x as number)"),
    ("to_timestamp", "cast(x as date-time)"),
    ("try_cast", "cast(x as type)"),
    ("ucase", "upper(x)"),
    ("week", "date_part('week', x)"),
    ("weekday", "day_of_week(x)"),
    ("year", "date_part('year', x)"),
];

/// What to do about an unknown function.
pub(super) fn function_hint(word: &str) -> String {
    if let Some((_, ours)) = FUNCTIONS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)) {
        return format!("write `{ours}`");
    }
    let all = || Function::ALL.iter().map(|f| f.word()).chain(Aggregate::ALL.iter().map(|a| a.word()));
    match nearest(word, all().chain(["cast", "in_list", "in_segment"])) {
        Some(near) => format!("write `{near}`, if that is meant"),
        None => format!("use one of {}", all().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")),
    }
}

/// SQL's words for types, and ours.
const TYPES: &[(&str, &str)] = &[
    ("bigint", "integer"),
    ("bool", "boolean"),
    ("char", "text"),
    ("datetime", "date-time"),
    ("double precision", "number"),
    ("double", "number"),
    ("float", "number"),
    ("float8", "number"),
    ("int", "integer"),
    ("int4", "integer"),
    ("int8", "integer"),
    ("numeric", "decimal(p,s)"),
    ("decimal", "decimal(p,s)"),
    ("real", "number"),
    ("smallint", "integer"),
    ("string", "text"),
    ("timestamp", "date-time"),
    ("timestamptz", "date-time"),
    ("tinyint", "integer"),
    ("uuid", "guid"),
    ("varchar", "text"),
];

/// Our word for a type of SQL.
pub(super) fn type_hint(word: &str) -> Option<&'static str> {
    let name = word.split('(').next().unwrap_or_default().trim();
    TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, ours)| *ours)
}

/// The function meant by a bare name such as `current_date`.
pub(super) fn bare_hint(word: &str) -> Option<&'static str> {
    match word.to_ascii_lowercase().as_str() {
        "current_date" | "today" | "curdate" => Some("write `today()`"),
        "current_timestamp" | "now" | "localtimestamp" | "sysdate" => Some("write `now()`"),
        _ => None,
    }
}
