//! Normal: values as they are compared.
//!
//! Reads    the tables that `alias` and `bypass` name
//!
//! Invariants
//! - Both sides of a condition become text the same way; an empty text is null.
//! - Values of an alias or bypass table go through the steps before it, like the values they are looked up for.
//! - A look-up never multiplies rows: its relation holds each value once.
//!
//! Not here: what a normaliser does to a text (`onefold_kernels::normalize`).
//! To add a normaliser: a variant of `Normalize`, an arm in [`function`].

use onefold_model::define::Normalize;
use onefold_model::sql::{cast, column as of, id, text};
use onefold_model::{Code, Column, DataType, Spanned, Sql, sql};

use super::wrong;
use crate::Planner;

/// The relations in which values of a table with alias `t` are looked up before they are compared.
#[derive(Default)]
pub(super) struct Lookups(Vec<Sql>);

impl Lookups {
    /// A column of the table, as text to be compared with one of another type.
    pub(super) fn compared(
        &mut self,
        p: &mut Planner<'_>,
        column: &Column,
        other: DataType,
        normalize: &[Spanned<Normalize>],
    ) -> Sql {
        let mut value = as_text(of("t", column.name.as_str()), column.ty, other);
        for (place, step) in normalize.iter().enumerate() {
            let before = &normalize[..place];
            value = match &step.value {
                Normalize::Alias(table) => self.alias(p, value, table, before),
                Normalize::Bypass(table) => self.bypass(p, value, table, before),
                step => function(value, step),
            };
        }
        sql!("nullif(", value, ", '')")
    }
    /// What stands behind the table: the relations, joined.
    pub(super) fn joins(self) -> Sql {
        let mut all = Sql::default();
        self.0.into_iter().for_each(|join| all.push(join));
        all
    }

    fn alias(
        &mut self,
        p: &mut Planner<'_>,
        value: Sql,
        table: &Spanned<String>,
        before: &[Spanned<Normalize>],
    ) -> Sql {
        let Some(columns) = list_columns(p, table, ["value", "canonical"]) else { return value };
        let [from, to] = columns.map(|column| functions(column, before));
        let relation = sql!(
            "select ",
            from,
            " as \"value\", min(",
            to,
            ") as \"canonical\" from ",
            onefold_model::TableName::from(table.as_str()),
            " group by 1"
        );
        let alias = self.join(relation, &value);
        sql!("coalesce(", of(&alias, "canonical"), ", ", value, ")")
    }
    fn bypass(
        &mut self,
        p: &mut Planner<'_>,
        value: Sql,
        table: &Spanned<String>,
        before: &[Spanned<Normalize>],
    ) -> Sql {
        let Some([column]) = list_columns(p, table, ["value"]) else { return value };
        let relation = sql!(
            "select distinct ",
            functions(column, before),
            " as \"value\" from ",
            onefold_model::TableName::from(table.as_str())
        );
        let alias = self.join(relation, &value);
        sql!("case when ", of(&alias, "value"), " is null then ", value, " end")
    }
    /// Joins a relation on its `value`; gives its alias.
    fn join(&mut self, relation: Sql, value: &Sql) -> String {
        let alias = format!("lookup{}", self.0.len());
        self.0.push(sql!(" left join (", relation, ") ", id(&alias), " on ", of(&alias, "value"), " = ", value));
        alias
    }
}

/// The columns of a list, under their names or else the first ones; or what is wrong with it.
fn list_columns<const N: usize>(p: &mut Planner<'_>, name: &Spanned<String>, wanted: [&str; N]) -> Option<[Sql; N]> {
    let table = p.find_table(name)?;
    let of_name = |name: &str| table.columns.iter().find(|column| column.name.as_str().eq_ignore_ascii_case(name));
    let named: Vec<&Column> = wanted.iter().filter_map(|name| of_name(name)).collect();
    let columns: Vec<&Column> = if named.len() == N { named } else { table.columns.iter().take(N).collect() };
    let columns = columns.into_iter().map(|column| cast(id(column.name.as_str()), DataType::Text));
    let columns: Vec<Sql> = if p.is_open(name) && table.columns.len() < N {
        wanted.iter().map(|name| cast(id(name), DataType::Text)).collect()
    } else {
        columns.collect()
    };
    let found = columns.len();
    let columns = columns.try_into().ok();
    if columns.is_none() {
        let message = format!("`{}` has {found} of the {N} columns that such a list needs", name.value);
        let hint = format!("give it the columns `{}`", wanted.join("` and `"));
        p.say(wrong(Code::UnifyRule, name.at, message, &hint));
    }
    columns
}

/// Steps that need no look-up.
fn functions(value: Sql, steps: &[Spanned<Normalize>]) -> Sql {
    steps.iter().fold(value, |value, step| function(value, &step.value))
}

fn function(value: Sql, step: &Normalize) -> Sql {
    let name = match step {
        Normalize::Lowercase => "lowercase",
        Normalize::Whitespace => "whitespace",
        Normalize::Symbols => "symbols",
        Normalize::Trim => "trim",
        Normalize::Digits => "digits",
        Normalize::Numerals => "numerals",
        Normalize::Name => "name",
        Normalize::Address => "address",
        Normalize::Organization => "organization",
        Normalize::Ascii => "ascii",
        Normalize::Phone(country) => {
            let country = country.as_ref().map(|country| country.value.as_str()).unwrap_or_default();
            return sql!("normalize_phone(", value, ", ", text(country), ")");
        }
        Normalize::Alias(_) | Normalize::Bypass(_) => return value,
    };
    sql!("normalize_", name, "(", value, ")")
}

/// A value as text, so that it is equal to an equal value of the other type.
pub(crate) fn as_text(value: Sql, ty: DataType, other: DataType) -> Sql {
    match ty {
        // Guids are kept in lower case; the text of one may not be.
        DataType::Text | DataType::Json if other == DataType::Guid => sql!("lower(", value, ")"),
        ty if ty.is_text() => value,
        ty if ty.is_numeric() && other.is_numeric() && ty != other => {
            cast(cast(value, DataType::Number), DataType::Text)
        }
        DataType::Date if other == DataType::DateTime => cast(cast(value, DataType::DateTime), DataType::Text),
        _ => cast(value, DataType::Text),
    }
}

/// Whether values of two types can be equal.
pub(crate) fn comparable(a: DataType, b: DataType) -> bool {
    let any = a == DataType::Any || b == DataType::Any || a == b;
    // Ids are often a number in one place and text in another.
    let text =
        |a: DataType, b: DataType| a.is_text() && (b.is_text() || matches!(b, DataType::Integer | DataType::Small));
    any || text(a, b) || text(b, a) || (a.is_numeric() && b.is_numeric()) || (a.is_temporal() && b.is_temporal())
}

/// A value as a double, by which rows are put in order; `None` when its type has none.
pub(super) fn as_order(value: Sql, ty: DataType) -> Option<Sql> {
    Some(match ty {
        ty if ty.is_numeric() => cast(value, DataType::Number),
        DataType::Date => sql!("cast(arrow_cast(", value, ", 'Int32') as double)"),
        DataType::DateTime => sql!("cast(arrow_cast(", value, ", 'Int64') as double)"),
        DataType::Any => sql!("try_cast(", value, " as double)"),
        _ => return None,
    })
}
