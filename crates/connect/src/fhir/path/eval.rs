//! Eval: a tree worked out for an item of a record.
//!
//! Reads    a `Tree`, a record        Writes   items
//!
//! Invariants
//! - An empty collection is unknown: operators pass it on, `and`, `or`, `implies` decide where they can.
//! - Where one item is needed, more than one is a fault.
//!
//! Not here: the functions (`functions`, `text`, `numbers`).

use std::borrow::Cow;

use super::decimal::Decimal;
use super::item::{self, Item, Plain};
use super::moment::Sort;
use super::tree::{Operator, Tree};
use super::types;
use crate::json::{Kind, Value};

/// Why a path cannot be worked out for this record: a lower-case clause.
pub(crate) type Fault = Cow<'static, str>;

/// Items, in order.
pub(super) type Items<'a> = Vec<Item<'a>>;

/// What names and variables refer to.
#[derive(Clone, Debug)]
pub(crate) struct Scope<'a> {
    /// `$this`
    pub(crate) this: Item<'a>,
    /// `$index`
    pub(crate) index: i64,
    /// `$total`
    pub(crate) total: Option<Items<'a>>,
    /// `%context`
    pub(crate) context: Value<'a>,
    /// `%rowIndex`
    pub(crate) row_index: i64,
}

impl<'a> Scope<'a> {
    /// For a part of the record that a path begins from.
    pub(crate) fn of(value: Value<'a>, ty: Option<&'static str>, row_index: i64) -> Self {
        Self { this: Item::Part(value, ty), index: 0, total: None, context: value, row_index }
    }
    pub(super) fn with(&self, this: Item<'a>, index: usize) -> Self {
        Self { this, index: index as i64, ..self.clone() }
    }
}

/// Works paths out for one record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evaluator<'a> {
    /// The record, `%resource`.
    pub(crate) resource: Value<'a>,
    /// The instant of `now()`, in microseconds; without it `now()` is a fault.
    pub(crate) now: Option<i64>,
}

impl<'a> Evaluator<'a> {
    /// The items of a path.
    pub(crate) fn items(&self, tree: &'a Tree, scope: &Scope<'a>) -> Result<Items<'a>, Fault> {
        let mut out = Vec::new();
        self.eval(tree, scope, &mut out)?;
        Ok(out)
    }

    /// Adds the items of a path to `out`.
    pub(crate) fn eval(&self, tree: &'a Tree, scope: &Scope<'a>, out: &mut Items<'a>) -> Result<(), Fault> {
        match tree {
            Tree::Literal(item) => out.push(item.clone()),
            Tree::Nothing => {}
            Tree::This => out.push(scope.this.clone()),
            Tree::Index => out.push(Item::Integer(scope.index)),
            Tree::Total => out.extend(scope.total.iter().flatten().cloned()),
            Tree::Resource => out.push(Item::Part(self.resource, None)),
            Tree::Context => out.push(Item::Part(scope.context, None)),
            Tree::RowIndex => out.push(Item::Integer(scope.row_index)),
            Tree::Root(ty) => {
                if scope.this.record().is_some() && scope.this.is(ty) {
                    out.push(scope.this.clone());
                }
            }
            Tree::Names(base, names) => {
                if let Tree::This = **base {
                    descend(&scope.this, names, out);
                } else {
                    for item in self.items(base, scope)? {
                        descend(&item, names, out);
                    }
                }
            }
            Tree::At(base, index) => {
                let items = self.items(base, scope)?;
                match self.one(index, scope)?.map(|item| item.plain()) {
                    Some(Plain::Integer(at)) => {
                        out.extend(usize::try_from(at).ok().and_then(|at| items.into_iter().nth(at)));
                    }
                    None => {}
                    Some(_) => return Err("an index must be a whole number".into()),
                }
            }
            Tree::Negative(inner) => {
                if let Some(item) = self.one(inner, scope)? {
                    out.push(negative(item)?);
                }
            }
            Tree::Binary(operator, left, right) => self.binary(*operator, left, right, scope, out)?,
            Tree::Is(inner, ty) => {
                if let Some(item) = self.one(inner, scope)? {
                    out.push(Item::Boolean(item.is(ty)));
                }
            }
            Tree::OfType(inner, ty, one) => {
                let start = out.len();
                self.eval(inner, scope, out)?;
                if *one && out.len() > start + 1 {
                    return Err(format!("`as` was given {} values", out.len() - start).into());
                }
                keep_type(out, start, ty);
            }
            Tree::ReferenceKey(inner, ty) => {
                for item in self.items(inner, scope)? {
                    let key = item.record().and_then(|record| reference_key(record, ty.as_deref()));
                    out.extend(key.map(Item::Text));
                }
            }
            Tree::Call(on, function, arguments) => {
                let mut input = Vec::new();
                self.eval(on, scope, &mut input)?;
                self.call(*function, input, arguments, scope, out)?;
            }
        }
        Ok(())
    }

    /// The item of a path that must not give more than one.
    pub(super) fn one(&self, tree: &'a Tree, scope: &Scope<'a>) -> Result<Option<Item<'a>>, Fault> {
        single(self.items(tree, scope)?)
    }

    /// The truth of a path: `None` is unknown. A single value that is no boolean counts as true.
    pub(super) fn truth(&self, tree: &'a Tree, scope: &Scope<'a>) -> Result<Option<bool>, Fault> {
        Ok(self.one(tree, scope)?.map(|item| match item.plain() {
            Plain::Boolean(value) => value,
            _ => true,
        }))
    }

    fn binary(
        &self,
        operator: Operator,
        left: &'a Tree,
        right: &'a Tree,
        scope: &Scope<'a>,
        out: &mut Items<'a>,
    ) -> Result<(), Fault> {
        use Operator::{And, Contains, Equal, Equivalent, Implies, In, NotEqual, NotEquivalent, Or, Union, Xor};
        let answer = match operator {
            And | Or | Xor | Implies => {
                let left = self.truth(left, scope)?;
                match (operator, left) {
                    (And, Some(false)) => Some(false),
                    (Or, Some(true)) | (Implies, Some(false)) => Some(true),
                    _ => logic(operator, left, self.truth(right, scope)?),
                }
            }
            Equal => equal(&self.items(left, scope)?, &self.items(right, scope)?),
            NotEqual => equal(&self.items(left, scope)?, &self.items(right, scope)?).map(|same| !same),
            Equivalent => Some(equivalent(&self.items(left, scope)?, &self.items(right, scope)?)),
            NotEquivalent => Some(!equivalent(&self.items(left, scope)?, &self.items(right, scope)?)),
            In => {
                let list = self.items(right, scope)?;
                self.one(left, scope)?.map(|item| holds(&list, &item))
            }
            Contains => {
                let list = self.items(left, scope)?;
                self.one(right, scope)?.map(|item| holds(&list, &item))
            }
            Union => {
                let mut both = self.items(left, scope)?;
                self.eval(right, scope, &mut both)?;
                for item in both {
                    add_new(out, item);
                }
                return Ok(());
            }
            _ => {
                let (left, right) = (self.one(left, scope)?, self.one(right, scope)?);
                out.extend(arithmetic(operator, left, right)?);
                return Ok(());
            }
        };
        out.extend(answer.map(Item::Boolean));
        Ok(())
    }
}

/// Three-valued logic.
fn logic(operator: Operator, left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match operator {
        Operator::And => match (left, right) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        Operator::Or => match (left, right) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        Operator::Implies => match (left, right) {
            (Some(false), _) | (_, Some(true)) => Some(true),
            (Some(true), right) => right,
            _ => None,
        },
        _ => Some(left? != right?),
    }
}

/// The single item of a collection; a fault when there are more.
pub(super) fn single<'a>(items: Items<'a>) -> Result<Option<Item<'a>>, Fault> {
    if items.len() > 1 {
        return Err(format!("expected one value, found {}", items.len()).into());
    }
    Ok(items.into_iter().next())
}

/// Whether two collections are equal, item by item; `None` when either is empty or an item is unknown.
pub(super) fn equal(left: &[Item<'_>], right: &[Item<'_>]) -> Option<bool> {
    if left.is_empty() || right.is_empty() {
        return None;
    }
    if left.len() != right.len() {
        return Some(false);
    }
    let mut known = true;
    for (left, right) in left.iter().zip(right) {
        match item::equal(left, right) {
            Some(false) => return Some(false),
            Some(true) => {}
            None => known = false,
        }
    }
    known.then_some(true)
}

fn equivalent(left: &[Item<'_>], right: &[Item<'_>]) -> bool {
    left.len() == right.len() && left.iter().all(|item| right.iter().any(|other| item::equivalent(item, other)))
}

/// Whether a collection holds an equal item.
pub(super) fn holds(items: &[Item<'_>], item: &Item<'_>) -> bool {
    items.iter().any(|other| item::equal(other, item) == Some(true))
}

/// Adds an item unless an equal one is there.
pub(super) fn add_new<'a>(items: &mut Items<'a>, item: Item<'a>) {
    if !holds(items, &item) {
        items.push(item);
    }
}

fn negative(item: Item<'_>) -> Result<Item<'_>, Fault> {
    Ok(match item.plain() {
        Plain::Integer(number) => Item::Integer(-number),
        Plain::Decimal(number) => Item::Decimal(number.negated()),
        Plain::Quantity(number, unit) => Item::Quantity(number.negated(), unit),
        _ => return Err("`-` needs a number".into()),
    })
}

fn arithmetic<'a>(
    operator: Operator,
    left: Option<Item<'a>>,
    right: Option<Item<'a>>,
) -> Result<Option<Item<'a>>, Fault> {
    if operator == Operator::Join {
        let shown = |item: Option<Item<'a>>| item.map(|item| item.shown()).unwrap_or_default();
        return Ok(Some(Item::Text(Cow::Owned(format!("{}{}", shown(left), shown(right))))));
    }
    let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
    if let Operator::Less | Operator::LessOrEqual | Operator::More | Operator::MoreOrEqual = operator {
        let Ok(order) = item::compare(&left, &right) else {
            return Err(format!("`{}` and `{}` cannot be compared", left.shown(), right.shown()).into());
        };
        return Ok(order.map(|order| {
            Item::Boolean(match operator {
                Operator::Less => order.is_lt(),
                Operator::LessOrEqual => order.is_le(),
                Operator::More => order.is_gt(),
                _ => order.is_ge(),
            })
        }));
    }
    let wrong = || -> Fault { format!("`{}` and `{}` cannot be reckoned with", left.shown(), right.shown()).into() };
    let (left_plain, right_plain) = (left.plain(), right.plain());
    if let (Some(a), Some(b)) = (left_plain.number(), right_plain.number()) {
        let whole = matches!((&left_plain, &right_plain), (Plain::Integer(_), Plain::Integer(_)));
        let number = match operator {
            Operator::Plus => a.plus(b),
            Operator::Minus => a.minus(b),
            Operator::Times => a.times(b),
            Operator::Mod => a.modulo(b),
            Operator::Div => return Ok(a.div(b).map(Item::Integer)),
            _ => return Ok(a.over(b).map(Item::Decimal)),
        };
        return Ok(number.map(|number| numbered(number, whole)));
    }
    match (operator, left_plain, right_plain) {
        (Operator::Plus, Plain::Text(left), Plain::Text(right)) => {
            Ok(Some(Item::Text(Cow::Owned(format!("{left}{right}")))))
        }
        (Operator::Plus | Operator::Minus, moment, Plain::Quantity(amount, unit)) => {
            let amount = amount.truncated().ok_or_else(wrong)?;
            if let Some(moment) = moment.moment(Sort::DateTime).or_else(|| moment.moment(Sort::Time)) {
                let amount = if operator == Operator::Minus { -amount } else { amount };
                return Ok(moment.plus(amount, &unit).map(Item::Moment));
            }
            let (Plain::Quantity(a, left_unit), Plain::Quantity(b, _)) = (moment, right.plain()) else {
                return Err(wrong());
            };
            let sum = if operator == Operator::Plus { a.plus(b) } else { a.minus(b) };
            Ok((left_unit == unit).then_some(sum).flatten().map(|sum| Item::Quantity(sum, left_unit)))
        }
        _ => Err(wrong()),
    }
}

/// A number as an integer where it comes from integers.
pub(super) fn numbered<'a>(number: Decimal, whole: bool) -> Item<'a> {
    match number.integer() {
        Some(integer) if whole => Item::Integer(integer),
        _ => Item::Decimal(number),
    }
}

/// Follows names from an item; lists are taken apart, nulls passed over.
fn descend<'a>(item: &Item<'a>, names: &'a [Box<str>], out: &mut Items<'a>) {
    if let Item::Part(value, ty) = item {
        follow(*value, *ty, names, out);
    }
}

fn follow<'a>(value: Value<'a>, ty: Option<&'static str>, names: &'a [Box<str>], out: &mut Items<'a>) {
    match value.kind() {
        Kind::List => {
            for element in value.elements() {
                follow(element, ty, names, out);
            }
        }
        Kind::Null => {}
        Kind::Record => {
            let Some((name, rest)) = names.split_first() else {
                out.push(Item::Part(value, ty));
                return;
            };
            let (found, ty) = member(value, name);
            if let Some(found) = found {
                follow(found, ty, rest, out);
            }
            // What extends a plain value stands beside it, under its name with `_` before it.
            if rest.first().is_some_and(|next| &**next == "extension" || &**next == "id")
                && let Some((_, beside)) = value.members().find(|(key, _)| key.name().strip_prefix('_') == Some(name))
            {
                follow(beside, None, rest, out);
            }
        }
        _ if names.is_empty() => out.push(Item::Part(value, ty)),
        _ => {}
    }
}

/// The member of that name, or of the choice of that name with the type its ending tells.
fn member<'a>(value: Value<'a>, name: &str) -> (Option<Value<'a>>, Option<&'static str>) {
    let mut chosen = (None, None);
    for (key, found) in value.members() {
        if key.is(name) {
            return (Some(found), None);
        }
        if let Some(ty) = key.after(name).and_then(types::choice) {
            chosen = (Some(found), Some(ty));
        }
    }
    chosen
}

/// Drops the items from `start` on that are not of the type; what is left is known to be of it.
fn keep_type<'a>(out: &mut Items<'a>, start: usize, ty: &str) {
    let known = types::CHOICES.iter().find(|(_, name)| *name == ty).map(|(_, name)| *name);
    let mut at = start;
    while at < out.len() {
        if !out[at].is(ty) {
            out.remove(at);
            continue;
        }
        if let Item::Part(value, None) = out[at] {
            out[at] = Item::Part(value, known);
        }
        at += 1;
    }
}

/// The id a Reference points to; nothing when it points to another type, within the record, or by a query.
///
/// Understood are `Patient/1`, `http://…/Patient/1`, both with `/_history/2`, and `urn:uuid:…` or `urn:oid:…`,
/// whose type is only known from the Reference's own `type`.
pub(crate) fn reference_key<'a>(record: Value<'a>, wanted: Option<&str>) -> Option<Cow<'a, str>> {
    let reference = record.text("reference")?;
    let stated = record.text("type");
    let fits = |ty: &str| wanted.is_none_or(|wanted| wanted == ty);
    for scheme in ["urn:uuid:", "urn:oid:"] {
        if let Some(id) = reference.strip_prefix(scheme) {
            return stated.as_deref().is_none_or(fits).then(|| Cow::Owned(id.to_owned()));
        }
    }
    if reference.starts_with('#') || reference.contains('?') {
        return None;
    }
    let path = match reference.find("/_history/") {
        Some(at) => &reference[..at],
        None => &reference[..],
    };
    let (before, id) = path.rsplit_once('/')?;
    let ty = before.rsplit('/').next()?;
    if id.is_empty() || !fits(ty) {
        return None;
    }
    Some(match &reference {
        Cow::Borrowed(text) => Cow::Borrowed(&text[before.len() + 1..path.len()]),
        Cow::Owned(_) => Cow::Owned(id.to_owned()),
    })
}
