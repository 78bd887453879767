//! Segment: who would be in it, rule by rule and condition by condition.
//!
//! Flow     draft ─ passes ─ bitmaps ─ folded ─ compared with the published members ─ some of them with what the rules look at
//!
//! Not here: what a condition means (`onefold-stages`).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use onefold_api::*;
use onefold_lake::TryOut;
use onefold_model::Sql;
use onefold_model::plan::{Scan, SetOperator};
use onefold_stages::{Place, RuleDraft, SegmentDraft};
use roaring::RoaringBitmap;
use serde_json::Value;

use super::draft::{Draft, ask, limits};
use super::draft_name;
use super::members::{all, draw, fold, outcome};
use super::title::titles;
use crate::live;
use crate::platform::Onefold;
use crate::runner::problem::of_lake;

/// What a draft of a segment would be.
pub(super) async fn preview(onefold: &Onefold, asked: &PreviewAsk) -> Result<SegmentPreview, Problem> {
    let began = Instant::now();
    let name = draft_name(&asked.name)?;
    let draft = Draft::open(onefold, "segments", name, &asked.value).await?;
    let mut view = SegmentPreview {
        count: 0,
        of: draft.profiles(),
        rules: Vec::new(),
        beyond_limit: None,
        held_out: None,
        sample: Vec::new(),
        entered: 0,
        left: 0,
        diagnostics: Vec::new(),
        seconds: 0.0,
    };
    let (segment, foundation) = {
        let mut plan = draft.plan();
        let segment = plan.segment(name, asked.without);
        view.diagnostics = draft.say(plan.diagnostics(), segment.is_some());
        let pieces = segment.iter().flat_map(|segment| &segment.passes);
        let limit = segment.iter().filter_map(|segment| segment.limit.clone());
        let pieces: Vec<Sql> = pieces.flat_map(Scan::pieces).chain(limit).collect();
        let foundation = plan.foundation(&pieces.iter().collect::<Vec<_>>());
        (segment, foundation)
    };
    let wrong = view.diagnostics.iter().any(DiagnosticView::is_error);
    if let Some(segment) = segment.filter(|_| !wrong) {
        match draft.rest(foundation).await? {
            Ok(over) => work_out(onefold, &draft, &over, &segment, asked, &mut view).await?,
            Err(first) => view.diagnostics.extend(first),
        }
    }
    view.seconds = began.elapsed().as_secs_f64();
    Ok(view)
}

async fn work_out(
    onefold: &Onefold,
    draft: &Draft,
    over: &TryOut,
    segment: &SegmentDraft,
    asked: &PreviewAsk,
    view: &mut SegmentPreview,
) -> Result<(), Problem> {
    let mut found: Vec<Vec<Arc<RoaringBitmap>>> = Vec::new();
    for pass in &segment.passes {
        found.push(bitmaps(onefold, draft, over, pass).await?);
    }
    let lake = draft.lake()?;
    let outcome = outcome(lake, over, segment, &found).await?;
    (view.beyond_limit, view.held_out) = (outcome.beyond_limit, outcome.held_out);
    view.rules = segment
        .rules
        .iter()
        .zip(&outcome.after)
        .enumerate()
        .map(|(index, (rule, after))| RulePreview {
            operator: word(rule.operator).to_owned(),
            count: found[rule.place.pass][rule.place.condition].len(),
            cumulative: after.len(),
            parts: rule
                .parts
                .iter()
                .map(|part| PartPreview {
                    path: part.path.clone(),
                    condition: part.text.clone(),
                    keeps: found[part.place.pass][part.place.condition].len(),
                    without: part.without.map(|place| without(segment, &found, index, place)),
                })
                .collect(),
        })
        .collect();
    let members = outcome.members;
    view.count = members.len();
    if let Some(published) = &draft.published {
        let published = all(onefold, draft.lake()?, published).await?;
        if let Some(before) = published.get(draft_name(&asked.name)?) {
            view.entered = members.difference_len(before);
            view.left = before.difference_len(&members);
        }
    }
    let count = if asked.sample == 0 { 10 } else { asked.sample.min(100) };
    view.sample = sample(draft, over, segment, &draw(&members, count, asked.seed)).await?;
    Ok(())
}

/// How many the rules would find if the condition of one of them were another.
fn without(segment: &SegmentDraft, found: &[Vec<Arc<RoaringBitmap>>], index: usize, other: Place) -> u64 {
    let place = |(number, rule): (usize, &RuleDraft)| if number == index { other } else { rule.place };
    let places = segment.rules.iter().enumerate().map(place);
    let rules =
        segment.rules.iter().zip(places).map(|(rule, place)| (rule.operator, &*found[place.pass][place.condition]));
    fold(rules).pop().unwrap_or_default().len()
}

/// The profiles for which each condition of a pass holds. While somebody edits one condition the others stay as they
/// were, and are not looked at again.
async fn bitmaps(
    onefold: &Onefold,
    draft: &Draft,
    over: &TryOut,
    pass: &Scan,
) -> Result<Vec<Arc<RoaringBitmap>>, Problem> {
    let run = draft.published.as_ref().map_or("", |published| published.run_id.as_str());
    // What is laid over may change with definitions that were saved and never ran.
    let laid: Vec<String> = over.views.iter().map(|view| format!("{} {}", view.name, view.sql)).collect();
    let from = format!("{} over {}", pass.from, laid.join("; "));
    let key = |condition: &Sql| (run.to_owned(), from.clone(), condition.to_string());
    let plain = over.views.iter().all(|view| !view.sql.uses_now()) && over.rows.is_empty() && !pass.from.uses_now();
    let lasting = |condition: &Sql| plain && !condition.uses_now();
    let kept = &onefold.cache().conditions;
    let conditions: Vec<Sql> = pass.conditions.iter().map(|(_, tree)| pass.sql(tree)).collect();
    let mut found: Vec<Option<Arc<RoaringBitmap>>> =
        conditions.iter().map(|c| lasting(c).then(|| kept.get(&key(c))).flatten()).collect();
    let open: Vec<usize> = (0..found.len()).filter(|&at| found[at].is_none()).collect();
    if !open.is_empty() {
        let rest = pass.with(open.iter().map(|&at| pass.conditions[at].clone()));
        let new = draft.lake()?.try_scan(over, &rest, &limits()).await.map_err(of_lake)?;
        for (at, bitmap) in open.into_iter().zip(new) {
            let condition = &conditions[at];
            let keep = lasting(condition);
            found[at] = Some(if keep { kept.put(key(condition), bitmap, 300) } else { Arc::new(bitmap) });
        }
    }
    let found: Vec<Arc<RoaringBitmap>> = found.into_iter().flatten().collect();
    // What is remembered is of the run; what came in since is laid over it every time.
    let Some(tried) = live::tried(onefold, over, pass).await? else { return Ok(found) };
    let laid = found.iter().zip(tried.bitmaps).map(|(run, since)| Arc::new((&**run - &tried.profiles) | since));
    Ok(laid.collect())
}

/// The word for an operator.
fn word(operator: SetOperator) -> &'static str {
    match operator {
        SetOperator::Union => "union",
        SetOperator::Intersect => "intersect",
        SetOperator::Except => "except",
    }
}

/// Members with the values that the rules look at: of each rule one row for which it holds.
async fn sample(
    draft: &Draft,
    over: &TryOut,
    segment: &SegmentDraft,
    drawn: &[u32],
) -> Result<Vec<CustomerHit>, Problem> {
    if drawn.is_empty() {
        return Ok(Vec::new());
    }
    let titles = titles(draft.lake()?, draft.published.as_ref(), drawn).await?;
    let mut fields: HashMap<u32, Vec<FieldView>> = HashMap::new();
    let rules = segment.rules.iter().filter(|rule| rule.operator != SetOperator::Except && !rule.columns.is_empty());
    for rule in rules {
        let mut seen = Vec::new();
        for row in ask(draft.lake()?, over, &rule.rows(drawn)).await? {
            let Some(no) = row.first().and_then(Value::as_u64).and_then(|no| u32::try_from(no).ok()) else { continue };
            if seen.contains(&no) {
                continue;
            }
            seen.push(no);
            let own = fields.entry(no).or_default();
            for ((column, ty), value) in rule.columns.iter().zip(row.into_iter().skip(1)) {
                if own.iter().any(|field| field.column == *column) {
                    continue;
                }
                own.push(FieldView {
                    column: column.clone(),
                    title: titled(draft, column),
                    ty: ty.to_string(),
                    semantic: None,
                    value,
                    source: None,
                    patched: None,
                });
            }
        }
    }
    let hit = |no: &u32| {
        let titled = titles.get(no).cloned().unwrap_or_default();
        CustomerHit {
            customer_id: titled.customer_id,
            profile_no: i64::from(*no),
            title: titled.title,
            fields: fields.remove(no).unwrap_or_default(),
        }
    };
    Ok(drawn.iter().map(hit).collect())
}

/// A column in words: the title of a measure, else the column without its table.
fn titled(draft: &Draft, column: &str) -> String {
    let (alias, name) = column.split_once('.').unwrap_or(("", column));
    let measure =
        draft.project.measures.iter().find(|measure| alias == "Customer_Measure" && measure.name.value == name);
    measure.and_then(|measure| measure.title.clone()).unwrap_or_else(|| name.to_owned())
}
