//! Nearest: the smallest change of conditions that would bring somebody into a segment.
//!
//! Reads    for each rule how its conditions make it, and whether each holds, row by row
//! Flow     what it costs to make each rule true, or not ─ rules folded left to right ─ the cheapest way in ─ tried; where
//!          a condition stands in two rules and they want opposite things, few conditions are tried one after the other
//!
//! Invariants
//! - What is answered brings the person in: it is tried before it is answered.
//! - Fewer conditions go before more; of equally many those of the first rules and rows.
//! - Rows that are not there yet count as their conditions do, all of them to be met.
//!
//! Not here: values and words (`segment`).

use onefold_model::define::{Pick, Times};
use onefold_model::plan::SetOperator;
use onefold_stages::Logic;

/// Whether a condition holds; `None` when that is unknown.
pub(super) type Truth = Option<bool>;

/// A rule as it stands for one person.
#[derive(Clone, Debug)]
pub(super) struct Facts<'e> {
    pub(super) operator: SetOperator,
    pub(super) logic: &'e Logic,
    /// The texts of its conditions: equal ones of rules over the profile itself are the same condition.
    pub(super) texts: Vec<&'e str>,
    /// Whether it looks at the profile itself.
    pub(super) of_profile: bool,
    pub(super) times: Option<Times>,
    pub(super) pick: Option<Pick>,
    /// The rows, each with its conditions; for `pick` the one that is picked first.
    pub(super) rows: Vec<Vec<Truth>>,
    /// How many rows it holds for; more than are shown where there are many.
    pub(super) held: u64,
}

/// One thing that must change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    /// A condition of a row: rule, row, condition, and whether it must hold.
    Condition { rule: usize, row: usize, condition: usize, holds: bool },
    /// More rows for which a rule holds.
    More { rule: usize, rows: u64 },
    /// Fewer of them.
    Fewer { rule: usize, rows: u64 },
}

/// What must become of something.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Goal {
    True,
    False,
    NotTrue,
    NotFalse,
}

type Way = Option<Vec<Change>>;

/// The smallest change after which the rules find the person; `None` where there is none.
pub(super) fn nearest(rules: &[Facts<'_>]) -> Option<Vec<Change>> {
    if is_in(rules, &[]) {
        return Some(Vec::new());
    }
    let folded = folded(rules).map(|way| united(rules, way)).filter(|way| is_in(rules, way));
    let most = folded.as_ref().map_or(3, |way| way.len().saturating_sub(1)).min(3);
    tried(rules, most).or(folded)
}

/// The cheapest way in, each condition by itself.
fn folded(rules: &[Facts<'_>]) -> Way {
    let (mut inside, mut outside): (Way, Way) = (None, Some(Vec::new()));
    for (number, rule) in rules.iter().enumerate() {
        let (yes, no) = (made(number, rule, true), made(number, rule, false));
        let either = if truth(rule, number, &[]) { yes.clone() } else { no.clone() };
        (inside, outside) = match rule.operator {
            SetOperator::Union => (cheaper(both(&inside, &either), both(&outside, &yes)), both(&outside, &no)),
            SetOperator::Intersect => (both(&inside, &yes), cheaper(both(&outside, &either), both(&inside, &no))),
            SetOperator::Except => (both(&inside, &no), cheaper(both(&outside, &either), both(&inside, &yes))),
        };
    }
    inside
}

fn both(one: &Way, other: &Way) -> Way {
    let (one, other) = (one.as_ref()?, other.as_ref()?);
    Some(one.iter().chain(other).cloned().collect())
}

fn cheaper(one: Way, other: Way) -> Way {
    match (one, other) {
        (Some(one), Some(other)) => Some(if weight(&other) < weight(&one) { other } else { one }),
        (one, other) => one.or(other),
    }
}

fn weight(way: &[Change]) -> u64 {
    let one = |change: &Change| match change {
        Change::Condition { .. } => 1,
        Change::More { rows, .. } | Change::Fewer { rows, .. } => *rows,
    };
    way.iter().map(one).sum()
}

/// The cheapest way to make a rule true, or not true.
fn made(number: usize, rule: &Facts<'_>, wanted: bool) -> Way {
    if truth(rule, number, &[]) == wanted {
        return Some(Vec::new());
    }
    let row = |row: usize, goal| {
        turned(rule.logic, &rule.rows[row], goal, &|condition, holds| Change::Condition {
            rule: number,
            row,
            condition,
            holds,
        })
    };
    if let Some(times) = rule.times {
        let (least, most) = (times.at_least.unwrap_or(0), times.at_most.unwrap_or(u64::MAX));
        let more = |rows| Some(vec![Change::More { rule: number, rows }]);
        let fewer = |rows| Some(vec![Change::Fewer { rule: number, rows }]);
        return match (wanted, rule.held < least) {
            (true, true) => more(least - rule.held),
            (true, false) => fewer(rule.held - most),
            (false, _) => {
                let out = if least > 0 { fewer(rule.held - least + 1) } else { None };
                let over = if most < u64::MAX { more(most - rule.held + 1) } else { None };
                cheaper(out, over)
            }
        };
    }
    if rule.of_profile || rule.pick.is_some() {
        if rule.rows.is_empty() {
            return wanted.then(|| vec![Change::More { rule: number, rows: 1 }]);
        }
        return row(0, if wanted { Goal::True } else { Goal::NotTrue });
    }
    if wanted {
        let ways = (0..rule.rows.len()).map(|at| row(at, Goal::True));
        let best = ways.reduce(cheaper).flatten();
        return best.or_else(|| Some(vec![Change::More { rule: number, rows: 1 }]));
    }
    // Every row for which it holds must cease to be one.
    if rule.held > rule.rows.len() as u64 {
        return Some(vec![Change::Fewer { rule: number, rows: rule.held }]);
    }
    (0..rule.rows.len())
        .filter(|&at| value(rule.logic, &rule.rows[at]) == Some(true))
        .map(|at| row(at, Goal::NotTrue))
        .reduce(|one, other| both(&one, &other))
        .flatten()
}

/// The cheapest way to make a condition come out as wanted.
fn turned(logic: &Logic, row: &[Truth], goal: Goal, change: &dyn Fn(usize, bool) -> Change) -> Way {
    let all = |parts: &[Logic]| {
        parts.iter().try_fold(Vec::new(), |mut all, part| {
            all.extend(turned(part, row, goal, change)?);
            Some(all)
        })
    };
    let any = |parts: &[Logic]| parts.iter().map(|part| turned(part, row, goal, change)).reduce(cheaper).flatten();
    match logic {
        Logic::Condition(at) => {
            let own = row.get(*at).copied().flatten();
            let (there, holds) = match goal {
                Goal::True => (own == Some(true), true),
                Goal::False => (own == Some(false), false),
                Goal::NotTrue => (own != Some(true), false),
                Goal::NotFalse => (own != Some(false), true),
            };
            Some(if there { Vec::new() } else { vec![change(*at, holds)] })
        }
        Logic::Not(inner) => {
            let goal = match goal {
                Goal::True => Goal::False,
                Goal::False => Goal::True,
                Goal::NotTrue => Goal::NotFalse,
                Goal::NotFalse => Goal::NotTrue,
            };
            turned(inner, row, goal, change)
        }
        Logic::And(parts) if matches!(goal, Goal::True | Goal::NotFalse) => all(parts),
        Logic::Or(parts) if matches!(goal, Goal::False | Goal::NotTrue) => all(parts),
        Logic::And(parts) | Logic::Or(parts) => any(parts),
    }
}

/// The same changes, a condition of the profile that stands in several rules told once.
fn united(rules: &[Facts<'_>], way: Vec<Change>) -> Vec<Change> {
    let mut seen: Vec<(&str, bool)> = Vec::new();
    way.into_iter()
        .filter(|change| match change {
            Change::Condition { rule, condition, holds, .. } if rules[*rule].of_profile => {
                let own = (rules[*rule].texts[*condition], *holds);
                let new = !seen.contains(&own);
                seen.push(own);
                new
            }
            _ => true,
        })
        .collect()
}

/// The first few changes, fewest first, that bring the person in.
fn tried(rules: &[Facts<'_>], most: usize) -> Option<Vec<Change>> {
    const TRIES: usize = 100_000;
    let mut single: Vec<Change> = Vec::new();
    for (number, rule) in rules.iter().enumerate() {
        if !rule.of_profile {
            let way = made(number, rule, !truth(rule, number, &[]));
            single.extend(way.filter(|way| way.len() == 1).into_iter().flatten());
            continue;
        }
        for (condition, own) in rule.rows.first().into_iter().flatten().enumerate() {
            for holds in [true, false] {
                if *own != Some(holds) {
                    single.push(Change::Condition { rule: number, row: 0, condition, holds });
                }
            }
        }
    }
    let single = united(rules, single);
    let mut tries = 0;
    for size in 1..=most.min(single.len()) {
        let mut chosen: Vec<usize> = (0..size).collect();
        loop {
            tries += 1;
            if tries > TRIES {
                return None;
            }
            let way: Vec<Change> = chosen.iter().map(|&at| single[at].clone()).collect();
            if is_in(rules, &way) {
                return Some(way);
            }
            let Some(at) = (0..size).rev().find(|&at| chosen[at] < single.len() - size + at) else { break };
            chosen[at] += 1;
            for next in at + 1..size {
                chosen[next] = chosen[next - 1] + 1;
            }
        }
    }
    None
}

/// Whether the rules find the person after some changes.
fn is_in(rules: &[Facts<'_>], way: &[Change]) -> bool {
    // A condition of the profile is the same in all rules that have it.
    let of_profile: Vec<(&str, bool)> = way
        .iter()
        .filter_map(|change| match change {
            Change::Condition { rule, condition, holds, .. } if rules[*rule].of_profile => {
                Some((rules[*rule].texts[*condition], *holds))
            }
            _ => None,
        })
        .collect();
    let mut inside = false;
    for (number, rule) in rules.iter().enumerate() {
        let own = if rule.of_profile {
            let mut row = rule.rows.first().cloned().unwrap_or_default();
            for (at, text) in rule.texts.iter().enumerate() {
                for (_, holds) in of_profile.iter().filter(|(changed, _)| changed == text) {
                    if let Some(value) = row.get_mut(at) {
                        *value = Some(*holds);
                    }
                }
            }
            !rule.rows.is_empty() && value(rule.logic, &row) == Some(true)
        } else {
            truth(rule, number, way)
        };
        inside = match rule.operator {
            SetOperator::Union => inside || own,
            SetOperator::Intersect => inside && own,
            SetOperator::Except => inside && !own,
        };
    }
    inside
}

/// Whether a rule finds the person after some changes.
fn truth(rule: &Facts<'_>, number: usize, way: &[Change]) -> bool {
    let mut rows = rule.rows.clone();
    let mut more = 0_i128;
    let before = rows.iter().filter(|row| value(rule.logic, row) == Some(true)).count();
    for change in way {
        match change {
            Change::Condition { rule, row, condition, holds } if *rule == number => {
                if let Some(value) = rows.get_mut(*row).and_then(|row| row.get_mut(*condition)) {
                    *value = Some(*holds);
                }
            }
            Change::More { rule, rows } if *rule == number => more += i128::from(*rows),
            Change::Fewer { rule, rows } if *rule == number => more -= i128::from(*rows),
            _ => {}
        }
    }
    let after = rows.iter().filter(|row| value(rule.logic, row) == Some(true)).count();
    let held = i128::from(rule.held) + after as i128 - before as i128 + more;
    match (rule.times, rule.pick) {
        (Some(times), _) => {
            held >= i128::from(times.at_least.unwrap_or(0)) && held <= i128::from(times.at_most.unwrap_or(u64::MAX))
        }
        (None, Some(_)) => more > 0 || rows.first().is_some_and(|row| value(rule.logic, row) == Some(true)),
        (None, None) => held > 0,
    }
}

/// Whether a row meets what conditions make; unknown as in the language of conditions.
#[allow(clippy::manual_try_fold, reason = "a part that is no decides, also after one that is not known")]
pub(super) fn value(logic: &Logic, row: &[Truth]) -> Truth {
    match logic {
        Logic::Condition(at) => row.get(*at).copied().flatten(),
        Logic::Not(inner) => value(inner, row).map(|holds| !holds),
        Logic::And(parts) => parts.iter().fold(Some(true), |all, part| match (all, value(part, row)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }),
        Logic::Or(parts) => parts.iter().fold(Some(false), |any, part| match (any, value(part, row)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(at: usize) -> Logic {
        Logic::Condition(at)
    }

    fn rule<'e>(operator: SetOperator, logic: &'e Logic, texts: &[&'e str], row: &[Truth]) -> Facts<'e> {
        let held = u64::from(value(logic, row) == Some(true));
        let (texts, rows) = (texts.to_vec(), vec![row.to_vec()]);
        Facts { operator, logic, texts, of_profile: true, times: None, pick: None, rows, held }
    }

    fn condition(rule: usize, condition: usize, holds: bool) -> Change {
        Change::Condition { rule, row: 0, condition, holds }
    }

    #[test]
    fn of_an_or_the_side_with_fewer_missing_is_taken() {
        let logic = Logic::Or(vec![Logic::And(vec![leaf(0), leaf(1)]), Logic::And(vec![leaf(2), leaf(3)])]);
        let row = [Some(false), Some(false), Some(true), None];
        let rules = [rule(SetOperator::Union, &logic, &["a", "b", "c", "d"], &row)];
        assert_eq!(nearest(&rules), Some(vec![condition(0, 3, true)]));
    }

    #[test]
    fn an_exception_must_cease_to_hold() {
        let (one, two) = (leaf(0), Logic::Not(Box::new(leaf(0))));
        let rules = [
            rule(SetOperator::Union, &one, &["a"], &[Some(true)]),
            rule(SetOperator::Except, &two, &["b"], &[Some(false)]),
        ];
        assert_eq!(nearest(&rules), Some(vec![condition(1, 0, true)]));
    }

    #[test]
    fn a_condition_of_two_rules_is_changed_once() {
        let (one, two) = (leaf(0), leaf(0));
        let rules = [
            rule(SetOperator::Union, &one, &["a"], &[Some(false)]),
            rule(SetOperator::Intersect, &two, &["a"], &[Some(false)]),
        ];
        assert_eq!(nearest(&rules), Some(vec![condition(0, 0, true)]));
    }

    #[test]
    fn nobody_can_be_where_rules_contradict_each_other() {
        let (one, two) = (leaf(0), leaf(0));
        let rules = [
            rule(SetOperator::Union, &one, &["a"], &[Some(false)]),
            rule(SetOperator::Except, &two, &["a"], &[Some(false)]),
        ];
        assert_eq!(nearest(&rules), None);
    }

    #[test]
    fn rows_that_lack_are_counted() {
        let logic = leaf(0);
        let times = Some(Times { at_least: Some(3), at_most: None });
        let rows = vec![vec![Some(true)], vec![Some(false)]];
        let base = rule(SetOperator::Union, &logic, &["a"], &[]);
        let rules = [Facts { of_profile: false, times, rows, held: 1, ..base }];
        assert_eq!(nearest(&rules), Some(vec![Change::More { rule: 0, rows: 2 }]));
    }

    #[test]
    fn whatever_is_answered_brings_somebody_in_and_nothing_smaller_does() {
        // All truths of three conditions in two rules that share one of them.
        let one = Logic::And(vec![leaf(0), Logic::Not(Box::new(leaf(1)))]);
        let two = Logic::Or(vec![leaf(0), leaf(1)]);
        let truths = [Some(true), Some(false), None];
        for operator in [SetOperator::Union, SetOperator::Intersect, SetOperator::Except] {
            for a in truths {
                for b in truths {
                    for c in truths {
                        let rules = [
                            rule(SetOperator::Union, &one, &["a", "b"], &[a, b]),
                            rule(operator, &two, &["b", "c"], &[b, c]),
                        ];
                        let found = nearest(&rules).expect("these rules can be met");
                        assert!(is_in(&rules, &found));
                        for size in 0..found.len() {
                            assert!(size == 0 || tried(&rules, size).is_none(), "{a:?} {b:?} {c:?} {found:?}");
                        }
                        assert_eq!(found.is_empty(), is_in(&rules, &[]));
                    }
                }
            }
        }
    }
}
