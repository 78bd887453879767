//! Functions: what planned SQL may call beside the engine's own.
//!
//! | function | gives | |
//! |---|---|---|
//! | `bitmap_contains(bitmap, integer)` | boolean | whether a number is in a set |
//! | `bitmap_values(bitmap)` | list of 32 bit integers | the numbers of a set, ascending |
//! | `json_field(json, key)` | text | a field of a record: text as it is, records and lists as JSON |
//! | `json_elements(json)` | list of text | the elements of a list, likewise |
//! | `sha256_hex(text)` | text | 64 hex digits |
//! | `equals_ignoring_case(text, word)` | boolean | as `ilike` with a pattern of ASCII letters and signs and no wildcard |
//! | `integer_sum(a, b)`, `integer_difference(a, b)`, `integer_product(a, b)` | integer | null where it does not fit 64 bits |
//! | `local_time(instant, zone)` | timestamp without zone | the clock on the wall there |
//! | `instant_of(local, zone)` | instant | the first such instant; in a gap, as much later as the gap is long |
//! | `add_months(local, n)` | timestamp without zone | the same day, or the last of the month |
//! | `parse_number(text, locale)` | double | |
//! | `parse_date(text, format, locale)` | date | format as in strptime, or empty for ISO and what the locale writes |
//! | `parse_date_time(text, format, locale, zone)` | instant | likewise; the zone is for texts that name none |
//! | `normalize_numerals(text)`, and likewise `_symbols`, `_lowercase`, `_whitespace`, `_trim`, `_digits`, `_ascii`, `_name`, `_address`, `_organization` | text | as rules compare it (`onefold_kernels::normalize`) |
//! | `normalize_phone(text, country)` | text | likewise; the country of numbers that name none, or empty |
//!
//! Invariants
//! - Null in, null out, for every argument; a value that cannot be taken gives null, never an error.
//! - The same arguments give the same answer, on any machine.
//!
//! To add a function: its row above, its file, its line in [`all`].

mod arithmetic;
mod bitmaps;
mod case;
mod digest;
mod documents;
mod locale;
mod normalize;
mod parse;
mod times;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryViewArray, StringViewArray};
use arrow::datatypes::{DataType as Arrow, TimeUnit};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

/// All functions.
pub(crate) fn all() -> Vec<Arc<ScalarUDF>> {
    let groups = [
        arithmetic::FUNCTIONS,
        bitmaps::FUNCTIONS,
        case::FUNCTIONS,
        documents::FUNCTIONS,
        digest::FUNCTIONS,
        times::FUNCTIONS,
        parse::FUNCTIONS,
        normalize::FUNCTIONS,
    ];
    groups.into_iter().flatten().map(|function| Arc::new(ScalarUDF::from(Call::new(function)))).collect()
}

/// A function, as its file states it.
pub(crate) struct Function {
    name: &'static str,
    takes: &'static [Kind],
    gives: fn() -> Arrow,
    call: fn(&[Argument]) -> ArrayRef,
}

/// The kinds of arguments; what can be one without loss is made one by the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text, held as views.
    Text,
    /// A 64 bit integer.
    Integer,
    /// Microseconds in UTC.
    Instant,
    /// Microseconds of no zone.
    Local,
    /// Bytes, held as views.
    Bytes,
}

/// Values of one argument: one for every row, or the same for all.
pub(crate) struct Argument {
    values: ArrayRef,
    /// One value stands for so many rows.
    constant: bool,
    rows: usize,
}

impl Argument {
    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }
    /// The values, and the place in them of a row's value.
    pub(crate) fn at(&self, row: usize) -> usize {
        if self.constant { 0 } else { row }
    }
    /// Texts, row by row.
    pub(crate) fn texts(&self) -> impl Iterator<Item = Option<&str>> {
        use arrow::array::{Array as _, AsArray as _};
        let values: &StringViewArray = self.values.as_string_view();
        (0..self.rows).map(|row| self.at(row)).map(|at| values.is_valid(at).then(|| values.value(at)))
    }
    /// Texts, where there is one a row.
    pub(crate) fn views(&self) -> Option<&StringViewArray> {
        use arrow::array::AsArray as _;
        (!self.constant).then(|| self.values.as_string_view())
    }
    /// The text that stands for all rows, if one does.
    pub(crate) fn constant(&self) -> Option<Option<&str>> {
        self.constant.then(|| self.texts().next().flatten())
    }
    /// Bytes.
    pub(crate) fn bytes(&self) -> &BinaryViewArray {
        use arrow::array::AsArray as _;
        self.values.as_binary_view()
    }
    /// Integers or microseconds, row by row.
    pub(crate) fn integers(&self) -> impl Iterator<Item = Option<i64>> {
        use arrow::array::{Array as _, AsArray as _};
        use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
        let (nulls, values) = match self.values.data_type() {
            Arrow::Timestamp(..) => {
                let array = self.values.as_primitive::<TimestampMicrosecondType>();
                (array.nulls(), array.values())
            }
            _ => {
                let array = self.values.as_primitive::<Int64Type>();
                (array.nulls(), array.values())
            }
        };
        (0..self.rows)
            .map(|row| self.at(row))
            .map(move |at| nulls.is_none_or(|nulls| nulls.is_valid(at)).then(|| values[at]))
    }
}

impl Kind {
    fn arrow(self) -> Arrow {
        match self {
            Self::Text => Arrow::Utf8View,
            Self::Integer => Arrow::Int64,
            Self::Instant => Arrow::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Local => Arrow::Timestamp(TimeUnit::Microsecond, None),
            Self::Bytes => Arrow::BinaryView,
        }
    }
    fn takes(self, found: &Arrow) -> bool {
        match (self, found) {
            (_, Arrow::Null) => true,
            (Self::Text, Arrow::Dictionary(_, value)) => self.takes(value),
            (Self::Text, Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View) => true,
            (Self::Integer, found) => found.is_integer(),
            (Self::Instant, Arrow::Timestamp(_, zone)) => zone.is_some(),
            (Self::Local, Arrow::Timestamp(_, zone)) => zone.is_none(),
            (Self::Local, Arrow::Date32) => true,
            (Self::Bytes, Arrow::Binary | Arrow::LargeBinary | Arrow::BinaryView) => true,
            _ => false,
        }
    }
}

/// A function in the engine's terms.
struct Call {
    function: &'static Function,
    signature: Signature,
}

impl Call {
    fn new(function: &'static Function) -> Self {
        Self { function, signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.function.name)
    }
}
impl PartialEq for Call {
    fn eq(&self, other: &Self) -> bool {
        self.function.name == other.function.name
    }
}
impl Eq for Call {}
impl Hash for Call {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.name.hash(state);
    }
}

impl ScalarUDFImpl for Call {
    fn name(&self) -> &str {
        self.function.name
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn coerce_types(&self, found: &[Arrow]) -> Result<Vec<Arrow>> {
        let takes = self.function.takes;
        if found.len() != takes.len() || !takes.iter().zip(found).all(|(kind, found)| kind.takes(found)) {
            let list = |all: Vec<String>| all.join(", ").to_lowercase();
            let wanted = list(takes.iter().map(|kind| format!("{kind:?}")).collect());
            let found = list(found.iter().map(ToString::to_string).collect());
            return plan_err!("`{}` takes ({wanted}) and was given ({found})", self.function.name);
        }
        Ok(takes.iter().map(|kind| kind.arrow()).collect())
    }
    fn return_type(&self, _: &[Arrow]) -> Result<Arrow> {
        Ok((self.function.gives)())
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let all_constant = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if all_constant { 1 } else { args.number_rows };
        let arguments = args.args.into_iter().map(|arg| match arg {
            ColumnarValue::Array(values) => Ok(Argument { values, constant: false, rows }),
            // A value for all rows is not repeated: a bitmap may have a megabyte.
            ColumnarValue::Scalar(value) => Ok(Argument { values: value.to_array()?, constant: true, rows }),
        });
        let found = (self.function.call)(&arguments.collect::<Result<Vec<_>>>()?);
        Ok(if all_constant {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&found, 0)?)
        } else {
            ColumnarValue::Array(found)
        })
    }
}

/// Remembers the last outcome, for arguments that are the same in most rows.
pub(crate) struct Last<T> {
    key: Option<String>,
    made: Option<T>,
}

impl<T> Last<T> {
    pub(crate) fn new() -> Self {
        Self { key: None, made: None }
    }
    /// What is made of a text, made anew only when it differs from the last one.
    pub(crate) fn of(&mut self, text: &str, make: impl FnOnce(&str) -> Option<T>) -> Option<&T> {
        if self.key.as_deref() != Some(text) {
            self.made = make(text);
            self.key = Some(text.to_owned());
        }
        self.made.as_ref()
    }
}
