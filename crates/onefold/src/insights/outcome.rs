//! Outcome: people among whom an outcome differs, found by a decision tree, each as a rule that can be saved.

use std::time::Instant;

use onefold_api::{Kind, LeftOut, OutcomeAsk, OutcomeCard, OutcomeSuggestions, Problem, SuggestedDefinition};
use onefold_kernels::insight::Coded;
use onefold_kernels::insight::tree::{CLASSES, Growth, Leaf, Outcome, grow};
use serde_json::{Value, json};

use super::fields::{CATEGORIES, Choice, People, Shape, is_ordered};
use super::{free, made_of, name_of, words};

/// Segments among whom an outcome differs.
pub(super) fn suggest(people: &People, ask: &OutcomeAsk) -> Result<OutcomeSuggestions, Problem> {
    let began = Instant::now();
    let outcome = people.choice(&ask.outcome)?;
    if ask.depth > 4 {
        return Err(Problem::refused("a group has at most four conditions").hint("ask for a depth of 1 to 4"));
    }
    let flags = people.flags(&people.group(ask.within.as_deref())?);
    let rows: Vec<usize> = (0..flags.len()).filter(|at| flags[*at]).collect();
    let made = made_of::field(&people.project, &outcome.field);
    let leave_out = |choice: &Choice| {
        made_of::touches(&people.project, &choice.field, &made)
            .then(|| "it is made of what the outcome is made of".to_owned())
    };
    let (mut fields, mut left_out) = people.fields(&ask.fields, CATEGORIES, &leave_out)?;
    // Also when it is asked for: an outcome tells itself apart.
    fields.retain(|field| {
        let own = field.choice.field == outcome.field;
        if own {
            let why = "it is the outcome".to_owned();
            left_out.push(LeftOut { field: field.choice.field.clone(), title: field.choice.title.clone(), why });
        }
        !own
    });
    let own: Vec<Vec<u8>> = fields.iter().map(|field| rows.iter().map(|at| field.codes[*at]).collect()).collect();
    let coded: Vec<Coded<'_>> =
        own.iter().zip(&fields).map(|(codes, field)| Coded { codes, ..field.coded() }).collect();
    let numbers: Vec<u32> = rows.iter().map(|at| people.numbers[*at]).collect();
    let told = Told::of(people, &outcome, ask.category.as_ref(), &rows)?;
    let growth = Growth { depth: if ask.depth == 0 { 4 } else { ask.depth }, ..Growth::default() };
    let found = grow(&coded, told.outcome(), &numbers, growth);
    let mut cards: Vec<OutcomeCard> = Vec::new();
    for leaf in &found.leaves {
        let card = card(people, &told, &outcome, &fields, leaf, ask.within.as_deref(), rows.len(), &cards);
        cards.push(card);
    }
    Ok(OutcomeSuggestions {
        outcome: outcome.field.clone(),
        title: outcome.title.clone(),
        number: matches!(told, Told::Number(_)),
        of: rows.len() as u64,
        known: found.known,
        cards,
        tested: found.grown,
        fields: fields.iter().map(|field| field.choice.field.clone()).collect(),
        left_out,
        seconds: began.elapsed().as_secs_f64(),
    })
}

/// The outcome of each person that is looked at.
enum Told {
    Number(Vec<f64>),
    Category { codes: Vec<u8>, names: Vec<Value>, wanted: Option<u8> },
}

impl Told {
    fn of(people: &People, outcome: &Choice, category: Option<&Value>, rows: &[usize]) -> Result<Self, Problem> {
        if is_ordered(outcome.column.ty) {
            if !outcome.column.ty.is_numeric() {
                return Err(Problem::refused(format!("`{}` holds dates, which have no mean", outcome.field))
                    .hint("choose a number, or a field of few categories"));
            }
            if category.is_some_and(|category| !category.is_null()) {
                return Err(Problem::refused(format!("`{}` holds numbers, not categories", outcome.field))
                    .hint("leave the category out"));
            }
            let values = people.numbers_of(outcome)?;
            return Ok(Self::Number(rows.iter().map(|at| values[*at]).collect()));
        }
        let field = people.field(outcome)?;
        if let Some(why) = field.unfit(CLASSES - 1) {
            return Err(Problem::refused(format!("`{}` is no outcome: {why}", outcome.field))
                .hint("choose a number, or a field of two to ten categories"));
        }
        let Shape::Categories { values, .. } = &field.shape else {
            return Err(Problem::refused(format!("`{}` is no outcome", outcome.field)).hint("choose another field"));
        };
        let text = match category {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => Some(other.to_string()),
        };
        let names: Vec<Value> = values.iter().map(|text| Value::from(text.as_str())).collect();
        let codes = rows.iter().map(|at| field.codes[*at]);
        let Some(text) = text else {
            return Ok(Self::Category { codes: codes.collect(), names, wanted: None });
        };
        let Some(place) = values.iter().position(|value| *value == text) else {
            return Err(Problem::not_found(format!("nobody has `{text}` as `{}`", outcome.field))
                .hint(format!("choose one of {}", values.join(", "))));
        };
        // The category that is asked about, and all others as one.
        let wanted = (place + 1) as u8;
        let codes = codes.map(|code| if code == 0 { 0 } else { 1 + u8::from(code != wanted) });
        Ok(Self::Category { codes: codes.collect(), names: vec![names[place].clone(), Value::Null], wanted: Some(1) })
    }

    fn outcome(&self) -> Outcome<'_> {
        match self {
            Self::Number(values) => Outcome::Number(values),
            Self::Category { codes, names, wanted } => {
                Outcome::Category { codes, classes: names.len() + 1, wanted: *wanted }
            }
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "a card is made of all that was asked and found")]
fn card(
    people: &People,
    told: &Told,
    outcome: &Choice,
    fields: &[std::sync::Arc<super::fields::Field>],
    leaf: &Leaf,
    within: Option<&str>,
    of: usize,
    before: &[OutcomeCard],
) -> OutcomeCard {
    let (mut rules, said): (Vec<String>, Vec<String>) =
        leaf.conditions.iter().map(|(place, codes)| words::condition(&fields[*place], codes)).unzip();
    if let Some(within) = within.filter(|name| !name.is_empty()) {
        rules.insert(0, format!("in_segment({})", words::quoted(within)));
    }
    let rule = words::all(&rules);
    let category = match told {
        Told::Number(_) => Value::Null,
        Told::Category { names, .. } => {
            leaf.class.and_then(|class| names.get(usize::from(class) - 1)).cloned().unwrap_or_default()
        }
    };
    let more = leaf.value >= leaf.overall;
    let title = match &category {
        Value::Null => format!("{} {}", if more { "High" } else { "Low" }, outcome.title),
        value => {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("{} {value}: {}", if more { "Often" } else { "Seldom" }, outcome.title)
        }
    };
    let nth =
        1 + before.iter().filter(|card| card.title == title || card.title.starts_with(&format!("{title}, "))).count();
    let title = if nth == 1 { title } else { format!("{title}, group {nth}") };
    let value = json!({
        "title": title,
        "description": format!("{}. Suggested by {}.", said.join("; "), outcome.title),
        "rules": [{"where": rule}],
    });
    let name = free(people, Kind::Segment, &name_of(&title));
    OutcomeCard {
        title,
        category,
        value: leaf.value,
        overall: leaf.overall,
        members: leaf.members,
        share: leaf.members as f64 / of.max(1) as f64,
        p: leaf.p,
        conditions: said,
        rule,
        saves: vec![SuggestedDefinition { kind: Kind::Segment, name, value }],
    }
}
