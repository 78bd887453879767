//! Define: what users write, one struct a definition, one file a kind.
//!
//! Invariants
//! - Field names are the keys of the files. What is optional in a file is an `Option` or an empty list.
//! - Every name and expression keeps its place, so that whoever finds a fault can point at it.
//!
//! Not here: reading files (`load`), what definitions mean (`onefold-stages`).

mod activity;
mod activity_type;
mod example;
mod export;
mod measure;
mod merge;
mod relationship;
mod segment;
mod settings;
mod source;
mod unify;
mod upkeep;
mod window;

pub use activity::Activity;
pub use activity_type::{ACTIVITY_TYPES, ActivityField, ActivityType, ICONS, activity_type};
pub use example::{Example, ExampleRow};
pub use export::{Auth, Connection, ConnectionKind, Export, ExportFormat, MatchKey, Secret};
pub use measure::{Calculation, DateBucket, Dimension, Measure, MeasureKind, Replacement, RollUp, UsedTable};
pub use merge::{Cluster, Merge, MergeColumn, MergeGroup, MergePolicy};
pub use relationship::{Cardinality, Relationship, TableColumn};
pub use segment::{
    Expectation, Holdout, Neighbor, Pick, ProjectedColumn, Refresh, Segment, SegmentLimit, SegmentRule, TimeUnit,
    Times, Within,
};
pub use settings::{Clock, Live, Schedule, Settings};
pub use source::{Location, RefreshWhen, Source, SourceKind, SourceTable, TransformStep};
pub use unify::{
    Condition, ConditionSide, Deduplicate, DeduplicateRule, Keep, MapTable, MatchRule, Normalize, Precision, Unify,
};
pub use upkeep::{Every, Rhythm, Upkeep, WEEKDAYS};
pub use window::{Stretch, Window, WindowUnit};

use crate::{SourceFile, Spanned};

/// Everything a project folder says.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// The folder, as given.
    pub root: std::path::PathBuf,
    /// The files that were read: definitions in order of path, then the files they point at; `At::file` counts them.
    pub files: Vec<SourceFile>,
    /// `onefold.yaml`
    pub settings: Settings,
    /// `sources/*.yaml`, by name.
    pub sources: Vec<Source>,
    /// `unify.yaml`
    pub unify: Option<Unify>,
    /// `relationships.yaml`, in order.
    pub relationships: Vec<Relationship>,
    /// `activities/*.yaml`, by name.
    pub activities: Vec<Activity>,
    /// `measures/*.yaml`, by name.
    pub measures: Vec<Measure>,
    /// `segments/*.yaml`, by name.
    pub segments: Vec<Segment>,
    /// `connections/*.yaml`, by name.
    pub connections: Vec<Connection>,
    /// `exports/*.yaml`, by name.
    pub exports: Vec<Export>,
    /// What `renamed_from:` says, in order of path.
    pub renamed: Vec<Renamed>,
}

/// A definition that had another name before.
#[derive(Clone, Debug, PartialEq)]
pub struct Renamed {
    /// The folder of its kind: `segments`.
    pub folder: &'static str,
    /// The name before.
    pub from: Spanned<String>,
    /// The name now.
    pub to: String,
}

impl Project {
    /// The source of that name.
    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.name.value == name)
    }
    /// The measure of that name.
    pub fn measure(&self, name: &str) -> Option<&Measure> {
        self.measures.iter().find(|measure| measure.name.value == name)
    }
    /// The segment of that name.
    pub fn segment(&self, name: &str) -> Option<&Segment> {
        self.segments.iter().find(|segment| segment.name.value == name)
    }
    /// The relationship of that name.
    pub fn relationship(&self, name: &str) -> Option<&Relationship> {
        self.relationships.iter().find(|relationship| relationship.name.value == name)
    }
    /// The connection of that name.
    pub fn connection(&self, name: &str) -> Option<&Connection> {
        self.connections.iter().find(|connection| connection.name.value == name)
    }
    /// The export of that name.
    pub fn export(&self, name: &str) -> Option<&Export> {
        self.exports.iter().find(|export| export.name.value == name)
    }
    /// The source and its table that a table of the lake comes from, ignoring case: `Shop_orders`.
    pub fn source_table(&self, name: &str) -> Option<(&Source, &SourceTable)> {
        let folded = name.to_lowercase();
        self.sources
            .iter()
            .flat_map(|source| source.tables.iter().map(move |table| (source, table)))
            .find(|(source, table)| source.table_name(table).folded() == folded)
    }
    /// The time zone of the project; UTC when it names none that there is.
    pub fn time_zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get(&self.settings.time_zone).unwrap_or(jiff::tz::TimeZone::UTC)
    }
}
