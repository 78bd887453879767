//! Membership: the members of segments as bitmaps, and who entered and left.
//!
//! Invariants
//! - Changes are named as they are written, and written once: a segment of a million new members holds no million rows.
//! - Where nobody's number is another than before, only those who entered or left are looked up.

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
use onefold_kernels::membership::{Fold, Moved, Moves, Numbered, Segment, membership, moves};
use onefold_model::plan::SetOperator;
use onefold_model::sql::Piece;
use onefold_model::{Sql, sql};

use super::{apart, inputs};
use crate::frames::{Frame, batches, bytes, instant, integer, small, text};
use crate::grow::Change;
use crate::land::Landing;
use crate::only::Only;
use crate::seen::Seen;
use crate::{LakeError, Result};

/// Rows of changes in a batch.
const BATCH: usize = 1 << 16;
/// Fewer changes than these are written by one thread.
const FEW: u64 = 1 << 20;

/// The members that rules make.
pub(super) async fn run(
    work: &Landing<'_>,
    segments: &[(String, Vec<(SetOperator, String)>)],
    frames: Vec<Frame>,
) -> Result<Vec<Vec<RecordBatch>>> {
    let [mut scanned] = inputs::<1>(work, frames)?;
    let bitmaps = scanned.bytes_by("Rule", "Members")?;
    let segments: Vec<Segment> = segments.iter().map(|(name, rules)| segment(name, rules)).collect();
    let found = apart(work, move || membership(&segments, &bitmaps)).await?;
    let found = found.map_err(|wrong| LakeError::step(&work.step.name, wrong))?;
    let at = work.run.now();
    let members = batches(found.len(), |rows| {
        let all = || found[rows.clone()].iter();
        vec![
            ("Segment", text(all().map(|members| Some(members.segment.as_str())))),
            ("At", instant(at, rows.len())),
            ("Count", integer(all().map(|members| i64::try_from(members.count).ok()))),
            ("Members", bytes(all().map(|members| &members.members[..]))),
        ]
    })?;
    Ok(vec![members])
}

/// The members of all segments, and who entered and left.
pub(super) async fn note(work: &Landing<'_>, inputs: &[Sql]) -> Result<()> {
    let ([members, last, now, before], [to_members, to_changes]) = (inputs, &work.step.writes[..]) else {
        return Err(LakeError::step(&work.step.name, "the kernel takes 4 inputs and gives 2 tables"));
    };
    let context = work.run.inner.session.context();
    work.land(to_members, work.query(&context, members).await?).await?;

    // The instants are for the table alone.
    let members = sql!("select \"Segment\", \"Members\" from (", members, ") as \"members\"");
    let bitmaps = Frame::gather(work, 0, &members).await?.bytes_by("Segment", "Members")?;
    let lasts = Frame::gather(work, 1, last).await?.bytes_by("Segment", "Members")?;
    let wrong = |wrong| LakeError::step(&work.step.name, wrong);
    let found = if numbers_stay(work, now) {
        // Only those who moved are named.
        let found = apart(work, move || moves(&bitmaps, &lasts, Numbered::default(), Numbered::default())).await?;
        let found = found.map_err(wrong)?;
        let only = Some(Only::numbers_of("profile_no", Arc::new(found.numbers())));
        let seen = Seen { only, ..work.run.seen_by(work.step) };
        let now = numbered(Frame::gather_of(work, 2, now, seen).await?)?;
        let mut looked = work.run.rows_in_of(work.step);
        tables(&inputs[2]).for_each(|table| _ = looked.insert(table.clone(), now.no.len() as u64));
        work.run.looked(&work.step.name, looked);
        found.named(now)
    } else {
        let now = numbered(Frame::gather(work, 2, now).await?)?;
        let before = numbered(Frame::gather(work, 3, before).await?)?;
        apart(work, move || moves(&bitmaps, &lasts, now, before)).await?.map_err(wrong)?
    };
    let (found, at) = (Arc::new(found), work.run.now());
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

/// Whether everybody has the number of before: the table of profiles is as it was.
fn numbers_stay(work: &Landing<'_>, profiles: &Sql) -> bool {
    tables(profiles).all(|table| matches!(work.run.change(table), Some(Change::Same)))
}

fn tables(sql: &Sql) -> impl Iterator<Item = &onefold_model::TableName> {
    sql.pieces().iter().filter_map(|piece| match piece {
        Piece::Table(table) => Some(table),
        _ => None,
    })
}

fn numbered(mut profiles: Frame) -> Result<Numbered> {
    Ok(Numbered { id: profiles.text("CustomerId")?, no: profiles.all_small("profile_no")? })
}

/// Who entered and left some segments.
struct Changes {
    found: Arc<Moves>,
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
