//! Keys: what conditions look at, and the constants that they compare it with.
//!
//! Invariants
//! - A key is worked out once a batch, whatever is asked of it.
//! - Thresholds of a key are sorted, and its other constants found by hash: thousands of either cost one pass over its
//!   values.
//! - Values in an order are compared as 64 bit integers in the engine's order; what such an integer cannot hold is no
//!   [`Value`].

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _};
use arrow::compute::cast;
use arrow::datatypes::TimeUnit;
use arrow::datatypes::{
    DataType as Arrow, Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType,
};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, ExprSchemable as _};
use datafusion::physical_plan::PhysicalExpr;

/// Something that conditions look at.
#[derive(Debug)]
pub(super) struct Key {
    /// How it is worked out.
    pub(super) expr: Arc<dyn PhysicalExpr>,
    /// The only column it reads, if that is a text.
    pub(super) text: Option<usize>,
    /// The slot of whether it is true.
    pub(super) truth: Option<usize>,
    /// Least values with the slots of whether it is as large, ascending.
    pub(super) cuts: Vec<(i64, usize)>,
    /// Values in an order, and the slots of whether it is one of them.
    pub(super) ordered: HashMap<i64, Vec<usize>, Quick>,
    /// Texts, likewise.
    pub(super) texts: HashMap<Box<str>, Vec<usize>, Quick>,
}

/// A constant that keys are compared with.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Value {
    /// In an order.
    Ordered(i64),
    /// A text.
    Text(Box<str>),
}

impl Value {
    /// A constant of a key's type; none if it is of another, or of one that is not compared here.
    pub(super) fn of(constant: &ScalarValue, ty: &Arrow) -> Option<Self> {
        let ordered = match constant {
            ScalarValue::Utf8(Some(text)) | ScalarValue::Utf8View(Some(text)) | ScalarValue::LargeUtf8(Some(text)) => {
                return is_text(ty).then(|| Self::Text(text.as_str().into()));
            }
            _ if constant.data_type() != *ty || !is_ordered(ty) => return None,
            ScalarValue::Int8(value) => i64::from((*value)?),
            ScalarValue::Int16(value) => i64::from((*value)?),
            ScalarValue::Int32(value) | ScalarValue::Date32(value) => i64::from((*value)?),
            ScalarValue::Int64(value) | ScalarValue::TimestampMicrosecond(value, _) => (*value)?,
            ScalarValue::Float64(value) => of_float((*value)?),
            ScalarValue::Decimal128(value, ..) => i64::try_from((*value)?).ok()?,
            _ => return None,
        };
        // The least and the largest stand for all beyond.
        (ordered > i64::MIN && ordered < i64::MAX).then_some(Self::Ordered(ordered))
    }
    /// Whether it is larger or smaller than others.
    pub(super) fn is_ordered(&self) -> bool {
        matches!(self, Self::Ordered(_))
    }
}

fn is_text(ty: &Arrow) -> bool {
    matches!(ty, Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View)
}

fn is_ordered(ty: &Arrow) -> bool {
    matches!(
        ty,
        Arrow::Int8
            | Arrow::Int16
            | Arrow::Int32
            | Arrow::Int64
            | Arrow::Date32
            | Arrow::Float64
            | Arrow::Decimal128(..)
            | Arrow::Timestamp(TimeUnit::Microsecond, _)
    )
}

/// A double as an integer of the same place in the engine's order: the total order of IEEE 754, but that -0.0 is 0.0.
fn of_float(value: f64) -> i64 {
    let bits = (value + 0.0).to_bits().cast_signed();
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}

/// Values in an order; those of rows without a value mean nothing.
pub(super) fn ordered(values: &ArrayRef, into: &mut Vec<i64>) -> Result<(), DataFusionError> {
    into.clear();
    match values.data_type() {
        Arrow::Int64 => into.extend_from_slice(values.as_primitive::<Int64Type>().values()),
        Arrow::Timestamp(TimeUnit::Microsecond, _) => {
            into.extend_from_slice(values.as_primitive::<TimestampMicrosecondType>().values());
        }
        Arrow::Date32 => into.extend(values.as_primitive::<Date32Type>().values().iter().map(|&v| i64::from(v))),
        Arrow::Float64 => into.extend(values.as_primitive::<Float64Type>().values().iter().map(|&v| of_float(v))),
        Arrow::Decimal128(..) => {
            let clamped = |v: &i128| (*v).clamp(i64::MIN.into(), i64::MAX.into()) as i64;
            into.extend(values.as_primitive::<Decimal128Type>().values().iter().map(clamped));
        }
        _ => {
            let values = cast(values, &Arrow::Int64)?;
            into.extend_from_slice(values.as_primitive::<Int64Type>().values());
        }
    }
    debug_assert_eq!(into.len(), values.len(), "a value a row");
    Ok(())
}

/// Keys while conditions are compiled.
#[derive(Default)]
pub(super) struct Keys {
    keys: Vec<Asked>,
    by_expression: HashMap<Expr, usize>,
    slots: usize,
}

struct Asked {
    expr: Expr,
    text: Option<usize>,
    truth: Option<usize>,
    cuts: HashMap<i64, usize>,
    lists: HashMap<Vec<Value>, usize>,
}

impl Keys {
    /// A slot of its own.
    pub(super) fn slot(&mut self) -> usize {
        self.slots += 1;
        self.slots - 1
    }
    /// The key of an expression over the columns `number`, `k0`, `k1`, ….
    pub(super) fn key(&mut self, expr: &Expr, schema: &DFSchema) -> Result<usize, DataFusionError> {
        if let Some(&known) = self.by_expression.get(expr) {
            return Ok(known);
        }
        let mut text = None;
        if let [only] = expr.column_refs().into_iter().collect::<Vec<_>>()[..]
            && is_text(&Expr::Column(only.clone()).get_type(schema)?)
        {
            text = schema.maybe_index_of_column(only);
        }
        let (truth, cuts, lists) = (None, HashMap::new(), HashMap::new());
        self.keys.push(Asked { expr: expr.clone(), text, truth, cuts, lists });
        self.by_expression.insert(expr.clone(), self.keys.len() - 1);
        Ok(self.keys.len() - 1)
    }
    /// Whether a key is true.
    pub(super) fn truth(&mut self, key: usize) -> usize {
        match self.keys[key].truth {
            Some(slot) => slot,
            None => {
                let slot = self.slot();
                *self.keys[key].truth.insert(slot)
            }
        }
    }
    /// Whether a key is one of some values.
    pub(super) fn any_of(&mut self, key: usize, mut values: Vec<Value>) -> usize {
        values.sort_unstable();
        values.dedup();
        let next = self.slots;
        let slot = *self.keys[key].lists.entry(values).or_insert(next);
        self.slots = self.slots.max(slot + 1);
        slot
    }
    /// Whether a key is a value.
    pub(super) fn one_of(&mut self, key: usize, value: Value) -> Option<usize> {
        Some(self.any_of(key, vec![value]))
    }
    /// Whether a key is as large as a value.
    pub(super) fn at_least(&mut self, key: usize, value: Value) -> Option<usize> {
        let Value::Ordered(least) = value else { return None };
        let next = self.slots;
        let slot = *self.keys[key].cuts.entry(least).or_insert(next);
        self.slots = self.slots.max(slot + 1);
        Some(slot)
    }
    /// Whether a key is larger than a value.
    pub(super) fn above(&mut self, key: usize, value: Value) -> Option<usize> {
        let Value::Ordered(value) = value else { return None };
        self.at_least(key, Value::Ordered(value + 1))
    }
    /// All keys, ready to be worked out, and the number of slots.
    pub(super) fn done(
        self,
        compile: impl Fn(Expr) -> Result<Arc<dyn PhysicalExpr>, DataFusionError>,
    ) -> Result<(Vec<Key>, usize), DataFusionError> {
        let ready = |asked: Asked| {
            let mut cuts: Vec<(i64, usize)> = asked.cuts.into_iter().collect();
            cuts.sort_unstable();
            let mut key = Key {
                expr: compile(asked.expr)?,
                text: asked.text,
                truth: asked.truth,
                cuts,
                ordered: HashMap::default(),
                texts: HashMap::default(),
            };
            for (values, slot) in asked.lists {
                for value in values {
                    match value {
                        Value::Ordered(value) => key.ordered.entry(value).or_default().push(slot),
                        Value::Text(text) => key.texts.entry(text).or_default().push(slot),
                    }
                }
            }
            Ok(key)
        };
        Ok((self.keys.into_iter().map(ready).collect::<Result<_, DataFusionError>>()?, self.slots))
    }
}

/// A hash that is quick rather than safe from those who choose values to collide: what they would slow down is their
/// own scan.
pub(super) type Quick = BuildHasherDefault<QuickHasher>;

/// See [`Quick`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct QuickHasher(u64);

impl QuickHasher {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for QuickHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.add(u64::from_le_bytes(*word)));
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.add(u64::from_le_bytes(last) ^ ((rest.len() as u64) << 56));
    }
    fn write_u8(&mut self, value: u8) {
        self.add(value.into());
    }
    fn write_u64(&mut self, value: u64) {
        self.add(value);
    }
    fn write_i64(&mut self, value: i64) {
        self.add(value.cast_unsigned());
    }
    fn write_u128(&mut self, value: u128) {
        self.add(value as u64);
        self.add((value >> 64) as u64);
    }
    fn finish(&self) -> u64 {
        // The table takes its place from the low bits, the product has its best in the high ones.
        self.0 ^ (self.0 >> 32)
    }
}
