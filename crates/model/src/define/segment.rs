//! Segment: `segments/<Name>.yaml`, a group of people.

use super::{Example, RefreshWhen, Upkeep, UsedTable};
use crate::plan::SetOperator;
use crate::{At, Expr, Spanned};

/// When a segment is worked out again.
pub type Refresh = RefreshWhen;

/// A group of people and who belongs to it.
#[derive(Clone, Debug)]
pub struct Segment {
    /// The file's name; also a view of the lake.
    pub name: Spanned<String>,
    /// The name shown to people.
    pub title: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it is worked out, when, and its tags.
    pub upkeep: Upkeep,
    /// Related tables for all rules, by alias.
    pub tables: Vec<UsedTable>,
    /// The rules, folded left to right; the first is a union with nobody.
    pub rules: Vec<SegmentRule>,
    /// The most members, and which.
    pub limit: Option<SegmentLimit>,
    /// Who is held out of it at random.
    pub holdout: Option<Holdout>,
    /// Columns of its view beside those of Customer.
    pub columns: Vec<ProjectedColumn>,
    /// How many members there should be.
    pub expect: Option<Expectation>,
    /// Whether its rows are written out as a table too.
    pub materialize: bool,
    /// When it is worked out again; `manual` for a static one.
    pub refresh: Refresh,
    /// Examples that `onefold test` runs.
    pub tests: Vec<Example>,
}

impl Segment {
    /// Whether it is worked out only when its turn comes or when it is named, not with every run.
    pub fn has_own_time(&self) -> bool {
        self.refresh == RefreshWhen::Manual || !self.upkeep.is_active() || self.upkeep.rhythm().is_some()
    }

    /// All expressions in it, in order.
    pub fn expressions(&self) -> impl Iterator<Item = &Spanned<Expr>> {
        let limit = self.limit.iter().flat_map(|limit| [&limit.by].into_iter().chain(&limit.per));
        let columns = self.columns.iter().map(|column| &column.value);
        self.rules.iter().flat_map(SegmentRule::expressions).chain(limit).chain(columns)
    }

    /// All related tables that it and its parts name.
    pub fn used_tables(&self) -> impl Iterator<Item = &UsedTable> {
        let rules = self.rules.iter().flat_map(|rule| &rule.tables);
        self.tables.iter().chain(rules).chain(self.columns.iter().flat_map(|column| &column.tables))
    }
}

/// One rule of a segment.
#[derive(Clone, Debug)]
pub struct SegmentRule {
    /// How it joins the rules before it.
    pub operator: SetOperator,
    /// Its condition; all conditions over a related table hold for the same row of it.
    pub filter: Spanned<Expr>,
    /// For how many rows of a profile it must hold; for one when absent.
    pub times: Option<Spanned<Times>>,
    /// Which row of a profile it must hold for; any when absent.
    pub pick: Option<Spanned<Pick>>,
    /// The rows that `pick` chooses from; all when absent.
    pub among: Option<Spanned<Expr>>,
    /// What puts the rows of a profile in order.
    pub order_by: Option<Spanned<Expr>>,
    /// A row that must come before.
    pub after: Option<Neighbor>,
    /// A row that must follow.
    pub before: Option<Neighbor>,
    /// Related tables of this rule alone.
    pub tables: Vec<UsedTable>,
}

impl SegmentRule {
    /// All expressions in it, in order.
    pub fn expressions(&self) -> impl Iterator<Item = &Spanned<Expr>> {
        let neighbors = self.after.iter().chain(&self.before).map(|neighbor| &neighbor.filter);
        [&self.filter].into_iter().chain(&self.among).chain(&self.order_by).chain(neighbors)
    }

    /// Whether it looks at the rows of a profile together, not at each by itself.
    pub fn is_over_many_rows(&self) -> bool {
        self.times.is_some() || self.pick.is_some() || self.after.is_some() || self.before.is_some()
    }
}

/// For how many rows a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// At least so many; people without rows count when this is 0 or absent.
    pub at_least: Option<u64>,
    /// At most so many.
    pub at_most: Option<u64>,
}

impl Times {
    /// Whether somebody without a single row meets it.
    pub fn none_will_do(self) -> bool {
        self.at_least.unwrap_or(0) == 0
    }
}

/// Which row of a profile a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The first in order.
    First,
    /// The last in order.
    Last,
}

impl Pick {
    /// The words users write.
    pub const WORDS: &[(&str, Pick)] = &[("first", Pick::First), ("last", Pick::Last)];
    /// The word users write.
    pub fn word(self) -> &'static str {
        if self == Self::First { "first" } else { "last" }
    }
}

/// Another row of the same profile and table, strictly earlier or later.
#[derive(Clone, Debug)]
pub struct Neighbor {
    /// Where it is asked for.
    pub at: Option<At>,
    /// What must hold for it.
    pub filter: Spanned<Expr>,
    /// How far away at most.
    pub within: Option<Spanned<Within>>,
}

/// A stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within {
    /// How many units.
    pub count: u32,
    /// The unit.
    pub unit: TimeUnit,
}

/// A unit of time; days and longer are those of the project's calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// 60 minutes.
    Hour,
    /// A day.
    Day,
    /// Seven days.
    Week,
    /// A month.
    Month,
    /// A year.
    Year,
}

impl TimeUnit {
    /// The words users write.
    pub const WORDS: &[(&str, TimeUnit)] = &[
        ("hour", TimeUnit::Hour),
        ("day", TimeUnit::Day),
        ("week", TimeUnit::Week),
        ("month", TimeUnit::Month),
        ("year", TimeUnit::Year),
    ];
    /// The word users write.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, unit)| *unit == self).map_or("", |(word, _)| word)
    }
}

/// The most members of a segment, and which.
#[derive(Clone, Debug)]
pub struct SegmentLimit {
    /// Where it stands.
    pub at: Option<At>,
    /// So many.
    pub count: u64,
    /// What they are ranked by, over Customer and its attributes; people without a value are left out.
    pub by: Spanned<Expr>,
    /// Whether the smallest come first.
    pub ascending: bool,
    /// So many of each of these.
    pub per: Option<Spanned<Expr>>,
}

/// A random share of people that is held out of a segment, the same in every run.
#[derive(Clone, Debug)]
pub struct Holdout {
    /// Where it stands.
    pub at: Option<At>,
    /// The share, above 0 and below 1.
    pub share: f64,
    /// What the choice is made from: hold-outs of one name choose the same people.
    pub name: String,
}

/// A column of a segment's view.
#[derive(Clone, Debug)]
pub struct ProjectedColumn {
    /// Its name.
    pub name: Spanned<String>,
    /// Its value: over Customer and attributes, or over a related table with an aggregate or as a list.
    pub value: Spanned<Expr>,
    /// Related tables of this column alone.
    pub tables: Vec<UsedTable>,
    /// Whether it is the list of all different values.
    pub list: bool,
}

/// How many members a segment should have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expectation {
    /// At least so many.
    pub min: Option<u64>,
    /// At most so many.
    pub max: Option<u64>,
    /// The largest change from one run to the next, as a share of the members before.
    pub max_change: Option<f64>,
}
