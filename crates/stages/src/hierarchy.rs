//! Hierarchy: who stands below whom, by a column of a table with people in it that holds the key of the record above.
//!
//! Reads    `Resolved_<Table>_<column>`, `Customer`
//! Writes   `Hierarchy_<Table>_<column>` (internal): `profile_no`, `member` (it or somebody below it), `Depth`;
//!          `Standing_<hash>` (internal): a row a profile, whether it stands below, or above, one record
//! Flow     records and the records above them ─ profiles above profiles ─ followed up, at most [`MOST_STEPS`] steps
//!          ─ for `child_of` and `parent_of` of one record, whether each profile is one of those
//!
//! Invariants
//! - Every profile is its own member, at depth 0; a pair of profiles is there once, with its shortest way.
//! - A circle ends: those in it are each other's members, and a warning says so.
//!
//! - Nobody stands above or below themselves.
//!
//! Not here: what is worked out over the members (`measures`), joining the answers (`rows`).

use onefold_model::define::{RollUp, TableColumn};
use onefold_model::expr::{ColumnRef, Function, Literal, Node};
use onefold_model::plan::{Check, Stage};
use onefold_model::sql::{cast, column, text};
use onefold_model::{At, Code, Column, ColumnName, DataType, Diagnostic, Output, Spanned, TableName, Typed, sql};

use crate::Planner;
use crate::planner::sql_step;
use crate::segments::sequence::hash;
use crate::unify::{as_text, customer};

/// What the tables of members begin with.
pub(crate) const PREFIX: &str = "Hierarchy_";
/// The most steps that are followed from a profile to those above it.
const MOST_STEPS: i64 = 20;
/// The column of the answers.
const HOLDS: &str = "Holds";

/// What `child_of` and `parent_of` ask.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Standing {
    /// Whether it asks who stands below the record, not above.
    below: bool,
    key: String,
    /// `<Table>.<column>`
    by: String,
}

impl Standing {
    /// The table of answers: equal questions have one.
    pub(crate) fn table(&self) -> TableName {
        TableName::new(format!("Standing_{:016x}", hash(&format!("{}/{}/{}", self.below, self.by, self.key))))
    }
    /// The column of the answer, as rows that it is joined to name it.
    pub(crate) fn column(&self) -> ColumnRef {
        ColumnRef { alias: self.alias(), column: ColumnName::from(HOLDS) }
    }
    /// What the table is called where it is joined.
    pub(crate) fn alias(&self) -> String {
        format!("#{}", self.table())
    }
}

/// What a call asks, if it is one of these.
pub(crate) fn standing(function: Function, args: &[Typed]) -> Option<Standing> {
    let [key, by] = args else { return None };
    match (&key.node, &by.node, function.is_of_hierarchy()) {
        (Node::Literal(Literal::Text(key)), Node::Literal(Literal::Text(by)), true) => {
            Some(Standing { below: function == Function::ChildOf, key: key.clone(), by: by.clone() })
        }
        _ => None,
    }
}

/// All that an expression asks of hierarchies.
pub(crate) fn standings(expression: &Typed) -> Vec<Standing> {
    let mut all = Vec::new();
    expression.walk(&mut |e| {
        if let Node::Call { function, args } = &e.node {
            all.extend(standing(*function, args));
        }
    });
    all
}

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

    /// Plans who stands below, or above, a record; `None` when it is wrong, which has been said at `at`.
    pub(crate) fn standing(&mut self, asked: &Standing, at: Option<At>) -> Option<()> {
        let name = asked.table();
        if self.catalog().get(name.as_str()).is_some() {
            return Some(());
        }
        let (table, parent) = asked.by.split_once('.')?;
        let parent = TableColumn { table: table.to_owned(), column: parent.to_owned() };
        let roll_up = RollUp { parent: Spanned { value: parent, at }, path: Vec::new() };
        let members = self.hierarchy(&roll_up)?;
        let resolved = self.resolved(table, &[], at).ok()?;
        let key = self.find_table(&Spanned { value: table.to_owned(), at })?.key?;
        // The record is of one end of a pair of profiles; asked for is the other.
        let (end, other) = if asked.below { ("profile_no", "member") } else { ("member", "profile_no") };
        let found = sql!(
            "select distinct ",
            column("h", other),
            " as \"number\" from ",
            members,
            " as \"h\" join ",
            resolved,
            " as \"b\" on \"b\".\"profile_no\" = ",
            column("h", end),
            " where \"h\".\"Depth\" > 0 and ",
            cast(column("b", key.as_str()), DataType::Text),
            " = ",
            text(asked.key.as_str())
        );
        let query = sql!(
            "select \"c\".\"profile_no\", (\"k\".\"number\" is not null) as \"Holds\" from ",
            customer(),
            " as \"c\" left join (",
            found,
            ") as \"k\" on \"k\".\"number\" = \"c\".\"profile_no\""
        );
        let columns = vec![Column::new("profile_no", DataType::Small), Column::new(HOLDS, DataType::Boolean)];
        let out = Output::internal(name, columns).sorted_by(&["profile_no"]);
        let side = if asked.below { "below" } else { "above" };
        let step_name = format!("relationships.{side} {} of {}", asked.key, asked.by);
        self.step(sql_step(step_name, Stage::Relationships, &["relationships".to_owned()], out, query));
        Some(())
    }
}
