//! Tests of the lake as a whole, on lakes in temporary folders.

mod kernels;
mod lookup;
mod publication;
mod queries;
mod readers;
mod scan;
mod slices;
mod steps;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use jiff::Timestamp;
use onefold_model::plan::{Check, Stage, WriteMode};
use onefold_model::{Column, DataType, Output, Sql, Step, TableName, Work};
use tempfile::TempDir;

use crate::{Lake, LakeOptions, QueryLimits, Result, Run, StepReport, json};

/// The instant of every run in these tests.
pub(crate) const NOW: &str = "2026-03-01T05:00:00Z";

pub(crate) struct Fixture {
    pub(crate) folder: TempDir,
    pub(crate) lake: Lake,
}

pub(crate) async fn fixture() -> Fixture {
    let folder = TempDir::new().unwrap();
    let lake = Lake::open(folder.path(), LakeOptions { threads: 2, ..LakeOptions::default() }).await.unwrap();
    Fixture { folder, lake }
}

impl Fixture {
    pub(crate) async fn begin(&self) -> Run {
        self.lake.begin(now(), HashMap::new()).await.unwrap()
    }
    /// The lake as a new process finds it.
    pub(crate) async fn reopened(&self) -> Lake {
        Lake::open(self.folder.path(), LakeOptions::default()).await.unwrap()
    }
    /// Every row of a query, as JSON text.
    pub(crate) async fn ask(&self, sql: &str) -> String {
        ask(&self.lake, sql).await
    }
    /// The names of the files under a folder of the lake, sorted.
    pub(crate) fn files(&self, folder: &str) -> Vec<String> {
        crate::layout::file_names(&self.folder.path().join(folder)).unwrap()
    }
}

pub(crate) async fn ask(lake: &Lake, sql: &str) -> String {
    text(lake.query(sql, QueryLimits::default()).await.unwrap().collect().await.unwrap().0)
}

pub(crate) fn text(rows: Vec<RecordBatch>) -> String {
    serde_json::to_string(&json::records(&rows).unwrap()).unwrap()
}

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(crate) fn columns(columns: &[(&str, DataType)]) -> Vec<Column> {
    columns.iter().map(|(name, ty)| Column::new(*name, *ty)).collect()
}

pub(crate) fn step(name: &str, writes: Vec<Output>, sql: Sql) -> Step {
    Step {
        name: name.into(),
        stage: Stage::Ingest,
        because: Vec::new(),
        reads: Vec::new(),
        before: Vec::new(),
        writes,
        work: Work::Sql(sql),
        checks: Vec::new(),
        grows: None,
        picks: Vec::new(),
    }
}

/// A step that writes one published table.
pub(crate) fn writes(table: &str, of: &[(&str, DataType)], sql: Sql) -> Step {
    step(&format!("test.write {table}"), vec![Output::published(table, columns(of))], sql)
}

pub(crate) async fn done(run: &Run, step: &Step) -> Result<StepReport> {
    run.step(step, "", None).await
}

pub(crate) fn checked(mut step: Step, fact: &str, broken_by: Sql, warning: bool) -> Step {
    step.checks.push(Check { fact: fact.into(), broken_by, warning });
    step
}

pub(crate) fn appended(mut step: Step) -> Step {
    step.writes[0].mode = WriteMode::Append;
    step
}

/// Patients as a connector delivers them.
pub(crate) fn patients(rows: i64) -> RecordBatch {
    let ids = StringArray::from_iter_values((0..rows).map(|row| format!("p{row}")));
    let ages = Int64Array::from_iter((0..rows).map(|row| (row % 7 != 0).then_some(row % 90)));
    let at = TimestampMicrosecondArray::from_iter_values((0..rows).map(|row| 1_700_000_000_123_456 + row))
        .with_timezone("UTC");
    let columns: Vec<(&str, ArrayRef)> =
        vec![("id", Arc::new(ids)), ("age", Arc::new(ages)), ("meta.lastUpdated", Arc::new(at))];
    RecordBatch::try_from_iter(columns).unwrap()
}

pub(crate) const PATIENT: &[(&str, DataType)] =
    &[("id", DataType::Text), ("age", DataType::Integer), ("meta.lastUpdated", DataType::DateTime)];

/// Writes a table as a connector does.
pub(crate) async fn write(run: &Run, table: &str, of: &[(&str, DataType)], rows: RecordBatch) -> u64 {
    let step = step("ingest.read", Vec::new(), Sql::default());
    let mut writer = run.writer(&step, &Output::published(table, columns(of)), "").unwrap();
    writer.write(rows).await.unwrap();
    writer.close().await.unwrap()
}

pub(crate) fn table(name: &str) -> TableName {
    name.into()
}
