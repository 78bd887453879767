//! Functions: the closed lists of what can be called in an expression.
//!
//! Not here: argument types (`resolve`), their SQL (`onefold-stages`, `condition`).

use serde::{Deserialize, Serialize};

macro_rules! list {
    ($(#[$doc:meta])* $list:ident { $($name:ident $word:literal $least:literal $most:literal $about:literal)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $list { $(#[doc = $about] $name,)* }
        impl $list {
            /// All of them, in the order of the reference.
            pub const ALL: &[$list] = &[$($list::$name),*];
            /// The word users write.
            pub fn word(self) -> &'static str { match self { $($list::$name => $word),* } }
            /// The one of that name, ignoring case.
            pub fn of_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|f| f.word().eq_ignore_ascii_case(word))
            }
            /// The least and the most number of arguments.
            pub fn arity(self) -> (usize, usize) { match self { $($list::$name => ($least, $most)),* } }
            /// One sentence for the reference.
            pub fn about(self) -> &'static str { match self { $($list::$name => $about),* } }
        }
    };
}

list! {
    /// Functions over one row.
    Function {
        Lower      "lower"        1 1   "text in lower case"
        Upper      "upper"        1 1   "text in upper case"
        Trim       "trim"         1 1   "text without white space at its ends"
        Length     "length"       1 1   "number of characters"
        Substr     "substr"       2 3   "part of a text: from the n-th character (first is 1), so many characters"
        Concat     "concat"       1 64  "texts one after the other; a null counts as empty"
        Coalesce   "coalesce"     1 64  "the first argument that is not null"
        Nullif     "nullif"       2 2   "null where both are equal, else the first"
        Abs        "abs"          1 1   "absolute value"
        Round      "round"        1 2   "rounded half away from zero, to so many decimals"
        Floor      "floor"        1 1   "largest whole number not above"
        Ceil       "ceil"         1 1   "smallest whole number not below"
        Contains   "contains"     2 2   "whether a text holds another"
        StartsWith "starts_with"  2 2   "whether a text begins with another"
        EndsWith   "ends_with"    2 2   "whether a text ends with another"
        Now        "now"          0 0   "the instant of the run"
        Today      "today"        0 0   "the day of the run in the project's time zone"
        DateTrunc  "date_trunc"   2 2   "the start of the 'year', 'quarter', 'month', 'week', 'day' or 'hour', in the project's time zone"
        DatePart   "date_part"    2 2   "the 'year', 'quarter', 'month', 'week', 'day', 'hour', 'minute' or 'second' as an integer, in the project's time zone"
        DaysBetween "days_between" 2 2  "number of midnights of the project's time zone from the first to the second; negative when the second is earlier"
        WithinLast "within_last"  3 3   "whether within the last n 'day', 'week', 'month' or 'year' up to the instant of the run"
        WithinNext "within_next"  3 3   "whether within the next n 'day', 'week', 'month' or 'year' from the instant of the run"
        YearToDate "year_to_date" 1 1   "whether in the year of the run, up to its instant"
        DayOfWeek  "day_of_week"  1 1   "1 for Monday to 7 for Sunday"
        TimeOfDay  "time_of_day"  1 1   "minutes since midnight, in the project's time zone"
        ChildOf    "child_of"     2 2   "whether the person stands below the record with that key, in the hierarchy of '<Table>.<column>', the column that holds the key of the record above"
        ParentOf   "parent_of"    2 2   "whether the person stands above the record with that key, in the hierarchy of '<Table>.<column>'"
    }
}

list! {
    /// Functions over many rows.
    Aggregate {
        Sum         "sum"          1 1  "the sum; null without values"
        Avg         "avg"          1 1  "the mean, a double; null without values"
        Min         "min"          1 1  "the smallest value"
        Max         "max"          1 1  "the largest value"
        Count       "count"        0 1  "the number of rows, or of values that are not null; 0 without rows"
        CountUnique "count_unique" 1 1  "the number of different values; 0 without rows"
        First       "first"        2 2  "the first argument where the second is smallest, ties by the smallest first argument"
        Last        "last"         2 2  "the first argument where the second is largest, ties by the largest first argument"
        ArgMax      "argmax"       2 2  "the first argument where the second is largest, ties by the smallest first argument"
        ArgMin      "argmin"       2 2  "the first argument where the second is smallest, ties by the smallest first argument"
    }
}

impl Function {
    /// Whether it asks where a person stands in a hierarchy.
    pub fn is_of_hierarchy(self) -> bool {
        matches!(self, Self::ChildOf | Self::ParentOf)
    }
    /// Whether its answer depends on the instant of the run.
    pub fn uses_now(self) -> bool {
        matches!(self, Self::Now | Self::Today | Self::WithinLast | Self::WithinNext | Self::YearToDate)
    }
}
