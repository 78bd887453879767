//! Tests: small indexes, and many random ones beside a naive twin.

use std::collections::{BTreeMap, BTreeSet};

use crate::words::Folder;
use crate::*;

type Known = Vec<Document>;

fn built(fields: &[Field], documents: &[Document], options: Options) -> (tempfile::TempDir, Index) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("index");
    let all = documents.iter().cloned().map(Ok::<_, Error>);
    let built = build(&place, fields, options, all).unwrap();
    assert_eq!(built.documents, documents.len() as u64);
    let index = Index::open(&place).unwrap();
    (folder, index)
}

fn field(name: &str, kind: Kind) -> Field {
    Field { name: name.into(), kind }
}

fn people() -> (Vec<Field>, Known) {
    let fields = vec![
        field("city", Kind::Keyword),
        field("Segment", Kind::Keyword),
        field("visits", Kind::Integer),
        field("share", Kind::Number),
        field("contactid", Kind::Presence),
    ];
    let text = |text: &str| Value::Text(text.into());
    let person = |number: u64, name: &str, others: &[&str], values: Vec<(usize, Value)>| Document {
        number,
        title: vec![name.into()],
        words: others.iter().map(|text| (*text).into()).collect(),
        values,
        card: format!("card {number}").into_bytes(),
    };
    let documents = vec![
        person(
            7,
            "Maria Silva",
            &["maria.silva@example.org", "p-0007"],
            vec![(0, text("Recife")), (1, text("A")), (1, text("B")), (2, Value::Integer(3)), (3, Value::Number(0.5))],
        ),
        person(2, "Mario Sá", &["7f3a-11aa"], vec![(0, text("Vitória")), (2, Value::Integer(-1)), (4, Value::There)]),
        person(9, "Ana Maria", &[], vec![(0, text("Vitória")), (1, text("B")), (3, Value::Number(-0.0))]),
        person(4, "Bob", &["maria@example.org"], vec![]),
    ];
    (fields, documents)
}

fn numbers(index: &Index, ask: &Ask) -> Vec<u64> {
    let ask = Ask { limit: if ask.limit == 0 { 100 } else { ask.limit }, ..ask.clone() };
    let answer = index.search(&ask).unwrap();
    for hit in &answer.hits {
        assert_eq!(hit.card, format!("card {}", hit.number).into_bytes());
    }
    answer.hits.iter().map(|hit| hit.number).collect()
}

fn words(text: &str) -> Ask {
    Ask { text: text.into(), ..Ask::default() }
}

fn only(name: &str, test: Test) -> Ask {
    Ask { filters: vec![Filter { field: name.into(), test }], ..Ask::default() }
}

fn any(values: &[Value], missing: bool) -> Test {
    Test::AnyOf { values: values.to_vec(), missing }
}

#[test]
fn words_are_found_by_their_beginning_and_whole_ones_in_titles_come_first() {
    let (fields, documents) = people();
    let (_folder, index) = built(&fields, &documents, Options::default());
    for (text, expected) in [
        ("", vec![2, 4, 7, 9]),
        ("  .  ", vec![2, 4, 7, 9]),
        ("maria", vec![7, 9, 4]),
        ("MARI", vec![2, 4, 7, 9]),
        ("mari silv", vec![7]),
        ("sá", vec![2]),
        ("sa", vec![2]),
        ("s", vec![2, 7]),
        ("maria.silva@ex", vec![7]),
        ("maria@example.org", vec![4, 7]),
        ("example", vec![4, 7]),
        ("p-0007", vec![7]),
        ("7f3a", vec![2]),
        ("7F3A-11", vec![2]),
        ("nobody", vec![]),
        ("maria nobody", vec![]),
    ] {
        assert_eq!(numbers(&index, &words(text)), expected, "{text}");
    }
}

#[test]
fn filters_counts_and_order() {
    let (fields, documents) = people();
    let (_folder, index) = built(&fields, &documents, Options::default());
    let text = |text: &str| Value::Text(text.into());
    let between = |from, to, below| Test::Between { from, to, below };
    for (name, test, expected) in [
        ("city", any(&[text("Vitória")], false), vec![2, 9]),
        ("city", any(&[text("Vitória"), text("Recife"), text("nowhere")], false), vec![2, 7, 9]),
        ("city", any(&[], true), vec![4]),
        ("city", between(Some(text("S")), None, None), vec![2, 9]),
        ("Segment", any(&[text("B")], false), vec![7, 9]),
        ("Segment", any(&[text("A")], true), vec![2, 4, 7]),
        ("visits", any(&[Value::Integer(3)], false), vec![7]),
        ("visits", between(None, Some(Value::Integer(3)), None), vec![2, 7]),
        ("visits", between(None, None, Some(Value::Integer(3))), vec![2]),
        ("visits", between(Some(Value::Number(-0.5)), None, None), vec![7]),
        ("share", any(&[Value::Integer(0)], false), vec![9]),
        ("share", between(Some(Value::Number(0.0)), Some(Value::Number(0.4)), None), vec![9]),
        ("contactid", Test::Present, vec![2]),
        ("contactid", any(&[], true), vec![4, 7, 9]),
    ] {
        assert_eq!(numbers(&index, &only(name, test.clone())), expected, "{name} {test:?}");
    }
    let sorted = |name: &str, descending| Ask { sort: Some(Sort { field: name.into(), descending }), ..Ask::default() };
    assert_eq!(numbers(&index, &sorted("city", false)), [7, 2, 9, 4]);
    assert_eq!(numbers(&index, &sorted("visits", true)), [7, 2, 4, 9]);

    let count = |name: &str, edges: &[Value]| Count { field: name.into(), edges: edges.to_vec(), most: 1 };
    let ask = Ask {
        count: vec![
            count("city", &[]),
            count("Segment", &[]),
            count("visits", &[Value::Integer(-5), Value::Integer(0)]),
        ],
        ..words("ma")
    };
    let bucket = |value: Value, count| Bucket { value, count };
    // Asked twice: the second answer is remembered.
    for _ in 0..2 {
        let answer = index.search(&ask).unwrap();
        assert_eq!((answer.total, answer.hits.len()), (4, 0));
        assert_eq!(
            answer.counted,
            [
                Counted { buckets: vec![bucket(text("Vitória"), 2)], others: 1, missing: 1 },
                Counted { buckets: vec![bucket(text("B"), 2)], others: 1, missing: 2 },
                Counted {
                    buckets: vec![bucket(Value::Integer(-5), 1), bucket(Value::Integer(0), 1)],
                    others: 0,
                    missing: 2
                },
            ]
        );
    }
    let bounds = index.bounds("visits").unwrap().unwrap();
    assert_eq!((bounds.least, bounds.largest), (Value::Integer(-1), Value::Integer(3)));
}

#[test]
fn wrong_questions_are_refused_in_words() {
    let (fields, documents) = people();
    let (_folder, index) = built(&fields, &documents, Options::default());
    let said = |ask: &Ask| index.search(ask).unwrap_err().to_string();
    assert_eq!(said(&only("nothing", Test::Present)), "there is no field `nothing` to search by");
    assert_eq!(
        said(&only("visits", any(&[Value::Text("x".into())], false))),
        "field `visits` holds numbers; compare it with a number"
    );
    assert_eq!(said(&Ask { offset: DEEPEST + 1, ..Ask::default() }), "no more than 10000 hits can be passed over");
}

#[test]
fn an_index_without_documents_answers() {
    let (fields, _) = people();
    let (_folder, index) = built(&fields, &[], Options::default());
    let count = vec![Count { field: "city".into(), edges: Vec::new(), most: 5 }];
    let answer = index.search(&Ask { count, limit: 5, ..words("a") }).unwrap();
    assert_eq!(answer, Answer { total: 0, hits: Vec::new(), counted: vec![Counted::default()] });
    assert_eq!(index.bounds("visits").unwrap(), None);
    let other = tempfile::tempdir().unwrap();
    assert!(Index::open(other.path()).unwrap_err().to_string().contains("cannot be used"));
}

/// Small random numbers that are the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
    fn word(&mut self) -> String {
        let letters = ["a", "b", "é", "A", "1", "-", "@", "Z"];
        (0..=self.below(6)).map(|_| letters[self.below(8) as usize]).collect()
    }
    fn value(&mut self, kind: Kind) -> Value {
        match kind {
            Kind::Keyword => Value::Text(format!("v{}", self.below(5))),
            Kind::Integer => Value::Integer(self.below(9) as i64 - 4),
            Kind::Number => Value::Number((self.below(9) as f64 - 4.0) / 2.0),
            Kind::Presence => Value::There,
        }
    }
}

const KINDS: [Kind; 5] = [Kind::Keyword, Kind::Keyword, Kind::Integer, Kind::Number, Kind::Presence];

fn random_documents(random: &mut Random, count: u64) -> Known {
    let mut numbers: Vec<u64> = (0..count).map(|number| number * 3).collect();
    for at in 0..numbers.len() {
        let other = random.below(count) as usize;
        numbers.swap(at, other);
    }
    let texts = |random: &mut Random| {
        let texts = (0..random.below(3)).map(|_| format!("{} {}", random.word(), random.word()));
        texts.collect::<Vec<String>>()
    };
    let document = |number: u64| {
        let mut values = Vec::new();
        for (at, kind) in KINDS.into_iter().enumerate() {
            // The second is of several values.
            let most = if at == 1 { 3 } else { 2 };
            let all: BTreeSet<String> = BTreeSet::new();
            let mut seen = all;
            for _ in 0..random.below(most) {
                let value = random.value(kind);
                if seen.insert(format!("{value:?}")) {
                    values.push((at, value));
                }
            }
        }
        let card = format!("card {number}").into_bytes();
        Document { number, title: texts(random), words: texts(random), values, card }
    };
    numbers.into_iter().map(document).collect()
}

fn random_ask(random: &mut Random) -> Ask {
    let name = |random: &mut Random| {
        let at = random.below(5) as usize;
        (format!("f{at}"), KINDS[at])
    };
    let mut ask = Ask { offset: random.below(4) as usize, limit: 1 + random.below(9) as usize, ..Ask::default() };
    if random.below(2) == 0 {
        ask.text = (0..=random.below(2)).map(|_| random.word()).collect::<Vec<_>>().join(" ");
    }
    for _ in 0..random.below(3) {
        let (field, kind) = name(random);
        let maybe = |random: &mut Random| (random.below(2) == 0).then(|| random.value(kind));
        let test = match (kind, random.below(3)) {
            (Kind::Presence, _) | (_, 0) => Test::Present,
            (_, 1) => Test::AnyOf {
                values: (0..random.below(3)).map(|_| random.value(kind)).collect(),
                missing: random.below(2) == 0,
            },
            _ => Test::Between { from: maybe(random), to: maybe(random), below: maybe(random) },
        };
        ask.filters.push(Filter { field, test });
    }
    if random.below(2) == 0 {
        let (field, _) = name(random);
        ask.sort = Some(Sort { field, descending: random.below(2) == 0 });
    }
    ask.count = vec![
        Count { field: "f0".into(), edges: Vec::new(), most: 3 },
        Count { field: "f1".into(), edges: Vec::new(), most: 3 },
        Count { field: "f2".into(), edges: [-2, 0, 1].map(Value::Integer).to_vec(), most: 3 },
        Count { field: "f3".into(), edges: [-2.0, 0.5].map(Value::Number).to_vec(), most: 3 },
    ];
    ask
}

/// The same, by looking at every document.
fn naive(documents: &Known, ask: &Ask) -> (u64, Vec<u64>, Vec<(Vec<u64>, u64, u64)>) {
    let place = |name: &str| name[1..].parse::<usize>().unwrap();
    let values = |document: &Document, name: &str| -> Vec<Value> {
        document.values.iter().filter(|(at, _)| *at == place(name)).map(|(_, value)| value.clone()).collect()
    };
    let split = |texts: &[String]| {
        let mut all = BTreeSet::new();
        for text in texts {
            Folder::new().each(text, |word, parts| {
                all.insert(word.to_owned());
                all.extend(parts.iter().map(|part| (*part).to_owned()));
            });
        }
        all
    };
    let mut asked = Vec::new();
    Folder::new().each(&ask.text, |word, parts| {
        asked.push((word.to_owned(), parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>()));
    });
    let mut found: Vec<(&Document, usize)> = Vec::new();
    for document in documents {
        let title = split(&document.title);
        let all: BTreeSet<String> = split(&document.words).union(&title).cloned().collect();
        let begins = |beginning: &String| all.iter().any(|word| word.starts_with(beginning.as_str()));
        let words_hold =
            asked.iter().all(|(word, parts)| begins(word) || !parts.is_empty() && parts.iter().all(begins));
        let filters_hold = ask.filters.iter().all(|filter| {
            let own = values(document, &filter.field);
            match &filter.test {
                Test::Present => !own.is_empty(),
                Test::AnyOf { values, missing } if own.is_empty() => {
                    let _ = values;
                    *missing
                }
                Test::AnyOf { values, .. } => own.iter().any(|value| values.contains(value)),
                Test::Between { from, to, below } => own.iter().any(|value| {
                    let order = |other: &Value| compare(value, other);
                    from.as_ref().is_none_or(|from| order(from).is_ge())
                        && to.as_ref().is_none_or(|to| order(to).is_le())
                        && below.as_ref().is_none_or(|below| order(below).is_lt())
                }),
            }
        });
        if words_hold && filters_hold {
            let near =
                asked.iter().map(|(word, _)| usize::from(all.contains(word)) + usize::from(title.contains(word))).sum();
            found.push((document, near));
        }
    }
    match &ask.sort {
        None => found.sort_by_key(|(document, near)| (std::cmp::Reverse(*near), document.number)),
        Some(sort) => found.sort_by(|(a, _), (b, _)| {
            // A field of several values is sorted by the least.
            let least = |document| values(document, &sort.field).into_iter().min_by(compare);
            let order = match (least(a), least(b)) {
                (Some(a), Some(b)) if sort.descending => compare(&b, &a),
                (Some(a), Some(b)) => compare(&a, &b),
                (a, b) => a.is_none().cmp(&b.is_none()),
            };
            order.then(a.number.cmp(&b.number))
        }),
    }
    let mut counted = Vec::new();
    for count in &ask.count {
        let (mut buckets, mut missing) = (BTreeMap::<String, u64>::new(), 0);
        let mut ranges = vec![0; count.edges.len()];
        for (document, _) in &found {
            let own = values(document, &count.field);
            missing += u64::from(own.is_empty());
            for value in own {
                if count.edges.is_empty() {
                    *buckets.entry(format!("{value:?}")).or_default() += 1;
                } else {
                    let at = count.edges.iter().filter(|edge| compare(&value, edge).is_ge()).count();
                    ranges[at.saturating_sub(1)] += 1;
                }
            }
        }
        if count.edges.is_empty() {
            ranges = buckets.values().copied().collect();
            ranges.sort_unstable_by_key(|count| std::cmp::Reverse(*count));
        }
        let others = if count.edges.is_empty() { ranges.iter().skip(count.most).sum() } else { 0 };
        if count.edges.is_empty() {
            ranges.truncate(count.most);
        }
        counted.push((ranges, others, missing));
    }
    let hits = found.iter().skip(ask.offset).take(ask.limit).map(|(document, _)| document.number).collect();
    (found.len() as u64, hits, counted)
}

fn compare(a: &Value, b: &Value) -> std::cmp::Ordering {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b).unwrap(),
        (Value::There, Value::There) => std::cmp::Ordering::Equal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn random_indexes_answer_as_their_naive_twin() {
    let fields: Vec<Field> = KINDS.iter().enumerate().map(|(at, kind)| field(&format!("f{at}"), *kind)).collect();
    for seed in 1..=12_u64 {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let count = random.below(300) + 1;
        let documents = random_documents(&mut random, count);
        let options = Options { threads: 1 + random.below(4) as usize, memory: 64 << 20 };
        let (_folder, index) = built(&fields, &documents, options);
        for _ in 0..60 {
            let ask = random_ask(&mut random);
            let answer = index.search(&ask).unwrap();
            let (total, hits, counted) = naive(&documents, &ask);
            assert_eq!(answer.total, total, "seed {seed}: {ask:?}");
            assert_eq!(answer.hits.iter().map(|hit| hit.number).collect::<Vec<_>>(), hits, "seed {seed}: {ask:?}");
            let plain = |counted: &Counted| {
                let buckets = counted.buckets.iter().map(|bucket| bucket.count).collect::<Vec<_>>();
                (buckets, counted.others, counted.missing)
            };
            assert_eq!(answer.counted.iter().map(plain).collect::<Vec<_>>(), counted, "seed {seed}: {ask:?}");
        }
    }
}
