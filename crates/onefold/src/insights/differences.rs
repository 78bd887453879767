//! Differences: how differently fields are distributed in a segment and in another, or in everybody.

use std::time::Instant;

use onefold_api::{DifferenceBin, DifferencesAsk, DifferencesView, FieldDifference, Problem};
use onefold_kernels::insight::difference::difference;

use super::fields::{CATEGORIES, People};
use super::{made_of, words};

/// How two groups of people differ.
pub(super) fn differences(people: &People, ask: &DifferencesAsk) -> Result<DifferencesView, Problem> {
    let began = Instant::now();
    let first = people.members(&ask.segment)?;
    let other = ask.other.as_deref().filter(|name| !name.is_empty());
    if other == Some(ask.segment.as_str()) {
        return Err(Problem::refused("a segment does not differ from itself").hint("choose another one, or everybody"));
    }
    let second = people.group(other)?;
    let empty = [(first.is_empty(), ask.segment.as_str()), (second.is_empty(), other.unwrap_or_default())];
    if let Some((_, name)) = empty.iter().find(|(empty, _)| *empty) {
        return Err(Problem::refused(format!("nobody is in `{name}`")).hint("choose a segment with members"));
    }
    let (fields, left_out) = people.fields(&ask.fields, CATEGORIES, &|_| None)?;
    let mut says = made_of::segment(&people.project, &ask.segment);
    if let Some(other) = other {
        says.extend(made_of::segment(&people.project, other));
    }
    let mut found: Vec<FieldDifference> = Vec::new();
    for field in fields {
        let own = difference(field.coded(), &people.numbers, first, &second);
        let bins = own.first.iter().zip(&own.second).enumerate();
        found.push(FieldDifference {
            field: field.choice.field.clone(),
            title: field.choice.title.clone(),
            measure: field.choice.measure,
            score: own.score,
            chance: own.chance,
            defines: made_of::touches(&people.project, &field.choice.field, &says),
            bins: bins
                .filter(|(_, (members, others))| **members + **others > 0)
                .map(|(bin, (members, others))| DifferenceBin {
                    label: words::label(&field, bin),
                    members: *members,
                    others: *others,
                })
                .collect(),
        });
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.field.cmp(&b.field)));
    Ok(DifferencesView {
        segment: ask.segment.clone(),
        other: other.map(str::to_owned),
        members: first.len(),
        others: second.len(),
        fields: found,
        left_out,
        seconds: began.elapsed().as_secs_f64(),
    })
}
