//! Part: one Parquet file being written.
//!
//! Writes   `<lake>/<Table>/part-<run>-<n>.parquet`
//!
//! Invariants
//! - A part is not synced here; publication syncs all parts of the run at once.
//! - The file states no Arrow schema: what it holds is read by the column types of the manifest.

use std::fs::File;
use std::path::PathBuf;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType as Arrow, SchemaRef};
use onefold_model::Column;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use crate::manifest::FileEntry;
use crate::{LakeError, Result, stats};

const ROW_GROUP_ROWS: usize = 1 << 20;
/// A row group is also ended when it holds this many bytes, so that wide rows do not fill the memory.
const ROW_GROUP_BYTES: usize = 128 << 20;
/// Rows of a page, where rows are looked up.
const PAGE_ROWS: usize = 1024;
/// Where rows are looked up, a column with a larger dictionary is written plain.
const DICTIONARY_BYTES: usize = 64 << 10;
/// A file is ended at this size and the next one begun, so that what is kept or dropped stays handy.
pub(crate) const PART_BYTES: u64 = 512 << 20;

/// A Parquet file being written.
pub(crate) struct Part {
    path: PathBuf,
    relative: String,
    run: String,
    writer: ArrowWriter<File>,
    schema: SchemaRef,
    rows: u64,
}

impl Part {
    /// Begins a file. The schema may hold text as views. The rows of a file that is looked up are sorted by that column,
    /// and will be read few at a time.
    pub(crate) fn create(
        path: PathBuf,
        relative: String,
        run: &str,
        schema: SchemaRef,
        looked_up_by: Option<&str>,
    ) -> Result<Self> {
        let file = File::create_new(&path).map_err(LakeError::io("write", &path))?;
        let properties = properties(&schema, looked_up_by);
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let writer =
            ArrowWriter::try_new_with_options(file, schema.clone(), options).map_err(LakeError::parquet(&path))?;
        Ok(Self { path, relative, run: run.to_owned(), writer, schema, rows: 0 })
    }
    /// Writes rows of the schema.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.writer.write(batch).map_err(LakeError::parquet(&self.path))?;
        self.rows += batch.num_rows() as u64;
        if self.writer.in_progress_size() > ROW_GROUP_BYTES {
            self.writer.flush().map_err(LakeError::parquet(&self.path))?;
        }
        Ok(())
    }
    /// Bytes on their way to the disk.
    pub(crate) fn bytes(&self) -> u64 {
        self.writer.bytes_written() as u64
    }
    /// Ends the file.
    pub(crate) fn close(self, columns: &[Column]) -> Result<FileEntry> {
        let metadata = self.writer.close().map_err(LakeError::parquet(&self.path))?;
        let bytes = std::fs::metadata(&self.path).map_err(LakeError::io("read", &self.path))?.len();
        let stats = stats::of_file(&metadata, &self.schema, columns, self.rows).to_string();
        Ok(FileEntry { path: self.relative, rows: self.rows, bytes, stats, run: self.run })
    }
}

fn properties(schema: &SchemaRef, looked_up_by: Option<&str>) -> WriterProperties {
    let level = ZstdLevel::try_new(1).expect("one is a level of zstd");
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_created_by(concat!("onefold ", env!("CARGO_PKG_VERSION")).to_owned());
    if let Some(number) = looked_up_by {
        // A look-up decodes a page of each column, and the dictionary of those that have one: both are kept small. Bounds
        // of so many pages are of use only where rows are sorted.
        properties = properties
            .set_data_page_row_count_limit(PAGE_ROWS)
            .set_dictionary_page_size_limit(DICTIONARY_BYTES)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_column_statistics_enabled(ColumnPath::new(vec![number.to_owned()]), EnabledStatistics::Page);
    }
    for field in schema.fields() {
        // Bitmaps: neither compared nor repeated.
        if matches!(field.data_type(), Arrow::Binary | Arrow::BinaryView | Arrow::LargeBinary) {
            let column = ColumnPath::new(vec![field.name().clone()]);
            properties = properties
                .set_column_statistics_enabled(column.clone(), EnabledStatistics::None)
                .set_column_dictionary_enabled(column, false);
        }
    }
    properties.build()
}
