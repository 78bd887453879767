//! Window: the form of `window:`.
//!
//! Not here: the condition it stands for (`onefold-stages`, `measures::window`).

use super::expression::Expression;
use super::form::{Fields, Record};
use super::word::{Choice, Count, Flag, Text};
use crate::define::{Stretch, Window, WindowUnit};
use crate::{Code, Diagnostic, Spanned};

const UNITS: Choice<WindowUnit> = Choice { words: WindowUnit::WORDS, later: &[] };

/// `window:`
pub(super) fn window(f: &mut Fields<'_, '_>) -> Option<Spanned<Window>> {
    let at = f.place("window");
    let about = "the stretch of time that counts: `{last: 365, unit: day}`, `{last: 1, unit: month, calendar: true}`, \
                 `{this: year}`, `{to_date: year}`, `{from: 2025-01-01, to: 2026-01-01}`";
    let window = f.optional("window", about, Record(record))?;
    Some(Spanned { value: window, at })
}

fn record(f: &mut Fields<'_, '_>) -> Option<Window> {
    let last = f.optional("last", "the last so many units up to the run's instant", Count);
    let next = f.optional("next", "the next so many units from the run's instant", Count);
    let unit = f.optional("unit", "of `last` and `next`: `day`, `week`, `month`, `quarter` or `year`", UNITS);
    let calendar = f.optional("calendar", "of `last` and `next`: whole units, without the present one", Flag);
    let this = f.optional("this", "the present day, week, month, quarter or year, whole", UNITS);
    let to_date = f.optional("to_date", "the present one up to the run's instant", UNITS);
    let from = f.optional("from", "the first day or instant", Text);
    let to = f.optional("to", "the day or instant before which it ends", Text);
    let time = f.optional("time", "what lies in the window; default the time of the activity", Expression);

    let ways: Vec<&str> = ["last", "next", "this", "to_date", "from"].into_iter().filter(|key| f.has(key)).collect();
    let ways = if ways.is_empty() && f.has("to") { vec!["to"] } else { ways };
    if let [first, second, ..] = ways[..] {
        let why = format!("a window is one stretch of time, and this one has `{first}` and `{second}`");
        f.refuse(second, why, "keep one of them");
        return None;
    }
    for key in ["unit", "calendar"] {
        let counts = ways.first().is_some_and(|way| ["last", "next"].contains(way));
        if !counts && !ways.is_empty() {
            f.refuse(key, format!("`{key}` goes with `last` or `next`"), "remove it");
        }
    }
    if !ways.contains(&"from") && !ways.contains(&"to") {
        f.refuse("to", "`to` goes with `from`".to_owned(), "remove it");
    }
    for (key, count) in [("last", last), ("next", next)] {
        if count.is_some_and(|count| count == 0 || count > MOST) {
            f.refuse(key, format!("`{key}` counts from 1 to {MOST}"), "write `30`, say");
            return None;
        }
    }
    for text in [&from, &to].into_iter().flatten() {
        if !is_time(&text.value) {
            let message = format!("`{}` is no day and no instant", text.value);
            let hint = "write a day, `2026-11-01`, or an instant, `2026-11-01T06:00:00Z`";
            f.say(Diagnostic::new(Code::WrongValue, text.at, message).hint(hint));
            return None;
        }
    }
    let unit = unit.map(|unit| unit.value);
    if ways.first().is_some_and(|way| ["last", "next"].contains(way)) && !f.has("unit") {
        f.lacks("unit", "`day`, `week`, `month`, `quarter` or `year`");
    }
    let whole = calendar.unwrap_or(false);
    let stretch = match (last, next, this, to_date) {
        (Some(n), ..) if whole => Stretch::WholeLast(n, unit?),
        (Some(n), ..) => Stretch::Last(n, unit?),
        (_, Some(n), ..) if whole => Stretch::WholeNext(n, unit?),
        (_, Some(n), ..) => Stretch::Next(n, unit?),
        (_, _, Some(unit), _) => Stretch::This(unit.value),
        (.., Some(unit)) => Stretch::ToDate(unit.value),
        _ if from.is_some() || to.is_some() => Stretch::Between(from, to),
        _ => {
            if f.reading() && ways.is_empty() {
                f.lacks("last", "so many units, or `this:`, `to_date:`, `from:`");
            }
            return None;
        }
    };
    Some(Window { stretch, time })
}

/// The most units of a window.
const MOST: u64 = 100_000;

fn is_time(text: &str) -> bool {
    text.parse::<jiff::civil::Date>().is_ok() || text.parse::<jiff::Timestamp>().is_ok()
}
