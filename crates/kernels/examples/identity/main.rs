//! Identity: links csv files of people with no configuration and scores the answer against the truth.
//!
//! Usage    identity [--show N] [--by-threshold] [--phases] [--levels] [--calibration] [--variants [--only WORD]] [--as VARIANT] [--model FILE] [--threshold P] [--edges FILE] [--kin FILE [--show-kin]] TABLE.csv …
//!          Each file has `key` and `truth` (dropped before linking), or `rec_id` of FEBRL, or `unique_id` and `cluster` of `fake_1000`.
//!          A model is the text of `model:` in `unify.yaml`, or settings of Splink (JSON); its tables are T_0, T_1, … in order.
//! Writes   pairwise, cluster and B3 precision, recall and F1 at the default threshold, the model in short, times, memory
//!
//! Not here: generators (`bench/identity_sets.py`), peers (`bench/identity.py`).
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it prints")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Instant;

use onefold_kernels::linkage::{Certain, Comparer, FieldKind, Linked, Model, TableRecords, Weights, link};

mod sets;
mod stated;
mod variants;

use sets::{Set, parse, people};

fn main() {
    let mut show = 0;
    let mut by_threshold = false;
    let mut by_phase = false;
    let mut kin_file = None;
    let mut show_kin = false;
    let mut by_level = false;
    let mut by_variant = false;
    let mut by_probability = false;
    let mut only = None;
    let mut variant = None;
    let mut stated = None;
    let mut threshold: Option<f64> = None;
    let mut edges_file = None;
    let mut files = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--show" => show = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(20),
            "--by-threshold" => by_threshold = true,
            "--phases" => by_phase = true,
            "--kin" => kin_file = arguments.next(),
            "--show-kin" => show_kin = true,
            "--levels" => by_level = true,
            "--calibration" => by_probability = true,
            "--variants" => by_variant = true,
            "--only" => only = arguments.next(),
            "--as" => variant = arguments.next(),
            "--model" => stated = arguments.next(),
            "--edges" => edges_file = arguments.next(),
            "--threshold" => threshold = arguments.next().and_then(|share| share.parse().ok()),
            _ => files.push(argument),
        }
    }
    let mut set =
        Set::new(files.iter().map(|file| parse(&std::fs::read_to_string(file).expect("the file can be read"))));
    let kin_text = kin_file.map(|file| std::fs::read_to_string(file).expect("the file can be read"));
    if by_variant {
        return variants::all(&set, kin_text.as_deref().unwrap_or_default(), only.as_deref());
    }
    if let Some(variant) = variant {
        set = variants::one(&set, kin_text.as_deref().unwrap_or_default(), &variant).expect("there is such a variant");
    }
    let (mut model, encoded) = match stated {
        Some(file) => {
            let text = std::fs::read_to_string(file).expect("the model can be read");
            stated::read(&text, &set).expect("the model is one")
        }
        None => (set.model(), set.encoded()),
    };
    model.threshold = threshold.or(model.threshold);
    if by_phase {
        return phases(model, &encoded);
    }
    let start = Instant::now();
    let linked = link(model, &encoded, &Certain::default());
    let seconds = start.elapsed().as_secs_f64();
    let truth = set.truth();
    let people = people(&linked, &truth);
    describe(&linked, seconds);
    if let Some(file) = edges_file {
        let key = |record| format!("{}-{}", linked.records.table(record), linked.records.key(record));
        let line = |edge: &onefold_kernels::linkage::Edge| {
            format!("{},{},{},{:x}\n", key(edge.a), key(edge.b), edge.weight, edge.pattern.0)
        };
        std::fs::write(file, linked.edges.iter().map(line).collect::<String>()).expect("edges can be written");
    }
    evaluate(&linked, &people);
    if let Some(text) = kin_text {
        kin(&linked, &people, &text, show_kin);
    }
    if by_level {
        levels(&linked, &people);
    }
    if by_probability {
        calibration(&linked, &people);
    }
    if by_threshold {
        thresholds(&linked, &encoded, &people);
    }
    if show > 0 {
        mistakes(&linked, &people, show);
    }
}

/// Seconds of processor time of all threads.
fn processor() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / 100.0
}

fn phases(mut model: Model, tables: &[TableRecords]) {
    use onefold_kernels::linkage::{Candidates, Records, settle::settle, settle::settle_encoded, train::train};
    let mut last = (Instant::now(), processor());
    let mut phase = |name: &str| {
        let now = (Instant::now(), processor());
        println!("{name:<12} {:>8.2} s wall {:>8.2} s of processors", (now.0 - last.0).as_secs_f64(), now.1 - last.1);
        last = now;
    };
    settle(&mut model, tables);
    phase("kinds");
    let mut records = Records::encode(&model.fields, tables);
    phase("encode");
    settle_encoded(&mut model, &mut records);
    phase("settle");
    let candidates = Candidates::new(&records, &model);
    phase("blocks");
    train(&mut model, &records, &candidates);
    phase("train");
    drop((candidates, records));
    link(model, tables, &Certain::default());
    phase("apply all");
}

fn describe(linked: &Linked, seconds: f64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    let model = &linked.model;
    println!(
        "{} records, {} pairs compared ({:.1} a record), {} edges, {seconds:.2} s, {}",
        linked.records.len(),
        linked.pairs,
        linked.pairs as f64 / linked.records.len() as f64,
        linked.edges.len(),
        peak.split_whitespace().collect::<Vec<_>>().join(" ")
    );
    println!("prior {:.2e}  kin {:?}", model.prior.unwrap_or_default(), model.kin.unwrap_or_default());
    let ignored: Vec<&str> =
        model.fields.iter().filter(|field| field.kind == FieldKind::Ignored).map(|field| field.name.as_str()).collect();
    println!("ignored {ignored:?}");
    for (comparison, result) in model.comparisons.iter().zip(&linked.comparisons) {
        let figures = comparison.levels.iter().zip(&result.linked).map(|(level, linked)| {
            let (m, u) = (level.m.unwrap_or_default(), level.u.unwrap_or_default());
            format!("{:.3}/{:.1e}={:.1}({linked})", m, u, (m / u).log2())
        });
        let kind = model.fields[comparison.fields[0]].kind;
        let shared = comparison.shared.map(|shared| format!("  {shared:?}")).unwrap_or_default();
        let figures = figures.collect::<Vec<_>>().join(" ");
        println!("  {:<20} {:<12} {figures}{shared}", comparison.name, format!("{kind:?}"));
    }
    for (rule, result) in model.blocking.iter().zip(&linked.blocking) {
        let parts = rule.parts.iter().map(|part| format!("{}.{:?}", model.fields[part.field].name, part.form));
        println!(
            "  block {:<60} pairs {:>9} new {:>9} cut {:>6} found {:.4}",
            parts.collect::<Vec<_>>().join(" + "),
            result.blocks.pairs,
            result.new_pairs,
            result.blocks.cut_pairs,
            result.found
        );
    }
    for warning in linked.warnings.iter().take(5) {
        println!("  warning {:?} {}", warning.kind, warning.detail);
    }
    if linked.warnings.len() > 5 {
        println!("  … {} warnings", linked.warnings.len());
    }
}

/// What m should be: the levels of all true pairs, and of the links among false ones.
fn levels(linked: &Linked, people: &[&str]) {
    let mut comparer = Comparer::new(&linked.records, &linked.model.comparisons);
    let mut seen = vec![([0u32; 16], [0u32; 16]); linked.model.comparisons.len()];
    for group in groups(people.iter()).values() {
        for (place, &a) in group.iter().enumerate() {
            for &b in &group[place + 1..] {
                let pattern = comparer.compare(a, b);
                let known = (0..seen.len()).filter_map(|place| Some((place, pattern.level(place)?)));
                known.for_each(|(place, level)| seen[place].0[level] += 1);
            }
        }
    }
    let links = linked.edges.iter().filter(|edge| edge.weight >= Weights::bits(linked.model.threshold.unwrap_or(0.5)));
    for edge in links.filter(|edge| people[edge.a as usize] != people[edge.b as usize]) {
        let known = (0..seen.len()).filter_map(|place| Some((place, edge.pattern.level(place)?)));
        known.for_each(|(place, level)| seen[place].1[level] += 1);
    }
    for (comparison, (right, wrong)) in linked.model.comparisons.iter().zip(&seen) {
        let all = right.iter().sum::<u32>().max(1);
        let figures = comparison.levels.iter().enumerate().map(|(level, of)| {
            let share = f64::from(right[level]) / f64::from(all);
            format!("{:.4}~{share:.4}(+{})", of.m.unwrap_or_default(), wrong[level])
        });
        println!("  m~true(+wrong links) {:<20} {}", comparison.name, figures.collect::<Vec<_>>().join(" "));
    }
}

/// How many pairs of each two bits are of one person, beside how many should be.
fn calibration(linked: &Linked, people: &[&str]) {
    let mut bins: BTreeMap<i32, (f64, f64, f64)> = BTreeMap::new();
    for edge in &linked.edges {
        let bin = bins.entry((edge.weight / 2.0).floor() as i32).or_default();
        let is_right = people[edge.a as usize] == people[edge.b as usize];
        *bin = (bin.0 + 1.0, bin.1 + Weights::probability(edge.weight), bin.2 + f64::from(u8::from(is_right)));
    }
    for (bin, (pairs, expected, right)) in bins {
        println!("  {:>3} bits {pairs:>7} pairs, should be {:.4}, are {:.4}", 2 * bin, expected / pairs, right / pairs);
    }
}

pub(crate) fn f1(right: f64, found: f64, wanted: f64) -> String {
    let (precision, recall) = (right / found.max(1.0), right / wanted.max(1.0));
    format!("P {precision:.5} R {recall:.5} F1 {:.5}", 2.0 * right / (found + wanted).max(1.0))
}

pub(crate) fn groups<'a, K: Ord>(of: impl Iterator<Item = K> + 'a) -> BTreeMap<K, Vec<u32>> {
    let mut groups: BTreeMap<K, Vec<u32>> = BTreeMap::new();
    of.enumerate().for_each(|(record, key)| groups.entry(key).or_default().push(record as u32));
    groups
}

pub(crate) fn pairs(records: usize) -> f64 {
    records as f64 * (records as f64 - 1.0) / 2.0
}

fn evaluate(linked: &Linked, people: &[&str]) {
    let true_groups = groups(people.iter());
    let found_groups = groups(linked.clusters.of.iter());
    let wanted: f64 = true_groups.values().map(|group| pairs(group.len())).sum();
    let threshold = linked.model.threshold.unwrap_or_default();
    let bits = Weights::bits(threshold);
    let linked_edges: Vec<_> = linked.edges.iter().filter(|edge| edge.weight >= bits).collect();
    let right = linked_edges.iter().filter(|edge| people[edge.a as usize] == people[edge.b as usize]).count();
    println!("edges at {threshold}: {}", f1(right as f64, linked_edges.len() as f64, wanted));
    let (mut both, mut found, mut b3p, mut b3r) = (0.0, 0.0, 0.0, 0.0);
    for group in found_groups.values() {
        let mut parts: HashMap<&str, usize> = HashMap::new();
        group.iter().for_each(|&record| *parts.entry(people[record as usize]).or_default() += 1);
        both += parts.values().map(|&count| pairs(count)).sum::<f64>();
        found += pairs(group.len());
        for (person, &count) in &parts {
            b3p += (count * count) as f64 / group.len() as f64;
            b3r += (count * count) as f64 / true_groups[person].len() as f64;
        }
    }
    println!("cluster pairs: {}", f1(both, found, wanted));
    let exact: HashSet<&Vec<u32>> = true_groups.values().collect();
    let whole = found_groups.values().filter(|group| exact.contains(group)).count();
    println!(
        "clusters: {}  ({} found)",
        f1(whole as f64, found_groups.len() as f64, true_groups.len() as f64),
        found_groups.len()
    );
    let records = people.len() as f64;
    let (p, r) = (b3p / records, b3r / records);
    println!("b3: P {p:.5} R {r:.5} F1 {:.5}", 2.0 * p * r / (p + r));
    let candidates = linked.blocking_recall(&true_groups.values().cloned().collect::<Vec<_>>());
    println!("blocking recall {candidates:.5}");
}

trait BlockingRecall {
    fn blocking_recall(&self, groups: &[Vec<u32>]) -> f64;
}

impl BlockingRecall for Linked {
    fn blocking_recall(&self, groups: &[Vec<u32>]) -> f64 {
        let candidates = onefold_kernels::linkage::Candidates::new(&self.records, &self.model);
        let (mut found, mut all) = (0.0, 0.0);
        for group in groups {
            for (place, &a) in group.iter().enumerate() {
                for &b in &group[place + 1..] {
                    all += 1.0;
                    found += f64::from(u8::from(candidates.rules_of(a, b) != 0));
                }
            }
        }
        found / f64::max(all, 1.0)
    }
}

fn kin(linked: &Linked, people: &[&str], text: &str, show: bool) {
    let of = groups(people.iter().copied());
    let mut by_kind: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let parts: Vec<&str> = line.trim().split(',').collect();
        let [one, other, kind] = parts[..] else { continue };
        let (Some(one), Some(other)) = (of.get(one), of.get(other)) else { continue };
        let cluster = |record: &u32| linked.clusters.of[*record as usize];
        let merged = one.iter().any(|a| other.iter().any(|b| cluster(a) == cluster(b)));
        let counts = by_kind.entry(kind.to_owned()).or_default();
        counts.0 += u32::from(merged);
        counts.1 += 1;
        if merged && show {
            show_kin(linked, people, kind, &[&one[..], other].concat());
        }
    }
    for (kind, (merged, all)) in by_kind {
        println!("{kind}: {merged} of {all} merged ({:.2} %)", 100.0 * f64::from(merged) / f64::from(all));
    }
}

/// All records of two people with their clusters, and what the pairs of them weigh.
fn show_kin(linked: &Linked, people: &[&str], kind: &str, records: &[u32]) {
    let weights = Weights::new(&linked.model, &linked.records);
    let mut comparer = Comparer::new(&linked.records, &linked.model.comparisons);
    println!("{kind}:");
    for (place, &a) in records.iter().enumerate() {
        let values = (0..linked.model.fields.len()).map(|field| linked.records.shown(a, field));
        let bits = records[..place].iter().map(|&b| {
            let (a, b) = (a.min(b), a.max(b));
            format!("{:.1}", weights.weight(comparer.compare(a, b), a, b))
        });
        let (bits, values) = (bits.collect::<Vec<_>>().join(" "), values.collect::<Vec<_>>().join(" | "));
        println!("    {:<9} in {:<6} {values}   [{bits}]", people[a as usize], linked.clusters.of[a as usize]);
    }
}

fn thresholds(linked: &Linked, tables: &[TableRecords], people: &[&str]) {
    for threshold in [0.2, 0.5, 0.65, 0.8, 0.9, 0.95, 0.99, 0.999] {
        let model = Model { threshold: Some(threshold), ..linked.model.clone() };
        let other = link(model, tables, &Certain::default());
        let found_groups = groups(other.clusters.of.iter());
        let true_groups = groups(people.iter());
        let wanted: f64 = true_groups.values().map(|group| pairs(group.len())).sum();
        let (mut both, mut found) = (0.0, 0.0);
        for group in found_groups.values() {
            let mut parts: HashMap<&str, usize> = HashMap::new();
            group.iter().for_each(|&record| *parts.entry(people[record as usize]).or_default() += 1);
            both += parts.values().map(|&count| pairs(count)).sum::<f64>();
            found += pairs(group.len());
        }
        println!("  threshold {threshold}: {}", f1(both, found, wanted));
    }
}

fn mistakes(linked: &Linked, people: &[&str], show: usize) {
    let weights = Weights::new(&linked.model, &linked.records);
    let mut comparer = Comparer::new(&linked.records, &linked.model.comparisons);
    let print = |record: u32| {
        let values = (0..linked.model.fields.len()).map(|field| linked.records.shown(record, field));
        println!("      {:<9} {}", people[record as usize], values.collect::<Vec<_>>().join(" | "));
    };
    let (mut wrong, mut missed) = (0, 0);
    let clusters = groups(linked.clusters.of.iter());
    println!("joined wrongly:");
    'wrong: for group in clusters.values() {
        for (place, &a) in group.iter().enumerate() {
            for &b in &group[place + 1..] {
                if people[a as usize] != people[b as usize] {
                    wrong += 1;
                    if wrong > show {
                        break 'wrong;
                    }
                    let pattern = comparer.compare(a, b);
                    println!("    {:.1} bits {:x}", weights.weight(pattern, a, b), pattern.0);
                    print(a);
                    print(b);
                    break;
                }
            }
        }
    }
    println!("not joined:");
    'missed: for group in groups(people.iter()).values() {
        for (place, &a) in group.iter().enumerate() {
            for &b in &group[place + 1..] {
                if linked.clusters.of[a as usize] != linked.clusters.of[b as usize] {
                    missed += 1;
                    if missed > show {
                        break 'missed;
                    }
                    let pattern = comparer.compare(a, b);
                    println!("    {:.1} bits {:x}", weights.weight(pattern, a, b), pattern.0);
                    print(a);
                    print(b);
                    break;
                }
            }
        }
    }
}
