//! Explain: a profile, what holds it together, two records, or a person's place in a segment, in words.

use onefold_api::{
    ChangeSeen, CustomerExplained, MeasureExplained, MeasureRowsAsk, PairAsk, Platform, Problem, SegmentExplained,
    SegmentPreview, Truth,
};
use serde_json::Value;

use crate::cli::Explain;
use crate::output::{plain, print, print_json, text_table};

/// Says why.
pub(super) async fn run(platform: &dyn Platform, what: Explain, json: bool) -> Result<u8, Problem> {
    match what {
        Explain::Customer { id } => {
            let explained = platform.explain_customer(&id).await?;
            if json { print_json(&explained)? } else { print(&customer(&explained))? }
        }
        Explain::Identity { id } => {
            let identity = platform.identity(&id).await?;
            if json { print_json(&identity)? } else { print(&super::matching::identity(&identity))? }
        }
        Explain::Pair { a, b } => {
            let ((table1, key1), (table2, key2)) = (super::review::record(&a)?, super::review::record(&b)?);
            let explained = platform.explain_pair(&PairAsk { table1, key1, table2, key2 }).await?;
            if json { print_json(&explained)? } else { print(&super::matching::pair(&explained))? }
        }
        Explain::Measure { name, id, offset, limit } => {
            let explained = platform.explain_measure(&name, &id, &MeasureRowsAsk { offset, limit }).await?;
            if json { print_json(&explained)? } else { print(&measure(&explained, offset))? }
        }
        Explain::Segment { name, id: None } => {
            let found = platform.funnel(&name).await?;
            if json { print_json(&found)? } else { print(&funnel(&name, &found))? }
        }
        Explain::Segment { name, id: Some(id) } => {
            let explained = platform.explain_segment(&name, &id).await?;
            if json { print_json(&explained)? } else { print(&segment(&explained))? }
        }
    }
    Ok(0)
}

fn customer(explained: &CustomerExplained) -> String {
    let mut text = format!("CustomerId {} (profile_no {})\n", explained.customer_id, explained.profile_no);
    if let Some(previous) = &explained.previous {
        text.push_str(&format!("formerly {previous}\n"));
    }
    text.push_str("\nrecords\n");
    for record in &explained.records {
        let why = match (&record.rule, &record.matched) {
            (Some(rule), Some((table, key))) => format!("by rule `{rule}`, with `{key}` of `{table}`"),
            (Some(rule), None) => format!("by rule `{rule}`"),
            (None, _) if record.winner => "stands for itself".to_owned(),
            (None, _) => "the same as the record above".to_owned(),
        };
        let score = record.score.filter(|_| record.rule.is_some()).map_or(String::new(), |s| format!(", score {s}"));
        let winner = if record.winner { "" } else { " (alternate)" };
        text.push_str(&format!("  {} `{}`{winner}: {why}{score}\n", record.table, record.key));
    }
    text.push_str("\nvalues\n");
    text.push_str(&indented(&values(explained)));
    if !explained.measures.is_empty() {
        text.push_str("\nmeasures\n");
        let rows: Vec<Vec<String>> =
            explained.measures.iter().map(|(name, value)| vec![name.clone(), shown(value)]).collect();
        text.push_str(&indented(&text_table(&["measure", "value"], &[false, true], &rows)));
    }
    for cluster in &explained.clusters {
        let more = cluster.size.saturating_sub(1 + cluster.others.len() as u64);
        let mut others: Vec<String> = cluster
            .others
            .iter()
            .map(|other| format!("{} (profile_no {})", other.customer_id, other.profile_no))
            .collect();
        if more > 0 {
            others.push(format!("{more} more"));
        }
        text.push_str(&format!("\n{} {}: with {}\n", cluster.name, cluster.cluster_id, others.join(", ")));
    }
    if !explained.history.is_empty() {
        text.push_str("\nhistory\n");
    }
    for change in &explained.history {
        let own = change.customer_id == explained.customer_id;
        let who = if own { "this profile" } else { change.customer_id.as_str() };
        let other = change.other.as_deref().map_or(String::new(), |other| {
            let other = if other == explained.customer_id { "this profile" } else { other };
            let word = if change.change == "merged" { "into" } else { "from" };
            format!(" {word} {other}")
        });
        text.push_str(&format!("  {}: {who} {}{other}\n", change.at, change.change));
    }
    let segments: Vec<String> = explained.segments.iter().map(|name| format!("`{name}`")).collect();
    let segments = if segments.is_empty() { "none".to_owned() } else { segments.join(", ") };
    text.push_str(&format!("\nsegments: {segments}\n"));
    text
}

fn values(explained: &CustomerExplained) -> String {
    let rows: Vec<Vec<String>> = explained
        .values
        .iter()
        .map(|value| {
            let patched = value.patched.as_ref().map(|by| format!("patched by {} until {}", by.by, by.until));
            let from = match (&value.table, &value.key) {
                _ if patched.is_some() => patched.unwrap_or_default(),
                (Some(table), Some(key)) => format!("{table} `{key}`"),
                (Some(table), None) => table.clone(),
                (None, _) if value.value.is_null() => "no record has a value".to_owned(),
                (None, _) => "the system".to_owned(),
            };
            let others: Vec<String> =
                value.others.iter().map(|(table, other)| format!("{} ({table})", shown(other))).collect();
            vec![value.column.clone(), shown(&value.value), from, others.join(", ")]
        })
        .collect();
    text_table(&["column", "value", "from", "not taken"], &[], &rows)
}

fn segment(explained: &SegmentExplained) -> String {
    let since = explained.since.as_ref().map_or(String::new(), |since| format!(" since {since}"));
    let verdict = if explained.member { "is" } else { "is not" };
    let mut text = format!("{} {verdict} a member of `{}`{since}\n", explained.customer_id, explained.segment);
    for (number, rule) in explained.rules.iter().enumerate() {
        let joined = if number == 0 { String::new() } else { format!("{} ", rule.operator) };
        text.push_str(&format!("\nrule {}: {joined}{} is {}\n", number + 1, rule.condition, word(rule.truth)));
        for part in &rule.parts {
            let seen: Vec<String> =
                part.values.iter().map(|(name, value)| format!("{name} = {}", shown(value))).collect();
            let seen = if seen.is_empty() { String::new() } else { format!("   [{}]", seen.join(", ")) };
            let indent = "  ".repeat(part.depth + 1);
            text.push_str(&format!("{indent}{:8}{}{seen}\n", word(part.truth), part.condition));
        }
    }
    if let Some(limit) = &explained.limit {
        let per =
            limit.per.as_ref().map(|(per, value)| format!(" where {per} is {}", shown(value))).unwrap_or_default();
        let rank = limit.rank.map_or("no rank".to_owned(), |rank| format!("rank {rank}"));
        let of = format!("{rank} of {}{per}, and the first {} are members", limit.of, limit.limit);
        text.push_str(&format!("\nlimit: {of}   [{} = {}]\n", limit.by, shown(&limit.value)));
    }
    if let Some(holdout) = &explained.holdout {
        let verdict = if holdout.held_out { "is held out" } else { "is not held out" };
        text.push_str(&format!("\nhold-out `{}` of {}: {verdict}\n", holdout.name, holdout.share));
    }
    if let Some(changes) = &explained.nearest {
        text.push_str("\nwhat would bring it in\n");
        changes.iter().for_each(|change| text.push_str(&format!("  {}\n", needs(change))));
    }
    text
}

fn needs(change: &ChangeSeen) -> String {
    let seen: Vec<String> = change.values.iter().map(|(name, value)| format!("{name} is {}", shown(value))).collect();
    let subject = if seen.is_empty() { change.condition.clone() } else { seen.join(", ") };
    let rule = if change.rule == 0 { String::new() } else { format!("rule {}: ", change.rule) };
    let away = change.distance.map_or(String::new(), |distance| format!(" ({distance} away)"));
    let which = if change.needs.contains("hold") { format!(": `{}`", change.condition) } else { String::new() };
    format!("{rule}{subject}, {}{away}{which}", change.needs)
}

/// What the rules of a segment keep.
fn funnel(name: &str, found: &SegmentPreview) -> String {
    let mut text = format!("`{name}` has {} of {} profiles\n", found.count, found.of);
    let mut before = 0;
    for (number, rule) in found.rules.iter().enumerate() {
        let change = match rule.cumulative.cmp(&before) {
            _ if number == 0 => String::new(),
            std::cmp::Ordering::Less => format!(", drops {}", before - rule.cumulative),
            _ => format!(", adds {}", rule.cumulative - before),
        };
        before = rule.cumulative;
        let joined = if number == 0 { String::new() } else { format!("{} ", rule.operator) };
        let place = number + 1;
        text.push_str(&format!("\nrule {place}: {joined}finds {}{change}; {} so far\n", rule.count, rule.cumulative));
        for part in &rule.parts {
            let more =
                |without: u64| without as i128 - i128::from(found.rules.last().map_or(0, |last| last.cumulative));
            let without = part.without.map_or(String::new(), |without| format!("   [without it {:+}]", more(without)));
            let indent = "  ".repeat(part.path.len() + 1);
            text.push_str(&format!("{indent}{:>8}  {}{without}\n", part.keeps, part.condition));
        }
    }
    if let Some(beyond) = found.beyond_limit {
        text.push_str(&format!("\nlimit: leaves out {beyond}\n"));
    }
    if let Some(held_out) = found.held_out {
        text.push_str(&format!("\nhold-out: {held_out} held out\n"));
    }
    for diagnostic in &found.diagnostics {
        text.push_str(&format!("\n{}: {}\n", diagnostic.severity, diagnostic.message));
    }
    text
}

fn measure(explained: &MeasureExplained, offset: usize) -> String {
    let mut text = format!("{} of {} is {}\n", explained.measure, explained.customer_id, shown(&explained.value));
    text.push_str(&format!("  {}\n", explained.calculation));
    if let Some(filter) = &explained.filter {
        text.push_str(&format!("  where {filter}\n"));
    }
    let (kept, total) = (explained.kept, explained.total);
    text.push_str(&format!("\n{kept} of {total} rows of `{}` count\n", explained.table));
    let mut head = vec!["key", "counts"];
    head.extend(explained.columns.iter().map(String::as_str));
    let rows: Vec<Vec<String>> = explained
        .rows
        .iter()
        .map(|row| {
            let own = [shown(&row.key), word(row.kept).to_owned()];
            own.into_iter().chain(row.values.iter().map(shown)).collect()
        })
        .collect();
    text.push_str(&indented(&text_table(&head, &[], &rows)));
    let next = offset + explained.rows.len();
    if (next as u64) < total {
        text.push_str(&format!("see more with `--offset {next}`\n"));
    }
    text
}

fn word(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Unknown => "unknown",
    }
}

fn shown(value: &Value) -> String {
    if value.is_null() { "null".to_owned() } else { plain(value) }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
