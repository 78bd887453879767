//! Conditions there and back: random trees, the fixtures, and what builders write.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Comparison, Condition, Test, read, text};
use crate::expr::parse;

fn back(written: &str) -> Condition {
    let expr = parse(written, None).unwrap_or_else(|wrong| panic!("{written}: {wrong:?}"));
    read(&expr, written)
}

fn column() -> impl Strategy<Value = String> {
    let part =
        prop_oneof!["[a-zA-Z_][a-zA-Z0-9_]{0,5}", "[ -~é]{1,6}", Just("select".to_owned()), Just("not".to_owned())];
    ("[A-Za-z][a-z_]{0,4}|select|end", part).prop_map(|(alias, column)| format!("{alias}.{column}"))
}

fn constant() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no other", |v| v.is_finite()).prop_map(Value::from),
        "[ -~\n'é%_\\\\]{0,8}".prop_map(Value::from),
    ]
}

fn comparison() -> impl Strategy<Value = Condition> {
    let texts = "[ -~'é%_\\\\]{1,8}";
    let unit = proptest::sample::select(vec!["day", "week", "month", "year"]);
    let parts = (column(), proptest::sample::select(Test::ALL.to_vec()), proptest::collection::vec(constant(), 1..4));
    (parts, texts, unit, any::<bool>(), 0..40_i64).prop_map(
        |((column, test, mut values), word, unit, ignore, count)| {
            let mut made = Comparison { column, test, values: Vec::new(), unit: None, ignore_case: false };
            match test {
                Test::Eq | Test::Ne if ignore => (made.values, made.ignore_case) = (vec![word.into()], true),
                Test::Eq | Test::Ne | Test::Lt | Test::Le | Test::Gt | Test::Ge => {
                    values.truncate(1);
                    made.values = values;
                }
                Test::Between | Test::NotBetween => made.values = vec![values[0].clone(), count.into()],
                Test::In | Test::NotIn | Test::DayOfWeek | Test::DayOfMonth | Test::MonthOf | Test::YearOf => {
                    made.values = values;
                }
                Test::IsNull | Test::IsNotNull | Test::IsTrue | Test::IsFalse | Test::YearToDate => {}
                Test::InSegment | Test::NotInSegment => (made.column, made.values) = (String::new(), vec![word.into()]),
                Test::WithinLast | Test::NotWithinLast | Test::WithinNext => {
                    (made.values, made.unit) = (vec![count.into()], Some(unit.to_owned()));
                }
                _ => (made.values, made.ignore_case) = (vec![word.into()], ignore),
            }
            Condition::Is(made)
        },
    )
}

fn leaf() -> impl Strategy<Value = Condition> {
    let others = vec![
        "Customer.a = Customer.b",
        "UnifiedActivity.ActivityTime <= now()",
        "not (A.a = 1 or A.b = 2)",
        "lower(A.x) = 'a'",
    ];
    prop_oneof![6 => comparison(), 1 => proptest::sample::select(others).prop_map(|text| Condition::Text(text.to_owned()))]
}

/// Groups of two or more, none directly within one of its kind.
fn condition() -> impl Strategy<Value = Condition> {
    let all = |inner: BoxedStrategy<Condition>| proptest::collection::vec(inner, 2..4).prop_map(Condition::All).boxed();
    let any = |inner: BoxedStrategy<Condition>| proptest::collection::vec(inner, 2..4).prop_map(Condition::Any).boxed();
    let mixed = |inner: BoxedStrategy<Condition>| prop_oneof![2 => leaf(), 1 => inner].boxed();
    let (one, other) = (all(leaf().boxed()), any(leaf().boxed()));
    let (one, other) = (all(mixed(other)), any(mixed(one)));
    let (one, other) = (all(mixed(other.clone())), any(mixed(one.clone())));
    prop_oneof![leaf(), one, other]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn conditions_come_back_from_their_text(condition in condition()) {
        let written = text(&condition, false);
        prop_assert!(written.is_ok(), "{condition:?}\n{written:?}");
        let written = written.expect("checked");
        prop_assert_eq!(back(&written), condition, "{}", written);
    }

    #[test]
    fn any_expression_that_is_read_means_the_same_when_written(condition in condition()) {
        let once = text(&condition, false).expect("it can be written");
        prop_assert_eq!(text(&back(&once), false).expect("it can be written"), once);
    }
}

#[test]
fn builders_write_what_people_would() {
    let is = |column: &str, operator: &str, values: Value, unit: Option<&str>, ignore_case: bool| {
        let test = Test::of_word(operator).expect("the operator is there");
        let Value::Array(values) = values else { panic!("values are a list") };
        let unit = unit.map(str::to_owned);
        Condition::Is(Comparison { column: column.to_owned(), test, values, unit, ignore_case })
    };
    let written = |condition: &Condition| text(condition, false).expect("it can be written");
    let cases = [
        (is("C.x", "contains", json!(["50%_"]), None, true), r"C.x ilike '%50\%\_%'"),
        (is("C.x", "not_contains", json!(["a"]), None, false), "not contains(C.x, 'a')"),
        (is("C.x", "not_contains", json!(["a"]), None, true), "C.x not ilike '%a%'"),
        (is("C.x", "starts_with", json!(["it's"]), None, false), "starts_with(C.x, 'it''s')"),
        (is("C.x", "eq", json!(["Ann"]), None, true), "C.x ilike 'Ann'"),
        (is("C.first name", "ne", json!([5]), None, false), "C.\"first name\" <> 5"),
        (
            is("A.serviceType.coding.code", "in", json!(["a", "b"]), None, false),
            "A.serviceType.coding.code in ('a', 'b')",
        ),
        (is("C.x", "within_last", json!([12]), Some("month"), false), "within_last(C.x, 12, 'month')"),
        (is("", "not_in_segment", json!(["A"]), None, false), "not in_segment('A')"),
        (is("C.x", "month_of", json!([1, 2]), None, false), "date_part('month', C.x) in (1, 2)"),
        (is("C.x", "day_of_week", json!([1]), None, false), "day_of_week(C.x) = 1"),
        (is("C.x", "is_true", json!([]), None, false), "C.x = true"),
        (is("C.x", "between", json!([1, 2.5]), None, false), "C.x between 1 and 2.5"),
    ];
    for (condition, expected) in &cases {
        assert_eq!(written(condition), *expected);
        assert_eq!(back(expected), *condition);
    }
    let (a, b, c) = (cases[5].0.clone(), cases[8].0.clone(), cases[11].0.clone());
    let nested =
        Condition::All(vec![a.clone(), Condition::Any(vec![b.clone(), Condition::All(vec![c.clone(), a.clone()])])]);
    assert_eq!(
        written(&nested),
        "C.\"first name\" <> 5 and (not in_segment('A') or C.x = true and C.\"first name\" <> 5)"
    );
    // Empty groups and groups of one are no brackets.
    let odd = Condition::Any(vec![Condition::All(vec![]), Condition::All(vec![a])]);
    assert_eq!(written(&odd), "C.\"first name\" <> 5");
    // A text keeps its form, and its brackets where it needs them.
    let texts = Condition::All(vec![Condition::Text("x.a=1  or x.b=2".to_owned()), c]);
    assert_eq!(written(&texts), "(x.a=1  or x.b=2) and C.x = true");
}

#[test]
fn what_is_not_complete_is_said() {
    let lacks = Condition::Is(Comparison {
        column: "C.x".to_owned(),
        test: Test::Eq,
        values: vec![],
        unit: None,
        ignore_case: false,
    });
    let wrong = text(&Condition::All(vec![lacks.clone(), lacks]), false).expect_err("a value is missing");
    assert_eq!(wrong.len(), 2);
    assert_eq!(wrong[0].message, "the condition on `C.x` lacks its value");
    assert!(text(&Condition::Text("a b".to_owned()), false).is_err());
}

#[test]
fn in_a_tables_own_scope_the_whole_name_is_a_column() {
    let of = |column: &str| {
        Condition::Is(Comparison {
            column: column.to_owned(),
            test: Test::IsNull,
            values: vec![],
            unit: None,
            ignore_case: false,
        })
    };
    assert_eq!(text(&of("meta.lastUpdated"), true).as_deref(), Ok("meta.lastUpdated is null"));
    assert_eq!(text(&of("meta.last updated"), true).as_deref(), Ok("\"meta.last updated\" is null"));
    assert_eq!(back("\"meta.last updated\" is null"), of("meta.last updated"));
}

/// The conditions in a value, wherever they stand.
fn conditions(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| conditions(item, found)),
        Value::Object(map) => map.iter().for_each(|(key, value)| match value {
            Value::String(text) if key == "where" || key == "filter_rows" => found.push(text.clone()),
            other => conditions(other, found),
        }),
        _ => {}
    }
}

fn every_file(folder: &Path, each: &mut dyn FnMut(&str)) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.extension().and_then(|extension| extension.to_str()) {
            _ if path.is_dir() => every_file(&path, each),
            Some("yaml") => each(&fs::read_to_string(&path).unwrap_or_default()),
            Some("case") => {
                let text = fs::read_to_string(&path).unwrap_or_default();
                text.split("\n--- ").filter_map(|section| section.split_once('\n')).for_each(|(_, body)| each(body));
            }
            _ => {}
        }
    }
}

#[test]
fn every_condition_of_the_fixtures_comes_back() {
    let mut found = Vec::new();
    every_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures"), &mut |text| {
        conditions(&crate::edit::to_json(text).unwrap_or_default(), &mut found);
    });
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/expressions.txt");
    let golden = fs::read_to_string(golden).expect("the fixture is there");
    found.extend(golden.lines().filter_map(|line| line.strip_prefix("where: ").map(str::to_owned)));
    let mut shown = 0;
    let mut count = 0;
    for condition in &found {
        let Ok(expr) = parse(condition, None) else { continue };
        count += 1;
        let tree = read(&expr, condition);
        shown += usize::from(!matches!(tree, Condition::Text(_)));
        let written = text(&tree, false).unwrap_or_else(|wrong| panic!("{condition}: {wrong:?}"));
        assert_eq!(back(&written), tree, "{condition}\n{written}");
    }
    assert!(count > 100 && shown > 60, "{shown} of {count}");
}
