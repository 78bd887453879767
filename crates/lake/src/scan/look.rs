//! Look: the conditions of a scan over one batch of rows after the other.
//!
//! Flow     keys worked out ─ bits of slots (`mark`) ─ nodes as words of bits ─ numbers of the rows for which each condition is true
//!
//! Invariants
//! - A slot without a bit is known as such and never read: what asks for it in an `and` ends there.
//! - Thresholds are one sweep over rows sorted by how many they reach.
//! - Of a text, what depends on its value alone is worked out once for each different value of the batch.

use std::collections::HashMap;

use arrow::array::{Array as _, ArrayRef, AsArray as _, BooleanArray, Int32Array, RecordBatch, UInt32Array};
use arrow::buffer::NullBuffer;
use arrow::compute::{cast, take_record_batch};
use arrow::datatypes::DataType as Arrow;
use datafusion::error::DataFusionError;

use super::compile::{Compiled, Node};
use super::keys::{Key, Quick, ordered};

/// Rows looked at together.
pub(super) const ROWS: usize = 8192;
/// Words of bits for so many rows.
pub(super) const WORDS: usize = ROWS / 64;
/// Fewer thresholds than these are compared with every value.
const FEW: usize = 8;
/// More different texts than these in a batch, and each row is looked at by itself.
const DIFFERENT: usize = 512;

type Done<T> = Result<T, DataFusionError>;
type Words = [u64; WORDS];

/// What a thread holds while it looks.
pub(super) struct Look<'c> {
    compiled: &'c Compiled,
    bits: Bits,
    /// Where each key has a value.
    known: Vec<Words>,
    /// Rows with a number.
    rows: Words,
    sorted: bool,
    numbers: Vec<u32>,
    found: Vec<u32>,
    ordered: Vec<i64>,
    texts: HashMap<usize, Option<Texts>>,
}

/// The bits of slots.
struct Bits {
    words: Vec<Words>,
    any: Vec<bool>,
}

impl Bits {
    fn mark(&mut self, slot: usize, row: usize) {
        if !self.any[slot] {
            self.any[slot] = true;
            self.words[slot] = [0; WORDS];
        }
        self.words[slot][row / 64] |= 1 << (row % 64);
    }
    fn put(&mut self, slot: usize, words: &Words) {
        self.any[slot] = words.iter().any(|word| *word != 0);
        if self.any[slot] {
            self.words[slot] = *words;
        }
    }
}

/// The different texts of a column in a batch.
struct Texts {
    /// Which of them each row has; nothing of meaning where it has none.
    code: Vec<u32>,
    /// A row that has it.
    row: Vec<u32>,
}

impl<'c> Look<'c> {
    pub(super) fn new(compiled: &'c Compiled) -> Self {
        Self {
            compiled,
            bits: Bits { words: vec![[0; WORDS]; compiled.slots], any: vec![false; compiled.slots] },
            known: vec![[0; WORDS]; compiled.keys.len()],
            rows: [0; WORDS],
            sorted: false,
            numbers: Vec::with_capacity(ROWS),
            found: Vec::new(),
            ordered: Vec::with_capacity(ROWS),
            texts: HashMap::new(),
        }
    }

    /// Takes a batch of at most [`ROWS`] rows: the number, then the columns that keys read.
    pub(super) fn at(&mut self, batch: &RecordBatch, number: &Int32Array) -> Done<()> {
        debug_assert!(batch.num_rows() <= ROWS, "a batch fits the words");
        self.bits.any.fill(false);
        self.texts.clear();
        self.numbers.clear();
        self.numbers.extend(number.values().iter().map(|number| number.cast_unsigned()));
        self.sorted = number.null_count() == 0 && self.numbers.is_sorted();
        self.rows = valid(number.nulls(), batch.num_rows());
        // Numbers begin at zero.
        let below = number.values().iter().enumerate().filter(|(_, number)| **number < 0);
        below.for_each(|(row, _)| self.rows[row / 64] &= !(1 << (row % 64)));
        let compiled = self.compiled;
        for (index, key) in compiled.keys.iter().enumerate() {
            self.key(index, key, batch)?;
        }
        for (set, slot) in &compiled.sets {
            self.set(set, *slot);
        }
        Ok(())
    }

    /// The numbers of the rows of the batch for which a condition is true.
    pub(super) fn numbers(&mut self, root: usize) -> &mut Vec<u32> {
        self.found.clear();
        let mut words = self.rows;
        if self.and(self.compiled.roots[root], &mut words) {
            for (at, word) in words.iter().enumerate() {
                let mut rest = *word;
                while rest != 0 {
                    self.found.push(self.numbers[at * 64 + rest.trailing_zeros() as usize]);
                    rest &= rest - 1;
                }
            }
        }
        &mut self.found
    }

    /// Keeps the bits of the rows for which a node is true; false when there are none.
    fn and(&self, node: usize, words: &mut Words) -> bool {
        let compiled = self.compiled;
        match &compiled.nodes[node] {
            Node::Always => words.iter().any(|word| *word != 0),
            Node::Never => false,
            Node::Is(slot) => self.bits.any[*slot] && kept(words, &self.bits.words[*slot], |a, b| a & b),
            Node::IsNot(key, slot) => {
                kept(words, &self.known[*key], |a, b| a & b)
                    && (!self.bits.any[*slot] || kept(words, &self.bits.words[*slot], |a, b| a & !b))
            }
            Node::Known(key) => kept(words, &self.known[*key], |a, b| a & b),
            Node::Unknown(key) => kept(words, &self.known[*key], |a, b| a & !b),
            Node::NotIn(set) => {
                let slot = compiled.sets[*set].1;
                !self.bits.any[slot] || kept(words, &self.bits.words[slot], |a, b| a & !b)
            }
            Node::All(parts) => {
                let open = |part: &usize| matches!(compiled.nodes[*part], Node::Is(slot) if !self.bits.any[slot]);
                !parts.iter().any(open) && parts.iter().all(|part| self.and(*part, words))
            }
            Node::Any(parts) => {
                let mut any = [0; WORDS];
                for part in parts {
                    // Only rows that no other part has found yet.
                    let mut rest = *words;
                    rest.iter_mut().zip(&any).for_each(|(rest, any)| *rest &= !any);
                    if self.and(*part, &mut rest) {
                        any.iter_mut().zip(&rest).for_each(|(any, found)| *any |= found);
                    }
                }
                *words = any;
                words.iter().any(|word| *word != 0)
            }
        }
    }

    /// Works a key out, and marks what is asked of it.
    fn key(&mut self, index: usize, key: &Key, batch: &RecordBatch) -> Done<()> {
        let rows = batch.num_rows();
        if let Some(column) = key.text
            && let Some(texts) = self.different(column, batch.column(column))
        {
            // Once for each different text; the row of no text is the last.
            let few = take_record_batch(batch, &UInt32Array::from(texts.row.clone()))?;
            let values = key.expr.evaluate(&few)?.into_array(few.num_rows())?;
            let mut of_code = vec![Vec::new(); few.num_rows()];
            slots_of(key, &values, &mut of_code)?;
            let known: Vec<bool> = (0..values.len()).map(|code| values.is_valid(code)).collect();
            let words = &mut self.known[index];
            *words = [0; WORDS];
            for (row, code) in texts.code.iter().enumerate() {
                let code = *code as usize;
                words[row / 64] |= u64::from(known[code]) << (row % 64);
                for slot in &of_code[code] {
                    self.bits.mark(*slot, row);
                }
            }
            self.texts.insert(column, Some(texts));
            return Ok(());
        }
        let values = key.expr.evaluate(batch)?.into_array(rows)?;
        self.known[index] = valid(values.logical_nulls().as_ref(), rows);
        if let Some(slot) = key.truth
            && let Some(truth) = values.as_boolean_opt()
        {
            self.bits.put(slot, &true_rows(truth));
        }
        if !key.texts.is_empty() {
            let texts = cast(&values, &Arrow::Utf8View)?;
            for (row, text) in texts.as_string_view().iter().enumerate() {
                for slot in text.and_then(|text| key.texts.get(text)).into_iter().flatten() {
                    self.bits.mark(*slot, row);
                }
            }
        }
        if !key.ordered.is_empty() || !key.cuts.is_empty() {
            ordered(&values, &mut self.ordered)?;
            let known = self.known[index];
            if !key.ordered.is_empty() {
                for (row, value) in self.ordered.iter().enumerate() {
                    if let Some(slots) = key.ordered.get(value)
                        && known[row / 64] >> (row % 64) & 1 == 1
                    {
                        slots.iter().for_each(|slot| self.bits.mark(*slot, row));
                    }
                }
            }
            self.cut(&key.cuts, &known);
        }
        Ok(())
    }

    /// Marks which thresholds values reach.
    fn cut(&mut self, cuts: &[(i64, usize)], known: &Words) {
        if cuts.len() < FEW {
            for (least, slot) in cuts {
                let mut words = [0; WORDS];
                for (word, values) in words.iter_mut().zip(self.ordered.chunks(64)) {
                    for (bit, value) in values.iter().enumerate() {
                        *word |= u64::from(value >= least) << bit;
                    }
                }
                words.iter_mut().zip(known).for_each(|(word, known)| *word &= known);
                self.bits.put(*slot, &words);
            }
            return;
        }
        // Rows by the number of thresholds they reach, in one list a number.
        let mut first = vec![u32::MAX; cuts.len() + 1];
        let mut next = vec![u32::MAX; self.ordered.len()];
        for (row, value) in self.ordered.iter().enumerate() {
            if known[row / 64] >> (row % 64) & 1 == 1 {
                let reached = cuts.partition_point(|(least, _)| least <= value);
                next[row] = std::mem::replace(&mut first[reached], row as u32);
            }
        }
        let mut words = [0; WORDS];
        let mut any = false;
        for (reached, (_, slot)) in cuts.iter().enumerate().rev() {
            let mut row = first[reached + 1];
            while row != u32::MAX {
                any = true;
                words[row as usize / 64] |= 1 << (row % 64);
                row = next[row as usize];
            }
            self.bits.any[*slot] = any;
            if any {
                self.bits.words[*slot] = words;
            }
        }
    }

    /// Marks the rows whose number is in a set.
    fn set(&mut self, set: &roaring::RoaringBitmap, slot: usize) {
        let (Some(low), Some(high)) = (self.numbers.first(), self.numbers.last()) else { return };
        if !self.sorted {
            for (row, number) in self.numbers.iter().enumerate() {
                if set.contains(*number) {
                    self.bits.mark(slot, row);
                }
            }
            return;
        }
        let mut row = 0;
        for number in set.range(*low..=*high) {
            row += self.numbers[row..].partition_point(|other| *other < number);
            while self.numbers.get(row) == Some(&number) {
                self.bits.mark(slot, row);
                row += 1;
            }
        }
    }

    /// The different texts of a column, unless they are many.
    fn different(&mut self, column: usize, values: &ArrayRef) -> Option<Texts> {
        if let Some(known) = self.texts.remove(&column) {
            if known.is_none() {
                self.texts.insert(column, None);
            }
            return known;
        }
        let found = texts(values);
        if found.is_none() {
            self.texts.insert(column, None);
        }
        found
    }
}

/// The different texts of an array, and which each row has; none when there are many.
fn texts(values: &ArrayRef) -> Option<Texts> {
    let values = cast(values, &Arrow::Utf8View).ok()?;
    let values = values.as_string_view();
    let mut found = Texts { code: Vec::with_capacity(values.len()), row: Vec::new() };
    // Short texts are in their views; longer ones are looked at.
    let mut short: HashMap<u128, u32, Quick> = HashMap::default();
    let mut long: HashMap<&str, u32, Quick> = HashMap::default();
    let mut none = None;
    let mut last = (0, u32::MAX);
    for (row, view) in values.views().iter().enumerate() {
        if last.0 == *view && last.1 != u32::MAX && values.is_valid(row) {
            found.code.push(last.1);
            continue;
        }
        let next = found.row.len() as u32;
        let code = if values.is_null(row) {
            *none.get_or_insert(next)
        } else {
            let code = match *view as u32 {
                0..=12 => *short.entry(*view).or_insert(next),
                _ => *long.entry(values.value(row)).or_insert(next),
            };
            last = (*view, code);
            code
        };
        if code == next {
            if found.row.len() == DIFFERENT {
                return None;
            }
            found.row.push(row as u32);
        }
        found.code.push(code);
    }
    Some(found)
}

/// The slots to mark for each of some values of a key.
fn slots_of(key: &Key, values: &ArrayRef, of: &mut [Vec<usize>]) -> Done<()> {
    if let Some(slot) = key.truth
        && let Some(truth) = values.as_boolean_opt()
    {
        (0..truth.len()).filter(|&at| truth.is_valid(at) && truth.value(at)).for_each(|at| of[at].push(slot));
    }
    if !key.texts.is_empty() {
        let texts = cast(values, &Arrow::Utf8View)?;
        for (slots, text) in of.iter_mut().zip(texts.as_string_view()) {
            slots.extend(text.and_then(|text| key.texts.get(text)).into_iter().flatten());
        }
    }
    if !key.ordered.is_empty() || !key.cuts.is_empty() {
        let mut all = Vec::new();
        ordered(values, &mut all)?;
        for (at, value) in all.iter().enumerate().filter(|(at, _)| values.is_valid(*at)) {
            of[at].extend(key.ordered.get(value).into_iter().flatten());
            let reached = key.cuts.partition_point(|(least, _)| least <= value);
            of[at].extend(key.cuts[..reached].iter().map(|(_, slot)| slot));
        }
    }
    Ok(())
}

/// Words kept of others; false when none of their bits is left.
fn kept(words: &mut Words, others: &Words, keep: impl Fn(u64, u64) -> u64) -> bool {
    let mut any = 0;
    for (word, other) in words.iter_mut().zip(others) {
        *word = keep(*word, *other);
        any |= *word;
    }
    any != 0
}

/// Where there is a value.
fn valid(nulls: Option<&NullBuffer>, rows: usize) -> Words {
    match nulls {
        Some(nulls) => words(nulls.inner()),
        None => {
            let mut all = [0; WORDS];
            all[..rows / 64].fill(u64::MAX);
            if !rows.is_multiple_of(64) {
                all[rows / 64] = (1 << (rows % 64)) - 1;
            }
            all
        }
    }
}

/// The rows where a condition holds.
fn true_rows(condition: &BooleanArray) -> Words {
    let mut found = words(condition.values());
    if let Some(nulls) = condition.nulls() {
        kept(&mut found, &words(nulls.inner()), |a, b| a & b);
    }
    found
}

fn words(bits: &arrow::buffer::BooleanBuffer) -> Words {
    let mut all = [0; WORDS];
    for (word, bits) in all.iter_mut().zip(bits.bit_chunks().iter_padded()) {
        *word = bits;
    }
    all
}
