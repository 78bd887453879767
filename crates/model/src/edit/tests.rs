//! Properties of editing: what is equal stays byte for byte, what is written means what was asked for.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{diff, rewrite, same, to_json, write};

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z][a-zA-Z0-9_.]{0,8}",
        "[ -~]{0,12}",
        "[a-c \n#:'\"é-]{0,14}",
        proptest::sample::select(vec![
            "true",
            "Null",
            "~",
            "yes",
            "2020-01-31",
            "12:30",
            "0x1F",
            "1e3",
            "-",
            "---",
            "...",
            "? a",
            "a: b",
            "a #b",
            "[a",
            "{a}",
            "% off",
            "@at",
            "`x`",
            "a:",
            "x = 'y'",
            "a\nb\n",
            "a\n\nb",
            " a\nb",
            "a\n",
            "\n",
            "",
            "\u{feff}",
            "\u{2028}",
            "\t",
            "a\tb",
            "Customer.email is not null and x like '%a%'",
            "!x",
            "&x",
            "*x",
            "|",
            ">",
            "<<x",
            "=",
            "\u{0}",
            "\u{a0}x",
            "a,b",
            "0o17",
            "+1",
            ".5",
        ])
        .prop_map(str::to_owned),
        any::<String>().prop_map(|text| text.chars().take(6).collect()),
    ]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => text().prop_map(Value::String),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_filter("JSON has no other", |v| v.is_finite()).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let key = prop_oneof![3 => "[a-e]", 1 => text().prop_filter("the format has none", |key| key != "<<")];
    scalar().prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            proptest::collection::vec((key.clone(), inner), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// The number of places where a value can be changed.
fn places(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(places).sum(),
        Value::Object(map) => map.values().map(places).sum(),
        _ => 0,
    }
}

/// Changes the value at a place: sets, removes, renames, moves, adds.
fn changed(value: &mut Value, place: usize, how: u8, new: &Value) -> usize {
    if place == 0 {
        match (how % 6, &mut *value) {
            (0, Value::Array(items)) if !items.is_empty() => drop(items.remove(usize::from(how) % items.len())),
            (1, Value::Array(items)) => items.insert(usize::from(how) % (items.len() + 1), new.clone()),
            (2, Value::Array(items)) => items.reverse(),
            (0, Value::Object(map)) if !map.is_empty() => {
                let key = map.keys().nth(usize::from(how) % map.len()).cloned().unwrap_or_default();
                map.shift_remove(&key);
            }
            (1, Value::Object(map)) => drop(map.insert("zz".to_owned(), new.clone())),
            (2, Value::Object(map)) => drop(map.shift_insert(0, "yy".to_owned(), new.clone())),
            (3, Value::Object(map)) => {
                let renamed = map.iter().enumerate().map(|(i, (key, value))| match i == usize::from(how) % map.len() {
                    true => ("xx".to_owned(), value.clone()),
                    false => (key.clone(), value.clone()),
                });
                *map = renamed.collect();
            }
            _ => *value = new.clone(),
        }
        return 0;
    }
    let mut left = place - 1;
    let inner: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(map) => map.values_mut().collect(),
        _ => Vec::new(),
    };
    for item in inner {
        let size = places(item);
        if left < size {
            return changed(item, left, how, new);
        }
        left -= size;
    }
    left
}

/// Puts comments and blank lines into a text: between lines that begin an entry.
fn commented(text: &str, seeds: &[u8]) -> String {
    let mut out = String::new();
    let mut block: Option<usize> = None;
    for (number, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        if block.is_some_and(|outer| indent > outer || line.trim().is_empty()) {
            out.push_str(line);
            out.push('\n');
            continue;
        }
        block = line.ends_with(['|']).then_some(indent).or(line.ends_with("|-").then_some(indent));
        let seed = seeds.get(number % seeds.len().max(1)).copied().unwrap_or(0);
        if seed % 5 == 1 {
            out.push_str(&format!("{}# above {number}\n", " ".repeat(indent)));
        }
        if seed % 7 == 2 && number > 0 {
            out.push('\n');
        }
        out.push_str(line);
        if seed % 3 == 1 && block.is_none() {
            out.push_str("  # beside");
        }
        out.push('\n');
    }
    out
}

fn check(text: &str, new: &Value) -> Result<String, TestCaseError> {
    let out = rewrite(text, new);
    prop_assert!(out.is_ok(), "{text}\n---\n{new}\n{out:?}");
    let out = out.expect("checked");
    let back = to_json(&out);
    prop_assert!(back.as_ref().is_some_and(|back| same(back, new)), "{text}\n---\n{out}\n---\n{new}\n{back:?}");
    Ok(out)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn what_is_written_reads_back(value in value()) {
        let text = write(&value);
        let back = to_json(&text);
        prop_assert!(back.as_ref().is_some_and(|back| same(back, &value)), "{text}\n{value}\n{back:?}");
        prop_assert_eq!(rewrite(&text, &value).expect("nothing differs"), text);
    }

    #[test]
    fn any_value_can_take_the_place_of_any_other(old in value(), new in value(), seeds in proptest::collection::vec(any::<u8>(), 1..9)) {
        let text = commented(&write(&old), &seeds);
        prop_assume!(to_json(&text).is_some_and(|value| same(&value, &old)));
        check(&text, &new)?;
    }

    #[test]
    fn a_change_leaves_the_rest(
        old in value(), new in value(), place in 0..40_usize, how in any::<u8>(),
        seeds in proptest::collection::vec(any::<u8>(), 1..9), crlf in any::<bool>(), open in any::<bool>(),
    ) {
        let mut text = commented(&write(&old), &seeds);
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        if open {
            text.truncate(text.trim_end().len());
        }
        prop_assume!(to_json(&text).is_some_and(|value| same(&value, &old)));
        let mut wanted = old.clone();
        changed(&mut wanted, place % places(&old), how, &new);
        let out = check(&text, &wanted)?;
        check(&out, &old)?;
        prop_assert!(!(crlf && text.contains('\n') && out.replace("\r\n", "").contains('\n')), "{out:?}");
        // Comments that stand in both are those of lines that stay: nothing is said twice.
        let count = |text: &str| text.matches("# above").count();
        prop_assert!(count(&out) <= count(&text), "{text}\n---\n{out}");
    }

    #[test]
    fn differences_lead_from_one_text_to_the_other(old in "[a-c\n]{0,20}", new in "[a-c\n]{0,20}") {
        let lines = super::compare::diff(&old, &new);
        prop_assert_eq!(lines.is_empty(), old == new);
    }
}

#[test]
fn numbers_as_a_browser_writes_them_change_nothing() {
    let text = "a: 1.0  # one\nb: 0x10\n";
    assert_eq!(rewrite(text, &json!({"b": 16, "a": 1})).as_deref(), Ok(text));
}

#[test]
fn a_text_that_is_no_yaml_is_refused() {
    assert!(rewrite("a: [", &json!({"a": 1})).is_err());
    assert!(to_json("a: 1\na: 2\n").is_none());
}

#[test]
fn differences_have_three_lines_around() {
    let old: String = (1..=20).map(|i| format!("{i}\n")).collect();
    let new = old.replace("\n5\n", "\nfive\n").replace("\n19\n", "\n");
    let shown: Vec<String> = diff(&old, &new).iter().map(|line| format!("{}{}", line.sign, line.text)).collect();
    let expected = " 2, 3, 4,-5,+five, 6, 7, 8, …, 16, 17, 18,-19, 20";
    assert_eq!(shown.join(","), expected);
}

/// A case of `fixtures/edits`: what it shows, the text before, the text after.
fn case(text: &str) -> (&str, &str, &str) {
    let (head, rest) = text.split_once("--- before\n").expect("a case has a `--- before`");
    let (before, after) = rest.split_once("--- after\n").expect("a case has a `--- after`");
    (head, before, after)
}

#[test]
fn edits_come_out_as_the_cases_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/edits");
    let (mut run, mut failed) = (0, Vec::new());
    for entry in fs::read_dir(folder).expect("the cases are there") {
        let path = entry.expect("a folder can be listed").path();
        if path.extension().is_none_or(|extension| extension != "case") {
            continue;
        }
        run += 1;
        let text = fs::read_to_string(&path).expect("a case can be read");
        let (head, before, after) = case(&text);
        let (old, new) = (to_json(before).expect("before is YAML"), to_json(after).expect("after is YAML"));
        let out = rewrite(before, &new).unwrap_or_else(|why| panic!("{}: {}", path.display(), why.message));
        let back = rewrite(after, &old).unwrap_or_else(|why| panic!("{}: {}", path.display(), why.message));
        assert!(same(&to_json(&back).expect("what is written is YAML"), &old));
        if out != after {
            if std::env::var_os("UPDATE_EXPECT").is_some() {
                fs::write(&path, format!("{head}--- before\n{before}--- after\n{out}")).expect("a case can be written");
            }
            failed.push(format!("{}\n{out}", path.display()));
        }
    }
    assert!(run > 10 && failed.is_empty(), "{}", failed.join("\n"));
}

/// All definition files of the fixtures that are right.
fn definitions(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("wrong") {
            definitions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            found.push(path);
        }
    }
}

#[test]
fn every_place_of_every_fixture_can_be_changed() {
    let mut files = Vec::new();
    definitions(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures"), &mut files);
    assert!(files.len() > 40);
    let samples = [
        json!("x"),
        json!("a: b"),
        json!(["a", "b"]),
        json!({"where": "x > 1", "tables": {"A": "B"}}),
        json!("two\nlines"),
    ];
    for path in files {
        let text = fs::read_to_string(&path).expect("a fixture can be read");
        let Some(old) = to_json(&text) else { continue };
        assert_eq!(rewrite(&text, &old).as_deref(), Ok(text.as_str()));
        for place in 0..places(&old) {
            for (how, sample) in (0..6_u8).zip(samples.iter().cycle()) {
                let mut wanted = old.clone();
                changed(&mut wanted, place, how, sample);
                let out = rewrite(&text, &wanted);
                let out = out.unwrap_or_else(|why| panic!("{}: {wanted}: {}", path.display(), why.message));
                assert!(same(&to_json(&out).expect("checked"), &wanted), "{}:\n{out}", path.display());
            }
        }
    }
}
