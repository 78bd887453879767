//! Align: which item of a list is which of another, and which keys were only renamed.
//!
//! Invariants
//! - What is equal is paired before what is alike; pairs keep the order of both lists.
//!
//! Not here: writing (`change`).

use serde_json::{Map, Value};

use super::same;

/// The most pairs that are compared one by one; beyond it, items are paired by place.
const MOST: usize = 250_000;

/// A weight that no likeness reaches.
const EQUAL: u32 = 1000;

/// Pairs of items that are equal or alike, in order.
pub(super) fn items(old: &[Value], new: &[Value]) -> Vec<(usize, usize)> {
    let before = old.iter().zip(new).take_while(|(a, b)| same(a, b)).count();
    let rest = old[before..].iter().rev().zip(new[before..].iter().rev());
    let behind = rest.take_while(|(a, b)| same(a, b)).count();
    let (middle_old, middle_new) = (&old[before..old.len() - behind], &new[before..new.len() - behind]);
    let mut pairs: Vec<(usize, usize)> = (0..before).map(|i| (i, i)).collect();
    pairs.extend(heaviest(middle_old, middle_new).into_iter().map(|(i, j)| (i + before, j + before)));
    pairs.extend((0..behind).map(|i| (old.len() - behind + i, new.len() - behind + i)));
    pairs
}

/// The pairs of greatest weight in all.
fn heaviest(old: &[Value], new: &[Value]) -> Vec<(usize, usize)> {
    let (rows, columns) = (old.len(), new.len());
    if rows * columns > MOST {
        return (0..rows.min(columns)).filter(|&i| likeness(&old[i], &new[i]) > 0).map(|i| (i, i)).collect();
    }
    let weights: Vec<u32> = old.iter().flat_map(|a| new.iter().map(move |b| likeness(a, b))).collect();
    let width = columns + 1;
    let mut best = vec![0_u32; (rows + 1) * width];
    for i in (0..rows).rev() {
        for j in (0..columns).rev() {
            let weight = weights[i * columns + j];
            let paired = if weight > 0 { best[(i + 1) * width + j + 1] + weight } else { 0 };
            best[i * width + j] = paired.max(best[(i + 1) * width + j]).max(best[i * width + j + 1]);
        }
    }
    let (mut pairs, mut i, mut j) = (Vec::new(), 0, 0);
    while i < rows && j < columns {
        let weight = weights[i * columns + j];
        if weight > 0 && best[i * width + j] == best[(i + 1) * width + j + 1] + weight {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if best[i * width + j] == best[(i + 1) * width + j] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

/// How much two items are alike: 0 for not at all, [`EQUAL`] for equal.
fn likeness(a: &Value, b: &Value) -> u32 {
    if same(a, b) {
        return EQUAL;
    }
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let common = a.iter().filter(|(key, _)| b.contains_key(*key)).count();
            let equal = a.iter().filter(|(key, value)| b.get(*key).is_some_and(|other| same(value, other))).count();
            let most = a.len().max(b.len()).max(1);
            let renamed = u32::from(a.len() == 1 && b.len() == 1 && common == 0 && a.values().eq(b.values()));
            ((common * 200 + equal * 600) / most) as u32 + renamed * 100
        }
        (Value::Array(a), Value::Array(b)) => {
            20 + 100 * u32::from(a.iter().any(|item| b.iter().any(|other| same(item, other))))
        }
        (Value::Object(_) | Value::Array(_), _) | (_, Value::Object(_) | Value::Array(_)) => 0,
        _ => 2,
    }
}

/// For each key that is gone, the new key that stands for it: the one with an equal value, or, where just one is gone
/// and one has come, that one if it stands in the same place and its value is alike.
pub(super) fn renamed(old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<(String, String)> {
    let gone: Vec<(&String, &Value)> = old.iter().filter(|(key, _)| !new.contains_key(*key)).collect();
    let mut come: Vec<(&String, &Value)> = new.iter().filter(|(key, _)| !old.contains_key(*key)).collect();
    let mut pairs = Vec::new();
    let place = |map: &Map<String, Value>, key: &str| map.keys().position(|known| known == key);
    let alone = gone.len() == 1 && come.len() == 1 && place(old, gone[0].0) == place(new, come[0].0);
    for (key, value) in gone {
        let alike = |other: &Value| same(value, other) || alone && likeness(value, other) > 100;
        if let Some(place) = come.iter().position(|(_, other)| alike(other)) {
            pairs.push((key.clone(), come.remove(place).0.clone()));
        }
    }
    pairs
}
