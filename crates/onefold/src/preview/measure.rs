//! Measure: the values a draft would have.
//!
//! Flow     draft ─ its query ─ rows as they come: the numbers kept, the largest rows kept ─ figures and a table
//!
//! Invariants
//! - Rows are looked at once; of a large table only the first value and the largest rows are held.

use std::time::Instant;

use arrow::array::{Array as _, AsArray as _, Float64Array, RecordBatch};
use arrow::compute::{SortOptions, cast, concat_batches, sort_to_indices, take_record_batch};
use arrow::datatypes::{DataType as Arrow, Float64Type, Int32Type};
use futures::StreamExt as _;
use onefold_api::*;
use onefold_lake::TryOut;
use onefold_model::define::MeasureKind;
use onefold_model::sql;
use onefold_model::sql::{id, join};
use onefold_stages::MeasureDraft;
use serde_json::Value;

use super::draft::{Draft, limits};
use super::draft_name;
use super::figures::numbers;
use super::title::titles;
use crate::platform::Onefold;
use crate::runner::problem::of_lake;
use crate::values;

/// The most rows of a table of dimensions that are shown.
const SPLIT: usize = 200;

/// What a draft of a measure would be.
pub(super) async fn preview(onefold: &Onefold, asked: &PreviewAsk) -> Result<MeasurePreview, Problem> {
    let began = Instant::now();
    let name = draft_name(&asked.name)?;
    let draft = Draft::open(onefold, "measures", name, &asked.value).await?;
    let kind = draft.project.measure(name).map(|measure| measure.kind.value);
    let mut view = MeasurePreview {
        kind: kind.map_or("", word).to_owned(),
        value: Value::Null,
        rows: 0,
        numbers: None,
        table: None,
        of: draft.profiles(),
        diagnostics: Vec::new(),
        seconds: 0.0,
    };
    let (measure, foundation) = {
        let mut plan = draft.plan();
        let measure = plan.measure(name);
        view.diagnostics = draft.say(plan.diagnostics(), measure.is_some());
        let pieces: Vec<_> = measure.iter().map(|measure| &measure.sql).collect();
        let foundation = plan.foundation(&pieces);
        (measure, foundation)
    };
    let wrong = view.diagnostics.iter().any(DiagnosticView::is_error);
    if let (Some(measure), Some(kind), false) = (measure, kind, wrong) {
        match draft.rest(foundation).await? {
            Ok(over) => work_out(&draft, &over, &measure, kind, name, asked, &mut view).await?,
            Err(first) => view.diagnostics.extend(first),
        }
    }
    view.seconds = began.elapsed().as_secs_f64();
    Ok(view)
}

fn word(kind: MeasureKind) -> &'static str {
    match kind {
        MeasureKind::CustomerAttribute => "customer_attribute",
        MeasureKind::CustomerMeasure => "customer_measure",
        MeasureKind::BusinessMeasure => "business_measure",
    }
}

async fn work_out(
    draft: &Draft,
    over: &TryOut,
    measure: &MeasureDraft,
    kind: MeasureKind,
    name: &str,
    asked: &PreviewAsk,
    view: &mut MeasurePreview,
) -> Result<(), Problem> {
    let count = if asked.sample == 0 { 10 } else { asked.sample.min(100) };
    let columns: Vec<&str> = measure.columns.iter().map(|column| column.name.as_str()).collect();
    let split = draft.project.measure(name).map_or(0, |measure| measure.dimensions.len());
    // Where the first value stands, behind whose it is and what it is split by.
    let own = match kind {
        MeasureKind::CustomerAttribute => 1,
        MeasureKind::CustomerMeasure => 2 + split,
        MeasureKind::BusinessMeasure => split,
    };
    let mut query = sql!("select ", join(columns.iter().map(id), ", "), " from (", &measure.sql, ") as \"m\"");
    let business = kind == MeasureKind::BusinessMeasure;
    if business && split > 0 {
        query.push(sql!(" order by ", join(columns[..split].iter().map(id), ", ")));
    }
    let keep = if business { Keep::First(SPLIT) } else { Keep::Largest(count, own) };
    let mut found = draft.lake()?.try_sql(over, &query, limits()).await.map_err(of_lake)?;
    let mut kept = Kept { of: keep, batch: None, values: Vec::new(), missing: 0, rows: 0, numeric: false };
    while let Some(batch) = found.batches.next().await {
        kept.add(&batch.map_err(of_lake)?, own)?;
    }
    view.rows = kept.rows;
    if kept.numeric {
        view.numbers = numbers(std::mem::take(&mut kept.values), kept.missing);
    }
    let Some(batch) = kept.batch else { return Ok(()) };
    let mut rows = values::rows(&batch)?;
    let mut shown = values::columns(&batch.schema());
    if business && split == 0 {
        view.value = rows.first().and_then(|row| row.first()).cloned().unwrap_or_default();
    }
    if !business {
        // Whose it is, in words, in the place of the number.
        let place = usize::from(kind == MeasureKind::CustomerMeasure);
        let numbers = batch.column(place).as_primitive_opt::<Int32Type>();
        let profiles: Vec<u32> =
            numbers.into_iter().flatten().map(|no| no.unwrap_or_default().unsigned_abs()).collect();
        let titles = titles(draft.lake()?, draft.published.as_ref(), &profiles).await?;
        for (row, no) in rows.iter_mut().zip(&profiles) {
            let titled = titles.get(no).cloned().unwrap_or_default();
            row.splice(..=place, [Value::from(titled.customer_id), Value::from(titled.title)]);
        }
        let text = |name: &str| ColumnView { name: name.to_owned(), ty: "text".to_owned() };
        shown.splice(..=place, [text("CustomerId"), text("Customer")]);
    }
    view.table = Some(RowsView { columns: shown, rows, total: Some(kept.rows) });
    Ok(())
}

/// Which rows are kept.
enum Keep {
    /// The first ones.
    First(usize),
    /// Those with the largest value, and the column it is in.
    Largest(usize, usize),
}

/// What is kept of rows that pass by.
struct Kept {
    of: Keep,
    batch: Option<RecordBatch>,
    values: Vec<f64>,
    missing: u64,
    rows: u64,
    numeric: bool,
}

impl Kept {
    fn add(&mut self, batch: &RecordBatch, own: usize) -> Result<(), Problem> {
        let wrong = |error: arrow::error::ArrowError| Problem::failed(error.to_string().to_lowercase());
        self.rows += batch.num_rows() as u64;
        let Some(column) = batch.columns().get(own) else { return Ok(()) };
        self.missing += column.null_count() as u64;
        if column.data_type().is_numeric() {
            self.numeric = true;
            let doubles = cast(column, &Arrow::Float64).map_err(wrong)?;
            let doubles: &Float64Array = doubles.as_primitive::<Float64Type>();
            self.values.extend(doubles.iter().flatten());
        }
        let all = match self.batch.take() {
            Some(kept) => concat_batches(&batch.schema(), [&kept, batch]).map_err(wrong)?,
            None => batch.clone(),
        };
        self.batch = Some(match self.of {
            Keep::First(count) => all.slice(0, all.num_rows().min(count)),
            Keep::Largest(count, by) => {
                let options = SortOptions { descending: true, nulls_first: false };
                let order = sort_to_indices(all.column(by), Some(options), Some(count)).map_err(wrong)?;
                take_record_batch(&all, &order).map_err(wrong)?
            }
        });
        Ok(())
    }
}
