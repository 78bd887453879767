//! Ways to Customer: found, named, ambiguous and missing.

use super::{Case, said, sql_of};

const PEOPLE: &str = "
== sources/S.yaml
kind: csv
from: {folder: ./data}
tables: {a: {key: id}, b: {key: id}, visit: {key: id}, ward: {key: code}}
== unify.yaml
tables:
  - {table: S_a, columns: {id: ID, mail: Identity.Service.Email}}
  - {table: S_b, columns: {id: ID, mail: Identity.Service.Email}}
match:
  - {name: Mail, from: S_b, to: S_a, when: [{column: mail, equals: mail}]}
== relationships.yaml
VisitA: {from: S_visit.a, to: S_a.id, cardinality: many_to_one}
BToA: {from: S_b.a, to: S_a.id, cardinality: one_to_one}
VisitCustomer: {from: S_visit.a, to: Customer.S_a_id, cardinality: many_to_one}
VisitWard: {from: S_visit.ward, to: S_ward.code, cardinality: many_to_one}
WardHead: {from: S_ward.head, to: Customer.mail, cardinality: many_to_one}
";

fn people(more: &str) -> Case {
    Case::new(&format!("{PEOPLE}{more}"))
        .delivers("Raw_S_a", "id text, mail text")
        .delivers("Raw_S_b", "id text, mail text, a text")
        .delivers("Raw_S_visit", "id text, a text, ward text, at date-time")
        .delivers("Raw_S_ward", "code text, head text")
}

fn activity(name: &str, table: &str, path: &str) -> String {
    format!("== activities/{name}.yaml\ntable: {table}\nkey: id\npath: {path}\ntype: Visit\nevent: id\ntime: at\n")
}

#[test]
fn ways_are_listed_shortest_first_and_one_to_one_leads_both_ways() {
    let planned = people("").plan();
    let ways: Vec<String> = planned.paths["S_visit"].iter().map(ToString::to_string).collect();
    assert_eq!(
        ways,
        [
            "S_visit > S_a > Customer",
            "S_visit > Customer",
            "S_visit > S_a > S_b > Customer",
            "S_visit > S_ward > Customer",
        ]
    );
}

#[test]
fn several_ways_and_none_named_is_a_diagnostic_that_lists_them() {
    let said = said(&people(&activity("V", "S_visit", "[]")));
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with(
        "path/ambiguous several ways lead from `S_visit` to Customer: `S_visit > S_a > Customer` (`path: [VisitA]`); "
    ));
    assert!(said[0].ends_with("choose one with `path: […]` @ S_visit"), "{}", said[0]);
}

#[test]
fn a_named_way_must_lead_to_customer() {
    let cases = [
        (
            "[WardHead]",
            "path/broken `WardHead` leads from `S_ward` to `Customer`, and the way stands at `S_visit` / choose one of `VisitA`, `VisitCustomer`, `VisitWard` @ WardHead",
        ),
        (
            "[VisitWard]",
            "path/broken the way ends at `S_ward`, which does not lead to Customer by itself / go on with one of `WardHead` @ VisitWard",
        ),
    ];
    for (path, expected) in cases {
        assert_eq!(said(&people(&activity("V", "S_visit", path))), [expected], "{path}");
    }
}

#[test]
fn ways_that_end_in_the_same_look_up_share_it() {
    let case = people(&(activity("V", "S_visit", "[VisitA]") + &activity("W", "S_visit", "[VisitCustomer]")));
    assert_eq!(said(&case), [""; 0]);
    let planned = case.plan();
    let names: Vec<&str> = planned.resolved.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["Resolved_S_visit_a"]);
    let sql = sql_of(&planned, "relationships.resolve S_visit.a");
    assert!(sql.contains(r#""SourceTable" = 'S_a'"#), "the key ring of S_a finds alternates too: {sql}");
}

#[test]
fn a_longer_way_looks_up_the_row_of_lowest_key_and_never_multiplies() {
    let case =
        people(&(activity("V", "S_visit", "[VisitA, BToA]") + &activity("W", "S_visit", "[VisitWard, WardHead]")));
    assert_eq!(said(&case), [""; 0]);
    let planned = case.plan();
    let by_b = sql_of(&planned, "relationships.look up Lookup_S_b_a");
    assert!(by_b.contains(r#"first_value("id" order by "id")"#), "{by_b}");
    let by_mail = sql_of(&planned, "relationships.look up Lookup_Customer_mail");
    assert!(by_mail.contains(r#"min("profile_no")"#), "{by_mail}");
    assert_eq!(planned.resolved.len(), 2);
}

#[test]
fn cardinality_is_a_warning_on_the_table_that_may_break_it() {
    let planned = people("").plan();
    let facts: Vec<&str> = planned
        .plan
        .steps
        .iter()
        .flat_map(|step| &step.checks)
        .filter(|check| check.fact.contains("relationship"))
        .map(|check| check.fact.as_str())
        .collect();
    assert_eq!(
        facts,
        [
            "every value of `S_b.a` stands once, as the relationship `BToA` says",
            "every value of `Customer.mail` stands once, as the relationship `WardHead` says",
        ]
    );
}

#[test]
fn a_relationship_names_tables_and_columns_that_are_there_and_go_together() {
    let case = people("").delivers("Raw_S_ward", "code date, head text");
    assert_eq!(
        said(&case),
        [
            "expression/type `S_visit.ward` is text, `S_ward.code` is date: no row of one leads to the other / relate columns of one type @ S_visit.ward"
        ]
    );
}
