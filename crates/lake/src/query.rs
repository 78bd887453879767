//! Query: what people and tools may ask of the published run. Read only.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::{Stream, TryStreamExt as _};

use crate::Result;

/// Rows that come as they are found.
pub struct QueryResult {
    /// Their columns; text is Utf8, bytes are Binary.
    pub schema: SchemaRef,
    /// Batch by batch; ends with an error when a limit is passed.
    pub batches: Pin<Box<dyn Stream<Item = Result<RecordBatch>> + Send>>,
    pub(crate) truncated: Arc<AtomicBool>,
}

impl QueryResult {
    /// Whether rows were cut off; known once the stream has ended.
    pub fn truncated(&self) -> bool {
        self.truncated.load(Ordering::Relaxed)
    }
    /// All rows, and whether some were cut off.
    pub async fn collect(self) -> Result<(Vec<RecordBatch>, bool)> {
        let batches = self.batches.try_collect().await?;
        Ok((batches, self.truncated.load(Ordering::Relaxed)))
    }
}
