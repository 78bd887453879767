//! Tests of the words of models: what is written reads back.

use super::*;

fn full() -> Linkage {
    let level = |test, m, u, term_frequency| Level { test, m: Some(m), u: Some(u), term_frequency };
    Linkage {
        kind: Kind::FellegiSunter,
        threshold: Some(0.95),
        review: Some(0.5),
        prior: Some(1e-7),
        priors: vec![
            TablePrior { tables: vec!["Shop_people".into(), "Crm_contact".into()], prior: 2.5e-6 },
            TablePrior { tables: vec!["Crm_contact".into()], prior: 1e-9 },
        ],
        linking: Linking::Best,
        unique: vec!["Crm_contact".into()],
        budget: Some(60.0),
        kin: Some(Kin { relatives: 1e-6, namesakes: 2.5e-8, movers: 0.05, homonyms: 3e-6, ..Kin::default() }),
        fields: vec![
            Field {
                name: "given".into(),
                kind: Some(FieldKind::GivenName),
                columns: vec!["Shop_people.first".into(), "Crm_contact.name.given".into()],
            },
            Field { name: "family".into(), kind: None, columns: vec!["Shop_people.last".into()] },
        ],
        comparisons: vec![Comparison {
            name: "given".into(),
            fields: vec!["given".into(), "family".into()],
            missing: Missing::All,
            levels: vec![
                level(Test::Exact, 0.9, 0.004, 1.0),
                level(Test::JaroWinkler(0.92), 0.05, 0.001, 0.5),
                level(Test::Of { field: "family".into(), test: Box::new(Test::Levenshtein(1)) }, 0.01, 0.001, 0.0),
                level(Test::Any(vec![Test::Swapped, Test::All(vec![Test::Initial, Test::Phonetic])]), 0.01, 0.1, 0.0),
                level(Test::Crosswise("given".into(), "family".into()), 0.01, 0.1, 0.0),
                Level::new(Test::Else),
            ],
            shared: Some(Shared { relatives: 0.25, twins: 1.0, namesakes: 0.0 }),
        }],
        blocking: vec![
            vec![
                KeyPart { field: "family".into(), form: Form::Phonetic },
                KeyPart { field: "given".into(), form: Form::Prefix(3) },
            ],
            vec![
                KeyPart { field: "given".into(), form: Form::Crosswise },
                KeyPart { field: "family".into(), form: Form::Crosswise },
            ],
        ],
    }
}

#[test]
fn a_model_reads_back_as_it_was_written() {
    let model = full();
    let text = model.text();
    assert_eq!(Linkage::parse(&text).unwrap(), model, "{text}");
    let value = serde_json::to_string(&model).unwrap();
    assert_eq!(serde_json::from_str::<Linkage>(&value).unwrap(), model);
    assert!(text.contains("[family.phonetic, given.prefix3]"), "{text}");
    assert!(text.contains("tables: [Shop_people, Crm_contact]"), "{text}");
    assert!(text.contains("{test: {jaro_winkler: 0.92}, m: 0.05, u: 0.001, term_frequency: 0.5}"), "{text}");
    assert!(text.contains("{test: exact, m: 0.9, u: 0.004, term_frequency: 1.0}"), "{text}");
}

#[test]
fn a_bare_model_says_its_kind_alone() {
    assert_eq!(Linkage::default().text(), "kind: fellegi_sunter\n");
    assert!(!Linkage::default().is_settled());
    let mut model = full();
    assert!(!model.is_settled(), "the last level has no figures");
    let level = &mut model.comparisons[0].levels[5];
    (level.m, level.u) = (Some(0.03), Some(0.894));
    assert!(model.is_settled());
}

#[test]
fn every_word_of_a_form_is_one() {
    for word in Form::words() {
        let part: KeyPart = format!("a.{word}").parse().unwrap();
        assert_eq!(part.to_string(), format!("a.{word}"));
    }
    assert_eq!("a.prefix0".parse::<KeyPart>(), Err("prefix0".to_owned()));
    assert_eq!("a.sound".parse::<KeyPart>(), Err("sound".to_owned()));
}

#[test]
fn tests_have_words() {
    let words: Vec<String> = full().comparisons[0].levels.iter().map(|level| level.test.to_string()).collect();
    assert_eq!(
        words,
        [
            "exact",
            "jaro_winkler 0.92",
            "levenshtein 1 of family",
            "swapped or initial and phonetic",
            "given and family crosswise",
            "else"
        ]
    );
}

#[test]
fn a_model_put_in_the_place_of_a_word_is_written_in_lines() {
    use crate::edit::{rewrite, to_json};
    let model = Linkage::parse("kind: fellegi_sunter\nthreshold: 0.9\nblocking: [[a, b]]\n").unwrap();
    let head = "# who\ntables: [{table: A_t}] # one\n";
    let lines = "match:\n  model:\n    kind: fellegi_sunter\n    threshold: 0.9\n    blocking:\n      - [a, b]\n";
    for (text, plain) in [
        ("match: {model: fellegi_sunter}\n", "match"),
        ("match:\n  model: {threshold: 0.5}\n", "model"),
        ("match:\n  model: fellegi_sunter\n", ""),
    ] {
        let text = format!("{head}{text}");
        let mut value = to_json(&text).unwrap();
        match plain {
            "match" => value["match"] = "fellegi_sunter".into(),
            "model" => value["match"]["model"] = "fellegi_sunter".into(),
            _ => {}
        }
        let text = rewrite(&text, &value).unwrap();
        value["match"] = serde_json::json!({"model": model.value()});
        assert_eq!(rewrite(&text, &value).unwrap(), format!("{head}{lines}"));
    }
}
