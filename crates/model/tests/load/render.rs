//! Diagnostics as they are shown: carets under what is wrong, whatever the line holds.

use onefold_model::{At, Code, Diagnostic, SourceFile, render};

fn shown(text: &str, part: &str) -> Vec<String> {
    let start = text.find(part).expect("the part stands in the text") as u32;
    let at = At { file: 0, start, end: start + part.len() as u32 };
    let said = Diagnostic::new(Code::UnknownKey, Some(at), "no").hint("yes");
    let file = SourceFile { path: "a.yaml".to_owned(), text: text.to_owned() };
    render::text(&[said], &[file], false).lines().map(str::to_owned).collect()
}

#[test]
fn carets_stand_under_what_is_wrong() {
    for (text, part, place, line, caret) in [
        ("a: b\n", "b", "1:4", "1 | a: b", "  |    ^"),
        ("x\ny: zz\r\n", "zz", "2:4", "2 | y: zz", "  |    ^^"),
        ("a:\t\tb c\n", "b", "1:5", "1 | a:        b c", "  |           ^"),
        ("größe: 漢字 b\n", "b", "1:11", "1 | größe: 漢字 b", "  |             ^"),
        ("漢字: 1\n", "漢字", "1:1", "1 | 漢字: 1", "  | ^^^^"),
        ("e\u{301}: b\n", "b", "1:5", "1 | e\u{301}: b", "  |    ^"),
        ("\u{feff}a: b\n", "a", "1:1", "1 | a: b", "  | ^"),
        ("a: |\n  b\n", "|\n  b", "1:4", "1 | a: |", "  |    ^"),
        ("a: \u{1b}[31mb\u{202e}\n", "b", "1:9", "1 | a: \u{fffd}[31mb\u{fffd}", "  |         ^"),
    ] {
        let lines = shown(text, part);
        assert_eq!(lines[1], format!(" --> a.yaml:{place}"), "{text:?}");
        assert_eq!(lines[3], line, "{text:?}");
        assert_eq!(lines[4], caret, "{text:?}");
    }
}

#[test]
fn long_lines_are_cut_around_the_caret() {
    for before in [0, 50, 200, 1000] {
        let text = format!("{}HERE{}\n", "é漢".repeat(before), "x".repeat(500));
        let lines = shown(&text, "HERE");
        let columns = |text: &str| text.chars().map(|c| if c == '漢' { 2 } else { 1 }).sum::<usize>();
        assert!(columns(&lines[3]) <= 170, "{}", lines[3]);
        let place = lines[3].find("HERE").expect("what is wrong is shown");
        assert_eq!(columns(&lines[3][..place]), lines[4].find('^').expect("a caret"), "{}\n{}", lines[3], lines[4]);
        assert!(lines[4].ends_with("^^^^"));
    }
}

#[test]
fn secrets_are_never_shown() {
    let text = "auth: {user: hunter2, password: hunter2-hunter}\n".replace("user: hunter2", "user: me");
    let at = |part: &str| {
        let start = text.find(part).expect("it is there") as u32;
        Some(At { file: 0, start, end: start + part.len() as u32 })
    };
    let said = [
        Diagnostic::new(Code::UnknownKey, at("user"), "another fault of the line"),
        Diagnostic::new(Code::SecretInText, at("hunter2-hunter"), "a secret"),
    ];
    let file = SourceFile { path: "a.yaml".to_owned(), text: text.clone() };
    for color in [false, true] {
        let shown = render::text(&said, std::slice::from_ref(&file), color);
        assert!(!shown.contains("hunter"), "{shown}");
    }
}

#[test]
fn colours_change_nothing_else() {
    let file = SourceFile { path: "a.yaml".to_owned(), text: "a: b\nc: d\n".to_owned() };
    let at = |start| Some(At { file: 0, start, end: start + 1 });
    let said = [
        Diagnostic::new(Code::Unused, at(5), "second"),
        Diagnostic::new(Code::ExprAny, at(0), "first").hint("do it"),
        Diagnostic::new(Code::FileMissing, None, "nowhere"),
    ];
    let plain = render::text(&said, std::slice::from_ref(&file), false);
    let coloured = render::text(&said, std::slice::from_ref(&file), true);
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        stripped += before;
        rest = after.split_once('m').expect("an escape ends").1;
    }
    stripped += rest;
    assert_eq!(stripped, plain);
    assert!(plain.starts_with("error[file/missing]: nowhere\n\nnote[expression/any]: first\n"), "{plain}");
    assert!(plain.ends_with("1 error, 1 warning, 1 note\n"), "{plain}");
    assert_eq!(render::text(&[], &[], false), "");
    let json = render::json(&said, &[file]);
    let second = serde_json::json!({
        "file": "a.yaml", "line": 2, "column": 1, "end_line": 2, "end_column": 2,
        "code": "definition/unused", "severity": "warning", "message": "second", "hint": null,
    });
    assert_eq!(json[2], second);
    assert!(json[0]["file"].is_null() && json[0]["line"].is_null());
}
