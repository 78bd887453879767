//! Templates: every one is filled into a project with the activities it needs, and gives what it says.
//! Also examples: `onefold test` over a project with tests that hold and one that does not.

use onefold::examples;
use onefold::platform::Onefold;
use onefold_api::{FillAsk, Nobody, Platform, QueryAsk, RowSink, RunAsk, TestsAsk};
use serde_json::Value;

fn write(root: &std::path::Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let file = root.join(path);
        std::fs::create_dir_all(file.parent().expect("a file is in a folder")).expect("a folder can be made");
        std::fs::write(file, text).expect("a file can be written");
    }
}

const PROJECT: &[(&str, &str)] = &[
    ("onefold.yaml", "name: templates\n"),
    (
        "sources/Shop.yaml",
        "kind: csv\nfrom: {folder: ./data}\ntables:\n  people: {key: id}\n  orders: {key: id, columns: {at: date-time, total: number}}\n  points: {key: id, columns: {at: date-time, plus: number, minus: number, joined: date, left: date}}\n  visits: {key: id, columns: {at: date-time}}\n",
    ),
    ("unify.yaml", "tables:\n  - {table: Shop_people, include_all: true, columns: {id: ID}}\n"),
    (
        "relationships.yaml",
        "O: {from: Shop_orders.person, to: Shop_people.id}\nP: {from: Shop_points.person, to: Shop_people.id}\nV: {from: Shop_visits.person, to: Shop_people.id}\n",
    ),
    ("data/people.csv", "id\n1\n2\n"),
    (
        "data/orders.csv",
        "id,person,at,total\na,1,2025-03-15T00:00:00Z,10\nb,1,2026-03-05T00:00:00Z,20\nc,1,2026-04-01T00:00:00Z,1000\n",
    ),
    ("data/points.csv", "id,person,at,plus,minus,joined,left\na,1,2026-01-01T00:00:00Z,100,30,2026-01-01,\n"),
    (
        "data/visits.csv",
        "id,person,at,status,service\na,1,2026-03-01T00:00:00Z,fulfilled,eyes\nb,1,2026-03-02T00:00:00Z,noshow,eyes\nc,1,2026-03-20T00:00:00Z,cancelled,\nd,1,2026-03-21T00:00:00Z,booked,skin\n",
    ),
    (
        "activities/orders.yaml",
        "table: Shop_orders\nkey: id\ntype: SalesOrder\nevent: id\ntime: at\nfields: {amount: total, order_id: id}\n",
    ),
    (
        "activities/points.yaml",
        "table: Shop_points\nkey: id\ntype: Loyalty\nevent: id\ntime: at\nfields: {points_earned: plus, points_redeemed: minus, joined: joined, left: left}\n",
    ),
    (
        "activities/visits.yaml",
        "table: Shop_visits\nkey: id\ntype: Appointment\nevent: id\ntime: at\nfields: {status: status, service: service}\n",
    ),
];

#[derive(Default)]
struct Rows {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl RowSink for Rows {
    fn columns(&mut self, columns: &[onefold_api::ColumnView]) -> std::io::Result<()> {
        self.columns = columns.iter().map(|column| column.name.clone()).collect();
        Ok(())
    }
    fn row(&mut self, values: &[Value]) -> std::io::Result<()> {
        self.rows.push(values.to_vec());
        Ok(())
    }
}

#[tokio::test]
async fn every_template_gives_what_it_says() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    write(folder.path(), PROJECT);
    let platform = Onefold::new(folder.path());
    for template in platform.measure_templates().await.unwrap() {
        assert_eq!(template.lacks, None, "{}", template.name);
        let filled = platform.fill_template(&template.name, &FillAsk::default(), "test").await.unwrap();
        assert!(filled.saved, "{}", template.name);
        let again = platform.fill_template(&template.name, &FillAsk::default(), "test").await.unwrap_err();
        assert!(again.message.contains("already"), "{}", again.message);
    }
    let values =
        [("title".to_owned(), "Last year".to_owned()), ("window".to_owned(), "{last: 30, unit: day}".to_owned())];
    let ask = FillAsk { measure: Some("Recent".to_owned()), values: values.into_iter().collect(), draft: false };
    platform.fill_template("total_transaction_value", &ask, "test").await.unwrap();
    let run = RunAsk { now: Some("2026-03-15T12:00:00Z".to_owned()), ..RunAsk::default() };
    platform.run(&run, "test", std::sync::Arc::new(Nobody)).await.unwrap();

    let mut rows = Rows::default();
    let sql = "select m.* from \"Customer_Measure\" m join \"Customer\" c on c.profile_no = m.profile_no order by c.id";
    let ask = |sql: &str| QueryAsk { sql: sql.to_owned(), limit: None, timeout: 60.0, memory: 1 << 30 };
    platform.query(&ask(sql), &mut rows).await.unwrap();
    let of = |row: usize, name: &str| {
        let at = rows.columns.iter().position(|column| column == name).unwrap_or_else(|| panic!("no `{name}`"));
        rows.rows[row][at].clone()
    };
    let number = |name: &str| of(0, name).as_f64().unwrap_or_else(|| panic!("`{name}` is {}", of(0, name)));
    assert_eq!(number("AverageTransactionValue"), 15.0);
    assert_eq!(number("TotalTransactionValue"), 30.0);
    assert_eq!(number("Recent"), 20.0);
    assert_eq!(number("TransactionCount"), 2.0);
    assert_eq!(number("AverageDailyRevenue"), 30.0 / 366.0);
    assert_eq!(number("AverageMonthlyRevenue"), 30.0 / 13.0);
    assert_eq!(number("AverageYearlyRevenue"), 15.0);
    assert_eq!(number("LoyaltyPointsEarned"), 100.0);
    assert_eq!(number("LoyaltyPointsRedeemed"), 30.0);
    assert_eq!(number("LoyaltyPointsBalance"), 70.0);
    assert_eq!(number("LoyaltyMembershipDuration"), 73.0);
    assert_eq!(number("ActiveCustomerLifespan"), 355.0);
    assert_eq!(number("TimeSinceLastPurchase"), 10.0);
    assert_eq!(number("NoShowRate"), 50.0);
    assert_eq!(number("DaysSinceLastVisit"), 14.0);
    assert_eq!(of(0, "NextAppointment"), Value::from("2026-03-21T00:00:00Z"));
    for zero in ["TotalTransactionValue", "TransactionCount", "LoyaltyPointsBalance", "Recent"] {
        assert_eq!(of(1, zero).as_f64(), Some(0.0), "{zero}");
    }
    for null in ["AverageTransactionValue", "TimeSinceLastPurchase", "NoShowRate", "NextAppointment"] {
        assert_eq!(of(1, null), Value::Null, "{null}");
    }
    let mut visits = Rows::default();
    let sql = "select service, visits from \"Measure_VisitsByService\"";
    platform.query(&ask(sql), &mut visits).await.unwrap();
    assert_eq!(visits.rows, [[Value::from("eyes"), Value::from(1)]]);
}

#[tokio::test]
async fn a_template_says_what_the_project_lacks() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    write(folder.path(), PROJECT);
    std::fs::remove_file(folder.path().join("activities/points.yaml")).unwrap();
    let platform = Onefold::new(folder.path());
    let refused = platform.fill_template("loyalty_points_earned", &FillAsk::default(), "test").await.unwrap_err();
    assert_eq!(refused.message, "the project has no activities of type `Loyalty`");
    let unknown = platform.fill_template("transaction_cont", &FillAsk::default(), "test").await.unwrap_err();
    assert_eq!(unknown.hint.as_deref(), Some("did you mean `transaction_count`?"));
}

#[tokio::test]
async fn examples_hold_or_say_which_cell_differs() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    write(folder.path(), PROJECT);
    write(
        folder.path(),
        &[
            (
                "measures/Spend.yaml",
                "kind: customer_attribute\nvalue: sum(Orders.total)\ntables: {Orders: Shop_orders}\nwhere: Orders.at <= now()\ntests:\n  - name: sums what is past\n    given:\n      Shop_people: [{id: 1}, {id: 2}]\n      Shop_orders:\n        - {person: 1, total: 2, at: 2026-03-01T00:00:00Z}\n        - {person: 1, total: 3.5, at: 2026-03-01T00:00:00Z}\n        - {person: 1, total: 9, at: 2027-03-01T00:00:00Z}\n    expect:\n      - {id: 1, Spend: 5.5}\n      - {id: 2, Spend: null}\n  - name: is wrong on purpose\n    now: 2028-01-01T00:00:00Z\n    given:\n      Shop_people: [{id: 1}]\n      Shop_orders: [{person: 1, total: 9, at: 2027-03-01T00:00:00Z}]\n    expect: [{id: 1, Spend: 8}]\n  - name: asks for what is not there\n    given: {Shop_peple: [{id: 1}]}\n    expect: [{id: 1}]\n",
            ),
            (
                "segments/Big.yaml",
                "rules: [{where: Customer_Measure.Spend > 5}]\ntests:\n  - given:\n      Shop_people: [{id: 1}, {id: 2}]\n      Shop_orders: [{person: 1, total: 6, at: 2026-03-01T00:00:00Z}, {person: 2, total: 5, at: 2026-03-01T00:00:00Z}]\n    expect: [{id: 1}]\n  - name: nobody\n    given: {Shop_people: [{id: 1}]}\n    expect: []\n",
            ),
        ],
    );
    let outcomes = examples::run(folder.path(), &[]).await.unwrap();
    let told: Vec<(&str, bool)> = outcomes.iter().map(|outcome| (outcome.name.as_str(), outcome.ok)).collect();
    assert_eq!(
        told,
        [
            ("sums what is past", true),
            ("is wrong on purpose", false),
            ("asks for what is not there", false),
            ("test 1", true),
            ("nobody", true)
        ],
        "{outcomes:#?}"
    );
    assert_eq!(outcomes[1].differences, ["id 1: `Spend` expected 8, got 9.0"]);
    assert!(outcomes[2].differences[0].contains("did you mean `Shop_people`?"), "{:?}", outcomes[2].differences);
    assert_eq!(examples::run(folder.path(), &["segments/Big".to_owned()]).await.unwrap().len(), 2);
    // The same is asked over HTTP.
    let platform = Onefold::new(folder.path());
    let big = platform.tests(&TestsAsk { names: vec!["segments/Big".to_owned()] }).await.unwrap();
    assert_eq!(big, outcomes[3..]);
    assert_eq!(platform.tests(&TestsAsk::default()).await.unwrap(), outcomes);
    assert!(examples::run(folder.path(), &["Bigg".to_owned()]).await.is_err());
    assert!(!folder.path().join("lake").exists(), "a test touches no lake of the project");
}
