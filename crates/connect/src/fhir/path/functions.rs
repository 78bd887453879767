//! Functions: what FHIRPath can do with collections.
//!
//! Invariants
//! - A function of one value gives nothing for nothing, and a fault for more than one.
//!
//! Not here: text (`text`), numbers and conversions (`numbers`).
//! To add a function: a line in `tree`, an arm in one of the three.

use std::borrow::Cow;

use super::eval::{self, Evaluator, Fault, Items, Scope, add_new, holds, single};
use super::item::{self, Item, Plain};
use super::moment::Moment;
use super::tree::{Function, Tree};
use crate::json::Kind;

/// `repeat` gives up after so many items: a path that never ends would take all memory.
const REPEATED: usize = 1_000_000;

impl<'a> Evaluator<'a> {
    /// Adds what the function gives for `input` to `out`.
    pub(super) fn call(
        &self,
        function: Function,
        mut input: Items<'a>,
        arguments: &'a [Tree],
        scope: &Scope<'a>,
        out: &mut Items<'a>,
    ) -> Result<(), Fault> {
        use Function as F;
        let answer = |out: &mut Items<'a>, value: bool| out.push(Item::Boolean(value));
        match function {
            F::First => out.extend(input.into_iter().next()),
            F::Last => out.extend(input.pop()),
            F::Tail => out.extend(input.into_iter().skip(1)),
            F::Single => out.extend(single(input)?),
            F::Skip => out.extend(input.into_iter().skip(self.amount(&arguments[0], scope)?)),
            F::Take => out.extend(input.into_iter().take(self.amount(&arguments[0], scope)?)),
            F::Count => out.push(Item::Integer(input.len() as i64)),
            F::Empty => answer(out, input.is_empty()),
            F::Where => self.filter(input, &arguments[0], scope, out)?,
            F::Exists | F::Any => {
                let mut kept = Vec::new();
                match arguments.first() {
                    Some(condition) => self.filter(input, condition, scope, &mut kept)?,
                    None => kept = input,
                }
                answer(out, !kept.is_empty());
            }
            F::All => {
                let mut all = true;
                for (index, item) in input.into_iter().enumerate() {
                    all &= self.truth(&arguments[0], &scope.with(item, index))? == Some(true);
                }
                answer(out, all);
            }
            F::Select => {
                for (index, item) in input.into_iter().enumerate() {
                    self.eval(&arguments[0], &scope.with(item, index), out)?;
                }
            }
            F::Repeat => self.repeat(input, &arguments[0], scope, out)?,
            F::Not => {
                if let Some(item) = single(input)? {
                    answer(
                        out,
                        !matches!(item.plain(), Plain::Boolean(true)) && matches!(item.plain(), Plain::Boolean(_)),
                    );
                }
            }
            F::AllTrue | F::AnyTrue | F::AllFalse | F::AnyFalse => answer(out, booleans(function, &input)?),
            F::SubsetOf => {
                let other = self.items(&arguments[0], scope)?;
                answer(out, input.iter().all(|item| holds(&other, item)));
            }
            F::SupersetOf => {
                let other = self.items(&arguments[0], scope)?;
                answer(out, other.iter().all(|item| holds(&input, item)));
            }
            F::Distinct => input.into_iter().for_each(|item| add_new(out, item)),
            F::IsDistinct => {
                let mut seen = Vec::new();
                let count = input.len();
                input.into_iter().for_each(|item| add_new(&mut seen, item));
                answer(out, seen.len() == count);
            }
            F::Union | F::Combine => {
                self.eval(&arguments[0], scope, &mut input)?;
                if function == F::Combine {
                    out.append(&mut input);
                } else {
                    let mut joined = Vec::new();
                    input.into_iter().for_each(|item| add_new(&mut joined, item));
                    out.append(&mut joined);
                }
            }
            F::Intersect | F::Exclude => {
                let other = self.items(&arguments[0], scope)?;
                for item in input {
                    match (function, holds(&other, &item)) {
                        (F::Intersect, true) => add_new(out, item),
                        (F::Exclude, false) => out.push(item),
                        _ => {}
                    }
                }
            }
            F::Iif => self.iif(input, arguments, scope, out)?,
            F::Aggregate => self.aggregate(input, arguments, scope, out)?,
            F::Coalesce => {
                for argument in arguments {
                    let found = self.items(argument, scope)?;
                    if !found.is_empty() {
                        out.extend(found);
                        break;
                    }
                }
            }
            F::Min | F::Max => out.extend(extreme(input, function == F::Max)?),
            F::Children => input.iter().for_each(|item| children(item, out)),
            F::Descendants => {
                let mut at = out.len();
                input.iter().for_each(|item| children(item, out));
                while at < out.len() {
                    let item = out[at].clone();
                    children(&item, out);
                    at += 1;
                }
            }
            F::Extension => {
                if let Some(url) = self.one(&arguments[0], scope)?.and_then(|item| item.text()) {
                    out.extend(input.into_iter().filter(|item| {
                        item.record().and_then(|record| record.text("url")).is_some_and(|found| found == url)
                    }));
                }
            }
            F::HasValue => answer(out, input.len() == 1 && !matches!(input[0].plain(), Plain::Record(_))),
            F::GetValue => out.extend(single(input)?.filter(|item| !matches!(item.plain(), Plain::Record(_)))),
            F::GetResourceKey => {
                out.extend(input.iter().filter_map(|item| item.record()?.text("id")).map(Item::Text));
            }
            F::Now => out.push(Item::Moment(self.instant()?)),
            F::Today => out.push(Item::Moment(self.instant()?.day())),
            F::TimeOfDay => out.push(Item::Moment(self.instant()?.time())),
            F::Trace => out.append(&mut input),
            F::Join => {
                let between = match arguments.first() {
                    Some(argument) => self.one(argument, scope)?.and_then(|item| item.text()).unwrap_or_default(),
                    None => Cow::Borrowed(""),
                };
                if !input.is_empty() {
                    let parts: Vec<_> = input.iter().map(Item::shown).collect();
                    out.push(Item::Text(Cow::Owned(parts.join(&between))));
                }
            }
            F::Sum | F::Avg => self.sum(function, &input, out)?,
            F::StartsWith
            | F::EndsWith
            | F::ContainsText
            | F::Matches
            | F::MatchesFull
            | F::Replace
            | F::ReplaceMatches
            | F::Substring
            | F::IndexOf
            | F::LastIndexOf
            | F::Length
            | F::Lower
            | F::Upper
            | F::Trim
            | F::Split
            | F::ToChars => {
                if let Some(item) = single(input)? {
                    self.text(function, &item, arguments, scope, out)?;
                }
            }
            _ => {
                if let Some(item) = single(input)? {
                    self.number(function, &item, arguments, scope, out)?;
                }
            }
        }
        Ok(())
    }

    fn instant(&self) -> Result<Moment, Fault> {
        self.now.map(Moment::of_micros).ok_or(Cow::Borrowed("the instant of the run is not known here"))
    }

    fn amount(&self, tree: &'a Tree, scope: &Scope<'a>) -> Result<usize, Fault> {
        match self.one(tree, scope)?.map(|item| item.plain()) {
            Some(Plain::Integer(number)) => Ok(usize::try_from(number).unwrap_or(0)),
            _ => Err("a whole number was expected".into()),
        }
    }

    fn filter(
        &self,
        input: Items<'a>,
        condition: &'a Tree,
        scope: &Scope<'a>,
        out: &mut Items<'a>,
    ) -> Result<(), Fault> {
        for (index, item) in input.into_iter().enumerate() {
            let inner = scope.with(item, index);
            if self.truth(condition, &inner)? == Some(true) {
                out.push(inner.this);
            }
        }
        Ok(())
    }

    /// Items of the path, of those, and so on; each once.
    fn repeat(&self, input: Items<'a>, path: &'a Tree, scope: &Scope<'a>, out: &mut Items<'a>) -> Result<(), Fault> {
        let start = out.len();
        let mut waiting = input;
        while !waiting.is_empty() {
            let mut found = Vec::new();
            for (index, item) in waiting.into_iter().enumerate() {
                self.eval(path, &scope.with(item, index), &mut found)?;
            }
            waiting = Vec::new();
            for item in found {
                if !seen(&out[start..], &item) {
                    out.push(item.clone());
                    waiting.push(item);
                }
            }
            if out.len() - start > REPEATED {
                return Err("`repeat` does not come to an end".into());
            }
        }
        Ok(())
    }

    fn iif(
        &self,
        input: Items<'a>,
        arguments: &'a [Tree],
        scope: &Scope<'a>,
        out: &mut Items<'a>,
    ) -> Result<(), Fault> {
        let inner = match single(input)? {
            Some(item) => scope.with(item, 0),
            None => scope.clone(),
        };
        if self.truth(&arguments[0], &inner)? == Some(true) {
            self.eval(&arguments[1], &inner, out)
        } else if let Some(otherwise) = arguments.get(2) {
            self.eval(otherwise, &inner, out)
        } else {
            Ok(())
        }
    }

    fn aggregate(
        &self,
        input: Items<'a>,
        arguments: &'a [Tree],
        scope: &Scope<'a>,
        out: &mut Items<'a>,
    ) -> Result<(), Fault> {
        let mut total = match arguments.get(1) {
            Some(first) => self.items(first, scope)?,
            None => Vec::new(),
        };
        for (index, item) in input.into_iter().enumerate() {
            let inner = Scope { total: Some(total), ..scope.with(item, index) };
            total = self.items(&arguments[0], &inner)?;
        }
        out.extend(total);
        Ok(())
    }
}

/// Whether the very same part, or an equal plain value, is there.
fn seen(items: &[Item<'_>], item: &Item<'_>) -> bool {
    match item {
        Item::Part(value, _) => {
            items.iter().any(|other| matches!(other, Item::Part(same, _) if same.place() == value.place()))
        }
        _ => holds(items, item),
    }
}

fn booleans(function: Function, input: &[Item<'_>]) -> Result<bool, Fault> {
    let mut values = Vec::with_capacity(input.len());
    for item in input {
        match item.plain() {
            Plain::Boolean(value) => values.push(value),
            _ => return Err("true or false was expected".into()),
        }
    }
    Ok(match function {
        Function::AllTrue => values.iter().all(|value| *value),
        Function::AnyTrue => values.iter().any(|value| *value),
        Function::AllFalse => values.iter().all(|value| !*value),
        _ => values.iter().any(|value| !*value),
    })
}

fn extreme(input: Items<'_>, largest: bool) -> Result<Option<Item<'_>>, Fault> {
    let mut best: Option<Item<'_>> = None;
    for item in input {
        let Some(so_far) = &best else {
            best = Some(item);
            continue;
        };
        match item::compare(&item, so_far) {
            Ok(Some(order)) if largest && order.is_gt() || !largest && order.is_lt() => best = Some(item),
            Ok(Some(_)) => {}
            Ok(None) => return Ok(None),
            Err(()) => return Err("values that cannot be compared".into()),
        }
    }
    Ok(best)
}

/// The members of a record, lists taken apart.
fn children<'a>(item: &Item<'a>, out: &mut Items<'a>) {
    let Some(record) = item.record() else { return };
    for (key, value) in record.members() {
        if key.is("resourceType") {
            continue;
        }
        if value.kind() == Kind::List {
            out.extend(value.elements().filter(|part| part.kind() != Kind::Null).map(|part| Item::Part(part, None)));
        } else if value.kind() != Kind::Null {
            out.push(Item::Part(value, None));
        }
    }
}

impl<'a> Evaluator<'a> {
    /// The sum, or the mean, of numbers; nothing for nothing.
    fn sum(&self, function: Function, input: &[Item<'a>], out: &mut Items<'a>) -> Result<(), Fault> {
        use super::decimal::Decimal;
        let mut total = Decimal::whole(0);
        let mut whole = function == Function::Sum;
        for item in input {
            let plain = item.plain();
            let number = plain.number().ok_or("a number was expected")?;
            whole &= matches!(plain, Plain::Integer(_));
            total = total.plus(number).ok_or("a sum that is too large")?;
        }
        if input.is_empty() {
            return Ok(());
        }
        let number = match function {
            Function::Sum => Some(total),
            _ => total.over(Decimal::whole(input.len() as i64)),
        };
        out.extend(number.map(|number| eval::numbered(number, whole)));
        Ok(())
    }
}
