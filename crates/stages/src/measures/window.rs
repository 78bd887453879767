//! Window: the condition that a measure's `window` stands for.
//!
//! Flow     stretch and time ─ text of a condition ─ the one language ─ types
//!
//! Invariants
//! - Days, weeks (from Monday), months, quarters and years are those of the project's time zone.
//! - What has no time lies in no window.
//!
//! Not here: the functions it is made of (`condition`).

use onefold_model::define::{Measure, Stretch, Window, WindowUnit};
use onefold_model::expr::{self, Name, Node};
use onefold_model::{At, Code, DataType, Diagnostic, Expr, Spanned, Typed};

use crate::Planner;
use crate::scope::{Meaning, Names};

/// The window of a measure as a condition with types; `None` when it is wrong, which has been said.
pub(super) fn window(p: &mut Planner<'_>, names: &Names, measure: &Measure, window: &Spanned<Window>) -> Option<Typed> {
    let time = match &window.value.time {
        Some(time) => time.clone(),
        None => usual_time(p, names, measure, window.at)?,
    };
    let ty = p.typed(&time, &names.scope(false))?.ty;
    if !ty.is_temporal() && ty != DataType::Any {
        let message = format!("the time of a window is a date or date-time, and this is {ty}");
        let hint = "name a date column, or make it one with `change_type`";
        p.say(Diagnostic::new(Code::ExprType, time.at, message).hint(hint));
        return None;
    }
    let text = condition(&window.value.stretch, &time.value.to_string(), ty);
    let made = expr::parse(&text, window.at).map(|made| placed(made, window.at));
    match made {
        Ok(made) => p.typed(&Spanned { value: made, at: window.at }, &names.scope(false)),
        Err(wrong) => {
            wrong.into_iter().for_each(|diagnostic| p.say(diagnostic));
            None
        }
    }
}

/// The condition in words of the language. `t`: the time.
fn condition(stretch: &Stretch, t: &str, ty: DataType) -> String {
    let now = if ty == DataType::Date { "today()" } else { "now()" };
    match stretch {
        Stretch::Last(n, WindowUnit::Quarter) => format!("within_last({t}, {}, 'month')", n * 3),
        Stretch::Next(n, WindowUnit::Quarter) => format!("within_next({t}, {}, 'month')", n * 3),
        Stretch::Last(n, unit) => format!("within_last({t}, {n}, '{}')", unit.word()),
        Stretch::Next(n, unit) => format!("within_next({t}, {n}, '{}')", unit.word()),
        Stretch::WholeLast(n, unit) => format!("{} between 1 and {n}", units_ago(*unit, t)),
        Stretch::WholeNext(n, unit) => format!("{} between -{n} and -1", units_ago(*unit, t)),
        Stretch::This(unit) => format!("{} = 0", units_ago(*unit, t)),
        Stretch::ToDate(unit) => format!("{} = 0 and {t} <= {now}", units_ago(*unit, t)),
        Stretch::Between(from, to) => {
            let bounds = [(from, ">="), (to, "<")];
            let bounds =
                bounds.iter().filter_map(|(bound, sign)| Some(format!("{t} {sign} '{}'", bound.as_ref()?.value)));
            bounds.collect::<Vec<_>>().join(" and ")
        }
    }
}

/// How many units of the calendar lie between a time's and the present one; negative for those to come.
fn units_ago(unit: WindowUnit, t: &str) -> String {
    let part = |part: &str| format!("date_part('{part}', now()) - date_part('{part}', {t})");
    match unit {
        WindowUnit::Day => format!("days_between({t}, now())"),
        // From Monday to Monday it is a whole number of weeks.
        WindowUnit::Week => format!("days_between(date_trunc('week', {t}), date_trunc('week', now())) / 7"),
        WindowUnit::Month => format!("({}) * 12 + {}", part("year"), part("month")),
        WindowUnit::Quarter => format!("({}) * 4 + {}", part("year"), part("quarter")),
        WindowUnit::Year => part("year"),
    }
}

/// What was made, not read, stands where its window stands.
fn placed(made: Expr, at: Option<At>) -> Expr {
    let whole = (0, at.map_or(0, |at| at.end - at.start));
    made.rewrite(&mut |e| Expr { span: whole, ..e })
}

/// The time of the activity that a measure looks at.
fn usual_time(p: &mut Planner<'_>, names: &Names, measure: &Measure, at: Option<At>) -> Option<Spanned<Expr>> {
    let whole = (0, at.map_or(0, |at| at.end - at.start));
    let column = |parts: Vec<String>| Expr::new(Node::Column(Name(parts)), whole);
    let expressions = || measure.values.iter().map(|value| &value.value).chain(&measure.filter);
    let used = expressions().flat_map(|e| e.value.columns()).filter_map(|name| name.0.first());
    let declared = measure.tables.iter().map(|table| &table.alias.value);
    let mut times: Vec<Expr> = Vec::new();
    for alias in used.chain(declared) {
        match names.meaning(alias) {
            Some(Meaning::Numbered(table)) if table == "UnifiedActivity" || table.as_str().starts_with("Activity_") => {
                times.push(column(vec![alias.clone(), "ActivityTime".to_owned()]));
            }
            Some(Meaning::Related(related)) => {
                let same = |name: &str| name.to_lowercase() == related.table.name.folded();
                for activity in p.project().activities.iter().filter(|activity| same(&activity.table)) {
                    // In the table's own scope the whole dotted text is the column.
                    times.push(activity.time.value.clone().rewrite(&mut |e| match e.node {
                        Node::Column(name) => column(vec![alias.clone(), name.0.join(".")]),
                        node => Expr { node, span: whole, ..e },
                    }));
                }
            }
            _ => {}
        }
    }
    let mut different: Vec<Expr> = Vec::new();
    for time in times {
        if !different.contains(&time) {
            different.push(time);
        }
    }
    if let [time] = different.as_slice() {
        return Some(Spanned { value: time.clone(), at });
    }
    let (message, hint) = match different.first() {
        None => ("the window does not say of what".to_owned(), "add `time:` to it, a date column".to_owned()),
        Some(first) => (
            "the window does not say of what, and there is more than one time".to_owned(),
            format!("add `time: {first}` to it, say"),
        ),
    };
    p.say(Diagnostic::new(Code::MissingKey, at, message).hint(hint));
    None
}
