//! Texts made to break a parser: they are refused in good time, without a crash.

use std::time::{Duration, Instant};

use crate::expr::{parse, resolve};
use crate::{Code, Diagnostic};

fn quick(text: &str) -> Result<(), Vec<Diagnostic>> {
    let start = Instant::now();
    let parsed = parse(text, None);
    if let Ok(expr) = &parsed {
        let _ = resolve(expr, &super::scope(), None);
        let _ = expr.to_string();
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{} bytes took {:?}", text.len(), start.elapsed());
    parsed.map(|_| ())
}

fn refused(text: &str) {
    let faults = quick(text).expect_err("it is refused");
    assert!(
        faults.iter().all(|fault| matches!(fault.code, Code::ExprSyntax | Code::ExprRefused | Code::ExprFunction)),
        "{:?}",
        faults[0]
    );
    assert!(faults.iter().all(|fault| fault.hint.is_some()), "{:?}", faults[0]);
}

#[test]
fn deep_texts_are_refused() {
    refused(&format!("{}1{}", "(".repeat(10_000), ")".repeat(10_000)));
    refused(&"(".repeat(10_000));
    refused(&"not ".repeat(10_000));
    refused(&"- ".repeat(10_000));
    refused(&"case when ".repeat(5_000));
    refused(&format!("{}1{}", "lower(".repeat(5_000), ")".repeat(5_000)));
    refused(&format!("1{}", " + 1".repeat(3_000)));
    refused(&format!("1{}", " + 1".repeat(20_000)));
    refused(&"a.".repeat(50_000));
    refused(&format!("{}a", "a.".repeat(50_000)));
}

#[test]
fn errors_within_deep_texts_are_found_at_once() {
    for word in [
        "trim(",
        "cast(",
        "substr(",
        "ceil(",
        "case ",
        "case when ",
        "(",
        "not ",
        "-",
        "f(",
        "exists(",
        "position(",
        "x in (",
        "interval ",
    ] {
        for inner in ["x y z", ") (", "1 +", "'a' 'b'", ""] {
            let closing = if word.ends_with('(') { ")".repeat(60) } else { String::new() };
            let _ = quick(&format!("{}{inner}{closing}", word.repeat(60)));
            let _ = quick(&format!("{}{inner}", word.repeat(60)));
        }
    }
}

#[test]
fn long_texts_are_refused_and_long_lists_are_not() {
    refused(&format!("x = '{}'", "a".repeat(1_000_000)));
    refused(&"x or ".repeat(200_000));
    let values: Vec<_> = (0..20_000).map(|i| i.to_string()).collect();
    quick(&format!("Appointment.minutes in ({})", values.join(", "))).expect("twenty thousand values are fine");
    let terms: Vec<_> = (0..300).map(|i| format!("Appointment.minutes = {i}")).collect();
    quick(&terms.join(" or ")).expect("three hundred terms are fine");
}

#[test]
fn odd_letters_never_panic() {
    for text in [
        "",
        " ",
        "\u{0}",
        "'",
        "\"",
        "\"\"",
        "''",
        "é",
        "a.",
        ".a",
        "1.",
        ".5",
        "1e",
        "1e999",
        "a\u{a0}= 1",
        "\u{feff}a = 1",
        "$$",
        "$1",
        "@",
        "#",
        "\\",
        "?",
        ":x",
        "{",
        "[1]",
        "a[1]",
        "a::int",
        "x'41'",
        "E'a'",
        "U&'a'",
        "--",
        "/*",
        "/* a */ 1",
        "1;2",
        "😀 = '😀'",
        "'a\n\n'b",
    ] {
        let _ = quick(text);
    }
}

#[test]
fn what_would_grow_too_long_as_sql_is_refused() {
    let nested = |before: &str, count: usize, after: &str| {
        let text = format!("{}Appointment.start{}", before.repeat(count), after.repeat(count));
        let expr = parse(&text, None).expect("it parses");
        resolve(&expr, &super::scope(), None)
    };
    assert!(nested("date_trunc('day', ", 3, ")").is_ok());
    let faults = nested("date_trunc('day', ", 30, ")").expect_err("thirty levels are too many");
    assert_eq!(faults[0].message, "the expression nests too many calls and casts");
    assert!(nested("coalesce(", 10, ")").is_ok());
    assert!(nested("coalesce(", 40, ")").is_err());
    assert!(nested("cast(cast(", 20, " as text) as date-time)").is_err());
}
