//! Ask: what is looked for, and what is found.

use serde::{Deserialize, Serialize};

use crate::Value;

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// Words, all of which must be found; all documents when there is none.
    pub text: String,
    /// All must hold.
    pub filters: Vec<Filter>,
    /// Fields whose values are counted over all found.
    pub count: Vec<Count>,
    /// By nearness to the text, then by number, when absent.
    pub sort: Option<Sort>,
    /// How many hits to pass over; at most [`crate::DEEPEST`].
    pub offset: usize,
    /// How many hits to answer.
    pub limit: usize,
}

/// A condition on a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Filter {
    /// The field.
    pub field: String,
    /// What must hold.
    pub test: Test,
}

/// What must hold of a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// A value is one of these; with `missing`, or there is none.
    AnyOf {
        /// The values.
        values: Vec<Value>,
        /// Whether a document without a value is taken too.
        missing: bool,
    },
    /// A value lies between these.
    Between {
        /// At least this.
        from: Option<Value>,
        /// At most this.
        to: Option<Value>,
        /// Less than this.
        below: Option<Value>,
    },
    /// There is a value.
    Present,
}

/// A field whose values are counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Count {
    /// The field.
    pub field: String,
    /// Where ranges begin, ascending, each up to the next, the last without an end; values one by one when empty.
    pub edges: Vec<Value>,
    /// The most values to answer; the others are added up.
    pub most: usize,
}

/// What hits are sorted by; those without a value come last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sort {
    /// The field.
    pub field: String,
    /// Whether the largest come first.
    pub descending: bool,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// How many there are.
    pub total: u64,
    /// Some of them, in order.
    pub hits: Vec<Hit>,
    /// Values counted, in the order they were asked for.
    pub counted: Vec<Counted>,
}

/// A document that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Its number.
    pub number: u64,
    /// What it was indexed with.
    pub card: Vec<u8>,
}

/// The values of a field, counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counted {
    /// The commonest values first, or ranges in their order.
    pub buckets: Vec<Bucket>,
    /// How often there are other values.
    pub others: u64,
    /// Documents without a value.
    pub missing: u64,
}

/// A value, or the beginning of a range, and how many there are.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    /// The value.
    pub value: Value,
    /// How many documents.
    pub count: u64,
}
