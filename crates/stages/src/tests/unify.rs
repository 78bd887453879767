//! What is planned for unify, and what is said of wrong rules.

use onefold_model::Work;
use onefold_model::plan::Kernel;

use super::{Case, columns_of, fixture, plan_folder, said, sql_of, step, table};
use onefold_model::{Catalog, Table};

const TWO: &str = "
== sources/S.yaml
kind: csv
from: {folder: ./data}
tables: {a: {key: id}, b: {key: no}}
";

fn two(unify: &str) -> Case {
    Case::new(&format!("{TWO}== unify.yaml\n{unify}"))
        .delivers("Raw_S_a", "id text, first text, email text, born date, at date-time")
        .delivers("Raw_S_b", "no integer, first text, mail text, born date, at date-time, a text")
}

const TABLES: &str = "tables:
  - {table: S_a, columns: {id: ID, first: Person.FirstName, email: Identity.Service.Email, born: Person.BirthDate, at: Calendar.Date}}
  - {table: S_b, columns: {no: ID, first: Person.FirstName, mail: Identity.Service.Email, born: Mine, at: ID}}
match:
  - {name: ByKey, from: S_b, to: S_a, when: [{column: a, equals: id}]}
";

#[test]
fn columns_of_one_meaning_combine_and_names_that_clash_are_qualified() {
    let case = two(TABLES);
    assert_eq!(said(&case), [""; 0]);
    assert_eq!(
        table(&case.plan(), "Customer"),
        "CustomerId text, profile_no integer, PreviousCustomerId text, id text, id_Alternate text, no integer, no_Alternate text, \
         first text, email text, S_a_born date, S_a_at date-time, S_b_born date, S_b_at date-time"
    );
}

#[test]
fn a_stated_column_can_be_merged_by_what_is_most_recent() {
    let case = two(&format!(
        "{TABLES}merge:\n  columns:\n    mail: {{from: [S_a.email, S_b.mail], policy: {{most_recent: {{by: [S_a.at, S_b.at]}}}}}}\n  exclude: [S_b.born]\n  rename: {{S_a.first: given}}\n"
    ));
    assert_eq!(said(&case), [""; 0]);
    let planned = case.plan();
    assert_eq!(
        table(&planned, "Customer").split("no_Alternate text, ").last(),
        Some("given text, mail text, born date, S_a_at date-time, S_b_at date-time")
    );
    let sql = sql_of(&planned, "unify.merge");
    assert!(sql.contains("greatest(case when \"d0\".\"mail\" is not null then"), "{sql}");
    let merged: Vec<&str> = planned.merge.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(merged, ["given", "mail", "born", "S_a_at", "S_b_at"]);
}

#[test]
fn a_table_without_rules_is_deduplicated_on_what_its_match_rules_use() {
    let planned = two(TABLES).plan();
    assert!(planned.plan.steps.iter().all(|step| step.name != "unify.dedupe S_a"), "its rule is on the key alone");
    let dedupe = step(&planned, "unify.dedupe S_b");
    let Work::Kernel { kernel: Kernel::Deduplicate { rules }, .. } = &dedupe.work else { panic!("{dedupe:?}") };
    let [rule] = rules.as_slice() else { panic!("one rule: {rules:?}") };
    assert_eq!((rule.name.as_str(), rule.conditions.as_slice()), ("ByKey", [1.0].as_slice()));
    assert!(sql_of(&planned, "unify.dedupe S_b").contains(r#"nullif("t"."a", '') as "r0_c0""#));
    assert_eq!(
        table(&planned, "Deduplication_S_b"),
        "no integer, no_Alternate text, Deduplication_GroupId text, Rule text, Score number, Deduplication_WinnerId text, \
         first text, mail text, born date, at date-time"
    );
}

#[test]
fn what_is_wrong_with_unify_is_said_at_its_word() {
    let rule = |rule: &str| TABLES.replace("{name: ByKey, from: S_b, to: S_a, when: [{column: a, equals: id}]}", rule);
    let cases = [
        (
            TABLES.replace("table: S_b", "table: S_c"),
            "name/unknown-table no table `S_c` / write `S_a`, if that is what you mean @ S_c",
        ),
        (
            TABLES.replace("email: Id", "emial: Id"),
            "name/unknown-column `S_a` has no column `emial` / write `email`, if that is what you mean @ emial",
        ),
        (
            TABLES.replace("Person.FirstName, email", "Person.FirstNam, email"),
            "unify/mapping `Person.FirstNam` is not a semantic type of the list: taken as your own, it never combines / write `Person.FirstName`, if that is what you mean @ Person.FirstNam",
        ),
        (
            rule("{name: R, from: S_a, to: S_b, when: [{column: id, equals: a}]}"),
            "unify/rule `S_a` does not stand below `S_b` in `tables` / swap `from` and `to`: a rule leads from a lower table to a higher one @ S_a",
        ),
        (
            rule("{name: R, from: S_b, to: S_a, when: [{column: born, equals: id}]}"),
            "unify/rule `born` is date, `id` is text: they are never equal / compare columns of one type @ born",
        ),
        (
            rule("{name: R, from: S_b, to: S_a, when: [{column: a, equals: id, precision: high}]}"),
            "unify/near-only the rule `R` has no exact condition: all values are compared with all others / add an exact condition, a postal code or a date of birth say, so that only records that share it are compared @ R",
        ),
        (
            rule("{name: R, from: S_b, to: S_a, when: [{column: born, equals: born, precision: 0.9}]}"),
            "unify/rule `born` is date, and only text can be near / write `precision: exact`, or remove it @ 0.9",
        ),
        (
            rule("{name: R, from: S_b, to: S_a, when: [{column: a, equals: id, normalize: [{bypass: S_x}]}]}"),
            "name/unknown-table no table `S_x` / write `S_a`, if that is what you mean @ S_x",
        ),
        (
            rule("{name: R, from: S_b, to: S_a, when: [{column: a, equals: id}]}")
                .replace("match:\n", "match:\n  always: S_a\n  rules:\n"),
            "name/unknown-column `S_a` has no column `Table1` / give it the columns `Table1`, `Table1Key`, `Table2`, `Table2Key` @ S_a",
        ),
        (
            rule("{name: R, from: S_b, to: S_a, when: [{column: a, equals: id}], active: false}"),
            "unify/no-rule no match rule leads from `S_b` to a table above it / add a rule under `match`, or remove the table @ S_b",
        ),
        (
            format!("{TABLES}merge: {{exclude: [S_b.frist]}}\n"),
            "name/unknown-column `S_b` has no column `frist` / write `first`, if that is what you mean @ S_b.frist",
        ),
        (
            format!("{TABLES}merge: {{exclude: [S_a.id]}}\n"),
            "unify/merge `id` of `S_a` is not mapped / leave it out: keys are always on Customer @ S_a.id",
        ),
        (
            format!("{TABLES}merge: {{rename: {{S_a.first: id}}}}\n"),
            "unify/merge Customer would have two columns `id` / choose another name @ id",
        ),
    ];
    for (unify, expected) in cases {
        let all = said(&two(&unify));
        assert!(all.iter().any(|line| line == expected), "{expected}\n{all:#?}");
    }
}

#[test]
fn keys_with_one_name_are_qualified_for_all() {
    let case = Case::new("== sources/S.yaml\nkind: csv\nfrom: {folder: ./d}\ntables: {a: {key: id}, b: {key: id}}\n== unify.yaml\ntables: [{table: S_a}, {table: S_b}]\nmatch:\n  - {name: M, from: S_b, to: S_a, when: [{column: email, equals: email, normalize: [trim, lowercase]}]}\n")
        .delivers("Raw_S_a", "id text, email text")
        .delivers("Raw_S_b", "id text, email text");
    assert_eq!(said(&case), [""; 0]);
    let planned = case.plan();
    assert_eq!(
        table(&planned, "Customer"),
        "CustomerId text, profile_no integer, PreviousCustomerId text, S_a_id text, S_a_id_Alternate text, S_b_id text, S_b_id_Alternate text, email text"
    );
    assert!(
        sql_of(&planned, "unify.match")
            .contains(r#"nullif(normalize_lowercase(normalize_trim("t"."email")), '') as "f0_c0""#)
    );
    let suggested = planned.catalog.get("S_a").and_then(|table| table.column("email")?.semantic.clone());
    assert_eq!(suggested.as_deref(), Some("Identity.Service.Email"));
}

#[test]
fn the_project_of_the_labs_is_planned_without_a_word() {
    let mut known = Catalog::default();
    let mut deliver = |raw: &str, columns: &str| {
        known.insert(Table { name: raw.into(), columns: columns_of(columns), key: None });
    };
    deliver(
        "Raw_AzureAPIforFHIR_Patient",
        "id text, meta.lastUpdated date-time, birthDate date, birthDate_precision text, lastname text, firstname text, email text",
    );
    deliver(
        "Raw_AzureAPIforFHIR_Appointment",
        "id text, status text, serviceType.coding.code text, serviceType.coding.display text, appointmentType.coding.code text, appointmentType.coding.display text, start date-time, patient.id text, patient.name text",
    );
    deliver(
        "Raw_D365Patients_contact",
        "contactid text, firstname text, lastname text, emailaddress1 text, msemr_contacttype integer, msemr_azurefhirid text, donotemail boolean, statecode integer",
    );
    let planned = plan_folder(&fixture("patient-outreach"), &known);
    assert!(planned.diagnostics.is_empty(), "{:#?}", planned.diagnostics);
    assert_eq!(
        table(&planned, "Customer"),
        "CustomerId text, profile_no integer, PreviousCustomerId text, id text, id_Alternate text, contactid text, contactid_Alternate text, \
         birthDate date, birthDate_precision text, email text, firstname text, lastname text, meta.lastUpdated date-time"
    );
    let paths: Vec<String> = planned.paths["AzureAPIforFHIR_Appointment"].iter().map(ToString::to_string).collect();
    assert_eq!(
        paths,
        [
            "AzureAPIforFHIR_Appointment > AzureAPIforFHIR_Patient > Customer",
            "AzureAPIforFHIR_Appointment > Customer",
            "AzureAPIforFHIR_Appointment > AzureAPIforFHIR_Patient > D365Patients_contact > Customer",
        ]
    );
    assert_eq!(planned.resolved.len(), 1, "the activity and the measures share one look-up");
}

const MODEL: &str = "tables:
  - {table: S_a, columns: {id: ID, first: Person.FirstName, email: Identity.Service.Email, born: Person.BirthDate, at: Measurement.Date.Modify}}
  - {table: S_b, columns: {no: ID, first: Mine, mail: Identity.Service.Email, born: Person.BirthDate, a: ID}}
match: {model: MODEL}
";

fn link(case: &Case) -> (onefold_model::linkage::Linkage, Vec<String>) {
    let planned = case.plan();
    let step = step(&planned, "unify.link");
    let Work::Kernel { kernel: Kernel::Link { model, .. }, inputs } = &step.work else { panic!("{step:?}") };
    (model.clone(), inputs.iter().map(ToString::to_string).collect())
}

#[test]
fn a_bare_model_compares_what_columns_mean_and_needs_no_rules() {
    let case = two(&MODEL.replace("MODEL", "fellegi_sunter"));
    assert_eq!(said(&case), [""; 0]);
    let (model, inputs) = link(&case);
    assert_eq!(
        model.text(),
        "kind: fellegi_sunter\n\
         fields:\n  \
           first: {kind: given_name, columns: [S_a.first, S_b.first]}\n  \
           email: {kind: email, columns: [S_a.email, S_b.mail]}\n  \
           born: {kind: birth_date, columns: [S_a.born, S_b.born]}\n"
    );
    assert_eq!(inputs.len(), 4);
    assert!(inputs[0].contains(r#""t"."email" as "f1_0", cast("t"."born" as varchar) as "f2_0""#), "{}", inputs[0]);
    let planned = case.plan();
    let names = |name: &str| step(&planned, name).writes.iter().map(|out| out.table.to_string()).collect::<Vec<_>>();
    assert_eq!(names("unify.match"), ["RuleLinks", "MatchLinks_Counts"]);
    assert_eq!(
        names("unify.link"),
        ["MatchLinks", "MatchPair", "MatchModel", "MatchComparison", "MatchBlocking", "MatchWarning"]
    );
}

#[test]
fn whole_names_are_taken_apart_for_a_table_that_has_the_parts() {
    let case = Case::new(
        "\n== sources/S.yaml\nkind: csv\nfrom: {folder: ./data}\ntables: {a: {key: id}, b: {key: id}}\n\
         == unify.yaml\ntables: [{table: S_a}, {table: S_b}]\nmatch: {model: fellegi_sunter}\n",
    )
    .delivers("Raw_S_a", "id text, first_name text, last_name text, email text")
    .delivers("Raw_S_b", "id text, full_name text, email text");
    assert_eq!(said(&case), [""; 0]);
    let (model, inputs) = link(&case);
    assert_eq!(
        model.text(),
        "kind: fellegi_sunter\n\
         fields:\n  \
           given_name: {kind: given_name, columns: [S_a.first_name, S_b.full_name]}\n  \
           family_name: {kind: family_name, columns: [S_a.last_name, S_b.full_name]}\n  \
           email: {columns: [S_a.email, S_b.email]}\n"
    );
    assert!(inputs[0].contains(r#""t"."first_name" as "f0_0", "t"."last_name" as "f1_0""#), "{}", inputs[0]);
    assert!(inputs[1].contains("regexp_replace") && !inputs[1].contains(r#""t"."full_name" as"#), "{}", inputs[1]);
}

#[test]
fn a_table_alone_that_is_mapped_by_names_gives_its_further_telephones_to_one_field() {
    let case = Case::new(
        "\n== sources/S.yaml\nkind: csv\nfrom: {folder: ./data}\ntables: {a: {key: id}}\n\
         == unify.yaml\ntables: [{table: S_a}]\nmatch: {model: fellegi_sunter}\n",
    )
    .delivers("Raw_S_a", "id text, surname text, phone1 text, phone2 text, address_1 text, address_2 text, lat number, lon number, modified_at date-time, odd text");
    assert_eq!(said(&case), [""; 0]);
    let (model, inputs) = link(&case);
    let fields: Vec<String> =
        model.fields.iter().map(|field| format!("{} {}", field.name, field.columns.join(" "))).collect();
    assert_eq!(
        fields,
        [
            "surname S_a.surname",
            "phone S_a.phone1 S_a.phone2",
            "address_1 S_a.address_1",
            "address_2 S_a.address_2",
            "location S_a.lat S_a.lon",
            "odd S_a.odd"
        ]
    );
    assert!(inputs[0].contains(r#""t"."phone2" as "f1_1""#), "{}", inputs[0]);
    assert!(inputs[0].contains(r#"cast("t"."lon" as varchar)) as "f4_0""#), "{}", inputs[0]);
}

#[test]
fn what_is_wrong_with_a_model_is_said_at_its_word() {
    let cases = [
        (
            "{unique: [S_c]}",
            "name/unknown-table `S_c` is not one of the tables of `unify.yaml` / write `S_a`, if that is what you mean @ S_c",
        ),
        (
            "{fields: {g: {columns: [S_a.frist]}}}",
            "name/unknown-column `S_a` has no column `frist` / write `first`, if that is what you mean @ S_a.frist",
        ),
        (
            "{fields: {g: {columns: [T_a.first]}}}",
            "name/unknown-table `T_a` is not one of the tables of `unify.yaml` / write `S_a`, if that is what you mean @ T_a.first",
        ),
        (
            "{blocking: [[emial.email_user]]}",
            "name/unknown the model has no field `emial` / write `email`, if that is what you mean @ emial.email_user",
        ),
        (
            "{comparisons: [{name: x, fields: [nothing], levels: [{test: exact}]}]}",
            "name/unknown the model has no field `nothing` / choose one of `first`, `email`, `born` @ nothing",
        ),
    ];
    for (model, expected) in cases {
        assert_eq!(said(&two(&MODEL.replace("MODEL", model))), [expected]);
    }
}

#[test]
fn what_is_wrong_with_groups_clusters_and_ids_is_said_at_its_word() {
    let cases = [
        (
            "merge: {groups: {name: {columns: {first: [S_a.first, S_a.email]}}}}",
            "unify/merge `S_a` gives `first` two values / choose one column a table, or make it two groups @ first",
        ),
        (
            "merge: {separate: [S_a.first], exclude: [S_a.first]}",
            "unify/merge `S_a.first` is excluded, or part of another column / remove one of the two @ S_a.first",
        ),
        (
            "clusters: {Household: {when: [{column: adress}]}}",
            "name/unknown-column `Customer` has no column `adress` / choose one of `CustomerId`, `profile_no`, `PreviousCustomerId`, `id`, `id_Alternate`, `no`, `no_Alternate`, `first`, `email`, `S_a_born`, `S_a_at`, `S_b_born`, … @ adress",
        ),
        (
            "customer_id: {from: [S_c.x]}",
            "unify/mapping `S_c` is not one of the tables of `unify.yaml` / name a table of `tables:` and its column: `<Source>_<Table>.<column>` @ S_c.x",
        ),
    ];
    for (more, expected) in cases {
        let all = said(&two(&format!("{TABLES}{more}\n")));
        assert!(all.iter().any(|line| line == expected), "{expected}\n{all:#?}");
    }
}

#[test]
fn clusters_stand_between_the_merged_profiles_and_customer() {
    let planned =
        two(&format!("{TABLES}clusters: {{Family: {{when: [{{column: first}}, {{column: email}}]}}}}\n")).plan();
    assert!(table(&planned, "Customer").ends_with("S_b_at date-time, Family_ClusterId text"));
    assert_eq!(table(&planned, "Family_Cluster"), "ClusterId text, CustomerId text, profile_no integer");
    let reads = |name: &str| step(&planned, name).reads.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(reads("unify.cluster Family"), ["CustomerMerged"]);
    assert_eq!(reads("unify.customer"), ["CustomerMerged", "Family_Cluster"]);
}

#[test]
fn patches_are_laid_over_customer_last_and_only_while_there_are_any() {
    let unify = format!("{TABLES}clusters: {{Family: {{when: [{{column: first}}, {{column: email}}]}}}}\n");
    let without = two(&unify).plan();
    assert!(without.plan.steps.iter().all(|step| !step.name.starts_with("unify.patch")));
    let planned = two(&unify).delivers("CustomerPatchSent", "Number integer").plan();
    assert_eq!(table(&planned, "Customer"), table(&without, "Customer"));
    let reads = |name: &str| step(&planned, name).reads.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(reads("unify.patches"), ["CustomerPatchSent", "ProfileId"]);
    assert_eq!(reads("unify.patched"), ["CustomerUnpatched", "CustomerPatch"]);
    assert_eq!(step(&planned, "unify.customer").writes[0].table.as_str(), "CustomerUnpatched");
    assert_eq!(reads("unify.cluster Family"), ["CustomerMerged"], "clusters know nothing of patches");
    let patched = step(&planned, "unify.patched");
    assert_eq!((patched.writes[0].table.as_str(), patched.checks.len()), ("Customer", 1));
    let sql = sql_of(&planned, "unify.patched");
    // Keys, ids and clusters are passed through.
    for name in ["CustomerId", "id", "no_Alternate", "S_b_at", "Family_ClusterId"] {
        assert!(sql.contains(&format!("\"c\".\"{name}\" as \"{name}\"")), "{name}: {sql}");
    }
    assert!(sql.contains("then cast(\"v\".\"value 2\" as date) else \"c\".\"S_a_born\" end"), "{sql}");
}
