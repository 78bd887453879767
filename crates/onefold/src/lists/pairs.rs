//! Pairs: records that a rule brought together, side by side.
//!
//! Reads    `MatchLinks` (who was matched with whom, by which rule), the rows of both records, `KeyRing`
//!
//! Invariants
//! - Rows are read for the pairs that are shown, never for all.
//! - What is compared is compared as the rule compares it: after the same steps, nothing equal to null or empty text.

use std::collections::{HashMap, HashSet};

use arrow::array::{Array as _, AsArray as _, Float64Array, StringArray};
use futures::StreamExt as _;
use onefold_api::{FieldView, PairCondition, PairSide, PairView, PairsAsk, PairsView, Problem};
use onefold_model::define::{Condition, ConditionSide, MatchRule};
use onefold_model::sql::{cast, id, join, text};
use onefold_model::{Column, DataType, Sql, TableName, sql};
use serde_json::Value;

use super::aliases::Lists;
use super::look::{Look, in_words};
use super::unify::precision;
use crate::output::plain;
use crate::runner::figures::Row;
use crate::runner::problem::of_lake;

/// The most pairs of one answer.
const MOST: usize = 100;
/// Pairs of an answer when nobody says how many.
const FEW: usize = 20;
/// The most records that a search may find in a table.
const FOUND: i64 = 100_000;

/// A record: its table and key.
pub(crate) type Record = (String, String);
/// Keys of records, by table.
type Found = HashMap<String, HashSet<String>>;

/// Two records that were linked.
struct Link {
    lower: Record,
    higher: Record,
    rule: String,
    score: Option<f64>,
}

/// Pairs that were matched.
pub(super) async fn view(look: &Look, ask: &PairsAsk) -> Result<PairsView, Problem> {
    if look.table("MatchLinks").is_none() {
        return Ok(PairsView { total: 0, pairs: Vec::new() });
    }
    let limit = if ask.limit == 0 { FEW } else { ask.limit.min(MOST) };
    let wanted = match ask.search.trim() {
        "" => None,
        words => Some(found(look, words).await?),
    };
    let keeps = |rule: &str, lower: (&str, &str), higher: (&str, &str)| {
        let holds = |found: &Found, (table, key)| found.get(table).is_some_and(|keys| keys.contains(key));
        ask.rule.as_ref().is_none_or(|wanted| wanted == rule)
            && wanted.as_ref().is_none_or(|found| holds(found, lower) || holds(found, higher))
    };
    let (total, links) = links(look, ask.offset, limit, &keeps).await?;
    let records: Vec<&Record> = links.iter().flat_map(|link| [&link.lower, &link.higher]).collect();
    let rows = rows(look, &records).await?;
    let lower: Vec<&Record> = links.iter().map(|link| &link.lower).collect();
    let profiles = profiles(look, &lower).await?;
    let lists = Lists::read(look).await?;
    let pair = |link: Link| {
        let rule = look.project().unify.as_ref().and_then(|unify| unify.rules.iter().find(|r| *r.name == link.rule));
        let (a, b) = (rows.get(&link.lower), rows.get(&link.higher));
        PairView {
            conditions: rule.map(|rule| conditions(look, &lists, rule, a, b)).unwrap_or_default(),
            customer_id: profiles.get(&link.lower).or_else(|| profiles.get(&link.higher)).cloned(),
            a: side(look, link.lower, a),
            b: side(look, link.higher, b),
            rule: link.rule,
            score: link.score,
        }
    };
    Ok(PairsView { total, pairs: links.into_iter().map(pair).collect() })
}

/// How many links are wanted, and those of one page.
async fn links(
    look: &Look,
    offset: usize,
    limit: usize,
    keeps: &(dyn Fn(&str, (&str, &str), (&str, &str)) -> bool + Sync),
) -> Result<(u64, Vec<Link>), Problem> {
    let (lake, _) = look.opened.readable().await?;
    let mut found = lake.read(&TableName::from("MatchLinks")).await.map_err(of_lake)?;
    let (mut total, mut page) = (0_usize, Vec::new());
    while let Some(batch) = found.batches.next().await {
        let batch = batch.map_err(of_lake)?;
        let texts = |name: &str| -> Option<StringArray> {
            batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>()).cloned()
        };
        let score: Option<&Float64Array> = batch.column_by_name("Score").and_then(|column| column.as_primitive_opt());
        let (Some(table), Some(key), Some(rule), Some(matched_table), Some(matched_key)) =
            (texts("SourceTable"), texts("Key"), texts("Rule"), texts("MatchedTable"), texts("MatchedKey"))
        else {
            return Err(Problem::failed("`MatchLinks` has not the columns it should").hint("run `unify` again"));
        };
        for at in (0..batch.num_rows()).filter(|&at| rule.is_valid(at) && matched_key.is_valid(at)) {
            let lower = (table.value(at), key.value(at));
            let higher = (matched_table.value(at), matched_key.value(at));
            if !keeps(rule.value(at), lower, higher) {
                continue;
            }
            if total >= offset && page.len() < limit {
                let record = |(table, key): (&str, &str)| (table.to_owned(), key.to_owned());
                page.push(Link {
                    lower: record(lower),
                    higher: record(higher),
                    rule: rule.value(at).to_owned(),
                    score: score.filter(|score| score.is_valid(at)).map(|score| score.value(at)),
                });
            }
            total += 1;
        }
    }
    Ok((total as u64, page))
}

/// The mapped columns of a table, its key first.
fn mapped(look: &Look, table: &str) -> Vec<Column> {
    let key = look.key(table);
    let unify = look.project().unify.as_ref();
    let stated = unify.and_then(|unify| unify.tables.iter().find(|mapped| mapped.table.eq_ignore_ascii_case(table)));
    let published = look.table(table).map(|entry| entry.columns.clone()).unwrap_or_default();
    let is_key = |column: &Column| key.as_deref() == Some(column.name.as_str());
    let mut columns: Vec<Column> = published
        .into_iter()
        .filter_map(|column| {
            let meaning =
                stated.and_then(|stated| stated.columns.iter().find(|(name, _)| column.name == name.as_str()));
            let whole = stated.is_some_and(|stated| stated.columns.is_empty());
            (is_key(&column) || meaning.is_some() || whole).then(|| match meaning {
                Some((_, meaning)) => Column { semantic: Some(meaning.value.clone()), ..column },
                None => column,
            })
        })
        .collect();
    columns.sort_by_key(|column| !is_key(column));
    columns
}

/// The key of a table as text, as links have it.
fn key_of(look: &Look, table: &str) -> Option<Sql> {
    let key = look.key(table)?;
    let columns = look.table(table).map(|entry| entry.columns.as_slice()).unwrap_or_default();
    let is_text = columns.iter().any(|column| column.name == key.as_str() && column.ty.is_text());
    Some(if is_text { id(key) } else { cast(id(key), DataType::Text) })
}

/// The columns of a table that are shown or compared.
fn needed(look: &Look, table: &str) -> Vec<String> {
    let mut needed: Vec<String> = mapped(look, table).iter().map(|column| column.name.to_string()).collect();
    let there = look.table(table).map(|entry| entry.columns.as_slice()).unwrap_or_default();
    for rule in look.project().unify.iter().flat_map(|unify| &unify.rules) {
        for when in &rule.when {
            let sides = [(&rule.from, &when.column), (&rule.to, when.equals.as_ref().unwrap_or(&when.column))];
            for (_, side) in sides.into_iter().filter(|(of, _)| of.eq_ignore_ascii_case(table)) {
                let name = &side.column.value;
                if !needed.contains(name) && there.iter().any(|column| column.name == name.as_str()) {
                    needed.push(name.clone());
                }
            }
        }
    }
    needed
}

/// The tables with people in them that were published.
pub(crate) fn tables(look: &Look) -> Vec<String> {
    let unify = look.project().unify.iter().flat_map(|unify| &unify.tables);
    unify.filter_map(|mapped| Some(look.table(&mapped.table)?.name.to_string())).collect()
}

/// Records in which a text stands.
async fn found(look: &Look, words: &str) -> Result<Found, Problem> {
    let mut all = Found::new();
    let like: String =
        words.chars().flat_map(|c| if matches!(c, '%' | '_' | '\\') { vec!['\\', c] } else { vec![c] }).collect();
    let like = format!("%{like}%");
    for table in tables(look) {
        let Some(key) = key_of(look, &table) else { continue };
        let columns = mapped(look, &table);
        let any = columns
            .iter()
            .filter(|column| column.ty != DataType::Bitmap)
            .map(|column| sql!(cast(id(column.name.as_str()), DataType::Text), " ilike ", text(like.clone())));
        let any = join(any, " or ");
        if any.is_empty() {
            continue;
        }
        let from = TableName::from(table.as_str());
        let sql = sql!("select ", key, " as \"Key\" from ", from, " where ", any, " limit ", sql::integer(FOUND));
        let keys = look.ask(&sql).await?;
        let keys = keys.into_iter().filter_map(|row| Some(row.get("Key")?.as_str()?.to_owned()));
        all.insert(table, keys.collect());
    }
    Ok(all)
}

/// The rows of the records of a page, in the columns that are shown or compared.
pub(crate) async fn rows(look: &Look, records: &[&Record]) -> Result<HashMap<Record, Row>, Problem> {
    let mut all = HashMap::new();
    for table in tables(look) {
        let own = records.iter().filter(|record| record.0 == table);
        let keys: HashSet<&str> = own.map(|record| record.1.as_str()).collect();
        let Some(key) = key_of(look, &table).filter(|_| !keys.is_empty()) else { continue };
        let name = look.key(&table).unwrap_or_default();
        let keys = join(keys.into_iter().map(text), ", ");
        let columns = join(needed(look, &table).iter().map(id), ", ");
        let from = TableName::from(table.as_str());
        let sql = sql!("select ", columns, " from ", from, " where ", key, " in (", keys, ")");
        for row in look.ask(&sql).await? {
            if let Some(key) = row.get(&name).map(plain) {
                all.insert((table.clone(), key), row);
            }
        }
    }
    Ok(all)
}

/// The profiles that records are part of.
pub(crate) async fn profiles(look: &Look, records: &[&Record]) -> Result<HashMap<Record, String>, Problem> {
    if look.table("KeyRing").is_none() || records.is_empty() {
        return Ok(HashMap::new());
    }
    let keys: HashSet<&str> = records.iter().map(|record| record.1.as_str()).collect();
    let keys = join(keys.into_iter().map(text), ", ");
    let ring = TableName::from("KeyRing");
    let sql = sql!("select \"SourceTable\", \"Key\", \"CustomerId\" from ", ring, " where \"Key\" in (", keys, ")");
    let rows = look.ask(&sql).await?;
    let profile = |row: &Row| {
        let text = |column: &str| row.get(column).and_then(Value::as_str).map(str::to_owned);
        Some(((text("SourceTable")?, text("Key")?), text("CustomerId")?))
    };
    Ok(rows.iter().filter_map(profile).collect())
}

/// A record with its mapped columns.
pub(crate) fn side(look: &Look, record: Record, row: Option<&Row>) -> PairSide {
    let (table, key) = record;
    let fields = mapped(look, &table).into_iter().map(|column| FieldView {
        title: in_words(column.name.as_str()),
        ty: column.ty.to_string(),
        semantic: column.semantic.clone(),
        value: row.and_then(|row| row.get(column.name.as_str())).cloned().unwrap_or(Value::Null),
        source: Some(table.clone()),
        patched: None,
        column: column.name.to_string(),
    });
    PairSide { fields: fields.collect(), table, key }
}

/// What a condition says of two records.
pub(crate) struct Judged {
    /// Columns, values, precision, and whether it holds.
    pub(crate) condition: PairCondition,
    /// What is compared of the one, and of the other.
    pub(crate) compared: (Option<String>, Option<String>),
    /// How near they are; none when either has nothing to compare.
    pub(crate) score: Option<f64>,
}

/// What a rule compares of two records.
fn conditions(look: &Look, lists: &Lists, rule: &MatchRule, a: Option<&Row>, b: Option<&Row>) -> Vec<PairCondition> {
    let judged = rule.when.iter().map(|when| judge(look, lists, (&rule.from, &rule.to), when, a, b));
    judged.map(|judged| judged.condition).collect()
}

/// Compares two records, of these two tables, as a condition of a rule does.
pub(crate) fn judge(
    look: &Look,
    lists: &Lists,
    (from, to): (&str, &str),
    when: &Condition,
    a: Option<&Row>,
    b: Option<&Row>,
) -> Judged {
    let value = |row: Option<&Row>, column: &str| row.and_then(|row| row.get(column)).cloned().unwrap_or(Value::Null);
    let is_guid = |table: &str, side: &ConditionSide| {
        let columns = look.table(table).map(|entry| entry.columns.as_slice()).unwrap_or_default();
        columns.iter().any(|column| column.name == side.column.as_str() && column.ty == DataType::Guid)
    };
    let other = when.equals.as_ref().unwrap_or(&when.column);
    let (a, b) = (value(a, &when.column.column), value(b, &other.column));
    // Guids are kept in lower case; the text of one may not be.
    let guids = is_guid(from, &when.column) || is_guid(to, other);
    let text = |side: &ConditionSide, value: &Value| {
        compared(lists, side, value).map(|text| if guids { text.to_lowercase() } else { text })
    };
    let compared = (text(&when.column, &a), text(other, &b));
    let score = match &compared {
        (Some(a), Some(b)) => Some(onefold_kernels::near::similarity(a, b)),
        _ => None,
    };
    let near = score.is_some_and(|score| score >= when.precision.value.at_least());
    let condition = PairCondition {
        a_column: when.column.column.value.clone(),
        b_column: other.column.value.clone(),
        precision: precision(when.precision.value),
        holds: near != when.differs && score.is_some(),
        a,
        b,
    };
    Judged { condition, compared, score }
}

/// What is compared of a value; nothing of null and empty text, and of what a list passes by.
fn compared(lists: &Lists, side: &ConditionSide, value: &Value) -> Option<String> {
    if value.is_null() {
        return None;
    }
    lists.normal(&side.normalize, &plain(value)).filter(|text| !text.is_empty())
}
