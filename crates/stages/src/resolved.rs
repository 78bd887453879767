//! Resolved: tables that lead to Customer, with the profile of each row.
//!
//! Reads    the table, the tables on its way, `KeyRing`, `Customer`
//! Writes   `Resolved_<Table>_<column>` and `Lookup_<Table>_<column>` (internal)
//! Flow     a way ─ its last look-up (the key ring) ─ look-ups before it, from the end ─ one join
//!
//! Invariants
//! - One row of the table is one row of the result: a value that stands several times on the way is looked up in the
//!   row of lowest key.
//! - A look-up goes through the key ring, so that what hangs on an alternate key is not lost.
//! - Ways that end in the same look-up share it, and so do tables that are asked for twice.
//! - Rows that lead to no profile stay, at the end, without a number; they are counted.
//!
//! Not here: which ways there are (`relate`).

use onefold_model::plan::{Check, Growth, Pick, Stage};
use onefold_model::sql::{column, id, join, text};
use onefold_model::{At, Column, DataType, Output, Spanned, Sql, TableName, sql};

use crate::Planner;
use crate::planner::sql_step;
use crate::relate::{Ending, Hop, Path};
use crate::unify::{as_text, customer, key_ring};

/// A table with the profile of each of its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolvedTable {
    /// Its name: all columns of `table`, then `profile_no`; sorted by it, nulls last.
    pub name: TableName,
    /// The table.
    pub table: TableName,
    /// The way to Customer.
    pub path: Path,
}

/// What has been resolved so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resolver {
    tables: Vec<ResolvedTable>,
    /// Per resolved table: the column and the look-up it was made with.
    made_with: Vec<(TableName, String, Lookup)>,
    /// Look-ups that have a table of their own.
    stored: Vec<(Lookup, TableName)>,
}

/// Where a value is looked up to find a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Lookup {
    /// A key of a table with people in it.
    Key(TableName),
    /// A column of Customer that is no key.
    Customer(String),
    /// A column of a table, whose row leads on by another of its columns.
    Row { table: TableName, column: String, next: String, then: Box<Lookup> },
}

impl Resolver {
    pub(crate) fn into_tables(self) -> Vec<ResolvedTable> {
        self.tables
    }
}

impl Planner<'_> {
    /// The table that holds every column of `table` and the `profile_no` of each row, sorted by it; planned when first
    /// asked for. `path` names relationships; when empty there must be one way. `at` is where a fault is shown.
    ///
    /// # Errors
    /// When there is no such way; a diagnostic says so.
    #[allow(clippy::result_unit_err, reason = "what is wrong has been said as a diagnostic")]
    pub fn resolved(&mut self, table: &str, path: &[Spanned<String>], at: Option<At>) -> Result<TableName, ()> {
        let name = self.find_table(&Spanned { value: table.to_owned(), at }).ok_or(())?.name;
        let path = self.path(&name, path, at).ok_or(())?;
        let (first, lookup) = self.lookup_of(&name, &path).ok_or(())?;
        let known =
            |(table, column, by): &&(TableName, String, Lookup)| *table == name && *column == first && *by == lookup;
        if let Some(at) = self.resolver.made_with.iter().position(|made| known(&made)) {
            return Ok(self.resolver.tables[at].name.clone());
        }
        let same = self.resolver.made_with.iter().filter(|(t, column, _)| *t == name && *column == first).count();
        let mut resolved = TableName::new(format!("Resolved_{name}_{first}"));
        if same > 0 {
            resolved = resolved.suffixed(&format!("_{}", same + 1));
        }
        self.plan_resolved(&name, &first, &lookup, &resolved);
        self.resolver.made_with.push((name.clone(), first, lookup));
        self.resolver.tables.push(ResolvedTable { name: resolved.clone(), table: name, path });
        Ok(resolved)
    }

    /// The resolved tables so far.
    pub fn resolved_tables(&self) -> &[ResolvedTable] {
        &self.resolver.tables
    }

    /// The column of a table that begins its way, and what it is looked up in.
    fn lookup_of(&self, table: &TableName, path: &Path) -> Option<(String, Lookup)> {
        let Some(first) = path.hops.first() else {
            let key = self.unified.table(table.as_str())?.key.to_string();
            return Some((key, Lookup::Key(table.clone())));
        };
        Some((first.from.column.clone(), self.lookup_at(&path.hops, &path.ending)?))
    }

    fn lookup_at(&self, hops: &[Hop], ending: &Ending) -> Option<Lookup> {
        let (hop, rest) = hops.split_first()?;
        let row = |next: String, then| {
            let (table, column) = (TableName::new(hop.to.table.clone()), hop.to.column.clone());
            Lookup::Row { table, column, next, then: Box::new(then) }
        };
        if let Some(next) = rest.first() {
            return Some(row(next.from.column.clone(), self.lookup_at(rest, ending)?));
        }
        match ending {
            Ending::Customer(column) => Some(match self.unified.of_key(column) {
                Some(unified) => Lookup::Key(unified.table.clone()),
                None => Lookup::Customer(column.clone()),
            }),
            Ending::Records(table) => {
                let key = self.unified.table(table.as_str())?.key.to_string();
                let by_key = Lookup::Key(table.clone());
                Some(if hop.to.column == key { by_key } else { row(key, by_key) })
            }
        }
    }

    fn plan_resolved(&mut self, table: &TableName, first: &str, lookup: &Lookup, resolved: &TableName) {
        let Some(known) = self.catalog().get(table.as_str()).cloned() else { return };
        let own = known.columns.iter().filter(|column| column.name != "profile_no");
        let mut columns: Vec<Column> = own.cloned().collect();
        let items = join(columns.iter().map(|own| column("t", own.name.as_str())), ", ");
        columns.push(Column::new("profile_no", DataType::Small));
        let from_ty = known.column(first).map_or(DataType::Any, |column| column.ty);
        let value = as_text(column("t", first), from_ty, self.looked_up_type(lookup));
        let relation = self.relation(lookup);
        let query = sql!(
            "select ",
            items,
            ", k.\"profile_no\" from ",
            table,
            " t left join ",
            relation,
            " k on k.\"Value\" = ",
            &value
        );
        let out = Output::internal(resolved.clone(), columns).sorted_by(&["profile_no"]);
        let mut step =
            sql_step(format!("relationships.resolve {table}.{first}"), Stage::Relationships, &because(), out, query);
        if self.resolver.tables.iter().any(|other| other.table == *table) {
            step.name = format!("{} as {resolved}", step.name);
        }
        let wanted = sql!("select ", &value, " from ", table, " t");
        let pick = self.pick(lookup, wanted);
        step.grows = Some(Growth::by_row([table.clone()]).picking([pick]));
        step.checks.push(Check {
            fact: format!(
                "every row of `{table}` leads to a profile (those that do not have a null `profile_no` in `{resolved}`)"
            ),
            broken_by: sql!("select * from ", resolved, " where \"profile_no\" is null"),
            warning: true,
        });
        self.step(step);
        if self.is_open(table.as_str()) {
            self.leave_open(resolved);
        }
    }

    /// The type of the values in a look-up before they became text.
    fn looked_up_type(&self, lookup: &Lookup) -> DataType {
        let of = |table: &str, column: &str| self.catalog().get(table).and_then(|t| t.column(column)).map(|c| c.ty);
        let ty = match lookup {
            Lookup::Key(table) => self.unified.table(table.as_str()).and_then(|u| of(table.as_str(), u.key.as_str())),
            Lookup::Customer(column) => of("Customer", column),
            Lookup::Row { table, column, .. } => of(table.as_str(), column),
        };
        ty.unwrap_or(DataType::Any)
    }

    /// A relation with `Value`, each once, and `profile_no`.
    fn relation(&mut self, lookup: &Lookup) -> Sql {
        match lookup {
            Lookup::Key(table) => sql!(
                "(select \"Key\" as \"Value\", \"profile_no\" from ",
                key_ring(),
                " where \"SourceTable\" = ",
                text(table.as_str()),
                ")"
            ),
            _ => self.stored(lookup).into(),
        }
    }

    /// The rows of a relation that have one of some values.
    fn pick(&mut self, lookup: &Lookup, among: Sql) -> Pick {
        match lookup {
            Lookup::Key(_) => Pick::new(key_ring(), "Key", among),
            _ => Pick::new(self.stored(lookup), "Value", among),
        }
    }

    /// The table of a look-up that takes more than the key ring; planned when first asked for.
    fn stored(&mut self, lookup: &Lookup) -> TableName {
        if let Some((_, name)) = self.resolver.stored.iter().find(|(known, _)| known == lookup) {
            return name.clone();
        }
        let ty = self.looked_up_type(lookup);
        let (base, query) = match lookup {
            Lookup::Row { table, column: own, next, then } => {
                (format!("Lookup_{table}_{own}"), self.row_lookup(table, own, next, then, ty))
            }
            Lookup::Key(_) => unreachable!("the key ring needs no table of its own"),
            Lookup::Customer(own) => {
                let value = as_text(id(own), ty, ty);
                let query = sql!(
                    "select ",
                    &value,
                    " as \"Value\", min(\"profile_no\") as \"profile_no\" from ",
                    customer(),
                    " where ",
                    &value,
                    " is not null group by ",
                    &value
                );
                (format!("Lookup_Customer_{own}"), query)
            }
        };
        let same = self.resolver.stored.iter().filter(|(_, name)| name.as_str().starts_with(&base)).count();
        let name = TableName::new(if same > 0 { format!("{base}_{}", same + 1) } else { base });
        let columns = vec![Column::new("Value", DataType::Text), Column::new("profile_no", DataType::Small)];
        let out = Output::internal(name.clone(), columns);
        let mut step = sql_step(format!("relationships.look up {name}"), Stage::Relationships, &because(), out, query);
        if let Lookup::Row { table, column, .. } = lookup {
            // A key stands once: what new rows lead to is beside what there was.
            let key = self.catalog().get(table.as_str()).and_then(|table| table.key.clone());
            step.grows = key.is_some_and(|key| key == column.as_str()).then(|| Growth::by_row([table.clone()]));
        }
        self.step(step);
        self.resolver.stored.push((lookup.clone(), name.clone()));
        name
    }

    /// Value to profile by way of one row of a table: the row of lowest key where the value stands several times.
    fn row_lookup(&mut self, table: &TableName, own: &str, next: &str, then: &Lookup, ty: DataType) -> Sql {
        let key = self.catalog().get(table.as_str()).and_then(|table| table.key.clone());
        let next_ty = self.catalog().get(table.as_str()).and_then(|t| t.column(next)).map_or(DataType::Any, |c| c.ty);
        let next_text = as_text(column("r", "_next"), next_ty, self.looked_up_type(then));
        let value = as_text(id(own), ty, ty);
        let rows = match key {
            Some(key) if key == own => {
                sql!("(select ", &value, " as \"Value\", ", id(next), " as \"_next\" from ", table, ")")
            }
            key => {
                let order = key.map_or_else(|| id(next), |key| id(key.as_str()));
                sql!(
                    "(select ",
                    &value,
                    " as \"Value\", first_value(",
                    id(next),
                    " order by ",
                    order,
                    ") as \"_next\" from ",
                    table,
                    " where ",
                    id(own),
                    " is not null group by ",
                    &value,
                    ")"
                )
            }
        };
        let relation = self.relation(then);
        sql!(
            "select r.\"Value\", k.\"profile_no\" from ",
            rows,
            " r join ",
            relation,
            " k on k.\"Value\" = ",
            next_text
        )
    }
}

fn because() -> Vec<String> {
    vec!["relationships".to_owned()]
}
