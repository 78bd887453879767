//! Aggregates: values over groups of rows, taken apart into what the rows are asked and what is worked out after.
//!
//! Flow     value ─ [`Aggregates::take`] ─ the value over columns `#g<n>.a<m>` ─ [`Aggregates::queries`]
//!
//! Invariants
//! - The same aggregate is worked out once.
//! - Different values are never counted by `count(distinct …)` (it cannot spill): they are grouped first, then counted.
//! - A group without rows counts 0; its other aggregates are null.
//!
//! Not here: which rows (`rows`), which groups (`attributes`, `tables`).

use onefold_model::expr::{Aggregate, ColumnRef, Function, Literal, Node};
use onefold_model::sql::{id, join};
use onefold_model::{ColumnName, DataType, Sql, Typed, sql};

use crate::condition::is_constant;
use crate::rows::{Base, Joined, Slot, Slots};

/// The aggregates that some values ask of the same groups of rows.
pub(super) struct Aggregates {
    alias: String,
    plain: Vec<Sql>,
    uniques: Vec<Unique>,
}

/// Different values, counted under one or more filters.
struct Unique {
    value: Sql,
    filters: Vec<Option<Sql>>,
}

/// What a group is told apart by.
pub(super) struct GroupKey {
    /// Its column in the result.
    pub(super) name: String,
    /// Its value in the rows.
    pub(super) value: Sql,
}

impl Aggregates {
    /// None yet. `number` keeps apart those that are joined in one query.
    pub(super) fn new(number: usize) -> Self {
        Self { alias: format!("#g{number}"), plain: Vec::new(), uniques: Vec::new() }
    }

    /// The alias of the query that holds all but the unique counts.
    pub(super) fn alias(&self) -> &str {
        &self.alias
    }

    /// The value with its aggregates replaced by columns of [`Aggregates::queries`].
    pub(super) fn take(&mut self, value: Typed, joined: &Joined<'_>, slots: &Slots, filter: Option<&Sql>) -> Typed {
        value.rewrite(&mut |e| match &e.node {
            Node::Aggregate { aggregate, args } => {
                let counts = matches!(aggregate, Aggregate::Count | Aggregate::CountUnique);
                let column = match (aggregate, args.as_slice()) {
                    // Every row has a key, and one of its own: it need not be read to be counted.
                    (Aggregate::Count | Aggregate::CountUnique, [arg]) if is_key(arg, joined, slots) => {
                        self.plain(filtered("count(*)".into(), filter))
                    }
                    (Aggregate::CountUnique, [arg]) => {
                        // A bare number after `group by` would be the place of a column.
                        let value = joined.sql(arg, slots);
                        self.unique(if is_constant(arg) { promised(value, arg.ty) } else { value }, filter)
                    }
                    _ => self.plain(filtered(joined.sql(&e, slots), filter)),
                };
                let column = Typed { node: Node::Column(column), ty: e.ty, span: e.span };
                if counts { or_zero(column) } else { column }
            }
            _ => e,
        })
    }

    fn plain(&mut self, aggregate: Sql) -> ColumnRef {
        let index = position_or_push(&mut self.plain, aggregate);
        ColumnRef { alias: self.alias.clone(), column: ColumnName::new(format!("a{index}")) }
    }

    fn unique(&mut self, value: Sql, filter: Option<&Sql>) -> ColumnRef {
        let index = self.uniques.iter().position(|unique| unique.value == value).unwrap_or_else(|| {
            self.uniques.push(Unique { value, filters: Vec::new() });
            self.uniques.len() - 1
        });
        let count = position_or_push(&mut self.uniques[index].filters, filter.cloned());
        ColumnRef { alias: format!("{}u{index}", self.alias), column: ColumnName::new(format!("a{count}")) }
    }

    /// The queries with one row a group, by alias; the first holds all groups of the rows and the plain aggregates.
    ///
    /// `keep`: which rows count at all.
    pub(super) fn queries(&self, joined: &Joined<'_>, keys: &[GroupKey], keep: Option<&Sql>) -> Vec<(String, Sql)> {
        let from = joined.from();
        let keep = keep.map(|keep| sql!(" where ", keep)).unwrap_or_default();
        let by = |keys: Vec<Sql>| if keys.is_empty() { Sql::default() } else { sql!(" group by ", join(keys, ", ")) };
        let named = |value: &Sql, name: &str| sql!(value, " as ", id(name));

        let columns = keys.iter().map(|key| named(&key.value, &key.name));
        let plain = self.plain.iter().enumerate().map(|(i, aggregate)| named(aggregate, &format!("a{i}")));
        let mut columns: Vec<Sql> = columns.chain(plain).collect();
        if columns.is_empty() {
            columns.push("count(*) as \"rows\"".into());
        }
        let groups = by(keys.iter().map(|key| key.value.clone()).collect());
        let mut all = vec![(self.alias.clone(), sql!("select ", join(columns, ", "), " from ", &from, &keep, groups))];

        for (i, unique) in self.uniques.iter().enumerate() {
            let values = keys.iter().map(|key| named(&key.value, &key.name)).chain([named(&unique.value, "#v")]);
            let flags = unique.filters.iter().enumerate().filter_map(|(f, filter)| {
                let filter = filter.as_ref()?;
                Some(named(&sql!("bool_or(coalesce(", filter, ", false))"), &format!("#f{f}")))
            });
            let groups = by(keys.iter().map(|key| key.value.clone()).chain([unique.value.clone()]).collect());
            let each = sql!("select ", join(values.chain(flags), ", "), " from ", &from, &keep, groups);

            let counts = unique.filters.iter().enumerate().map(|(f, filter)| {
                let only =
                    filter.as_ref().map(|_| sql!(" filter (where ", id(format!("#f{f}")), ")")).unwrap_or_default();
                named(&sql!("count(\"#v\")", only), &format!("a{f}"))
            });
            let columns: Vec<Sql> = keys.iter().map(|key| id(&key.name)).chain(counts).collect();
            let groups = by(keys.iter().map(|key| id(&key.name)).collect());
            let counted = sql!("select ", join(columns, ", "), " from (", each, ") as \"#x\"", groups);
            all.push((format!("{}u{i}", self.alias), counted));
        }
        all
    }

    /// Whether all that is asked is in the queries of unique counts.
    pub(super) fn only_uniques(&self) -> bool {
        self.plain.is_empty() && !self.uniques.is_empty()
    }
}

fn filtered(aggregate: Sql, filter: Option<&Sql>) -> Sql {
    match filter {
        Some(filter) => sql!(aggregate, " filter (where ", filter, ")"),
        None => aggregate,
    }
}

fn position_or_push<T: PartialEq>(all: &mut Vec<T>, one: T) -> usize {
    all.iter().position(|other| *other == one).unwrap_or_else(|| {
        all.push(one);
        all.len() - 1
    })
}

/// Whether a value is the column that tells the rows apart, so that counting it counts different values.
fn is_key(value: &Typed, joined: &Joined<'_>, slots: &Slots) -> bool {
    let Node::Column(column) = &value.node else { return false };
    match joined.base() {
        Base::Profiles => slots.get(&column.alias) == Some(&Slot::Customer) && column.column == "CustomerId",
        Base::Numbered(_, key) | Base::Plain(_, key) => {
            slots.get(&column.alias) == Some(&Slot::Base) && key.as_ref() == Some(&column.column)
        }
    }
}

/// `coalesce(count, 0)`
fn or_zero(count: Typed) -> Typed {
    let span = count.span;
    let zero = Typed { node: Node::Literal(Literal::Integer(0)), ty: DataType::Integer, span };
    Typed { node: Node::Call { function: Function::Coalesce, args: vec![count, zero] }, ty: DataType::Integer, span }
}

/// A value over one row a profile: each aggregate of one value is that value, if the filter lets the profile in.
pub(super) fn of_one_row(value: Typed, filter: Option<&Typed>) -> Typed {
    value.rewrite(&mut |e| {
        let Node::Aggregate { aggregate, args } = e.node else { return e };
        let (ty, span) = (e.ty, e.span);
        let make = |node: Node<ColumnRef>, ty: DataType| Typed { node, ty, span };
        let boolean = |node| make(node, DataType::Boolean);
        let integer = |n| make(Node::Literal(Literal::Integer(n)), DataType::Integer);
        let is_there = |x: Typed| boolean(Node::IsNull { value: Box::new(x), negated: true });
        let when = |conditions: Vec<Typed>, then: Typed, otherwise: Option<Typed>| {
            let all = conditions
                .into_iter()
                .reduce(|a, b| boolean(Node::Binary(Box::new(a), onefold_model::expr::Operator::And, Box::new(b))));
            let ty = then.ty;
            match all {
                None => then,
                Some(all) => {
                    make(Node::Case { operand: None, whens: vec![(all, then)], otherwise: otherwise.map(Box::new) }, ty)
                }
            }
        };
        let mut conditions: Vec<Typed> = filter.cloned().into_iter().collect();
        let mut args = args.into_iter();
        let (first, second) = (args.next(), args.next());
        match (aggregate, first) {
            (Aggregate::Count | Aggregate::CountUnique, first) => {
                conditions.extend(first.map(is_there));
                when(conditions, integer(1), Some(integer(0)))
            }
            (_, Some(x)) => {
                conditions.extend(second.map(is_there));
                let x = if x.ty == ty { x } else { make(Node::Cast { value: Box::new(x), to: ty }, ty) };
                when(conditions, x, None)
            }
            // An aggregate other than `count` has an argument: the parser sees to it.
            (_, None) => make(Node::Literal(Literal::Null), ty),
        }
    })
}

/// A value cast to the type that its column promises.
pub(super) fn promised(value: Sql, ty: DataType) -> Sql {
    if ty == DataType::Any { value } else { sql::cast(value, ty) }
}
