//! Forms: what can be written in more than one way, and that no text makes the loader fall over.

use std::fs;
use std::path::Path;

use onefold_model::define::{Keep, MergePolicy, Normalize, Precision, TransformStep};
use onefold_model::linkage::{FieldKind, Form, Missing, Test};
use onefold_model::plan::SetOperator;
use onefold_model::{Code, DataType, Loaded, load, render};
use proptest::prelude::*;
use tempfile::TempDir;

fn project(files: &[(&str, &str)]) -> (TempDir, Loaded) {
    let folder = tempfile::tempdir().expect("a folder for a moment");
    for (path, text) in [("onefold.yaml", "name: forms\n")].iter().chain(files) {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("it lies in the folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }
    let loaded = load(folder.path());
    (folder, loaded)
}

fn right(files: &[(&str, &str)]) -> Loaded {
    let (_folder, loaded) = project(files);
    let wrong: Vec<_> = loaded.diagnostics.iter().filter(|said| said.code != Code::SourceInput).cloned().collect();
    assert!(wrong.is_empty(), "{}", render::text(&wrong, &loaded.project.files, false));
    loaded
}

/// The step as its debug text without places.
fn step(text: &str) -> String {
    let source = format!("kind: csv\nfrom: {{folder: .}}\ntables:\n  t:\n    key: k\n    steps:\n      - {text}\n");
    let loaded = right(&[("sources/S.yaml", &source)]);
    let names =
        |all: &[onefold_model::Spanned<String>]| all.iter().map(|it| it.value.clone()).collect::<Vec<_>>().join(" ");
    match &loaded.project.sources[0].tables[0].steps[0].value {
        TransformStep::ChooseColumns(all) => format!("choose {}", names(all)),
        TransformStep::RemoveColumns(all) => format!("remove {}", names(all)),
        TransformStep::ReorderColumns(all) => format!("reorder {}", names(all)),
        TransformStep::Lowercase(all) => format!("lower {}", names(all)),
        TransformStep::Uppercase(all) => format!("upper {}", names(all)),
        TransformStep::Trim(all) => format!("trim {}", names(all)),
        TransformStep::Distinct(all) => format!("distinct {}", names(all)),
        TransformStep::RenameColumns(all) => {
            all.iter().map(|(old, new)| format!("{}>{} ", old.value, new.value)).collect::<String>()
        }
        TransformStep::FilterRows(expr) => format!("filter {}", expr.value),
        TransformStep::KeepRows(n) => format!("keep {n}"),
        TransformStep::RemoveRows(n) => format!("drop {n}"),
        TransformStep::Sort(all) => all.iter().map(|(column, down)| format!("{} {down};", column.value)).collect(),
        TransformStep::ChangeType { columns, locale, format } => {
            let columns: String = columns.iter().map(|(column, ty)| format!("{}:{ty} ", column.value)).collect();
            let text = |it: &Option<onefold_model::Spanned<String>>| it.as_ref().map(|it| it.value.clone());
            format!("type {columns}{:?} {:?}", text(locale), text(format))
        }
        TransformStep::ReplaceValues { columns, from, to } => format!("replace {} {from:?} {to:?}", names(columns)),
        TransformStep::Expand { column, fields, keep } => {
            let fields: String = fields.iter().map(|(field, ty)| format!("{}:{ty} ", field.value)).collect();
            format!("expand {} {fields}{keep}", column.value)
        }
        TransformStep::AddColumn { name, value } => format!("add {} {}", name.value, value.value),
        TransformStep::GroupBy { by, columns } => {
            let columns: String =
                columns.iter().map(|(name, expr)| format!("{}={} ", name.value, expr.value)).collect();
            format!("group {} {columns}", names(by))
        }
        TransformStep::Sql(sql) => format!("sql {}", sql.value),
        TransformStep::NotYet(name) => format!("later {name}"),
    }
}

#[test]
fn steps_are_read_in_all_their_forms() {
    for (text, read) in [
        ("choose_columns: [a, meta.lastUpdated]", "choose a meta.lastUpdated"),
        ("remove_columns: [a]", "remove a"),
        ("reorder_columns: [b, a]", "reorder b a"),
        ("lowercase: [a]", "lower a"),
        ("uppercase: [a]", "upper a"),
        ("trim: [a]", "trim a"),
        ("rename_columns: {old: new, a b: c}", "old>new a b>c "),
        ("filter_rows: a = 1", "filter a = 1"),
        ("keep_rows: 100", "keep 100"),
        ("remove_rows: 0", "drop 0"),
        ("sort: [a, {b: descending}, {c: ascending}]", "a false;b true;c false;"),
        ("distinct", "distinct "),
        ("distinct: [a, b]", "distinct a b"),
        ("change_type: {amount: number, day: date}", "type amount:number day:date None None"),
        (
            "change_type: {columns: {start: date-time}, locale: en-US, format: \"%d/%m/%Y\"}",
            "type start:date-time Some(\"en-US\") Some(\"%d/%m/%Y\")",
        ),
        ("change_type: {columns: text}", "type columns:text None None"),
        ("replace_values: {columns: [a], from: n/a, to: null}", "replace a Some(\"n/a\") None"),
        ("replace_values: {from: 0, to: \"1\"}", "replace  Some(\"0\") Some(\"1\")"),
        ("expand: participant", "expand participant false"),
        (
            "expand: {column: participant, fields: {actor.reference: text}, keep: true}",
            "expand participant actor.reference:text true",
        ),
        ("add_column: {name: full, value: \"first || ' ' || last\"}", "add full first || ' ' || last"),
        ("group_by: {by: [a], columns: {total: sum(amount)}}", "group a total=sum(amount) "),
        ("sql: \"select * from input\"", "sql select * from input"),
    ] {
        assert_eq!(step(text), read, "{text}");
    }
}

#[test]
fn unify_is_read_in_all_its_forms() {
    let loaded = right(&[(
        "unify.yaml",
        "tables:
  - table: A_t
    deduplicate:
      keep: {most_recent: {by: day}}
      columns: {email: most_filled, phone: {least_recent: {by: day}}}
      rules:
        - {name: Same, when: [{column: email, normalize: [lowercase]}]}
  - {table: B_t, include_all: true}
match:
  rules:
    - name: Mail
      from: B_t
      to: A_t
      active: false
      when:
        - {column: mail, equals: email, precision: 0.85, normalize: [trim, lowercase]}
        - {column: {column: tel, normalize: [digits]}, equals: phone, precision: high}
      unless:
        - {column: name, equals: name}
merge:
  columns:
    email: {from: [A_t.email, B_t.mail], policy: {most_recent: {by: [A_t.day, B_t.day]}}}
    phone: {from: [A_t.phone]}
  exclude: [A_t.day]
  rename: {A_t.meta.x: x}
",
    )]);
    let unify = loaded.project.unify.expect("it was read");
    assert_eq!(unify.tables.iter().map(|table| table.include_all).collect::<Vec<_>>(), [true, true]);
    let own = &unify.tables[0].deduplicate;
    assert!(matches!(&own.keep, Keep::MostRecent(day) if day.value == "day"));
    assert!(matches!(&own.columns[1].1, Keep::LeastRecent(day) if day.value == "day"));
    assert_eq!(own.rules[0].when[0].column.normalize[0].value, Normalize::Lowercase);
    let rule = &unify.rules[0];
    assert!(!rule.active && rule.unless.len() == 1);
    assert_eq!(rule.when[0].precision.value, Precision::AtLeast(0.85));
    let shared = |side: &onefold_model::define::ConditionSide| {
        side.normalize.iter().map(|it| it.value.clone()).collect::<Vec<_>>()
    };
    assert_eq!(shared(&rule.when[0].column), [Normalize::Trim, Normalize::Lowercase]);
    assert_eq!(rule.when[0].equals.as_ref().map(shared), Some(shared(&rule.when[0].column)));
    assert_eq!(shared(&rule.when[1].column), [Normalize::Digits]);
    assert_eq!(rule.when[1].equals.as_ref().map(shared), Some(Vec::new()));
    assert!(matches!(&unify.merge.columns[0].policy, MergePolicy::MostRecent(by) if by.len() == 2));
    assert_eq!(unify.merge.rename[0].0.value, "A_t.meta.x");
}

#[test]
fn measures_and_segments_are_read_in_all_their_forms() {
    let loaded = right(&[
        (
            "measures/Sales.yaml",
            "kind: business_measure
values: {total: sum(O.amount), orders: count(O.id)}
tables: {O: Shop_orders, P: {table: Shop_people}}
dimensions: [{shop: O.shop}, {name: month, value: O.day, bucket: month}]
where: >-
  O.amount > 0
  and O.shop <> 'test'
replace_nulls: {O.amount: 0, O.shop: none}
",
        ),
        (
            "segments/New.yaml",
            "renamed_from: Old
rules:
  - {where: Customer.a = 1}
  - intersect: {where: O.amount > 1, tables: {O: Shop_orders}}
  - except: {where: in_segment('Other')}
  - union: {where: Customer.b}
",
        ),
        ("segments/Other.yaml", "rules: [{where: Customer.a = 2}]\n"),
    ]);
    let project = &loaded.project;
    let sales = project.measure("Sales").expect("it was read");
    assert_eq!(sales.values.iter().map(|it| it.name.value.as_str()).collect::<Vec<_>>(), ["total", "orders"]);
    assert_eq!(sales.dimensions.len(), 2);
    assert_eq!(sales.tables[0].table.value, "Shop_orders");
    let operators: Vec<_> =
        project.segment("New").expect("it was read").rules.iter().map(|rule| rule.operator).collect();
    assert_eq!(operators, [SetOperator::Union, SetOperator::Intersect, SetOperator::Except, SetOperator::Union]);
    assert_eq!((project.renamed[0].folder, project.renamed[0].from.value.as_str()), ("segments", "Old"));
    // Words of a folded expression know their place in the file.
    let filter = sales.filter.as_ref().expect("it has a condition");
    let at = filter.at.expect("it was read");
    let file = &project.files[at.file as usize].text;
    let mut columns = Vec::new();
    filter.walk(&mut |inner| {
        if matches!(inner.node, onefold_model::expr::Node::Column(_)) {
            columns.push(&file[(at.start + inner.span.0) as usize..(at.start + inner.span.1) as usize]);
        }
    });
    assert_eq!(columns, ["O.amount", "O.shop"]);
}

#[test]
fn views_are_read_from_files_too() {
    let view = r#"{"resource": "Patient", "select": [{"column": [{"name": "id", "path": "id"}]}]}"#;
    let source = "kind: fhir\nfrom: {url: \"https://fhir.example.org\", auth: {bearer: {file: ./token}}}\ntables:\n  Patient: {key: id, view: {file: ./views/p.json}}\n  Other: {key: id, view: {file: views/o.yaml}}\n";
    let loaded = right(&[("sources/F.yaml", source), ("views/p.json", view), ("views/o.yaml", view)]);
    let tables = &loaded.project.sources[0].tables;
    assert!(tables.iter().all(|table| table.view_from_file));
    assert_eq!(tables[0].view.as_ref().map(|view| &view.value), tables[1].view.as_ref().map(|view| &view.value));
    let paths: Vec<_> = loaded.project.files.iter().map(|file| file.path.as_str()).collect();
    assert!(paths.contains(&"views/p.json"), "{paths:?}");
    assert_eq!(DataType::parse("decimal(10,2)"), Some(DataType::Decimal(10, 2)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_text_makes_the_loader_fall_over(
        which in 0usize..100,
        place in 0usize..4000,
        length in 0usize..40,
        with in prop::sample::select(vec!["", "\n", ": ", "- ", "[", "}", "'", "\"", "null", "é", "\t", "#", "&a ", "|\n", "12", "\u{0}"]),
    ) {
        let lab = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/patient-outreach");
        let files = load(&lab).project.files;
        let folder = tempfile::tempdir().expect("a folder for a moment");
        for (number, file) in files.iter().enumerate() {
            let mut text = file.text.clone().into_bytes();
            if number == which % files.len() {
                let start = place % (text.len() + 1);
                let end = (start + length).min(text.len());
                text.splice(start..end, with.bytes());
            }
            let path = folder.path().join(&file.path);
            fs::create_dir_all(path.parent().expect("it lies in the folder")).expect("a folder can be made");
            fs::write(path, text).expect("a file can be written");
        }
        let loaded = load(folder.path());
        for at in loaded.diagnostics.iter().filter_map(|said| said.at) {
            let text = &loaded.project.files[at.file as usize].text;
            prop_assert!(text.get(at.start as usize..at.end as usize).is_some(), "{:?}", at);
        }
        render::text(&loaded.diagnostics, &loaded.project.files, true);
        render::json(&loaded.diagnostics, &loaded.project.files);
    }
}

/// What is said of a model, a line each.
fn said_of_model(model: &str) -> (Loaded, Vec<String>) {
    let unify = format!("tables: [{{table: A_t, include_all: true}}]\nmatch: {{model: {model}}}\n");
    let (_folder, loaded) = project(&[("unify.yaml", &unify)]);
    let of_model = |code: Code| code == Code::WrongValue || code == Code::UnknownName;
    let said = loaded.diagnostics.iter().filter(|said| of_model(said.code));
    let said = said.map(|said| format!("{} / {}", said.message, said.hint.clone().unwrap_or_default())).collect();
    (loaded, said)
}

#[test]
fn a_model_says_what_stands_crosswise_and_what_may_be_missing() {
    let fields = "fields: {first: {columns: [A_t.first]}, last: {columns: [A_t.last]}, user: {kind: email_user, columns: [A_t.mail]}, area: {kind: postal_area, columns: [A_t.zip]}}";
    let comparison = |more: &str, test: &str| {
        format!(
            "{{{fields}, comparisons: [{{name: x, fields: [first, last]{more}, levels: [{{test: {test}}}]}}], blocking: [[first.crosswise, last.crosswise]]}}"
        )
    };
    let (loaded, said) = said_of_model(&comparison(", missing: all", "{crosswise: [first, last]}"));
    assert_eq!(said, [""; 0]);
    let model = loaded.project.unify.and_then(|unify| unify.model).expect("it was read").model;
    assert_eq!(model.comparisons[0].missing, Missing::All);
    assert_eq!(model.comparisons[0].levels[0].test, Test::Crosswise("first".into(), "last".into()));
    assert_eq!(model.blocking[0][1].form, Form::Crosswise);
    assert_eq!(model.fields[3].kind, Some(FieldKind::PostalArea));
    for (more, test, expected) in [
        (
            "",
            "{crosswise: [first]}",
            "`crosswise` is of two fields, and this names 1 / write `crosswise: [given, family]`, say",
        ),
        (
            "",
            "{crosswise: [first, born]}",
            "`born` is not one of the fields of the comparison `x` / add it to `fields` of the comparison",
        ),
        (", missing: both", "exact", "`missing`"),
    ] {
        let (_, said) = said_of_model(&comparison(more, test));
        assert!(said.iter().any(|said| said.contains(expected)), "{expected}: {said:#?}");
    }
}
