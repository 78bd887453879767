//! Frame: columns of text for kernels, and codes that stand for tuples of them.
//!
//! Invariants
//! - A column keeps its texts in one buffer: a million short texts cost their letters and nine bytes each.
//! - Equal tuples have equal codes, and a tuple with a null in it has none.

use std::collections::HashMap;

/// A column of texts, some of them null.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextColumn {
    letters: String,
    ends: Vec<usize>,
    present: Vec<bool>,
}

impl TextColumn {
    /// An empty column.
    pub fn new() -> Self {
        Self::default()
    }
    /// An empty column with room for so many texts.
    pub fn with_capacity(rows: usize) -> Self {
        Self { letters: String::new(), ends: Vec::with_capacity(rows), present: Vec::with_capacity(rows) }
    }
    /// Adds a text, or a null, at the end.
    pub fn push(&mut self, text: Option<&str>) {
        self.letters.push_str(text.unwrap_or_default());
        self.ends.push(self.letters.len());
        self.present.push(text.is_some());
    }
    /// The text of a row; `None` when null.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn get(&self, row: usize) -> Option<&str> {
        self.present[row].then(|| &self.letters[if row == 0 { 0 } else { self.ends[row - 1] }..self.ends[row]])
    }
    /// The text of a row; empty when null.
    pub fn text(&self, row: usize) -> &str {
        self.get(row).unwrap_or_default()
    }
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.ends.len()
    }
    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
    /// All rows, in order.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        (0..self.len()).map(|row| self.get(row))
    }
}

impl<'a> FromIterator<Option<&'a str>> for TextColumn {
    fn from_iter<I: IntoIterator<Item = Option<&'a str>>>(texts: I) -> Self {
        let mut all = Self::new();
        texts.into_iter().for_each(|text| all.push(text));
        all
    }
}

/// The code of a tuple with a null in it.
pub const NO_CODE: u32 = u32::MAX;

/// Gives equal tuples of texts equal codes.
#[derive(Debug, Default)]
pub struct TupleCodes<'a> {
    texts: Vec<HashMap<&'a str, u32>>,
    pairs: Vec<HashMap<(u32, u32), u32>>,
}

impl<'a> TupleCodes<'a> {
    /// No tuples yet.
    pub fn new() -> Self {
        Self::default()
    }
    /// The code of each row's tuple; tuples not met before get the next code.
    pub fn add(&mut self, columns: &'a [TextColumn]) -> Vec<u32> {
        self.grow(columns.len());
        let rows = columns.first().map_or(0, TextColumn::len);
        (0..rows).map(|row| self.code(columns, row)).collect()
    }
    /// The code of each row's tuple; [`NO_CODE`] for tuples not met before.
    pub fn find(&self, columns: &[TextColumn]) -> Vec<u32> {
        let rows = columns.first().map_or(0, TextColumn::len);
        (0..rows).map(|row| self.known(columns, row).unwrap_or(NO_CODE)).collect()
    }
    /// Number of different tuples met.
    pub fn len(&self) -> usize {
        match self.pairs.last() {
            Some(pairs) => pairs.len(),
            None => self.texts.first().map_or(0, HashMap::len),
        }
    }
    /// Whether no tuple was met.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn grow(&mut self, width: usize) {
        self.texts.resize_with(width.max(self.texts.len()), HashMap::new);
        self.pairs.resize_with(self.texts.len().saturating_sub(1), HashMap::new);
    }
    fn code(&mut self, columns: &'a [TextColumn], row: usize) -> u32 {
        let mut code = NO_CODE;
        for (place, column) in columns.iter().enumerate() {
            let Some(text) = column.get(row) else { return NO_CODE };
            let next = self.texts[place].len() as u32;
            let own = *self.texts[place].entry(text).or_insert(next);
            code = if place == 0 {
                own
            } else {
                let next = self.pairs[place - 1].len() as u32;
                *self.pairs[place - 1].entry((code, own)).or_insert(next)
            };
        }
        code
    }
    fn known(&self, columns: &[TextColumn], row: usize) -> Option<u32> {
        let mut code = NO_CODE;
        for (place, column) in columns.iter().enumerate() {
            let own = *self.texts.get(place)?.get(column.get(row)?)?;
            code = if place == 0 { own } else { *self.pairs[place - 1].get(&(code, own))? };
        }
        Some(code)
    }
}

/// Rows in the order of their texts; nulls come first, equal texts in the order of rows.
pub fn order_of(column: &TextColumn) -> Vec<u32> {
    // Most pairs differ in their first eight bytes: those are compared without going to the buffer.
    let head = |row: u32| {
        let mut bytes = [0; 8];
        let text = column.text(row as usize).as_bytes();
        let length = text.len().min(8);
        bytes[..length].copy_from_slice(&text[..length]);
        u64::from_be_bytes(bytes)
    };
    let mut order: Vec<(u64, u32)> = (0..column.len() as u32).map(|row| (head(row), row)).collect();
    order.sort_unstable_by(|a, b| {
        let texts = || column.get(a.1 as usize).cmp(&column.get(b.1 as usize));
        a.0.cmp(&b.0).then_with(texts).then(a.1.cmp(&b.1))
    });
    order.into_iter().map(|(_, row)| row).collect()
}

/// For each row its place in [`order_of`].
pub fn rank_of(order: &[u32]) -> Vec<u32> {
    let mut rank = vec![0; order.len()];
    for (place, &row) in order.iter().enumerate() {
        rank[row as usize] = place as u32;
    }
    rank
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_gives_back_what_was_put_in() {
        let texts = [Some("é"), None, Some(""), Some("abc")];
        let column: TextColumn = texts.into_iter().collect();
        assert_eq!(column.iter().collect::<Vec<_>>(), texts);
        assert_eq!(order_of(&column), [1, 2, 3, 0]);
        assert_eq!(rank_of(&order_of(&column)), [3, 0, 1, 2]);
    }

    proptest::proptest! {
        #[test]
        fn the_order_of_rows_is_that_of_their_texts(texts in proptest::collection::vec(proptest::option::of("[a\\x00é]{0,11}"), 0..20)) {
            let column: TextColumn = texts.iter().map(|text| text.as_deref()).collect();
            let mut plain: Vec<u32> = (0..texts.len() as u32).collect();
            plain.sort_by_key(|&row| &texts[row as usize]);
            proptest::prop_assert_eq!(order_of(&column), plain);
        }
    }

    #[test]
    fn codes_are_equal_for_equal_tuples_only() {
        let left = [["a", "a", "b"].map(Some).into_iter().collect(), ["bc", "c", "c"].map(Some).into_iter().collect()];
        let right = [
            [Some("a"), Some("ab"), None].into_iter().collect(),
            [Some("c"), Some("c"), Some("c")].into_iter().collect::<TextColumn>(),
        ];
        let mut codes = TupleCodes::new();
        let of_left = codes.add(&left);
        assert_eq!(of_left, [0, 1, 2]);
        assert_eq!(codes.find(&right), [1, NO_CODE, NO_CODE]);
        assert_eq!(codes.len(), 3);
    }
}
