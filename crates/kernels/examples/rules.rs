//! Rules: how long deduplication by rules takes. Made-up people, a tenth of them twice, half of those with a slip.
//!
//! `cargo run --release -p onefold-kernels --example rules -- 100000`
#![allow(clippy::print_stdout, reason = "it prints")]

use std::time::Instant;

use onefold_kernels::deduplicate::{DedupeRule, deduplicate};
use onefold_kernels::frame::TextColumn;

/// A plain linear congruential generator: the same people each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % below
    }
    fn word(&mut self, syllables: usize) -> String {
        const STARTS: [&str; 16] = ["b", "k", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "w", "sch", "br"];
        const ENDS: [&str; 12] = ["a", "e", "i", "o", "u", "an", "er", "el", "in", "ov", "ez", "son"];
        (0..syllables).flat_map(|_| [STARTS[self.below(16)], ENDS[self.below(12)]]).collect()
    }
    fn slip(&mut self, text: &str) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        let at = self.below(letters.len());
        match self.below(3) {
            0 => letters[at] = 'x',
            1 if letters.len() > 1 => _ = letters.remove(at),
            _ => letters.insert(at, 'y'),
        }
        letters.into_iter().collect()
    }
}

fn main() {
    let records: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let mut chance = Chance(1);
    let (mut names, mut towns, mut last): (Vec<String>, Vec<String>, Option<(String, String)>) = Default::default();
    while names.len() < records {
        let (name, town) = match last.take() {
            Some((name, town)) if chance.below(2) == 0 => (chance.slip(&name), town),
            Some(same) => same,
            None => {
                let syllables = (2 + chance.below(2), 2 + chance.below(3));
                let name = format!("{} {}", chance.word(syllables.0), chance.word(syllables.1));
                let town = format!("{:05}", chance.below(records / 20 + 1));
                if chance.below(9) == 0 {
                    last = Some((name.clone(), town.clone()));
                }
                (name, town)
            }
        };
        names.push(name);
        towns.push(town);
    }
    let column = |texts: &[String]| texts.iter().map(|text| Some(text.as_str())).collect::<TextColumn>();
    let keys: Vec<String> = (0..records).map(|n| format!("{n:09}")).collect();
    let (key, name, town) = (column(&keys), column(&names), column(&towns));
    let preference = vec![None; records];
    for (what, conditions, at_least) in [
        ("town and name, exact", vec![town.clone(), name.clone()], vec![1.0, 1.0]),
        ("town exact, name 0.8", vec![town.clone(), name.clone()], vec![1.0, 0.8]),
        ("town exact, name 0.3", vec![town.clone(), name.clone()], vec![1.0, 0.3]),
        ("name 0.9", vec![name.clone()], vec![0.9]),
        ("name 0.8", vec![name.clone()], vec![0.8]),
        ("name 0.6", vec![name.clone()], vec![0.6]),
    ] {
        let rule = DedupeRule { name: what.into(), conditions, at_least, ..DedupeRule::default() };
        let start = Instant::now();
        let done = deduplicate(&key, &preference, &[rule], &[]);
        let counts = &done.counts[0];
        println!(
            "{what:24} {:8.2} s  {:>12} pairs  {:>14} not compared",
            start.elapsed().as_secs_f64(),
            counts.met,
            counts.skipped
        );
    }
}
