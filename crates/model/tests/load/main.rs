//! Whole projects: the one of the labs loads, the wrong ones say what is wrong, schemas say what the reader takes.

mod forms;
mod render;
mod yaml;

use std::fs;
use std::path::{Path, PathBuf};

use onefold_model::render::text;
use onefold_model::{Code, Diagnostic, load, schema};
use serde_json::Value;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

#[test]
fn the_lab_projects_load() {
    for (name, measures, segments) in [("patient-outreach", 6, 2), ("mc4h", 6, 2), ("synthea", 6, 2)] {
        let loaded = load(&fixtures().join(name));
        let project = &loaded.project;
        let wrong: Vec<Diagnostic> =
            loaded.diagnostics.iter().filter(|said| said.code != Code::SourceInput).cloned().collect();
        assert!(wrong.is_empty(), "{name}:\n{}", text(&wrong, &project.files, false));
        assert_eq!((project.measures.len(), project.segments.len()), (measures, segments), "{name}");
    }
}

#[test]
fn the_lab_project_is_read_as_it_stands() {
    let project = load(&fixtures().join("patient-outreach")).project;
    assert_eq!(project.settings.time_zone, "UTC");
    assert_eq!(project.relationships.len(), 3);
    assert_eq!(project.relationships[0].from.to_string(), "AzureAPIforFHIR_Appointment.patient.id");
    let (source, table) = project.source_table("azureapiforfhir_patient").expect("tables are found ignoring case");
    assert_eq!(source.table_name(table), "AzureAPIforFHIR_Patient");
    let unify = project.unify.as_ref().expect("the lab unifies");
    assert_eq!(unify.tables.iter().map(|table| table.include_all).collect::<Vec<_>>(), [true, false]);
    assert_eq!(unify.rules[0].when[0].column.column.value, "msemr_azurefhirid");
    assert_eq!(project.measure("pct_no_show").expect("it is there").replace_nulls.len(), 2);
    let (_, contact) = project.source_table("D365Patients_contact").expect("it is there");
    assert_eq!(contact.steps.len(), 4);
}

/// Each folder of `fixtures/wrong` holds a project and, in `expected.txt`, what is said about it. Those with a file
/// `stage` are wrong in a way that only planning finds: the binary's tests run them.
#[test]
fn wrong_projects_say_what_is_wrong() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut folders: Vec<PathBuf> = fs::read_dir(fixtures().join("wrong"))
        .expect("the fixtures are there")
        .map(|entry| entry.expect("a folder can be listed").path())
        .collect();
    folders.sort();
    let (mut run, mut failed) = (0, Vec::new());
    for folder in folders {
        if folder.join("stage").exists() {
            let loaded = load(&folder);
            let shown = text(&loaded.diagnostics, &loaded.project.files, false);
            assert!(loaded.diagnostics.is_empty(), "{} is wrong without a plan:\n{shown}", folder.display());
            continue;
        }
        run += 1;
        let loaded = load(&folder);
        let shown = text(&loaded.diagnostics, &loaded.project.files, false);
        let expected = folder.join("expected.txt");
        if update {
            fs::write(&expected, &shown).expect("the fixtures can be written");
        }
        if fs::read_to_string(&expected).unwrap_or_default() != shown {
            failed.push(format!("{}:\n{shown}", folder.display()));
        }
    }
    assert!(failed.is_empty(), "run with UPDATE_EXPECT=1 and read the difference\n{}", failed.join("\n"));
    assert!(run >= 20, "{run} wrong projects");
}

/// Every code that the loader can say has a wrong project that makes it say so.
#[test]
fn every_code_of_the_loader_has_a_wrong_project() {
    use Code::*;
    let mut seen: Vec<Code> = Vec::new();
    for folder in fs::read_dir(fixtures().join("wrong")).expect("the fixtures are there") {
        let folder = folder.expect("a folder can be listed").path();
        seen.extend(load(&folder).diagnostics.iter().map(|said| said.code));
    }
    for code in [
        FileUnreadable,
        FileMissing,
        FileMisplaced,
        YamlSyntax,
        YamlDocuments,
        YamlDuplicateKey,
        YamlFeature,
        UnknownKey,
        MissingKey,
        WrongKind,
        WrongValue,
        SecretInText,
        BadName,
        ReservedName,
        NameClash,
        UnknownName,
        NotYet,
        ExprSyntax,
        ExprRefused,
        ExprFunction,
        SourceInput,
        SourceView,
        MeasureKind,
    ] {
        assert!(seen.contains(&code), "no wrong project says {code}");
    }
}

/// All mappings with their own keys in a schema.
fn records<'s>(schema: &'s Value, path: &str, all: &mut Vec<(String, &'s Value)>) {
    if schema["properties"].is_object() {
        all.push((path.to_owned(), schema));
    }
    match schema {
        Value::Object(keys) => keys.iter().for_each(|(key, value)| records(value, &format!("{path}/{key}"), all)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| records(item, &format!("{path}/{i}"), all))
        }
        _ => {}
    }
}

#[test]
fn schemas_describe_every_key_and_refuse_others() {
    let schemas = schema::all();
    assert_eq!(schemas.len(), 9);
    for (file, schema) in &schemas {
        assert!(file.ends_with(".schema.json") && schema["description"].is_string(), "{file}");
        let mut all = Vec::new();
        records(schema, "", &mut all);
        assert!(!all.is_empty(), "{file}");
        for (path, record) in all {
            let view = record["properties"]["resource"].is_object();
            assert!(view || record["additionalProperties"] == false, "{file}{path}");
            for (key, value) in record["properties"].as_object().expect("a record has keys") {
                assert!(value["description"].as_str().is_some_and(|about| !about.is_empty()), "{file}{path}/{key}");
            }
            for key in record["required"].as_array().into_iter().flatten() {
                assert!(
                    record["properties"].get(key.as_str().expect("a key is text")).is_some(),
                    "{file}{path}: {key}"
                );
            }
        }
    }
}

/// The reader takes exactly the keys that the schema has: none of them is unknown to it, and each required one is missed.
#[test]
fn schemas_and_reader_agree() {
    let places = [
        ("source", "sources/X.yaml"),
        ("unify", "unify.yaml"),
        ("activity", "activities/X.yaml"),
        ("measure", "measures/X.yaml"),
        ("segment", "segments/X.yaml"),
        ("connection", "connections/X.yaml"),
        ("export", "exports/X.yaml"),
        ("onefold", "onefold.yaml"),
    ];
    for (name, path) in places {
        let (_, schema) =
            schema::all().into_iter().find(|(file, _)| *file == format!("{name}.schema.json")).expect(name);
        let folder = tempfile::tempdir().expect("a folder for a moment");
        let file = folder.path().join(path);
        fs::create_dir_all(file.parent().expect("it lies in the folder")).expect("a folder can be made");
        let keys = schema["properties"].as_object().expect("a definition has keys");
        let all: String = keys.keys().map(|key| format!("{key}: []\n")).collect();
        fs::write(&file, format!("{all}stranger: 1\n")).expect("a file can be written");
        let unknown: Vec<String> = said(folder.path(), Code::UnknownKey);
        assert_eq!(unknown, ["unknown key `stranger`"], "{name}");
        fs::write(&file, "stranger: 1\n").expect("a file can be written");
        let missing = said(folder.path(), Code::MissingKey);
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            assert!(missing.contains(&format!("the key `{key}` is missing")), "{name}: {key} of {missing:?}");
        }
    }
}

fn said(folder: &Path, code: Code) -> Vec<String> {
    load(folder).diagnostics.into_iter().filter(|said| said.code == code).map(|said| said.message).collect()
}
