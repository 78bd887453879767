//! Customer: the records of a profile, the rules that brought them together, and where each value came from.
//!
//! Reads    `KeyRing`, `MatchLinks`, `Dedupe_…`, `Customer`, `CustomerPatch`, the tables of the records, `Customer_Measure`
//! Flow     id ─ profile ─ records ─ rules ─ their rows ─ for each column the first record, in the order of its
//!          policy, that holds the value of Customer
//!
//! Not here: whom an id means (`profile`).

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use onefold_api::{CustomerExplained, PatchedView, Problem, ProfileRecord, ValueOrigin};
use onefold_lake::{Lake, Published};
use onefold_model::define::MergePolicy;
use onefold_model::sql::{cast, id, integer, join, text};
use onefold_model::{Column, DataType, TableName, sql};
use onefold_stages::{MergedColumn, PATCH};
use serde_json::Value;

use super::identity;
use super::profile::{Profile, cell, find};
use crate::customers::Ground;
use crate::opened::Opened;
use crate::output::plain;
use crate::runner::figures::{Row, ask, pick, pick_number};

/// Columns of Customer that are of the system, and said elsewhere.
const OURS: &[&str] = &["CustomerId", "profile_no", "PreviousCustomerId"];

/// Explains the profile that an id means; with what is laid over the run since, where that is shown.
///
/// # Errors
/// An id that means nobody or several, or a lake that cannot be read.
pub(crate) async fn customer(opened: &Opened, id: &str, ground: Option<Ground>) -> Result<CustomerExplained, Problem> {
    let (lake, published) = opened.readable().await?;
    let profile = find(lake, &published, id).await?;
    let records = records(opened, lake, &published, &profile).await?;
    let rows = rows_of(opened, lake, &published, &records).await?;
    let mut customer = one(lake, &published, "Customer", &profile).await?;
    let number = u32::try_from(profile.profile_no).unwrap_or(u32::MAX);
    let ground = ground.filter(|ground| ground.published().run_id == published.run_id);
    let patched = match ground {
        Some(ground) => {
            if let Some(laid) = ground.laid_customer(number)? {
                customer = laid.into_iter().collect();
            }
            ground.patched(number)
        }
        None => patched(lake, &published, &profile).await?,
    };
    let columns = published.table("Customer").map(|table| table.columns.as_slice()).unwrap_or_default();
    Ok(CustomerExplained {
        previous: cell(&customer, "PreviousCustomerId"),
        values: values(opened, columns, &customer, &records, &rows, patched),
        segments: segments(lake, &published, &profile).await?,
        measures: measures(lake, &published, &profile).await?,
        clusters: identity::clusters(opened, lake, &published, &profile).await?,
        history: identity::history(lake, &published, &profile).await?,
        customer_id: profile.customer_id,
        profile_no: profile.profile_no,
        records,
    })
}

/// Who patched what of a profile, as the run has it.
async fn patched(
    lake: &Lake,
    published: &Published,
    profile: &Profile,
) -> Result<BTreeMap<String, PatchedView>, Problem> {
    if published.table(PATCH).is_none() {
        return Ok(BTreeMap::new());
    }
    let number = integer(profile.profile_no);
    let sql = sql!("select * from ", TableName::from(PATCH), " where \"profile_no\" = ", number);
    let view = |row: &Row| {
        let text = |name: &str| cell(row, name).unwrap_or_default();
        // As everywhere else instants of patches are told.
        let instant = |name: &str| text(name).parse::<Timestamp>().map_or_else(|_| text(name), |at| at.to_string());
        let view = PatchedView { by: text("By"), at: instant("At"), until: instant("ValidUntil") };
        Some((cell(row, "Column")?, view))
    };
    Ok(ask(lake, published, &sql).await?.iter().filter_map(view).collect())
}

/// The row of a profile in a table with one row a profile; empty where there is no such table.
async fn one(lake: &Lake, published: &Published, table: &str, profile: &Profile) -> Result<Row, Problem> {
    if published.table(table).is_none() {
        return Ok(Row::new());
    }
    let number = integer(profile.profile_no);
    let sql = sql!("select * from ", TableName::from(table), " where \"profile_no\" = ", number);
    Ok(ask(lake, published, &sql).await?.pop().unwrap_or_default())
}

/// The records of a profile in the order of tables, winners first, each with what brought it here.
async fn records(
    opened: &Opened,
    lake: &Lake,
    published: &Published,
    profile: &Profile,
) -> Result<Vec<ProfileRecord>, Problem> {
    let number = integer(profile.profile_no);
    let ring = sql!(
        "select \"SourceTable\", \"Key\", \"IsWinner\" from ",
        TableName::from("KeyRing"),
        " where \"profile_no\" = ",
        number
    );
    let mut records: Vec<ProfileRecord> = ask(lake, published, &ring)
        .await?
        .iter()
        .filter_map(|row| {
            Some(ProfileRecord {
                table: cell(row, "SourceTable")?,
                key: cell(row, "Key")?,
                winner: row.get("IsWinner")? == &Value::Bool(true),
                rule: None,
                matched: None,
                score: None,
            })
        })
        .collect();
    let order = |table: &str| {
        let unify = opened.project.unify.as_ref();
        unify.and_then(|unify| unify.tables.iter().position(|mapped| mapped.table.eq_ignore_ascii_case(table)))
    };
    let places = places(lake, published, profile).await?;
    // Those that stand behind the winner come in the order in which they fill its gaps, then the alternates.
    records.sort_by_cached_key(|record| {
        let place = places.get(&(record.table.clone(), record.key.clone())).copied();
        (order(&record.table), !record.winner, place.unwrap_or(u64::MAX), record.key.clone())
    });
    let keys: HashSet<String> = records.iter().map(|record| record.key.clone()).collect();
    if published.table("MatchLinks").is_some() {
        let links = pick(lake, "MatchLinks", "Key", &keys).await?;
        for record in &mut records {
            let own = |row: &&Row| {
                cell(row, "SourceTable").as_ref() == Some(&record.table)
                    && cell(row, "Key").as_ref() == Some(&record.key)
            };
            let Some(row) = links.iter().find(own) else { continue };
            record.rule = cell(row, "Rule");
            record.matched = cell(row, "MatchedTable").zip(cell(row, "MatchedKey"));
            record.score = row.get("Score").and_then(Value::as_f64);
        }
    }
    deduplicated(lake, published, &keys, &mut records).await?;
    Ok(records)
}

/// The places of records that stand for each other in a profile without being a group.
async fn places(
    lake: &Lake,
    published: &Published,
    profile: &Profile,
) -> Result<HashMap<(String, String), u64>, Problem> {
    if published.table("ProfileStanding").is_none() {
        return Ok(HashMap::new());
    }
    let wanted = HashSet::from([profile.profile_no]);
    let rows = pick_number(lake, "ProfileStanding", "profile_no", &wanted).await?;
    let place = |row: &Row| Some(((cell(row, "SourceTable")?, cell(row, "Key")?), row.get("Place")?.as_u64()?));
    Ok(rows.iter().filter_map(place).collect())
}

/// What made alternates the same as the winner of their table.
async fn deduplicated(
    lake: &Lake,
    published: &Published,
    keys: &HashSet<String>,
    records: &mut [ProfileRecord],
) -> Result<(), Problem> {
    let tables: HashSet<String> =
        records.iter().filter(|record| !record.winner).map(|record| record.table.clone()).collect();
    for table in tables {
        let dedupe = format!("Dedupe_{table}");
        if published.table(&dedupe).is_none() {
            continue;
        }
        let rows = pick(lake, &dedupe, "Key", keys).await?;
        for record in records.iter_mut().filter(|record| record.table == table && !record.winner) {
            let Some(row) = rows.iter().find(|row| cell(row, "Key").as_ref() == Some(&record.key)) else { continue };
            let own = cell(row, "Rule").filter(|rule| !rule.is_empty());
            let winner = cell(row, "WinnerKey").filter(|winner| *winner != record.key);
            if record.matched.is_none() {
                record.rule = Some(own.unwrap_or_else(|| "a link that the source states".to_owned()));
                record.matched = winner.map(|winner| (table.clone(), winner));
                record.score = row.get("Score").and_then(Value::as_f64);
            }
        }
    }
    Ok(())
}

/// The source rows of records, by table and key.
async fn rows_of(
    opened: &Opened,
    lake: &Lake,
    published: &Published,
    records: &[ProfileRecord],
) -> Result<HashMap<(String, String), Row>, Problem> {
    let mut by_table: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for record in records {
        by_table.entry(&record.table).or_default().push(&record.key);
    }
    let mut rows = HashMap::new();
    for (table, keys) in by_table {
        let Some(key) = opened.planned.catalog.get(table).and_then(|table| table.key.clone()) else { continue };
        if published.table(table).is_none() {
            continue;
        }
        let keys = join(keys.into_iter().map(text), ", ");
        let own = cast(id(key.as_str()), DataType::Text);
        let sql = sql!("select * from ", TableName::from(table), " where ", own, " in (", keys, ")");
        for row in ask(lake, published, &sql).await? {
            if let Some(key) = cell(&row, key.as_str()) {
                rows.insert((table.to_owned(), key), row);
            }
        }
    }
    Ok(rows)
}

/// A value that a record has for a column of Customer.
struct Candidate<'a> {
    record: &'a ProfileRecord,
    value: &'a Value,
    by: Option<&'a Value>,
}

/// Where each value of Customer came from.
fn values(
    opened: &Opened,
    columns: &[Column],
    customer: &Row,
    records: &[ProfileRecord],
    rows: &HashMap<(String, String), Row>,
    mut patched: BTreeMap<String, PatchedView>,
) -> Vec<ValueOrigin> {
    let mut all = Vec::new();
    for column in columns {
        let name = column.name.as_str();
        let value = customer.get(name).cloned().unwrap_or(Value::Null);
        if let Some(merged) = opened.planned.merge.iter().find(|merged| merged.name == name) {
            let whole = whole_of_group(merged, &opened.planned.merge, customer, rows);
            all.push(origin(merged, value, records, rows, &whole));
        } else if column.semantic.as_deref() == Some("ID") && !OURS.contains(&name) && !value.is_null() {
            // The key of a table's winner.
            let key = plain(&value);
            let from = records.iter().find(|record| record.winner && record.key == key);
            all.push(ValueOrigin {
                column: name.to_owned(),
                value,
                table: from.map(|record| record.table.clone()),
                key: Some(key),
                others: Vec::new(),
                patched: None,
            });
        }
        if let Some(last) = all.last_mut().filter(|last| last.column == name) {
            as_stated(&mut last.value, customer.get(format!("{name}_precision").as_str()));
            if let Some(view) = patched.remove(name) {
                // It is of no record, even where one says the same.
                (last.table, last.key, last.patched) = (None, None, Some(view));
            }
        }
    }
    all
}

/// A date whose source states only the year or month, as the source states it.
fn as_stated(value: &mut Value, precision: Option<&Value>) {
    let letters = match precision.and_then(Value::as_str) {
        Some("year") => 4,
        Some("month") => 7,
        _ => return,
    };
    if let Value::String(date) = value {
        date.truncate(letters);
    }
}

/// Whether a record has all the values that Customer has for the group of a column: they come from one record.
fn whole_of_group<'a>(
    merged: &'a MergedColumn,
    all: &'a [MergedColumn],
    customer: &'a Row,
    rows: &'a HashMap<(String, String), Row>,
) -> impl Fn(&ProfileRecord) -> bool {
    let group: Vec<&MergedColumn> = match &merged.group {
        None => Vec::new(),
        group => all.iter().filter(|other| other.group == *group).collect(),
    };
    move |record| {
        let Some(row) = rows.get(&(record.table.clone(), record.key.clone())) else { return false };
        group.iter().all(|column| {
            let own = column.from.iter().find(|(table, _)| *table.as_str() == *record.table);
            let own = own.and_then(|(_, own)| row.get(own)).unwrap_or(&Value::Null);
            plain(own) == plain(customer.get(&column.name).unwrap_or(&Value::Null))
        })
    }
}

fn origin(
    merged: &MergedColumn,
    value: Value,
    records: &[ProfileRecord],
    rows: &HashMap<(String, String), Row>,
    whole: &dyn Fn(&ProfileRecord) -> bool,
) -> ValueOrigin {
    let candidates = candidates(merged, records, rows);
    let same = |candidate: &&Candidate<'_>| plain(candidate.value) == plain(&value) && whole(candidate.record);
    let from = (!value.is_null()).then(|| candidates.iter().find(same)).flatten();
    let mut others: Vec<(String, Value)> = Vec::new();
    for candidate in candidates.iter().filter(|candidate| plain(candidate.value) != plain(&value)) {
        let other = (candidate.record.table.clone(), candidate.value.clone());
        if !others.contains(&other) {
            others.push(other);
        }
    }
    ValueOrigin {
        column: merged.name.clone(),
        table: from.map(|candidate| candidate.record.table.clone()),
        key: from.map(|candidate| candidate.record.key.clone()),
        value,
        others,
        patched: None,
    }
}

/// The values records have for a column, in the order in which its policy asks them.
fn candidates<'a>(
    merged: &MergedColumn,
    records: &'a [ProfileRecord],
    rows: &'a HashMap<(String, String), Row>,
) -> Vec<Candidate<'a>> {
    let by = merged.policy.by();
    let mut all: Vec<Candidate<'a>> = Vec::new();
    for (table, column) in &merged.from {
        let by = by.iter().find_map(|by| by.value.strip_prefix(table.as_str())?.strip_prefix('.'));
        for record in records.iter().filter(|record| record.table == table.as_str()) {
            let Some(row) = rows.get(&(record.table.clone(), record.key.clone())) else { continue };
            let Some(value) = row.get(column).filter(|value| !value.is_null()) else { continue };
            all.push(Candidate { record, value, by: by.and_then(|by| row.get(by)).filter(|by| !by.is_null()) });
        }
    }
    match &merged.policy {
        MergePolicy::Importance => {}
        MergePolicy::MostFrequent => {
            let mut count: HashMap<String, usize> = HashMap::new();
            all.iter().for_each(|candidate| *count.entry(plain(candidate.value)).or_default() += 1);
            all.sort_by_key(|candidate| std::cmp::Reverse(count[&plain(candidate.value)]));
        }
        MergePolicy::MostRecent(_) => all.sort_by(|a, b| order(b.by, a.by)),
        MergePolicy::LeastRecent(_) => all.sort_by(|a, b| match (a.by, b.by) {
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (a, b) => order(a, b),
        }),
    }
    all
}

/// Numbers by size, dates and instants by their text; what is missing comes first.
fn order(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (Some(Value::Number(a)), Some(Value::Number(b))) => {
            a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal)
        }
        (a, b) => a.map(plain).cmp(&b.map(plain)),
    }
}

/// The segments a profile is in.
async fn segments(lake: &Lake, published: &Published, profile: &Profile) -> Result<Vec<String>, Problem> {
    if published.view("SegmentMembership").is_none() {
        return Ok(Vec::new());
    }
    let view = TableName::from("SegmentMembership");
    let number = integer(profile.profile_no);
    let sql = sql!("select \"Segment\" from ", view, " where \"profile_no\" = ", number, " order by \"Segment\"");
    Ok(ask(lake, published, &sql).await?.iter().filter_map(|row| cell(row, "Segment")).collect())
}

/// The measures of a profile, in the order of the table.
async fn measures(lake: &Lake, published: &Published, profile: &Profile) -> Result<Vec<(String, Value)>, Problem> {
    let Some(table) = published.table("Customer_Measure") else { return Ok(Vec::new()) };
    let row = one(lake, published, "Customer_Measure", profile).await?;
    let names = table.columns.iter().map(|column| column.name.as_str()).filter(|name| !OURS.contains(name));
    Ok(names.map(|name| (name.to_owned(), row.get(name).cloned().unwrap_or(Value::Null))).collect())
}
