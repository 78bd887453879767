//! Activity: what a draft would put on the timeline, with the timeline of one profile as an example.

use onefold_api::*;
use onefold_lake::TryOut;
use onefold_model::sql::{id, integer, join};
use onefold_model::{Sql, sql};
use serde_json::Value;

use super::draft::{Draft, ask};
use super::draft_name;
use crate::platform::Onefold;

/// The columns that are shown.
const COLUMNS: &[&str] = &[
    "ActivityType",
    "ActivityTypeDisplay",
    "ActivityName",
    "ActivityTime",
    "EndTime",
    "Title",
    "Description",
    "Url",
    "EntityName",
    "ActualActivityId",
];

/// Rows among which an example is looked for.
const LOOKED_AT: i64 = 5_000;

/// What a draft of an activity would put on the timeline.
pub(super) async fn preview(onefold: &Onefold, asked: &PreviewAsk) -> Result<ActivityPreview, Problem> {
    let name = draft_name(&asked.name)?;
    let draft = Draft::open(onefold, "activities", name, &asked.value).await?;
    let mut view = ActivityPreview { total: 0, without_profile: 0, items: Vec::new(), diagnostics: Vec::new() };
    let (activity, foundation) = {
        let mut plan = draft.plan();
        let activity = plan.activity(name);
        view.diagnostics = draft.say(plan.diagnostics(), activity.is_some());
        let pieces: Vec<&Sql> = activity.iter().collect();
        let foundation = plan.foundation(&pieces);
        (activity, foundation)
    };
    let wrong = view.diagnostics.iter().any(DiagnosticView::is_error);
    if let Some(activity) = activity.filter(|_| !wrong) {
        match draft.rest(foundation).await? {
            Ok(over) => work_out(&draft, &over, &activity, name, asked, &mut view).await?,
            Err(first) => view.diagnostics.extend(first),
        }
    }
    Ok(view)
}

async fn work_out(
    draft: &Draft,
    over: &TryOut,
    activity: &Sql,
    name: &str,
    asked: &PreviewAsk,
    view: &mut ActivityPreview,
) -> Result<(), Problem> {
    let counts = sql!("select count(*), count(\"profile_no\") from (", activity, ") as \"a\"");
    let counts = ask(draft.lake()?, over, &counts).await?;
    let count = |at: usize| counts.first().and_then(|row| row.get(at)).and_then(Value::as_u64).unwrap_or_default();
    view.total = count(0);
    view.without_profile = count(0).saturating_sub(count(1));
    let limit = i64::try_from(if asked.sample == 0 { 10 } else { asked.sample.min(100) }).unwrap_or(10);
    // One profile with some rows, but not with hundreds.
    let few = sql!("select \"profile_no\" from (", activity, ") as \"a\" where \"profile_no\" is not null limit ");
    let owner = sql!(
        "select cast(\"profile_no\" as bigint) as \"n\", count(*) as \"rows\" from (",
        few,
        integer(LOOKED_AT),
        ") as \"f\" group by \"profile_no\" order by abs(count(*) - 6), \"profile_no\" limit 1 offset ",
        integer(i64::try_from(asked.seed % 50).unwrap_or_default())
    );
    let owner = ask(draft.lake()?, over, &owner).await?;
    let owner = owner.first().and_then(|row| row.first()).and_then(Value::as_i64);
    let which = owner.map_or_else(Sql::default, |no| sql!(" where \"profile_no\" = ", integer(no)));
    let columns = join(COLUMNS.iter().copied().map(id), ", ");
    let order = " order by \"ActivityTime\" desc nulls last, \"ActualActivityId\" limit ";
    let rows = sql!("select ", columns, " from (", activity, ") as \"a\"", which, order, integer(limit));
    let icon = draft.project.activities.iter().find(|activity| activity.name.value == name);
    let icon = icon.and_then(|activity| activity.icon.clone());
    for row in ask(draft.lake()?, over, &rows).await? {
        let mut cells = row.into_iter().map(|value| value.as_str().map(str::to_owned));
        let mut next = || cells.next().flatten();
        view.items.push(ActivityView {
            id: String::new(),
            ty: next().unwrap_or_default(),
            type_display: next().unwrap_or_default(),
            activity: next().unwrap_or_default(),
            time: next(),
            end: next(),
            title: next(),
            description: next(),
            url: next(),
            icon: icon.clone(),
            table: next().unwrap_or_default(),
            key: next().unwrap_or_default(),
            status: None,
        });
    }
    Ok(())
}
