//! Bitmaps: sets of numbers, in the portable form of Roaring.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, BooleanArray, Int32Builder, ListBuilder};
use arrow::datatypes::{DataType as Arrow, Field};
use roaring::RoaringBitmap;

use super::{Argument, Function, Kind};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "bitmap_contains",
        takes: &[Kind::Bytes, Kind::Integer],
        gives: || Arrow::Boolean,
        call: |arguments| contains(&arguments[0], &arguments[1]),
    },
    Function {
        name: "bitmap_values",
        takes: &[Kind::Bytes],
        gives: || Arrow::List(Arc::new(Field::new("item", Arrow::Int32, true))),
        call: |arguments| values(&arguments[0]),
    },
];

/// Bitmaps row by row; the same one in many rows is read once.
struct Bitmaps<'a> {
    argument: &'a Argument,
    last: Option<(u128, Option<RoaringBitmap>)>,
}

impl<'a> Bitmaps<'a> {
    fn new(argument: &'a Argument) -> Self {
        Self { argument, last: None }
    }
    /// The bitmap of a row; none where it is null or no bitmap.
    fn at(&mut self, row: usize) -> Option<&RoaringBitmap> {
        let (at, all) = (self.argument.at(row), self.argument.bytes());
        if all.is_null(at) {
            return None;
        }
        // Equal views point to equal bytes of the same array.
        let view = all.views()[at];
        if self.last.as_ref().is_none_or(|(known, _)| *known != view) {
            self.last = Some((view, RoaringBitmap::deserialize_from(all.value(at)).ok()));
        }
        self.last.as_ref().and_then(|(_, bitmap)| bitmap.as_ref())
    }
}

fn contains(bitmaps: &Argument, numbers: &Argument) -> ArrayRef {
    let mut sets = Bitmaps::new(bitmaps);
    let found = numbers.integers().enumerate().map(|(row, number)| {
        let set = sets.at(row)?;
        number.map(|number| u32::try_from(number).is_ok_and(|number| set.contains(number)))
    });
    Arc::new(found.collect::<BooleanArray>())
}

fn values(bitmaps: &Argument) -> ArrayRef {
    let mut sets = Bitmaps::new(bitmaps);
    let mut lists = ListBuilder::new(Int32Builder::new());
    for row in 0..bitmaps.rows() {
        let set = sets.at(row);
        set.into_iter()
            .flatten()
            .filter_map(|number| i32::try_from(number).ok())
            .for_each(|number| lists.values().append_value(number));
        lists.append(set.is_some());
    }
    Arc::new(lists.finish())
}
