//! Rows: a view run over one resource.
//!
//! Reads    a compiled `View`, a resource        Writes   rows of cells, each handed on as soon as it is whole
//!
//! Invariants
//! - Selects beside each other are joined every row with every row; the first varies slowest.
//! - A column with more than one value, and no `collection`, makes its row bad; so does a path that cannot be
//!   worked out.
//!
//! Not here: typing (`crate::raw`), files (`folder`).

use std::borrow::Cow;

use super::path::{Evaluator, Fault, Item, Scope, Tree};
use super::view::{Each, Form, Select, Slot, View};
use crate::ConnectError;
use crate::cells::{self, Cell};
use crate::json::{Kind, Value};

/// Why no more rows come of a resource.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It is bad: a clause.
    Bad(Fault),
    /// The rows could not be handed on.
    Out(ConnectError),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Bad(fault)
    }
}

/// Where the selects of a row not yet looked at begin from.
#[derive(Clone, Copy)]
struct Focus<'a> {
    value: Value<'a>,
    ty: Option<&'static str>,
    index: i64,
}

/// Selects still to be looked at before a row is whole.
#[derive(Clone, Copy)]
struct Pending<'p, 'a> {
    selects: &'a [Select],
    union: &'a [Select],
    focus: Focus<'a>,
    next: Option<&'p Pending<'p, 'a>>,
}

struct Run<'a, 'o> {
    view: &'a View,
    evaluator: Evaluator<'a>,
    items: Vec<Item<'a>>,
    cells: Vec<Cell<'a>>,
    /// The cell each slot begins at.
    starts: Vec<usize>,
    out: &'o mut dyn FnMut(&[Cell<'a>]) -> Result<(), ConnectError>,
}

impl View {
    /// Hands on every row that the view makes of a resource of its type.
    pub(crate) fn rows<'a>(
        &'a self,
        resource: Value<'a>,
        now: Option<i64>,
        out: &mut dyn FnMut(&[Cell<'a>]) -> Result<(), ConnectError>,
    ) -> Result<(), Stop> {
        let evaluator = Evaluator { resource, now };
        let focus = Focus { value: resource, ty: None, index: 0 };
        for condition in &self.conditions {
            if !holds(&evaluator, condition, focus)? {
                return Ok(());
            }
        }
        let mut starts = Vec::with_capacity(self.slots.len());
        let mut width = 0;
        for slot in &self.slots {
            starts.push(width);
            width += 1 + usize::from(slot.has_precision());
        }
        let cells = vec![Cell::Null; width];
        let mut run = Run { view: self, evaluator, items: Vec::new(), cells, starts, out };
        run.go(Some(&Pending { selects: &self.selects, union: &[], focus, next: None }))
    }
}

/// Whether a condition is true; unknown is not, and what is no boolean is a fault.
fn holds<'a>(evaluator: &Evaluator<'a>, condition: &'a Tree, focus: Focus<'a>) -> Result<bool, Stop> {
    let items = evaluator.items(condition, &Scope::of(focus.value, focus.ty, focus.index))?;
    match items.as_slice() {
        [] => Ok(false),
        [item] => match item.plain_boolean() {
            Some(value) => Ok(value),
            None => Err(Stop::Bad(format!("`where` gave `{}`, not true or false", item.shown()).into())),
        },
        _ => Err(Stop::Bad(format!("`where` gave {} values, not true or false", items.len()).into())),
    }
}

impl<'a> Run<'a, '_> {
    fn go(&mut self, pending: Option<&Pending<'_, 'a>>) -> Result<(), Stop> {
        let Some(pending) = pending else {
            return (self.out)(&self.cells).map_err(Stop::Out);
        };
        if let Some((first, rest)) = pending.selects.split_first() {
            return self.select(first, pending.focus, Some(&Pending { selects: rest, ..*pending }));
        }
        if pending.union.is_empty() {
            return self.go(pending.next);
        }
        for branch in pending.union {
            self.select(branch, pending.focus, pending.next)?;
        }
        Ok(())
    }

    fn select(&mut self, select: &'a Select, focus: Focus<'a>, next: Option<&Pending<'_, 'a>>) -> Result<(), Stop> {
        let (path, or_null) = match &select.each {
            Each::Here => return self.body(select, focus, next),
            Each::Item(path) => (path, false),
            Each::ItemOrNull(path) => (path, true),
            Each::Deep(paths) => {
                let mut found = Vec::new();
                self.deep(paths, focus, &mut found, 0)?;
                return self.each(select, found, next);
            }
        };
        let items = self.evaluator.items(path, &Scope::of(focus.value, focus.ty, focus.index))?;
        let found: Vec<_> = items.into_iter().filter_map(part).collect();
        if found.is_empty() && or_null {
            self.nothing(select);
            return self.go(next);
        }
        self.each(select, found, next)
    }

    fn each(
        &mut self,
        select: &'a Select,
        found: Vec<(Value<'a>, Option<&'static str>)>,
        next: Option<&Pending<'_, 'a>>,
    ) -> Result<(), Stop> {
        for (index, (value, ty)) in found.into_iter().enumerate() {
            self.body(select, Focus { value, ty, index: index as i64 }, next)?;
        }
        Ok(())
    }

    /// The items of the paths, each followed by those found from it.
    fn deep(
        &mut self,
        paths: &'a [Tree],
        focus: Focus<'a>,
        found: &mut Vec<(Value<'a>, Option<&'static str>)>,
        depth: usize,
    ) -> Result<(), Stop> {
        if depth > 256 {
            return Err(Stop::Bad("`repeat` does not come to an end".into()));
        }
        for path in paths {
            let items = self.evaluator.items(path, &Scope::of(focus.value, focus.ty, focus.index))?;
            for (value, ty) in items.into_iter().filter_map(part) {
                found.push((value, ty));
                self.deep(paths, Focus { value, ty, index: focus.index }, found, depth + 1)?;
            }
        }
        Ok(())
    }

    fn body(&mut self, select: &'a Select, focus: Focus<'a>, next: Option<&Pending<'_, 'a>>) -> Result<(), Stop> {
        let scope = Scope::of(focus.value, focus.ty, focus.index);
        for (slot, path) in &select.columns {
            self.items.clear();
            let outcome = self.evaluator.eval(path, &scope, &mut self.items);
            let start = self.starts[*slot];
            let slot = &self.view.slots[*slot];
            let (cell, precision) = match outcome {
                Ok(()) => cell(slot, &self.items),
                Err(fault) => (Cell::Wrong(Cow::Borrowed(""), fault), Cell::Null),
            };
            self.cells[start] = cell;
            if slot.has_precision() {
                self.cells[start + 1] = precision;
            }
        }
        if select.selects.is_empty() && select.union.is_empty() {
            return self.go(next);
        }
        self.go(Some(&Pending { selects: &select.selects, union: &select.union, focus, next }))
    }

    /// One row without values; only the number of the row is known.
    fn nothing(&mut self, select: &'a Select) {
        for slot in select.slots.clone() {
            let end = self.starts.get(slot + 1).copied().unwrap_or(self.cells.len());
            self.cells[self.starts[slot]..end].fill(Cell::Null);
        }
        for (slot, path) in &select.columns {
            if matches!(path, Tree::RowIndex) {
                self.cells[self.starts[*slot]] = Cell::Number(Cow::Borrowed("0"));
            }
        }
    }
}

fn part<'a>(item: Item<'a>) -> Option<(Value<'a>, Option<&'static str>)> {
    match item {
        Item::Part(value, ty) => Some((value, ty)),
        _ => None,
    }
}

/// The cell of a column, and the precision where it is a date.
fn cell<'a>(slot: &Slot, items: &[Item<'a>]) -> (Cell<'a>, Cell<'a>) {
    if slot.collection {
        if items.is_empty() {
            return (Cell::Null, Cell::Null);
        }
        let parts: Vec<_> = items.iter().map(as_json).collect();
        return (Cell::Json(Cow::Owned(format!("[{}]", parts.join(",")))), Cell::Null);
    }
    let item = match items {
        [] => return (Cell::Null, Cell::Null),
        [item] => item,
        _ => {
            let shown: Vec<_> = items.iter().map(Item::shown).collect();
            let why = format!("expected one value, found {}", items.len());
            return (Cell::Wrong(Cow::Owned(shown.join(", ")), why.into()), Cell::Null);
        }
    };
    match slot.form {
        Form::Date => {
            let text = item.shown();
            match cells::partial_date(&text) {
                Some((day, precision)) => (Cell::Day(day, text), Cell::Text(Cow::Borrowed(precision.word()))),
                None => (Cell::Text(text), Cell::Null),
            }
        }
        Form::Instant => {
            let text = item.shown();
            match cells::partial_instant(&text) {
                Some(instant) => (Cell::Instant(instant, text), Cell::Null),
                None => (Cell::Text(text), Cell::Null),
            }
        }
        Form::Plain(_) => (plain(item), Cell::Null),
    }
}

fn plain<'a>(item: &Item<'a>) -> Cell<'a> {
    match item {
        Item::Part(value, _) => scalar(*value),
        Item::Integer(_) | Item::Decimal(_) => Cell::Number(item.shown()),
        Item::Boolean(value) => Cell::Boolean(*value),
        Item::Quantity(..) => Cell::Json(Cow::Owned(as_json(item))),
        Item::Text(_) | Item::Moment(_) => Cell::Text(item.shown()),
    }
}

/// A value of JSON as a cell.
pub(crate) fn scalar(value: Value<'_>) -> Cell<'_> {
    match value.kind() {
        Kind::Null => Cell::Null,
        Kind::True => Cell::Boolean(true),
        Kind::False => Cell::Boolean(false),
        Kind::Number => Cell::Number(Cow::Borrowed(value.raw())),
        Kind::String => Cell::Text(value.string().unwrap_or_default()),
        Kind::List | Kind::Record => Cell::Json(Cow::Borrowed(value.raw())),
    }
}

fn as_json(item: &Item<'_>) -> String {
    match item {
        Item::Part(value, _) => value.raw().to_owned(),
        Item::Integer(_) | Item::Decimal(_) | Item::Boolean(_) => item.shown().into_owned(),
        Item::Quantity(number, unit) => format!("{{\"value\":{number},\"unit\":{}}}", quoted(unit)),
        Item::Text(_) | Item::Moment(_) => quoted(&item.shown()),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
