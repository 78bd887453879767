//! Board: what is known of measures and segments while their levels are planned.
//!
//! Invariants
//! - Attributes of the highest level are written straight into `Customer_Measure`, which repeats those below; a
//!   definition that must come before reads `Measures_<level>`.
//! - A later level never reads `Customer_Measure` before it is whole.
//!
//! Not here: the order itself (`order`).

use std::collections::BTreeMap;
use std::sync::Arc;

use onefold_model::define::{Measure, MeasureKind};
use onefold_model::{DataType, Project, TableName};

use crate::order::{Item, Order};
use crate::segments::limit::holdout_of;

/// The table of a measure that is not an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MeasureTable {
    /// A customer measure.
    PerProfile(TableName),
    /// A business measure of one value.
    Scalar(TableName),
    /// A business measure with dimensions.
    Split(TableName),
}

impl MeasureTable {
    /// Its name.
    pub(crate) fn table(&self) -> &TableName {
        match self {
            Self::PerProfile(table) | Self::Scalar(table) | Self::Split(table) => table,
        }
    }
}

/// What is known of measures and segments.
#[derive(Debug, Default)]
pub(crate) struct Board {
    /// Who comes before whom.
    pub(crate) order: Order,
    attributes: BTreeMap<String, Attribute>,
    tables: BTreeMap<String, MeasureTable>,
    segments: BTreeMap<String, Option<usize>>,
    top: Option<usize>,
}

#[derive(Clone, Debug)]
struct Attribute {
    level: Option<usize>,
    ty: DataType,
    /// Whether it has a table of its own, as it is not worked out with every run.
    kept: bool,
}

impl Board {
    /// A board of all measures and segments; types of attributes are not known yet.
    pub(crate) fn new(project: &Project, order: Order) -> Self {
        let mut board = Self::default();
        for (i, measure) in project.measures.iter().enumerate().filter(|(_, measure)| measure.upkeep.is_active()) {
            let level = order.level(Item::Measure(i));
            let name = measure.name.value.clone();
            match measure.kind.value {
                MeasureKind::CustomerAttribute => {
                    board.top = board.top.max(level);
                    let kept = measure.upkeep.rhythm().is_some();
                    board.attributes.insert(name, Attribute { level, ty: DataType::Any, kept });
                }
                MeasureKind::CustomerMeasure => {
                    board.tables.insert(name, MeasureTable::PerProfile(table_of(measure)));
                }
                MeasureKind::BusinessMeasure if measure.dimensions.is_empty() && measure.values.len() == 1 => {
                    board.tables.insert(name, MeasureTable::Scalar(table_of(measure)));
                }
                MeasureKind::BusinessMeasure => {
                    board.tables.insert(name, MeasureTable::Split(table_of(measure)));
                }
            }
        }
        for (i, segment) in project.segments.iter().enumerate() {
            let level = order.level(Item::Segment(i));
            board.segments.insert(segment.name.value.clone(), level);
            if segment.holdout.is_some() {
                board.segments.insert(holdout_of(&segment.name), level);
            }
        }
        board.order = order;
        board
    }

    /// Notes the type of an attribute that has been planned.
    pub(crate) fn set_type(&mut self, attribute: &str, ty: DataType) {
        if let Some(attribute) = self.attributes.get_mut(attribute) {
            attribute.ty = ty;
        }
    }
    /// All attributes with their types, by name; `any` for those not planned yet.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&str, DataType)> {
        self.attributes.iter().map(|(name, attribute)| (name.as_str(), attribute.ty))
    }
    /// All measures with tables of their own.
    pub(crate) fn measure_tables(&self) -> impl Iterator<Item = (&str, &MeasureTable)> {
        self.tables.iter().map(|(name, table)| (name.as_str(), table))
    }
    /// All segments, circles included.
    pub(crate) fn segment_names(&self) -> Arc<[String]> {
        self.segments.keys().cloned().collect()
    }
    /// The highest level of attributes.
    pub(crate) fn top(&self) -> Option<usize> {
        self.top
    }
    /// The table that a definition of level `asking` reads an attribute from.
    pub(crate) fn home(&self, attribute: &str, asking: usize) -> TableName {
        if self.top.is_some_and(|top| asking <= top)
            && let Some(table) = self.home_of_kept(attribute)
        {
            return table;
        }
        match (self.attributes.get(attribute).and_then(|a| a.level), self.top) {
            (Some(level), Some(top)) if level < top && asking <= top => attributes_of(level),
            _ => customer_measure(),
        }
    }
    /// The table of an attribute that is not worked out with every run; none for others.
    pub(crate) fn home_of_kept(&self, attribute: &str) -> Option<TableName> {
        let kept = self.attributes.get(attribute)?.kept;
        kept.then(|| TableName::new(format!("{KEPT}{attribute}")))
    }
    /// The tables of such attributes up to a level.
    pub(crate) fn kept(&self, level: usize) -> Vec<TableName> {
        let up_to = self.attributes.iter().filter(|(_, a)| a.kept && a.level.is_some_and(|own| own <= level));
        up_to.filter_map(|(name, _)| self.home_of_kept(name)).collect()
    }
    /// The bitmaps that hold a segment's members, as those read them that come after it.
    pub(crate) fn bitmaps(&self, segment: &str) -> TableName {
        bitmaps_of(self.segments.get(segment).copied().flatten().unwrap_or_default())
    }
}

/// What the table of an attribute that is not worked out with every run begins with.
const KEPT: &str = "Measures_of_";

/// Whether a table is one of those, in which profiles may be absent.
pub(crate) fn is_kept(table: &TableName) -> bool {
    table.as_str().starts_with(KEPT)
}

/// `Customer_Measure`
pub(crate) fn customer_measure() -> TableName {
    TableName::from("Customer_Measure")
}
/// `Measures_<level>`: the attributes of one level.
pub(crate) fn attributes_of(level: usize) -> TableName {
    TableName::new(format!("Measures_{level}"))
}
/// `SegmentBitmap_<level>`: the members of the segments of one level.
pub(crate) fn bitmaps_of(level: usize) -> TableName {
    TableName::new(format!("SegmentBitmap_{level}"))
}
/// `Measure_<Name>`
pub(crate) fn table_of(measure: &Measure) -> TableName {
    TableName::new(format!("Measure_{}", measure.name.value))
}
