//! Segments: what sets them apart, and segments that suggest themselves.
//!
//! Invariants
//! - What is saved is the definition that was shown; nothing runs by itself.

use onefold_api::*;
use serde_json::{Value, json};

use super::{COMMAND_LINE, people};
use crate::cli::{Save, Segments};
use crate::output::{count, grouped, plain, print, print_json, say, text_table};
use crate::platform::Onefold;

/// Answers, and saves what is to be saved.
pub(super) async fn run(platform: &Onefold, what: Segments, json: bool) -> Result<u8, Problem> {
    match what {
        Segments::Suggest { outcome: Some(outcome), category, fields, among, save, .. } => {
            let category = category.map(Value::from);
            let ask = OutcomeAsk { outcome, category, fields, within: among, depth: 0 };
            let view = platform.suggest_by_outcome(&ask).await?;
            if json {
                print_json(&view)?
            } else {
                print(&by_outcome(&view))?
            }
            let cards: Vec<&[SuggestedDefinition]> = view.cards.iter().map(|card| card.saves.as_slice()).collect();
            saved(platform, &cards, &save).await?;
        }
        Segments::Suggest { activity, days, amount, among, save, .. } => {
            let activity = activity.unwrap_or_default();
            let ask = ActivityAsk { activity, days, amount, within: among, dimensions: Vec::new() };
            let view = platform.suggest_by_activity(&ask).await?;
            if json {
                print_json(&view)?
            } else {
                print(&by_activity(&view))?
            }
            let cards: Vec<&[SuggestedDefinition]> = view.cards.iter().map(|card| card.saves.as_slice()).collect();
            saved(platform, &cards, &save).await?;
        }
        Segments::Quick { field, among, save } => {
            let view = platform.quick(&QuickAsk { field, within: among }).await?;
            let lines = lines(&view);
            if json {
                print_json(&view)?
            } else {
                print(&quick(&view, &lines))?
            }
            let cards: Vec<[SuggestedDefinition; 1]> = lines.iter().map(|line| [line.definition(&view)]).collect();
            saved(platform, &cards.iter().map(|card| card.as_slice()).collect::<Vec<_>>(), &save).await?;
        }
        Segments::Overlap { segments, by } => {
            let view = platform.segment_overlap(&SegmentOverlapAsk { segments, field: by }).await?;
            if json { print_json(&view)? } else { print(&overlap(&view))? }
        }
        Segments::Differences { segment, other, values } => {
            let view = platform.differences(&DifferencesAsk { segment, other, fields: Vec::new() }).await?;
            if json { print_json(&view)? } else { print(&differences(&view, values))? }
        }
        Segments::Similar { segment, among, fields, share, least, include_source, save } => {
            let (share, least) = (Some(share), Some(least));
            let ask = SimilarAsk { segment, target: among, fields, share, least, include_source };
            let view = platform.similar(&ask).await?;
            if json {
                print_json(&view)?
            } else {
                print(&similar(&view))?
            }
            let number = save.then_some(1);
            saved(platform, &[view.saves.as_slice()], &Save { save: number, name: None }).await?;
        }
    }
    Ok(0)
}

/// Saves one of several suggestions.
async fn saved(platform: &Onefold, cards: &[&[SuggestedDefinition]], save: &Save) -> Result<(), Problem> {
    let Some(number) = save.save else { return Ok(()) };
    let Some(card) = number.checked_sub(1).and_then(|at| cards.get(at)) else {
        return Err(Problem::not_found(format!("there is no suggestion {number}"))
            .hint(format!("choose one of {}", count(cards.len() as u64, "suggestion"))));
    };
    for (at, one) in card.iter().enumerate() {
        let last = at + 1 == card.len();
        let name = save.name.clone().filter(|_| last).unwrap_or_else(|| one.name.clone());
        let object = ObjectRef { kind: one.kind, name };
        let ask = SaveAsk { value: Some(one.value.clone()), ..SaveAsk::default() };
        let view = platform.save(&object, &ask, COMMAND_LINE).await?;
        say(&format!("saved `{}`\n", view.object.file));
    }
    say("see who is in it with `onefold run`\n");
    Ok(())
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn left_out(list: &[LeftOut]) -> String {
    let lines = list.iter().map(|one| format!("not used: {} ({})\n", one.field, one.why));
    lines.collect()
}

fn by_outcome(view: &OutcomeSuggestions) -> String {
    let mut text = format!(
        "{} of {} have a value of `{}`; {} tested\n",
        people(view.known),
        people(view.of),
        view.outcome,
        count(view.tested as u64, "group")
    );
    let shown = |value: f64| if view.number { format!("{value:.2}") } else { percent(value) };
    for (at, card) in view.cards.iter().enumerate() {
        let (value, overall) = (shown(card.value), shown(card.overall));
        text.push_str(&format!("\n{}. {}: {value} as compared to {overall} across all\n", at + 1, card.title));
        text.push_str(&format!("   {}, {}\n", people(card.members), percent(card.share)));
        card.conditions.iter().for_each(|one| text.push_str(&format!("   - {one}\n")));
        text.push_str(&format!("   {}\n", card.rule));
    }
    if view.cards.is_empty() {
        text.push_str("no group differs by more than chance\n");
    }
    text.push('\n');
    text + &left_out(&view.left_out)
}

fn by_activity(view: &ActivitySuggestions) -> String {
    let mut text = format!("{} of {} were active in {} days\n", people(view.active), people(view.of), view.days);
    for one in &view.dimensions {
        text.push_str(&format!("{}: parted at {} and {} (`{}`)\n", one.dimension, one.low, one.high, one.measure));
    }
    for (at, card) in view.cards.iter().enumerate() {
        text.push_str(&format!("\n{}. {}\n   {}, {}\n", at + 1, card.title, people(card.members), percent(card.share)));
        for ((one, level), average) in view.dimensions.iter().zip(&card.levels).zip(&card.averages) {
            text.push_str(&format!("   - {level} {}: {average:.1} on average\n", one.dimension));
        }
        text.push_str(&format!("   {}\n", card.rule));
    }
    text
}

/// Something of a field that a segment can be made of.
struct Line {
    words: String,
    rule: String,
    count: u64,
}

impl Line {
    fn definition(&self, view: &QuickView) -> SuggestedDefinition {
        let title = format!("{} {}", view.title, self.words);
        let letters = title.chars().filter(|letter| letter.is_ascii_alphanumeric()).take(60);
        let name: String = std::iter::once('S').chain(letters).collect();
        let value = json!({"title": title, "rules": [{"where": self.rule}]});
        SuggestedDefinition { kind: Kind::Segment, name, value }
    }
}

fn lines(view: &QuickView) -> Vec<Line> {
    let values = view.values.iter().map(|one| Line {
        words: format!("is {}", plain(&one.value)),
        rule: one.rule.clone(),
        count: one.count,
    });
    let numbers = view.percentiles.iter().map(|one| match one.percent >= 50 {
        true => Line {
            words: format!("at least {}", plain(&one.value)),
            rule: one.at_least_rule.clone(),
            count: one.at_least,
        },
        false => {
            Line { words: format!("at most {}", plain(&one.value)), rule: one.at_most_rule.clone(), count: one.at_most }
        }
    });
    values.chain(numbers).collect()
}

fn quick(view: &QuickView, lines: &[Line]) -> String {
    let rows: Vec<Vec<String>> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| {
            let share = line.count as f64 / view.of.max(1) as f64;
            vec![(at + 1).to_string(), line.words.clone(), grouped(line.count), percent(share), line.rule.clone()]
        })
        .collect();
    let table = text_table(&["", view.title.as_str(), "people", "share", "rule"], &[true, false, true, true], &rows);
    format!("{table}\n{} have no value\n", people(view.missing))
}

fn overlap(view: &SegmentOverlapView) -> String {
    let rows: Vec<Vec<String>> = view
        .sets
        .iter()
        .map(|set| vec![set.within.join(", "), grouped(set.count), percent(set.count as f64 / view.any.max(1) as f64)])
        .collect();
    let mut text = text_table(&["only in", "people", "share"], &[false, true, true], &rows);
    if !view.values.is_empty() {
        let names: Vec<String> = view.sets.iter().map(|set| set.within.join(", ")).collect();
        let head: Vec<&str> = std::iter::once("value").chain(names.iter().map(String::as_str)).collect();
        let right: Vec<bool> = std::iter::once(false).chain(names.iter().map(|_| true)).collect();
        let row = |value: &OverlapValue| {
            std::iter::once(value.label.clone()).chain(value.counts.iter().map(|count| grouped(*count))).collect()
        };
        let rows: Vec<Vec<String>> = view.values.iter().map(row).collect();
        text.push_str(&format!("\n{}", text_table(&head, &right, &rows)));
    }
    format!("{text}\n{} are in all of them, {} in any\n", people(view.common), people(view.any))
}

fn differences(view: &DifferencesView, values: bool) -> String {
    let rows: Vec<Vec<String>> = view
        .fields
        .iter()
        .map(|field| {
            let note = if field.defines { "the segment says it" } else { "" };
            let (score, chance) = (format!("{:.3}", field.score), format!("{:.3}", field.chance));
            vec![field.field.clone(), score, chance, note.to_owned()]
        })
        .collect();
    let other = view.other.as_deref().unwrap_or("everybody");
    let mut text = format!("{} of `{}` beside {} ({other})\n", people(view.members), view.segment, people(view.others));
    text.push_str(&text_table(&["field", "difference", "by chance", ""], &[false, true, true], &rows));
    for field in view.fields.iter().filter(|_| values) {
        let rows: Vec<Vec<String>> = field
            .bins
            .iter()
            .map(|bin| {
                let share = |count: u64, of: u64| percent(count as f64 / of.max(1) as f64);
                vec![bin.label.clone(), share(bin.members, view.members), share(bin.others, view.others)]
            })
            .collect();
        let head = [field.title.as_str(), view.segment.as_str(), other];
        text.push_str(&format!("\n{}", text_table(&head, &[false, true, true], &rows)));
    }
    format!("{text}\n{}", left_out(&view.left_out))
}

fn similar(view: &SimilarView) -> String {
    let mut text =
        format!("{} of {} have a score of at least {}\n", people(view.found), people(view.target), view.threshold);
    text.push_str(&format!(
        "area under the curve {:.3} ± {:.3} among people it was not learned from: {}\n",
        view.auc, view.auc_spread, view.verdict
    ));
    let (group, rest) = view.learned_from;
    text.push_str(&format!("learned from {} and {} others\n\n", people(group as u64), grouped(rest as u64)));
    let bands: Vec<Vec<String>> = view
        .bands
        .iter()
        .map(|band| vec![band.band.clone(), format!("{:.2}–{:.2}", band.from, band.to), grouped(band.count)])
        .collect();
    text.push_str(&text_table(&["", "score", "people"], &[false, false, true], &bands));
    let fields: Vec<Vec<String>> = view
        .fields
        .iter()
        .map(|field| {
            let weight = format!("{:.2}", field.weight);
            vec![field.field.clone(), weight, field.speaks_for.join("; "), field.speaks_against.join("; ")]
        })
        .collect();
    text.push('\n');
    text.push_str(&text_table(&["field", "weight", "speaks for", "speaks against"], &[false, true], &fields));
    format!("{text}\n{}{}\n", left_out(&view.left_out), view.rule)
}
