//! Measure: `measures/<name>.yaml`, a number about people.

use super::{Example, TableColumn, Upkeep, Window};
use crate::{Expr, Spanned};

/// A number, or a table of numbers.
#[derive(Clone, Debug)]
pub struct Measure {
    /// The file's name: a column of `Customer_Measure`, or the table `Measure_<Name>`.
    pub name: Spanned<String>,
    /// The name shown to people.
    pub title: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What kind of result.
    pub kind: Spanned<MeasureKind>,
    /// The value of a customer attribute or of a scalar (`value:`), or the columns of a table (`values:`).
    pub values: Vec<Calculation>,
    /// The related tables by alias.
    pub tables: Vec<UsedTable>,
    /// Which rows count.
    pub filter: Option<Spanned<Expr>>,
    /// The stretch of time that counts.
    pub window: Option<Spanned<Window>>,
    /// What it is split by; not for attributes.
    pub dimensions: Vec<Dimension>,
    /// Columns of the value in which null is replaced: `<alias>.<column>` and the constant.
    pub replace_nulls: Vec<(Spanned<String>, Spanned<Expr>)>,
    /// Columns of the value in which null and other values are replaced.
    pub replace: Vec<Replacement>,
    /// The column that leads from a person to the one above, to whom the person's rows count too.
    pub roll_up: Option<RollUp>,
    /// Whether it is worked out, when, and its tags.
    pub upkeep: Upkeep,
    /// Examples that `onefold test` runs.
    pub tests: Vec<Example>,
}

/// What stands in the place of values of a column, in the value of one measure.
#[derive(Clone, Debug)]
pub struct Replacement {
    /// `<alias>.<column>`
    pub column: Spanned<String>,
    /// What is replaced, as it is written (`None`: null), and the constant in its place.
    pub values: Vec<(Spanned<Option<String>>, Spanned<Expr>)>,
}

/// A column of a table with people in it that holds the key of the record above.
#[derive(Clone, Debug)]
pub struct RollUp {
    /// The table and its column.
    pub parent: Spanned<TableColumn>,
    /// The relationships that lead from the table to Customer; may be left out when there is one way.
    pub path: Vec<Spanned<String>>,
}

impl Measure {
    /// All expressions in which it may name other definitions, in the order of the file.
    pub fn expressions(&self) -> impl Iterator<Item = &Spanned<Expr>> {
        let values = self.values.iter().map(|value| &value.value);
        let time = self.window.iter().filter_map(|window| window.value.time.as_ref());
        let dimensions = self.dimensions.iter().map(|dimension| &dimension.value);
        values.chain(&self.filter).chain(time).chain(dimensions)
    }
}

/// One column of a measure.
#[derive(Clone, Debug)]
pub struct Calculation {
    /// Its name: the measure's own for `value:`.
    pub name: Spanned<String>,
    /// An expression with aggregates.
    pub value: Spanned<Expr>,
}

/// What kind of result a measure has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MeasureKind {
    /// One value a profile, a column of `Customer_Measure`.
    CustomerAttribute,
    /// Values a profile and dimension, a table of its own.
    CustomerMeasure,
    /// Values without profiles, a table of its own.
    BusinessMeasure,
}

/// A related table that expressions may name.
#[derive(Clone, Debug)]
pub struct UsedTable {
    /// The word before the dot.
    pub alias: Spanned<String>,
    /// The table.
    pub table: Spanned<String>,
    /// The relationships that lead to Customer; may be left out when there is one way.
    pub path: Vec<Spanned<String>>,
}

/// What a measure is split by.
#[derive(Clone, Debug)]
pub struct Dimension {
    /// Its column in the result.
    pub name: Spanned<String>,
    /// What it is worked out from.
    pub value: Spanned<Expr>,
    /// For dates: how coarse.
    pub bucket: DateBucket,
}

/// How coarse a date dimension is, in the project's time zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DateBucket {
    /// As it is.
    #[default]
    None,
    /// The day.
    Day,
    /// The Monday of the week.
    Week,
    /// The first day of the month.
    Month,
    /// The first day of the quarter.
    Quarter,
    /// The first day of the year.
    Year,
}
