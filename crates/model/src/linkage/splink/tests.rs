//! Tests of exchange with Splink: what it saved comes in, what goes out comes back, what has no equal is said.

use serde_json::{Value, json};

use super::condition::{Said, parse, said};
use super::{export, import};
use crate::linkage::{FieldKind, Form, Linkage, Test};

/// As Splink 5.0.0 saved it after training on `fake_1000`: names, dates of birth as text, e-mail, a term frequency.
const SAVED: &str = include_str!("../../../../../fixtures/splink/saved.json");

fn of_one_table(columns: &'static [&'static str]) -> impl Fn(&str) -> Vec<String> {
    move |name| columns.iter().filter(|column| **column == name).map(|column| format!("S_people.{column}")).collect()
}

fn import_saved() -> super::Imported {
    let settings: Value = serde_json::from_str(SAVED).unwrap();
    let columns = of_one_table(&["first_name", "surname", "dob", "city", "email"]);
    import(&settings, &["S_people".to_owned()], &columns).unwrap()
}

#[test]
fn what_splink_saved_comes_in_with_its_figures() {
    let imported = import_saved();
    let model = &imported.model;
    let names: Vec<&str> = model.comparisons.iter().map(|comparison| comparison.name.as_str()).collect();
    assert_eq!(names, ["first_name", "surname", "dob", "city", "email"]);
    let tests = |place: usize| {
        let levels = model.comparisons[place].levels.iter();
        levels.map(|level| level.test.to_string()).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(tests(0), "exact, jaro_winkler 0.92, jaro_winkler 0.88, jaro_winkler 0.7, else");
    assert_eq!(tests(2), "exact, levenshtein 1, within_days 30, within_days 365, within_days 3653, else");
    assert_eq!(tests(4), "exact, email_user, jaro_winkler 0.88, else");
    assert_eq!(model.comparisons[0].levels[0].term_frequency, 1.0);
    assert_eq!(model.comparisons[2].levels[0].term_frequency, 0.0);
    assert_eq!(model.field("dob").unwrap().kind, Some(FieldKind::BirthDate));
    for comparison in &model.comparisons {
        let sum: f64 = comparison.levels.iter().filter_map(|level| level.m).sum();
        assert!((sum - 1.0).abs() < 0.01, "{}: {sum}", comparison.name);
    }
    assert_eq!(model.blocking.len(), 3);
    assert_eq!(model.blocking[2][1].form, Form::Year);
    assert!(model.prior.is_some_and(|prior| prior > 0.0 && prior < 0.1));
    assert_eq!(model.kin, Some(crate::linkage::Kin::default()), "figures learned without kin");
    let said = imported.warnings.join("\n");
    assert!(said.contains("Jaro-Winkler >0.88 on username"), "{said}");
    assert!(said.contains("`jaro_similarity` is taken as Jaro-Winkler"), "{said}");
    assert_eq!(imported.warnings.len(), 2, "{said}");
}

#[test]
fn what_is_exported_comes_back_the_same() {
    let model = import_saved().model;
    let exported = export(&model, "unique_id", 1);
    assert_eq!(exported.warnings, [""; 0]);
    assert_eq!(exported.settings["link_type"], "dedupe_only");
    let columns = of_one_table(&["first_name", "surname", "dob", "city", "email"]);
    let back = import(&exported.settings, &["S_people".to_owned()], &columns).unwrap();
    assert_eq!(back.warnings, [""; 0]);
    assert_eq!(back.model, model);
}

#[test]
fn conditions_of_splink_are_understood() {
    let of = |name: &str, test| Some(Said::Of(name.to_owned(), test));
    let cases = [
        (r#""a_l" = "a_r""#, of("a", Test::Exact)),
        (r#"lower("a_l") = lower("a_r")"#, of("a", Test::Exact)),
        (r#"jaro_winkler_similarity("a_l", "a_r") >= 0.92"#, of("a", Test::JaroWinkler(0.92))),
        (r#"damerau_levenshtein("a b_l", "a b_r") <= 2"#, of("a b", Test::Damerau(2))),
        (r#"jaccard("a_l", "a_r") >= 0.9"#, of("a", Test::Jaccard(0.9))),
        (r#"array_length(list_intersect("a_l", "a_r")) >= 2"#, of("a", Test::Shared(2))),
        (r#"ABS("a_l" - "a_r") <= 5"#, of("a", Test::Within(5.0))),
        (
            r#"ABS(EPOCH(try_strptime("d_l", '%Y-%m-%d')) - EPOCH(try_strptime("d_r", '%Y-%m-%d'))) <= 259200"#,
            of("d", Test::WithinDays(3)),
        ),
        (r#""f_l" = "s_r" AND "f_r" = "s_l""#, Some(Said::Crosswise("f".into(), "s".into()))),
        (
            r#"("f_l" = "f_r") AND (levenshtein("s_l", "s_r") <= 1)"#,
            Some(Said::All(vec![Said::Of("f".into(), Test::Exact), Said::Of("s".into(), Test::Levenshtein(1))])),
        ),
        (
            r#"cast(acos(case when (sin(radians("lat_l")) * sin(radians("lat_r")) + cos(radians("lon_r" - "lon_l"))) > 1 then 1 else 0 end) * 6371 as float) <= 10"#,
            Some(Said::Near("lat".into(), "lon".into(), 10.0)),
        ),
        (r#""a_l" = "b_r""#, None),
        (r#"my_function("a_l", "a_r") > 3"#, None),
        (r#"levenshtein("a_l", "b_r") <= 1"#, None),
        ("not a condition at all", None),
    ];
    for (text, expected) in cases {
        assert_eq!(parse(text).as_ref().and_then(said), expected, "{text}");
    }
    assert!(parse(r#"("a_l" IS NULL OR "a_r" IS NULL) AND ("b_l" IS NULL OR "b_r" IS NULL)"#).unwrap().is_missing());
}

#[test]
fn what_has_no_equal_is_said_and_its_figures_go_to_the_last_level() {
    let level = |condition: &str, m: f64| json!({"sql_condition": condition, "label_for_charts": condition, "m_probability": m, "u_probability": m / 10.0});
    let settings = json!({
        "link_type": "link_only",
        "comparisons": [
            {"output_column_name": "name", "comparison_levels": [
                {"sql_condition": "name_l IS NULL OR name_r IS NULL", "is_null_level": true},
                level("name_l = name_r", 0.7),
                level("strange(name_l, name_r)", 0.2),
                level("ELSE", 0.1),
            ]},
            {"output_column_name": "nowhere", "comparison_levels": [level("nowhere_l = nowhere_r", 0.5), level("ELSE", 0.5)]},
        ],
        "blocking_rules_to_generate_predictions": ["l.name = r.name and levenshtein(l.name, r.name) < 2", "l.nowhere = r.nowhere", "true"],
    });
    let tables = ["A_t".to_owned(), "B_t".to_owned()];
    let both =
        |name: &str| if name == "name" { vec!["A_t.name".to_owned(), "B_t.name".to_owned()] } else { Vec::new() };
    let imported = import(&settings, &tables, &both).unwrap();
    assert_eq!(imported.model.unique, tables);
    assert_eq!(imported.model.comparisons.len(), 1);
    let last = imported.model.comparisons[0].levels.last().unwrap();
    assert_eq!((last.test.clone(), last.m.map(|m| (m * 100.0).round())), (Test::Else, Some(30.0)));
    assert_eq!(imported.model.blocking.len(), 1);
    let said = imported.warnings.join("\n");
    for expected in [
        "`strange(name_l, name_r)`",
        "no table has a column `nowhere`",
        "the comparison `nowhere`",
        "gives more pairs",
        "`true`",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(import(&json!({"a": 1}), &tables, &both).is_err());
}

#[test]
fn a_model_of_ours_says_what_splink_cannot() {
    let model = Linkage::parse(
        "kind: fellegi_sunter
kin: {relatives: 0.001}
fields:
  given: {kind: given_name, columns: [A_t.first, B_t.given]}
  born: {kind: birth_date, columns: [A_t.born, B_t.born]}
  place: {kind: point, columns: [A_t.lat, A_t.lon]}
comparisons:
  - name: given
    fields: [given, born]
    levels:
      - {test: exact, m: 0.8, u: 0.01, term_frequency: 1.0}
      - {test: nickname, m: 0.1, u: 0.01}
      - {test: {of: {field: born, test: day_month_swapped}}, m: 0.05, u: 0.001}
      - {test: else, m: 0.05, u: 0.979}
  - {name: place, fields: [place], levels: [{test: {within_kilometres: 5.0}}, {test: else}]}
blocking: [[given.phonetic], [born.year_day, given.prefix1]]
",
    )
    .unwrap();
    let exported = export(&model, "id", 2);
    assert_eq!(exported.settings["link_type"], "link_and_dedupe");
    let levels = exported.settings["comparisons"][0]["comparison_levels"].as_array().unwrap();
    assert_eq!(levels.len(), 4, "the null level, exact, swapped, else");
    assert_eq!(levels[0]["sql_condition"], r#""given_l" IS NULL OR "given_r" IS NULL"#);
    assert_eq!(levels[1]["tf_adjustment_column"], "given");
    assert!(
        levels[2]["sql_condition"].as_str().unwrap().contains(r#"substr("born_l", 6, 2) = substr("born_r", 9, 2)"#)
    );
    assert_eq!(levels[3]["m_probability"].as_f64().map(|m| (m * 100.0).round()), Some(15.0));
    let rules = exported.settings["blocking_rules_to_generate_predictions"].as_array().unwrap();
    assert_eq!(
        rules[0]["blocking_rule"],
        r#"substr(l."born", 1, 4) = substr(r."born", 1, 4) AND right(l."born", 2) = right(r."born", 2) AND substr(l."given", 1, 1) = substr(r."given", 1, 1)"#
    );
    let said = exported.warnings.join("\n");
    for expected in ["`nickname` of `given`", "`given.phonetic`", "name the column `given`", "`kin` is left out"] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}
