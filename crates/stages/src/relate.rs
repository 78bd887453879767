//! Relate: which ways lead from a table to Customer.
//!
//! Reads    `relationships.yaml`; the tables with people in them
//! Flow     tables and columns found, types compared ─ cardinality as checks ─ ways on demand, shortest first
//!
//! Invariants
//! - A way follows a relationship from its `from` to its `to`; a one-to-one relationship both ways.
//! - The hop from a table with people in it to Customer is implied.
//! - A way passes each table once, and has at most [`MOST_HOPS`] hops.
//! - Where several ways lead and none is named, nothing is guessed: the diagnostic lists them.
//!
//! Not here: walking a way (`resolved`).

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use onefold_model::define::{Cardinality, Relationship, TableColumn};
use onefold_model::names::nearest;
use onefold_model::plan::Check;
use onefold_model::sql::id;
use onefold_model::{At, Code, Diagnostic, Spanned, TableName, sql};

use crate::Planner;
use crate::planner::listed;
use crate::unify::{comparable, customer};

/// The longest way that is looked for.
const MOST_HOPS: usize = 20;
/// The most ways of one table that are listed.
const MOST_PATHS: usize = 50;

/// A way from a table to Customer; no hops for a table with people in it itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The relationships, in order.
    pub hops: Vec<Hop>,
    /// How it ends.
    pub ending: Ending,
}

/// One look-up from a table into the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The relationship's name.
    pub relationship: String,
    /// The column that is looked up.
    pub from: TableColumn,
    /// The column it is looked up in.
    pub to: TableColumn,
}

/// How a path ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// In a table with people in it; its records lead on through the key ring.
    Records(TableName),
    /// In a column of Customer.
    Customer(String),
}

/// `Shop_lines > Shop_orders > Customer`, as people read it.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.hops.first() {
            Some(hop) => f.write_str(&hop.from.table)?,
            None => match &self.ending {
                Ending::Records(table) => f.write_str(table.as_str())?,
                Ending::Customer(_) => {}
            },
        }
        for hop in &self.hops {
            write!(f, " > {}", hop.to.table)?;
        }
        match self.ending {
            Ending::Records(_) => f.write_str(" > Customer"),
            Ending::Customer(_) => Ok(()),
        }
    }
}

/// The relationships that hold, and the paths worked out so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Relations {
    relations: Vec<Relation>,
    paths: BTreeMap<TableName, Vec<Path>>,
}

/// A relationship whose tables and columns were found.
#[derive(Clone, Debug)]
struct Relation {
    name: String,
    from: TableColumn,
    to: TableColumn,
    one_to_one: bool,
}

impl Relations {
    pub(crate) fn into_paths(self) -> BTreeMap<TableName, Vec<Path>> {
        self.paths
    }
}

/// Checks relationships, and works out the ways from the tables that definitions name.
pub(crate) fn plan(p: &mut Planner<'_>) {
    for relationship in &p.project().relationships {
        if let Some(relation) = found(p, relationship) {
            check_cardinality(p, &relation);
            p.relations.relations.push(relation);
        }
    }
    let tables: Vec<TableName> = p.relations.relations.iter().map(|r| r.from.table.as_str().into()).collect();
    for table in tables {
        p.paths_to_customer(&table);
    }
}

fn found(p: &mut Planner<'_>, relationship: &Relationship) -> Option<Relation> {
    let mut side = |side: &Spanned<TableColumn>| {
        // Customer's keys can also be named in full.
        if let Some(key) = p.unified.of_key(&side.column).filter(|_| side.table.eq_ignore_ascii_case("Customer")) {
            let column = key.on_customer.clone();
            return p.find_table_column(&TableColumn { table: "Customer".into(), column }, side.at);
        }
        p.find_table_column(side, side.at)
    };
    let (from, to) = (side(&relationship.from), side(&relationship.to));
    let ((from_table, from), (to_table, to)) = (from?, to?);
    if !comparable(from.ty, to.ty) {
        let message = format!(
            "`{}` is {}, `{}` is {}: no row of one leads to the other",
            relationship.from.value, from.ty, relationship.to.value, to.ty
        );
        p.say(Diagnostic::new(Code::ExprType, relationship.from.at, message).hint("relate columns of one type"));
        return None;
    }
    let place = |table: &TableName, column: &str| TableColumn { table: table.to_string(), column: column.to_owned() };
    Some(Relation {
        name: relationship.name.value.clone(),
        from: place(&from_table.name, from.name.as_str()),
        to: place(&to_table.name, to.name.as_str()),
        one_to_one: relationship.cardinality == Cardinality::OneToOne,
    })
}

/// Asks that a value stand once where the relationship says so; the rows that break it are counted.
fn check_cardinality(p: &mut Planner<'_>, relation: &Relation) {
    let sides = [(&relation.to, true), (&relation.from, relation.one_to_one)];
    for (side, once) in sides {
        let table = TableName::new(side.table.clone());
        let key = p.catalog().get(&side.table).and_then(|table| table.key.clone());
        let is_key = key.is_some_and(|key| key == side.column.as_str());
        // The keys of sources on Customer are once by nature, and so is the key of a table.
        let on_customer = table == customer() && p.unified.of_key(&side.column).is_some();
        if !once || is_key || on_customer {
            continue;
        }
        let value = id(&side.column);
        let broken_by = sql!(
            "select ",
            &value,
            ", count(*) as \"Rows\" from ",
            &table,
            " where ",
            &value,
            " is not null group by ",
            &value,
            " having count(*) > 1"
        );
        let fact = format!("every value of `{side}` stands once, as the relationship `{}` says", relation.name);
        p.check(&table, Check { fact, broken_by, warning: true });
    }
}

impl Planner<'_> {
    /// All ways from a table to Customer, shortest first, then in the order of `relationships.yaml`.
    pub fn paths_to_customer(&mut self, table: &TableName) -> Vec<Path> {
        if let Some(known) = self.relations.paths.get(table) {
            return known.clone();
        }
        let mut all = Vec::new();
        let mut open: VecDeque<Vec<Hop>> = VecDeque::from([Vec::new()]);
        while let Some(hops) = open.pop_front() {
            let here = hops.last().map_or(table.as_str(), |hop| hop.to.table.as_str()).to_owned();
            if let Some(ending) = self.ending(&here, hops.last()) {
                all.push(Path { hops: hops.clone(), ending });
            }
            if here.eq_ignore_ascii_case("Customer") || hops.len() == MOST_HOPS || all.len() == MOST_PATHS {
                continue;
            }
            for hop in self.hops_from(&here) {
                let passed = |name: &str| {
                    let on_the_way = hops.iter().any(|hop| hop.from.table.eq_ignore_ascii_case(name));
                    on_the_way || here.eq_ignore_ascii_case(name) || table.as_str().eq_ignore_ascii_case(name)
                };
                if !passed(&hop.to.table) {
                    open.push_back(hops.iter().cloned().chain([hop]).collect());
                }
            }
        }
        self.relations.paths.insert(table.clone(), all.clone());
        all
    }

    fn ending(&self, table: &str, last: Option<&Hop>) -> Option<Ending> {
        if table.eq_ignore_ascii_case("Customer") {
            return last.map(|hop| Ending::Customer(hop.to.column.clone()));
        }
        self.unified.table(table).map(|unified| Ending::Records(unified.table.clone()))
    }

    fn hops_from(&self, table: &str) -> Vec<Hop> {
        let mut all = Vec::new();
        for relation in &self.relations.relations {
            let mut add = |from: &TableColumn, to: &TableColumn| {
                if from.table.eq_ignore_ascii_case(table) {
                    all.push(Hop { relationship: relation.name.clone(), from: from.clone(), to: to.clone() });
                }
            };
            add(&relation.from, &relation.to);
            if relation.one_to_one {
                add(&relation.to, &relation.from);
            }
        }
        all
    }

    /// The way that a definition means: the named one, or the only one. A table with people in it leads by itself.
    pub(crate) fn path(&mut self, table: &TableName, named: &[Spanned<String>], at: Option<At>) -> Option<Path> {
        if !named.is_empty() {
            return self.named_path(table, named);
        }
        let all = self.paths_to_customer(table);
        match all.as_slice() {
            [] => {
                let message = format!("no relationships lead from `{table}` to Customer");
                let hint = "add one to `relationships.yaml`, to a table of `unify.yaml` or to a column of Customer";
                self.say(Diagnostic::new(Code::PathMissing, at, message).hint(hint));
                None
            }
            [first, ..] if first.hops.is_empty() => Some(first.clone()),
            [only] => Some(only.clone()),
            several => {
                let lines: Vec<String> = several.iter().map(described).collect();
                let message = format!("several ways lead from `{table}` to Customer: {}", lines.join("; "));
                let hint = "choose one with `path: […]`";
                self.say(Diagnostic::new(Code::PathAmbiguous, at, message).hint(hint));
                None
            }
        }
    }

    fn named_path(&mut self, table: &TableName, named: &[Spanned<String>]) -> Option<Path> {
        let mut here = table.to_string();
        let mut hops: Vec<Hop> = Vec::new();
        for name in named {
            let hop = self.hops_from(&here).into_iter().find(|hop| hop.relationship == name.value);
            let Some(hop) = hop else {
                self.say_broken(&here, name);
                return None;
            };
            here = hop.to.table.clone();
            hops.push(hop);
        }
        if let Some(ending) = self.ending(&here, hops.last()) {
            return Some(Path { hops, ending });
        }
        let message = format!("the way ends at `{here}`, which does not lead to Customer by itself");
        let hint =
            format!("go on with one of {}", listed(self.hops_from(&here).iter().map(|hop| hop.relationship.as_str())));
        self.say(Diagnostic::new(Code::PathBroken, named.last().and_then(|name| name.at), message).hint(hint));
        None
    }

    fn say_broken(&mut self, here: &str, name: &Spanned<String>) {
        let stated = &self.project().relationships;
        let known = stated.iter().find(|relationship| relationship.name.value == name.value);
        let names = || stated.iter().map(|relationship| relationship.name.as_str());
        let diagnostic = match known {
            None => {
                let hint = match nearest(name, names()) {
                    Some(near) => format!("write `{near}`, if that is what you mean"),
                    None => format!("choose one of {}", listed(names())),
                };
                Diagnostic::new(Code::UnknownName, name.at, format!("no relationship `{}`", name.value)).hint(hint)
            }
            // One that is wrong itself has been spoken of.
            Some(_) if !self.relations.relations.iter().any(|relation| relation.name == name.value) => return,
            Some(known) => {
                let message = format!(
                    "`{}` leads from `{}` to `{}`, and the way stands at `{here}`",
                    name.value, known.from.table, known.to.table
                );
                let next = self.hops_from(here);
                let hint = format!("choose one of {}", listed(next.iter().map(|hop| hop.relationship.as_str())));
                Diagnostic::new(Code::PathBroken, name.at, message).hint(hint)
            }
        };
        self.say(diagnostic);
    }
}

/// A way and how to name it.
fn described(path: &Path) -> String {
    let names: Vec<&str> = path.hops.iter().map(|hop| hop.relationship.as_str()).collect();
    format!("`{path}` (`path: [{}]`)", names.join(", "))
}
