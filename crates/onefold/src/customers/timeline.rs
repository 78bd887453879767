//! Timeline: what a profile did, newest first.
//!
//! Reads    `UnifiedActivity` by number: a few columns of all rows, the others of those that are shown
//! Flow     rows of the profile ─ those asked for ─ newest first ─ after the cursor ─ a page
//!
//! Invariants
//! - A cursor is a place between activities, not a count: what is added above a page does not move it.
//! - Only activities whose definition stands on the timeline are counted and shown.
//! - Months and days are those of the project's time zone; what has no time comes last and is in no month.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array as _, AsArray as _};
use arrow::datatypes::TimestampMicrosecondType;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use onefold_api::{ActivityView, BucketView, Problem, TimelineAsk, TimelineView};
use onefold_model::Project;
use onefold_model::define::Activity;
use serde_json::Value;

use super::card::{counted, instant};
use super::shown::{Shown, Table};

const USUAL: usize = 50;
const MOST: usize = 500;

/// Activities of a profile.
pub(super) fn timeline(
    project: &Project,
    shown: &Shown,
    number: u32,
    ask: &TimelineAsk,
) -> Result<TimelineView, Problem> {
    let nothing = TimelineView { total: 0, types: Vec::new(), months: Vec::new(), items: Vec::new(), next: None };
    let Some(table) = &shown.activities else { return Ok(nothing) };
    let zone = zone(project);
    let (from, to) = (edge(ask.from.as_deref(), &zone)?, edge(ask.to.as_deref(), &zone)?);
    let after = ask.cursor.as_deref().filter(|cursor| !cursor.is_empty()).map(place).transpose()?;
    let words: Vec<String> = ask.text.iter().flat_map(|text| text.split_whitespace()).map(str::to_lowercase).collect();
    let mut columns = vec!["ActivityType", "ActivityName", "ActivityTime", "ActivityId"];
    if !words.is_empty() {
        columns.extend(TEXTS);
    }
    let rows = table.of(number, &columns)?;
    let (types, names) = (rows.column(0).as_string::<i32>(), rows.column(1).as_string::<i32>());
    let times = rows.column(2).as_primitive::<TimestampMicrosecondType>();
    let defined: HashMap<&str, &Activity> =
        project.activities.iter().map(|activity| (activity.name.value.as_str(), activity)).collect();
    let stands = |row: &usize| defined.get(names.value(*row)).is_some_and(|activity| activity.timeline);
    let own: Vec<usize> = (0..rows.num_rows()).filter(stands).collect();
    let time = |row: usize| times.is_valid(row).then(|| times.value(row));
    let ids = rows.column(3).as_string::<i32>();
    let says = |row: usize| {
        let texts = (4..rows.num_columns()).map(|column| rows.column(column).as_string::<i32>());
        let said: Vec<String> = texts.filter(|t| t.is_valid(row)).map(|t| t.value(row).to_lowercase()).collect();
        words.iter().all(|word| said.iter().any(|text| text.contains(word)))
    };
    let asked = |row: &usize| {
        let at = time(*row);
        (ask.types.is_empty() || ask.types.iter().any(|ty| ty == types.value(*row)))
            && from.is_none_or(|from| at.is_some_and(|at| at >= from))
            && to.is_none_or(|to| at.is_some_and(|at| at < to))
            && says(*row)
    };
    let mut found: Vec<usize> = own.iter().copied().filter(asked).collect();
    // Newest first, what has no time last.
    let order = |row: usize| (Reverse(time(row)), ids.value(row));
    found.sort_by(|a, b| order(*a).cmp(&order(*b)));
    let limit = if ask.limit == 0 { USUAL } else { ask.limit.min(MOST) };
    let is_after = |row: usize| after.as_ref().is_none_or(|(time, id)| order(row) > (Reverse(*time), id.as_str()));
    let mut left = found.iter().copied().filter(|row| is_after(*row)).skip(ask.offset).peekable();
    let page: Vec<u32> = left.by_ref().take(limit).map(|row| row as u32).collect();
    let last = page.last().filter(|_| left.peek().is_some()).map(|row| *row as usize);
    let next = last.map(|row| cursor(time(row), ids.value(row)));
    Ok(TimelineView {
        total: found.len() as u64,
        types: counted(own.iter().map(|row| types.value(*row))),
        months: months(found.iter().filter_map(|row| time(*row)), &zone),
        items: items(table, number, &page, &defined)?,
        next,
    })
}

/// Columns that words are looked for in.
const TEXTS: [&str; 3] = ["Title", "Description", "ActivityTypeDisplay"];

/// `<microseconds, or nothing>.<ActivityId>`
fn cursor(time: Option<i64>, id: &str) -> String {
    format!("{}.{id}", time.map_or(String::new(), |time| time.to_string()))
}

/// The place that a cursor stands for.
fn place(cursor: &str) -> Result<(Option<i64>, String), Problem> {
    let wrong =
        || Problem::refused(format!("`{cursor}` is no cursor")).hint("send back the `next` of a page as it was");
    let (time, id) = cursor.split_once('.').ok_or_else(wrong)?;
    let time = if time.is_empty() { None } else { Some(time.parse().map_err(|_| wrong())?) };
    Ok((time, id.to_owned()))
}

fn zone(project: &Project) -> TimeZone {
    TimeZone::get(&project.settings.time_zone).unwrap_or(TimeZone::UTC)
}

/// Instants by month, newest first.
fn months(times: impl Iterator<Item = i64>, zone: &TimeZone) -> Vec<BucketView> {
    let mut counts: BTreeMap<(i16, i8), u64> = BTreeMap::new();
    for at in times {
        if let Ok(at) = Timestamp::from_microsecond(at) {
            let day = zone.to_datetime(at);
            *counts.entry((day.year(), day.month())).or_default() += 1;
        }
    }
    let bucket = |((year, month), count): ((i16, i8), u64)| BucketView {
        value: Value::from(format!("{year:04}-{month:02}")),
        to: None,
        count,
    };
    counts.into_iter().rev().map(bucket).collect()
}

/// The microsecond at which a day or instant begins.
fn edge(text: Option<&str>, zone: &TimeZone) -> Result<Option<i64>, Problem> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let instant = text.parse::<Timestamp>().ok().or_else(|| {
        let local = text.parse::<jiff::civil::DateTime>();
        let local = local.or_else(|_| text.parse::<jiff::civil::Date>().map(|day| day.at(0, 0, 0, 0)));
        zone.to_timestamp(local.ok()?).ok()
    });
    match instant {
        Some(instant) => Ok(Some(instant.as_microsecond())),
        None => Err(Problem::refused(format!("`{text}` is no day and no instant"))
            .hint("write a day, `2026-11-01`, or an instant, `2026-11-01T06:00:00Z`")),
    }
}

const COLUMNS: [&str; 11] = [
    "ActivityId",
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

/// Rows by their places, in that order.
fn items(
    table: &Table,
    number: u32,
    page: &[u32],
    defined: &HashMap<&str, &Activity>,
) -> Result<Vec<ActivityView>, Problem> {
    let mut places = page.to_vec();
    places.sort_unstable();
    let rows = table.some(number, &places, &COLUMNS)?;
    let text = |column: usize, row: usize| {
        let texts = rows.column(column).as_string::<i32>();
        texts.is_valid(row).then(|| texts.value(row).to_owned())
    };
    let time = |column: usize, row: usize| {
        let times = rows.column(column).as_primitive::<TimestampMicrosecondType>();
        if times.is_valid(row) { instant(times.value(row)) } else { None }
    };
    let view = |place: &u32| {
        let row = places.binary_search(place).ok()?;
        let activity = text(3, row).unwrap_or_default();
        Some(ActivityView {
            id: text(0, row).unwrap_or_default(),
            ty: text(1, row).unwrap_or_default(),
            type_display: text(2, row).unwrap_or_default(),
            time: time(4, row),
            end: time(5, row),
            title: text(6, row),
            description: text(7, row),
            url: text(8, row),
            icon: defined.get(activity.as_str()).and_then(|activity| activity.icon.clone()),
            table: text(9, row).unwrap_or_default(),
            key: text(10, row).unwrap_or_default(),
            status: None,
            activity,
        })
    };
    Ok(page.iter().filter_map(view).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        for (time, id) in [(Some(-5), "a"), (None, "b.c"), (Some(1_700_000_000_000_000), "")] {
            assert_eq!(place(&cursor(time, id)).unwrap(), (time, id.to_owned()));
        }
        assert!(place("soon").is_err() && place("x.a").is_err());
    }

    #[test]
    fn months_are_those_of_the_time_zone() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_microsecond();
        let times = [at("2026-03-01T04:59:00Z"), at("2026-03-01T05:00:00Z"), at("2026-03-20T00:00:00Z")];
        let found: Vec<(Value, u64)> =
            months(times.into_iter(), &zone).into_iter().map(|bucket| (bucket.value, bucket.count)).collect();
        assert_eq!(found, [(Value::from("2026-03"), 2), (Value::from("2026-02"), 1)]);
        assert_eq!(edge(Some("2026-03-01"), &zone).unwrap(), Some(at("2026-03-01T05:00:00Z")));
        assert_eq!(edge(Some("2026-03-01T05:00:00Z"), &zone).unwrap(), Some(at("2026-03-01T05:00:00Z")));
        assert_eq!(edge(Some(" "), &zone).unwrap(), None);
        assert!(edge(Some("soon"), &zone).is_err());
    }
}
