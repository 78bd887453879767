//! Insights: how long the algorithms take over many people.
//!
//! `cargo run --release -p onefold-kernels --example insights [people] [fields]`

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "an example prints what it took by the clock")]

use std::time::Instant;

use onefold_kernels::insight::difference::difference;
use onefold_kernels::insight::similar::{Learning, learn, threshold};
use onefold_kernels::insight::tree::{Growth, Outcome, grow};
use onefold_kernels::insight::{Coded, mixed, overlap};
use roaring::RoaringBitmap;

fn main() {
    let mut words = std::env::args().skip(1).filter_map(|word| word.parse::<usize>().ok());
    let (people, fields) = (words.next().unwrap_or(1_000_000), words.next().unwrap_or(30));
    let numbers: Vec<u32> = (0..people as u32).collect();
    let columns: Vec<Vec<u8>> = (0..fields as u64)
        .map(|field| numbers.iter().map(|no| (mixed(u64::from(*no) ^ (field << 40)) % 17) as u8).collect())
        .collect();
    let coded: Vec<Coded<'_>> =
        columns.iter().enumerate().map(|(at, codes)| Coded { codes, bins: 17, ordered: at % 2 == 0 }).collect();
    let group: RoaringBitmap = numbers
        .iter()
        .copied()
        .filter(|no| columns[0][*no as usize] > 12 && !mixed(u64::from(*no)).is_multiple_of(3))
        .collect();
    let is_in: Vec<bool> = numbers.iter().map(|no| group.contains(*no)).collect();
    let values: Vec<f64> = numbers
        .iter()
        .map(|no| f64::from(columns[1][*no as usize]) + (mixed(u64::from(*no)) % 1000) as f64 / 50.0)
        .collect();
    let all: RoaringBitmap = numbers.iter().copied().collect();

    let clock = Instant::now();
    let found = grow(&coded, Outcome::Number(&values), &numbers, Growth::default());
    println!(
        "tree over {people} people and {fields} fields: {:.2} s, {} leaves",
        clock.elapsed().as_secs_f64(),
        found.leaves.len()
    );

    let clock = Instant::now();
    let codes: Vec<u8> = is_in.iter().map(|own| 1 + u8::from(!own)).collect();
    let outcome = Outcome::Category { codes: &codes, classes: 3, wanted: Some(1) };
    let found = grow(&coded, outcome, &numbers, Growth::default());
    println!("tree of a category: {:.2} s, {} leaves", clock.elapsed().as_secs_f64(), found.leaves.len());

    let clock = Instant::now();
    let most = coded.iter().map(|field| difference(*field, &numbers, &group, &all).score).fold(0.0, f64::max);
    println!("differences of all fields: {:.2} s, the largest {most:.3}", clock.elapsed().as_secs_f64());

    let clock = Instant::now();
    let Some(card) = learn(&coded, &is_in, &numbers, Learning::default()) else { return };
    let learned = clock.elapsed().as_secs_f64();
    let scores: Vec<f64> = (0..people).map(|person| card.score(&coded, person)).collect();
    let least = threshold(scores, people / 5, 0.4);
    println!(
        "scorecard: learned in {learned:.2} s, all scored after {:.2} s, area {:.3}, least score {least:.3}",
        clock.elapsed().as_secs_f64(),
        card.auc
    );

    let clock = Instant::now();
    let groups: Vec<RoaringBitmap> =
        (0..8).map(|n| numbers.iter().copied().filter(|no| columns[n][*no as usize] > 8).collect()).collect();
    let sets = overlap::overlap(&groups.iter().collect::<Vec<_>>());
    let bins = overlap::by_bin(coded[9], &numbers, &sets);
    println!(
        "overlap of 8 groups by a field: {:.2} s, {} sets, {} bins",
        clock.elapsed().as_secs_f64(),
        sets.len(),
        bins[0].len()
    );
}
