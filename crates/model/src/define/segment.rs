//! Segment: `segments/<Name>.yaml`, a group of people.

use super::{RefreshWhen, UsedTable};
use crate::plan::SetOperator;
use crate::{Expr, Spanned};

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
    /// Related tables for all rules, by alias.
    pub tables: Vec<UsedTable>,
    /// The rules, folded left to right; the first is a union with nobody.
    pub rules: Vec<SegmentRule>,
    /// Whether its rows are written out as a table too.
    pub materialize: bool,
    /// When it is worked out again.
    pub refresh: Refresh,
}

/// One rule of a segment.
#[derive(Clone, Debug)]
pub struct SegmentRule {
    /// How it joins the rules before it.
    pub operator: SetOperator,
    /// Its condition; all conditions over a related table hold for the same row of it.
    pub filter: Spanned<Expr>,
    /// Related tables of this rule alone.
    pub tables: Vec<UsedTable>,
}
