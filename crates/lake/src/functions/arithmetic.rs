//! Arithmetic: integers of 64 bits, and null where what comes out does not fit.
//!
//! Invariants
//! - A number that comes out is the exact one.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use arrow::datatypes::DataType as Arrow;

use super::{Argument, Function, Kind};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "integer_sum",
        takes: &[Kind::Integer, Kind::Integer],
        gives: || Arrow::Int64,
        call: |arguments| checked(arguments, i64::checked_add),
    },
    Function {
        name: "integer_difference",
        takes: &[Kind::Integer, Kind::Integer],
        gives: || Arrow::Int64,
        call: |arguments| checked(arguments, i64::checked_sub),
    },
    Function {
        name: "integer_product",
        takes: &[Kind::Integer, Kind::Integer],
        gives: || Arrow::Int64,
        call: |arguments| checked(arguments, i64::checked_mul),
    },
];

fn checked(arguments: &[Argument], work: fn(i64, i64) -> Option<i64>) -> ArrayRef {
    let pairs = arguments[0].integers().zip(arguments[1].integers());
    Arc::new(pairs.map(|(left, right)| work(left?, right?)).collect::<Int64Array>())
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray as _;
    use arrow::datatypes::Int64Type;

    use super::*;

    #[test]
    fn what_does_not_fit_is_null() {
        let column = |values: [Option<i64>; 5]| Argument {
            rows: values.len(),
            values: Arc::new(Int64Array::from(values.to_vec())),
            constant: false,
        };
        let both = [
            column([Some(1), Some(i64::MAX), Some(i64::MIN), None, Some(1 << 32)]),
            column([Some(2), Some(1), Some(1), Some(1), Some(1 << 32)]),
        ];
        let of = |name: &str| {
            let function = FUNCTIONS.iter().find(|function| function.name == name).expect("one of them");
            (function.call)(&both).as_primitive::<Int64Type>().iter().collect::<Vec<_>>()
        };
        assert_eq!(of("integer_sum"), [Some(3), None, Some(i64::MIN + 1), None, Some(1 << 33)]);
        assert_eq!(of("integer_difference"), [Some(-1), Some(i64::MAX - 1), None, None, Some(0)]);
        assert_eq!(of("integer_product"), [Some(2), Some(i64::MAX), Some(i64::MIN), None, None]);
    }
}
