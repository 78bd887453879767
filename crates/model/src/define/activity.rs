//! Activity: `activities/<name>.yaml`, rows that are somebody's doing.

use crate::{Expr, Spanned};

/// A table whose rows are events in people's lives.
#[derive(Clone, Debug)]
pub struct Activity {
    /// The file's name.
    pub name: Spanned<String>,
    /// The name shown to people.
    pub title: Option<String>,
    /// The table.
    pub table: Spanned<String>,
    /// The column that tells its rows apart.
    pub key: Spanned<String>,
    /// The relationships that lead to Customer; may be left out when there is one way.
    pub path: Vec<Spanned<String>>,
    /// Further ways to Customer: the same rows are activities of those whom they lead to as well.
    pub further_paths: Vec<Vec<Spanned<String>>>,
    /// The type, one of [`super::ACTIVITY_TYPES`] or the user's own: `Appointment`.
    pub kind: Spanned<String>,
    /// The fields of its type, columns of `Activity_<Type>`; in the table's own scope.
    pub fields: Vec<(Spanned<String>, Spanned<Expr>)>,
    /// What happened; in the table's own scope, like the rest.
    pub event: Spanned<Expr>,
    /// When.
    pub time: Spanned<Expr>,
    /// Until when.
    pub end: Option<Spanned<Expr>>,
    /// More words.
    pub detail: Option<Spanned<Expr>>,
    /// A link.
    pub url: Option<Spanned<Expr>>,
    /// The name of a picture.
    pub icon: Option<String>,
    /// Whether it stands on the timeline; default true.
    pub timeline: bool,
}
