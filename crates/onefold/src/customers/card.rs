//! Card: a profile, whole.

use arrow::array::{Array as _, AsArray as _};
use arrow::datatypes::TimestampMicrosecondType;
use jiff::Timestamp;
use onefold_api::{BucketView, FieldView, IdView, MeasureValue, MembershipView, Problem, ProfileView};
use onefold_model::Project;
use serde_json::Value;

use super::shown::Shown;
use super::title::{Layout, OURS, as_stated, field};
use crate::lists::in_words;
use crate::output::plain;
use crate::values;

/// The card of a profile.
pub(super) fn card(project: &Project, shown: &Shown, number: u32) -> Result<ProfileView, Problem> {
    let columns = &shown.customer.entry.columns;
    let rows = values::rows(&shown.customer.of(number, &shown.customer.columns())?)?;
    let row = rows.into_iter().next().ok_or_else(|| Problem::not_found(format!("there is no profile {number}")))?;
    let place = |name: &str| columns.iter().position(|column| column.name == name);
    let text = |at: usize| row.get(at).filter(|value| !value.is_null()).map(plain);
    let own = |name: &str| place(name).and_then(text);

    let layout = Layout::of(columns);
    let customer_id = own("CustomerId").unwrap_or_default();
    let value = |at: usize| as_stated(row[at].clone(), layout.precision_of(at).map(|at| &row[at]));
    let patched = shown.patched(number);
    // What was patched to be empty is said, too.
    let there =
        layout.fields.iter().filter(|&&at| !row[at].is_null() || patched.contains_key(columns[at].name.as_str()));
    let said = |at: usize| FieldView {
        patched: patched.get(columns[at].name.as_str()).map(|patch| patch.view()),
        ..field(project, &columns[at], value(at))
    };
    let activities = activities(shown, number)?;
    Ok(ProfileView {
        profile_no: i64::from(number),
        previous: own("PreviousCustomerId").map(|ids| ids.split(';').map(str::to_owned).collect()).unwrap_or_default(),
        title: layout.title(text).unwrap_or_else(|| customer_id.clone()),
        run: shown.published.run_id.clone(),
        at: shown.published.at.to_string(),
        fields: there.map(|&at| said(at)).collect(),
        ids: ids(project, shown, number)?,
        measures: measures(project, shown, number)?,
        segments: segments(project, shown, number),
        activities: activities.types,
        first_activity: activities.first.and_then(instant),
        last_activity: activities.last.and_then(instant),
        clusters: shown.identity.clusters(project, shown, number)?,
        history: shown.identity.history(&customer_id),
        customer_id,
    })
}

/// The keys of a profile, in the order of tables, winners first.
fn ids(project: &Project, shown: &Shown, number: u32) -> Result<Vec<IdView>, Problem> {
    let Some(ring) = &shown.ring else { return Ok(Vec::new()) };
    let rows = ring.of(number, &["SourceTable", "Key", "IsWinner"])?;
    let (tables, keys) = (rows.column(0).as_string::<i32>(), rows.column(1).as_string::<i32>());
    let winners = rows.column(2).as_boolean();
    let id = |row: usize| IdView {
        table: tables.value(row).to_owned(),
        key: keys.value(row).to_owned(),
        winner: winners.is_valid(row) && winners.value(row),
    };
    let mut ids: Vec<IdView> = (0..rows.num_rows()).map(id).collect();
    let order = |table: &str| {
        let unify = project.unify.as_ref();
        unify.and_then(|unify| unify.tables.iter().position(|mapped| mapped.table.eq_ignore_ascii_case(table)))
    };
    ids.sort_by_cached_key(|id| (order(&id.table).unwrap_or(usize::MAX), !id.winner, id.key.clone()));
    Ok(ids)
}

fn measures(project: &Project, shown: &Shown, number: u32) -> Result<Vec<MeasureValue>, Problem> {
    let Some(table) = &shown.measures else { return Ok(Vec::new()) };
    let names: Vec<&str> = table.columns().into_iter().filter(|name| !OURS.contains(name)).collect();
    let row = values::rows(&table.of(number, &names)?)?.into_iter().next();
    let row = row.unwrap_or_else(|| vec![Value::Null; names.len()]);
    let title = |name: &str| {
        let titled = project.measure(name).and_then(|measure| measure.title.clone());
        titled.unwrap_or_else(|| in_words(name))
    };
    Ok(names
        .iter()
        .zip(row)
        .map(|(&name, value)| MeasureValue { name: name.to_owned(), title: title(name), value })
        .collect())
}

fn segments(project: &Project, shown: &Shown, number: u32) -> Vec<MembershipView> {
    let view = |(name, since): (&str, Option<i64>)| {
        let titled = project.segment(name).and_then(|segment| segment.title.clone());
        let title = titled.unwrap_or_else(|| in_words(name));
        MembershipView { segment: name.to_owned(), title, since: since.and_then(instant) }
    };
    // Who is held out of a segment is asked of the segment.
    shown.members.with(&shown.laid, number).filter(|(name, _)| !name.contains('#')).map(view).collect()
}

#[derive(Default)]
struct Activities {
    types: Vec<BucketView>,
    first: Option<i64>,
    last: Option<i64>,
}

/// The activities of a profile in figures.
fn activities(shown: &Shown, number: u32) -> Result<Activities, Problem> {
    let Some(table) = &shown.activities else { return Ok(Activities::default()) };
    let rows = table.of(number, &["ActivityType", "ActivityTime"])?;
    let types = rows.column(0).as_string::<i32>();
    let times = rows.column(1).as_primitive::<TimestampMicrosecondType>();
    let now = shown.published.at.as_microsecond();
    Ok(Activities {
        types: counted(types.iter().flatten()),
        first: times.iter().flatten().min(),
        last: times.iter().flatten().filter(|at| *at <= now).max(),
    })
}

/// Words counted, the commonest first.
pub(super) fn counted<'a>(words: impl Iterator<Item = &'a str>) -> Vec<BucketView> {
    let mut counts: Vec<(&str, u64)> = Vec::new();
    for word in words {
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let bucket = |(word, count): (&str, u64)| BucketView { value: Value::from(word), to: None, count };
    counts.into_iter().map(bucket).collect()
}

/// An instant in microseconds, as text.
pub(super) fn instant(micros: i64) -> Option<String> {
    Timestamp::from_microsecond(micros).ok().map(|at| at.to_string())
}
