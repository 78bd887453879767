//! Tests of records: numbers, values, what is pushed and taken back.

use super::*;
use FieldKind as Kind;

fn field(name: &str, kind: Kind) -> Field {
    Field { name: name.to_owned(), kind }
}

fn column(texts: &[Option<String>], order: &[usize]) -> TextColumn {
    order.iter().map(|&row| texts[row].as_deref()).collect()
}

/// Everything that can be asked of records, as one text.
fn all(records: &Records) -> String {
    let mut all = String::new();
    for record in 0..records.len() as u32 {
        all += &format!("{record} {} {:?} {}", records.table(record), records.key(record), records.is_removed(record));
        for field in 0..records.width() {
            let texts: Vec<&str> =
                records.values(record, field).iter().map(|&value| records.text(field, value)).collect();
            let often: Vec<u32> =
                records.values(record, field).iter().map(|&value| records.frequency(field, value)).collect();
            all +=
                &format!(" | {:?} {often:?} {texts:?} {}", records.values(record, field), records.shown(record, field));
        }
        all += &format!(" {:?}\n", records.find(records.table(record), records.key(record)));
    }
    for field in 0..records.width() {
        all += &format!("{} {} {:?}\n", records.distinct(field), records.filled(field), records.fields[field].facts);
    }
    let mut pushed: Vec<_> = records.pushed.find.iter().collect();
    pushed.sort();
    all + &format!("{:?} {:?} {pushed:?}", records.lists, records.list_values)
}

const KINDS: [Kind; 4] = [Kind::GivenName, Kind::Phone, Kind::BirthDate, Kind::Ignored];

fn fields() -> Vec<Field> {
    KINDS.iter().enumerate().map(|(place, kind)| field(&format!("f{place}"), *kind)).collect()
}

/// Rows of a table: a given name, two phones, a date.
type Rows = Vec<[Option<String>; 4]>;

fn table(rows: &Rows, order: &[usize]) -> TableRecords {
    let of = |place: usize| column(&rows.iter().map(|row| row[place].clone()).collect::<Vec<_>>(), order);
    let keys: Vec<Option<String>> = (0..rows.len()).map(|row| Some(format!("k{row}"))).collect();
    TableRecords { key: column(&keys, order), fields: vec![vec![of(0)], vec![of(1), of(2)], vec![of(3)], vec![of(0)]] }
}

fn rows() -> impl proptest::strategy::Strategy<Value = Rows> {
    use proptest::prelude::*;
    let text = |pattern: &'static str| proptest::option::of(pattern).boxed();
    proptest::collection::vec(
        [text("[abé]{0,3}"), text("[12]{5,6}"), text("[12]{5,6}"), text("(19[0-4][0-9]-0[1-3]-1[0-9])?")]
            .prop_map(|row| row),
        0..12,
    )
}

#[test]
fn values_are_numbered_by_their_texts() {
    let rows: Rows = vec![
        [Some("Bob".into()), Some("55555 1".into()), Some("555551".into()), Some("1980-01-02".into())],
        [Some("ann".into()), Some("66666 1".into()), Some("55555-1".into()), None],
        [Some("N/A".into()), None, Some("666662".into()), Some("nonsense".into())],
    ];
    let mut records = Records::encode(&fields(), &[table(&rows, &[0, 1, 2]), TableRecords::default()]);
    assert_eq!((records.len(), records.width(), records.distinct(0), records.filled(0)), (3, 4, 2, 2));
    assert_eq!((records.value(0, 0), records.value(1, 0), records.value(2, 0)), (Some(1), Some(0), None));
    assert_eq!((records.text(0, 0), records.text(0, 1)), ("ann", "bob"));
    assert_eq!((records.values(0, 1), records.values(1, 1), records.values(2, 1)), (&[0][..], &[1, 0][..], &[2][..]));
    assert_eq!((records.frequency(1, 0), records.filled(1), records.filled(2), records.filled(3)), (2, 3, 1, 0));
    assert_eq!(
        (records.find(0, "k1"), records.find(0, "k9"), records.find(1, "k1"), records.find(7, "k1")),
        (Some(1), None, None, None)
    );
    assert_eq!(records.shown(1, 1), "666661, 555551");
    assert_eq!((records.find_value(0, "bob"), records.find_value(0, "zoe")), (Some(1), None));
    records.set_generic(1, 0);
    assert!(records.is_generic(1, 0) && !records.is_generic(1, 1) && !records.is_generic(0, 0));
}

#[test]
fn dates_follow_their_column() {
    let dates = |texts: &[&str]| -> TableRecords {
        let keys: Vec<Option<String>> = (0..texts.len()).map(|row| Some(format!("k{row}"))).collect();
        let order: Vec<usize> = (0..texts.len()).collect();
        TableRecords { key: column(&keys, &order), fields: vec![vec![texts.iter().map(|text| Some(*text)).collect()]] }
    };
    let tables = [
        dates(&["03/04/1980", "13/04/1980"]),
        dates(&["03/04/1980", "04/13/1980"]),
        dates(&["1980-04-03"]),
        dates(&["19800403"]),
    ];
    let mut records = Records::encode(&[field("birth", Kind::BirthDate)], &tables);
    let shown: Vec<String> = (0..records.len() as u32).map(|record| records.shown(record, 0)).collect();
    assert_eq!(shown, ["19800403", "19800413", "19800304", "19800413", "19800403", "19800403"]);
    let day_first = records.push(0, "new", &[vec!["05/06/1990"]]);
    assert_eq!(records.shown(day_first, 0), "19900605");
    let month_first = records.push(1, "new", &[vec!["05/06/1990"]]);
    assert_eq!(records.shown(month_first, 0), "19900506");
}

proptest::proptest! {
    #[test]
    fn the_order_of_rows_changes_nothing(
        (rows, order) in proptest::strategy::Strategy::prop_flat_map(rows(), |rows| {
            let order: Vec<usize> = (0..rows.len()).collect();
            (proptest::strategy::Just(rows), proptest::strategy::Strategy::prop_shuffle(proptest::strategy::Just(order)))
        })
    ) {
        let plain: Vec<usize> = (0..rows.len()).collect();
        let one = Records::encode(&fields(), &[table(&rows, &plain), table(&rows, &plain)]);
        let other = Records::encode(&fields(), &[table(&rows, &order), table(&rows, &order)]);
        proptest::prop_assert_eq!(all(&one), all(&other));
        // The naive twin: every text normalised where it stands.
        for (row, texts) in rows.iter().enumerate() {
            let record = one.find(0, &format!("k{row}")).unwrap();
            for (field, columns) in [(0, &texts[..1]), (1, &texts[1..3]), (2, &texts[3..])] {
                let mut expected: Vec<String> = Vec::new();
                for text in columns.iter().flatten().filter_map(|text| normal(KINDS[field], DateOrder::YearFirst, text)) {
                    if !expected.contains(&text) {
                        expected.push(text);
                    }
                }
                let found: Vec<&str> = one.values(record, field).iter().map(|&value| one.text(field, value)).collect();
                proptest::prop_assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn what_is_taken_back_leaves_no_trace(rows in rows(), more in rows(), gone in proptest::collection::vec(0_u32..24, 0..4)) {
        let plain: Vec<usize> = (0..rows.len()).collect();
        let mut records = Records::encode(&fields(), &[table(&rows, &plain)]);
        let mut before = vec![all(&records)];
        for (place, texts) in more.iter().enumerate() {
            let own: Vec<Vec<&str>> = [&texts[..1], &texts[1..3], &texts[3..]].iter().map(|texts| texts.iter().flatten().map(|text| &**text).collect()).collect();
            // Every other one takes the place of a known one.
            let key = if place % 2 == 0 { format!("k{place}") } else { "new".to_owned() };
            let record = records.push(0, &key, &own);
            proptest::prop_assert_eq!(records.find(0, &key), Some(record));
            proptest::prop_assert_eq!(record as usize + 1, records.len());
            before.push(all(&records));
        }
        let mut other = records.clone();
        for _ in 0..more.len() {
            let expected = before.pop();
            proptest::prop_assert_eq!(Some(all(&records)), expected);
            records.pop();
        }
        proptest::prop_assert_eq!(Some(all(&records)), before.pop());
        records.pop();
        // Removed ones are not found and not counted, and taking back goes on as before.
        for record in gone.into_iter().filter(|record| (*record as usize) < other.len()).collect::<Vec<_>>() {
            other.remove(record);
            proptest::prop_assert!(other.is_removed(record) && other.find(other.table(record), other.key(record)) != Some(record));
        }
        for field in 0..other.width() {
            let mut counted = vec![0; other.distinct(field) as usize];
            let left = (0..other.len() as u32).filter(|&record| !other.is_removed(record));
            left.clone().for_each(|record| other.values(record, field).iter().for_each(|&value| counted[value as usize] += 1));
            proptest::prop_assert_eq!(&counted, &other.fields[field].frequency);
            proptest::prop_assert_eq!(left.filter(|&record| other.value(record, field).is_some()).count() as u32, other.filled(field));
        }
        for _ in 0..more.len() {
            other.pop();
        }
        proptest::prop_assert_eq!(other.len(), rows.len());
        proptest::prop_assert_eq!(other.distinct(0), records.distinct(0));
    }
}
