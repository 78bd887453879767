//! Significance: how likely a difference as large as one seen is by chance alone.

/// The two-sided tail of the normal distribution beyond `z` standard deviations (Abramowitz and Stegun 26.2.17 beyond the
/// middle; relative error below 1e-4 where it matters).
pub(super) fn beyond(z: f64) -> f64 {
    let z = z.abs();
    if z.is_nan() {
        return 1.0;
    }
    // erfc by the continued fraction of Lentz for large arguments, by the series for small ones.
    let x = z / std::f64::consts::SQRT_2;
    if x < 2.0 {
        let (mut term, mut sum) = (x, x);
        for n in 1..80 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        return (1.0 - 2.0 / std::f64::consts::PI.sqrt() * sum).max(0.0);
    }
    let mut fraction = 0.0;
    for n in (1..60).rev() {
        fraction = f64::from(n) / 2.0 / (x + fraction);
    }
    ((-x * x).exp() / std::f64::consts::PI.sqrt() / (x + fraction)).max(0.0)
}

/// How far apart the shares of two groups are, in standard deviations of what chance gives (pooled).
pub(super) fn shares(hits1: u64, n1: u64, hits2: u64, n2: u64) -> f64 {
    let (n1, n2) = (n1 as f64, n2 as f64);
    if n1 == 0.0 || n2 == 0.0 {
        return 0.0;
    }
    let pooled = (hits1 + hits2) as f64 / (n1 + n2);
    let variance = pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2);
    if variance <= 0.0 { 0.0 } else { (hits1 as f64 / n1 - hits2 as f64 / n2) / variance.sqrt() }
}

/// Numbers of a group, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Moments {
    pub(super) n: u64,
    pub(super) sum: i128,
    pub(super) squares: i128,
}

impl Moments {
    pub(super) fn add(&mut self, value: i64) {
        self.n += 1;
        self.sum += i128::from(value);
        self.squares += i128::from(value) * i128::from(value);
    }
    pub(super) fn join(&mut self, other: &Self) {
        self.n += other.n;
        self.sum += other.sum;
        self.squares += other.squares;
    }
    pub(super) fn without(&self, other: &Self) -> Self {
        Self { n: self.n - other.n, sum: self.sum - other.sum, squares: self.squares - other.squares }
    }
    pub(super) fn mean(&self) -> f64 {
        if self.n == 0 { 0.0 } else { self.sum as f64 / self.n as f64 }
    }
    /// The sum of squares about the mean.
    pub(super) fn scatter(&self) -> f64 {
        if self.n == 0 {
            return 0.0;
        }
        (self.squares as f64 - self.sum as f64 * (self.sum as f64 / self.n as f64)).max(0.0)
    }
}

/// How far apart the means of two groups are, in standard deviations of what chance gives (Welch).
pub(super) fn means(a: &Moments, b: &Moments) -> f64 {
    if a.n < 2 || b.n < 2 {
        return 0.0;
    }
    let of = |group: &Moments| group.scatter() / (group.n - 1) as f64 / group.n as f64;
    let variance = of(a) + of(b);
    let apart = a.mean() - b.mean();
    match (variance > 0.0, apart == 0.0) {
        (true, _) => apart / variance.sqrt(),
        (false, true) => 0.0,
        // Two groups of equal numbers each.
        (false, false) => f64::MAX.sqrt() * apart.signum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_of_tables() {
        for (z, p) in [
            (0.0, 1.0),
            (1.0, 0.317_310_5),
            (1.959_964, 0.05),
            (2.575_829, 0.01),
            (3.0, 0.002_699_8),
            (5.0, 5.733_03e-7),
        ] {
            let found = beyond(z);
            assert!((found - p).abs() <= 1e-5 * p + 1e-12, "{z}: {found} is not {p}");
            assert!((beyond(-z) - found).abs() < 1e-15);
        }
        assert!(beyond(40.0) < 1e-300);
    }

    #[test]
    fn differences_are_counted_in_standard_deviations() {
        // 60 of 100 beside 40 of 100: pooled 0.5, standard error 0.0707.
        assert!((shares(60, 100, 40, 100) - 2.828_427).abs() < 1e-5);
        assert_eq!((shares(5, 5, 9, 9), shares(0, 0, 1, 2)), (0.0, 0.0));
        let of = |values: &[i64]| {
            let mut all = Moments::default();
            values.iter().for_each(|value| all.add(*value));
            all
        };
        let (a, b) = (of(&[1, 2, 3, 4]), of(&[3, 4, 5, 6]));
        // Means 2.5 and 4.5, variances 5/3 each: 2 / sqrt(2 · 5/12).
        assert!((means(&a, &b) + 2.0 / (10.0_f64 / 12.0).sqrt()).abs() < 1e-9);
        assert_eq!(a.without(&of(&[4])), of(&[1, 2, 3]));
    }
}
