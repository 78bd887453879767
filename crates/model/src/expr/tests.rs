//! Tests of the expression language; the goldens are in `fixtures/expressions.txt`.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::{
    Expr, Name, Resolved, Scope, ScopeTable, parse, parse_value, resolve_condition, resolve_value, resolve_with_notes,
};
use crate::{At, Column, DataType, Diagnostic};

mod bounds;
mod trees;

/// The scope of the goldens; `fixtures/expressions.txt` shows it at its head.
fn scope() -> Scope {
    let columns = |all: &[(&str, DataType)]| all.iter().map(|(name, ty)| Column::new(*name, *ty)).collect();
    let table = |alias: &str, all: &[(&str, DataType)], open| {
        ScopeTable { alias: alias.into(), columns: columns(all), open }.into()
    };
    Scope {
        tables: vec![
            table(
                "Customer",
                &[
                    ("CustomerId", DataType::Text),
                    ("profile_no", DataType::Small),
                    ("firstname", DataType::Text),
                    ("lastname", DataType::Text),
                    ("birthDate", DataType::Date),
                    ("contactid", DataType::Guid),
                    ("newsletter", DataType::Boolean),
                    ("odd name", DataType::Text),
                ],
                false,
            ),
            table(
                "Appointment",
                &[
                    ("id", DataType::Text),
                    ("status", DataType::Text),
                    ("serviceType.coding.code", DataType::Text),
                    ("start", DataType::DateTime),
                    ("end", DataType::DateTime),
                    ("minutes", DataType::Integer),
                    ("price", DataType::Decimal(10, 2)),
                    ("score", DataType::Number),
                    ("extra", DataType::Json),
                ],
                false,
            ),
            table(
                "Customer_Measure",
                &[("pct_no_show", DataType::Number), ("TotalAppointments", DataType::Integer)],
                false,
            ),
            table("Shop", &[("amount", DataType::Number)], true),
        ],
        segments: ["NoShow50".into(), "Missed50".into()].into(),
        aggregates: false,
    }
}

fn own() -> Scope {
    Scope::own(
        vec![
            Column::new("id", DataType::Text),
            Column::new("meta.lastUpdated", DataType::DateTime),
            Column::new("odd name", DataType::Text),
        ],
        false,
    )
}

fn worked_out(mode: &str, text: &str) -> Result<(Expr, Resolved), Vec<Diagnostic>> {
    let at = Some(At { file: 0, start: 0, end: text.len() as u32 });
    match mode {
        "value" => {
            let expr = parse_value(text, at)?;
            let resolved = resolve_value(&expr, &Scope { aggregates: true, ..scope() }, at)?;
            Ok((expr, resolved))
        }
        "where" => {
            let expr = parse(text, at)?;
            let resolved = resolve_condition(&expr, &scope(), at)?;
            Ok((expr, resolved))
        }
        "own" => {
            let expr = parse(text, at)?;
            let resolved = resolve_with_notes(&expr, &own(), at)?;
            Ok((expr, resolved))
        }
        _ => {
            let expr = parse(text, at)?;
            let resolved = resolve_with_notes(&expr, &scope(), at)?;
            Ok((expr, resolved))
        }
    }
}

fn told(text: &str, diagnostic: &Diagnostic) -> String {
    let at = diagnostic.at.expect("every fault of a read text has a place");
    let mut out =
        format!("  ! {} at `{}`: {}", diagnostic.code, &text[at.start as usize..at.end as usize], diagnostic.message);
    if let Some(hint) = &diagnostic.hint {
        let _ = write!(out, "\n      {hint}");
    }
    out
}

/// What the golden file should say after `mode: text`.
fn answer(mode: &str, text: &str) -> String {
    match worked_out(mode, text) {
        Ok((expr, resolved)) => {
            let mut out = format!("  = {} :: {}", expr.to_string().replace('\n', "\\n"), resolved.typed.ty);
            assert_eq!(plain(&parse(&expr.to_string(), None).expect("printed text parses")), plain(&expr), "{text}");
            for note in &resolved.notes {
                let _ = write!(out, "\n{}", told(text, note).replacen('!', "~", 1));
            }
            out
        }
        Err(faults) => {
            assert!(!faults.is_empty(), "a refusal without a reason: {text}");
            faults.iter().map(|fault| told(text, fault)).collect::<Vec<_>>().join("\n")
        }
    }
}

/// The tree without its places.
fn plain(expr: &Expr<Name>) -> String {
    let mut value = serde_json::to_value(expr).expect("a tree is JSON");
    strip(&mut value);
    value.to_string()
}

fn strip(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(map) => {
            map.remove("span");
            map.values_mut().for_each(strip);
        }
        serde_json::Value::Array(all) => all.iter_mut().for_each(strip),
        _ => {}
    }
}

#[test]
fn golden_expressions() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/expressions.txt");
    let file = std::fs::read_to_string(&path).expect("the golden file is there");
    let (mut out, mut count) = (String::new(), 0);
    for line in file.lines() {
        // Answers are indented; all else is kept, and each `mode: text` is answered anew.
        if line.starts_with("  ") {
            continue;
        }
        out.push_str(line);
        out.push('\n');
        if let Some((mode, text)) =
            line.split_once(": ").filter(|(mode, _)| ["where", "value", "any", "own"].contains(mode))
        {
            count += 1;
            let answer = answer(mode, &text.replace("\\n", "\n"));
            let _ = writeln!(out, "{answer}");
        }
    }
    assert!(count >= 200, "only {count} expressions are left");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, out).expect("the golden file can be written");
    } else if file != out {
        let differ = file.lines().zip(out.lines()).find(|(a, b)| a != b);
        panic!("fixtures/expressions.txt differs, first at {differ:#?}; look at it, then run with UPDATE_EXPECT=1");
    }
}

#[test]
fn faults_point_into_the_file() {
    let at = |start, end| Some(At { file: 3, start, end });
    let text = "Customer.lastnam = 'x'";
    // Plain: the text stands at bytes 10 to 32 of the file.
    let expr = parse(text, at(10, 32)).expect("it parses");
    let fault = |at| resolve_condition(&expr, &scope(), at).expect_err("the column is unknown").remove(0).at;
    assert_eq!(fault(at(10, 32)), at(10, 26));
    assert_eq!(fault(at(10, 34)), at(11, 27), "in quotes");
    assert_eq!(fault(at(10, 60)), at(10, 60), "folded: the whole scalar");
    assert_eq!(fault(None), None);
    assert_eq!(parse("a = = b", at(5, 12)).expect_err("a syntax fault")[0].at, at(9, 10));
}

#[test]
fn spans_are_bytes_of_what_was_written() {
    let text = "lower(a.ü) = 'ß' and not (b.x\n  is null) or c.y not in (1, 2)";
    let expr = parse(text, None).expect("it parses");
    let mut seen = Vec::new();
    expr.walk(&mut |e| seen.push(&text[e.span.0 as usize..e.span.1 as usize]));
    assert_eq!(
        seen,
        [
            text,
            "lower(a.ü) = 'ß' and not (b.x\n  is null)",
            "lower(a.ü) = 'ß'",
            "lower(a.ü)",
            "a.ü",
            "'ß'",
            "not (b.x\n  is null)",
            "(b.x\n  is null)",
            "b.x",
            "c.y not in (1, 2)",
            "c.y",
            "1",
            "2",
        ]
    );
}
