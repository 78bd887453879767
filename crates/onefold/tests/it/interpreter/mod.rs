//! Interpreter: measures and segments worked out a second time, row by row, and compared with the engine.
//!
//! Flow     seed ─ data and definitions (`made`) ─ a project in a temporary folder ─ run ─ tables
//!                                              ─ `world` and `eval` ─────────────────── the same values
//!
//! Invariants
//! - The definitions of a seed are planned and run together, as a project.
//! - `ONEFOLD_SEEDS=100` looks at so many seeds (default 8), `ONEFOLD_SEED=7` at one alone, `ONEFOLD_DEFINITIONS` at so
//!   many definitions of each (default 100).

mod eval;
mod made;
mod value;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use eval::Clock;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use made::Chance;
use onefold::opened::Opened;
use onefold::progress::Progress;
use onefold::{runner, values};
use onefold_api::RunAsk;
use onefold_lake::{Lake, QueryLimits};
use onefold_model::DataType;
use onefold_model::define::DateBucket;
use onefold_model::plan::SetOperator;
use serde_json::{Value as Json, json};
use value::Value;
use world::{COLUMNS, Definition, Found, Kind, Record, World};

use crate::scratch::Scratch;

const NOW: &str = "2026-06-01T02:30:00Z";
const ZONES: &[&str] = &["America/New_York", "UTC", "Europe/Berlin", "Asia/Kathmandu"];

#[test]
fn the_engine_says_what_the_interpreter_says() {
    let asked = |name: &str, otherwise: u64| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise);
    let one = std::env::var("ONEFOLD_SEED").ok().and_then(|seed| seed.parse::<u64>().ok());
    let seeds = one.map_or(0..asked("ONEFOLD_SEEDS", 8), |seed| seed..seed + 1);
    let count = asked("ONEFOLD_DEFINITIONS", 100) as usize;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime can be made");
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for seed in seeds {
        let (looked_at, differences) = runtime.block_on(of_seed(seed, count));
        compared += looked_at;
        wrong.extend(differences.into_iter().map(|difference| format!("seed {seed}: {difference}")));
    }
    assert!(compared > count, "only {compared} values were compared");
    assert!(
        wrong.is_empty(),
        "{} of {compared} values differ\n{}",
        wrong.len(),
        wrong[..wrong.len().min(40)].join("\n")
    );
}

/// Compares all that a seed makes: how many values, and which differ.
async fn of_seed(seed: u64, count: usize) -> (usize, Vec<String>) {
    let mut chance = Chance(seed);
    let zone = ZONES[seed as usize % ZONES.len()];
    let clock = Clock {
        now: NOW.parse::<Timestamp>().expect("an instant"),
        zone: TimeZone::get(zone).expect("a zone that is there"),
    };
    let world = made::world(&mut chance, clock.now, &clock.zone);
    let definitions = made::definitions(&mut chance, count);
    let scratch = written(zone, &world, &definitions);

    let ask = RunAsk { now: Some(NOW.to_owned()), ..RunAsk::default() };
    let opened = Opened::new(scratch.path(), false, &ask).await.unwrap_or_else(|problem| panic!("{problem:?}"));
    let said: Vec<String> = opened.diagnostics.iter().filter(|d| d.is_error()).map(|d| format!("{d:?}")).collect();
    assert!(said.is_empty(), "seed {seed}: {}", said.join("\n"));
    let nobody = std::sync::Arc::new(onefold_api::Nobody);
    if let Err(problem) = runner::run(&opened, &ask, &Progress::hidden(), "test", nobody).await {
        panic!("seed {seed}: {problem:?}");
    }
    let opened = Opened::new(scratch.path(), false, &ask).await.unwrap_or_else(|problem| panic!("{problem:?}"));
    let (lake, _) = opened.readable().await.unwrap_or_else(|problem| panic!("{problem:?}"));
    let found = world.work_out(&clock, &definitions);
    compared(lake, &world, &definitions, &found).await
}

/// Rows of a query.
async fn rows(lake: &Lake, sql: &str) -> Vec<Vec<Json>> {
    let result = lake.query(sql, QueryLimits::default()).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let (batches, _) = result.collect().await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    batches.iter().flat_map(|batch| values::rows(batch).unwrap_or_else(|problem| panic!("{problem:?}"))).collect()
}

async fn compared(lake: &Lake, world: &World, definitions: &[Definition], found: &Found) -> (usize, Vec<String>) {
    let (mut looked_at, mut wrong) = (0, Vec::new());
    let person = |id: &Json| world.people.iter().position(|p| shown(&p["id"]) == *id).expect("a person of the world");
    let attributes: Vec<&String> = found.attributes.keys().collect();
    let columns: String = attributes.iter().fold(String::new(), |all, name| all + &format!(", m.\"{name}\""));
    let sql = format!(
        "select c.\"id\"{columns} from \"Customer\" c join \"Customer_Measure\" m on m.\"profile_no\" = c.\"profile_no\""
    );
    let measured = rows(lake, &sql).await;
    assert_eq!(measured.len(), world.people.len(), "a row for every profile");
    let about = |name: &str| {
        let definition = definitions.iter().find(|d| d.name == *name).expect("what was found is defined");
        format!("{:?} where {:?} replace {:?}", definition.kind, definition.filter, definition.replace)
    };
    for row in &measured {
        let person = person(&row[0]);
        for (name, value) in attributes.iter().zip(&row[1..]) {
            looked_at += 1;
            let expected = &found.attributes[*name].1[person];
            if !same(expected, value) {
                wrong.push(format!("{name} of p{person:02}: {expected:?} is {value} in the engine: {}", about(name)));
            }
        }
    }
    for (name, expected) in &found.tables {
        let definition = definitions.iter().find(|d| d.name == *name).expect("what was found is defined");
        let of = |expected: &(Option<usize>, Option<Value>, Vec<Value>)| {
            let (person, key, values) = expected;
            let ids = person.map(|person| shown(&world.people[person]["id"]));
            ids.into_iter().chain(key.iter().map(shown)).chain(values.iter().map(shown)).collect::<Vec<_>>()
        };
        let (join, id) = match definition.kind {
            Kind::Split { .. } => (" join \"Customer\" c on c.\"profile_no\" = m.\"profile_no\"", "c.\"id\", "),
            _ => ("", ""),
        };
        let by = if expected.iter().any(|row| row.1.is_some()) || has_dimension(&definition.kind) {
            "m.\"by\", "
        } else {
            ""
        };
        let values: Vec<String> = (0..value_count(&definition.kind)).map(|i| format!("m.\"v{i}\"")).collect();
        let sql = format!("select {id}{by}{} from \"Measure_{name}\" m{join}", values.join(", "));
        let mut engine = rows(lake, &sql).await;
        let mut expected: Vec<Vec<Json>> = expected.iter().map(of).collect();
        looked_at += expected.len();
        let key = |row: &Vec<Json>| Json::Array(row.clone()).to_string();
        engine.sort_by_key(key);
        expected.sort_by_key(key);
        // In order of their text, numbers that differ in the last digit could stand otherwise: each is looked for.
        let missing: Vec<_> = expected.iter().filter(|row| !engine.iter().any(|other| near(row, other))).collect();
        let more: Vec<_> = engine.iter().filter(|row| !expected.iter().any(|other| near(other, row))).collect();
        if !missing.is_empty() || !more.is_empty() || engine.len() != expected.len() {
            wrong.push(format!("{name}: not in the engine {missing:?}, in the engine alone {more:?}: {}", about(name)));
        }
    }
    let sql = "select s.\"Segment\", c.\"id\" from \"SegmentMembership\" s join \"Customer\" c on c.\"profile_no\" = s.\"profile_no\"";
    let mut members: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for row in rows(lake, sql).await {
        let segment = row[0].as_str().expect("a name").to_owned();
        members.entry(segment).or_default().insert(person(&row[1]));
    }
    for (name, expected) in &found.segments {
        looked_at += world.people.len();
        let engine = members.remove(name).unwrap_or_default();
        if engine != *expected {
            wrong.push(format!("{name}: {expected:?} is {engine:?} in the engine: {}", about(name)));
        }
    }
    (looked_at, wrong)
}

fn has_dimension(kind: &Kind) -> bool {
    matches!(kind, Kind::Split { .. } | Kind::Business { by: Some(_), .. })
}

fn value_count(kind: &Kind) -> usize {
    match kind {
        Kind::Split { values, .. } | Kind::Business { values, .. } => values.len(),
        _ => 1,
    }
}

/// Whether a value is the one that the engine shows.
fn same(expected: &Value, engine: &Json) -> bool {
    near(&[shown(expected)], std::slice::from_ref(engine))
}

/// Equal, but for the last digits of doubles.
fn near(expected: &[Json], engine: &[Json]) -> bool {
    expected.len() == engine.len()
        && expected.iter().zip(engine).all(|(expected, engine)| match (expected.as_f64(), engine.as_f64()) {
            (Some(a), Some(b)) => a == b || (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
            _ => expected == engine,
        })
}

/// A value as the lake's rows show it.
fn shown(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Boolean(yes) => json!(yes),
        Value::Integer(i) => json!(i),
        Value::Number(n) => json!(n),
        Value::Text(text) => json!(text),
        Value::Date(day) => json!(day.to_string()),
        Value::Instant(at) => json!(at.to_string()),
    }
}

/// The project of a world and its definitions.
fn written(zone: &str, world: &World, definitions: &[Definition]) -> Scratch {
    let scratch = Scratch::empty();
    scratch.write("onefold.yaml", &format!("name: seeds\ntime_zone: {zone}\n"));
    let mut source = "kind: csv\nfrom: {folder: ./data}\ntables:\n".to_owned();
    for ((alias, columns), (table, rows)) in
        COLUMNS.iter().zip([("people", &world.people), ("orders", &world.orders), ("lines", &world.lines)])
    {
        let types: Vec<String> = columns.iter().map(|(name, ty)| format!("{name}: \"{ty}\"")).collect();
        let key = columns.iter().find(|(name, _)| name.ends_with("id")).expect("a key").0;
        let _ = writeln!(source, "  {table}: {{key: {key}, columns: {{{}}}}}", types.join(", "));
        scratch.write(&format!("data/{table}.csv"), &csv(alias, rows));
    }
    scratch.write("sources/Shop.yaml", &source);
    scratch.write(
        "relationships.yaml",
        "Placed: {from: Shop_orders.person, to: Shop_people.id, cardinality: many_to_one}\n\
         Held: {from: Shop_lines.order, to: Shop_orders.order_id, cardinality: many_to_one}\n",
    );
    let people: Vec<String> = COLUMNS[0]
        .1
        .iter()
        .map(|(name, _)| match *name {
            "id" => "id: ID".to_owned(),
            name => format!("{name}: Seed.{name}"),
        })
        .collect();
    let unify =
        format!("tables:\n  - table: Shop_people\n    include_all: true\n    columns: {{{}}}\n", people.join(", "));
    scratch.write("unify.yaml", &unify);
    for definition in definitions {
        let (folder, text) = yaml(definition);
        scratch.write(&format!("{folder}/{}.yaml", definition.name), &text);
    }
    scratch
}

fn csv(alias: &str, rows: &[Record]) -> String {
    let columns = COLUMNS.iter().find(|(name, _)| *name == alias).expect("a table of the world").1;
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let mut text = format!("{}\n", names.join(","));
    for row in rows {
        let cells: Vec<String> = columns
            .iter()
            .map(|(name, ty)| match (&row[*name], ty) {
                (Value::Null, _) => String::new(),
                (Value::Text(text), DataType::Text) => format!("\"{}\"", text.replace('"', "\"\"")),
                (value, _) => match shown(value) {
                    Json::String(text) => text,
                    other => other.to_string(),
                },
            })
            .collect();
        let _ = writeln!(text, "{}", cells.join(","));
    }
    text
}

fn yaml(definition: &Definition) -> (&'static str, String) {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let mut text = "tables: {o: Shop_orders, l: Shop_lines}\n".to_owned();
    if let Some(filter) = &definition.filter {
        let _ = writeln!(text, "where: {}", quoted(filter));
    }
    if let Some((column, with)) = &definition.replace {
        let _ = writeln!(text, "replace_nulls: {{{column}: {}}}", shown(with));
    }
    let several = |values: &[String]| {
        let each: Vec<String> =
            values.iter().enumerate().map(|(i, value)| format!("v{i}: {}", quoted(value))).collect();
        format!("values: {{{}}}\n", each.join(", "))
    };
    match &definition.kind {
        Kind::Attribute { value } => {
            text += &format!("kind: customer_attribute\nvalue: {}\n", quoted(value));
            ("measures", text)
        }
        Kind::Split { values, by, bucket } => {
            let bucket = match bucket {
                DateBucket::None => String::new(),
                bucket => format!(", bucket: {}", format!("{bucket:?}").to_lowercase()),
            };
            text += &format!("kind: customer_measure\n{}", several(values));
            text += &format!("dimensions: [{{name: by, value: {}{bucket}}}]\n", quoted(by));
            ("measures", text)
        }
        Kind::Business { values, by } => {
            text += &format!("kind: business_measure\n{}", several(values));
            if let Some(by) = by {
                text += &format!("dimensions: [{{name: by, value: {}}}]\n", quoted(by));
            }
            ("measures", text)
        }
        Kind::Segment { rules } => {
            text += "rules:\n";
            for (i, (operator, rule)) in rules.iter().enumerate() {
                let word = match operator {
                    _ if i == 0 => None,
                    SetOperator::Union => Some("union"),
                    SetOperator::Intersect => Some("intersect"),
                    SetOperator::Except => Some("except"),
                };
                match word {
                    None => text += &format!("  - where: {}\n", quoted(rule)),
                    Some(word) => text += &format!("  - {word}: {{where: {}}}\n", quoted(rule)),
                }
            }
            ("segments", text)
        }
    }
}
