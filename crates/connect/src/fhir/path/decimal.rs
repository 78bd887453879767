//! Decimal: exact numbers, as FHIR writes them: the digits after the point tell the precision.
//!
//! Invariants
//! - No operation rounds but division, which keeps 12 digits after the point; what does not fit is `None`.

use std::cmp::Ordering;
use std::fmt;

/// `units` times ten to the power of minus `scale`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal {
    units: i128,
    scale: u32,
}

fn ten(power: u32) -> Option<i128> {
    10i128.checked_pow(power)
}

impl Decimal {
    /// A whole number.
    pub(crate) fn whole(value: i64) -> Self {
        Self { units: i128::from(value), scale: 0 }
    }

    /// Reads `-1.50` or `1.5e3`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = whole.strip_prefix(['-', '+']).unwrap_or(whole);
        if digits.is_empty() || mantissa.ends_with('.') {
            return None;
        }
        let mut units: i128 = 0;
        for digit in digits.bytes().chain(fraction.bytes()) {
            if !digit.is_ascii_digit() {
                return None;
            }
            units = units.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
        }
        if whole.starts_with('-') {
            units = -units;
        }
        let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        if scale >= 0 {
            return (scale <= 60).then_some(Self { units, scale: scale as u32 });
        }
        Some(Self { units: units.checked_mul(ten(scale.unsigned_abs())?)?, scale: 0 })
    }

    fn at_scale(self, scale: u32) -> Option<i128> {
        self.units.checked_mul(ten(scale.checked_sub(self.scale)?)?)
    }

    fn aligned(self, other: Self) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        Some((self.at_scale(scale)?, other.at_scale(scale)?, scale))
    }

    /// Which is larger.
    pub(crate) fn compare(self, other: Self) -> Ordering {
        match self.aligned(other) {
            Some((left, right, _)) => left.cmp(&right),
            None => self.double().total_cmp(&other.double()),
        }
    }
    /// The sum.
    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        let (left, right, scale) = self.aligned(other)?;
        Some(Self { units: left.checked_add(right)?, scale })
    }
    /// The number with the other sign.
    pub(crate) fn negated(self) -> Self {
        Self { units: -self.units, ..self }
    }
    /// The difference.
    pub(crate) fn minus(self, other: Self) -> Option<Self> {
        self.plus(other.negated())
    }
    /// The product.
    pub(crate) fn times(self, other: Self) -> Option<Self> {
        Some(Self { units: self.units.checked_mul(other.units)?, scale: self.scale + other.scale }.trimmed(0))
    }
    /// The quotient; `None` for a division by zero.
    pub(crate) fn over(self, other: Self) -> Option<Self> {
        const KEPT: u32 = 12;
        if other.units == 0 {
            return None;
        }
        let shift = KEPT + other.scale;
        let units = self.units.checked_mul(ten(shift)?)?;
        // The shift took the divisor's scale out; what remains is the dividend's and the digits kept.
        Some(Self { units: units.checked_div(other.units)?, scale: self.scale + KEPT }.trimmed(0))
    }
    /// The whole part of the quotient.
    pub(crate) fn div(self, other: Self) -> Option<i64> {
        let (left, right, _) = self.aligned(other)?;
        i64::try_from(left.checked_div(right)?).ok()
    }
    /// What whole division leaves.
    pub(crate) fn modulo(self, other: Self) -> Option<Self> {
        let (left, right, scale) = self.aligned(other)?;
        Some(Self { units: left.checked_rem(right)?, scale })
    }

    /// Without zeros at the end of the fraction, but for `least` digits.
    fn trimmed(mut self, least: u32) -> Self {
        while self.scale > least && self.units % 10 == 0 {
            self.units /= 10;
            self.scale -= 1;
        }
        self
    }

    /// The number as an integer, when it is one.
    pub(crate) fn integer(self) -> Option<i64> {
        let whole = self.trimmed(0);
        (whole.scale == 0).then(|| i64::try_from(whole.units).ok()).flatten()
    }
    /// The nearest double.
    pub(crate) fn double(self) -> f64 {
        self.units as f64 / 10f64.powi(self.scale as i32)
    }
    /// The largest integer not above; `up`: the smallest not below.
    pub(crate) fn rounded(self, up: bool) -> Option<i64> {
        let unit = ten(self.scale)?;
        let floor = self.units.div_euclid(unit);
        i64::try_from(if up && self.units.rem_euclid(unit) != 0 { floor + 1 } else { floor }).ok()
    }
    /// The nearest number with so many digits after the point; halves go away from zero.
    pub(crate) fn round(self, digits: u32) -> Option<Self> {
        if self.scale <= digits {
            return Some(self);
        }
        let unit = ten(self.scale - digits)?;
        let half = if self.units < 0 { -unit / 2 } else { unit / 2 };
        Some(Self { units: (self.units + half) / unit, scale: digits })
    }
    /// The number cut to its whole part.
    pub(crate) fn truncated(self) -> Option<i64> {
        i64::try_from(self.units / ten(self.scale)?).ok()
    }
    /// The least (or greatest) number that, rounded to the precision written, is this one: 1.0 is 0.95 to 1.05.
    pub(crate) fn boundary(self, high: bool) -> Option<Self> {
        let units = self.units.checked_mul(10)?;
        Some(Self { units: if high { units + 5 } else { units - 5 }, scale: self.scale + 1 })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.units.unsigned_abs().to_string();
        let scale = self.scale as usize;
        let sign = if self.units < 0 { "-" } else { "" };
        if scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = padded.split_at(padded.len() - scale);
        write!(f, "{sign}{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Decimal {
        Decimal::parse(text).expect("a number")
    }

    #[test]
    fn sums_and_quotients() {
        assert_eq!(of("0.1").plus(of("0.2")).map(|sum| sum.to_string()).as_deref(), Some("0.3"));
        assert_eq!(of("1").over(of("4")).map(|part| part.to_string()).as_deref(), Some("0.25"));
        assert_eq!(of("2").over(of("3")).map(|part| part.to_string()).as_deref(), Some("0.666666666666"));
        assert_eq!(of("7").over(of("0.5")).and_then(Decimal::integer), Some(14));
        assert!(of("1").over(of("0")).is_none());
        assert_eq!(of("-7").div(of("2")), Some(-3));
        assert_eq!(of("1.0").boundary(false).map(|low| low.to_string()).as_deref(), Some("0.95"));
        assert_eq!(of("-1.50").to_string(), "-1.50");
        assert_eq!(of("1.5e3").to_string(), "1500");
        assert_eq!(of("-2.5").rounded(false), Some(-3));
        assert_eq!(of("2.5").round(0).map(|number| number.to_string()).as_deref(), Some("3"));
    }
}
