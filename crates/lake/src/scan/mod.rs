//! Scan: many conditions over one relation in one pass, as one bitmap of row numbers each.
//!
//! Flow     `select number, columns from …` ─ one stream a thread ─ batches looked at (`look`) ─ bitmaps ─ united
//!
//! Invariants
//! - The engine sees a query of the few columns that conditions read, never the conditions: those are compiled once
//!   (`compile`) and looked at batch by batch.
//! - Rows without a number are passed over; an unknown condition counts as no.
//! - The outcome does not depend on the order of rows or on the number of threads.
//! - What the threads hold of bitmaps is put together as they go: it stays a few times what comes out.

mod compile;
mod keys;
mod look;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, AsArray as _, BinaryArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType as Arrow, Field, Int32Type, Schema};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::physical_plan::execute_stream_partitioned;
use datafusion::prelude::SessionContext;
use futures::StreamExt as _;
use onefold_model::Step;
use onefold_model::plan::Scan;
use roaring::RoaringBitmap;

use crate::layout::Layout;
use crate::only::Only;
use crate::seen::Seen;
use crate::{LakeError, Result, Run};
use compile::{Compiled, compile};
use look::Look;

/// Numbers that a thread gathers before it puts them to those of all.
const HELD: usize = 1 << 23;
/// Bytes of bitmaps in one batch of rows.
const BATCH_BYTES: usize = 32 << 20;

/// The rows of a scan: `(Rule, Members, Count)`, in the order of its conditions. `patch`: only some numbers are looked at,
/// and stand in the place of those among the members of before.
pub(crate) async fn rows(run: &Run, step: &Step, scan: &Scan, patch: Option<Patch>) -> Result<Vec<RecordBatch>> {
    let context = match &patch {
        Some(_) => run.inner.session.picking(),
        None => run.inner.session.context(),
    };
    let mut seen = run.seen_by(step);
    seen.only = patch.as_ref().map(|patch| patch.only.clone());
    let mut found = Found::look(&step.name, &context, &run.inner.layout, &seen, scan).await?;
    if let Some((patch, numbers)) = patch.as_ref().and_then(|patch| Some((patch, patch.only.numbers()?))) {
        // Equal conditions have one bitmap here, and had one then.
        let mut patched = vec![false; found.bitmaps.len()];
        for ((rule, _), place) in scan.conditions.iter().zip(&found.place) {
            if let (false, Some(before)) = (std::mem::replace(&mut patched[*place], true), patch.before.get(rule)) {
                found.bitmaps[*place] &= &**numbers;
                found.bitmaps[*place] |= before - &**numbers;
            }
        }
    }
    let schema = Arc::new(Schema::new(vec![
        Field::new("Rule", Arrow::Utf8, false),
        Field::new("Members", Arrow::Binary, false),
        Field::new("Count", Arrow::Int64, false),
    ]));
    let mut batches = Vec::new();
    let mut conditions = scan.conditions.iter().zip(&found.place).peekable();
    while batches.is_empty() || conditions.peek().is_some() {
        let (mut rules, mut members, mut counts, mut held) = (Vec::new(), Vec::new(), Vec::new(), 0);
        while let Some(((rule, _), place)) = conditions.next_if(|_| held < BATCH_BYTES) {
            let bitmap = &found.bitmaps[*place];
            rules.push(rule.as_str());
            members.push(bytes(bitmap));
            counts.push(i64::try_from(bitmap.len()).unwrap_or(i64::MAX));
            held += members.last().map_or(0, Vec::len);
        }
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(rules)),
            Arc::new(BinaryArray::from_iter_values(members)),
            Arc::new(Int64Array::from(counts)),
        ];
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns);
        batches.push(batch.map_err(|error| LakeError::step(&step.name, error))?);
    }
    Ok(batches)
}

/// What a scan of some numbers is put into.
pub(crate) struct Patch {
    pub(crate) only: Only,
    /// The members of every condition before.
    pub(crate) before: HashMap<String, RoaringBitmap>,
}

/// The bitmap of each condition, in order.
pub(crate) async fn bitmaps(
    step: &str,
    context: &SessionContext,
    layout: &Layout,
    seen: &Seen,
    scan: &Scan,
) -> Result<Vec<RoaringBitmap>> {
    let found = Found::look(step, context, layout, seen, scan).await?;
    Ok(found.place.iter().map(|place| found.bitmaps[*place].clone()).collect())
}

/// What conditions found; equal ones share a bitmap.
struct Found {
    bitmaps: Vec<RoaringBitmap>,
    place: Vec<usize>,
    _memory: MemoryReservation,
}

impl Found {
    async fn look(step: &str, context: &SessionContext, layout: &Layout, seen: &Seen, scan: &Scan) -> Result<Self> {
        let (rows, compiled) = compile(step, context, layout, seen, scan).await?;
        let failed = |error| LakeError::engine(step, &error);
        let task = Arc::new(rows.task_ctx());
        let plan = rows.create_physical_plan().await.map_err(failed)?;
        let streams = execute_stream_partitioned(plan, task).map_err(failed)?;
        tracing::debug!(step, compiled = %compiled, streams = streams.len(), "looking");
        let memory = MemoryConsumer::new(step).register(&context.runtime_env().memory_pool);
        grow(step, &memory, compiled.bytes() * streams.len())?;
        let compiled = Arc::new(compiled);
        let place = compiled.place.clone();
        let united = Arc::new(United {
            step: step.to_owned(),
            memory,
            bitmaps: Mutex::new(vec![RoaringBitmap::new(); compiled.roots.len()]),
        });
        let mut tasks = tokio::task::JoinSet::new();
        for stream in streams {
            tasks.spawn(members(stream, Arc::clone(&compiled), Arc::clone(&united)));
        }
        while let Some(done) = tasks.join_next().await {
            done.map_err(|error| LakeError::step(step, error))??;
        }
        let united = Arc::into_inner(united).ok_or_else(|| LakeError::step(step, "a thread did not end"))?;
        let bitmaps = united.bitmaps.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Self { bitmaps, place, _memory: united.memory })
    }
}

/// The bitmaps of all threads.
struct United {
    step: String,
    memory: MemoryReservation,
    bitmaps: Mutex<Vec<RoaringBitmap>>,
}

impl United {
    /// Takes what a thread has gathered.
    fn take(&self, gathered: &mut [RoaringBitmap], numbers: usize) -> Result<()> {
        // A number takes two bytes, and is held once here and once as it is written.
        grow(&self.step, &self.memory, numbers * 4)?;
        let mut all = self.bitmaps.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter_mut().zip(gathered).for_each(|(all, part)| *all |= std::mem::take(part));
        Ok(())
    }
}

fn grow(step: &str, memory: &MemoryReservation, bytes: usize) -> Result<()> {
    let why = "what it finds does not fit into memory; raise the memory limit";
    memory.try_grow(bytes).map_err(|_| LakeError::step(step, why))
}

/// Gathers the members that one stream shows.
async fn members(mut rows: SendableRecordBatchStream, compiled: Arc<Compiled>, united: Arc<United>) -> Result<()> {
    let mut look = Look::new(&compiled);
    let mut found = vec![RoaringBitmap::new(); compiled.roots.len()];
    let mut held = 0;
    while let Some(batch) = rows.next().await {
        let batch = batch.map_err(|error| LakeError::engine(&united.step, &error))?;
        for start in (0..batch.num_rows()).step_by(look::ROWS) {
            let rows = batch.slice(start, look::ROWS.min(batch.num_rows() - start));
            let number = rows.column(0).as_primitive::<Int32Type>();
            look.at(&rows, number).map_err(|error| LakeError::engine(&united.step, &error))?;
            for (place, bitmap) in found.iter_mut().enumerate() {
                let numbers = look.numbers(place);
                held += numbers.len();
                gather(bitmap, numbers);
            }
            if held > HELD {
                united.take(&mut found, held)?;
                held = 0;
            }
        }
    }
    united.take(&mut found, held)
}

/// Adds numbers to a bitmap; those of clustered tables come in order, and are appended.
fn gather(bitmap: &mut RoaringBitmap, numbers: &mut Vec<u32>) {
    if numbers.is_empty() {
        return;
    }
    if !numbers.is_sorted() {
        numbers.sort_unstable();
    }
    numbers.dedup();
    // The first may be the last of the batch before.
    let known = usize::from(bitmap.max() == numbers.first().copied());
    if let Err(stopped) = bitmap.append(numbers[known..].iter().copied()) {
        let rest = known + usize::try_from(stopped.valid_until()).unwrap_or(0);
        *bitmap |= RoaringBitmap::from_sorted_iter(numbers[rest..].iter().copied()).unwrap_or_default();
    }
}

/// A bitmap in the portable form that every Roaring library reads.
pub(crate) fn bytes(bitmap: &RoaringBitmap) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(bitmap.serialized_size());
    bitmap.serialize_into(&mut bytes).expect("a vector takes all bytes");
    bytes
}
