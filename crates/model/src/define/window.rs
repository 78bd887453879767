//! Window: the stretch of time that a measure looks at, written shorter than as a condition.
//!
//! Not here: the condition it stands for (`onefold-stages`, `measures::window`).

use crate::{Expr, Spanned};

/// A stretch of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Which one.
    pub stretch: Stretch,
    /// Of what; the time of the activity when absent.
    pub time: Option<Spanned<Expr>>,
}

/// Which stretch of time; all but `Between` move with the instant of the run.
#[derive(Clone, Debug, PartialEq)]
pub enum Stretch {
    /// The last so many units up to the instant of the run.
    Last(u64, WindowUnit),
    /// The next so many units from the instant of the run.
    Next(u64, WindowUnit),
    /// The so many whole units before the present one.
    WholeLast(u64, WindowUnit),
    /// The so many whole units after the present one.
    WholeNext(u64, WindowUnit),
    /// The present unit, whole.
    This(WindowUnit),
    /// The present unit up to the instant of the run.
    ToDate(WindowUnit),
    /// Fixed days: from the first on, before the second.
    Between(Option<Spanned<String>>, Option<Spanned<String>>),
}

/// What windows are measured in, in the project's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WindowUnit {
    /// Days.
    Day,
    /// Weeks, from Monday.
    Week,
    /// Months.
    Month,
    /// Quarters.
    Quarter,
    /// Years.
    Year,
}

impl WindowUnit {
    /// The words users write.
    pub const WORDS: &[(&str, WindowUnit)] = &[
        ("day", WindowUnit::Day),
        ("week", WindowUnit::Week),
        ("month", WindowUnit::Month),
        ("quarter", WindowUnit::Quarter),
        ("year", WindowUnit::Year),
    ];

    /// The word users write.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, unit)| *unit == self).map_or("", |(word, _)| word)
    }
}
