//! YAML with places: every scalar's bytes, parsed again, are the scalar; what the format leaves out is said.

use onefold_model::yaml::{Data, Node, Scalar, ScalarKind, parse};
use onefold_model::{Code, Diagnostic};
use proptest::prelude::*;

fn tree(text: &str) -> Node {
    let (node, diagnostics) = parse(text, 0);
    assert!(diagnostics.is_empty(), "{text:?}: {diagnostics:?}");
    node.unwrap_or_else(|| panic!("{text:?}: nothing was read"))
}

fn codes(text: &str) -> Vec<Code> {
    parse(text, 0).1.iter().map(|diagnostic| diagnostic.code).collect()
}

fn slice(text: &str, diagnostic: &Diagnostic) -> String {
    let at = diagnostic.at.expect("a fault of a file has a place");
    text[at.start as usize..at.end as usize].to_owned()
}

/// All scalars, keys too, with their bytes.
fn scalars<'t>(text: &'t str, node: &Node, all: &mut Vec<(&'t str, Scalar)>) {
    match &node.data {
        Data::Scalar(scalar) => {
            all.push((&text[node.at.start as usize..node.at.end as usize], scalar.clone()));
        }
        Data::List(items) => items.iter().for_each(|item| scalars(text, item, all)),
        Data::Map(entries) => entries.iter().for_each(|entry| {
            assert_eq!(entry.value.named, Some(entry.key_at));
            let key = &text[entry.key_at.start as usize..entry.key_at.end as usize];
            assert_eq!(tree(key).scalar().map(|s| s.text.as_str()), Some(entry.key.value.as_str()));
            if !entry.value.is_null() {
                scalars(text, &entry.value, all);
            }
        }),
    }
}

/// Writes a scalar in one of the styles that can hold it.
fn written(text: &str, style: u8, indent: usize) -> String {
    let pad = " ".repeat(indent + 2);
    match style % 5 {
        0 if plain_can_hold(text) => text.to_owned(),
        1 => format!("'{}'", text.replace('\'', "''")),
        2 if !text.is_empty() && !text.starts_with(' ') => format!("|-  # why\n{pad}{text}"),
        3 if !text.is_empty() && !text.starts_with(' ') => format!(">-\n{pad}{text}"),
        _ => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

fn plain_can_hold(text: &str) -> bool {
    text.chars().next().is_some_and(char::is_alphabetic)
        && text.trim() == text
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':')
        && tree(text).text() == Some(text)
}

proptest! {
    #[test]
    fn places_are_exact(
        values in prop::collection::vec(("[a-zé漢0-9 '\"\\\\.:#,-]{0,12}", any::<u8>()), 1..8),
        bom in any::<bool>(),
        crlf in any::<bool>(),
    ) {
        let mut text = String::from("# größe 漢\ninner:\n");
        for (i, (value, style)) in values.iter().enumerate() {
            let behind = if style % 5 == 1 && i % 2 == 0 { "   # why" } else { "" };
            text += &format!("  k{i}: {}{behind}\n", written(value, *style, 2));
        }
        text += "list:\n";
        for (value, style) in &values {
            text += &format!("  - {}\n", written(value, *style, 2));
        }
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        if bom {
            text.insert(0, '\u{feff}');
        }
        let node = tree(&text);
        let mut all = Vec::new();
        scalars(&text, &node, &mut all);
        let read: Vec<&str> = all.iter().map(|(_, scalar)| scalar.text.as_str()).collect();
        let wanted: Vec<&str> = values.iter().chain(&values).map(|(value, _)| value.as_str()).collect();
        prop_assert_eq!(read, wanted, "{:?}", text);
        for (raw, scalar) in all {
            let again = tree(raw);
            prop_assert_eq!(again.scalar(), Some(&scalar), "{:?} of {:?}", raw, text);
        }
    }

    #[test]
    fn any_text_is_read_or_said_to_be_wrong(text in "[ -~\\n\\t\\r\u{0}é]{0,60}") {
        let (node, diagnostics) = parse(&text, 0);
        prop_assert!(node.is_some() || !diagnostics.is_empty() || text.trim().is_empty() || no_content(&text), "{:?}", text);
        for at in diagnostics.iter().filter_map(|diagnostic| diagnostic.at) {
            prop_assert!(text.get(at.start as usize..at.end as usize).is_some(), "{:?} of {:?}", at, text);
        }
    }

    #[test]
    fn flow_and_block_give_the_same_tree(keys in prop::collection::btree_set("[a-z]{1,6}", 1..6), number in any::<i32>()) {
        let block: String = keys.iter().map(|key| format!("{key}x:\n  - {number}\n  - a b\n")).collect();
        let flow: Vec<String> = keys.iter().map(|key| format!("{key}x: [{number}, a b]")).collect();
        let flow = format!("{{{}}}", flow.join(", "));
        prop_assert_eq!(tree(&block).json(), tree(&flow).json());
        prop_assert_eq!(&flow[tree(&flow).at.start as usize..tree(&flow).at.end as usize], flow.as_str());
    }
}

/// Comments and document marks alone.
fn no_content(text: &str) -> bool {
    text.split(['\n', '\r']).all(|line| {
        let line = line.trim();
        line.is_empty()
            || line.starts_with('#')
            || line.starts_with("---")
            || line.starts_with("...")
            || line.starts_with('%')
    })
}

#[test]
fn the_core_schema_holds() {
    for (text, kind) in [
        ("~", ScalarKind::Null),
        ("null", ScalarKind::Null),
        ("True", ScalarKind::Boolean(true)),
        ("no", ScalarKind::Text),
        ("yes", ScalarKind::Text),
        ("on", ScalarKind::Text),
        ("012", ScalarKind::Integer(12)),
        ("0o17", ScalarKind::Integer(15)),
        ("0xff", ScalarKind::Integer(255)),
        ("-7", ScalarKind::Integer(-7)),
        ("1_000", ScalarKind::Text),
        ("1e3", ScalarKind::Number(1000.0)),
        (".5", ScalarKind::Number(0.5)),
        ("5.", ScalarKind::Number(5.0)),
        ("-.inf", ScalarKind::Number(f64::NEG_INFINITY)),
        (".", ScalarKind::Text),
        ("1.2.3", ScalarKind::Text),
        ("2026-11-22", ScalarKind::Text),
        ("12:30", ScalarKind::Text),
        ("0x", ScalarKind::Text),
        ("e3", ScalarKind::Text),
        ("'12'", ScalarKind::Text),
        ("99999999999999999999", ScalarKind::Number(1e20)),
    ] {
        assert_eq!(tree(text).scalar().map(|scalar| scalar.kind), Some(kind), "{text}");
    }
}

#[test]
fn what_the_format_leaves_out_is_said_where_it_stands() {
    for (text, code, place) in [
        ("a: 1\nb: 2\na: 3\n", Code::YamlDuplicateKey, "a"),
        ("a: &x 1\n", Code::YamlFeature, "&x"),
        ("a: &x\n  b: 1\n", Code::YamlFeature, "&x"),
        ("a: !!str 1\n", Code::YamlFeature, "!!str"),
        ("a: !mine [1]\n", Code::YamlFeature, "!mine"),
        ("<<: {b: 1}\n", Code::YamlFeature, "<<"),
        ("a: 1\n---\nb: 2\n", Code::YamlDocuments, "---"),
        ("? [a]\n: 1\n", Code::WrongKind, "[a]"),
        ("a: \u{1}\n", Code::YamlSyntax, "\u{1}"),
    ] {
        let (_, diagnostics) = parse(text, 0);
        assert_eq!(diagnostics.len(), 1, "{text:?}: {diagnostics:?}");
        assert_eq!(diagnostics[0].code, code, "{text:?}");
        assert_eq!(slice(text, &diagnostics[0]), place, "{text:?}");
    }
    assert_eq!(codes("a: &x 1\nb: *x\n"), [Code::YamlFeature, Code::YamlFeature]);
    assert_eq!(codes("a: \"open\n"), [Code::YamlSyntax]);
    assert_eq!(codes("a:\n\t- b\n"), [Code::YamlSyntax]);
    assert_eq!(codes(&"[".repeat(100_000)), [Code::YamlSyntax]);
    assert_eq!(codes(&"- ".repeat(100_000)), [Code::YamlSyntax]);
}

#[test]
fn blocks_and_quotes_begin_and_end_with_their_signs() {
    let text = "a: |\n  x\n  y\n\nb: >+\n  x\n  y\n\n\nc: 'it''s'  # quoted\nd: \"\\\"é\\\\\"  \ne: [x, 'y' , {z: 1}] # list\n";
    let node = tree(text);
    let raw =
        |key: &str| node.get(key).map(|n| &text[n.at.start as usize..n.at.end as usize]).expect("the key is there");
    assert_eq!(tree(raw("a")).text(), Some("x\ny\n"));
    assert_eq!(tree(raw("b")).text(), Some("x y\n\n\n"));
    assert_eq!(raw("c"), "'it''s'");
    assert_eq!(raw("d"), r#""\"é\\""#);
    assert_eq!(raw("e"), "[x, 'y' , {z: 1}]");
}

#[test]
fn blocks_end_with_their_last_word() {
    let text = "a:\n  b: 1   # why\n  c:\n    - x\n\n# more\nd: {e: f}   \n";
    let node = tree(text);
    let cut = |node: &Node| text[node.at.start as usize..node.at.end as usize].to_owned();
    assert_eq!(cut(node.get("a").expect("a")), "b: 1   # why\n  c:\n    - x");
    assert_eq!(cut(node.get("d").expect("d")), "{e: f}");
    assert_eq!(cut(node.get("a").and_then(|a| a.get("c")).expect("c")), "x");
}

#[test]
fn common_slips_are_said_in_our_words() {
    for (text, message) in [
        ("where: 'noshow' = a\n", "text goes on behind the closing quote"),
        ("where: \"open\nb: c\n", "a quote is never closed"),
        ("value: *\n", "a value cannot begin with this character"),
        ("value: @x\n", "a value cannot begin with this character"),
        ("a: {b: c\nd: e\n", "a `[` or `{` is not closed, or a comma is missing"),
        ("a: {b: 1 c: 2}\n", "a `[` or `{` is not closed, or a comma is missing"),
        ("a:\n  - b\n c: d\n", "the line belongs to nothing above it"),
        ("a: b: c\n", "a `:` stands where no key can be"),
        ("a b\nc: d\n", "a `:` stands where no key can be"),
        ("- a\nb: c\n", "the line is no entry of the list above it"),
        ("a: }\n", "a bracket closes nothing"),
        ("a:\n\tb: c\n", "the line is indented with a tab"),
    ] {
        let (node, diagnostics) = parse(text, 0);
        assert!(node.is_none(), "{text:?}");
        assert_eq!(diagnostics.iter().map(|said| said.message.as_str()).collect::<Vec<_>>(), [message], "{text:?}");
    }
}
