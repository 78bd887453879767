//! Interpreter: measures and segments worked out a second time, row by row, and compared with the engine.
//!
//! Flow     seed ─ data (`made`) and definitions (`drawn`) ─ a project in a temporary folder ─ run ─ tables
//!                                                         ─ `world`, `measures`, `people` ─────── the same values
//!
//! Invariants
//! - The definitions of a seed are planned and run together, as a project.
//! - `ONEFOLD_SEEDS=100` looks at so many seeds (default 10), `ONEFOLD_SEED=7` at one alone, `ONEFOLD_DEFINITIONS` at so
//!   many definitions of each (default 100).

mod drawn;
mod eval;
mod made;
mod measures;
mod people;
mod project;
mod turns;
mod value;
mod words;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use drawn::{Definition, Kind};
use eval::Clock;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use made::Chance;
use onefold::opened::Opened;
use onefold::progress::Progress;
use onefold::{runner, values};
use onefold_api::RunAsk;
use onefold_lake::{Lake, QueryLimits};
use onefold_model::define::MeasureKind;
use project::{shown, written};
use serde_json::Value as Json;
use value::Value;
use world::{Counted, Found, World};

use crate::scratch::Scratch;

const NOW: &str = "2026-06-01T02:30:00Z";
const ZONES: &[&str] = &["America/New_York", "UTC", "Europe/Berlin", "Asia/Kathmandu"];

/// How many values were compared, by what they are of, and which differ.
#[derive(Default)]
struct Compared {
    attributes: usize,
    rows: usize,
    memberships: usize,
    columns: usize,
    /// Definitions that were worked out again before they are said to change.
    stayed: usize,
    /// How many of those that were worked out as they are said to change did change, and how many there were.
    turned: (usize, usize),
    wrong: Vec<String>,
}

impl Compared {
    fn add(&mut self, seed: u64, other: Self) {
        self.attributes += other.attributes;
        self.rows += other.rows;
        self.memberships += other.memberships;
        self.columns += other.columns;
        self.stayed += other.stayed;
        self.turned = (self.turned.0 + other.turned.0, self.turned.1 + other.turned.1);
        self.wrong.extend(other.wrong.into_iter().map(|difference| format!("seed {seed}: {difference}")));
    }
    fn all(&self) -> usize {
        self.attributes + self.rows + self.memberships + self.columns
    }
    fn words(&self) -> String {
        format!(
            "{} values compared: {} of attributes, {} rows of measures' tables, {} memberships, {} of columns of segments; \
             {} definitions stay what they are until they are said to change, {} of {} change then",
            self.all(),
            self.attributes,
            self.rows,
            self.memberships,
            self.columns,
            self.stayed,
            self.turned.0,
            self.turned.1
        )
    }
}

#[test]
fn the_engine_says_what_the_interpreter_says() {
    let asked = |name: &str, otherwise: u64| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise);
    let one = std::env::var("ONEFOLD_SEED").ok().and_then(|seed| seed.parse::<u64>().ok());
    let seeds = one.map_or(0..asked("ONEFOLD_SEEDS", 10), |seed| seed..seed + 1);
    let count = asked("ONEFOLD_DEFINITIONS", 100) as usize;
    let (left, found) = (Mutex::new(seeds), Mutex::new(Compared::default()));
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                let runtime = runtime.expect("a runtime can be made");
                while let Some(seed) = { left.lock().expect("no worker panics while it holds the seeds").next() } {
                    let of_seed = runtime.block_on(of_seed(seed, count));
                    found.lock().expect("no worker panics while it adds").add(seed, of_seed);
                }
            });
        }
    });
    let found = found.into_inner().expect("no worker panicked");
    eprintln!("{}", found.words());
    assert!(found.all() > count || !found.wrong.is_empty(), "only {} values were compared", found.all());
    assert!(
        found.wrong.is_empty(),
        "{} differ of {}\n{}",
        found.wrong.len(),
        found.words(),
        found.wrong[..found.wrong.len().min(40)].join("\n")
    );
}

/// Compares all that a seed makes.
async fn of_seed(seed: u64, count: usize) -> Compared {
    let mut chance = Chance(seed);
    let zone = ZONES[seed as usize % ZONES.len()];
    let clock = Clock {
        now: NOW.parse::<Timestamp>().expect("an instant"),
        zone: TimeZone::get(zone).expect("a zone that is there"),
    };
    let mut world = made::world(&mut chance, clock.now, &clock.zone);
    let definitions = drawn::definitions(&mut chance, count);
    let scratch = written(zone, &world, &definitions);

    let ask = RunAsk { now: Some(NOW.to_owned()), threads: Some(1), ..RunAsk::default() };
    let opened = Opened::new(scratch.path(), false, &ask).await.unwrap_or_else(|problem| panic!("{problem:?}"));
    let said: Vec<String> = opened.diagnostics.iter().filter(|d| d.is_error()).map(|d| format!("{d:?}")).collect();
    assert!(said.is_empty(), "seed {seed}: {}", said.join("\n"));
    let nobody = std::sync::Arc::new(onefold_api::Nobody);
    if let Err(problem) = runner::run(&opened, &ask, &Progress::hidden(), "test", nobody).await {
        return Compared { wrong: vec![format!("the run fails: {problem:?}")], ..Compared::default() };
    }
    let opened = Opened::new(scratch.path(), false, &ask).await.unwrap_or_else(|problem| panic!("{problem:?}"));
    let (lake, _) = opened.readable().await.unwrap_or_else(|problem| panic!("{problem:?}"));
    // Ids are given by the engine; limits and hold-outs go by them.
    let ids = rows(lake, "select \"id\", \"CustomerId\" from \"Customer\"").await;
    let id_of = |person: &world::Record| {
        let row = ids.iter().find(|row| row[0] == shown(&person["id"])).expect("a profile for everybody");
        row[1].as_str().expect("an id").to_owned()
    };
    world.ids = world.people.iter().map(id_of).collect();
    let mut found = Found::default();
    for definition in &definitions {
        match &definition.kind {
            Kind::Measure(measure) => world.measure(&clock, &definition.name, measure, &mut found),
            Kind::Segment(segment) => world.segment(&clock, &definition.name, segment, &mut found),
        }
    }
    let mut compared = Compared::default();
    compare_attributes(lake, &world, &definitions, &found, &mut compared).await;
    compare_tables(lake, &world, &definitions, &found, &mut compared).await;
    compare_members(lake, &world, &definitions, &found, &mut compared).await;
    turns::compare(&scratch, &world, &clock, &definitions, &found, &mut chance, &mut compared).await;
    compared
}

/// Rows of a query.
async fn rows(lake: &Lake, sql: &str) -> Vec<Vec<Json>> {
    read(lake, sql).await.unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// The same, where definitions may have made what is read.
async fn read(lake: &Lake, sql: &str) -> Result<Vec<Vec<Json>>, String> {
    let failed = |error| format!("{sql}: {error}");
    let result = lake.query(sql, QueryLimits::default()).await.map_err(failed)?;
    let (batches, _) = result.collect().await.map_err(failed)?;
    Ok(batches.iter().flat_map(|batch| values::rows(batch).unwrap_or_else(|problem| panic!("{problem:?}"))).collect())
}

/// A definition, to look into a difference.
fn about<'d>(definitions: &'d [Definition], name: &str) -> &'d Kind {
    let name = name.trim_end_matches("#holdout");
    &definitions.iter().find(|definition| definition.name == name).expect("what was found is defined").kind
}

fn person(world: &World, id: &Json) -> usize {
    world.people.iter().position(|person| shown(&person["id"]) == *id).expect("a person of the world")
}

async fn compare_attributes(
    lake: &Lake,
    world: &World,
    definitions: &[Definition],
    found: &Found,
    compared: &mut Compared,
) {
    let columns: String = found.attributes.keys().fold(String::new(), |all, name| all + &format!(", m.\"{name}\""));
    let sql = format!(
        "select c.\"id\"{columns} from \"Customer\" c join \"Customer_Measure\" m on m.\"profile_no\" = c.\"profile_no\""
    );
    let measured = rows(lake, &sql).await;
    assert_eq!(measured.len(), world.people.len(), "a row for every profile");
    for row in &measured {
        let person = person(world, &row[0]);
        for ((name, values), value) in found.attributes.iter().zip(&row[1..]) {
            compared.attributes += 1;
            if !same(&values[person], value) {
                let what = about(definitions, name);
                let expected = &values[person];
                compared.wrong.push(format!("{name} of p{person:02}: {expected:?} is {value} in the engine: {what:?}"));
            }
        }
    }
}

async fn compare_tables(
    lake: &Lake,
    world: &World,
    definitions: &[Definition],
    found: &Found,
    compared: &mut Compared,
) {
    for (name, expected) in &found.tables {
        let Kind::Measure(measure) = about(definitions, name) else { continue };
        let of_people = measure.kind == MeasureKind::CustomerMeasure;
        let (join, id) = match of_people {
            true => (" join \"Customer\" c on c.\"profile_no\" = m.\"profile_no\"", Some("c.\"id\"".to_owned())),
            false => ("", None),
        };
        let by = (0..measure.dimensions.len()).map(|i| format!("m.\"by{i}\""));
        let values = match measure.dimensions.is_empty() {
            true => vec![format!("m.\"{name}\"")],
            false => (0..measure.values.len()).map(|i| format!("m.\"v{i}\"")).collect(),
        };
        let columns: Vec<String> = id.into_iter().chain(by).chain(values).collect();
        let sql = format!("select {} from \"Measure_{name}\" m{join}", columns.join(", "));
        let engine = rows(lake, &sql).await;
        let of = |row: &Counted| {
            let id = row.person.map(|person| shown(&world.people[person]["id"]));
            id.into_iter().chain(row.keys.iter().chain(&row.values).map(shown)).collect::<Vec<_>>()
        };
        let expected: Vec<Vec<Json>> = expected.iter().map(of).collect();
        compared.rows += expected.len();
        let missing: Vec<_> = expected.iter().filter(|row| !engine.iter().any(|other| near(row, other))).collect();
        let more: Vec<_> = engine.iter().filter(|row| !expected.iter().any(|other| near(other, row))).collect();
        if !missing.is_empty() || !more.is_empty() || engine.len() != expected.len() {
            compared
                .wrong
                .push(format!("{name}: not in the engine {missing:?}, in the engine alone {more:?}: {measure:?}"));
        }
    }
}

async fn compare_members(
    lake: &Lake,
    world: &World,
    definitions: &[Definition],
    found: &Found,
    compared: &mut Compared,
) {
    let sql = "select s.\"Segment\", c.\"id\" from \"SegmentMembership\" s join \"Customer\" c on c.\"profile_no\" = s.\"profile_no\"";
    let mut members: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for row in rows(lake, sql).await {
        let segment = row[0].as_str().expect("a name").to_owned();
        members.entry(segment).or_default().insert(person(world, &row[1]));
    }
    for (name, expected) in &found.segments {
        compared.memberships += world.people.len();
        let engine = members.remove(name).unwrap_or_default();
        if engine != *expected {
            let what = about(definitions, name);
            compared.wrong.push(format!("{name}: {expected:?} is {engine:?} in the engine: {what:?}"));
        }
    }
    assert!(members.is_empty(), "the engine has segments that nobody defined: {members:?}");
    for (name, columns) in found.shown.iter().filter(|(_, columns)| !columns.is_empty()) {
        let names: Vec<String> = columns.iter().map(|(column, _)| format!("\"{column}\"")).collect();
        let engine = read(lake, &format!("select \"id\", {} from \"{name}\"", names.join(", "))).await;
        let engine = engine.unwrap_or_else(|wrong| {
            compared.wrong.push(format!("{wrong}: {:?}", about(definitions, name)));
            Vec::new()
        });
        for row in &engine {
            let person = person(world, &row[0]);
            for ((column, values), value) in columns.iter().zip(&row[1..]) {
                compared.columns += 1;
                if !same(&values[person], value) {
                    let (expected, what) = (&values[person], about(definitions, name));
                    compared.wrong.push(format!(
                        "{column} of {name} of p{person:02}: {expected:?} is {value} in the engine: {what:?}"
                    ));
                }
            }
        }
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
