//! Insights: what sets segments apart, who is like whom, and segments that suggest themselves.
//!
//! Reads    Customer, Customer_Measure and the members of segments of the published run; for activities the tables that a measure reads
//! Flow     fields read and put into bins, column by column (`fields`) ─ a kernel ─ conditions and words (`words`) ─ definitions to save
//!
//! Invariants
//! - Everybody is counted. Only scorecards are learned from a draw, by a hash of profile numbers, and say of how many.
//! - What can be saved is a plain definition, and finds the people that were shown.
//! - A field that the group or outcome is made of is left out unless it is asked for, and said to be.
//!
//! Not here: the algorithms (`onefold_kernels::insight`), saving (`desk`).

mod activity;
mod differences;
mod fields;
mod made_of;
mod outcome;
mod overlap;
mod quick;
mod similar;
mod words;

use onefold_api::*;

use crate::customers::off_the_runtime;
use crate::platform::Onefold;

pub(crate) use fields::Memory;

use fields::People;

/// What insights can be asked about.
pub(crate) async fn choices(onefold: &Onefold) -> Result<InsightChoices, Problem> {
    let people = People::open(onefold).await?;
    off_the_runtime(move || {
        let of = |choice: &fields::Choice| InsightField {
            field: choice.field.clone(),
            title: choice.title.clone(),
            ty: choice.column.ty.to_string(),
            measure: choice.measure,
        };
        Ok(InsightChoices {
            run: people.published.run_id.clone(),
            profiles: people.numbers.len() as u64,
            fields: people.choices().iter().map(of).collect(),
            activities: activity::choices(&people),
        })
    })
    .await
}

/// What a segment of one field could be.
pub(crate) async fn quick(onefold: &Onefold, ask: &QuickAsk) -> Result<QuickView, Problem> {
    let (people, ask) = (People::open(onefold).await?, ask.clone());
    off_the_runtime(move || quick::quick(&people, &ask)).await
}

/// Segments by how recent, frequent and much activities are.
pub(crate) async fn by_activity(onefold: &Onefold, ask: &ActivityAsk) -> Result<ActivitySuggestions, Problem> {
    activity::suggest(onefold, ask).await
}

/// Segments among whom an outcome differs.
pub(crate) async fn by_outcome(onefold: &Onefold, ask: &OutcomeAsk) -> Result<OutcomeSuggestions, Problem> {
    let (people, ask) = (People::open(onefold).await?, ask.clone());
    off_the_runtime(move || outcome::suggest(&people, &ask)).await
}

/// How two groups of people differ.
pub(crate) async fn differences(onefold: &Onefold, ask: &DifferencesAsk) -> Result<DifferencesView, Problem> {
    let (people, ask) = (People::open(onefold).await?, ask.clone());
    off_the_runtime(move || differences::differences(&people, &ask)).await
}

/// Segments laid over each other.
pub(crate) async fn overlap(onefold: &Onefold, ask: &SegmentOverlapAsk) -> Result<SegmentOverlapView, Problem> {
    let (people, ask) = (People::open(onefold).await?, ask.clone());
    off_the_runtime(move || overlap::overlap(&people, &ask)).await
}

/// People like the members of a segment.
pub(crate) async fn similar(onefold: &Onefold, ask: &SimilarAsk) -> Result<SimilarView, Problem> {
    similar::similar(onefold, ask).await
}

/// A name that no definition of the kind has yet: the wanted one, or with a number behind it.
fn free(people: &People, kind: Kind, wanted: &str) -> String {
    let taken = |name: &str| {
        let same = |known: &str| known.eq_ignore_ascii_case(name);
        match kind {
            Kind::Measure => people.project.measures.iter().any(|measure| same(&measure.name.value)),
            _ => people.project.segments.iter().any(|segment| same(&segment.name.value)),
        }
    };
    let first = (!taken(wanted)).then(|| wanted.to_owned());
    first.unwrap_or_else(|| (2..).map(|n| format!("{wanted}{n}")).find(|name| !taken(name)).unwrap_or_default())
}

/// A name made of words: `High frequency` is `HighFrequency`.
fn name_of(words: &str) -> String {
    let parts = words.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let mut name = String::new();
    for part in parts {
        let (first, rest) = part.split_at(1);
        name.push_str(&first.to_uppercase());
        name.push_str(rest);
    }
    name.truncate(60);
    if name.starts_with(|letter: char| letter.is_ascii_alphabetic()) { name } else { format!("Segment{name}") }
}
