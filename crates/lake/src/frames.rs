//! Frames: rows of the engine as plain columns for kernels, and back.
//!
//! Invariants
//! - Rows are turned over batch by batch; what they take is counted against the memory of all steps.
//! - A column is found by its exact name.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray as _, BinaryArray, BooleanArray, Float64Array, Int32Array, Int64Array, RecordBatch,
    StringViewArray, TimestampMicrosecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType as Arrow, Float64Type, Int64Type};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use futures::StreamExt as _;
use onefold_kernels::frame::TextColumn;
use onefold_model::Sql;

use crate::land::Landing;
use crate::seen::Seen;
use crate::{LakeError, Result};

/// Rows in a batch that goes back to the engine.
const BATCH: usize = 1 << 16;

/// Columns by name.
pub(crate) struct Frame {
    step: String,
    input: usize,
    columns: HashMap<String, Plain>,
    rows: usize,
    /// Held until the kernel is done.
    memory: MemoryReservation,
}

enum Plain {
    Text(TextColumn),
    Integer(Vec<Option<i64>>),
    Number(Vec<Option<f64>>),
    Boolean(Vec<Option<bool>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

/// About the bytes that the rows of an array take once they are gathered. What an array itself claims is no use: views of
/// many batches share one buffer, and each would count all of it.
fn held(array: &ArrayRef) -> usize {
    let text = match array.data_type() {
        Arrow::Utf8View => array.as_string_view().lengths().map(|length| length as usize).sum(),
        Arrow::BinaryView => array.as_binary_view().lengths().map(|length| length as usize).sum(),
        Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Binary | Arrow::LargeBinary => array.get_array_memory_size(),
        _ => 0,
    };
    text + 16 * array.len()
}

impl Frame {
    /// The rows of one of a kernel's inputs.
    pub(crate) async fn gather(work: &Landing<'_>, input: usize, sql: &Sql) -> Result<Self> {
        Self::gather_of(work, input, sql, work.run.seen_by(work.step)).await
    }
    /// The same, over what is to be seen of tables.
    pub(crate) async fn gather_of(work: &Landing<'_>, input: usize, sql: &Sql, seen: Seen) -> Result<Self> {
        let step = work.step.name.clone();
        let failed = |error| LakeError::engine(&step, &error);
        let session = &work.run.inner.session;
        let context = if seen.only.is_some() { session.picking() } else { session.context() };
        let query = work.run.query_of(work.step, &seen, &context, sql).await?;
        let memory = MemoryConsumer::new(step.as_str()).register(&context.runtime_env().memory_pool);
        let mut columns: Vec<(String, Plain)> = Vec::new();
        for field in query.schema().fields() {
            columns.push((
                field.name().clone(),
                Plain::empty(field.data_type()).ok_or_else(|| unfit(&step, input, field.name(), field.data_type()))?,
            ));
        }
        let mut batches = query.execute_stream().await.map_err(failed)?;
        let mut rows = 0;
        while let Some(batch) = batches.next().await {
            let batch = batch.map_err(failed)?;
            rows += batch.num_rows();
            memory.try_grow(batch.columns().iter().map(held).sum()).map_err(|_| {
                LakeError::step(
                    &step,
                    format!("the rows of its input {input} do not fit into memory; raise the memory limit"),
                )
            })?;
            for ((name, column), array) in columns.iter_mut().zip(batch.columns()) {
                column
                    .extend(array)
                    .map_err(|error| LakeError::step(&step, format!("its column `{name}`: {error}")))?;
            }
        }
        Ok(Self { step, input, columns: columns.into_iter().collect(), rows, memory })
    }
    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }
    /// Whether a column is there that nobody took yet.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.columns.contains_key(name)
    }
    /// Counts what a kernel will take beside the rows, until it is done.
    pub(crate) fn reserve(&self, bytes: usize) -> Result<()> {
        self.memory.try_grow(bytes).map_err(|_| {
            let why = "what it works with does not fit into memory; raise the memory limit";
            LakeError::step(&self.step, why)
        })
    }
    /// Texts.
    pub(crate) fn text(&mut self, name: &str) -> Result<TextColumn> {
        match self.columns.remove(name) {
            Some(Plain::Text(column)) => Ok(column),
            other => Err(self.other(name, "text", other.is_some())),
        }
    }
    /// Whole numbers.
    pub(crate) fn integers(&mut self, name: &str) -> Result<Vec<Option<i64>>> {
        match self.columns.remove(name) {
            Some(Plain::Integer(column)) => Ok(column),
            other => Err(self.other(name, "integer", other.is_some())),
        }
    }
    /// Whole numbers, none of them null.
    pub(crate) fn all_integers(&mut self, name: &str) -> Result<Vec<i64>> {
        let column = self.integers(name)?;
        column.into_iter().collect::<Option<_>>().ok_or_else(|| self.null(name))
    }
    /// Numbers of owners and the like, none of them null.
    pub(crate) fn all_small(&mut self, name: &str) -> Result<Vec<i32>> {
        let column = self.all_integers(name)?;
        let small = column.into_iter().map(i32::try_from).collect::<Result<_, _>>();
        small.map_err(|_| {
            LakeError::step(&self.step, format!("column `{name}` of input {} goes beyond 32 bits", self.input))
        })
    }
    /// Numbers, whole or not.
    pub(crate) fn numbers(&mut self, name: &str) -> Result<Vec<Option<f64>>> {
        match self.columns.remove(name) {
            Some(Plain::Number(column)) => Ok(column),
            #[expect(
                clippy::cast_precision_loss,
                reason = "numbers are compared, and doubles are what kernels compare"
            )]
            Some(Plain::Integer(column)) => {
                Ok(column.into_iter().map(|value| value.map(|value| value as f64)).collect())
            }
            other => Err(self.other(name, "number", other.is_some())),
        }
    }
    /// True or false; null is false.
    pub(crate) fn booleans(&mut self, name: &str) -> Result<Vec<bool>> {
        match self.columns.remove(name) {
            Some(Plain::Boolean(column)) => Ok(column.into_iter().map(|value| value == Some(true)).collect()),
            other => Err(self.other(name, "boolean", other.is_some())),
        }
    }
    /// Bytes by text, as bitmaps by name; rows with a null are passed over.
    pub(crate) fn bytes_by(&mut self, name: &str, bytes: &str) -> Result<Vec<(String, Vec<u8>)>> {
        let names = self.text(name)?;
        match self.columns.remove(bytes) {
            Some(Plain::Bytes(column)) => {
                Ok(names.iter().zip(column).filter_map(|(name, bytes)| Some((name?.to_owned(), bytes?))).collect())
            }
            other => Err(self.other(bytes, "bitmap", other.is_some())),
        }
    }

    fn other(&self, name: &str, wanted: &str, there: bool) -> LakeError {
        let why = if there { format!("is not of type {wanted}") } else { "is missing".to_owned() };
        LakeError::step(&self.step, format!("column `{name}` of input {} {why}", self.input))
    }
    fn null(&self, name: &str) -> LakeError {
        LakeError::step(&self.step, format!("column `{name}` of input {} has nulls", self.input))
    }
}

impl Plain {
    fn empty(ty: &Arrow) -> Option<Self> {
        Some(match ty {
            Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View | Arrow::Null => Self::Text(TextColumn::new()),
            ty if ty.is_integer() => Self::Integer(Vec::new()),
            ty if ty.is_floating() => Self::Number(Vec::new()),
            Arrow::Decimal128(..) => Self::Number(Vec::new()),
            Arrow::Boolean => Self::Boolean(Vec::new()),
            Arrow::Binary | Arrow::LargeBinary | Arrow::BinaryView => Self::Bytes(Vec::new()),
            _ => return None,
        })
    }
    fn extend(&mut self, array: &ArrayRef) -> std::result::Result<(), arrow::error::ArrowError> {
        match self {
            Self::Text(column) => {
                let array = cast(array, &Arrow::Utf8View)?;
                array.as_string_view().iter().for_each(|text| column.push(text));
            }
            Self::Integer(column) => column.extend(cast(array, &Arrow::Int64)?.as_primitive::<Int64Type>()),
            Self::Number(column) => column.extend(cast(array, &Arrow::Float64)?.as_primitive::<Float64Type>()),
            Self::Boolean(column) => column.extend(array.as_boolean()),
            Self::Bytes(column) => {
                let array = cast(array, &Arrow::BinaryView)?;
                column.extend(array.as_binary_view().iter().map(|bytes| bytes.map(<[u8]>::to_vec)));
            }
        }
        Ok(())
    }
}

fn unfit(step: &str, input: usize, name: &str, ty: &Arrow) -> LakeError {
    LakeError::step(step, format!("column `{name}` of input {input} is `{ty}`, which kernels do not take"))
}

/// Batches of so many rows; `columns` gives those of a range of rows.
pub(crate) fn batches<N: AsRef<str>>(
    rows: usize,
    columns: impl Fn(Range<usize>) -> Vec<(N, ArrayRef)>,
) -> Result<Vec<RecordBatch>> {
    let starts = (0..rows.max(1)).step_by(BATCH);
    let batch = |start: usize| {
        RecordBatch::try_from_iter_with_nullable(
            columns(start..rows.min(start + BATCH)).into_iter().map(|(name, array)| (name, array, true)),
        )
    };
    starts.map(|start| batch(start).map_err(|error| LakeError::Run(error.to_string()))).collect()
}

/// A column of texts.
pub(crate) fn text<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(texts.collect::<StringViewArray>())
}
/// A column of integers.
pub(crate) fn integer(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.collect::<Int64Array>())
}
/// A column of 32 bit integers.
pub(crate) fn small(values: impl Iterator<Item = Option<i32>>) -> ArrayRef {
    Arc::new(values.collect::<Int32Array>())
}
/// A column of doubles.
pub(crate) fn number(values: impl Iterator<Item = Option<f64>>) -> ArrayRef {
    Arc::new(values.collect::<Float64Array>())
}
/// A column of truth values.
pub(crate) fn boolean(values: impl Iterator<Item = bool>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<BooleanArray>())
}
/// A column of bytes.
pub(crate) fn bytes<'a>(values: impl Iterator<Item = &'a [u8]>) -> ArrayRef {
    Arc::new(BinaryArray::from_iter_values(values))
}
/// The same instant for so many rows.
pub(crate) fn instant(at: jiff::Timestamp, rows: usize) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_value(at.as_microsecond(), rows).with_timezone("UTC"))
}
