//! By profile: steps whose rows for a profile depend on the rows of that profile alone.
//!
//! Invariants
//! - Of a table that such a step reads, only the rows with a profile's number bear on what it writes for that profile;
//!   tables without such numbers must not have changed at all.
//! - A kind of step that is not told of here is not one of them: it is worked out as a whole.
//!
//! Not here: which profiles changed (the binary).

use onefold_model::define::TransformStep;
use onefold_model::plan::Stage;
use onefold_model::{Spanned, Step, Work};

use crate::hierarchy::PREFIX as HIERARCHY;

/// The column of profiles' numbers.
pub const NUMBER: &str = "profile_no";

/// Whether what a step writes for a profile depends on the rows of that profile alone.
pub fn by_profile(step: &Step) -> bool {
    match (&step.work, step.stage) {
        // Activities, attributes and measures by profile and dimension: rows that are not somebody's are left out.
        (Work::Sql(_), Stage::Activities | Stage::Measures) => {
            // Along a hierarchy the rows of others count too.
            !step.reads.iter().any(|table| table.as_str().starts_with(HIERARCHY))
                && step.writes.iter().all(|output| output.columns.iter().any(|column| column.name == NUMBER))
        }
        // Questions about the rows of a person together, and draws.
        (Work::Sql(_), Stage::Segments) => {
            ["segments.rows ", "segments.draw "].iter().any(|name| step.name.starts_with(name))
        }
        // A condition holds for a profile by its own rows.
        (Work::Scan(_), Stage::Segments) => true,
        _ => false,
    }
}

/// Whether the steps of a source's table make each of its rows from one row of the source.
pub fn row_by_row(steps: &[Spanned<TransformStep>]) -> bool {
    use TransformStep as T;
    steps.iter().all(|step| match &step.value {
        T::ChooseColumns(_)
        | T::RemoveColumns(_)
        | T::RenameColumns(_)
        | T::ReorderColumns(_)
        | T::FilterRows(_)
        | T::ChangeType { .. }
        | T::ReplaceValues { .. }
        | T::Lowercase(_)
        | T::Uppercase(_)
        | T::Trim(_)
        | T::Expand { .. }
        | T::AddColumn { .. } => true,
        T::KeepRows(_)
        | T::RemoveRows(_)
        | T::Sort(_)
        | T::Distinct(_)
        | T::GroupBy { .. }
        | T::Sql(_)
        | T::NotYet(_) => false,
    })
}
