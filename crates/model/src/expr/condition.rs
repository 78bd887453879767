//! Condition: an expression as builders show it: comparisons of a column within all-of and any-of.
//!
//! Flow     text ─ `read` ─ `Condition` ─ (somebody edits it) ─ `text` ─ the language again
//!
//! Invariants
//! - `read(text(c)) == c` for every condition in its plain form: groups of two or more, none directly within one of its own kind.
//! - What a builder cannot show stays as the text it was, and is written back as it was.
//!
//! Not here: whether columns exist (`resolve`).
//! To add an operator: a line in `Test`, an arm in `write::comparison` and in `read::comparison`.

mod read;
#[cfg(test)]
mod tests;
mod write;

use serde_json::Value;

pub use read::read;
pub use write::text;

/// A condition as builders show it.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// All of them hold: `a and b`.
    All(Vec<Condition>),
    /// One of them holds: `a or b`.
    Any(Vec<Condition>),
    /// One comparison.
    Is(Comparison),
    /// An expression that no builder shows.
    Text(String),
}

/// A column and what is asked of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The dotted name, without quotes: `Customer_Measure.pct_no_show`. Empty for `in_segment`.
    pub column: String,
    /// What is asked.
    pub test: Test,
    /// Numbers, texts, flags: as many as the test takes.
    pub values: Vec<Value>,
    /// `day`, `week`, `month` or `year` of the tests that take one.
    pub unit: Option<String>,
    /// Whether letters count the same in both cases.
    pub ignore_case: bool,
}

/// The units of `within_last` and `within_next`.
const UNITS: &[&str] = &["day", "week", "month", "year"];

macro_rules! tests {
    ($($name:ident $word:literal $about:literal)*) => {
        /// What can be asked of a column.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Test { $(#[doc = $about] $name,)* }
        impl Test {
            /// All of them.
            pub const ALL: &[Test] = &[$(Test::$name),*];
            /// Its word in the API.
            pub fn word(self) -> &'static str { match self { $(Test::$name => $word),* } }
        }
    };
}

tests! {
    Eq "eq" "`x = v`; ignoring case `x ilike 'v'`"
    Ne "ne" "`x <> v`; ignoring case `x not ilike 'v'`"
    Lt "lt" "`x < v`"
    Le "le" "`x <= v`"
    Gt "gt" "`x > v`"
    Ge "ge" "`x >= v`"
    Between "between" "`x between v and w`"
    NotBetween "not_between" "`x not between v and w`"
    In "in" "`x in (v, …)`"
    NotIn "not_in" "`x not in (v, …)`"
    Contains "contains" "`contains(x, 'v')`; ignoring case `x ilike '%v%'`"
    NotContains "not_contains" "the same with `not`"
    StartsWith "starts_with" "`starts_with(x, 'v')`; ignoring case `x ilike 'v%'`"
    NotStartsWith "not_starts_with" "the same with `not`"
    EndsWith "ends_with" "`ends_with(x, 'v')`; ignoring case `x ilike '%v'`"
    NotEndsWith "not_ends_with" "the same with `not`"
    IsNull "is_null" "`x is null`"
    IsNotNull "is_not_null" "`x is not null`"
    IsTrue "is_true" "`x = true`"
    IsFalse "is_false" "`x = false`"
    WithinLast "within_last" "`within_last(x, n, 'day')`"
    NotWithinLast "not_within_last" "`not within_last(x, n, 'day')`"
    WithinNext "within_next" "`within_next(x, n, 'day')`"
    YearToDate "year_to_date" "`year_to_date(x)`"
    InSegment "in_segment" "`in_segment('v')`"
    NotInSegment "not_in_segment" "`not in_segment('v')`"
    DayOfMonth "day_of_month" "`date_part('day', x) = v`, or `in (v, …)`"
    MonthOf "month_of" "`date_part('month', x) = v`, or `in (v, …)`"
    YearOf "year_of" "`date_part('year', x) = v`, or `in (v, …)`"
    DayOfWeek "day_of_week" "`day_of_week(x) = v`, or `in (v, …)`"
}

impl Test {
    /// The test of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|test| test.word() == word)
    }

    /// The test that a `not` before it makes, where there is one.
    fn negated(self) -> Option<Self> {
        Some(match self {
            Self::Contains => Self::NotContains,
            Self::StartsWith => Self::NotStartsWith,
            Self::EndsWith => Self::NotEndsWith,
            Self::WithinLast => Self::NotWithinLast,
            Self::InSegment => Self::NotInSegment,
            _ => return None,
        })
    }

    /// The test without its `not`, and whether it has one.
    fn positive(self) -> (Self, bool) {
        let of = Self::ALL.iter().copied().find(|test| test.negated() == Some(self));
        of.map_or((self, false), |positive| (positive, true))
    }

    /// The word of `date_part` for the tests that are one.
    fn part(self) -> Option<&'static str> {
        match self {
            Self::DayOfMonth => Some("day"),
            Self::MonthOf => Some("month"),
            Self::YearOf => Some("year"),
            _ => None,
        }
    }
}
