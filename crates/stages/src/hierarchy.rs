//! Hierarchy: who stands below whom, by a column of a table with people in it that holds the key of the record above.
//!
//! Reads    `Resolved_<Table>_<column>`, `Customer`
//! Writes   `Hierarchy_<Table>_<column>` (internal): `profile_no`, `member` (it or somebody below it), `Depth`
//! Flow     records and the records above them ─ profiles above profiles ─ followed up, at most [`MOST_STEPS`] steps
//!
//! Invariants
//! - Every profile is its own member, at depth 0; a pair of profiles is there once, with its shortest way.
//! - A circle ends: those in it are each other's members, and a warning says so.
//!
//! Not here: what is worked out over the members (`measures`).

use onefold_model::define::RollUp;
use onefold_model::plan::{Check, Stage};
use onefold_model::sql::column;
use onefold_model::{Code, Column, DataType, Diagnostic, Output, TableName, sql};

use crate::Planner;
use crate::planner::sql_step;
use crate::unify::{as_text, customer};

/// What the tables of members begin with.
pub(crate) const PREFIX: &str = "Hierarchy_";
/// The most steps that are followed from a profile to those above it.
const MOST_STEPS: i64 = 20;

impl Planner<'_> {
    /// The table of members for a column that leads up; planned when first asked for. `None` when it is wrong, which has
    /// been said.
    pub(crate) fn hierarchy(&mut self, roll_up: &RollUp) -> Option<TableName> {
        let at = roll_up.parent.at;
        let (table, parent) = self.find_table_column(&roll_up.parent.value, at)?;
        let Some(key) = table.key.clone().filter(|_| table.name != customer()) else {
            let message = format!("`{}` has no key that `{}` could hold", table.name, parent.name);
            let hint = "name a column of a table of a source";
            self.say(Diagnostic::new(Code::UnknownColumn, at, message).hint(hint));
            return None;
        };
        let resolved = self.resolved(table.name.as_str(), &roll_up.path, at).ok()?;
        let name = TableName::new(format!("{PREFIX}{}_{}", table.name, parent.name));
        if self.catalog().get(name.as_str()).is_some() {
            return Some(name);
        }
        let key_ty = table.column(key.as_str()).map_or(DataType::Any, |column| column.ty);
        let above = as_text(column("b", parent.name.as_str()), parent.ty, key_ty);
        let own = as_text(column("a", key.as_str()), key_ty, parent.ty);
        let query = sql!(
            "with recursive \"#e\" as (select distinct a.\"profile_no\" as \"profile_no\", b.\"profile_no\" as \"member\" from ",
            &resolved,
            " b join ",
            &resolved,
            " a on ",
            own,
            " = ",
            above,
            " where a.\"profile_no\" <> b.\"profile_no\"), \"#h\" as (select \"profile_no\", \"member\", cast(1 as bigint) as \"Depth\" from \"#e\" ",
            "union all select e.\"profile_no\", h.\"member\", h.\"Depth\" + 1 as \"Depth\" from \"#h\" h join \"#e\" e on e.\"member\" = h.\"profile_no\" where h.\"Depth\" < ",
            onefold_model::sql::integer(MOST_STEPS),
            " and e.\"profile_no\" <> h.\"member\") ",
            "select \"profile_no\", \"member\", min(\"Depth\") as \"Depth\" from \"#h\" group by \"profile_no\", \"member\" ",
            "union all select \"profile_no\", \"profile_no\" as \"member\", cast(0 as bigint) as \"Depth\" from ",
            customer()
        );
        let columns = vec![
            Column::new("profile_no", DataType::Small),
            Column::new("member", DataType::Small),
            Column::new("Depth", DataType::Integer),
        ];
        let out = Output::internal(name.clone(), columns).sorted_by(&["profile_no", "member"]);
        let step_name = format!("relationships.hierarchy {}.{}", table.name, parent.name);
        let mut step = sql_step(step_name, Stage::Relationships, &["relationships".to_owned()], out, query);
        let same =
            "a.\"profile_no\" = b.\"member\" and a.\"member\" = b.\"profile_no\" and a.\"profile_no\" < a.\"member\"";
        step.checks.push(Check {
            fact: format!("nobody stands above themselves by `{}.{}`", table.name, parent.name),
            broken_by: sql!("select a.\"profile_no\", a.\"member\" from ", &name, " a join ", &name, " b on ", same),
            warning: true,
        });
        step.checks.push(Check {
            fact: format!("nobody stands {MOST_STEPS} or more steps below another by `{}.{}`", table.name, parent.name),
            broken_by: sql!(
                "select \"profile_no\", \"member\" from ",
                &name,
                " where \"Depth\" >= ",
                onefold_model::sql::integer(MOST_STEPS)
            ),
            warning: true,
        });
        self.step(step);
        Some(name)
    }
}
