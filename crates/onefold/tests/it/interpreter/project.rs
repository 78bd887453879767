//! Project: a world and its definitions as the folder of a project.

use std::fmt::Write as _;

use onefold_model::DataType;
use onefold_model::define::{DateBucket, MeasureKind, Stretch, Within};
use onefold_model::plan::SetOperator;
use serde_json::{Value as Json, json};

use super::drawn::{Definition, Kind};
use super::eval::written as decimal;
use super::measures::Measure;
use super::people::{Rule, Segment};
use super::value::Value;
use super::world::{ACTIVITIES, COLUMNS, LISTS, Record, Used, Way, World};
use crate::scratch::Scratch;

/// A value as the lake's rows show it.
pub(super) fn shown(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Boolean(yes) => json!(yes),
        Value::Integer(i) => json!(i),
        Value::Number(n) => json!(n),
        Value::Exact(digits, scale) => json!(decimal(*digits, *scale)),
        Value::Text(text) => json!(text),
        Value::Date(day) => json!(day.to_string()),
        Value::Instant(at) => json!(at.to_string()),
    }
}

/// The project of a world and its definitions.
pub(super) fn written(zone: &str, world: &World, definitions: &[Definition]) -> Scratch {
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
         Given: {from: Shop_orders.giver, to: Shop_people.id, cardinality: many_to_one}\n\
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
    for (name, kind, way) in ACTIVITIES {
        let text = format!(
            "table: Shop_orders\nkey: order_id\npath: [{}]\ntype: {kind}\nevent: item\ntime: at\n",
            relationship(*way)
        );
        scratch.write(&format!("activities/{name}.yaml"), &text);
    }
    for (name, values) in LISTS {
        scratch.write(&format!("lists/{name}.txt"), &format!("{}\n", values.join("\n")));
    }
    for definition in definitions {
        let (folder, text) = match &definition.kind {
            Kind::Measure(measure) => ("measures", of_measure(&definition.name, measure)),
            Kind::Segment(segment) => ("segments", of_segment(segment)),
        };
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

fn relationship(way: Way) -> &'static str {
    if way == Way::Placed { "Placed" } else { "Given" }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// `tables: {o: {table: …, path: […]}}`, if there are any.
fn tables(used: &Used) -> Option<String> {
    let way = relationship(used.way);
    let each: Vec<String> = used
        .declared
        .iter()
        .map(|alias| match *alias {
            "o" => format!("o: {{table: Shop_orders, path: [{way}]}}"),
            _ => format!("l: {{table: Shop_lines, path: [Held, {way}]}}"),
        })
        .collect();
    (!each.is_empty()).then(|| format!("tables: {{{}}}", each.join(", ")))
}

fn of_measure(name: &str, measure: &Measure) -> String {
    let mut text = tables(&measure.used).map(|tables| tables + "\n").unwrap_or_default();
    let kind = match measure.kind {
        MeasureKind::CustomerAttribute => "customer_attribute",
        MeasureKind::CustomerMeasure => "customer_measure",
        MeasureKind::BusinessMeasure => "business_measure",
    };
    let _ = writeln!(text, "kind: {kind}");
    match (measure.dimensions.is_empty(), measure.values.as_slice()) {
        (true, [value]) => _ = writeln!(text, "value: {}", quoted(value)),
        (_, values) => {
            let each = values.iter().enumerate().map(|(i, value)| format!("v{i}: {}", quoted(value)));
            let _ = writeln!(text, "values: {{{}}}", each.collect::<Vec<_>>().join(", "));
        }
    }
    for (i, (by, bucket)) in measure.dimensions.iter().enumerate() {
        let bucket = match bucket {
            DateBucket::None => String::new(),
            bucket => format!(", bucket: {}", format!("{bucket:?}").to_lowercase()),
        };
        let head = if i == 0 { "dimensions:\n" } else { "" };
        let _ = writeln!(text, "{head}  - {{name: by{i}, value: {}{bucket}}}", quoted(by));
    }
    if let Some(filter) = &measure.filter {
        let _ = writeln!(text, "where: {}", quoted(filter));
    }
    if let Some((stretch, time)) = &measure.window {
        let time = time.as_ref().map(|time| format!(", time: {time}")).unwrap_or_default();
        let _ = writeln!(text, "window: {{{}{time}}}", of_stretch(stretch));
    }
    if measure.rolls_up {
        text.push_str("roll_up: Shop_people.parent\n");
    }
    let nulls: Vec<String> = measure
        .replaced
        .iter()
        .filter(|replaced| replaced.of_nulls)
        .map(|replaced| format!("{}: {}", replaced.column, shown(&replaced.values[0].1)))
        .collect();
    let others: Vec<String> = measure
        .replaced
        .iter()
        .filter(|replaced| !replaced.of_nulls)
        .map(|replaced| {
            let key =
                |target: &Option<Value>| target.as_ref().map_or("null".to_owned(), |value| shown(value).to_string());
            let each: Vec<String> =
                replaced.values.iter().map(|(target, with)| format!("{}: {}", key(target), shown(with))).collect();
            format!("{}: {{{}}}", replaced.column, each.join(", "))
        })
        .collect();
    for (word, all) in [("replace_nulls", nulls), ("replace", others)] {
        if !all.is_empty() {
            let _ = writeln!(text, "{word}: {{{}}}", all.join(", "));
        }
    }
    let _ = writeln!(text, "title: {name}");
    text
}

fn of_stretch(stretch: &Stretch) -> String {
    match stretch {
        Stretch::Last(count, unit) => format!("last: {count}, unit: {}", unit.word()),
        Stretch::Next(count, unit) => format!("next: {count}, unit: {}", unit.word()),
        Stretch::WholeLast(count, unit) => format!("last: {count}, unit: {}, calendar: true", unit.word()),
        Stretch::WholeNext(count, unit) => format!("next: {count}, unit: {}, calendar: true", unit.word()),
        Stretch::This(unit) => format!("this: {}", unit.word()),
        Stretch::ToDate(unit) => format!("to_date: {}", unit.word()),
        Stretch::Between(from, to) => {
            let bounds = [("from", from), ("to", to)];
            let bounds = bounds.iter().filter_map(|(word, bound)| Some(format!("{word}: {}", bound.as_ref()?.value)));
            bounds.collect::<Vec<_>>().join(", ")
        }
    }
}

fn of_segment(segment: &Segment) -> String {
    let mut text = "rules:\n".to_owned();
    for (i, rule) in segment.rules.iter().enumerate() {
        let word = match rule.operator {
            _ if i == 0 => None,
            SetOperator::Union => Some("union"),
            SetOperator::Intersect => Some("intersect"),
            SetOperator::Except => Some("except"),
        };
        let parts = of_rule(rule).join(", ");
        let _ = match word {
            None => writeln!(text, "  - {{{parts}}}"),
            Some(word) => writeln!(text, "  - {word}: {{{parts}}}"),
        };
    }
    if let Some(limit) = &segment.limit {
        let order = if limit.ascending { ", order: asc" } else { "" };
        let per = limit.per.as_ref().map(|per| format!(", per: {}", quoted(per))).unwrap_or_default();
        let _ = writeln!(text, "limit: {{count: {}, by: {}{order}{per}}}", limit.count, quoted(&limit.by));
    }
    match &segment.holdout {
        Some((share, Some(name))) => _ = writeln!(text, "holdout: {{share: {share}, name: {name}}}"),
        Some((share, None)) => _ = writeln!(text, "holdout: {share}"),
        None => {}
    }
    for (i, (value, list, used)) in segment.columns.iter().enumerate() {
        let head = if i == 0 { "columns:\n" } else { "" };
        let list = if *list { ", list: true" } else { "" };
        let tables = tables(used).map(|tables| format!(", {tables}")).unwrap_or_default();
        let _ = writeln!(text, "{head}  c{i}: {{value: {}{tables}{list}}}", quoted(value));
    }
    text
}

fn of_rule(rule: &Rule) -> Vec<String> {
    let within = |within: &Option<Within>| {
        within.map(|w| format!(", within: {{count: {}, unit: {}}}", w.count, w.unit.word())).unwrap_or_default()
    };
    let beside = |word: &str, beside: &Option<(String, Option<Within>)>| {
        beside.as_ref().map(|(filter, w)| format!("{word}: {{where: {}{}}}", quoted(filter), within(w)))
    };
    let times = rule.times.map(|(least, most)| {
        let bounds = [("at_least", least), ("at_most", most)];
        let bounds = bounds.iter().filter_map(|(word, bound)| Some(format!("{word}: {}", (*bound)?)));
        format!("times: {{{}}}", bounds.collect::<Vec<_>>().join(", "))
    });
    let pick = rule.pick.as_ref().map(|(first, _)| format!("pick: {}", if *first { "first" } else { "last" }));
    let among = rule.pick.as_ref().and_then(|(_, among)| Some(format!("among: {}", quoted(among.as_ref()?))));
    let order = rule.order_by.as_ref().map(|order| format!("order_by: {order}"));
    let all = [times, pick, among, order, beside("after", &rule.after), beside("before", &rule.before)];
    let filter = format!("where: {}", quoted(&rule.filter));
    [Some(filter), tables(&rule.used)].into_iter().chain(all).flatten().collect()
}
