//! Only: the rows of tables that have one of some values in a column.
//!
//! Flow     numbers, or texts ─ a condition that the scan of a file looks at first ─ the other columns of those rows alone
//!
//! Invariants
//! - A row without a value is not one of them.
//!
//! Not here: which values (`grow`, `pick`).

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, BooleanArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType as Arrow, Int32Type};
use datafusion::catalog::TableProvider;
use datafusion::common::{Column as Reference, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{ColumnarValue, Expr, Volatility, create_udf, lit, not};
use datafusion::prelude::SessionContext;
use onefold_model::{Column, DataType};
use roaring::RoaringBitmap;
use rustc_hash::FxHashSet;

use crate::{LakeError, Result, query};

/// The rows that have one of some values in a column.
#[derive(Clone, Debug)]
pub(crate) struct Only {
    column: String,
    values: Values,
}

#[derive(Clone, Debug)]
pub(crate) enum Values {
    /// Small numbers; with a bit for each number there may be, since every row is looked up.
    Numbers(Arc<RoaringBitmap>, Arc<[u64]>),
    /// Texts.
    Texts(Arc<FxHashSet<Box<str>>>),
}

impl Only {
    /// The rows of some numbers.
    pub(crate) fn numbers_of(column: &str, numbers: Arc<RoaringBitmap>) -> Self {
        let mut bits = vec![0; numbers.max().map_or(0, |most| most as usize / 64 + 1)];
        numbers.iter().for_each(|number| bits[number as usize / 64] |= 1 << (number % 64));
        Self { column: column.to_owned(), values: Values::Numbers(numbers, bits.into()) }
    }
    /// The rows of some texts.
    pub(crate) fn texts_of(column: &str, texts: FxHashSet<Box<str>>) -> Self {
        Self { column: column.to_owned(), values: Values::Texts(Arc::new(texts)) }
    }
    /// The numbers; none where it is of texts.
    pub(crate) fn numbers(&self) -> Option<&Arc<RoaringBitmap>> {
        match &self.values {
            Values::Numbers(numbers, _) => Some(numbers),
            Values::Texts(_) => None,
        }
    }
    /// Whether rows of these columns have such values.
    pub(crate) fn is_of(&self, columns: &[Column]) -> bool {
        let ty = match self.values {
            Values::Numbers(..) => DataType::Small,
            Values::Texts(_) => DataType::Text,
        };
        columns.iter().any(|column| column.name == self.column.as_str() && column.ty == ty)
    }
    /// The rows of a relation that have one of the values.
    pub(crate) fn of(&self, context: &SessionContext, whole: Arc<dyn TableProvider>) -> Result<Arc<dyn TableProvider>> {
        let some = context.read_table(whole).and_then(|rows| rows.filter(self.within()));
        Ok(some.map_err(|error| LakeError::Run(query::plain(&error)))?.into_view())
    }
    /// How many rows of a relation that are.
    pub(crate) async fn count(&self, context: &SessionContext, whole: Arc<dyn TableProvider>) -> Result<u64> {
        let failed = |error: DataFusionError| LakeError::Run(query::plain(&error));
        let some = context.read_table(whole).and_then(|rows| rows.filter(self.within())).map_err(failed)?;
        Ok(some.count().await.map_err(failed)? as u64)
    }
    /// Whether the row's value is one of them; no for a row without.
    pub(crate) fn within(&self) -> Expr {
        let value = Expr::Column(Reference::new_unqualified(self.column.as_str()));
        let ty = match self.values {
            Values::Numbers(..) => Arrow::Int32,
            Values::Texts(_) => Arrow::Utf8View,
        };
        let values = self.values.clone();
        let among = create_udf(
            "is_among",
            vec![ty],
            Arrow::Boolean,
            Volatility::Immutable,
            Arc::new(move |arguments: &[ColumnarValue]| values.among(arguments)),
        );
        let among = among.call(vec![value.clone()]);
        // Bounds let whole row groups be passed over.
        let within =
            |least: ScalarValue, most: ScalarValue| value.clone().gt_eq(lit(least)).and(value.lt_eq(lit(most)));
        match &self.values {
            Values::Numbers(numbers, _) => {
                let bound = |bound: Option<u32>| ScalarValue::Int32(bound.and_then(|bound| i32::try_from(bound).ok()));
                within(bound(numbers.min()), bound(numbers.max())).and(among)
            }
            Values::Texts(texts) => {
                let bound = |bound: Option<&Box<str>>| ScalarValue::Utf8View(bound.map(ToString::to_string));
                within(bound(texts.iter().min()), bound(texts.iter().max())).and(among)
            }
        }
    }
    /// Whether it is none of them.
    pub(crate) fn without(&self) -> Expr {
        let value = Expr::Column(Reference::new_unqualified(self.column.as_str()));
        value.is_null().or(not(self.within()))
    }
}

impl Values {
    fn among(&self, arguments: &[ColumnarValue]) -> std::result::Result<ColumnarValue, DataFusionError> {
        let rows = match &arguments[0] {
            ColumnarValue::Array(rows) => Arc::clone(rows),
            ColumnarValue::Scalar(one) => one.to_array()?,
        };
        let found: BooleanArray = match self {
            Self::Numbers(_, bits) => {
                let (there, rows) = (rows.nulls(), rows.as_primitive::<Int32Type>());
                let is_among = |no: i32| {
                    usize::try_from(no).is_ok_and(|no| bits.get(no / 64).is_some_and(|word| word >> (no % 64) & 1 == 1))
                };
                let found = BooleanBuffer::collect_bool(rows.len(), |at| is_among(rows.value(at)));
                BooleanArray::from(match there {
                    Some(there) => &found & there.inner(),
                    None => found,
                })
            }
            Self::Texts(texts) => {
                let rows = cast(&rows, &Arrow::Utf8View)?;
                let is_among = |text: Option<&str>| Some(text.is_some_and(|text| texts.contains(text)));
                rows.as_string_view().iter().map(is_among).collect()
            }
        };
        let found: ArrayRef = Arc::new(found);
        Ok(ColumnarValue::Array(found))
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int32Array, StringViewArray};

    use super::*;

    fn found(only: &Only, rows: ArrayRef) -> Vec<bool> {
        let ColumnarValue::Array(found) = only.values.among(&[ColumnarValue::Array(rows)]).unwrap() else {
            panic!("an array")
        };
        found.as_boolean().iter().map(Option::unwrap).collect()
    }

    #[test]
    fn a_row_is_one_of_the_numbers_or_is_not() {
        let rows = [Some(0), Some(1), None, Some(63), Some(64), Some(-1), Some(65), Some(1000), Some(i32::MAX)];
        for numbers in [vec![], vec![0], vec![1, 64, 65], vec![63, 1000], vec![1_000_000]] {
            let only = Only::numbers_of("n", Arc::new(numbers.iter().copied().collect()));
            let is_one = |no: &Option<i32>| {
                no.is_some_and(|no| numbers.iter().any(|one: &u32| i64::from(*one) == i64::from(no)))
            };
            let expected: Vec<bool> = rows.iter().map(is_one).collect();
            assert_eq!(found(&only, Arc::new(Int32Array::from(rows.to_vec()))), expected, "{numbers:?}");
            // A part of an array begins within a word of its bits.
            let part = Int32Array::from(rows.to_vec()).slice(2, 6);
            assert_eq!(found(&only, Arc::new(part)), expected[2..8], "{numbers:?}");
        }
    }

    #[test]
    fn a_row_is_one_of_the_texts_or_is_not() {
        let texts = ["a", "a text longer than what a view holds"].map(Box::from);
        let only = Only::texts_of("t", texts.into_iter().collect());
        let rows = vec![Some("a"), None, Some(""), Some("a text longer than what a view holds"), Some("A")];
        assert_eq!(found(&only, Arc::new(StringViewArray::from(rows))), [true, false, false, true, false]);
    }
}
