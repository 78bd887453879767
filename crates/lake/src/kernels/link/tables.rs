//! Tables: what came of linking, as rows.

use std::collections::HashMap;

use onefold_kernels::linkage::score::Weights;
use onefold_kernels::linkage::{Edge, NO_RULE, Pattern};
use onefold_model::linkage::KeyPart;

use super::Found;
use super::joined::MODEL;
use crate::Result;
use crate::frames::{batches, boolean, integer, number, text};
use crate::kernels::Rows;

impl Found {
    fn table(&self, record: u32) -> &str {
        self.tables[self.linked.table(record) as usize].table.as_str()
    }
    fn key(&self, record: u32) -> &str {
        self.linked.key(record)
    }
    fn cluster(&self, record: u32) -> u32 {
        self.linked.clusters.of[record as usize]
    }
    fn names(&self) -> Vec<&str> {
        self.tables.iter().map(|table| table.table.as_str()).collect()
    }
}

/// The records with their clusters.
pub(super) fn links(found: &Found) -> Result<Rows> {
    let records = found.linked.len() as u32;
    // A cluster becomes a profile when records of several tables are in it, or one of a table that takes in all.
    let mut included = vec![false; records as usize];
    for record in 0..records {
        let first = found.cluster(record);
        let table = found.linked.table(record);
        included[first as usize] |= found.tables[table as usize].include_all || table != found.linked.table(first);
    }
    batches(records as usize, |rows| {
        let all = || rows.start as u32..rows.end as u32;
        let joined = |record: u32| found.joined[record as usize].as_ref();
        vec![
            ("SourceTable", text(all().map(|record| Some(found.table(record))))),
            ("Key", text(all().map(|record| Some(found.key(record))))),
            ("IsWinner", boolean(all().map(|record| found.winner[record as usize] == record))),
            ("Cluster", integer(all().map(|record| Some(found.cluster(record).into())))),
            ("Included", boolean(all().map(|record| included[found.cluster(record) as usize]))),
            ("TableOrder", integer(all().map(|record| Some(found.linked.table(record).into())))),
            ("Rule", text(all().map(|record| joined(record).map(|joined| joined.rule.as_str())))),
            ("Score", number(all().map(|record| joined(record).and_then(|joined| joined.score)))),
            ("MatchedTable", text(all().map(|record| joined(record).map(|joined| found.table(joined.to))))),
            ("MatchedKey", text(all().map(|record| joined(record).map(|joined| found.key(joined.to))))),
        ]
    })
}

/// A pair as a row.
struct Pair {
    a: u32,
    b: u32,
    /// `None`: certain, and never scored.
    scored: Option<(f32, Pattern)>,
    state: &'static str,
    why: String,
}

/// Pairs that link the records of a cluster, were cut, or are uncertain.
pub(super) fn pairs(found: &Found) -> Result<Rows> {
    let rules = rules(found);
    let threshold = Weights::bits(found.linked.model.threshold.unwrap_or(0.5));
    let cut: HashMap<(u32, u32), &str> =
        found.linked.clusters.cut.iter().map(|(edge, why)| ((edge.a, edge.b), why.word())).collect();
    let certain: HashMap<(u32, u32), &str> =
        found.stated.iter().map(|stated| ((stated.a, stated.b), stated.rule.as_str())).collect();
    let scored = |edge: &Edge| {
        let ends = (edge.a, edge.b);
        let together = found.cluster(edge.a) == found.cluster(edge.b);
        let brought = || if edge.rule == NO_RULE { MODEL } else { rules[edge.rule as usize].as_str() };
        let (state, why) = match cut.get(&ends) {
            Some(why) if !together => ("cut", *why),
            _ if together => ("link", certain.get(&ends).copied().unwrap_or_else(brought)),
            _ if edge.weight >= threshold => ("cut", "evidence"),
            _ => ("uncertain", brought()),
        };
        Pair { a: edge.a, b: edge.b, scored: Some((edge.weight, edge.pattern)), state, why: why.to_owned() }
    };
    let mut all: Vec<Pair> = found.linked.edges.iter().map(scored).collect();
    let is_scored = |ends: (u32, u32)| found.linked.edges.binary_search_by_key(&ends, |edge| (edge.a, edge.b)).is_ok();
    for stated in found.stated.iter().filter(|stated| !is_scored((stated.a, stated.b))) {
        let together = found.cluster(stated.a) == found.cluster(stated.b);
        let state = if together { "link" } else { "cut" };
        all.push(Pair { a: stated.a, b: stated.b, scored: None, state, why: stated.rule.clone() });
    }
    all.sort_by_key(|pair| (pair.a, pair.b));
    let comparisons = found.linked.model.comparisons.len();
    batches(all.len(), |rows| {
        let all = || all[rows.clone()].iter();
        let weight = |pair: &Pair| pair.scored.map(|(weight, _)| weight);
        let patterns: Vec<Option<String>> =
            all().map(|pair| pair.scored.map(|(_, pattern)| levels(pattern, comparisons))).collect();
        vec![
            ("Table1", text(all().map(|pair| Some(found.table(pair.a))))),
            ("Key1", text(all().map(|pair| Some(found.key(pair.a))))),
            ("Table2", text(all().map(|pair| Some(found.table(pair.b))))),
            ("Key2", text(all().map(|pair| Some(found.key(pair.b))))),
            ("Weight", number(all().map(|pair| weight(pair).map(f64::from)))),
            ("Probability", number(all().map(|pair| weight(pair).map(Weights::probability)))),
            ("State", text(all().map(|pair| Some(pair.state)))),
            ("Why", text(all().map(|pair| Some(pair.why.as_str())))),
            ("Pattern", text(patterns.iter().map(Option::as_deref))),
        ]
    })
}

/// `0|2|-`: a level a comparison.
fn levels(pattern: Pattern, comparisons: usize) -> String {
    let level = |comparison| pattern.level(comparison).map_or_else(|| "-".to_owned(), |level| level.to_string());
    (0..comparisons).map(level).collect::<Vec<_>>().join("|")
}

/// The blocking rules in words.
fn rules(found: &Found) -> Vec<String> {
    let model = crate::linkage::from_kernel(&found.linked.model, &found.given, &found.names());
    let words = |parts: &Vec<KeyPart>| parts.iter().map(KeyPart::to_string).collect::<Vec<_>>().join(", ");
    model.blocking.iter().map(words).collect()
}

/// The model as it was chosen and learned: one row.
pub(super) fn model(found: &Found) -> Result<Rows> {
    let settled = crate::linkage::from_kernel(&found.linked.model, &found.given, &found.names());
    let written = settled.text();
    let records = found.linked.len() as u32;
    let clusters = (0..records).filter(|&record| found.cluster(record) == record).count();
    let threshold = Weights::bits(found.linked.model.threshold.unwrap_or(0.5));
    let links = found.linked.edges.iter().filter(|edge| edge.weight >= threshold).count();
    let count = |count: usize| integer(std::iter::once(i64::try_from(count).ok()));
    batches(1, |_| {
        vec![
            ("Model", text(std::iter::once(Some(written.as_str())))),
            ("Threshold", number(std::iter::once(settled.threshold))),
            ("Review", number(std::iter::once(settled.review))),
            ("Prior", number(std::iter::once(settled.prior))),
            ("Records", count(records as usize)),
            ("Pairs", count(found.linked.pairs as usize)),
            ("Links", count(links)),
            ("Clusters", count(clusters)),
            ("Iterations", count(found.linked.rounds)),
        ]
    })
}

/// A level of a comparison, as a row; the missing values come after the last.
struct LevelRow {
    comparison: String,
    level: Option<i64>,
    test: String,
    m: Option<f64>,
    u: Option<f64>,
    frequency: f64,
    pairs: u64,
    linked: Option<u64>,
}

/// What each level of each comparison weighs, and how often it came.
pub(super) fn comparisons(found: &Found) -> Result<Rows> {
    let model = crate::linkage::from_kernel(&found.linked.model, &found.given, &found.names());
    let mut all: Vec<LevelRow> = Vec::new();
    for (comparison, counted) in model.comparisons.iter().zip(&found.linked.comparisons) {
        for (place, level) in comparison.levels.iter().enumerate() {
            all.push(LevelRow {
                comparison: comparison.name.clone(),
                level: i64::try_from(place).ok(),
                test: level.test.to_string(),
                m: level.m,
                u: level.u,
                frequency: level.term_frequency,
                pairs: counted.pairs.get(place).copied().unwrap_or_default(),
                linked: counted.linked.get(place).copied(),
            });
        }
        all.push(LevelRow {
            comparison: comparison.name.clone(),
            level: None,
            test: "missing".to_owned(),
            m: None,
            u: None,
            frequency: 0.0,
            pairs: counted.missing,
            linked: None,
        });
    }
    batches(all.len(), |rows| {
        let all = || all[rows.clone()].iter();
        let bits = |level: &LevelRow| Some((level.m? / level.u?).log2()).filter(|bits| bits.is_finite());
        vec![
            ("Comparison", text(all().map(|level| Some(level.comparison.as_str())))),
            ("Level", integer(all().map(|level| level.level))),
            ("Test", text(all().map(|level| Some(level.test.as_str())))),
            ("M", number(all().map(|level| level.m))),
            ("U", number(all().map(|level| level.u))),
            ("Weight", number(all().map(bits))),
            ("TermFrequency", number(all().map(|level| Some(level.frequency)))),
            ("Pairs", integer(all().map(|level| i64::try_from(level.pairs).ok()))),
            ("LinkedPairs", integer(all().map(|level| level.linked.and_then(|count| i64::try_from(count).ok())))),
        ]
    })
}

/// What each blocking rule brought together.
pub(super) fn blocking(found: &Found) -> Result<Rows> {
    let rules = rules(found);
    let results = &found.linked.blocking;
    batches(results.len(), |rows| {
        let all = || results[rows.clone()].iter();
        let count = |count: u64| i64::try_from(count).ok();
        vec![
            ("Rule", text(rules[rows.clone()].iter().map(|rule| Some(rule.as_str())))),
            ("Pairs", integer(all().map(|result| count(result.blocks.pairs)))),
            ("NewPairs", integer(all().map(|result| count(result.new_pairs)))),
            ("CutPairs", integer(all().map(|result| count(result.blocks.cut_pairs)))),
            ("LargestBlock", integer(all().map(|result| Some(result.blocks.largest_block.into())))),
            ("LargestValue", text(all().map(|result| Some(result.largest_value.as_str())))),
            ("Found", number(all().map(|result| Some(result.found)))),
        ]
    })
}

/// What people should look at.
pub(super) fn warnings(found: &Found) -> Result<Rows> {
    let warnings = &found.linked.warnings;
    batches(warnings.len(), |rows| {
        let all = || warnings[rows.clone()].iter();
        let table = |record: Option<&u32>| record.map(|record| found.table(*record));
        let key = |record: Option<&u32>| record.map(|record| found.key(*record));
        vec![
            ("Kind", text(all().map(|warning| Some(warning.kind.word())))),
            ("Table", text(all().map(|warning| table(warning.records.first())))),
            ("Key", text(all().map(|warning| key(warning.records.first())))),
            ("Table2", text(all().map(|warning| table(warning.records.get(1))))),
            ("Key2", text(all().map(|warning| key(warning.records.get(1))))),
            ("Detail", text(all().map(|warning| Some(warning.detail.as_str())))),
        ]
    })
}
