//! What is planned for measures and segments that use each other.

use onefold_model::plan::{Kernel, SetOperator};
use onefold_model::{Code, Work};

use super::{Case, said, sql_of, step, table};
use crate::Logic;

const SHOP: &str = "
== sources/S.yaml
kind: csv
from: {folder: ./data}
tables: {people: {key: id}, orders: {key: order_id}, lines: {key: line_id}, visits: {key: visit_id}}
== unify.yaml
tables:
  - {table: S_people, columns: {id: ID, city: Location.City, points: Loyalty.Points}}
== relationships.yaml
OrderOfPerson: {from: S_orders.person, to: S_people.id, cardinality: many_to_one}
LineOfOrder: {from: S_lines.order, to: S_orders.order_id, cardinality: many_to_one}
VisitOfPerson: {from: S_visits.person, to: S_people.id, cardinality: many_to_one}
";

fn shop(more: &str) -> Case {
    Case::new(&format!("{SHOP}{more}"))
        .delivers("Raw_S_people", "id text, city text, points integer")
        .delivers("Raw_S_orders", "order_id text, person text, total number, at date-time")
        .delivers("Raw_S_lines", "line_id text, order text, price decimal(10,2)")
        .delivers("Raw_S_visits", "visit_id text, person text, pages integer")
}

fn attribute(name: &str, value: &str, more: &str) -> String {
    format!("== measures/{name}.yaml\nkind: customer_attribute\nvalue: {value}\n{more}\n")
}

const ORDERS: &str = "tables: {O: S_orders}";

#[test]
fn attributes_over_the_same_rows_share_one_pass() {
    let more = attribute("Orders", "count_unique(O.order_id)", ORDERS)
        + &attribute("Spend", "sum(X.total)", "tables: {X: S_orders}\nwhere: X.total > 0")
        + &attribute("Pages", "sum(V.pages)", "tables: {V: S_visits}");
    let planned = shop(&more).plan();
    let sql = sql_of(&planned, "measures.attributes");
    assert_eq!(sql.matches(r#""Resolved_S_orders_person""#).count(), 1, "{sql}");
    assert_eq!(sql.matches(r#""Resolved_S_visits_person""#).count(), 1, "{sql}");
    assert!(!sql.contains("distinct"), "{sql}");
    assert_eq!(
        table(&planned, "Customer_Measure"),
        "CustomerId text, profile_no integer, Orders integer, Pages integer, Spend number"
    );
}

#[test]
fn a_level_reads_those_below_and_never_the_whole() {
    let more = attribute("A", "count(O.order_id)", ORDERS)
        + &attribute("B", "max(Customer_Measure.A)", "where: in_segment('Some')")
        + &attribute("C", "max(Customer_Measure.A + Customer_Measure.B)", "")
        + "== segments/Some.yaml\nrules: [{where: Customer_Measure.A > 1}]\n"
        + "== segments/Last.yaml\nrules: [{where: Customer_Measure.C > 1}]\n";
    let planned = shop(&more).plan();
    let names: Vec<&str> = planned.plan.steps.iter().map(|step| step.name.as_str()).collect();
    for (step_name, reads) in [
        ("measures.attributes 0", &["Customer", "Resolved_S_orders_person"][..]),
        ("segments.scan 1 Customer", &["Measures_0"][..]),
        ("measures.attributes 2", &["SegmentBitmap_1", "Measures_0"][..]),
        ("measures.attributes", &["Customer", "Measures_0", "Measures_2"][..]),
        ("segments.scan 4 Customer", &["Customer_Measure"][..]),
    ] {
        assert!(names.contains(&step_name), "{names:?}");
        let step = step(&planned, step_name);
        for table in reads {
            assert!(step.reads.iter().any(|read| read == *table), "{step_name} reads {:?}", step.reads);
        }
        if step_name != "segments.scan 4 Customer" {
            assert!(!step.reads.iter().any(|read| read == "Customer_Measure"), "{step_name}");
        }
    }
}

#[test]
fn rules_over_the_same_rows_are_one_scan() {
    let mut more = attribute("A", "count(O.order_id)", ORDERS);
    for n in 0..100 {
        more += &format!(
            "== segments/P{n}.yaml\nrules: [{{where: Customer_Measure.A > {n} and Customer.city = 'Graz'}}]\n"
        );
        more += &format!("== segments/O{n}.yaml\ntables: {{O: S_orders}}\nrules: [{{where: O.total > {n}}}]\n");
    }
    let planned = shop(&more).plan();
    let scans: Vec<usize> = planned
        .plan
        .steps
        .iter()
        .filter_map(|step| if let Work::Scan(scan) = &step.work { Some(scan.conditions.len()) } else { None })
        .collect();
    assert_eq!(scans, [100, 100]);
    assert_eq!(planned.rules.len(), 200);
}

#[test]
fn a_circle_is_told_once_and_names_its_places() {
    let more = attribute("A", "max(Customer_Measure.B)", "")
        + &attribute("B", "max(Customer.points)", "where: in_segment('Good')")
        + &attribute("Self", "max(Customer_Measure.Self)", "")
        + &attribute("After", "max(Customer_Measure.A)", "")
        + "== segments/Good.yaml\nrules:\n  - where: Customer_Measure.A > 1\n";
    assert_eq!(
        said(&shop(&more)),
        [
            "definition/cycle `measures/A` uses `measures/B` (measures/A.yaml:2), which uses `segments/Good` \
             (measures/B.yaml:3), which uses `measures/A` (segments/Good.yaml:2): a circle / take one of these uses \
             away, so that one of them comes first @ max(Customer_Measure.B)",
            "definition/cycle `measures/Self` uses itself (measures/Self.yaml:2) / take this use away @ max(Customer_Measure.Self)",
        ]
    );
}

#[test]
fn tables_without_a_common_row_are_refused_and_those_on_one_way_are_joined() {
    let wrong = attribute("Mixed", "sum(O.total) / count(V.visit_id)", "tables: {O: S_orders, V: S_visits}");
    let said = said(&shop(&wrong));
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("expression/tables `O`, `V` have no row in common"), "{said:?}");

    let right = attribute("Web", "sum(L.price)", "tables: {L: S_lines, O: S_orders}\nwhere: O.total > 5");
    let planned = shop(&right).plan();
    assert_eq!(planned.diagnostics, []);
    let sql = sql_of(&planned, "measures.attributes");
    assert!(sql.contains(r#"left join "S_orders" as "l0" on "l0"."order_id" = "r"."order""#), "{sql}");
    assert!(
        table(&planned, "Customer_Measure").ends_with("Web decimal(20,2)"),
        "{}",
        table(&planned, "Customer_Measure")
    );
}

#[test]
fn measures_that_cannot_be_are_refused() {
    for (more, expected) in [
        (attribute("M", "max(O.total) - O.total", ORDERS), "expression/aggregate `O.total` stands outside"),
        (attribute("M", "max(Customer_Measure.Spent)", ""), "name/unknown-column"),
        (attribute("M", "max(O.total)", "tables: {O: S_order}"), "name/unknown-table"),
        ("== measures/M.yaml\nkind: customer_measure\nvalue: count(*)\n".to_owned(), "measure/kind a customer measure is split"),
        (
            "== measures/M.yaml\nkind: business_measure\nvalues: {a: count(*), b: count(*)}\n".to_owned(),
            "measure/kind a business measure without dimensions",
        ),
        (
            "== measures/M.yaml\nkind: business_measure\nvalues: {a: count(*)}\ndimensions: [{name: d, value: Customer.city, bucket: month}]\n".to_owned(),
            "expression/type `d` is of type text; only dates come in buckets",
        ),
        (attribute("M", "sum(Customer.points)", "replace_nulls: {Customer.city: x}"), "definition/unused"),
    ] {
        let said = said(&shop(&more));
        assert!(said.len() == 1 && said[0].starts_with(expected), "{expected}: {said:?}");
    }
}

#[test]
fn a_rule_can_be_looked_at_for_one_profile() {
    let more = attribute("A", "count(O.order_id)", ORDERS)
        + "== segments/Some.yaml\ntables: {O: S_orders}\nrules:\n  - where: Customer_Measure.A > 1 and not Customer.city = 'Graz'\n  - except: {where: O.total < 5}\n";
    let planned = shop(&more).plan();
    let rules: Vec<String> = planned
        .rules
        .iter()
        .map(|rule| {
            let parts: Vec<&str> = rule.conditions.iter().map(|condition| condition.text.as_str()).collect();
            format!("{} {:?} {} {} {parts:?}", rule.rule, rule.operator, rule.table, rule.many_rows)
        })
        .collect();
    assert_eq!(
        rules,
        [
            r#"Some#1 Union Customer false ["Customer_Measure.A > 1", "Customer.city = 'Graz'"]"#,
            r#"Some#2 Except Resolved_S_orders_person true ["O.total < 5"]"#,
        ]
    );
    let counts = planned.rules[1].counts(7).to_string();
    assert!(counts.contains(r#" from "Resolved_S_orders_person" as "r" where "r"."profile_no" = 7)"#), "{counts}");
    let logic = Logic::And(vec![Logic::Condition(0), Logic::Not(Box::new(Logic::Condition(1)))]);
    assert_eq!(planned.rules[0].logic, logic);
    let rows = planned.rules[0].rows(7, 5).to_string();
    assert!(rows.contains(r#""Customer_Measure""#) && !rows.contains("Measures_"), "{rows}");
}

#[test]
fn an_export_carries_its_key_and_knows_what_is_not_there() {
    let export = |lines: &str| {
        format!(
            "== segments/All.yaml\nrules: [{{where: true}}]\n== connections/Out.yaml\nkind: folder\npath: ./out\n== exports/E.yaml\nconnection: Out\n{lines}\n"
        )
    };
    let right = shop(&export("segments: [All]\ncolumns: [CustomerId]\nmatch: {customer: city, target: town}")).plan();
    assert_eq!(right.diagnostics, []);
    assert_eq!(table(&right, "Outbox_E"), "Segment text, CustomerId text, city text");
    assert!(matches!(&step(&right, "activate.send E").work, Work::Send { export } if export == "E"));
    for (lines, expected) in [
        (
            "segments: [All]\nmatch: {customer: contactid, target: contactid}",
            "export/key Customer has no column `contactid`",
        ),
        ("segments: [All]\ncolumns: [S_orders.total]", "export/column `S_orders` does not have one row a profile"),
        ("segments: [All]\ncolumns: [citi]", "export/column `Customer` has no column `citi` / write `city`"),
        (
            "tables: [S_orders]\nmatch: {customer: city, target: city}",
            "export/key no row of `S_orders` belongs to a profile",
        ),
    ] {
        let said = said(&shop(&export(lines)));
        assert!(said.len() == 1 && said[0].starts_with(expected), "{said:?}");
    }
}

#[test]
fn what_cannot_be_known_yet_is_planned_all_the_same() {
    let more =
        attribute("A", "count(O.order_id)", ORDERS) + "== segments/S.yaml\nrules: [{where: Customer_Measure.A > 1}]\n";
    let planned = Case::new(&format!("{SHOP}{more}")).plan();
    let errors: Vec<_> = planned.diagnostics.iter().filter(|d| d.is_error() && d.code != Code::SourceInput).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert!(planned.plan.steps.iter().any(|step| step.name == "measures.attributes"));
}

#[test]
fn without_people_there_are_no_profiles_to_measure() {
    let files = "== sources/S.yaml\nkind: csv\nfrom: {folder: ./data}\ntables: {orders: {key: order_id}}\n".to_owned()
        + &attribute("A", "count(O.order_id)", ORDERS)
        + "== measures/B.yaml\nkind: business_measure\nvalue: count(O.order_id)\ntables: {O: S_orders}\n"
        + "== segments/Some.yaml\nrules: [{where: true}]\n";
    let case = Case::new(&files).delivers("Raw_S_orders", "order_id text");
    let said = said(&case);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("path/missing `A` asks for profiles"), "{said:?}");
    assert!(said[1].starts_with("path/missing `Some` asks for profiles"), "{said:?}");
    assert!(case.plan().plan.steps.iter().any(|step| step.name == "measures.table B"));
}

#[test]
fn rules_over_many_rows_of_one_table_share_one_pass() {
    let more = "== segments/A.yaml\ntables: {O: S_orders}\nrules:\n  - {where: O.total > 5, times: {at_least: 2}}\n  - intersect: {where: O.total > 5, times: {at_most: 9}}\n\
         == segments/B.yaml\ntables: {P: S_orders}\nrules: [{where: P.total > 5, pick: first, order_by: P.total}]\n\
         == segments/C.yaml\nschedule: month\ntables: {O: S_orders}\nrules: [{where: O.total > 5, times: {at_least: 2}}]\n\
         == segments/D.yaml\nrules: [{where: true}]\nlimit: {count: 5, by: Customer.city}\nholdout: 0.1\n";
    let planned = shop(more).plan();
    assert!(!planned.diagnostics.iter().any(onefold_model::Diagnostic::is_error), "{:?}", planned.diagnostics);
    let of = |name: &str| {
        let step = planned.plan.steps.iter().find(|step| step.name == name);
        step.unwrap_or_else(|| {
            panic!("no step {name}: {:?}", planned.plan.steps.iter().map(|s| &s.name).collect::<Vec<_>>())
        })
    };
    // What two rules ask in the same words is one column; what has days of its own has a pass of its own.
    assert_eq!(of("segments.rows 0_Resolved_S_orders_person").writes[0].columns.len(), 3);
    assert_eq!(of("segments.rows C_Resolved_S_orders_person").writes[0].columns.len(), 2);
    let Work::Kernel { kernel: Kernel::Membership { segments }, .. } = &of("segments.members 0").work else {
        panic!("members are folded by a kernel")
    };
    let d: Vec<&(String, Vec<(SetOperator, String)>)> =
        segments.iter().filter(|(name, _)| name.starts_with('D')).collect();
    assert_eq!(d[0].1, [(SetOperator::Union, "D#limit".to_owned()), (SetOperator::Except, "D#holdout".to_owned())]);
    assert_eq!((d[1].0.as_str(), d[1].1[1].0), ("D#holdout", SetOperator::Intersect));
}
