//! Records: every record's values, normalised, each different one kept once.
//!
//! Reads    tables of texts by key
//! Writes   for each record and field the numbers of its values; for each value what comparing needs
//! Flow     texts ─ different texts ─ `values` ─ sorted and numbered ─ numbers by record
//!
//! Invariants
//! - Records are numbered by table, then key; values by their text: neither depends on the order of rows.
//! - Records and values that are pushed later get the next numbers; taking them back leaves no trace.
//!
//! Not here: nearness (`compare`), blocks (`keys`).

use super::values::{DateCounts, DateOrder, normal};
use super::{Field, FieldKind, TableRecords};
use crate::compare::{Sound, letters, sound};
use crate::frame::{TextColumn, order_of};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// No value, or no record.
pub(super) const NONE: u32 = u32::MAX;
/// Set in a number that stands for a list of values, and in [`NONE`].
pub(super) const LIST: u32 = 1 << 31;

/// All records, encoded.
#[derive(Clone, Debug, Default)]
pub struct Records {
    /// By record.
    keys: Texts,
    tables: Vec<u32>,
    removed: Vec<bool>,
    /// The first record of each table, and the end of the last; pushed ones come after.
    starts: Vec<u32>,
    /// By record, the value of each field: a value's number, [`NONE`], or [`LIST`] and a place in `lists`.
    cells: Vec<u32>,
    lists: Vec<(u32, u32)>,
    list_values: Vec<u32>,
    fields: Vec<Values>,
    /// By table, field and column.
    orders: Vec<Vec<Vec<DateOrder>>>,
    pushed: Pushed,
}

/// What finds pushed records, and takes them back.
#[derive(Clone, Debug, Default)]
struct Pushed {
    find: FxHashMap<(u32, String), u32>,
    /// By pushed record: the pushed record of the same key before it.
    earlier: Vec<u32>,
    /// By pushed record and field: how many values there were.
    values: Vec<u32>,
    /// By pushed record: how many lists there were.
    lists: Vec<u32>,
}

/// The different values of a field.
#[derive(Clone, Debug, Default)]
struct Values {
    kind: FieldKind,
    /// All texts, one behind the other; where each stands is in its facts.
    letters: String,
    facts: Vec<Facts>,
    /// How many of them are sorted: those known from the start.
    sorted: u32,
    pushed: FxHashMap<String, u32>,
    frequency: Vec<u32>,
    generic: Vec<bool>,
    any_generic: bool,
    /// Records with a value.
    filled: u32,
}

/// What comparing needs of a value: half a cache line, so that most pairs are told apart without their texts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(align(32))]
pub(super) struct Facts {
    /// The first eight letters, the first in the top byte, zeros after the last.
    pub(super) head: u64,
    /// Which letters it has (`compare::letters`).
    pub(super) letters: u64,
    /// Of names how they sound; of others the last eight letters, the last in the lowest byte.
    rest: u64,
    start: u32,
    /// Number of letters.
    pub(super) length: u32,
}

impl Records {
    /// Encodes all records. Fields whose kind is not known are taken as texts; ignored ones have no values.
    pub fn encode(fields: &[Field], tables: &[TableRecords]) -> Self {
        let orders: Vec<Vec<u32>> = tables.par_iter().map(|table| order_of(&table.key)).collect();
        let mut all = Self { starts: vec![0], ..Self::default() };
        for (place, (table, order)) in tables.iter().zip(&orders).enumerate() {
            for &row in order {
                all.keys.push(table.key.text(row as usize));
            }
            all.tables.resize(all.keys.len(), place as u32);
            all.starts.push(all.keys.len() as u32);
        }
        all.removed = vec![false; all.len()];
        let encoded: Vec<Encoded> = (0..fields.len())
            .into_par_iter()
            .map(|field| encode_field(fields[field].kind, field, tables, &orders))
            .collect();
        let width = fields.len();
        all.cells = vec![NONE; all.len() * width];
        all.cells.par_chunks_mut(width.max(1) * 4096).enumerate().for_each(|(chunk, cells)| {
            for (place, cells) in cells.chunks_mut(width).enumerate() {
                for (cell, encoded) in cells.iter_mut().zip(&encoded) {
                    *cell = encoded.first[chunk * 4096 + place];
                }
            }
        });
        all.orders =
            (0..tables.len()).map(|table| encoded.iter().map(|field| field.orders[table].clone()).collect()).collect();
        for (field, encoded) in encoded.into_iter().enumerate() {
            for (record, values) in encoded.several {
                all.cells[record as usize * width + field] = LIST | all.lists.len() as u32;
                all.lists.push((all.list_values.len() as u32, values.len() as u32));
                all.list_values.extend(values);
            }
            all.fields.push(encoded.values);
        }
        all
    }

    /// Number of records, removed ones among them.
    pub fn len(&self) -> usize {
        self.tables.len()
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }
    /// About the bytes they take.
    pub fn held_bytes(&self) -> usize {
        let values = |values: &Values| {
            values.letters.capacity()
                + values.facts.capacity() * size_of::<Facts>()
                + values.frequency.capacity() * 5
                + values.pushed.len() * 48
        };
        let lists = self.lists.capacity() * 8 + self.list_values.capacity() * 4;
        let keys = self.keys.letters.capacity() + self.keys.ends.capacity() * 8 + self.pushed.find.len() * 64;
        let each = self.cells.capacity() * 4 + self.len() * 5 + self.pushed.values.capacity() * 4;
        keys + each + lists + self.fields.iter().map(values).sum::<usize>()
    }
    /// Number of fields.
    pub fn width(&self) -> usize {
        self.fields.len()
    }
    /// The kind of a field.
    pub fn kind(&self, field: usize) -> FieldKind {
        self.fields[field].kind
    }
    /// The place of a record's table.
    pub fn table(&self, record: u32) -> u32 {
        self.tables[record as usize]
    }
    /// A record's key in its table.
    pub fn key(&self, record: u32) -> &str {
        self.keys.get(record)
    }
    /// The record with this key; removed ones are not found.
    pub fn find(&self, table: u32, key: &str) -> Option<u32> {
        let mut pushed = self.pushed.find.get(&(table, key.to_owned())).copied().unwrap_or(NONE);
        while pushed != NONE {
            if !self.is_removed(pushed) {
                return Some(pushed);
            }
            pushed = self.pushed.earlier[(pushed - self.first_pushed()) as usize];
        }
        let (&start, &end) = (self.starts.get(table as usize)?, self.starts.get(table as usize + 1)?);
        let found = start + self.keys.search(start..end, key)?;
        (!self.is_removed(found)).then_some(found)
    }

    /// Adds a record with its texts by field. Of a field with several columns the texts are in their order.
    pub fn push(&mut self, table: u32, key: &str, values: &[Vec<&str>]) -> u32 {
        let record = self.len() as u32;
        let earlier = self.pushed.find.insert((table, key.to_owned()), record);
        self.pushed.earlier.push(earlier.unwrap_or(NONE));
        self.pushed.values.extend(self.fields.iter().map(|field| field.facts.len() as u32));
        self.pushed.lists.push(self.lists.len() as u32);
        self.keys.push(key);
        self.tables.push(table);
        self.removed.push(false);
        for field in 0..self.width() {
            let mut found: Vec<u32> = Vec::new();
            for (column, text) in values.get(field).into_iter().flatten().enumerate() {
                let orders = self.orders.get(table as usize).map(|orders| &orders[field]);
                let order =
                    orders.and_then(|orders| orders.get(column).or(orders.first())).copied().unwrap_or_default();
                if let Some(text) = normal(self.fields[field].kind, order, text) {
                    let value = self.fields[field].number(&text);
                    if !found.contains(&value) {
                        found.push(value);
                    }
                }
            }
            for &value in &found {
                self.fields[field].frequency[value as usize] += 1;
            }
            self.fields[field].filled += u32::from(!found.is_empty());
            let cell = match *found {
                [] => NONE,
                [value] => value,
                _ => {
                    self.lists.push((self.list_values.len() as u32, found.len() as u32));
                    self.list_values.extend(found);
                    LIST | (self.lists.len() as u32 - 1)
                }
            };
            self.cells.push(cell);
        }
        record
    }
    /// Takes a record out: it is not found and its values are not counted. Its number stays taken.
    pub fn remove(&mut self, record: u32) {
        if !std::mem::replace(&mut self.removed[record as usize], true) {
            self.uncount(record);
        }
    }
    /// Whether a record was taken out.
    pub fn is_removed(&self, record: u32) -> bool {
        self.removed[record as usize]
    }
    /// Takes back the last push that was not taken back; nothing when there is none.
    pub fn pop(&mut self) {
        let Some(earlier) = self.pushed.earlier.pop() else { return };
        let record = self.len() as u32 - 1;
        if !self.is_removed(record) {
            self.uncount(record);
        }
        let key = (self.table(record), self.key(record).to_owned());
        if earlier == NONE {
            self.pushed.find.remove(&key);
        } else {
            self.pushed.find.insert(key, earlier);
        }
        self.keys.pop();
        self.tables.pop();
        self.removed.pop();
        self.cells.truncate(self.cells.len() - self.width());
        let lists = self.pushed.lists.pop().unwrap_or_default() as usize;
        if let Some(&(start, _)) = self.lists.get(lists) {
            self.list_values.truncate(start as usize);
        }
        self.lists.truncate(lists);
        let from = self.pushed.values.len() - self.width();
        for (field, count) in self.pushed.values.drain(from..).enumerate() {
            self.fields[field].truncate(count);
        }
    }

    /// The number of the first value of a field, generic or not.
    pub fn value(&self, record: u32, field: usize) -> Option<u32> {
        self.values(record, field).first().copied()
    }
    /// The numbers of all values of a field, generic or not; each once.
    #[inline]
    pub fn values(&self, record: u32, field: usize) -> &[u32] {
        let cell = &self.cells[record as usize * self.fields.len() + field];
        match *cell {
            NONE => &[],
            value if value < LIST => std::slice::from_ref(cell),
            list => {
                let (start, count) = self.lists[(list & !LIST) as usize];
                &self.list_values[start as usize..(start + count) as usize]
            }
        }
    }
    /// The normalised text of a value.
    #[inline]
    pub fn text(&self, field: usize, value: u32) -> &str {
        self.fields[field].text(value)
    }
    /// The letters of a value's text.
    #[inline]
    pub(super) fn bytes(&self, field: usize, value: u32) -> &[u8] {
        let values = &self.fields[field];
        let facts = &values.facts[value as usize];
        &values.letters.as_bytes()[facts.start as usize..][..facts.length as usize]
    }
    /// The normalised texts of a record's values, for people.
    pub fn shown(&self, record: u32, field: usize) -> String {
        let texts = self.values(record, field).iter().map(|&value| self.text(field, value));
        texts.collect::<Vec<_>>().join(", ")
    }
    /// How many records hold a value.
    pub fn frequency(&self, field: usize, value: u32) -> u32 {
        self.fields[field].frequency[value as usize]
    }
    /// Number of different values of a field, those that no record holds any more among them.
    pub fn distinct(&self, field: usize) -> u32 {
        self.fields[field].facts.len() as u32
    }
    /// Number of records with a value of a field.
    pub fn filled(&self, field: usize) -> u32 {
        self.fields[field].filled
    }
    /// The number of a normalised text, when a record holds it or held it.
    pub fn find_value(&self, field: usize, text: &str) -> Option<u32> {
        self.fields[field].find(text)
    }
    /// Makes a value generic: it is no evidence and gives no blocks, as if it were missing.
    pub fn set_generic(&mut self, field: usize, value: u32) {
        self.fields[field].generic[value as usize] = true;
        self.fields[field].any_generic = true;
    }
    /// Whether a value is generic.
    #[inline]
    pub fn is_generic(&self, field: usize, value: u32) -> bool {
        self.fields[field].any_generic && self.fields[field].generic[value as usize]
    }
    /// The numbers of a record's values by field, as far as there is one each: [`NONE`], or [`LIST`] and more.
    #[inline]
    pub(super) fn cells(&self, record: u32) -> &[u32] {
        &self.cells[record as usize * self.fields.len()..(record as usize + 1) * self.fields.len()]
    }
    /// What comparing needs of a value.
    #[inline]
    pub(super) fn facts(&self, field: usize, value: u32) -> &Facts {
        &self.fields[field].facts[value as usize]
    }

    fn first_pushed(&self) -> u32 {
        (self.len() - self.pushed.earlier.len()) as u32
    }
    fn uncount(&mut self, record: u32) {
        for field in 0..self.width() {
            let cell = self.cells[record as usize * self.fields.len() + field];
            let (start, count) = if cell == NONE || cell < LIST { (0, 0) } else { self.lists[(cell & !LIST) as usize] };
            let values = &mut self.fields[field];
            if cell < LIST {
                values.frequency[cell as usize] -= 1;
            }
            for place in start..start + count {
                values.frequency[self.list_values[place as usize] as usize] -= 1;
            }
            values.filled -= u32::from(cell != NONE);
        }
    }
}

impl Values {
    fn text(&self, value: u32) -> &str {
        self.facts[value as usize].text(&self.letters)
    }
    /// Adds a text behind all others.
    fn add(&mut self, text: &str, facts: Facts) {
        debug_assert_eq!(facts.start as usize, self.letters.len());
        self.letters.push_str(text);
        self.facts.push(facts);
        self.frequency.push(0);
        self.generic.push(false);
    }
    /// The number of a text, a new one when it was not met before.
    fn number(&mut self, text: &str) -> u32 {
        self.find(text).unwrap_or_else(|| {
            let next = self.facts.len() as u32;
            self.add(text, Facts::of(self.kind, text, self.letters.len()));
            self.pushed.insert(text.to_owned(), next);
            next
        })
    }
    fn find(&self, text: &str) -> Option<u32> {
        let sorted = &self.facts[..self.sorted as usize];
        let head = word(text.as_bytes());
        let found =
            sorted.binary_search_by(|facts| facts.head.cmp(&head).then_with(|| facts.text(&self.letters).cmp(text)));
        found.ok().map(|place| place as u32).or_else(|| self.pushed.get(text).copied())
    }
    /// Takes back what was added since there were so many.
    fn truncate(&mut self, count: u32) {
        while self.facts.len() as u32 > count {
            let last = self.facts.len() as u32 - 1;
            let text = self.facts[last as usize].text(&self.letters);
            self.pushed.remove(text);
            self.letters.truncate(self.facts[last as usize].start as usize);
            self.facts.pop();
            self.frequency.pop();
            self.generic.pop();
        }
    }
}

impl Facts {
    /// The facts of a text that stands at a place of its field's letters.
    ///
    /// # Panics
    /// When the different texts of a field have more than 4 GiB of letters.
    fn of(kind: FieldKind, text: &str, start: usize) -> Self {
        let bytes = text.as_bytes();
        let rest = if sounds(kind) {
            let sound = sound(text);
            u64::from(sound.primary) << 32 | u64::from(sound.alternate)
        } else {
            let from = bytes.len().saturating_sub(8);
            word(&bytes[from..]) >> (8 * (8 - (bytes.len() - from)))
        };
        let start = u32::try_from(start).expect("a field holds less than 4 GiB of different letters");
        Self { head: word(bytes), letters: letters(bytes), rest, start, length: bytes.len() as u32 }
    }
    fn text<'t>(&self, letters: &'t str) -> &'t str {
        &letters[self.start as usize..self.start as usize + self.length as usize]
    }
    /// How it sounds; of kinds that do ([`sounds`]).
    pub(super) fn sound(&self) -> Sound {
        Sound { primary: (self.rest >> 32) as u32, alternate: self.rest as u32 }
    }
    /// The last eight letters; of kinds that do not sound.
    pub(super) fn tail(&self) -> u64 {
        self.rest
    }
}

/// Whether values of a kind are known by their sound.
pub(super) fn sounds(kind: FieldKind) -> bool {
    use FieldKind::{FamilyName, FullName, GivenName, MiddleName, Organization};
    matches!(kind, GivenName | MiddleName | FamilyName | FullName | Organization)
}

/// The first sixteen letters in a word, the first in its top byte.
fn head_of(text: &str) -> u128 {
    u128::from(word(text.as_bytes())) << 64 | u128::from(word(text.as_bytes().get(8..).unwrap_or_default()))
}

/// The first eight letters in a word, the first in its top byte.
fn word(text: &[u8]) -> u64 {
    let mut word = [0; 8];
    let length = text.len().min(8);
    word[..length].copy_from_slice(&text[..length]);
    u64::from_be_bytes(word)
}

/// A field of all tables, encoded.
struct Encoded {
    values: Values,
    /// By record.
    first: Vec<u32>,
    /// Records with more values than one.
    several: Vec<(u32, Vec<u32>)>,
    /// By table and column.
    orders: Vec<Vec<DateOrder>>,
}

fn encode_field(kind: FieldKind, field: usize, tables: &[TableRecords], rows: &[Vec<u32>]) -> Encoded {
    let columns = |table: usize| tables[table].fields.get(field).map_or(&[][..], |columns| &columns[..]);
    let orders = date_orders(kind, &(0..tables.len()).map(columns).collect::<Vec<_>>());
    // Different texts are normalised once for each way of reading them.
    let mut codes: FxHashMap<(&str, u8), u32> = FxHashMap::default();
    let mut raw: Vec<(&str, DateOrder)> = Vec::new();
    let mut cells: Vec<Vec<Vec<u32>>> = Vec::new();
    for table in 0..tables.len() {
        cells.push(Vec::new());
        for (column, &order) in columns(table).iter().zip(&orders[table]) {
            let column: Vec<u32> = (0..column.len())
                .map(|row| match column.get(row) {
                    Some(text) if kind != FieldKind::Ignored && !text.is_empty() => {
                        *codes.entry((text, order as u8)).or_insert_with(|| {
                            raw.push((text, order));
                            raw.len() as u32 - 1
                        })
                    }
                    _ => NONE,
                })
                .collect();
            cells[table].push(column);
        }
    }
    drop(codes);
    let normalised: Vec<Option<String>> = raw.par_iter().map(|(text, order)| normal(kind, *order, text)).collect();
    // Equal texts come together; most pairs differ in their first letters, which are compared without going to the texts.
    let mut order: Vec<(u128, u32)> = normalised
        .par_iter()
        .enumerate()
        .filter_map(|(place, text)| Some((head_of(text.as_ref()?), place as u32)))
        .collect();
    let text = |place: u32| normalised[place as usize].as_deref().unwrap_or_default();
    order.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| text(a.1).cmp(text(b.1))).then(a.1.cmp(&b.1)));
    let mut sorted: Vec<&str> = Vec::new();
    let mut numbers = vec![NONE; raw.len()];
    for &(_, place) in &order {
        if sorted.last() != Some(&text(place)) {
            sorted.push(text(place));
        }
        numbers[place as usize] = sorted.len() as u32 - 1;
    }
    drop(order);
    let mut values = Values { kind, sorted: sorted.len() as u32, ..Values::default() };
    let starts = sorted.iter().scan(0, |end, text| Some(std::mem::replace(end, *end + text.len()))).collect::<Vec<_>>();
    values.facts = sorted.par_iter().zip(&starts).map(|(text, start)| Facts::of(kind, text, *start)).collect();
    values.letters = sorted.concat();
    values.frequency = vec![0; sorted.len()];
    values.generic = vec![false; sorted.len()];
    let (mut first, mut several) = (Vec::with_capacity(rows.iter().map(Vec::len).sum()), Vec::new());
    for (cells, rows) in cells.iter().zip(rows) {
        for &row in rows {
            let mut found: [u32; 1] = [NONE];
            let mut more: Vec<u32> = Vec::new();
            for column in cells {
                let code = column[row as usize];
                let value = if code == NONE { NONE } else { numbers[code as usize] };
                if value == NONE || value == found[0] || more.contains(&value) {
                    continue;
                }
                if found[0] == NONE {
                    found[0] = value;
                } else {
                    more.push(value);
                }
            }
            if found[0] != NONE {
                values.filled += 1;
                values.frequency[found[0] as usize] += 1;
            }
            if !more.is_empty() {
                more.iter().for_each(|&value| values.frequency[value as usize] += 1);
                several.push((first.len() as u32, found.into_iter().chain(more).collect()));
            }
            first.push(found[0]);
        }
    }
    Encoded { values, first, several, orders }
}

/// How the dates of each column are written; columns that leave it open follow the others of the field.
fn date_orders(kind: FieldKind, columns: &[&[TextColumn]]) -> Vec<Vec<DateOrder>> {
    if kind != FieldKind::BirthDate {
        return columns.iter().map(|columns| vec![DateOrder::default(); columns.len()]).collect();
    }
    let count = |column: &TextColumn| {
        let mut counts = DateCounts::default();
        column.iter().flatten().for_each(|text| counts.add(text));
        counts
    };
    let counts: Vec<Vec<DateCounts>> = columns.iter().map(|columns| columns.iter().map(count).collect()).collect();
    let all = counts.iter().flatten().fold(DateCounts::default(), |all, counts| all.plus(*counts));
    counts.iter().map(|counts| counts.iter().map(|counts| counts.order_among(all)).collect()).collect()
}

/// Texts in one buffer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Texts {
    letters: String,
    ends: Vec<usize>,
}

impl Texts {
    fn push(&mut self, text: &str) {
        self.letters.push_str(text);
        self.ends.push(self.letters.len());
    }
    fn pop(&mut self) {
        self.ends.pop();
        self.letters.truncate(self.ends.last().copied().unwrap_or_default());
    }
    fn len(&self) -> usize {
        self.ends.len()
    }
    #[inline]
    fn get(&self, place: u32) -> &str {
        let place = place as usize;
        &self.letters[if place == 0 { 0 } else { self.ends[place - 1] }..self.ends[place]]
    }
    /// How far behind the beginning of a sorted stretch a text stands.
    fn search(&self, stretch: std::ops::Range<u32>, text: &str) -> Option<u32> {
        let (mut from, mut to) = (stretch.start, stretch.end);
        while from < to {
            let middle = from + (to - from) / 2;
            match self.get(middle).cmp(text) {
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => to = middle,
                std::cmp::Ordering::Equal => return Some(middle - stretch.start),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
