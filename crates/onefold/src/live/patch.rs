//! Patch: values that a program lays over a profile for a while, column by column.
//!
//! Reads    what was asked, the columns of Customer; on the way back rows of the log and of `Live_Customer`
//! Writes   rows for `intake`, one a column: the key is the profile's id and the column
//!
//! Invariants
//! - A value is judged by the rules by which connectors type theirs, and kept as the text its type has it.
//! - A value that no longer fits its column, because the column has another type now, holds no more.
//!
//! Not here: whose a patch is after a merge (`onefold_stages`, `patches`; `patched`), keeping rows (`intake`).

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{Array as _, ArrayRef, AsArray as _, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType as ArrowType;
use jiff::{SignedDuration, Timestamp};
use onefold_api::{PatchAsk, PatchedView, Problem};
use onefold_connect::arrow_type;
use onefold_connect::live::{Sent, record};
use onefold_lake::live::{LiveRow, LiveTable};
use onefold_model::define::Project;
use onefold_model::names::nearest;
use onefold_model::{Column, TableName};
use onefold_stages::patchable;
use serde::{Deserialize, Serialize};

use crate::runner::problem::of_lake;

/// How long a patch holds when nobody says.
const USUAL: SignedDuration = SignedDuration::from_hours(4);
/// Columns of one request.
const MOST: usize = 1000;

/// The table that patches are rows of, among those that came in: no source has one of that name.
pub(crate) fn table() -> TableName {
    TableName::from("Customer")
}

/// A value that is laid over one column of one profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Patch {
    /// Its number among all rows that came in.
    pub(crate) number: u64,
    /// The id it was sent to.
    pub(crate) customer_id: String,
    pub(crate) column: String,
    /// The value as text of its type; none where the column is to be empty.
    pub(crate) value: Option<String>,
    pub(crate) by: String,
    /// When it came (µs).
    pub(crate) at: i64,
    /// When it runs out (µs).
    pub(crate) until: i64,
}

/// What is kept of it.
#[derive(Serialize, Deserialize)]
struct Kept {
    customer_id: String,
    column: String,
    #[serde(default)]
    value: Option<String>,
    by: String,
    #[serde(default)]
    until: i64,
    /// Whether the patch of the column goes.
    #[serde(default)]
    removed: bool,
}

/// What is to be kept of what was asked.
pub(super) struct Judged {
    pub(super) rows: Vec<Sent>,
    pub(super) until: Option<Timestamp>,
}

/// Judges what was asked of a profile.
///
/// # Errors
/// A column that is not there or may not be patched, a value that does not fit, an instant that has passed.
pub(super) fn judge(
    customer_id: &str,
    ask: &PatchAsk,
    by: &str,
    columns: &[Column],
    project: &Project,
    now: Timestamp,
) -> Result<Judged, Problem> {
    if ask.set.is_empty() && ask.remove.is_empty() {
        return Err(Problem::refused("nothing is to be set or removed")
            .hint("name columns and values under `set`, or columns under `remove`"));
    }
    if ask.set.len() + ask.remove.len() > MOST {
        return Err(Problem::refused(format!("more than {MOST} columns are named")).hint("send them in parts"));
    }
    if let Some(twice) = ask.remove.iter().find(|name| ask.set.contains_key(*name)) {
        return Err(
            Problem::refused(format!("`{twice}` is to be set and removed at once")).hint("name it in one of the two")
        );
    }
    let clusters = clusters(project);
    let may = patchable(columns, &clusters.iter().map(String::as_str).collect::<Vec<_>>());
    for name in ask.set.keys().chain(&ask.remove) {
        known(name, columns, &may)?;
    }
    let until = until(ask.valid_until.as_deref(), now)?;
    let mut rows = Vec::new();
    for (name, value) in &ask.set {
        let own = known(name, columns, &may)?;
        let body = serde_json::to_string(&BTreeMap::from([(name, value)])).expect("JSON is JSON");
        let row = record(std::slice::from_ref(own), &body).map_err(|why| {
            Problem::refused(format!("a value does not fit: {why}")).hint("send a value of the column's type, or null")
        })?;
        let value = as_text(row.column(0))?;
        rows.push(kept(customer_id, name, by, value, until.as_microsecond(), false));
    }
    rows.extend(ask.remove.iter().map(|name| kept(customer_id, name, by, None, 0, true)));
    Ok(Judged { rows, until: (!ask.set.is_empty()).then_some(until) })
}

/// The names of a project's clusters.
pub(super) fn clusters(project: &Project) -> Vec<String> {
    project.unify.iter().flat_map(|unify| &unify.clusters).map(|cluster| cluster.name.value.clone()).collect()
}

fn known<'c>(name: &str, columns: &[Column], may: &[&'c Column]) -> Result<&'c Column, Problem> {
    if let Some(found) = may.iter().find(|column| column.name == name) {
        return Ok(found);
    }
    if let Some(there) = columns.iter().find(|column| column.name == name) {
        let why = match there.semantic.as_deref() {
            Some("ID" | "AlternateKey" | "Customer") => "it is an id",
            _ => "it is made by matching or from other columns",
        };
        let problem = Problem::refused(format!("`{name}` cannot be patched: {why}"));
        return Err(problem.hint("change it in its source, then run"));
    }
    let problem = Problem::refused(format!("`Customer` has no column `{name}`"));
    Err(match nearest(name, may.iter().map(|column| column.name.as_str())) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem.hint("see the table `Customer` for its columns"),
    })
}

fn until(text: Option<&str>, now: Timestamp) -> Result<Timestamp, Problem> {
    // Tables keep microseconds: what is answered is what will be shown.
    let kept = |at: Timestamp| Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at);
    let Some(text) = text else { return Ok(kept(now.saturating_add(USUAL).unwrap_or(now))) };
    let until = text.trim().parse::<Timestamp>().map_err(|_| {
        Problem::refused("`valid_until` is no instant").hint("write it with its offset: `2026-11-01T06:00:00Z`")
    })?;
    if until <= now {
        return Err(Problem::refused("`valid_until` has passed").hint("name an instant to come, or leave it out"));
    }
    Ok(kept(until))
}

fn kept(customer_id: &str, column: &str, by: &str, value: Option<String>, until: i64, removed: bool) -> Sent {
    let kept = Kept {
        customer_id: customer_id.to_owned(),
        column: column.to_owned(),
        value,
        by: by.to_owned(),
        until,
        removed,
    };
    let text = serde_json::to_string(&kept).expect("texts and numbers are JSON");
    Sent { text, key: Some(key_of(customer_id, column)), wrong: None }
}

/// What the patches of one column of one profile have in common.
fn key_of(customer_id: &str, column: &str) -> String {
    format!("{customer_id}\u{1}{column}")
}

/// The one value of a column as text; none for no value, as which an empty text counts.
fn as_text(values: &ArrayRef) -> Result<Option<String>, Problem> {
    let texts = cast(values, &ArrowType::Utf8).map_err(|error| Problem::failed(error.to_string()))?;
    let texts = texts.as_string::<i32>();
    Ok(texts.iter().next().flatten().filter(|text| !text.is_empty()).map(str::to_owned))
}

/// A value as its column has it; none where it does not fit.
pub(super) fn typed(value: Option<&str>, ty: &ArrowType) -> Option<ArrayRef> {
    let text: ArrayRef = std::sync::Arc::new(StringArray::from(vec![value]));
    cast(&text, ty).ok().filter(|cell| cell.is_null(0) == value.is_none())
}

impl Patch {
    /// What a row that came in says: a patch, or that there is none any more. None for a row that is none of ours.
    pub(super) fn of(row: &LiveRow) -> Option<Result<Self, ()>> {
        let kept: Kept = serde_json::from_str(&row.row).ok()?;
        if kept.removed {
            return Some(Err(()));
        }
        let Kept { customer_id, column, value, by, until, .. } = kept;
        Some(Ok(Self { number: row.number, customer_id, column, value, by, at: row.at, until }))
    }
    /// Its key among all that are laid over profiles.
    pub(super) fn key(&self) -> String {
        key_of(&self.customer_id, &self.column)
    }
    /// Whether it holds at an instant.
    pub(crate) fn holds(&self, now: Timestamp) -> bool {
        self.until > now.as_microsecond()
    }
    /// Whether its value fits its column as that is now, and may be laid over it.
    fn fits(&self, may: &[&Column]) -> bool {
        let own = may.iter().find(|column| column.name == self.column.as_str());
        own.is_some_and(|column| typed(self.value.as_deref(), &arrow_type(column.ty)).is_some())
    }
    /// Who it is of, for those who look.
    pub(crate) fn view(&self) -> PatchedView {
        let instant = |micros| Timestamp::from_microsecond(micros).map(|at| at.to_string()).unwrap_or_default();
        PatchedView { by: self.by.clone(), at: instant(self.at), until: instant(self.until) }
    }
}

/// Those patches that fit the columns of Customer as they are now.
pub(crate) fn fitting(patches: &[Patch], customer: &[Column], project: &Project) -> Vec<Patch> {
    let clusters = clusters(project);
    let may = patchable(customer, &clusters.iter().map(String::as_str).collect::<Vec<_>>());
    patches.iter().filter(|patch| patch.fits(&may)).cloned().collect()
}

/// The patches in a lake that hold at an instant, as the server has put them there, by number.
pub(crate) async fn standing(lake: &Path, now: Timestamp) -> Result<Vec<Patch>, Problem> {
    if onefold_lake::live::newest(lake, &table()) == 0 {
        return Ok(Vec::new());
    }
    let rows = LiveTable::open(lake, &table()).await.and_then(|live| live.rows(0)).map_err(of_lake)?;
    let mut newest: BTreeMap<String, Patch> = BTreeMap::new();
    for row in &rows {
        let Some(key) = row.key.clone() else { continue };
        match Patch::of(row) {
            Some(Ok(patch)) => _ = newest.insert(key, patch),
            Some(Err(())) => _ = newest.remove(&key),
            None => {}
        }
    }
    let mut all: Vec<Patch> = newest.into_values().filter(|patch| patch.holds(now)).collect();
    all.sort_by_key(|patch| patch.number);
    Ok(all)
}
