//! Rows: what an expression looks at, as the `from` of a query.
//!
//! Reads    resolved tables, `UnifiedActivity`, `Measure_<Name>`, `Customer`, attributes and bitmaps of lower levels
//! Flow     aliases used ─ [`rows_of`] ─ [`Rows`] (equal for expressions that can share a pass) ─ [`Joined`] ─ SQL
//!
//! Invariants
//! - One row of the base is one row of the result: everything joined is looked up by something unique.
//! - Profiles are joined by number, never by text.
//! - Only what an expression names is joined.
//!
//! Not here: what the aliases of a definition stand for (`scope`), what an expression means (`condition`).

use std::collections::{BTreeMap, BTreeSet};

use onefold_model::expr::{ColumnRef, Node, Operator};
use onefold_model::plan::{Atoms, NumberSet, Tree};
use onefold_model::sql::id;
use onefold_model::{At, Code, ColumnName, DataType, Diagnostic, Sql, TableName, Typed, sql};

use crate::board::{Board, is_kept};
use crate::hierarchy::{Standing, standings};
use crate::planner::listed;
use crate::relate::Hop;
use crate::scope::{Meaning, Names, Related};
use crate::{Planner, condition};

/// Rows that expressions can share: equal ones are one pass.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rows {
    /// Where each row comes from.
    pub(crate) base: Base,
    lookups: Vec<Lookup>,
    /// The table that says to whom each row counts beside its own profile.
    pub(crate) roll_up: Option<TableName>,
}

/// Where rows come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Base {
    /// One row a profile.
    Profiles,
    /// A table with a `profile_no`, and the column that tells its rows apart.
    Numbered(TableName, Option<ColumnName>),
    /// A table whose rows need not lead to a profile.
    Plain(TableName, Option<ColumnName>),
}

/// A table further along the way, looked up by a column that is unique in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Lookup {
    /// Index of the look-up before; the base when `None`.
    from: Option<usize>,
    column: ColumnName,
    table: TableName,
    key: ColumnName,
    /// What decides between rows of one key; `None` when the table has one row a key.
    tie: Option<ColumnName>,
}

/// Where the columns of an alias are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// In the rows themselves.
    Base,
    /// In a look-up.
    Lookup(usize),
    /// In the row's profile.
    Customer,
    /// In the attributes of the row's profile.
    Attributes,
    /// In a table of one row.
    Scalar(TableName),
}

/// Where the columns of each alias of a definition are found.
pub(crate) type Slots = BTreeMap<String, Slot>;

/// The rows that these expressions of one definition look at together.
///
/// `with_profiles`: whether only rows count that belong to a profile. `None` when the expressions do not go together;
/// a diagnostic at `at` says why.
pub(crate) fn rows_of(
    p: &mut Planner<'_>,
    names: &Names,
    expressions: &[&Typed],
    with_profiles: bool,
    at: Option<At>,
) -> Option<(Rows, Slots)> {
    let mut slots = Slots::new();
    let mut bases: Vec<String> = Vec::new();
    let columns: Vec<&ColumnRef> = expressions.iter().flat_map(|e| e.columns()).collect();
    for column in &columns {
        let alias = &column.alias;
        let slot = match names.meaning(alias)? {
            Meaning::Customer => Slot::Customer,
            Meaning::Attributes => Slot::Attributes,
            Meaning::Scalar(table) => Slot::Scalar(table.clone()),
            Meaning::Split(table) => {
                p.say(split(alias, table, at));
                return None;
            }
            Meaning::Numbered(_) | Meaning::Related(_) => {
                if !bases.contains(alias) {
                    bases.push(alias.clone());
                }
                continue;
            }
        };
        slots.insert(alias.clone(), slot);
    }
    let asked: Vec<Standing> = expressions.iter().flat_map(|e| standings(e)).collect();
    for standing in &asked {
        p.standing(standing, at)?;
    }
    let of_profiles = !asked.is_empty() || expressions.iter().any(|e| !e.segments().is_empty());
    if columns.is_empty() && of_profiles {
        // `in_segment` alone looks at profiles.
    } else if columns.is_empty() {
        // `count()` or `true` with one table declared means that table.
        let mut declared = names.related().map(|(alias, _)| alias.to_owned());
        bases.extend(declared.next().filter(|_| declared.next().is_none()));
    }
    let needs_profile =
        with_profiles || of_profiles || slots.values().any(|slot| matches!(slot, Slot::Customer | Slot::Attributes));
    let rows = base_of(p, names, &bases, needs_profile, &mut slots, at)?;
    Some((rows, slots))
}

/// The rows of the table that the others can be looked up from.
fn base_of(
    p: &mut Planner<'_>,
    names: &Names,
    bases: &[String],
    needs_profile: bool,
    slots: &mut Slots,
    at: Option<At>,
) -> Option<Rows> {
    let alone = |base| Some(Rows { base, lookups: Vec::new(), roll_up: None });
    let related: Vec<(&String, &Related)> = bases
        .iter()
        .filter_map(|alias| match names.meaning(alias) {
            Some(Meaning::Related(related)) => Some((alias, related)),
            _ => None,
        })
        .collect();
    match bases {
        [] => return alone(Base::Profiles),
        [alias] => {
            if let Some(Meaning::Numbered(table)) = names.meaning(alias) {
                slots.insert(alias.clone(), Slot::Base);
                let key = p.catalog().get(table.as_str()).and_then(|t| t.key.clone());
                return alone(Base::Numbered(table.clone(), key));
            }
        }
        _ => {}
    }
    if related.len() < bases.len() {
        p.say(apart(bases, at));
        return None;
    }
    for (alias, deepest) in &related {
        if let Some(lookups) = lookups_from(p, deepest, &related, slots) {
            slots.insert((*alias).clone(), Slot::Base);
            let key = deepest.table.key.clone();
            let base = if needs_profile {
                let table = p.resolved(deepest.table.name.as_str(), &deepest.path, deepest.at).ok()?;
                Base::Numbered(table, key)
            } else {
                Base::Plain(deepest.table.name.clone(), key)
            };
            return Some(Rows { base, lookups, roll_up: None });
        }
    }
    p.say(apart(bases, at));
    None
}

/// The look-ups that lead from the rows of one table to all the others, if its way passes them.
fn lookups_from(
    p: &mut Planner<'_>,
    deepest: &Related,
    all: &[(&String, &Related)],
    slots: &mut Slots,
) -> Option<Vec<Lookup>> {
    let same = |a: &TableName, b: &TableName| a.folded() == b.folded();
    let is_base = |other: &Related| same(&other.table.name, &deepest.table.name) && other.path == deepest.path;
    let hops: Vec<Hop> = match all.len() {
        1 => Vec::new(),
        _ => p.path(&deepest.table.name, &deepest.path, deepest.at)?.hops,
    };
    let mut found = Slots::new();
    let mut depth = 0;
    for (alias, other) in all {
        if is_base(other) {
            found.insert((*alias).clone(), Slot::Base);
            continue;
        }
        let index = hops.iter().position(|hop| same(&TableName::from(hop.to.table.as_str()), &other.table.name))?;
        found.insert((*alias).clone(), Slot::Lookup(index));
        depth = depth.max(index + 1);
    }
    slots.extend(found);
    let lookups = hops.into_iter().take(depth).enumerate().map(|(i, hop)| {
        let key = ColumnName::from(hop.to.column);
        let declared = p.catalog().get(&hop.to.table).and_then(|table| table.key.clone());
        let tie = declared.filter(|declared| *declared != key);
        Lookup { from: i.checked_sub(1), column: hop.from.column.into(), table: hop.to.table.into(), key, tie }
    });
    Some(lookups.collect())
}

fn apart(aliases: &[String], at: Option<At>) -> Diagnostic {
    let listed = listed(aliases.iter().map(String::as_str));
    let message = format!("{listed} have no row in common: none lies on the way of the other to Customer");
    let hint = "use one table here: two measures of one table each, or two rules joined by `intersect`";
    Diagnostic::new(Code::ExprTables, at, message).hint(hint)
}

fn split(alias: &str, table: &TableName, at: Option<At>) -> Diagnostic {
    let message = format!("`{alias}` is split by dimensions; no row of `{table}` belongs to a profile");
    let hint = "use a customer measure, or a business measure of one value without dimensions";
    Diagnostic::new(Code::ExprTables, at, message).hint(hint)
}

/// Rows with all that some expressions need joined to them.
pub(crate) struct Joined<'b> {
    rows: Rows,
    board: &'b Board,
    zone: &'b str,
    /// The level of what asks; `None` reads published tables alone.
    asking: Option<usize>,
    customer: bool,
    homes: BTreeSet<TableName>,
    standings: BTreeSet<Standing>,
}

impl Rows {
    /// One row a profile.
    pub(crate) fn profiles() -> Self {
        Self { base: Base::Profiles, lookups: Vec::new(), roll_up: None }
    }
    /// The rows of a table with a `profile_no`, one a profile.
    pub(crate) fn numbered(table: TableName) -> Self {
        Self { base: Base::Numbered(table, None), ..Self::profiles() }
    }
    /// The same rows, each once and not counted to others; with or without what is looked up along the way.
    pub(crate) fn plain(&self, looked_up: bool) -> Self {
        let lookups = if looked_up { self.lookups.clone() } else { Vec::new() };
        Self { base: self.base.clone(), lookups, roll_up: None }
    }
    /// What names of tables made from these rows hold: the tables they are of.
    pub(crate) fn words(&self) -> String {
        let over = match &self.base {
            Base::Profiles => "Customer".to_owned(),
            Base::Numbered(table, _) | Base::Plain(table, _) => table.to_string(),
        };
        self.looked_up().fold(over, |over, table| format!("{over}_with_{table}"))
    }
    /// The tables looked up along the way, in order.
    pub(crate) fn looked_up(&self) -> impl Iterator<Item = &TableName> {
        self.lookups.iter().map(|lookup| &lookup.table)
    }
}

impl<'b> Joined<'b> {
    /// The rows with nothing joined yet, as a definition of level `asking` sees them.
    pub(crate) fn new(rows: Rows, board: &'b Board, zone: &'b str, asking: usize) -> Self {
        let (homes, standings) = (BTreeSet::new(), BTreeSet::new());
        Self { rows, board, zone, asking: Some(asking), customer: false, homes, standings }
    }
    /// The rows as the published run holds them.
    pub(crate) fn published(rows: Rows, board: &'b Board, zone: &'b str) -> Self {
        Self { asking: None, ..Self::new(rows, board, zone, 0) }
    }

    /// Joins what an expression names.
    pub(crate) fn need(&mut self, expression: &Typed, slots: &Slots) {
        self.standings.extend(standings(expression));
        for column in expression.columns() {
            match slots.get(&column.alias) {
                Some(Slot::Customer) => self.customer = true,
                Some(Slot::Attributes) if column.column == "CustomerId" => self.customer = true,
                Some(Slot::Attributes) => _ = self.homes.insert(self.home(column)),
                _ => {}
            }
        }
    }

    /// Joins the columns of Customer.
    pub(crate) fn need_customer(&mut self) {
        self.customer = true;
    }
    /// Joins a table of attributes.
    pub(crate) fn need_home(&mut self, home: TableName) {
        self.homes.insert(home);
    }
    /// The rows without what is joined to them.
    pub(crate) fn rows(&self) -> &Rows {
        &self.rows
    }
    /// Where each row comes from.
    pub(crate) fn base(&self) -> &Base {
        &self.rows.base
    }
    /// An attribute of a lower level, by its name.
    pub(crate) fn attribute(&self, name: &str) -> Sql {
        let home = self.board.home(name, self.asking.unwrap_or(usize::MAX));
        sql::column(&self.home_alias(&home), name)
    }

    /// An expression over these rows; all it names must have been asked for with [`Joined::need`].
    pub(crate) fn sql(&self, expression: &Typed, slots: &Slots) -> Sql {
        condition::sql(expression, &|column| self.column(column, slots), &|segment| self.in_segment(segment), self.zone)
    }

    /// A condition over these rows: atoms joined by `and`, `or` and `not`, membership apart.
    #[recursive::recursive]
    pub(crate) fn tree(&self, condition: &Typed, slots: &Slots, atoms: &mut Atoms) -> Tree {
        match &condition.node {
            Node::Binary(_, operator @ (Operator::And | Operator::Or), _) => {
                let mut joined = Vec::new();
                joined_by(condition, *operator, &mut joined);
                let joined = joined.into_iter().map(|part| self.tree(part, slots, atoms)).collect();
                if *operator == Operator::And { Tree::And(joined) } else { Tree::Or(joined) }
            }
            Node::Not(condition) => Tree::Not(Box::new(self.tree(condition, slots, atoms))),
            Node::InSegment(segment) => atoms.member(self.members(segment)),
            // What is not known to be true or false is tried.
            _ if condition.ty == DataType::Any => {
                let value = Box::new(condition.clone());
                let node = Node::Cast { value, to: DataType::Boolean };
                atoms.atom(self.sql(&Typed { node, ty: DataType::Boolean, span: condition.span }, slots))
            }
            _ => atoms.atom(self.sql(condition, slots)),
        }
    }

    /// A column, as these rows hold it.
    pub(crate) fn column(&self, column: &ColumnRef, slots: &Slots) -> Sql {
        let name = column.column.as_str();
        match slots.get(&column.alias) {
            Some(Slot::Lookup(i)) => sql::column(&lookup_alias(*i), name),
            Some(Slot::Customer) => sql::column("c", name),
            Some(Slot::Attributes) if name == "CustomerId" => sql::column("c", name),
            Some(Slot::Attributes) => sql::column(&self.home_alias(&self.home(column)), name),
            // Not a bracket alone, which would make a query of the list after `in`.
            Some(Slot::Scalar(table)) => told_apart(table.as_str(), sql!("(select ", id(name), " from ", table, ")")),
            Some(Slot::Base) => sql::column("r", name),
            // What the planner made itself, `#g0.a1`.
            None => sql::column(&column.alias, name),
        }
    }

    /// Whether the row's profile is a member of a segment; unknown, hence no, for a row without a profile.
    pub(crate) fn in_segment(&self, segment: &str) -> Sql {
        told_apart(segment, self.members(segment).holds(&self.number()))
    }

    /// The members of a segment.
    fn members(&self, segment: &str) -> NumberSet {
        NumberSet {
            table: self.asking.map_or_else(|| TableName::from("SegmentBitmap"), |_| self.board.bitmaps(segment)),
            names: "Segment".into(),
            name: segment.to_owned(),
            members: "Members".into(),
        }
    }

    /// The number of the row's profile.
    pub(crate) fn number(&self) -> Sql {
        match self.rows.base {
            Base::Profiles => match self.leading_home() {
                Some(home) => sql::column(&self.home_alias(home), "profile_no"),
                None => sql::column("c", "profile_no"),
            },
            Base::Numbered(..) | Base::Plain(..) => sql::column("r", "profile_no"),
        }
    }

    /// The number of the profile that the row counts to.
    pub(crate) fn owner(&self) -> Sql {
        match &self.rows.roll_up {
            Some(_) => sql::column("h", "profile_no"),
            None => self.number(),
        }
    }

    /// What stands after `from`.
    pub(crate) fn from(&self) -> Sql {
        let customer = TableName::from("Customer");
        let number = self.number();
        let mut from = match &self.rows.base {
            Base::Numbered(table, _) | Base::Plain(table, _) => sql!(table, " as \"r\""),
            Base::Profiles => match self.leading_home() {
                Some(home) => sql!(home, " as ", id(self.home_alias(home))),
                None => sql!(&customer, " as \"c\""),
            },
        };
        for (i, lookup) in self.rows.lookups.iter().enumerate() {
            let before = lookup.from.map_or_else(|| "r".to_owned(), lookup_alias);
            let alias = lookup_alias(i);
            let on = sql!(sql::column(&alias, &lookup.key), " = ", sql::column(&before, &lookup.column));
            from.push(sql!(" left join ", one_a_key(lookup), " as ", id(&alias), " on ", on));
        }
        for home in self.homes.iter().filter(|&home| Some(home) != self.leading_home()) {
            let alias = self.home_alias(home);
            let on = sql!(sql::column(&alias, "profile_no"), " = ", &number);
            from.push(sql!(" left join ", home, " as ", id(&alias), " on ", on));
        }
        for standing in &self.standings {
            let alias = standing.alias();
            let on = sql!(sql::column(&alias, "profile_no"), " = ", &number);
            from.push(sql!(" left join ", standing.table(), " as ", id(&alias), " on ", on));
        }
        if self.customer && self.rows.base != Base::Profiles {
            from.push(sql!(" left join ", &customer, " as \"c\" on \"c\".\"profile_no\" = ", &number));
        }
        if let Some(members) = &self.rows.roll_up {
            from.push(sql!(" join ", members, " as \"h\" on \"h\".\"member\" = ", &number));
        }
        from
    }

    /// The attributes that stand for the profiles themselves where nothing of Customer is needed.
    fn leading_home(&self) -> Option<&TableName> {
        // Where profiles may be absent, those there are come from elsewhere.
        self.homes.iter().find(|home| !is_kept(home)).filter(|_| self.rows.base == Base::Profiles && !self.customer)
    }
    fn home(&self, column: &ColumnRef) -> TableName {
        self.board.home(column.column.as_str(), self.asking.unwrap_or(usize::MAX))
    }
    fn home_alias(&self, home: &TableName) -> String {
        format!("m{}", self.homes.iter().position(|other| other == home).unwrap_or_default())
    }
}

/// What one operator joins, from left to right.
#[recursive::recursive]
pub(crate) fn joined_by<'e>(node: &'e Typed, operator: Operator, all: &mut Vec<&'e Typed>) {
    match &node.node {
        Node::Binary(a, own, b) if *own == operator => {
            joined_by(a, operator, all);
            joined_by(b, operator, all);
        }
        _ => all.push(node),
    }
}

fn lookup_alias(index: usize) -> String {
    format!("l{index}")
}

/// A table with one row for each value of the column it is looked up by.
fn one_a_key(lookup: &Lookup) -> Sql {
    let Some(tie) = &lookup.tie else { return (&lookup.table).into() };
    let order = sql!("partition by ", id(&lookup.key), " order by ", id(tie));
    let numbered = sql!("select *, row_number() over (", order, ") as \"#n\" from ", &lookup.table);
    sql!("(select * from (", numbered, ") as \"x\" where \"#n\" = 1)")
}

/// A value with a name that the engine sees: it takes two values for one where they differ in nothing but the queries or the types
/// in them.
pub(crate) fn told_apart(name: &str, value: Sql) -> Sql {
    sql!("case when ", sql::text(name), " is not null then ", value, " end")
}
