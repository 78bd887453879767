//! Explain: why two records are one profile, or are not.
//!
//! Reads    the rows of both, `KeyRing`, rules, links and noted pairs of the last run, the model with all records (`evidence`)
//! Flow     records ─ what rules say ─ what the model says ─ what joined or parted them ─ one sentence
//!
//! Invariants
//! - It answers for any two records of `unify.yaml`, also for two that were never compared.
//! - What is told of a rule is what the rule as it is written now says of the rows as they are published.
//!
//! Not here: what a whole profile hangs on (`identity`).

use onefold_api::*;
use onefold_model::define::{Condition, MapTable, Unify};

use super::decide::{applied, log, noted_pairs, view};
use super::identity::{links, path};
use super::records::{Shown, named};
use super::{calibration, evidence};
use crate::lists::{Lists, Look, pairs};
use crate::platform::Onefold;
use crate::runner::figures::Row;
use crate::state::{Decided, Pair};

/// Explains two records.
pub(super) async fn pair(project: &Onefold, ask: &PairAsk) -> Result<PairExplained, Problem> {
    let look = Look::at(project).await?;
    let (a, b) = (named(&look, &ask.table1, &ask.key1)?, named(&look, &ask.table2, &ask.key2)?);
    let shown = Shown::read(&look, &[&a, &b]).await?;
    shown.must_hold(&[&a, &b])?;
    let pair = Pair::of(a.clone(), b.clone()).ok_or_else(|| {
        Problem::refused("both are the same record").hint("name two records; `onefold explain customer` tells of one")
    })?;
    let (a_customer_id, b_customer_id) = (shown.profile(&a).cloned(), shown.profile(&b).cloned());
    let same_profile = a_customer_id.is_some() && a_customer_id == b_customer_id;
    let way = if same_profile { way(&look, &a, &b).await? } else { Vec::new() };
    let direct = way.len() == 1;
    let rules = match &look.project().unify {
        Some(unify) => rules(
            &With { look: &look, lists: &Lists::read(&look).await? },
            unify,
            (&a, shown.row(&a)),
            (&b, shown.row(&b)),
            way.first().filter(|_| direct),
        ),
        None => Vec::new(),
    };
    let known = log(&look)?;
    let decision = known.iter().find(|decided| decided.counts && decided.said.pair == pair);
    let seen = noted_pairs(&look, &[&pair]).await?.remove(&pair);
    let weighed = evidence::of(&look, &a, &b).await?;
    let (mut evidence, blocking) =
        weighed.map_or((None, Vec::new()), |(evidence, blocking)| (Some(evidence), blocking));
    if let Some(evidence) = &mut evidence {
        let curve = calibration::fit(&labels(&known));
        evidence.calibrated = curve.map(|curve| curve.at(evidence.total_bits));
    }
    let mut view = PairExplained {
        a: shown.side(&look, &a),
        b: shown.side(&look, &b),
        a_customer_id,
        b_customer_id,
        same_profile,
        never_compared: never_compared(evidence.is_some(), &blocking, &rules, (&a, &b)),
        rules,
        blocking,
        evidence,
        decision: match decision {
            Some(decided) => Some(view(decided, &applied(&look).await?)),
            None => None,
        },
        path: way,
        state: seen.as_ref().map(|seen| seen.state.clone()),
        why: None,
        summary: String::new(),
    };
    view.why = match seen {
        Some(_) => why(&look, &pair).await?,
        None => None,
    };
    view.summary = summary(&view);
    Ok(view)
}

/// The decided pairs that a model weighed when they were decided.
fn labels(known: &[Decided]) -> Vec<calibration::Label> {
    let standing = known.iter().filter(|decided| decided.counts && decided.said.verdict != Verdict::Unsure);
    let weight = |decided: &Decided| decided.said.seen.as_ref()?.weight;
    standing.filter_map(|decided| Some((weight(decided)?, decided.said.verdict == Verdict::Same))).collect()
}

/// The links that lead from one record to another of its profile.
async fn way(look: &Look, a: &RecordRef, b: &RecordRef) -> Result<Vec<IdentityLink>, Problem> {
    let (_, records) = super::decide::members(look, &format!("{}:{}", a.table, a.key)).await?;
    Ok(path(&links(look, &records).await?, a, b))
}

async fn why(look: &Look, pair: &Pair) -> Result<Option<String>, Problem> {
    // A project that matches by rules alone has no such table.
    if look.table("MatchPair").is_none() {
        return Ok(None);
    }
    use onefold_model::sql::text;
    let of = |column: &str, value: &str| onefold_model::sql!(onefold_model::sql::id(column), " = ", text(value));
    let is = |a: &RecordRef, b: &RecordRef| {
        let all = [of("Table1", &a.table), of("Key1", &a.key), of("Table2", &b.table), of("Key2", &b.key)];
        onefold_model::sql::join(all, " and ")
    };
    let from = onefold_model::TableName::from("MatchPair");
    let (there, back) = (is(&pair.a, &pair.b), is(&pair.b, &pair.a));
    let sql = onefold_model::sql!("select \"Why\" from ", from, " where ", there, " or ", back);
    Ok(look.ask(&sql).await?.first().and_then(|row| super::model::text(row, "Why")))
}

/// What rules are read with.
struct With<'a> {
    look: &'a Look,
    lists: &'a Lists,
}

type Side<'a> = (&'a RecordRef, Option<&'a Row>);

/// What each rule that is about tables like these says of the two.
fn rules(
    look: &With<'_>,
    unify: &Unify,
    a: Side<'_>,
    b: Side<'_>,
    joined: Option<&IdentityLink>,
) -> Vec<RuleExplained> {
    let by = |name: &str| joined.is_some_and(|link| link.rule.split(';').any(|rule| rule == name));
    let mut all = Vec::new();
    let between = |table: &str, side: Side<'_>| side.0.table.eq_ignore_ascii_case(table);
    for rule in unify.rules.iter().filter(|rule| rule.active) {
        let (from, to) = match (between(&rule.from, a), between(&rule.to, b)) {
            (true, true) => (a, b),
            _ if between(&rule.from, b) && between(&rule.to, a) => (b, a),
            _ => continue,
        };
        let told = rule_told(look, ("match", &rule.name), &rule.when, &rule.unless, from, to);
        all.push(RuleExplained { joined: by(&rule.name), ..told });
    }
    if a.0.table == b.0.table
        && let Some(table) = unify.tables.iter().find(|table| between(&table.table, a))
    {
        all.extend(
            within(look, unify, table, a, b).into_iter().map(|told| RuleExplained { joined: by(&told.rule), ..told }),
        );
    }
    all
}

/// What the rules of deduplication of a table say; without rules of its own a table is deduplicated by what match rules
/// compare of it.
fn within(look: &With<'_>, unify: &Unify, table: &MapTable, a: Side<'_>, b: Side<'_>) -> Vec<RuleExplained> {
    let told = |name: &str, when: &[Condition], unless: &[Condition]| {
        rule_told(look, ("deduplicate", name), when, unless, a, b)
    };
    if !table.deduplicate.rules.is_empty() {
        let active = table.deduplicate.rules.iter().filter(|rule| rule.active);
        return active.map(|rule| told(&rule.name, &rule.when, &rule.unless)).collect();
    }
    let mut all = Vec::new();
    for rule in unify.rules.iter().filter(|rule| rule.active) {
        let side = |when: &Condition, lower: bool| Condition {
            column: if lower {
                when.column.clone()
            } else {
                when.equals.clone().unwrap_or_else(|| when.column.clone())
            },
            equals: None,
            ..when.clone()
        };
        for (own, lower) in [(&rule.from, true), (&rule.to, false)] {
            if own.eq_ignore_ascii_case(&table.table) {
                let when: Vec<Condition> = rule.when.iter().map(|when| side(when, lower)).collect();
                all.push(told(&rule.name, &when, &[]));
            }
        }
    }
    all
}

fn rule_told(
    with: &With<'_>,
    (kind, name): (&str, &str),
    when: &[Condition],
    unless: &[Condition],
    from: Side<'_>,
    to: Side<'_>,
) -> RuleExplained {
    let of = |conditions: &[Condition]| -> Vec<ConditionExplained> {
        let judge = |when| pairs::judge(with.look, with.lists, (&from.0.table, &to.0.table), when, from.1, to.1);
        conditions.iter().map(|when| told(judge(when), when)).collect()
    };
    let (conditions, exceptions) = (of(when), of(unless));
    let hold = conditions.iter().all(|condition| condition.holds);
    let excepted = !exceptions.is_empty() && exceptions.iter().all(|condition| condition.holds);
    let why_not = match (hold, excepted) {
        (true, false) => None,
        (true, true) => Some("its exception holds".to_owned()),
        (false, _) => Some(failing(&conditions)),
    };
    let (rule, kind) = (name.to_owned(), kind.to_owned());
    RuleExplained { rule, kind, holds: why_not.is_none(), joined: false, conditions, exceptions, why_not }
}

fn told(judged: pairs::Judged, when: &Condition) -> ConditionExplained {
    let pairs::Judged { condition, compared, score } = judged;
    let precision = if when.differs { format!("not {}", condition.precision) } else { condition.precision };
    ConditionExplained {
        a_column: condition.a_column,
        b_column: condition.b_column,
        a: condition.a,
        b: condition.b,
        a_compared: compared.0,
        b_compared: compared.1,
        precision,
        score,
        holds: condition.holds,
    }
}

/// What keeps conditions from holding.
fn failing(conditions: &[ConditionExplained]) -> String {
    let told = conditions.iter().filter(|condition| !condition.holds).map(|condition| {
        let name = match condition.a_column == condition.b_column {
            true => format!("`{}`", condition.a_column),
            false => format!("`{}` and `{}`", condition.a_column, condition.b_column),
        };
        match condition.score {
            None => format!("{name}: a value is missing"),
            Some(score) if condition.precision == "exactly" || score == 0.0 => format!("{name}: the values differ"),
            Some(score) => format!("{name}: {score:.2} is not near enough"),
        }
    });
    told.collect::<Vec<_>>().join("; ")
}

/// Why two records were never compared, when they were not.
fn never_compared(
    modelled: bool,
    blocking: &[BlockingExplained],
    rules: &[RuleExplained],
    (a, b): (&RecordRef, &RecordRef),
) -> Option<String> {
    if rules.iter().any(|rule| rule.holds || rule.joined) || blocking.iter().any(|rule| rule.together) {
        return None;
    }
    if modelled {
        let why: Vec<String> = blocking
            .iter()
            .filter_map(|rule| Some(format!("`{}` ({})", rule.rule, rule.why_not.as_deref()?)))
            .collect();
        return Some(match why.is_empty() {
            true => "the model has no blocking rule".to_owned(),
            false => format!("no blocking rule gives both the same key: {}", why.join(", ")),
        });
    }
    if !rules.is_empty() {
        return None;
    }
    Some(match a.table == b.table {
        true => format!("no rule is about two records of `{}`", a.table),
        false => format!("no rule leads between `{}` and `{}`", a.table, b.table),
    })
}

/// The answer in a sentence.
fn summary(view: &PairExplained) -> String {
    let decided = view.decision.as_ref().filter(|decision| decision.decision != Verdict::Unsure);
    let waits = |decision: &DecisionView| {
        let said = if decision.decision == Verdict::Same { "one person" } else { "two people" };
        let when = if decision.applied { "" } else { ", which the next run will follow" };
        format!("; {} decided that they are {said}{when}", decision.by)
    };
    let decided = decided.map(waits).unwrap_or_default();
    let evidence = view.evidence.as_ref();
    let odds = evidence.map(|evidence| {
        format!(
            "the evidence weighs {:.1} bits, a probability of {}",
            evidence.total_bits,
            percent(evidence.probability)
        )
    });
    let base = match (view.same_profile, view.path.as_slice()) {
        (true, [link]) => format!("one profile: {} joins them", link_told(link)),
        (true, []) => "one profile".to_owned(),
        (true, path) => format!("one profile, through {} other records", path.len() - 1),
        (false, _) if view.a_customer_id.is_none() || view.b_customer_id.is_none() => {
            "one of them is part of no profile: its table is matched without `include_all`".to_owned()
        }
        (false, _) if view.state.as_deref() == Some("cut") => {
            format!(
                "two profiles: a link between them was cut ({})",
                view.why.as_deref().unwrap_or("no reason is noted")
            )
        }
        (false, _) => match (&view.never_compared, evidence) {
            (Some(why), _) => format!("two profiles, never compared: {why}"),
            (None, Some(evidence)) if evidence.probability < evidence.threshold => {
                format!("two profiles: it takes a probability of {} to be one", percent(evidence.threshold))
            }
            _ => "two profiles: no rule holds".to_owned(),
        },
    };
    let odds = odds.map(|odds| format!("; {odds}")).unwrap_or_default();
    format!("{base}{odds}{decided}")
}

fn link_told(link: &IdentityLink) -> String {
    match link.kind.as_str() {
        "rule" => format!("the rule `{}`", link.rule),
        "deduplication" => format!("the deduplication rule `{}`", link.rule),
        "model" => "the model".to_owned(),
        "always" => "a table of pairs that always match".to_owned(),
        _ => link.rule.clone(),
    }
}

/// A probability for people: what is nearly certain does not become certain by rounding.
pub(crate) fn percent(probability: f64) -> String {
    let percent = probability * 100.0;
    match percent {
        p if p > 99.995 => "more than 99.99 %".to_owned(),
        p if p > 0.0 && p < 0.01 => "less than 0.01 %".to_owned(),
        p => format!("{p:.2} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(score: Option<f64>, precision: &str, holds: bool) -> ConditionExplained {
        let (a_column, b_column) = ("name".to_owned(), "name".to_owned());
        ConditionExplained { a_column, b_column, score, precision: precision.to_owned(), holds, ..Default::default() }
    }

    #[test]
    fn what_fails_is_named() {
        let all = [
            condition(None, "exactly", false),
            condition(Some(0.5), "exactly", false),
            condition(Some(0.5), "high", false),
            condition(Some(1.0), "exactly", true),
        ];
        assert_eq!(
            failing(&all),
            "`name`: a value is missing; `name`: the values differ; `name`: 0.50 is not near enough"
        );
    }

    #[test]
    fn the_sentence_says_what_decided() {
        let id = |id: &str| Some(id.to_owned());
        let link = IdentityLink { kind: "rule".into(), rule: "Email".into(), ..IdentityLink::default() };
        let one = PairExplained {
            same_profile: true,
            a_customer_id: id("x"),
            b_customer_id: id("x"),
            path: vec![link],
            ..PairExplained::default()
        };
        assert_eq!(summary(&one), "one profile: the rule `Email` joins them");
        let decision = DecisionView { decision: Verdict::Different, by: "ann".into(), ..DecisionView::default() };
        let decided = PairExplained { decision: Some(decision), ..one };
        assert!(summary(&decided).ends_with("; ann decided that they are two people, which the next run will follow"));
        let apart = PairExplained {
            a_customer_id: id("x"),
            b_customer_id: id("y"),
            never_compared: Some("no rule leads between `A` and `B`".into()),
            ..PairExplained::default()
        };
        assert_eq!(summary(&apart), "two profiles, never compared: no rule leads between `A` and `B`");
        assert_eq!((percent(0.99999), percent(0.5)), ("more than 99.99 %".to_owned(), "50.00 %".to_owned()));
    }
}
