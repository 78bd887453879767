//! Similar: people like the members of a segment, by a scorecard that is saved as a measure.
//!
//! Flow     fields ─ scorecard ─ everybody scored ─ the least score that keeps to the limit ─ a measure and a segment over it
//!
//! Invariants
//! - The measure says of everybody what was said here, and of new people too: it is the scorecard, written out.
//! - Nobody below 0.4 is similar.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Instant;

use onefold_api::*;
use onefold_kernels::insight::similar::{Learning, Scorecard, Unused, learn, threshold};
use onefold_kernels::insight::{Coded, bins};
use serde_json::json;

use super::fields::{Choice, Field, People};
use super::{free, made_of, words};
use crate::customers;
use crate::platform::Onefold;

/// The most categories of a field that is compared.
const CATEGORIES: usize = 30;
/// The score below which nobody is similar.
const FLOOR: f64 = 0.4;
/// Bands of scores, from the highest.
const BANDS: [(&str, f64); 5] = [
    ("very similar", 0.85),
    ("similar", 0.7),
    ("somewhat similar", 0.55),
    ("not similar", FLOOR),
    ("never shown", 0.0),
];
/// People who are shown.
const SHOWN: usize = 10;

/// People like the members of a segment.
pub(super) async fn similar(onefold: &Onefold, ask: &SimilarAsk) -> Result<SimilarView, Problem> {
    let began = Instant::now();
    let people = People::open(onefold).await?;
    let ask = ask.clone();
    let (mut view, best) = customers::off_the_runtime(move || work_out(&people, &ask)).await?;
    let numbers = best.iter().map(|(number, _)| *number).collect();
    let (_, briefs) = customers::briefs(onefold, numbers).await?;
    let known = best.into_iter().zip(briefs).filter_map(|((_, score), brief)| Some((score, brief?)));
    view.people = known
        .map(|(score, brief)| SimilarPerson { customer_id: brief.customer_id, title: brief.title, score })
        .collect();
    view.seconds = began.elapsed().as_secs_f64();
    Ok(view)
}

fn work_out(people: &People, ask: &SimilarAsk) -> Result<(SimilarView, Vec<(u32, f64)>), Problem> {
    let source = people.members(&ask.segment)?;
    let target = ask.target.as_deref().filter(|name| !name.is_empty());
    let among = people.group(target)?;
    let share = ask.share.unwrap_or(0.2);
    let floor = ask.least.unwrap_or(FLOOR);
    if !(share > 0.0 && share <= 1.0) {
        return Err(
            Problem::refused(format!("{share} is no share of people")).hint("ask for more than 0 and at most 1")
        );
    }
    if !(FLOOR..=1.0).contains(&floor) {
        return Err(Problem::refused(format!("nobody with a score below {FLOOR} is similar"))
            .hint(format!("ask for a least score of {FLOOR} to 1")));
    }
    let says = made_of::segment(&people.project, &ask.segment);
    let leave_out = |choice: &Choice| {
        made_of::touches(&people.project, &choice.field, &says).then(|| "the segment is made of it".to_owned())
    };
    let (fields, mut left_out) = people.fields(&ask.fields, CATEGORIES, &leave_out)?;
    let coded: Vec<Coded<'_>> = fields.iter().map(|field| field.coded()).collect();
    let is_in = people.flags(source);
    let Some(card) = learn(&coded, &is_in, &people.numbers, Learning::default()) else {
        return Err(Problem::refused(format!("nothing tells the members of `{}` from others", ask.segment)).hint(
            "choose a segment of at least ten people that is not everybody, or more fields than those it is made of",
        ));
    };
    for (place, why) in &card.unused {
        let why = match why {
            Unused::SaysNothing => "it is alike in the segment and among others",
            Unused::GivesAway => "it tells by itself who is in the segment, and would find no one else",
            Unused::Others => "other fields say what it says",
        };
        let choice = &fields[*place].choice;
        left_out.push(LeftOut { field: choice.field.clone(), title: choice.title.clone(), why: why.to_owned() });
    }
    let wanted = people.flags(&among);
    let target_rows: Vec<usize> = (0..is_in.len()).filter(|at| wanted[*at] && !is_in[*at]).collect();
    let scores: Vec<f64> = target_rows.iter().map(|at| card.score(&coded, *at)).collect();
    let most = (share * target_rows.len() as f64).floor() as usize;
    let least = threshold(scores.clone(), most, floor);
    let found = scores.iter().filter(|score| **score >= least).count();
    let written = written(&scores, least, floor);
    let band = |(place, (band, from)): (usize, &(&str, f64))| {
        let to = if place == 0 { 1.0 } else { BANDS[place - 1].1 };
        let inside = |score: &&f64| **score >= *from && (**score < to || place == 0);
        SimilarBand { band: (*band).to_owned(), from: *from, to, count: scores.iter().filter(inside).count() as u64 }
    };
    let mut best: Vec<(Reverse<u64>, u32, f64)> = target_rows
        .iter()
        .zip(&scores)
        .filter(|(_, score)| **score >= least)
        .map(|(at, score)| (Reverse(score.to_bits()), people.numbers[*at], *score))
        .collect();
    if best.len() > SHOWN {
        best.select_nth_unstable_by_key(SHOWN, |one| (one.0, one.1));
        best.truncate(SHOWN);
    }
    best.sort_by_key(|one| (one.0, one.1));
    let (rule, saves) = saves(people, ask, target, &card, &fields, written);
    let view = SimilarView {
        segment: ask.segment.clone(),
        members: source.len(),
        target: target_rows.len() as u64,
        found: found as u64,
        threshold: written,
        auc: card.auc,
        auc_spread: card.auc_spread,
        learned_from: (card.group, card.rest),
        verdict: verdict(card.auc),
        bands: BANDS.iter().enumerate().map(band).collect(),
        fields: counts(&card, &fields),
        left_out,
        people: Vec::new(),
        rule,
        saves,
        seconds: 0.0,
    };
    Ok((view, best.into_iter().map(|(_, number, score)| (number, score)).collect()))
}

/// A round number that parts those found from the next best.
fn written(scores: &[f64], least: f64, floor: f64) -> f64 {
    if !least.is_finite() {
        // Even those of the highest score are too many.
        return 1.0;
    }
    let next = scores.iter().copied().filter(|score| *score < least).fold(f64::NEG_INFINITY, f64::max);
    let first = scores.iter().copied().filter(|score| *score >= least).fold(f64::INFINITY, f64::min);
    if least <= floor || !first.is_finite() { floor } else { bins::between(next.max(0.0), first, 0.0).max(floor) }
}

fn verdict(auc: f64) -> String {
    let said = match auc {
        ..0.55 => "the fields hardly tell members from others: those found are little better than people drawn by lot",
        ..0.65 => "the fields tell members from others weakly: expect many who are not alike",
        ..0.8 => "the fields tell members from others fairly well",
        ..0.95 => "the fields tell members from others well",
        _ => "the fields tell members from others nearly always: look whether one of them says what the segment says",
    };
    said.to_owned()
}

/// What each field says, the most first.
fn counts(card: &Scorecard, fields: &[Arc<Field>]) -> Vec<SimilarField> {
    let mut all: Vec<SimilarField> = card
        .points
        .iter()
        .map(|(place, points)| {
            let field = &fields[*place];
            let mut people = vec![0_u64; points.len()];
            field.codes.iter().for_each(|code| people[usize::from(*code)] += 1);
            let of = field.codes.len().max(1) as f64;
            let mean = points.iter().zip(&people).map(|(own, n)| own * *n as f64).sum::<f64>() / of;
            let spread = points.iter().zip(&people).map(|(own, n)| (own - mean).powi(2) * *n as f64).sum::<f64>() / of;
            let mut order: Vec<usize> = (0..points.len()).filter(|bin| people[*bin] > 0).collect();
            order.sort_by(|a, b| points[*b].total_cmp(&points[*a]).then(a.cmp(b)));
            let named = |bins: Vec<usize>| bins.into_iter().take(3).map(|bin| words::label(field, bin)).collect();
            SimilarField {
                field: field.choice.field.clone(),
                title: field.choice.title.clone(),
                weight: spread.sqrt(),
                speaks_for: named(order.iter().copied().filter(|bin| points[*bin] > 0.0).collect()),
                speaks_against: named(order.iter().rev().copied().filter(|bin| points[*bin] < 0.0).collect()),
            }
        })
        .collect();
    all.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.field.cmp(&b.field)));
    all
}

/// The measure that holds the score, and the segment of those found.
fn saves(
    people: &People,
    ask: &SimilarAsk,
    target: Option<&str>,
    card: &Scorecard,
    fields: &[Arc<Field>],
    least: f64,
) -> (String, Vec<SuggestedDefinition>) {
    let title = people.title(&ask.segment);
    let measure = free(people, Kind::Measure, &format!("Similarity_{}", ask.segment));
    let terms = card.points.iter().map(|(place, points)| words::points(&fields[*place], points));
    let odds: Vec<String> = std::iter::once(card.base.to_string()).chain(terms).collect();
    let value = format!("max(1 / (1 + {} ^ (0 - ({}))))", std::f64::consts::E, odds.join(" + "));
    let source = format!("in_segment({})", words::quoted(&ask.segment));
    let enough = format!("Customer_Measure.{measure} >= {least}");
    let within = target.map(|name| format!("in_segment({})", words::quoted(name)));
    let rule = match (within, ask.include_source) {
        (None, false) => format!("{enough} and not {source}"),
        (None, true) => format!("{enough} or {source}"),
        (Some(within), false) => format!("{within} and {enough} and not {source}"),
        (Some(within), true) => format!("{within} and ({enough} or {source})"),
    };
    let score = json!({
        "title": format!("Similarity to {title}"),
        "description": format!(
            "A scorecard learned from {} members and {} others; area under the curve {:.2}.",
            card.group, card.rest, card.auc
        ),
        "kind": "customer_attribute",
        "value": value,
    });
    let segment = json!({
        "title": format!("Similar to {title}"),
        "description": format!("People with a similarity of at least {least} to {title}."),
        "rules": [{"where": rule}],
    });
    let name = free(people, Kind::Segment, &format!("Similar_{}", ask.segment));
    let saves = vec![
        SuggestedDefinition { kind: Kind::Measure, name: measure, value: score },
        SuggestedDefinition { kind: Kind::Segment, name, value: segment },
    ];
    (rule, saves)
}
