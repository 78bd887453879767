//! The vocabulary of Onefold: what users write, and what is to be done about it.
//!
//! Flow     files ─ `load` ─ `Project` + diagnostics;  `Project` + `Catalog` ─ (stages) ─ `Plan`
//!
//! Invariants
//! - Nothing here runs anything: no engine, no runtime, no clock. Only `load` opens files.
//! - A wrong definition is a [`Diagnostic`], never an error or a panic.
//!
//! Not here: how a definition becomes steps (`onefold-stages`); how a step runs (`onefold-lake`).

pub mod catalog;
pub mod codes;
pub mod define;
pub mod diagnostic;
pub mod edit;
pub mod expr;
pub mod linkage;
pub mod load;
pub mod names;
pub mod plan;
pub mod render;
pub mod schema;
pub mod select;
pub mod sql;
pub mod template;
pub mod types;
pub mod yaml;

pub use catalog::{Catalog, Column, Table};
pub use codes::Code;
pub use define::Project;
pub use diagnostic::{At, Diagnostic, Severity, SourceFile, Spanned};
pub use expr::{Expr, Typed};
pub use load::{Loaded, Overlay, load, load_with};
pub use names::{ColumnName, TableName};
pub use plan::{Output, Plan, Step, Work};
pub use sql::Sql;
pub use types::DataType;
