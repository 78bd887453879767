//! Insights: what is suggested finds, once it is saved and run, the people it was said to find.

use std::fmt::Write as _;

use onefold::platform::Onefold;
use onefold_api::*;
use serde_json::Value;

use crate::scratch::Scratch;

/// A number that looks drawn at random and is always the same.
fn drawn(seed: u64, most: u64) -> u64 {
    let mut z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) % most
}

const PEOPLE: u64 = 3_000;

/// People of five cities and three plans; those of plan `gold` above 50, and those of Lowell, order much more.
fn shop() -> Scratch {
    let scratch = Scratch::empty();
    let (mut people, mut orders) =
        ("id,city,plan,age,born,member\n".to_owned(), "order_id,person,at,total\n".to_owned());
    let mut order = 0;
    for no in 0..PEOPLE {
        let of = |salt: u64, most: u64| drawn(no * 101 + salt, most);
        let city = ["Boston", "Lowell", "O'Fallon", "Salem", "Lynn"][of(1, 5) as usize];
        let plan = ["gold", "silver", "none"][of(2, 3) as usize];
        let age = 18 + of(3, 60);
        let shown = if of(4, 10) == 0 { String::new() } else { age.to_string() };
        writeln!(people, "p{no},{city},{plan},{shown},{}-{:02}-01,{}", 2026 - age, 1 + of(5, 12), of(6, 2) == 0)
            .unwrap();
        let eager = (plan == "gold" && age > 50) || (city == "Lowell" && of(7, 3) > 0);
        for n in 0..of(8, 3) + if eager { 4 } else { 0 } {
            let day = of(20 + n, 300);
            order += 1;
            let at = format!("2025-{:02}-{:02}T10:00:00Z", 1 + day / 28 % 12, 1 + day % 28);
            writeln!(orders, "o{order},p{no},{at},{}", 5 + of(50 + n, 90)).unwrap();
        }
    }
    scratch.write("data/people.csv", &people);
    scratch.write("data/orders.csv", &orders);
    let files = [
        ("onefold.yaml", "name: shop\ntime_zone: UTC\nlake: ./lake\n"),
        (
            "sources/Shop.yaml",
            "kind: csv\nfrom: {folder: ./data}\ntables:\n  people: {key: id, columns: {age: integer, born: date, member: boolean}}\n  \
             orders: {key: order_id, columns: {at: date-time, total: number}}\n",
        ),
        (
            "unify.yaml",
            "tables:\n  - {table: Shop_people, columns: {id: ID, city: Shop.city, plan: Shop.plan, age: Shop.age, born: Shop.born, member: Shop.member}}\n",
        ),
        (
            "relationships.yaml",
            "OrderPerson: {from: Shop_orders.person, to: Shop_people.id, cardinality: many_to_one}\n",
        ),
        (
            "activities/orders.yaml",
            "table: Shop_orders\nkey: order_id\npath: [OrderPerson]\ntype: Order\nevent: order_id\ntime: at\n",
        ),
        (
            "measures/Orders.yaml",
            "kind: customer_attribute\nvalue: count(O.order_id)\ntables: {O: {table: Shop_orders, path: [OrderPerson]}}\n",
        ),
        (
            "measures/Average.yaml",
            "kind: customer_attribute\nvalue: avg(O.total)\ntables: {O: {table: Shop_orders, path: [OrderPerson]}}\n",
        ),
        ("measures/Twice.yaml", "kind: customer_attribute\nvalue: max(Customer_Measure.Orders * 2)\n"),
        ("segments/Eager.yaml", "title: Eager people\nrules:\n  - where: Customer_Measure.Orders >= 4\n"),
        ("segments/Lowell.yaml", "rules:\n  - where: Customer.city = 'Lowell'\n"),
        ("segments/Gold.yaml", "rules:\n  - where: Customer.plan = 'gold'\n"),
    ];
    files.iter().for_each(|(file, text)| scratch.write(file, text));
    scratch.onefold(&["run"]).done();
    scratch
}

/// Saves what is suggested, by other names where asked.
async fn save(project: &Onefold, saves: &[SuggestedDefinition]) -> String {
    for one in saves {
        let object = ObjectRef { kind: one.kind, name: one.name.clone() };
        let ask = SaveAsk { value: Some(one.value.clone()), ..SaveAsk::default() };
        let saved = project.save(&object, &ask, "anna").await.unwrap_or_else(|problem| panic!("{problem}: {one:?}"));
        assert!(saved.diagnostics.iter().all(|found| !found.is_error()), "{:?}", saved.diagnostics);
    }
    saves.last().expect("something is saved").name.clone()
}

async fn count(project: &Onefold, rule: &str) -> u64 {
    let value = serde_json::json!({"rules": [{"where": rule}]});
    let ask = PreviewAsk { name: "Tried".into(), value, ..PreviewAsk::default() };
    let view = project.preview_segment(&ask).await.expect("a preview");
    assert!(view.diagnostics.is_empty(), "{rule}: {:?}", view.diagnostics);
    view.count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_suggested_finds_those_it_was_said_to_find() {
    let scratch = shop();
    let project = Onefold::new(scratch.path());
    let choices = project.insight_choices().await.expect("choices");
    let fields: Vec<&str> = choices.fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(choices.profiles, PEOPLE);
    assert!(
        ["Customer.city", "Customer.member", "Customer_Measure.Orders"].iter().all(|field| fields.contains(field)),
        "{fields:?}"
    );
    assert!(!fields.iter().any(|field| field.contains("CustomerId") || *field == "Customer.id"), "{fields:?}");
    assert_eq!(
        (choices.activities[0].activity.as_str(), choices.activities[0].amounts.as_slice()),
        ("Order", &["total".to_owned()][..])
    );

    quick(&project, &scratch).await;
    outcome(&project).await;
    differences(&project).await;
    overlap(&project, &scratch).await;
    let mut saved = Vec::new();
    activity(&project, &mut saved).await;
    similar(&project, &mut saved).await;

    // Saved and run, each segment has the members that were shown.
    scratch.onefold(&["run"]).done();
    let segments = project.segments().await.expect("segments");
    for (name, members) in saved {
        let segment = segments.iter().find(|segment| segment.name == name).expect("it was saved");
        assert_eq!(segment.members, Some(members), "{name}");
    }
}

async fn quick(project: &Onefold, scratch: &Scratch) {
    let ask = |field: &str| QuickAsk { field: field.into(), within: None };
    let city = project.quick(&ask("Customer.city")).await.expect("values");
    assert_eq!((city.values.len(), city.of, city.missing), (5, PEOPLE, 0));
    for value in &city.values {
        let known = scratch.number(&format!(
            "select count(*) from \"Customer\" where city = '{}'",
            value.value.as_str().unwrap().replace('\'', "''")
        ));
        assert_eq!((value.count as f64, count(project, &value.rule).await), (known, value.count));
    }
    for field in ["Customer.age", "Customer.born", "Customer.member", "Customer_Measure.Orders"] {
        let view = project.quick(&ask(field)).await.expect("values");
        assert!(view.percentiles.len() + view.values.len() > 1, "{view:?}");
        for one in view.percentiles.iter().step_by(2) {
            assert_eq!(count(project, &one.at_least_rule).await, one.at_least, "{field}: {one:?}");
            assert_eq!(count(project, &one.at_most_rule).await, one.at_most, "{field}: {one:?}");
        }
        for one in &view.values {
            assert_eq!(count(project, &one.rule).await, one.count, "{field}: {one:?}");
        }
    }
    let problem = project.quick(&ask("Customer.citty")).await.expect_err("there is none");
    assert_eq!(problem.hint.as_deref(), Some("did you mean `Customer.city`?"));
    let within = QuickAsk { within: Some("Gold".into()), ..ask("Customer.plan") };
    let plans = project.quick(&within).await.expect("values").values;
    assert_eq!(plans.iter().map(|one| &one.value).collect::<Vec<_>>(), [&Value::from("gold")]);
}

async fn outcome(project: &Onefold) {
    let ask = OutcomeAsk { outcome: "Customer_Measure.Orders".into(), ..OutcomeAsk::default() };
    let view = project.suggest_by_outcome(&ask).await.expect("suggestions");
    assert!(view.number && view.cards.len() >= 2, "{view:?}");
    assert!(
        view.left_out.iter().any(|one| one.field == "Customer_Measure.Twice"),
        "it is made of the outcome: {view:?}"
    );
    for card in &view.cards {
        assert_eq!(count(project, &card.rule).await, card.members, "{card:?}");
        assert!(card.p <= 0.05 && card.share > 0.0);
    }
    // What the data were made with is what is found.
    let rules: Vec<&str> =
        view.cards.iter().filter(|card| card.value > card.overall).map(|card| card.rule.as_str()).collect();
    assert!(
        rules.iter().any(|rule| rule.contains("Lowell")) && rules.iter().any(|rule| rule.contains("gold")),
        "{rules:?}"
    );
    // A category within a segment.
    let ask = OutcomeAsk {
        outcome: "Customer.city".into(),
        category: Some("Lowell".into()),
        within: Some("Eager".into()),
        ..OutcomeAsk::default()
    };
    let view = project.suggest_by_outcome(&ask).await.expect("suggestions");
    assert!(!view.number && !view.cards.is_empty(), "{view:?}");
    for card in &view.cards {
        assert_eq!(
            (&card.category, count(project, &card.rule).await),
            (&Value::from("Lowell"), card.members),
            "{card:?}"
        );
    }
    let flags = OutcomeAsk { outcome: "Customer.member".into(), ..OutcomeAsk::default() };
    assert_eq!(project.suggest_by_outcome(&flags).await.expect("suggestions").cards, [], "it was drawn by lot");
    let dates = OutcomeAsk { outcome: "Customer.born".into(), ..OutcomeAsk::default() };
    assert!(project.suggest_by_outcome(&dates).await.is_err());
}

async fn differences(project: &Onefold) {
    let ask = DifferencesAsk { segment: "Eager".into(), ..DifferencesAsk::default() };
    let view = project.differences(&ask).await.expect("differences");
    assert_eq!(view.others, PEOPLE);
    let of =
        |field: &str| view.fields.iter().find(|one| one.field == field).unwrap_or_else(|| panic!("{field}: {view:?}"));
    assert!(
        of("Customer_Measure.Orders").defines && of("Customer_Measure.Twice").defines && !of("Customer.city").defines
    );
    assert!(of("Customer.city").score > 3.0 * of("Customer.city").chance, "{view:?}");
    assert!(of("Customer.member").score < 3.0 * of("Customer.member").chance, "{view:?}");
    for field in &view.fields {
        let sum = |of: fn(&DifferenceBin) -> u64| field.bins.iter().map(of).sum::<u64>();
        assert_eq!((sum(|bin| bin.members), sum(|bin| bin.others)), (view.members, view.others), "{field:?}");
    }
    let disjoint =
        DifferencesAsk { segment: "Lowell".into(), other: Some("Gold".into()), fields: vec!["Customer.city".into()] };
    assert!(project.differences(&disjoint).await.expect("differences").fields[0].score > 0.5);
    let itself = DifferencesAsk { segment: "Gold".into(), other: Some("Gold".into()), ..DifferencesAsk::default() };
    assert!(project.differences(&itself).await.is_err());
}

async fn overlap(project: &Onefold, scratch: &Scratch) {
    let segments: Vec<String> = ["Eager", "Lowell", "Gold"].map(str::to_owned).into();
    let ask = SegmentOverlapAsk { segments, field: Some("Customer.plan".into()) };
    let view = project.segment_overlap(&ask).await.expect("an overlap");
    let only =
        |within: &[&str]| view.sets.iter().position(|set| set.within == within).map(|at| (view.sets[at].count, at));
    let eager = "(select \"CustomerId\" from \"Customer_Measure\" where \"Orders\" >= 4)";
    let known = scratch.number(&format!(
        "select count(*) from \"Customer\" where city = 'Lowell' and plan <> 'gold' and \"CustomerId\" in {eager}"
    ));
    let (count, at) = only(&["Eager", "Lowell"]).expect("somebody is");
    assert_eq!(count as f64, known);
    for (at, set) in view.sets.iter().enumerate() {
        assert_eq!(view.values.iter().map(|value| value.counts[at]).sum::<u64>(), set.count);
    }
    let gold = view.values.iter().find(|value| value.label == "gold").expect("a value");
    assert_eq!(gold.counts[at], 0, "nobody of plan gold is outside of Gold");
    assert_eq!(view.any, view.sets.iter().map(|set| set.count).sum::<u64>());
}

async fn activity(project: &Onefold, saved: &mut Vec<(String, u64)>) {
    let ask =
        ActivityAsk { activity: "Order".into(), days: 20_000, amount: Some("total".into()), ..ActivityAsk::default() };
    let view = project.suggest_by_activity(&ask).await.expect("suggestions");
    assert_eq!(
        view.dimensions.iter().map(|one| one.dimension.as_str()).collect::<Vec<_>>(),
        ["recency", "frequency", "monetary"]
    );
    assert_eq!(view.cards.iter().map(|card| card.members).sum::<u64>(), view.active);
    assert_eq!(view.cards[0].levels, ["high", "high", "high"], "{view:?}");
    let low = view.cards.iter().find(|card| card.levels == ["low", "low", "low"]).expect("some are low in all");
    assert!(view.cards[0].averages[1] > low.averages[1] && view.cards[0].averages[0] < low.averages[0]);
    saved.push((save(project, &view.cards[0].saves).await, view.cards[0].members));
    // The measures are there now, and are used again.
    let again = project.suggest_by_activity(&ask).await.expect("suggestions");
    let low = again.cards.iter().find(|card| card.levels == ["low", "low", "low"]).expect("as before");
    assert_eq!(low.saves.len(), 1, "{:?}", low.saves);
    saved.push((save(project, &low.saves).await, low.members));
    let none = ActivityAsk { activity: "Visit".into(), ..ActivityAsk::default() };
    assert!(
        project.suggest_by_activity(&none).await.expect_err("there are none").hint.expect("a hint").contains("Order")
    );
}

async fn similar(project: &Onefold, saved: &mut Vec<(String, u64)>) {
    let ask = SimilarAsk { segment: "Eager".into(), ..SimilarAsk::default() };
    let view = project.similar(&ask).await.expect("similar people");
    assert!(view.auc > 0.6 && view.auc < 1.0, "{view:?}");
    assert!(view.found > 0 && view.found <= view.target / 5 && view.threshold >= 0.4, "{view:?}");
    assert_eq!(view.members + view.target, PEOPLE);
    assert_eq!(view.bands.iter().map(|band| band.count).sum::<u64>(), view.target);
    assert!(
        view.left_out
            .iter()
            .any(|one| one.field == "Customer_Measure.Orders" && one.why == "the segment is made of it")
    );
    assert!(
        view.fields.iter().any(|field| field.field == "Customer.city" && field.speaks_for[0] == "Lowell"),
        "{:?}",
        view.fields
    );
    // A score may be made of columns and measures at once.
    assert!(view.fields.iter().any(|field| field.field == "Customer_Measure.Average"), "{:?}", view.fields);
    assert!(view.people.windows(2).all(|pair| pair[0].score >= pair[1].score) && view.people.len() == 10);
    saved.push((save(project, &view.saves).await, view.found));
    // Asked for by name, what gives the segment away is still said to.
    let fields = vec!["Customer_Measure.Orders".into(), "Customer.city".into()];
    let given = project.similar(&SimilarAsk { fields, ..ask.clone() }).await.expect("similar people");
    assert!(
        given.left_out.iter().any(|one| one.field == "Customer_Measure.Orders" && one.why.contains("by itself")),
        "{given:?}"
    );
    // With the members, and among others.
    let ask = SimilarAsk { target: Some("Gold".into()), include_source: true, share: Some(0.1), ..ask };
    let view = project.similar(&ask).await.expect("similar people");
    let members = count(project, "in_segment('Gold') and in_segment('Eager')").await;
    saved.push((save(project, &view.saves).await, view.found + members));
    assert!(project.similar(&SimilarAsk { share: Some(0.0), ..ask.clone() }).await.is_err());
    assert!(project.similar(&SimilarAsk { least: Some(0.3), ..ask }).await.is_err());
}
