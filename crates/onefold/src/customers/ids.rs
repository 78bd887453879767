//! Ids: whom somebody means by an id, by arrays that are read once a run.
//!
//! Reads    `Customer` (CustomerId, PreviousCustomerId), `KeyRing` (when a key is first asked for)
//!
//! Invariants
//! - An id means what it means to `explain`: a CustomerId, else a number or a key, else an id of before.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::OnceLock;

use arrow::array::{Array as _, AsArray as _};
use arrow::datatypes::Int32Type;
use onefold_api::Problem;
use onefold_lake::lookup::whole;
use onefold_lake::{Lake, TableEntry};

use crate::runner::problem::of_lake;

/// The ids of profiles.
pub(super) struct Ids {
    /// CustomerIds, ascending.
    ids: Vec<u128>,
    /// The number of each.
    numbers: Vec<u32>,
    /// CustomerIds that are not 32 hex digits.
    others: HashMap<String, u32>,
    /// Ids of before.
    previous: HashMap<String, Vec<u32>>,
    /// Keys by their hashes, ascending.
    keys: OnceLock<Vec<(u64, u32)>>,
}

impl Ids {
    /// Reads the ids of a run.
    pub(super) fn read(lake: &Lake, customer: &TableEntry) -> Result<Self, Problem> {
        let (mut pairs, mut others, mut previous) = (Vec::new(), HashMap::new(), HashMap::<String, Vec<u32>>::new());
        let columns = ["CustomerId", "profile_no", "PreviousCustomerId"];
        for batch in whole(lake, customer, &columns).map_err(of_lake)? {
            let batch = batch.map_err(of_lake)?;
            let (ids, before) = (batch.column(0).as_string::<i32>(), batch.column(2).as_string::<i32>());
            let numbers = batch.column(1).as_primitive::<Int32Type>();
            for row in 0..batch.num_rows() {
                let Ok(number) = u32::try_from(numbers.value(row)) else { continue };
                match hex(ids.value(row)) {
                    Some(id) => pairs.push((id, number)),
                    None => _ = others.insert(ids.value(row).to_owned(), number),
                }
                if before.is_valid(row) {
                    for id in before.value(row).split(';').filter(|id| !id.is_empty()) {
                        previous.entry(id.to_owned()).or_default().push(number);
                    }
                }
            }
        }
        pairs.sort_unstable();
        let (ids, numbers) = pairs.into_iter().unzip();
        Ok(Self { ids, numbers, others, previous, keys: OnceLock::new() })
    }
    /// The profile of a CustomerId.
    pub(super) fn of_id(&self, id: &str) -> Option<u32> {
        match hex(id) {
            Some(id) => self.ids.binary_search(&id).ok().map(|at| self.numbers[at]),
            None => self.others.get(id).copied(),
        }
    }
    /// The profiles into which an id of before was folded.
    pub(super) fn of_previous(&self, id: &str) -> &[u32] {
        self.previous.get(id).map(Vec::as_slice).unwrap_or_default()
    }
    /// Profiles that may have a record with this key; whoever asks looks at their keys.
    pub(super) fn perhaps_of_key(&self, lake: &Lake, ring: &TableEntry, key: &str) -> Result<Vec<u32>, Problem> {
        let keys = match self.keys.get() {
            Some(keys) => keys,
            None => {
                let read = read_keys(lake, ring)?;
                self.keys.get_or_init(|| read)
            }
        };
        let hash = hashed(key);
        let from = keys.partition_point(|(known, _)| *known < hash);
        Ok(keys[from..].iter().take_while(|(known, _)| *known == hash).map(|(_, number)| *number).collect())
    }
}

fn read_keys(lake: &Lake, ring: &TableEntry) -> Result<Vec<(u64, u32)>, Problem> {
    let mut keys = Vec::new();
    for batch in whole(lake, ring, &["Key", "profile_no"]).map_err(of_lake)? {
        let batch = batch.map_err(of_lake)?;
        let (texts, numbers) = (batch.column(0).as_string::<i32>(), batch.column(1).as_primitive::<Int32Type>());
        for (text, number) in texts.iter().zip(numbers) {
            if let (Some(text), Some(Ok(number))) = (text, number.map(u32::try_from)) {
                keys.push((hashed(text), number));
            }
        }
    }
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}

fn hashed(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// 32 hex digits in lower case.
fn hex(id: &str) -> Option<u128> {
    let plain = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if plain { u128::from_str_radix(id, 16).ok() } else { None }
}
