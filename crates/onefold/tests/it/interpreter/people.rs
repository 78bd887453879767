//! People: who is in a segment, rule by rule.
//!
//! Invariants
//! - All conditions of a rule hold for one row; `times`, `pick`, `after` and `before` look at the rows of a person.
//! - Those within the limit come first, then some of them are held out.
//!
//! Not here: which rows there are (`world`), what an expression means (`eval`).

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::{Span, Timestamp};
use onefold_model::Typed;
use onefold_model::define::{TimeUnit, Within};
use onefold_model::plan::SetOperator;
use sha2::{Digest as _, Sha256};

use super::eval::Clock;
use super::value::{Value, compare};
use super::world::{Base, Found, Seen, Used, World, typed};

/// A group of people, its expressions as text.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// The rules, folded left to right.
    pub(super) rules: Vec<Rule>,
    /// The most members.
    pub(super) limit: Option<Limit>,
    /// The share that is held out, and the name from which it is chosen.
    pub(super) holdout: Option<(f64, Option<String>)>,
    /// Columns of its view: value, whether it is a list, tables.
    pub(super) columns: Vec<(String, bool, Used)>,
}

/// A rule.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) operator: SetOperator,
    pub(super) used: Used,
    pub(super) filter: String,
    pub(super) times: Option<(Option<u64>, Option<u64>)>,
    /// `first` (or `last`), and what it is chosen from.
    pub(super) pick: Option<(bool, Option<String>)>,
    pub(super) order_by: Option<String>,
    pub(super) after: Option<(String, Option<Within>)>,
    pub(super) before: Option<(String, Option<Within>)>,
}

/// The most members, and which.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    pub(super) count: u64,
    pub(super) by: String,
    pub(super) ascending: bool,
    pub(super) per: Option<String>,
}

impl World {
    /// Works out a segment, and those held out of it.
    pub(super) fn segment(&self, clock: &Clock, name: &str, segment: &Segment, found: &mut Found) {
        let mut members = BTreeSet::new();
        for (place, rule) in segment.rules.iter().enumerate() {
            let meet = self.meet(clock, rule, found);
            members = match rule.operator {
                _ if place == 0 => meet,
                SetOperator::Union => &members | &meet,
                SetOperator::Intersect => &members & &meet,
                SetOperator::Except => &members - &meet,
            };
        }
        if let Some(limit) = &segment.limit {
            members = self.best(clock, limit, &members, found);
        }
        let shown = segment
            .columns
            .iter()
            .enumerate()
            .map(|(i, (value, list, tables))| (format!("c{i}"), self.shown(clock, found, value, *list, tables)));
        let shown = shown.collect();
        found.shown.insert(name.to_owned(), shown);
        if let Some((share, chosen_by)) = &segment.holdout {
            let draw = |person: usize| drawn(chosen_by.as_deref().unwrap_or(name), &self.ids[person]);
            let (out, kept) = members.iter().partition(|&&person| draw(person) < *share);
            let held = format!("{name}#holdout");
            found.known.segments.insert(held.clone());
            found.segments.insert(held, out);
            members = kept;
        }
        found.known.segments.insert(name.to_owned());
        found.segments.insert(name.to_owned(), members);
    }

    /// Who meets a rule.
    fn meet(&self, clock: &Clock, rule: &Rule, found: &Found) -> BTreeSet<usize> {
        let typed = |text: &String| typed(text, &found.known, &rule.used.declared, false);
        let filter = typed(&rule.filter);
        let among = rule.pick.as_ref().and_then(|(_, among)| among.as_ref()).map(typed);
        let order = rule.order_by.as_ref().map(typed);
        let after = rule.after.as_ref().map(|(text, within)| (typed(text), *within));
        let before = rule.before.as_ref().map(|(text, within)| (typed(text), *within));
        let beside = after.iter().chain(&before).map(|(filter, _)| filter);
        let all: Vec<&Typed> = [&filter].into_iter().chain(&among).chain(&order).chain(beside).collect();
        // Rows are counted in the one table that is declared, also where only the person is asked about.
        let row = match rule.used.declared.as_slice() {
            [alias] if is_over_many_rows(rule) => Some(typed(&format!("{alias}.{}", key_of(alias)))),
            _ => None,
        };
        let all: Vec<&Typed> = all.into_iter().chain(&row).collect();
        let (base, rows) = self.rows(found, &rule.used, &all, true);
        assert!(base != Base::Profiles || !is_over_many_rows(rule), "a rule over many rows looks at them: {rule:?}");
        let is = |e: &Typed, row: &Seen<'_>| clock.of_row(e, row).truth() == Some(true);
        let at = |row: &Seen<'_>| order.as_ref().map_or(Value::Null, |order| clock.of_row(order, row));
        let holds = |row: &Seen<'_>, own: &[Seen<'_>]| {
            let follows = |(filter, within): &(Typed, Option<Within>)| {
                own.iter().any(|other| is(filter, other) && is_after(clock, &at(other), &at(row), *within))
            };
            let leads = |(filter, within): &(Typed, Option<Within>)| {
                own.iter().any(|other| is(filter, other) && is_after(clock, &at(row), &at(other), *within))
            };
            is(&filter, row) && after.as_ref().is_none_or(follows) && before.as_ref().is_none_or(leads)
        };
        let meets = |person: &usize| {
            let own: Vec<Seen<'_>> = rows.iter().filter(|row| row.person == Some(*person)).copied().collect();
            if let Some((first, _)) = rule.pick {
                let mut from: Vec<&Seen<'_>> = own
                    .iter()
                    .filter(|row| among.as_ref().is_none_or(|among| is(among, row)) && !at(row).is_null())
                    .collect();
                from.sort_by(|a, b| {
                    let order = |a: &Value, b: &Value| compare(a, b, &clock.zone).expect("none of them is null");
                    order(&at(a), &at(b)).then_with(|| order(&a.key(), &b.key()))
                });
                let picked = if first { from.first() } else { from.last() };
                return picked.is_some_and(|row| holds(row, &own));
            }
            let count = own.iter().filter(|row| holds(row, &own)).count() as u64;
            let (least, most) = rule.times.unwrap_or((Some(1), None));
            count >= least.unwrap_or(0) && most.is_none_or(|most| count <= most)
        };
        (0..self.people.len()).filter(meets).collect()
    }

    /// The first so many by a value, of each group.
    fn best(&self, clock: &Clock, limit: &Limit, members: &BTreeSet<usize>, found: &Found) -> BTreeSet<usize> {
        let used = Used { declared: Vec::new(), way: super::world::Way::Placed };
        let (by, per) = (
            typed(&limit.by, &found.known, &[], false),
            limit.per.as_ref().map(|per| typed(per, &found.known, &[], false)),
        );
        let all: Vec<&Typed> = [&by].into_iter().chain(&per).collect();
        let (_, rows) = self.rows(found, &used, &all, true);
        let value = |e: &Typed, person: usize| clock.of_row(e, &rows[person]);
        let is_before = |a: usize, b: usize| {
            let order = compare(&value(&by, a), &value(&by, b), &clock.zone).expect("who has no value is left out");
            let order = if limit.ascending { order } else { order.reverse() };
            order.then_with(|| self.ids[a].cmp(&self.ids[b])) == Ordering::Less
        };
        let together = |a: usize, b: usize| {
            per.as_ref().is_none_or(|per| {
                let (a, b) = (value(per, a), value(per, b));
                compare(&a, &b, &clock.zone).map_or(a.is_null() && b.is_null(), Ordering::is_eq)
            })
        };
        let ranked: Vec<usize> = members.iter().copied().filter(|&person| !value(&by, person).is_null()).collect();
        let rank = |person: usize| -> usize {
            ranked.iter().filter(|&&other| together(other, person) && is_before(other, person)).count()
        };
        ranked.iter().copied().filter(|&person| (rank(person) as u64) < limit.count).collect()
    }
}

fn key_of(alias: &str) -> &'static str {
    if alias == "o" { "order_id" } else { "line_id" }
}

/// Whether a rule looks at the rows of a person together.
pub(super) fn is_over_many_rows(rule: &Rule) -> bool {
    rule.times.is_some() || rule.pick.is_some() || rule.after.is_some() || rule.before.is_some()
}

/// Whether one time is strictly after another, at most so long.
fn is_after(clock: &Clock, earlier: &Value, later: &Value, within: Option<Within>) -> bool {
    let (Some(order), true) = (compare(earlier, later, &clock.zone), within.is_some()) else {
        return compare(earlier, later, &clock.zone) == Some(Ordering::Less);
    };
    let within = within.expect("it is some");
    let count = i64::from(within.count);
    let span = match within.unit {
        TimeUnit::Hour => Span::new().hours(count),
        TimeUnit::Day => Span::new().days(count),
        TimeUnit::Week => Span::new().weeks(count),
        TimeUnit::Month => Span::new().months(count),
        TimeUnit::Year => Span::new().years(count),
    };
    let near = "times of tests lie near each other";
    let most = match earlier {
        Value::Date(day) => Value::Date(day.checked_add(span).expect(near)),
        // An hour is an hour, also when clocks change.
        Value::Instant(at) if within.unit == TimeUnit::Hour => Value::Instant(at.checked_add(span).expect(near)),
        Value::Instant(at) => {
            let at: Timestamp = clock.instant(clock.local(*at).checked_add(span).expect(near));
            Value::Instant(at)
        }
        other => panic!("{other:?} lies on no calendar"),
    };
    order == Ordering::Less && compare(later, &most, &clock.zone).is_some_and(Ordering::is_le)
}

/// The draw of a person: from 0 up to 1, by the first 12 hex digits of a hash.
fn drawn(name: &str, id: &str) -> f64 {
    let hash = Sha256::digest(format!("{name}/{id}").as_bytes());
    let first = hash.iter().take(6).fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
    first as f64 / (1_u64 << 48) as f64
}
