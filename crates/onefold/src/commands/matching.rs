//! Matching: the model of the last run, its quality, two records and a profile's links, in words.

use onefold_api::*;

use crate::cli::Match;
use crate::output::{grouped, plain, print, print_json, text_table};

/// Shows the model, or how good matching is.
pub(super) async fn run(platform: &dyn Platform, what: Match, json: bool) -> Result<u8, Problem> {
    match what {
        Match::Model => {
            let view = platform.match_model().await?;
            if json { print_json(&view)? } else { print(&model(&view))? }
        }
        Match::Quality { width } => {
            let view = platform.quality(width).await?;
            if json { print_json(&view)? } else { print(&quality(&view))? }
        }
    }
    Ok(0)
}

fn figure(value: Option<f64>, places: usize) -> String {
    value.map_or(String::new(), |value| format!("{value:.places$}"))
}

fn whole(value: Option<u64>) -> String {
    value.map_or(String::new(), grouped)
}

fn model(view: &ModelView) -> String {
    if !view.trained {
        let why = match view.kind {
            MatchKind::None => "nothing is unified: write `unify.yaml`",
            MatchKind::Rules => "rules alone bring records together: see `onefold explain pair`",
            MatchKind::Model | MatchKind::Both => "the model has not run yet: run `onefold run`",
        };
        return format!("{why}\n");
    }
    let mut text = format!(
        "{} records, {} pairs compared, {} links, {} clusters\nthreshold {}, review from {}, prior {}\n",
        whole(view.records),
        whole(view.pairs),
        whole(view.links),
        whole(view.clusters),
        figure(view.threshold, 4),
        figure(view.review, 4),
        view.prior.map_or(String::new(), |prior| format!("{prior:.2e}")),
    );
    let mut rows = Vec::new();
    for comparison in &view.comparisons {
        for level in &comparison.levels {
            let name = if level.index == 0 { comparison.name.clone() } else { String::new() };
            let (m, u) = (figure(level.m, 5), figure(level.u, 5));
            let weight = level.weight.map_or(String::new(), |weight| format!("{weight:+.2}"));
            rows.push(vec![
                name,
                level.test.clone(),
                m,
                u,
                weight,
                bar(level.weight),
                whole(level.pairs),
                whole(level.linked),
            ]);
        }
    }
    let missing = view.comparisons.iter().filter(|comparison| comparison.missing.is_some_and(|pairs| pairs > 0));
    let missing: Vec<String> = missing.map(|of| format!("{} in {}", of.name, whole(of.missing))).collect();
    let head = ["comparison", "level", "m", "u", "bits", "", "pairs", "links"];
    text.push('\n');
    text.push_str(&text_table(&head, &[false, false, true, true, true, false, true, true], &rows));
    if !missing.is_empty() {
        text.push_str(&format!("missing in pairs: {}\n", missing.join(", ")));
    }
    let rows: Vec<Vec<String>> = view
        .blocking
        .iter()
        .map(|rule| {
            vec![
                rule.rule.clone(),
                whole(rule.pairs),
                whole(rule.new_pairs),
                whole(rule.cut_pairs),
                whole(rule.largest_block),
                figure(rule.found, 4),
            ]
        })
        .collect();
    let head = ["blocking rule", "pairs", "new", "left out", "largest block", "finds"];
    text.push('\n');
    text.push_str(&text_table(&head, &[false, true, true, true, true, true], &rows));
    if !view.warnings.is_empty() {
        text.push_str("\nwarnings\n");
        for (kind, n) in &view.warning_counts {
            text.push_str(&format!("  {kind}: {}\n", grouped(*n)));
        }
        view.warnings
            .iter()
            .take(20)
            .for_each(|warning| text.push_str(&format!("  {}: {}\n", warning.kind, warning.detail)));
    }
    text
}

/// Evidence as a bar: two letters a bit, to the left against and to the right for.
fn bar(weight: Option<f64>) -> String {
    let Some(weight) = weight else { return String::new() };
    let letters = (weight.abs() * 2.0).round().min(40.0) as usize;
    if weight < 0.0 { "-".repeat(letters) } else { "+".repeat(letters) }
}

/// Two records: the waterfall of evidence, what rules say, and the answer.
pub(super) fn pair(view: &PairExplained) -> String {
    let mut text = format!("{}\n", view.summary);
    for (side, id) in [(&view.a, &view.a_customer_id), (&view.b, &view.b_customer_id)] {
        let profile = id.as_deref().map_or("in no profile".to_owned(), |id| format!("profile {id}"));
        text.push_str(&format!("  {}:{}  {profile}\n", side.table, side.key));
    }
    if let Some(evidence) = &view.evidence {
        text.push_str("\nevidence\n");
        let mut rows = vec![row("prior", "", "", "", evidence.prior_bits)];
        for one in &evidence.comparisons {
            let (a, b) = (one.a.as_deref().unwrap_or("-"), one.b.as_deref().unwrap_or("-"));
            rows.push(row(&one.name, a, b, &one.test, one.bits));
            if one.tf_bits != 0.0 {
                let share = one.frequency.map_or(String::new(), |share| format!("held by {:.3} %", share * 100.0));
                rows.push(row("", "", "", &share, one.tf_bits));
            }
        }
        if evidence.kin_bits != 0.0 {
            rows.push(row("kin", "", "", "what relatives and neighbours share", evidence.kin_bits));
        }
        rows.push(row("all of it", "", "", "", evidence.total_bits));
        let head = ["", "one", "other", "level", "bits", ""];
        text.push_str(&text_table(&head, &[false, false, false, false, true, false], &rows));
        text.push_str(&format!(
            "probability {:.6}; a link from {:.6}, for review from {:.6}\n",
            evidence.probability, evidence.threshold, evidence.review
        ));
        if let Some(calibrated) = evidence.calibrated {
            text.push_str(&format!("by what people decided so far: {calibrated:.6}\n"));
        }
    }
    for rule in &view.rules {
        let verdict = match (&rule.why_not, rule.joined) {
            (None, true) => "holds, and joined them".to_owned(),
            (None, false) => "holds".to_owned(),
            (Some(why), _) => format!("does not hold: {why}"),
        };
        text.push_str(&format!("\nrule `{}` ({}) {verdict}\n", rule.rule, rule.kind));
        for (word, conditions) in [("", &rule.conditions), ("unless ", &rule.exceptions)] {
            for condition in conditions {
                let mark = if condition.holds { "yes" } else { "no " };
                let score = condition.score.map_or(String::new(), |score| format!(" ({score:.2})"));
                text.push_str(&format!(
                    "  {mark} {word}{} {} {} {}, {}{score}\n",
                    condition.a_column,
                    plain(&condition.a),
                    condition.b_column,
                    plain(&condition.b),
                    condition.precision
                ));
            }
        }
    }
    if !view.blocking.is_empty() {
        text.push_str("\nblocking\n");
        for rule in &view.blocking {
            let mark = if rule.together { "together" } else { "apart   " };
            text.push_str(&format!("  {mark} {}  {}\n", rule.rule, rule.why_not.as_deref().unwrap_or_default()));
        }
    }
    if view.path.len() > 1 {
        text.push_str("\npath\n");
        view.path.iter().for_each(|link| text.push_str(&format!("  {}\n", told(link))));
    }
    text
}

fn row(name: &str, a: &str, b: &str, level: &str, bits: f64) -> Vec<String> {
    vec![name.to_owned(), a.to_owned(), b.to_owned(), level.to_owned(), format!("{bits:+.2}"), bar(Some(bits))]
}

fn told(link: &IdentityLink) -> String {
    let weight = link.weight.map_or(String::new(), |weight| format!(", {weight:.1} bits"));
    let score = link.probability.filter(|_| link.weight.is_none()).map_or(String::new(), |p| format!(", score {p:.2}"));
    let rule = if link.rule == link.kind || link.rule.is_empty() { String::new() } else { format!(" `{}`", link.rule) };
    let bridge = if link.bridge { ", a bridge" } else { "" };
    format!(
        "{}:{} - {}:{}  {}{rule}{weight}{score}{bridge}",
        link.a.table, link.a.key, link.b.table, link.b.key, link.kind
    )
}

/// The links of a profile.
pub(super) fn identity(view: &IdentityView) -> String {
    let mut text = format!("CustomerId {} (profile_no {})\n", view.customer_id, view.profile_no);
    if !view.previous.is_empty() {
        text.push_str(&format!("formerly {}\n", view.previous.join(", ")));
    }
    text.push_str("\nrecords\n");
    for record in &view.records {
        let winner = if record.winner { "" } else { " (alternate)" };
        text.push_str(&format!("  {}:{}{winner}\n", record.table, record.key));
    }
    let (tree, others): (Vec<&IdentityLink>, Vec<&IdentityLink>) = view.links.iter().partition(|link| link.tree);
    if !tree.is_empty() {
        text.push_str("\nwhat joins them\n");
        tree.iter().for_each(|link| text.push_str(&format!("  {}\n", told(link))));
    }
    if !others.is_empty() {
        text.push_str("\nfurther links\n");
        others.iter().take(50).for_each(|link| text.push_str(&format!("  {}\n", told(link))));
    }
    if !view.warnings.is_empty() {
        text.push_str("\nwarnings\n");
        view.warnings.iter().for_each(|warning| text.push_str(&format!("  {}: {}\n", warning.kind, warning.detail)));
    }
    if !view.events.is_empty() {
        text.push_str("\nits id\n");
        for event in &view.events {
            let other = event.other.as_deref().map_or(String::new(), |other| format!(" {other}"));
            text.push_str(&format!("  {} {}{other}\n", event.at, event.change));
        }
    }
    text
}

fn quality(view: &QualityView) -> String {
    let estimate = |of: &Option<EstimateView>| {
        of.as_ref().map_or("not known".to_owned(), |of| format!("{:.4}  ({:.4} to {:.4})", of.value, of.low, of.high))
    };
    let mut text = format!(
        "{} decisions, {} of them in the random sample\n\nprecision  {}\nrecall     {}\n",
        grouped(view.labels),
        grouped(view.sampled),
        estimate(&view.precision),
        estimate(&view.recall)
    );
    if let Some(missing) = view.missing.filter(|missing| *missing > 0) {
        text.push_str(&format!("{} more decisions for an interval {} wide\n", grouped(missing), view.width));
    }
    if !view.strata.is_empty() {
        let rows: Vec<Vec<String>> = view
            .strata
            .iter()
            .map(|of| vec![of.name.clone(), grouped(of.pairs), grouped(of.sampled), grouped(of.same)])
            .collect();
        text.push('\n');
        text.push_str(&text_table(&["stratum", "pairs", "sampled", "same"], &[false, true, true, true], &rows));
    }
    if !view.calibration.is_empty() {
        let rows: Vec<Vec<String>> = view
            .calibration
            .iter()
            .map(|bin| {
                vec![
                    format!("{} to {}", bin.from, bin.to),
                    grouped(bin.pairs),
                    format!("{:.4}", bin.predicted),
                    format!("{:.4}", bin.decided.value),
                    figure(bin.calibrated, 4),
                ]
            })
            .collect();
        text.push('\n');
        let head = ["probability", "decided", "predicted", "same", "calibrated"];
        text.push_str(&text_table(&head, &[false, true, true, true, true], &rows));
    }
    if let Some(suggested) = &view.suggested {
        text.push_str(&format!(
            "\nsuggested threshold {:.6}: expected precision {:.4}, recall {:.4}, {:+} links; now {}\n",
            suggested.threshold,
            suggested.precision,
            suggested.recall,
            suggested.more_links,
            figure(view.threshold, 6)
        ));
        text.push_str(
            "write it under `match.model.threshold` of `unify.yaml` to take it: nothing is taken by itself\n",
        );
    }
    if !view.remarks.is_empty() {
        text.push('\n');
        view.remarks.iter().for_each(|remark| text.push_str(&format!("{remark}\n")));
    }
    text
}
