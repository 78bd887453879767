//! Cases: paths over one record, and what they give.

use super::{Constants, Evaluator, Scope, parse};
use crate::json::Nodes;

const RECORD: &str = r#"{"resourceType":"Observation","id":"o1","status":"final","n":3,"d":2.50,"t":true,
 "name":[{"use":"official","family":"Adams","given":["Ann","Bea",null]},{"use":"usual","given":["Annie"]}],
 "valueQuantity":{"value":7.0,"unit":"kg","code":"kg"},"birthDate":"1970-06","_birthDate":{"extension":[{"url":"u","valueString":"x"}]},
 "effectiveDateTime":"2026-01-31T10:00:00+02:00","subject":{"reference":"Patient/p1/_history/3"},
 "item":[{"linkId":"1","item":[{"linkId":"1.1"},{"linkId":"1.2"}]},{"linkId":"2"}]}"#;

/// Path, and the items shown with `;` between them; `!` and a part of the message for a fault.
const CASES: &[(&str, &str)] = &[
    ("name.given", "Ann;Bea;Annie"),
    ("Observation.name.family", "Adams"),
    ("Patient.name.family", ""),
    ("name[0].given[1]", "Bea"),
    ("name.where(use = 'usual').given.first()", "Annie"),
    ("name.where($index = 1).given", "Annie"),
    ("name.given.where($this.startsWith('Ann'))", "Ann;Annie"),
    ("name.select(given.first() & '/' & family)", "Ann/Adams;Annie/"),
    ("name.exists(use = 'old')", "false"),
    ("name.all(given.exists())", "true"),
    ("name.given.count() + n * 2 - 1", "8"),
    ("n / 2", "1.5"),
    ("7 div 2 = 3 and 7 mod 2 = 1", "true"),
    ("-n + 5", "2"),
    ("2 + 3 * 4 = 14 and (2 + 3) * 4 = 20", "true"),
    ("d = 2.5 and d.toString() = '2.50'", "true"),
    ("{} and false", "false"),
    ("{} or true", "true"),
    ("{} and true", ""),
    ("{} implies true", "true"),
    ("true xor false", "true"),
    ("missing = 1", ""),
    ("missing.not()", ""),
    ("t.not()", "false"),
    ("n > 2 and n <= 3 and 'a' < 'b'", "true"),
    ("n > 'x'", "!cannot be compared"),
    ("name.given = 'Ann'", "false"),
    ("name.given.single()", "!expected one value"),
    ("name.given contains 'Bea' and 'Bea' in name.given", "true"),
    ("(name.given | 'Ann' | 'Cy').count()", "4"),
    ("name.given.combine('Ann').distinct().count()", "3"),
    ("name.given.tail().first()", "Bea"),
    ("name.given.skip(1).take(1)", "Bea"),
    ("name.given.last()", "Annie"),
    ("value.ofType(Quantity).value", "7.0"),
    ("value.ofType(string)", ""),
    ("value is Quantity", "true"),
    ("(value as Quantity).unit", "kg"),
    ("value > 6 'kg'", "true"),
    ("effective.ofType(dateTime) = @2026-01-31T08:00:00Z", "true"),
    ("effective.ofType(dateTime) < @2026-02", "true"),
    ("birthDate < @1970", ""),
    ("birthDate < @1971", "true"),
    ("birthDate + 1 year", "1971-06"),
    ("@2024-01-31 + 1 month", "2024-02-29"),
    ("@T10:30 < @T11:00", "true"),
    ("birthDate.lowBoundary()", "1970-06-01"),
    ("birthDate.extension('u').value.ofType(string)", "x"),
    ("subject.getReferenceKey(Patient)", "p1"),
    ("subject.getReferenceKey(Group)", ""),
    ("getResourceKey() = %resource.id", "true"),
    ("repeat(item).linkId", "1;2;1.1;1.2"),
    ("item.descendants().linkId", "1.1;1.2"),
    ("item.linkId.join('-')", "1-2"),
    ("'a,b'.split(',')", "a;b"),
    ("'Hello'.substring(1, 3) & 'x'.upper() & ' y '.trim()", "ellXy"),
    ("'Hello'.indexOf('l')", "2"),
    ("'Hello'.replace('l', '') & 'abc'.length().toString()", "Heo3"),
    ("'abc'.matches('^a.c$')", "true"),
    ("'abc'.matches(missing)", ""),
    ("iif(n = 3, 'three', 'other')", "three"),
    ("(1 | 2 | 3).aggregate($this + $total, 0)", "6"),
    ("(1 | 2 | 3).sum()", "6"),
    ("(3 | 1 | 2).min()", "1"),
    ("'12'.toInteger() + 1", "13"),
    ("'1.5'.toDecimal() * 2", "3"),
    ("'x'.toInteger()", ""),
    ("'2026-01-01'.toDate() = @2026-01-01", "true"),
    ("(2.5).round() & '' & (-2.5).floor().toString()", "3-3"),
    ("now() = @1970-01-01T00:00:00.000Z and today() = @1970-01-01", "true"),
    ("'ANN ' ~ 'ann'", "true"),
    ("status.hasValue() and name.hasValue().not()", "true"),
    ("name.given.subsetOf(name.given | 'x')", "true"),
    ("`name`.`given`.first()", "Ann"),
    ("name.given.first() // the first", "Ann"),
    ("coalesce(missing, status)", "final"),
];

#[test]
fn paths_give_what_the_standard_says() {
    let mut nodes = Nodes::default();
    let doc = nodes.read(RECORD).expect("the record is JSON");
    let mut wrong = Vec::new();
    for (path, expected) in CASES {
        let tree = match parse(path, &Constants::new()) {
            Ok(tree) => tree,
            Err(fault) => {
                wrong.push(format!("{path}: {fault:?}"));
                continue;
            }
        };
        let evaluator = Evaluator { resource: doc.root(), now: Some(0) };
        let found = match evaluator.items(&tree, &Scope::of(doc.root(), None, 0)) {
            Ok(items) => items.iter().map(|item| item.shown().into_owned()).collect::<Vec<_>>().join(";"),
            Err(fault) => format!("!{fault}"),
        };
        let same = match expected.strip_prefix('!') {
            Some(part) => found.starts_with('!') && found.contains(part),
            None => found == *expected,
        };
        if !same {
            wrong.push(format!("{path}: expected {expected:?}, found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn wrong_paths_are_told_with_their_place() {
    let faults = [
        ("name.", 5, "a name was expected after `.`"),
        ("name.frist()", 5, "the function `frist` does not exist"),
        ("name.first(1)", 5, "`first` takes 0 arguments, not 1"),
        ("name where", 5, "the path should end here"),
        ("'open", 0, "text in quotes is not closed"),
        ("a # b", 2, "`#` is not part of FHIRPath"),
        ("value.ofType(quantity)", 13, "`quantity` is not a type of FHIR"),
        ("'a'.matches('(')", 4, "`(` is not a regular expression"),
        ("@2026-13", 0, "`@2026-13` is not a date or time"),
        ("(a", 2, "`)` was expected"),
        ("", 0, "the path ends too early"),
    ];
    for (path, at, message) in faults {
        let fault = parse(path, &Constants::new()).expect_err(path);
        assert_eq!((fault.at, fault.message.as_str()), (at, message), "{path}");
    }
    let deep = "(".repeat(100_000);
    assert_eq!(parse(&deep, &Constants::new()).expect_err("too deep").message, "too many levels of brackets");
    let long = format!("{}1", "-".repeat(100_000));
    assert!(parse(&long, &Constants::new()).is_err());
}
