//! Quality: how many cells of a column have a value, have none, or cannot be read; and which values are common.

use std::collections::HashMap;

use onefold_api::{BucketView, ColumnQuality};
use onefold_model::Column;
use serde_json::Value;

/// A column counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Quality {
    valid: u64,
    empty: u64,
    /// Cells that cannot be read.
    pub(super) error: u64,
    seen: HashMap<String, (Value, u64)>,
}

impl Quality {
    /// Counts a cell.
    pub(super) fn add(&mut self, value: &Value, bad: bool) {
        match value {
            _ if bad => self.error += 1,
            Value::Null => self.empty += 1,
            Value::String(text) if text.is_empty() => self.empty += 1,
            value => {
                self.valid += 1;
                self.seen.entry(value.to_string()).or_insert_with(|| (value.clone(), 0)).1 += 1;
            }
        }
    }

    /// The column as it is shown.
    pub(super) fn finish(self, column: &Column) -> ColumnQuality {
        let distinct = self.seen.len() as u64;
        let mut top: Vec<BucketView> =
            self.seen.into_values().map(|(value, count)| BucketView { value, to: None, count }).collect();
        top.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.to_string().cmp(&b.value.to_string())));
        top.truncate(10);
        // Where each value stands once, none is common.
        if distinct > 10 && top.first().is_some_and(|first| first.count == 1) {
            top.clear();
        }
        ColumnQuality {
            name: column.name.to_string(),
            ty: column.ty.to_string(),
            valid: self.valid,
            empty: self.empty,
            error: self.error,
            distinct,
            top,
        }
    }
}

/// The reasons why a row is corrupt, by the place of the column each begins with: `age: expected integer, found "x"; …`.
pub(super) fn reasons(why: &str, columns: &[String]) -> Vec<(usize, String)> {
    let mut all: Vec<(usize, String)> = Vec::new();
    for piece in why.split("; ").filter(|piece| !piece.is_empty()) {
        // The longest name wins: `a` is no column of `a: b: …` where there is an `a: b`.
        let of = columns.iter().enumerate().filter_map(|(at, column)| {
            let rest = piece.strip_prefix(column.as_str())?.strip_prefix(": ")?;
            Some((at, column.len(), rest))
        });
        match (of.max_by_key(|(_, length, _)| *length), all.last_mut()) {
            (Some((at, _, rest)), _) => all.push((at, rest.to_owned())),
            (None, Some((_, last))) => {
                last.push_str("; ");
                last.push_str(piece);
            }
            (None, None) => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_told_apart() {
        let columns: Vec<String> = ["a", "b.c"].map(str::to_owned).to_vec();
        let found = reasons("a: expected integer, found \"x; y\"; b.c: expected date, found \"?\"", &columns);
        assert_eq!(
            found,
            [(0, "expected integer, found \"x; y\"".to_owned()), (1, "expected date, found \"?\"".to_owned())]
        );
        assert_eq!(reasons("not JSON: cut off", &columns), []);
    }
}
