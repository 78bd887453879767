//! Search: what people ask for, as a question to the index, and its answer as they see it.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use onefold_api::{AttributeView, BucketView, CustomerHit, FacetView, Problem, SearchAsk, SearchFilter, SearchView};
use onefold_model::names::nearest;
use onefold_model::{DataType, Project};
use onefold_search::{Ask, Count, Counted, DEEPEST, Error, Filter, Hit, Kind, Sort, Test, Value};
use serde_json::Value as Json;

use super::brief::brief;
use super::condition::condition;
use super::facets::{edges, number_of, shown};
use super::indexing::{Indexed, MEASURES, SEGMENT};
use super::shelf::Opened;
use super::shown::Shown;
use super::title::{field, heading};
use crate::lists::in_words;
use crate::output::plain;

const USUAL: usize = 25;
const MOST: usize = 100;
/// Values counted one by one that are answered.
const BUCKETS: usize = 50;

/// Profiles that are looked for; the run is that of the index.
pub(super) fn search(project: &Project, opened: &Opened, ask: &SearchAsk) -> Result<SearchView, Problem> {
    if ask.offset > DEEPEST {
        return Err(too_deep());
    }
    let zone = TimeZone::get(&project.settings.time_zone).unwrap_or(TimeZone::UTC);
    let mut filters = Vec::new();
    for filter in &ask.filters {
        let indexed = known(opened, &filter.column)?;
        filters.extend(
            tests(indexed, filter, &zone)?.into_iter().map(|test| Filter { field: indexed.name.clone(), test }),
        );
    }
    let mut counted = Vec::new();
    for name in &ask.facets {
        let indexed = known(opened, name)?;
        counted.push((indexed, ranges(opened, indexed, &zone)?));
    }
    let count = |(indexed, edges): &(&Indexed, Vec<Value>)| Count {
        field: indexed.name.clone(),
        // The last one is only where the ranges end.
        edges: edges[..edges.len().saturating_sub(1)].to_vec(),
        most: BUCKETS,
    };
    let asked = Ask {
        text: ask.text.clone(),
        filters,
        count: counted.iter().map(count).collect(),
        sort: match &ask.sort {
            Some(name) => Some(Sort { field: known(opened, name)?.name.clone(), descending: ask.descending }),
            None => None,
        },
        offset: ask.offset,
        limit: if ask.limit == 0 { USUAL } else { ask.limit.min(MOST) },
    };
    let answer = opened.index.search(&asked).map_err(of_search)?;
    let facets = counted.iter().zip(answer.counted).map(|((indexed, edges), counted)| facet(indexed, edges, counted));
    Ok(SearchView {
        total: answer.total,
        run: opened.about.run.clone(),
        columns: opened.about.columns.iter().map(|indexed| attribute(project, indexed)).collect(),
        hits: answer.hits.iter().map(|found| hit(project, opened, found)).collect::<Result<_, _>>()?,
        facets: facets.collect(),
        seconds: 0.0,
        condition: condition(project, opened, ask),
    })
}

fn too_deep() -> Problem {
    Problem::refused(format!("no more than {DEEPEST} profiles can be passed over"))
        .hint("narrow the search, or read the table `Customer`")
}

fn of_search(error: Error) -> Problem {
    match error {
        Error::Unfit { .. } => Problem::refused(error.to_string()),
        Error::NoField(name) => {
            Problem::refused(format!("column `{name}` is only searched")).hint("look for its values as words")
        }
        Error::TooDeep => too_deep(),
        other => Problem::failed(other.to_string()),
    }
}

/// A column that can be searched by, also with `Customer.` before it.
pub(super) fn known<'a>(opened: &'a Opened, name: &str) -> Result<&'a Indexed, Problem> {
    let columns = &opened.about.columns;
    let is = |name: &str| columns.iter().find(|indexed| indexed.name == name);
    is(name).or_else(|| is(name.strip_prefix("Customer.")?)).ok_or_else(|| {
        let problem = Problem::refused(format!("there is no column `{name}` to search by"));
        match nearest(name, columns.iter().map(|indexed| indexed.name.as_str())) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem.hint("see `columns` of any search"),
        }
    })
}

/// What must hold of a column; nothing for a filter that says nothing.
fn tests(indexed: &Indexed, filter: &SearchFilter, zone: &TimeZone) -> Result<Vec<Test>, Problem> {
    let mut tests = Vec::new();
    if !filter.values.is_empty() {
        let there = filter.values.iter().filter(|value| !value.is_null());
        let values =
            there.map(|value| asked(indexed, value, zone).map(|(value, _)| value)).collect::<Result<_, _>>()?;
        tests.push(Test::AnyOf { values, missing: filter.values.iter().any(Json::is_null) });
    }
    let end = |value: &Option<Json>| {
        let value = value.as_ref().filter(|value| !value.is_null());
        value.map(|value| asked(indexed, value, zone)).transpose()
    };
    let (from, mut to, mut below) = (end(&filter.from)?, end(&filter.to)?, end(&filter.below)?);
    if let Some((_, Some(after))) = &to {
        // Up to a day is up to its end.
        let after = (after.clone(), None);
        below = Some(match below {
            Some(below) if less(&below.0, &after.0) => below,
            _ => after,
        });
        to = None;
    }
    if from.is_some() || to.is_some() || below.is_some() {
        let value = |end: Option<(Value, Option<Value>)>| end.map(|(value, _)| value);
        tests.push(Test::Between { from: value(from), to: value(to), below: value(below) });
    }
    Ok(tests)
}

fn less(a: &Value, b: &Value) -> bool {
    matches!((a, b), (Value::Integer(a), Value::Integer(b)) if a < b)
}

/// A value as the index holds it, and, for a day of a date-time, where that day ends.
fn asked(indexed: &Indexed, value: &Json, zone: &TimeZone) -> Result<(Value, Option<Value>), Problem> {
    let ty = indexed.column.as_ref().map_or(DataType::Text, |column| column.ty);
    let wrong = |what: &str| {
        let problem = Problem::refused(format!("`{}` is compared with `{}`", indexed.name, plain(value)));
        problem.hint(format!("write {what}"))
    };
    let text = value.as_str().map(str::trim);
    let day = || text.and_then(|text| text.parse::<Date>().ok());
    Ok(match (indexed.kind, ty) {
        (_, DataType::Boolean) => match plain(value).as_str() {
            "true" | "false" => (Value::Text(plain(value)), None),
            _ => return Err(wrong("true or false")),
        },
        (Some(Kind::Integer), DataType::Date) => {
            let day = day().ok_or_else(|| wrong("a day, `2026-11-01`"))?;
            (Value::Integer(number_of(day)), None)
        }
        (Some(Kind::Integer), DataType::DateTime) => {
            if let Some(instant) = text.and_then(|text| text.parse::<Timestamp>().ok()) {
                return Ok((Value::Integer(instant.as_microsecond()), None));
            }
            let day = day().ok_or_else(|| wrong("a day, `2026-11-01`, or an instant, `2026-11-01T06:00:00Z`"))?;
            let begins = |day: Date| {
                let at = zone.to_timestamp(day.at(0, 0, 0, 0)).map_err(|_| wrong("a day of the calendar"))?;
                Ok::<_, Problem>(Value::Integer(at.as_microsecond()))
            };
            let after = day.tomorrow().map_err(|_| wrong("a day of the calendar"))?;
            (begins(day)?, Some(begins(after)?))
        }
        (Some(Kind::Integer | Kind::Number), _) => {
            let number = match value {
                Json::Number(number) => {
                    number.as_i64().map(Value::Integer).or_else(|| number.as_f64().map(Value::Number))
                }
                _ => text.and_then(|text| {
                    let whole = text.parse::<i64>().map(Value::Integer);
                    whole.or_else(|_| text.parse::<f64>().map(Value::Number)).ok()
                }),
            };
            (number.ok_or_else(|| wrong("a number"))?, None)
        }
        _ => (Value::Text(plain(value)), None),
    })
}

/// Where the ranges of a column begin and the last one ends; none where values are counted one by one.
fn ranges(opened: &Opened, indexed: &Indexed, zone: &TimeZone) -> Result<Vec<Value>, Problem> {
    let Some(column) = indexed.column.as_ref().filter(|_| matches!(indexed.kind, Some(Kind::Integer | Kind::Number)))
    else {
        return Ok(Vec::new());
    };
    let bounds = opened.index.bounds(&indexed.name).map_err(of_search)?;
    let zero = if indexed.kind == Some(Kind::Integer) { Value::Integer } else { |n| Value::Number(n as f64) };
    Ok(match bounds {
        Some(bounds) => edges(&bounds, column.ty, zone),
        // Nobody has a value; all are counted as missing.
        None => vec![zero(0), zero(1)],
    })
}

fn facet(indexed: &Indexed, edges: &[Value], counted: Counted) -> FacetView {
    let ty = indexed.column.as_ref().map(|column| column.ty);
    let mut buckets: Vec<BucketView> = counted
        .buckets
        .iter()
        .enumerate()
        .map(|(at, bucket)| BucketView {
            value: shown(&bucket.value, ty),
            to: edges.get(at + 1).map(|edge| shown(edge, ty)),
            count: bucket.count,
        })
        .collect();
    if !edges.is_empty() {
        // Empty ranges stay where they lie between others.
        while buckets.last().is_some_and(|bucket| bucket.count == 0) {
            buckets.pop();
        }
        let empty = buckets.iter().take_while(|bucket| bucket.count == 0).count();
        buckets.drain(..empty);
    }
    FacetView { column: indexed.name.clone(), buckets, others: counted.others, missing: counted.missing }
}

fn attribute(project: &Project, indexed: &Indexed) -> AttributeView {
    let column = indexed.column.as_ref();
    let title = match (indexed.name.strip_prefix(MEASURES), column) {
        (Some(_), Some(column)) => {
            let measure = project.measure(column.name.as_str()).and_then(|measure| measure.title.clone());
            measure.unwrap_or_else(|| in_words(column.name.as_str()))
        }
        (None, Some(column)) => heading(column),
        (_, None) => SEGMENT.to_owned(),
    };
    AttributeView {
        name: indexed.name.clone(),
        title,
        ty: column.map_or_else(|| "text".to_owned(), |column| column.ty.to_string()),
        semantic: column.and_then(|column| column.semantic.clone()),
        key: indexed.name == "CustomerId",
        searchable: indexed.searched,
        facet: indexed.facet,
    }
}

fn hit(project: &Project, opened: &Opened, found: &Hit) -> Result<CustomerHit, Problem> {
    let (customer_id, title, values): (String, String, Vec<(usize, Json)>) = serde_json::from_slice(&found.card)
        .map_err(|error| {
            Problem::failed(format!("the index of profiles is damaged: {error}"))
                .hint("remove the folder `_search` of the lake; it is built anew")
        })?;
    let columns = &opened.about.customer;
    let view = |(at, value): (usize, Json)| Some(field(project, columns.get(at)?, value));
    let fields = values.into_iter().filter_map(view).collect();
    let profile_no = i64::try_from(found.number).unwrap_or_default();
    Ok(CustomerHit { customer_id, profile_no, title, fields })
}

/// Shows profiles that were found with what is laid over them since the run.
pub(super) fn lay_over(project: &Project, shown: &Shown, hits: &mut [CustomerHit]) -> Result<(), Problem> {
    for hit in hits {
        let Ok(number) = u32::try_from(hit.profile_no) else { continue };
        let patched = shown.patched(number);
        let is_same = shown.customer.laid.of(number, &["profile_no"]).is_none();
        // Of another run, a number may be somebody else.
        if patched.is_empty() && is_same || shown.ids.of_id(&hit.customer_id) != Some(number) {
            continue;
        }
        let Some(now) = brief(project, shown, number)? else { continue };
        let mut fields = Vec::new();
        for mut field in now.fields {
            let patch = patched.get(&field.column);
            if patch.is_some() || hit.fields.iter().any(|known| known.column == field.column) {
                field.patched = patch.map(|patch| patch.view());
                fields.push(field);
            }
        }
        (hit.title, hit.fields) = (now.title, fields);
    }
    Ok(())
}
