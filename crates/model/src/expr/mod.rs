//! Expr: the one language for conditions and values.
//!
//! Flow     text ─ `parse` (sqlparser, cut down) ─ `Expr` ─ `resolve` against a `Scope` ─ `Typed` ─ (stages) ─ SQL
//!
//! Invariants
//! - Operators, functions and aggregates are closed lists; whatever else SQL has is refused with a diagnostic.
//! - `Display` writes text that parses to an equal tree.
//! - Every node knows its bytes in the text, so that a diagnostic points at the word that is wrong.
//!
//! Not here: what an expression means in SQL (`onefold-stages`, `condition`).
//! To add a function: a line in `functions`, an arm in `condition`, lines in `fixtures/expressions.txt`.

pub mod condition;
mod dialect;
mod functions;
mod parse;
mod place;
mod print;
mod refusal;
mod resolve;
mod rewrite;
#[cfg(test)]
mod tests;
mod tokens;

pub use functions::{Aggregate, Function};
pub use parse::{parse, parse_value};
pub use print::Spelled;
pub use resolve::{
    Resolved, Scope, ScopeTable, columns_of, constant, resolve, resolve_condition, resolve_value, resolve_with_notes,
    unify,
};

use serde::{Deserialize, Serialize};

use crate::{ColumnName, DataType};

/// An expression whose columns are of kind `N`: [`Name`] as parsed, [`ColumnRef`] once resolved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expr<N = Name> {
    /// What it is.
    pub node: Node<N>,
    /// Its type: [`DataType::Any`] until it is resolved, and for what is known only after the first read.
    pub ty: DataType,
    /// Its bytes in the text it was parsed from.
    pub span: (u32, u32),
}

/// An expression whose columns are known and whose types go together.
pub type Typed = Expr<ColumnRef>;

/// A dotted name as written: its parts, unquoted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Name(pub Vec<String>);

/// A column of a table in scope.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ColumnRef {
    /// The alias of the table; empty in a table's own scope.
    pub alias: String,
    /// The column.
    pub column: ColumnName,
}

/// The kinds of expression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the form shown for each kind names its fields")]
pub enum Node<N> {
    /// A constant.
    Literal(Literal),
    /// A column.
    Column(N),
    /// `not x`
    Not(Box<Expr<N>>),
    /// `-x`
    Negate(Box<Expr<N>>),
    /// `x + y`, `x and y`, `x <= y` …
    Binary(Box<Expr<N>>, Operator, Box<Expr<N>>),
    /// `x [not] between low and high`
    Between { value: Box<Expr<N>>, low: Box<Expr<N>>, high: Box<Expr<N>>, negated: bool },
    /// `x [not] in (a, b)`
    In { value: Box<Expr<N>>, list: Vec<Expr<N>>, negated: bool },
    /// `in_list(x, 'name')`: the values are those of the list's file once it was read.
    InList { value: Box<Expr<N>>, list: String, values: Vec<Literal> },
    /// `x [not] like|ilike pattern`
    Like { value: Box<Expr<N>>, pattern: Box<Expr<N>>, negated: bool, ignore_case: bool },
    /// `x is [not] null`
    IsNull { value: Box<Expr<N>>, negated: bool },
    /// `case [operand] when … then … [else …] end`
    Case { operand: Option<Box<Expr<N>>>, whens: Vec<(Expr<N>, Expr<N>)>, otherwise: Option<Box<Expr<N>>> },
    /// `cast(x as type)`
    Cast { value: Box<Expr<N>>, to: DataType },
    /// A function over one row.
    Call { function: Function, args: Vec<Expr<N>> },
    /// A function over many rows. `count(*)` has no arguments.
    Aggregate { aggregate: Aggregate, args: Vec<Expr<N>> },
    /// `in_segment('Name')`
    InSegment(String),
}

/// A constant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Boolean(bool),
    /// `42`
    Integer(i64),
    /// `0.5`
    Number(f64),
    /// `'text'`; resolved against a date, date-time or guid it takes that type, checked.
    Text(String),
    /// `date '2020-01-31'`
    Date(String),
    /// `timestamp '2020-01-31 12:00:00'`; in the project's time zone unless it states an offset.
    DateTime(String),
}

/// Operators between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// `or`
    Or,
    /// `and`
    And,
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `||`
    Concat,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`: always a double; x/0 is null
    Divide,
    /// `%`: x%0 is null
    Modulo,
    /// `^`: power
    Power,
}

impl<N> Expr<N> {
    /// An expression at bytes `span`, of a type not known yet.
    pub fn new(node: Node<N>, span: (u32, u32)) -> Self {
        Self { node, ty: DataType::Any, span }
    }

    /// Calls `visit` for this expression and everything in it, outermost first.
    #[recursive::recursive]
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr<N>)) {
        visit(self);
        self.parts().into_iter().for_each(|part| part.walk(visit));
    }

    /// What it is made of, front to back.
    pub fn parts(&self) -> Vec<&Expr<N>> {
        match &self.node {
            Node::Literal(_) | Node::Column(_) | Node::InSegment(_) => Vec::new(),
            Node::Not(x) | Node::Negate(x) => vec![x],
            Node::Binary(x, _, y) => vec![x, y],
            Node::Between { value, low, high, .. } => vec![value, low, high],
            Node::In { value, list, .. } => [&**value].into_iter().chain(list).collect(),
            Node::Like { value, pattern, .. } => vec![value, pattern],
            Node::IsNull { value, .. } | Node::Cast { value, .. } | Node::InList { value, .. } => vec![value],
            Node::Case { operand, whens, otherwise } => {
                let whens = whens.iter().flat_map(|(when, then)| [when, then]);
                operand.as_deref().into_iter().chain(whens).chain(otherwise.as_deref()).collect()
            }
            Node::Call { args, .. } | Node::Aggregate { args, .. } => args.iter().collect(),
        }
    }

    /// Whether an aggregate stands anywhere in it.
    pub fn has_aggregate(&self) -> bool {
        let mut found = false;
        self.walk(&mut |e| found |= matches!(e.node, Node::Aggregate { .. }));
        found
    }

    /// The segments it asks about.
    pub fn segments(&self) -> Vec<&str> {
        let mut all = Vec::new();
        self.walk(&mut |e| {
            if let Node::InSegment(name) = &e.node {
                all.push(name.as_str());
            }
        });
        all
    }

    /// The lists it asks about, each with its place.
    pub fn lists(&self) -> Vec<(&str, (u32, u32))> {
        let mut all = Vec::new();
        self.walk(&mut |e| {
            if let Node::InList { list, .. } = &e.node {
                all.push((list.as_str(), e.span));
            }
        });
        all
    }

    /// The columns it reads, in order of appearance, repeats included.
    pub fn columns(&self) -> Vec<&N> {
        let mut all = Vec::new();
        self.walk(&mut |e| {
            if let Node::Column(name) = &e.node {
                all.push(name);
            }
        });
        all
    }

    /// Whether it asks for the instant or the day of the run.
    pub fn uses_now(&self) -> bool {
        let mut found = false;
        self.walk(&mut |e| found |= matches!(&e.node, Node::Call { function, .. } if function.uses_now()));
        found
    }
}
