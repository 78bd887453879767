//! What is asked to tell when measures and segments next change by themselves.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Case;
use crate::{Nearest, questions};

const SHOP: &str = "
== onefold.yaml
name: test
time_zone: Europe/Berlin
== sources/S.yaml
kind: csv
from: {folder: ./data}
tables: {people: {key: id}, orders: {key: order_id}, lines: {key: line_id}}
== unify.yaml
tables:
  - {table: S_people, columns: {id: ID, born: Person.BirthDate}}
== relationships.yaml
OrderOfPerson: {from: S_orders.person, to: S_people.id, cardinality: many_to_one}
LineOfOrder: {from: S_lines.order, to: S_orders.order_id, cardinality: many_to_one}
";

const NOW: &str = "2026-06-01T12:00:00Z";

fn shop(more: &str) -> Case {
    Case::new(&format!("{SHOP}{more}"))
        .delivers("Raw_S_people", "id text, born date")
        .delivers("Raw_S_orders", "order_id text, person text, total number, at date-time, day date")
        .delivers("Raw_S_lines", "line_id text, order text, price decimal(10,2)")
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn segment(name: &str, rule: &str) -> String {
    format!("== segments/{name}.yaml\nrules:\n  - {rule}\ntables: {{O: S_orders}}\n")
}

#[test]
fn equal_questions_of_many_segments_are_one_query() {
    let mut more = String::new();
    for n in 0..50 {
        more += &segment(&format!("Lately{n}"), &format!("where: within_last(O.at, 30, 'day') and O.total > {n}"));
    }
    more += &segment("Coming", "where: O.at > now()");
    more += &segment("Older", "where: days_between(O.day, now()) > 7");
    more += &segment("Often", "{where: O.at > now(), times: {at_least: 2}}");
    more += &segment("Some", "where: O.total > 1");
    let planned = shop(&more).plan();
    assert!(planned.diagnostics.iter().all(|said| !said.is_error()), "{:#?}", planned.diagnostics);
    let asked = questions(&planned.turns, at(NOW), "Europe/Berlin");
    let queries = asked.queries();
    assert_eq!(queries.len(), 1, "{queries:?}");
    let text = queries[0].to_string();
    assert_eq!(text.matches("Resolved_S_orders_person").count(), 1, "{text}");
    assert_eq!((text.matches(" as \"v").count(), asked.count(0)), (2, 3), "{text}");
    // 30 days before noon in Berlin; now; seven days before today.
    for here in ["1777723200000000", "1780315200000000", "20598"] {
        assert!(text.contains(&format!(" > {here}")), "{text}");
    }
    assert!(!text.contains("now()") && !queries[0].uses_now(), "{text}");
    assert!(!planned.turns.iter().any(|turns| turns.definition == "segments/Some"));
    assert!(
        planned
            .turns
            .iter()
            .any(|turns| turns.definition == "segments/Often" && turns.step.starts_with("segments.rows "))
    );

    let nearest = |text: &str| Some(at(text).as_microsecond());
    // Now, thirty days ago, the day a week ago.
    let answers: Vec<Nearest> = vec![
        (nearest("2026-06-04T10:00:00Z"), nearest("2026-05-20T10:00:00Z")),
        (nearest("2026-05-10T10:00:00Z"), nearest("2026-04-10T10:00:00Z")),
        (Some(20_600), None),
    ];
    let next: BTreeMap<String, String> =
        asked.next(&[answers]).into_values().flatten().map(|(name, next)| (name, next.to_string())).collect();
    assert_eq!(next["segments/Lately7"], "2026-06-04T10:00:00Z", "an order comes");
    assert_eq!(next["segments/Coming"], "2026-06-04T10:00:00Z");
    assert_eq!(next["segments/Often"], "2026-06-04T10:00:00Z");
    // 20600 is 27 May; it is more than seven days ago on 4 June.
    assert_eq!(next["segments/Older"], "2026-06-03T22:00:00Z");
    // What is not answered is looked at again in an hour.
    let next = asked.next(&[]);
    assert!(next.values().flatten().all(|(_, next)| *next == at("2026-06-01T13:00:00Z")), "{next:?}");
}

#[test]
fn people_are_asked_once_and_nothing_is_asked_for_the_calendar() {
    let more = "== measures/Age.yaml\nkind: customer_attribute\nvalue: max(date_part('year', now()) - date_part('year', Customer.born))\n\
        == measures/Since.yaml\nkind: customer_attribute\nvalue: days_between(max(O.at), now())\ntables: {O: S_orders}\n\
        == measures/PerDay.yaml\nkind: business_measure\nvalues: {n: count(*)}\ntables: {O: S_orders}\nwindow: {last: 1, unit: year, time: O.at}\n\
        dimensions:\n  - {name: day, value: O.day}\n\
        == measures/Kept.yaml\nkind: customer_attribute\nvalue: max(O.at)\ntables: {O: S_orders}\nwhere: O.at < now()\nschedule: week\n\
        == segments/Young.yaml\nrules:\n  - where: Customer.born > today() and O.total > 1\ntables: {O: S_orders}\n";
    let planned = shop(more).plan();
    assert!(planned.diagnostics.iter().all(|said| !said.is_error()), "{:#?}", planned.diagnostics);
    let asked = questions(&planned.turns, at(NOW), "Europe/Berlin");
    let queries: Vec<String> = asked.queries().iter().map(ToString::to_string).collect();
    assert_eq!(queries.len(), 2, "{queries:?}");
    assert!(queries.iter().any(|query| query.ends_with("from \"Customer\" as \"c\") as \"x\"")), "{queries:?}");
    assert!(queries.iter().any(|query| query.contains("\"S_orders\"")), "{queries:?}");
    let next: BTreeMap<String, String> = asked
        .next(&[vec![(None, None); 4], vec![(None, None); 4]])
        .into_values()
        .flatten()
        .map(|(name, next)| (name, next.to_string()))
        .collect();
    let expected = [("measures/Age", "2026-12-31T23:00:00Z"), ("measures/Since", "2026-06-01T22:00:00Z")];
    assert_eq!(next, expected.map(|(name, next)| (name.to_owned(), next.to_owned())).into());
}
