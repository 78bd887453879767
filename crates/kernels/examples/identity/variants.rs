//! Variants: a set with columns added, renamed, left out or written otherwise, scored beside the set as it is.
//!
//! Reads    a set, pairs of kin
//! Writes   for each variant pairwise and cluster F1, kin merged, seconds
//!
//! What a column holds is made from the person, the family or the row by a hash: it is the same every time. A column that
//! says nothing should change nothing; one that says something should not make the answer worse.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use onefold_kernels::linkage::{Certain, Linked, link};

use crate::sets::{Set, Table, people};
use crate::{groups, pairs};

/// A number from texts.
fn hash(parts: &[&str]) -> u64 {
    let mut number = 0xcbf2_9ce4_8422_2325u64;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
        number = (number ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A word of a vocabulary, by number.
fn word(number: u64) -> String {
    const PARTS: [&str; 16] = [
        "bar", "den", "fol", "gim", "hav", "jut", "kel", "lon", "mor", "nis", "pra", "rud", "sel", "tev", "vor", "wyn",
    ];
    let part = |shift: u32| PARTS[(number >> shift & 15) as usize];
    let mut word = format!("{}{}", part(0), part(4));
    (2..4).map(|place| 4 * place).filter(|&shift| number >> shift != 0).for_each(|shift| word += part(shift));
    word
}

/// What a value is made from.
struct Row<'a> {
    person: &'a str,
    family: &'a str,
    /// A text of its own.
    own: &'a str,
    values: &'a [String],
    table: &'a Table,
}

impl Row<'_> {
    fn is(&self, salt: &str, percent: u64) -> bool {
        hash(&[self.own, salt]) % 100 < percent
    }
    fn by(&self, whom: &str, salt: &str, values: u64) -> u64 {
        hash(&[whom, salt]) % values
    }
    fn value(&self, words: &[&str]) -> &str {
        let fits = |column: &String| words.iter().any(|word| column.to_lowercase().contains(word));
        let place = (0..self.table.columns.len()).find(|&at| fits(&self.table.columns[at]));
        place.map_or("", |at| &self.values[at])
    }
}

const BIRTH: [&str; 2] = ["birth_date", "dob"];
const CITY: [&str; 4] = ["city", "suburb", "birth_place", "line"];
const FAMILY: [&str; 3] = ["surname", "last", "family"];

type Make = Box<dyn Fn(&Row<'_>) -> String>;

/// Columns that somebody may have: name, and how a value is made.
fn columns() -> Vec<(&'static str, &'static str, Make)> {
    fn column(
        what: &'static str,
        name: &'static str,
        make: impl Fn(&Row<'_>) -> String + 'static,
    ) -> (&'static str, &'static str, Make) {
        (what, name, Box::new(make))
    }
    // A value of a person or a family: now and then missing, now and then another.
    let kept = |row: &Row<'_>, whom: &str, salt: &str, values: u64| match () {
        () if row.is(salt, 6) => String::new(),
        () if row.is("other", 5) => word(row.by(row.own, salt, values)),
        () => word(row.by(whom, salt, values)),
    };
    vec![
        column("town of the family", "birth_place", move |row| kept(row, row.family, "town", 300)),
        column("town of the family", "c17", move |row| kept(row, row.family, "town", 300)),
        column("number of the household", "household", move |row| match kept(row, row.family, "house", 9000) {
            text if text.is_empty() => text,
            text => format!("{:05}", hash(&[&text]) % 90_000 + 10_000),
        }),
        column("street of the family", "origin", move |row| {
            let town = kept(row, row.family, "lane", 4000);
            if town.is_empty() { town } else { format!("{town} upon {}", word(row.by(row.family, "hill", 100))) }
        }),
        column("nationality of the family", "nationality", move |row| kept(row, row.family, "nation", 30)),
        column("insurer of the family", "insurer", move |row| kept(row, row.family, "insurer", 12)),
        column("blood type", "blood_type", move |row| kept(row, row.person, "blood", 8)),
        column("marital status, changing", "marital_status", |row| word(row.by(row.own, "marital", 4))),
        column("clinic by visit", "clinic", |row| word(row.by(row.own, "clinic", 40))),
        column("department by visit", "department", |row| word(row.by(row.own, "department", 900))),
        column("domain of e-mail", "mail_domain", |row| format!("{}.com", word(row.by(row.person, "domain", 9)))),
        column("clinic by town", "clinic", |row| word(hash(&[row.value(&CITY)]) % 400)),
        column("region by town", "area", |row| word(hash(&[row.value(&CITY)]) % 12)),
        column("town again", "location", |row| row.value(&CITY).to_owned()),
        column("year of birth", "cohort", |row| row.value(&BIRTH).chars().take(4).collect()),
        column("sign of the family name", "shelf", |row| row.value(&FAMILY).chars().take(2).collect()),
        column("always the same", "tenant", |_| "acme".to_owned()),
        column("half the same", "campaign", |row| match row.is("half", 50) {
            true => "none".to_owned(),
            false => word(row.by(row.own, "campaign", 5000)),
        }),
        column("one in twenty the same", "referrer", |row| match row.is("twentieth", 5) {
            true => "unknown".to_owned(),
            false => word(row.by(row.own, "referrer", 60_000)),
        }),
        column("one in twenty the same", "reference", |row| match row.is("twentieth", 5) {
            true => "R-000000".to_owned(),
            false => format!("R-{:06}", row.by(row.own, "reference", 900_000)),
        }),
        column("a number of each row", "row_id", |row| format!("{:09}", row.by(row.own, "row", 1_000_000_000))),
        column("nearly a number of each row", "invoice", |row| format!("{:06}", row.by(row.own, "invoice", 600_000))),
        column("mostly empty, by person", "nickname", |row| match row.is("few", 3) {
            true => word(row.by(row.person, "nickname", 500)),
            false => String::new(),
        }),
        column("mostly empty, by row", "remark", |row| match row.is("few", 3) {
            true => word(row.by(row.own, "remark", 50)),
            false => String::new(),
        }),
        column("free text", "history", |row| {
            let words = (0..9).map(|place| word(row.by(row.own, &place.to_string(), 2000)));
            words.collect::<Vec<_>>().join(" ")
        }),
        column("short text", "subject", |row| {
            let words = (0..3).map(|place| word(row.by(row.own, &place.to_string(), 60)));
            words.collect::<Vec<_>>().join(" ")
        }),
        column("day of the last visit", "seen_on", |row| {
            let days = row.by(row.own, "seen", 700);
            format!("20{}-{:02}-{:02}", 23 + days / 350, 1 + days / 30 % 12, 1 + days % 28)
        }),
        column("money by row", "turnover", |row| {
            format!("{}.{:02}", row.by(row.own, "money", 3000), row.by(row.own, "cents", 100))
        }),
        column("height", "height", |row| (150 + row.by(row.person, "height", 45)).to_string()),
    ]
}

/// The family of each person: who is kin of whom.
fn families(kin: &str) -> HashMap<String, String> {
    let mut of: HashMap<String, String> = HashMap::new();
    for line in kin.lines().skip(1) {
        let parts: Vec<&str> = line.trim().split(',').collect();
        let [one, other, _] = parts[..] else { continue };
        let family = of.get(one).or_else(|| of.get(other)).cloned().unwrap_or_else(|| one.to_owned());
        of.insert(one.to_owned(), family.clone());
        of.insert(other.to_owned(), family);
    }
    of
}

fn with_columns(set: &Set, families: &HashMap<String, String>, columns: &[&(&str, &str, Make)]) -> Set {
    let mut set = set.clone();
    for (number, table) in set.tables.iter_mut().enumerate() {
        let before = table.clone();
        let people = before.people();
        for (row, (values, person)) in table.rows.iter_mut().zip(before.rows.iter().zip(&people)) {
            let own = format!("{number} {}", values[0]);
            let family = families.get(person).unwrap_or(person);
            let made = Row { person, family, own: &own, values, table: &before };
            row.extend(columns.iter().map(|column| column.2(&made)));
        }
        table.columns.extend(columns.iter().map(|column| column.1.to_owned()));
    }
    set
}

fn without(set: &Set, words: &[&str]) -> Option<Set> {
    let mut set = set.clone();
    let mut some = false;
    for table in &mut set.tables {
        let out = |at: &usize| words.iter().any(|word| table.columns[*at].to_lowercase().contains(word));
        let out: Vec<usize> = table.seen().into_iter().filter(out).collect();
        some |= !out.is_empty();
        for texts in std::iter::once(&mut table.columns).chain(&mut table.rows) {
            let mut at = 0..;
            texts.retain(|_| at.next().is_some_and(|at| !out.contains(&at)));
        }
    }
    some.then_some(set)
}

fn renamed(set: &Set, name: impl Fn(usize, &str) -> String) -> Set {
    let mut set = set.clone();
    let names = set.names();
    for table in &mut set.tables {
        for at in table.seen() {
            let number = names.iter().position(|name| *name == table.columns[at]).unwrap_or_default();
            table.columns[at] = name(number, &table.columns[at]);
        }
    }
    set
}

fn rewritten(set: &Set, write: impl Fn(&str, &str) -> String) -> Set {
    let mut set = set.clone();
    for table in &mut set.tables {
        for at in table.seen() {
            let column = table.columns[at].clone();
            table.rows.iter_mut().for_each(|row| row[at] = write(&column, &row[at]));
        }
    }
    set
}

/// Year, month and day of `1961-02-03` or `19610203`.
fn date(text: &str) -> Option<(&str, &str, &str)> {
    let parts: Vec<&str> = text.split('-').collect();
    let parts = match parts[..] {
        [one] if one.len() == 8 && one.is_ascii() => (&one[..4], &one[4..6], &one[6..]),
        [year, month, day] if year.len() == 4 => (year, month, day),
        _ => return None,
    };
    let all = [parts.0, parts.1, parts.2].concat();
    (all.len() == 8 && all.bytes().all(|sign| sign.is_ascii_digit())).then_some(parts)
}

fn dates(set: &Set, write: impl Fn(&str, &str, &str, u64) -> String) -> Set {
    rewritten(set, |column, text| {
        let is_birth = BIRTH.iter().chain(&["birth"]).any(|word| column.to_lowercase().contains(word));
        match date(text).filter(|_| is_birth) {
            Some((year, month, day)) => write(year, month, day, hash(&[text])),
            None => text.to_owned(),
        }
    })
}

/// Words of names of columns in other languages.
fn foreign(name: &str) -> String {
    const WORDS: [(&str, &str); 14] = [
        ("given", "vorname"),
        ("first", "vorname"),
        ("surname", "nachname"),
        ("family", "apellido"),
        ("last", "nachname"),
        ("birth_date", "fecha_nac"),
        ("date_of_birth", "geburtsdatum"),
        ("dob", "fecha_nacimiento"),
        ("birth_place", "geburtsort"),
        ("address", "adresse"),
        ("city", "ort"),
        ("zip", "plz"),
        ("phone", "telefon"),
        ("mail", "courriel"),
    ];
    let other = WORDS.iter().find(|(word, _)| name.contains(word)).map(|(_, other)| (*other).to_owned());
    other.unwrap_or_else(|| name.chars().rev().collect())
}

/// The variants of a set.
fn made(set: &Set, kin: &str) -> Vec<(String, Set)> {
    let families = families(kin);
    let mut all = vec![("as it is".to_owned(), set.clone())];
    let columns = columns();
    for column in &columns {
        all.push((format!("+ {} ({})", column.0, column.1), with_columns(set, &families, &[column])));
    }
    let every: Vec<_> = columns.iter().skip(1).step_by(3).collect();
    all.push((format!("+ {} columns", every.len()), with_columns(set, &families, &every)));
    all.push(("columns without names".to_owned(), renamed(set, |number, _| format!("c{number}"))));
    all.push(("names in other languages".to_owned(), {
        let names = set.names();
        let mut used: Vec<String> = Vec::new();
        for name in &names {
            let other = foreign(name);
            let taken = used.iter().filter(|used| used.starts_with(&other)).count();
            used.push(if taken == 0 { other } else { format!("{other}_{taken}") });
        }
        renamed(set, |number, _| used[number].clone())
    }));
    let left_out: [(&str, &[&str]); 8] = [
        ("birth date", &["birth_date", "date_of_birth", "dob"]),
        ("address", &["address", "street", "line"]),
        ("place", &["address", "street", "line", "city", "suburb", "zip", "post", "state", "country", "place"]),
        ("phone", &["phone"]),
        ("numbers", &["phone", "ssn", "soc_sec", "tax_id", "number", "_num", "email"]),
        ("given name", &["first", "given"]),
        (
            "birth date and place",
            &["birth", "dob", "address", "street", "line", "city", "suburb", "zip", "post", "state", "place"],
        ),
        (
            "birth date, phone and numbers",
            &["birth", "dob", "phone", "ssn", "soc_sec", "tax", "number", "_num", "email"],
        ),
    ];
    for (what, words) in left_out {
        all.extend(without(set, words).map(|set| (format!("without {what}"), set)));
    }
    all.push(("dates day first".to_owned(), dates(set, |y, m, d, _| format!("{d}/{m}/{y}"))));
    all.push(("dates month first".to_owned(), dates(set, |y, m, d, _| format!("{m}/{d}/{y}"))));
    all.push((
        "dates with names of months".to_owned(),
        dates(set, |y, m, d, _| {
            const MONTHS: [&str; 12] =
                ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
            let month = m.parse::<usize>().ok().and_then(|month| MONTHS.get(month.wrapping_sub(1)));
            month.map_or_else(|| format!("{y}-{m}-{d}"), |month| format!("{d} {month} {y}"))
        }),
    ));
    all.push(("dates with times".to_owned(), dates(set, |y, m, d, _| format!("{y}-{m}-{d}T00:00:00Z"))));
    all.push(("upper case".to_owned(), rewritten(set, |_, text| text.to_uppercase())));
    all
}

/// The first variant whose name has these words in it.
pub(crate) fn one(set: &Set, kin: &str, words: &str) -> Option<Set> {
    made(set, kin).into_iter().find(|(what, _)| what.contains(words)).map(|(_, set)| set)
}

/// Links each variant and prints how good the answer is.
pub(crate) fn all(set: &Set, kin: &str, only: Option<&str>) {
    println!("{:<52} {:>8} {:>8} {:>22} {:>7}", "variant", "pairs F1", "clusters", "kin merged", "seconds");
    let made = made(set, kin).into_iter().enumerate();
    for (_, (what, set)) in made.filter(|(at, made)| *at == 0 || only.is_none_or(|word| made.0.contains(word))) {
        let start = Instant::now();
        let linked = link(set.model(), &set.encoded(), &Certain::default());
        let seconds = start.elapsed().as_secs_f64();
        let truth = set.truth();
        let people = people(&linked, &truth);
        let (pairs, clusters) = f1(&linked, &people);
        let kin = merged(&linked, &people, kin);
        println!("{what:<52} {pairs:>8.4} {clusters:>8.4} {kin:>22} {seconds:>7.2}");
    }
}

fn f1(linked: &Linked, people: &[&str]) -> (f64, f64) {
    let (wanted, found) = (groups(people.iter()), groups(linked.clusters.of.iter()));
    let all = |groups: &mut dyn Iterator<Item = usize>| groups.map(pairs).sum::<f64>();
    let (mut both, mut whole) = (0.0, 0.0);
    for group in found.values() {
        let mut parts: HashMap<&str, usize> = HashMap::new();
        group.iter().for_each(|&record| *parts.entry(people[record as usize]).or_default() += 1);
        both += parts.values().map(|&count| pairs(count)).sum::<f64>();
        let of_one = parts.len() == 1 && wanted[&people[group[0] as usize]].len() == group.len();
        whole += f64::from(u8::from(of_one));
    }
    let sizes = all(&mut wanted.values().map(Vec::len)) + all(&mut found.values().map(Vec::len));
    (2.0 * both / sizes.max(1.0), 2.0 * whole / (wanted.len() + found.len()) as f64)
}

/// Kin that were taken for one person: twins, namesakes, and so on, in percent.
fn merged(linked: &Linked, people: &[&str], kin: &str) -> String {
    let of = groups(people.iter().copied());
    let mut by_kind: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for line in kin.lines().skip(1) {
        let parts: Vec<&str> = line.trim().split(',').collect();
        let [one, other, kind] = parts[..] else { continue };
        let (Some(one), Some(other)) = (of.get(one), of.get(other)) else { continue };
        let cluster = |record: &u32| linked.clusters.of[*record as usize];
        let merged = one.iter().any(|a| other.iter().any(|b| cluster(a) == cluster(b)));
        let counts = by_kind.entry(kind).or_default();
        *counts = (counts.0 + f64::from(u8::from(merged)), counts.1 + 1.0);
    }
    let share = |(kind, (merged, all)): (&str, (f64, f64))| format!("{}{:.1}", &kind[..1], 100.0 * merged / all);
    by_kind.into_iter().map(share).collect::<Vec<_>>().join(" ")
}
