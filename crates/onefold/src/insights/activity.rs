//! Activity: people by how recent, how frequent and how much their activities are (recency, frequency, monetary).
//!
//! Flow     a measure a dimension, drafted ─ its values as a run would make them ─ thirds ─ groups ─ measures and a segment to save
//!
//! Invariants
//! - Levels are of those who are active in the time looked at; nobody else is in a group.

use std::time::Instant;

use onefold_api::*;
use onefold_kernels::insight::levels::{Group, Level, Parted, groups};
use onefold_model::define::Activity;
use onefold_model::expr::{ColumnRef, Node};
use onefold_model::{ColumnName, DataType};
use serde_json::{Value, json};

use super::fields::People;
use super::{free, name_of, words};
use crate::customers::off_the_runtime;
use crate::platform::Onefold;
use crate::preview;

/// Types of activities, with columns of numbers of their tables.
pub(super) fn choices(people: &People) -> Vec<InsightActivity> {
    let mut all: Vec<InsightActivity> = Vec::new();
    for activity in &people.project.activities {
        let kind = &activity.kind.value;
        if all.iter().all(|known| known.activity != *kind) {
            let amounts = sole(people, kind).map(|activity| amounts(people, activity)).unwrap_or_default();
            all.push(InsightActivity { activity: kind.clone(), amounts });
        }
    }
    all
}

/// The one definition of a type of activities; none when there are several.
fn sole<'a>(people: &'a People, kind: &str) -> Option<&'a Activity> {
    let mut all = people.project.activities.iter().filter(|activity| activity.kind.value == kind);
    all.next().filter(|_| all.next().is_none())
}

fn amounts(people: &People, activity: &Activity) -> Vec<String> {
    let (Some(entry), Some(_)) = (people.published.table(&activity.table.value), time_column(activity)) else {
        return Vec::new();
    };
    let numbers = entry.columns.iter().filter(|column| column.ty.is_numeric() && column.ty != DataType::Small);
    numbers.map(|column| column.name.to_string()).collect()
}

/// The column that says when; none where it is worked out.
fn time_column(activity: &Activity) -> Option<String> {
    match &activity.time.value.node {
        Node::Column(name) => Some(name.0.join(".")),
        _ => None,
    }
}

/// A dimension: what it is called, its measure, and what must be saved for it.
struct Dimension {
    word: &'static str,
    measure: String,
    value: Option<Value>,
    new: bool,
}

/// Segments by how recent, frequent and much activities are.
pub(super) async fn suggest(onefold: &Onefold, ask: &ActivityAsk) -> Result<ActivitySuggestions, Problem> {
    let began = Instant::now();
    let people = People::open(onefold).await?;
    let days = if ask.days == 0 { 365 } else { ask.days };
    if people.project.activities.iter().all(|activity| activity.kind.value != ask.activity) {
        let known: Vec<String> = choices(&people).into_iter().map(|choice| choice.activity).collect();
        return Err(Problem::not_found(format!("there are no activities of type `{}`", ask.activity)).hint(
            if known.is_empty() {
                "define an activity first".to_owned()
            } else {
                format!("choose one of {}", known.join(", "))
            },
        ));
    }
    let dimensions = dimensions(onefold, &people, ask, days).await?;
    let mut values = Vec::new();
    for dimension in &dimensions {
        values.push(match &dimension.value {
            Some(value) => Some(preview::attribute(onefold, &dimension.measure, value).await?),
            None => None,
        });
    }
    let ask = ask.clone();
    let mut view = off_the_runtime(move || work_out(&people, &ask, days, &dimensions, values)).await?;
    view.seconds = began.elapsed().as_secs_f64();
    Ok(view)
}

async fn dimensions(
    onefold: &Onefold,
    people: &People,
    ask: &ActivityAsk,
    days: u32,
) -> Result<Vec<Dimension>, Problem> {
    let wanted = |word: &str| ask.dimensions.is_empty() || ask.dimensions.iter().any(|own| own == word);
    if let Some(other) = ask.dimensions.iter().find(|own| !["recency", "frequency", "monetary"].contains(&own.as_str()))
    {
        return Err(
            Problem::refused(format!("`{other}` is no dimension")).hint("choose `recency`, `frequency`, `monetary`")
        );
    }
    let filter = format!(
        "UnifiedActivity.ActivityType = {} and within_last(UnifiedActivity.ActivityTime, {days}, 'day')",
        words::quoted(&ask.activity)
    );
    let attribute = |title: String, value: &str| json!({"title": title, "kind": "customer_attribute", "value": value, "where": filter});
    let name = name_of(&ask.activity);
    let mut drafts: Vec<(&'static str, String, Value)> = Vec::new();
    if wanted("recency") {
        let value = "days_between(max(UnifiedActivity.ActivityTime), now())";
        let title = format!("Days since last {} ({days} days)", ask.activity);
        drafts.push(("recency", format!("Recency_{name}_{days}"), attribute(title, value)));
    }
    if wanted("frequency") {
        let title = format!("{} in {days} days", ask.activity);
        let value = attribute(title, "count(UnifiedActivity.ActivityId)");
        drafts.push(("frequency", format!("Frequency_{name}_{days}"), value));
    }
    let amount = ask.amount.as_deref().filter(|amount| !amount.is_empty());
    let mut found = Vec::new();
    match amount {
        Some(amount) if amount.starts_with("Customer_Measure.") => {
            let choice = people.choice(amount)?;
            if !choice.column.ty.is_numeric() {
                return Err(
                    Problem::refused(format!("`{amount}` holds no numbers")).hint("choose a measure of numbers")
                );
            }
            let measure = choice.column.name.to_string();
            found.push(Dimension { word: "monetary", measure, value: None, new: false });
        }
        Some(amount) => {
            let (title, value) = added_up(people, ask, amount, days)?;
            let mut draft = value;
            draft["title"] = Value::from(title);
            drafts.push(("monetary", format!("Monetary_{name}_{days}_{}", name_of(amount)), draft));
        }
        None if ask.dimensions.iter().any(|own| own == "monetary") => {
            return Err(Problem::refused("nothing is said to be added up")
                .hint("name an `amount`: a column of the activity's table, or `Customer_Measure.<measure>`"));
        }
        None => {}
    }
    for (word, wanted, value) in drafts {
        // One that says the same is used again.
        let known = onefold.definition(&ObjectRef { kind: Kind::Measure, name: wanted.clone() }).await;
        let same = known.is_ok_and(|known| known.value == value);
        let measure = if same { wanted } else { free(people, Kind::Measure, &wanted) };
        found.push(Dimension { word, measure, value: Some(value), new: !same });
    }
    found.sort_by_key(|dimension| ["recency", "frequency", "monetary"].iter().position(|word| *word == dimension.word));
    if found.is_empty() {
        return Err(Problem::refused("no dimension is asked for").hint("choose `recency`, `frequency` or an amount"));
    }
    Ok(found)
}

/// A measure that adds up a column of the activity's table.
fn added_up(people: &People, ask: &ActivityAsk, amount: &str, days: u32) -> Result<(String, Value), Problem> {
    let Some(activity) = sole(people, &ask.activity) else {
        return Err(Problem::refused(format!("activities of type `{}` come from several tables", ask.activity))
            .hint("make a measure of what is to be added up, and name it: `Customer_Measure.<measure>`"));
    };
    let known = amounts(people, activity);
    let (Some(time), true) = (time_column(activity), known.iter().any(|own| own == amount)) else {
        return Err(Problem::not_found(format!("`{}` has no column of numbers `{amount}`", activity.table.value))
            .hint(if known.is_empty() {
                "name a measure: `Customer_Measure.<measure>`".to_owned()
            } else {
                format!("choose one of {}", known.join(", "))
            }));
    };
    let own = |column: &str| ColumnRef { alias: "Row".to_owned(), column: ColumnName::from(column) }.to_string();
    let path: Vec<&str> = activity.path.iter().map(|hop| hop.value.as_str()).collect();
    let table = match path.is_empty() {
        true => json!({"Row": activity.table.value}),
        false => json!({"Row": {"table": activity.table.value, "path": path}}),
    };
    let value = json!({
        "title": "",
        "kind": "customer_attribute",
        "value": format!("sum({})", own(amount)),
        "tables": table,
        "where": format!("within_last({}, {days}, 'day')", own(&time)),
    });
    Ok((format!("{amount} of {} in {days} days", ask.activity), value))
}

fn work_out(
    people: &People,
    ask: &ActivityAsk,
    days: u32,
    dimensions: &[Dimension],
    drafted: Vec<Option<Vec<(u32, f64)>>>,
) -> Result<ActivitySuggestions, Problem> {
    let flags = people.flags(&people.group(ask.within.as_deref())?);
    let mut values: Vec<Vec<f64>> = Vec::new();
    for (dimension, drafted) in dimensions.iter().zip(drafted) {
        let mut own = match drafted {
            Some(drafted) => {
                let mut own = vec![f64::NAN; people.numbers.len()];
                for (number, value) in drafted {
                    if let Ok(at) = people.numbers.binary_search(&number) {
                        own[at] = value;
                    }
                }
                own
            }
            None => people.numbers_of(&people.choice(&format!("Customer_Measure.{}", dimension.measure))?)?,
        };
        // Who never did it is in no group: how often is 0 for them, the others are missing.
        let idle = |value: f64| dimension.word == "frequency" && value == 0.0;
        own.iter_mut()
            .zip(&flags)
            .filter(|(value, flag)| !**flag || idle(**value))
            .for_each(|(value, _)| *value = f64::NAN);
        values.push(own);
    }
    let active = |at: &usize| values.iter().all(|own| own[*at].is_finite());
    let active: Vec<usize> = (0..people.numbers.len()).filter(active).collect();
    let values: Vec<Vec<f64>> = values.iter().map(|own| active.iter().map(|at| own[*at]).collect()).collect();
    let parted: Option<Vec<Parted>> =
        values.iter().zip(dimensions).map(|(own, dimension)| Parted::of(own, dimension.word == "recency")).collect();
    let mut view = ActivitySuggestions {
        activity: ask.activity.clone(),
        days,
        of: flags.iter().filter(|flag| **flag).count() as u64,
        active: active.len() as u64,
        dimensions: Vec::new(),
        cards: Vec::new(),
        seconds: 0.0,
    };
    let Some(parted) = parted else { return Ok(view) };
    view.dimensions = dimensions
        .iter()
        .zip(&parted)
        .map(|(dimension, parted)| ActivityDimension {
            dimension: dimension.word.to_owned(),
            measure: dimension.measure.clone(),
            low: parted.low,
            high: if parted.high.is_finite() { parted.high } else { f64::MAX },
        })
        .collect();
    let slices: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
    let mut found = groups(&slices, &parted);
    let alike = |group: &Group| group.levels.windows(2).all(|pair| pair[0] == pair[1]);
    found.sort_by_key(|group| {
        let even = alike(group);
        let best = std::cmp::Reverse(group.levels[0]);
        (!even, even.then_some(best), std::cmp::Reverse(group.members), group.levels.clone())
    });
    view.cards = found.iter().map(|group| card(people, ask, dimensions, &parted, group, active.len())).collect();
    Ok(view)
}

fn word(level: Level) -> &'static str {
    match level {
        Level::High => "high",
        Level::Medium => "medium",
        Level::Low => "low",
    }
}

fn card(
    people: &People,
    ask: &ActivityAsk,
    dimensions: &[Dimension],
    parted: &[Parted],
    group: &Group,
    active: usize,
) -> ActivityCard {
    let levels: Vec<&str> = group.levels.iter().map(|level| word(*level)).collect();
    let said: Vec<String> =
        dimensions.iter().zip(&levels).map(|(dimension, level)| format!("{level} {}", dimension.word)).collect();
    let title = match levels.iter().all(|level| *level == levels[0]) && levels.len() > 1 {
        true => format!("{}: {} in all", ask.activity, levels[0]),
        false => format!("{}: {}", ask.activity, said.join(", ")),
    };
    let mut rules: Vec<String> = Vec::new();
    if let Some(within) = ask.within.as_deref().filter(|name| !name.is_empty()) {
        rules.push(format!("in_segment({})", words::quoted(within)));
    }
    for ((dimension, parted), level) in dimensions.iter().zip(parted).zip(&group.levels) {
        let name =
            ColumnRef { alias: "Customer_Measure".to_owned(), column: ColumnName::from(dimension.measure.as_str()) };
        let (from, to) = parted.range(*level);
        // How often is 0 for those who never did it.
        let from = if dimension.word == "frequency" { from.max(1.0) } else { from };
        let (low, high) = (from.is_finite(), to.is_finite());
        if low {
            rules.push(format!("{name} >= {}", words::literal(DataType::Number, from)));
        }
        if high {
            rules.push(format!("{name} < {}", words::literal(DataType::Number, to)));
        }
        if !low && !high {
            rules.push(format!("{name} is not null"));
        }
    }
    let rule = words::all(&rules);
    let mut saves: Vec<SuggestedDefinition> = dimensions
        .iter()
        .filter(|dimension| dimension.new)
        .filter_map(|dimension| {
            let (name, value) = (dimension.measure.clone(), dimension.value.clone()?);
            Some(SuggestedDefinition { kind: Kind::Measure, name, value })
        })
        .collect();
    let value = json!({"title": title, "description": format!("{}.", said.join(", ")), "rules": [{"where": rule}]});
    saves.push(SuggestedDefinition { kind: Kind::Segment, name: free(people, Kind::Segment, &name_of(&title)), value });
    ActivityCard {
        title,
        levels: levels.into_iter().map(str::to_owned).collect(),
        averages: group.averages.clone(),
        members: group.members,
        share: group.members as f64 / active.max(1) as f64,
        rule,
        saves,
    }
}
