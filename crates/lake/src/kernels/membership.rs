//! Membership: the members of segments as bitmaps, and who entered and left.
//!
//! Invariants
//! - Changes are named as they are written: a segment of a million new members holds no million rows.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use jiff::Timestamp;
use onefold_kernels::membership::{Fold, Moved, Numbered, Outcome, Segment, membership};
use onefold_model::plan::SetOperator;

use super::{apart, inputs, land};
use crate::frames::{Frame, batches, bytes, instant, integer, small, text};
use crate::land::Landing;
use crate::{LakeError, Result};

/// Rows of changes in a batch.
const BATCH: usize = 1 << 16;
/// Fewer changes than these are written by one thread.
const FEW: u64 = 1 << 20;

/// What the rules found, the members of the last run, and the numbers of profiles now and then.
pub(super) async fn run(
    work: &Landing<'_>,
    segments: &[(String, Vec<(SetOperator, String)>)],
    frames: Vec<Frame>,
) -> Result<()> {
    let [mut scanned, mut last, mut now, mut before] = inputs::<4>(work, frames)?;
    let [to_members, to_changes] = &work.step.writes[..] else {
        let why = format!("the kernel gives 2 tables, and {} are to be written", work.step.writes.len());
        return Err(LakeError::step(&work.step.name, why));
    };
    let (bitmaps, lasts) = (scanned.bytes_by("Rule", "Members")?, last.bytes_by("Segment", "Members")?);
    let numbered =
        |frame: &mut Frame| Ok(Numbered { id: frame.text("CustomerId")?, no: frame.all_small("profile_no")? });
    let (now, before): (Numbered, Numbered) = (numbered(&mut now)?, numbered(&mut before)?);
    let segments: Vec<Segment> = segments.iter().map(|(name, rules)| segment(name, rules)).collect();
    let found = apart(work, move || membership(&segments, &bitmaps, &lasts, now, before)).await?;
    let found = Arc::new(found.map_err(|wrong| LakeError::step(&work.step.name, wrong))?);
    drop((scanned, last));
    let at = work.run.now();
    let members = batches(found.segments.len(), |rows| {
        let all = || found.segments[rows.clone()].iter();
        vec![
            ("Segment", text(all().map(|members| Some(members.segment.as_str())))),
            ("At", instant(at, rows.len())),
            ("Count", integer(all().map(|members| i64::try_from(members.count).ok()))),
            ("Members", bytes(all().map(|members| &members.members[..]))),
        ]
    })?;
    land(work, to_members, members).await?;

    let failed = |error: DataFusionError| LakeError::engine(&work.step.name, &error);
    let parts = if found.changes() < FEW { 1 } else { work.run.inner.options.threads.max(1) };
    let each = found.segments.len().div_ceil(parts).max(1);
    let schema = changes(&[], at)?.schema();
    let part = |start: usize| -> Arc<dyn PartitionStream> {
        let segments = start..found.segments.len().min(start + each);
        Arc::new(Changes { found: Arc::clone(&found), segments, at, schema: Arc::clone(&schema) })
    };
    let parts = (0..found.segments.len().max(1)).step_by(each).map(part).collect();
    let rows = StreamingTable::try_new(Arc::clone(&schema), parts).map_err(failed)?;
    let query = work.run.inner.session.context().read_table(Arc::new(rows)).map_err(failed)?;
    work.land(to_changes, query).await
}

/// Who entered and left some segments.
struct Changes {
    found: Arc<Outcome>,
    segments: Range<usize>,
    at: Timestamp,
    schema: SchemaRef,
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "changes of segments {:?}", self.segments)
    }
}

impl PartitionStream for Changes {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }
    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (found, at) = (Arc::clone(&self.found), self.at);
        // The segment, and how many of its changes are told.
        let (mut segment, mut told, end) = (self.segments.start, 0, self.segments.end);
        let batches = std::iter::from_fn(move || {
            let mut rows = Vec::new();
            while rows.len() < BATCH && segment < end {
                let members = &found.segments[segment];
                let name = members.segment.as_str();
                let entered = found.entered(members).map(|moved| (name, moved, "entered"));
                let left = found.left(members).map(|moved| (name, moved, "left"));
                let room = BATCH - rows.len();
                let before = rows.len();
                rows.extend(entered.chain(left).skip(told).take(room));
                told += rows.len() - before;
                if rows.len() < BATCH {
                    (segment, told) = (segment + 1, 0);
                }
            }
            (!rows.is_empty()).then(|| changes(&rows, at).map_err(|error| DataFusionError::External(Box::new(error))))
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), futures::stream::iter(batches)))
    }
}

/// Changes as rows.
fn changes(rows: &[(&str, Moved<'_>, &str)], at: Timestamp) -> Result<RecordBatch> {
    let columns = vec![
        ("Segment", text(rows.iter().map(|(segment, _, _)| Some(*segment))), true),
        ("CustomerId", text(rows.iter().map(|(_, moved, _)| Some(moved.id))), true),
        ("profile_no", small(rows.iter().map(|(_, moved, _)| Some(moved.no))), true),
        ("Change", text(rows.iter().map(|(_, _, change)| Some(*change))), true),
        ("At", instant(at, rows.len()), true),
    ];
    RecordBatch::try_from_iter_with_nullable(columns).map_err(|error| LakeError::Run(error.to_string()))
}

fn segment(name: &str, rules: &[(SetOperator, String)]) -> Segment {
    let fold = |operator: SetOperator| match operator {
        SetOperator::Union => Fold::Union,
        SetOperator::Intersect => Fold::Intersect,
        SetOperator::Except => Fold::Except,
    };
    Segment {
        name: name.to_owned(),
        rules: rules.iter().map(|(operator, rule)| (fold(*operator), rule.clone())).collect(),
    }
}
