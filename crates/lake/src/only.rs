//! Only: the rows of tables that have one of some values in a column.
//!
//! Flow     numbers, or texts ─ a condition that the scan of a file looks at first ─ the other columns of those rows alone
//!
//! Invariants
//! - A row without a value is not one of them.
//!
//! Not here: which values (`grow`, `pick`).

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, BooleanArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType as Arrow, Int32Type};
use datafusion::catalog::TableProvider;
use datafusion::common::{Column as Reference, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{ColumnarValue, Expr, Volatility, create_udf, lit, not};
use datafusion::prelude::SessionContext;
use onefold_model::{Column, DataType};
use roaring::RoaringBitmap;

use crate::{LakeError, Result, query};

/// The rows that have one of some values in a column.
#[derive(Clone, Debug)]
pub(crate) struct Only {
    column: String,
    values: Values,
}

#[derive(Clone, Debug)]
pub(crate) enum Values {
    /// Small numbers.
    Numbers(Arc<RoaringBitmap>),
    /// Texts.
    Texts(Arc<HashSet<Box<str>>>),
}

impl Only {
    /// The rows of some numbers.
    pub(crate) fn numbers_of(column: &str, numbers: Arc<RoaringBitmap>) -> Self {
        Self { column: column.to_owned(), values: Values::Numbers(numbers) }
    }
    /// The rows of some texts.
    pub(crate) fn texts_of(column: &str, texts: HashSet<Box<str>>) -> Self {
        Self { column: column.to_owned(), values: Values::Texts(Arc::new(texts)) }
    }
    /// The numbers; none where it is of texts.
    pub(crate) fn numbers(&self) -> Option<&Arc<RoaringBitmap>> {
        match &self.values {
            Values::Numbers(numbers) => Some(numbers),
            Values::Texts(_) => None,
        }
    }
    /// Whether rows of these columns have such values.
    pub(crate) fn is_of(&self, columns: &[Column]) -> bool {
        let ty = match self.values {
            Values::Numbers(_) => DataType::Small,
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
            Values::Numbers(_) => Arrow::Int32,
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
            Values::Numbers(numbers) => {
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
            Self::Numbers(numbers) => {
                let is_among =
                    |no: Option<i32>| Some(no.is_some_and(|no| u32::try_from(no).is_ok_and(|no| numbers.contains(no))));
                rows.as_primitive::<Int32Type>().iter().map(is_among).collect()
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
