//! Tests of exchange with Splink: what it saved comes in, what goes out comes back, what has no equal is said.

use serde_json::{Value, json};

use super::condition::{Said, parse, said};
use super::{export, import};
use crate::linkage::{FieldKind, Form, Linkage, Missing, Test};

/// As Splink 5.0.0 saved it after training on `fake_1000`: names, dates of birth as text, e-mail, a term frequency.
/// The comparison library of Splink 5.0.0 as it writes settings, and blocking rules of every sort.
const LIBRARY: &str = include_str!("../../../../../fixtures/splink/library.json");
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
    assert_eq!(tests(2), "exact, levenshtein 1, within_days 30, within_days 365, within_days 3652, else");
    assert_eq!(tests(4), "exact, email_user, jaro_winkler 0.88, jaro_winkler 0.88 of email_user, else");
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
    assert!(said.contains("`jaro_similarity` is taken as Jaro-Winkler"), "{said}");
    assert_eq!(imported.warnings.len(), 1, "{said}");
}

const PEOPLE: &[&str] = &[
    "first_name",
    "surname",
    "both_names",
    "middle_name",
    "middle_sounds",
    "dob",
    "email",
    "postcode",
    "other_postcode",
    "lat",
    "long",
    "phones",
    "aliases",
    "seen",
    "income",
    "vector",
    "sex",
];

#[test]
fn the_comparison_library_comes_in() {
    let settings: Value = serde_json::from_str(LIBRARY).unwrap();
    let columns = of_one_table(PEOPLE);
    let imported = import(&settings, &["S_people".to_owned()], &columns).unwrap();
    let model = &imported.model;
    let tests = |name: &str| {
        let of = model.comparisons.iter().find(|comparison| comparison.name == name).unwrap();
        of.levels.iter().map(|level| level.test.to_string()).collect::<Vec<_>>().join(", ")
    };
    let near = |limit: &str| format!("jaro_winkler {limit} of first_name and jaro_winkler {limit} of surname");
    let near = |limit: &str, first: &str| near(limit).replace(" of first_name and", first);
    let of = |name: &str| model.comparisons.iter().find(|comparison| comparison.name == name).unwrap();
    assert_eq!(
        tests("first_name_surname"),
        format!(
            "exact and exact of surname, first_name and surname crosswise, {}, {}, exact of surname, exact, else",
            near("0.92", " and"),
            near("0.88", " and")
        )
    );
    assert_eq!((of("first_name_surname").missing, of("whole_name").missing), (Missing::All, Missing::All));
    assert_eq!(of("email").missing, Missing::First);
    assert_eq!(of("first_name_surname").levels[4].term_frequency, 1.0);
    assert_eq!(
        tests("whole_name"),
        format!(
            "exact, first_name and surname crosswise, {}, {}, exact of surname, exact of first_name, else",
            near("0.92", " of first_name and"),
            near("0.88", " of first_name and")
        )
    );
    assert_eq!(
        tests("middle_name"),
        "exact, jaro_winkler 0.92, jaro_winkler 0.88, shared 1 of middle_sounds, jaro_winkler 0.7, else"
    );
    assert_eq!(tests("dob"), "exact, levenshtein 1, within_days 30, within_days 365, within_days 3652, else");
    assert_eq!(
        tests("postcode"),
        "exact, exact of postcode_sector, within_kilometres 1.0 of lat_long, within_kilometres 10.0 of lat_long, else"
    );
    assert_eq!(
        tests("other_postcode"),
        "exact, exact of other_postcode_sector, exact of other_postcode_district, exact of other_postcode_area, else"
    );
    assert_eq!(tests("lat_long"), "within_kilometres 1.0, within_kilometres 10.0, else");
    assert_eq!(tests("phones"), "shared 2, shared 1, else");
    assert_eq!(tests("aliases"), "shared 1, jaro_winkler 0.9, else");
    assert_eq!(tests("seen"), "exact, within_days 1, else");
    assert_eq!(tests("income"), "within_share 0.1, within 500.0, else");
    assert_eq!(tests("sex"), "exact, else");
    let kind = |name: &str| model.field(name).unwrap().kind;
    assert_eq!(kind("email_user"), Some(FieldKind::EmailUser));
    assert_eq!(kind("other_postcode_area"), Some(FieldKind::PostalArea));
    assert_eq!((kind("dob"), kind("income")), (Some(FieldKind::BirthDate), Some(FieldKind::Number)));
    let rules: Vec<String> = model
        .blocking
        .iter()
        .map(|rule| rule.iter().map(|part| part.to_string()).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        rules,
        ["first_name surname", "first_name.crosswise surname.crosswise", "dob sex", "email sex", "dob.year postcode",]
    );
    let said = imported.warnings.join("\n");
    for expected in [
        "0.0001 is what Splink fills in",
        "<= 1 minute",
        "`vector`",
        "`sex` has no equal",
        "`levenshtein(l.surname, r.surname) < 2`",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }

    let exported = export(model, "unique_id", 1);
    assert_eq!(exported.warnings, [""; 0]);
    let back = import(&exported.settings, &["S_people".to_owned()], &columns).unwrap();
    assert_eq!(back.model, *model);
    assert_eq!(back.warnings, [""; 0]);
}

#[test]
fn what_only_we_say_comes_back_where_sql_can_say_it() {
    let model = Linkage::parse(
        "kind: fellegi_sunter
fields:
  given: {columns: [S_people.given]}
  born: {kind: birth_date, columns: [S_people.born]}
  mail: {columns: [S_people.mail]}
  mail_user: {kind: email_user, columns: [S_people.mail]}
  size: {kind: number, columns: [S_people.size]}
comparisons:
  - {name: given, fields: [given, born], missing: any, levels: [{test: exact}, {test: initial}, {test: {similarity: 0.8}}, {test: {all: [{prefix: 2}, {of: {field: born, test: exact}}]}}, {test: else}]}
  - {name: born, fields: [born], levels: [{test: exact}, {test: day_month_swapped}, {test: two_parts_equal}, {test: {within_years: 2}}, {test: {within_years: 10}}, {test: else}]}
  - {name: mail, fields: [mail, mail_user], levels: [{test: exact}, {test: email_user}, {test: {of: {field: mail_user, test: {damerau: 1}}}}, {test: email_domain}, {test: else}]}
  - {name: size, fields: [size], levels: [{test: {within: 1.5}}, {test: {within_share: 0.05}}, {test: else}]}
blocking: [[given.prefix1, born.year], [mail.email_user], [born.year_month, given.suffix2]]
",
    )
    .unwrap();
    let exported = export(&model, "id", 1);
    assert_eq!(exported.warnings, [""; 0]);
    let columns = of_one_table(&["given", "born", "mail", "size"]);
    let back = import(&exported.settings, &["S_people".to_owned()], &columns).unwrap();
    assert_eq!(back.warnings, [""; 0]);
    assert_eq!(back.model.comparisons, model.comparisons);
    let mut fields = back.model.fields.clone();
    fields.sort_by(|a, b| a.name.cmp(&b.name));
    let mut own = model.fields.clone();
    own.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(fields, own);
    assert_eq!(back.model.blocking, model.blocking);
}

#[test]
fn levels_that_no_pair_had_in_training_are_nearly_nothing() {
    let level =
        |condition: &str, m: Option<f64>| json!({"sql_condition": condition, "m_probability": m, "u_probability": 0.3});
    let settings = json!({"comparisons": [{"output_column_name": "a", "comparison_levels": [
        level("a_l = a_r", Some(0.9)), level("levenshtein(a_l, a_r) < 2", None), level("ELSE", Some(0.1)),
    ]}]});
    let imported = import(&settings, &["S_t".to_owned()], &of_one_table(&["a"])).unwrap();
    let levels = &imported.model.comparisons[0].levels;
    assert_eq!(levels[1].test, Test::Levenshtein(1), "fewer than two");
    assert_eq!(levels[1].m, Some(1e-6));
    assert!(imported.model.kin.is_some(), "all figures are there");
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
