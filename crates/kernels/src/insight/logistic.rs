//! Logistic: the odds of one of two outcomes as a weighted sum, fitted by Newton's method with a ridge.

/// Rows to fit: `width` numbers each, whether the outcome is the first, and how much the row counts.
pub(super) struct Rows<'a> {
    pub(super) width: usize,
    pub(super) values: &'a [f64],
    pub(super) hits: &'a [bool],
    pub(super) weights: &'a [f64],
}

/// The intercept and a weight for each number of a row, so that `1 / (1 + exp(-(intercept + Σ weight · number)))` is the
/// probability of a hit. `ridge` draws the weights towards 0, the intercept not.
pub(super) fn fit(rows: &Rows<'_>, ridge: f64) -> Vec<f64> {
    let size = rows.width + 1;
    let mut found = vec![0.0; size];
    for _ in 0..30 {
        let (mut slope, mut curve) = (vec![0.0; size], vec![0.0; size * size]);
        for (row, (hit, weight)) in rows.hits.iter().zip(rows.weights).enumerate() {
            let own = &rows.values[row * rows.width..(row + 1) * rows.width];
            let sum = found[0] + own.iter().zip(&found[1..]).map(|(a, b)| a * b).sum::<f64>();
            let chance = sigmoid(sum);
            let (miss, bend) = (weight * (f64::from(u8::from(*hit)) - chance), weight * chance * (1.0 - chance));
            let at = |place: usize| if place == 0 { 1.0 } else { own[place - 1] };
            for i in 0..size {
                slope[i] += miss * at(i);
                for j in 0..=i {
                    curve[i * size + j] += bend * at(i) * at(j);
                }
            }
        }
        for i in 1..size {
            slope[i] -= ridge * found[i];
            curve[i * size + i] += ridge;
        }
        curve[0] += 1e-12;
        let Some(step) = solve(&mut curve, &slope) else { break };
        let largest = step.iter().fold(0.0_f64, |most, own| most.max(own.abs()));
        // Long steps come from groups that are fully apart: they are cut, the ridge ends them.
        let scale = if largest > 5.0 { 5.0 / largest } else { 1.0 };
        found.iter_mut().zip(&step).for_each(|(own, step)| *own += scale * step);
        if largest < 1e-9 {
            break;
        }
    }
    found
}

/// The probability that log odds stand for.
pub(super) fn sigmoid(odds: f64) -> f64 {
    1.0 / (1.0 + (-odds).exp())
}

/// Solves a symmetric positive system, whose lower half is given, by Cholesky's method.
fn solve(matrix: &mut [f64], right: &[f64]) -> Option<Vec<f64>> {
    let size = right.len();
    for i in 0..size {
        for j in 0..=i {
            let mut sum = matrix[i * size + j];
            for k in 0..j {
                sum -= matrix[i * size + k] * matrix[j * size + k];
            }
            if i == j {
                if sum <= 0.0 || !sum.is_finite() {
                    return None;
                }
                matrix[i * size + i] = sum.sqrt();
            } else {
                matrix[i * size + j] = sum / matrix[j * size + j];
            }
        }
    }
    let mut found = right.to_vec();
    for i in 0..size {
        for k in 0..i {
            found[i] -= matrix[i * size + k] * found[k];
        }
        found[i] /= matrix[i * size + i];
    }
    for i in (0..size).rev() {
        for k in i + 1..size {
            found[i] -= matrix[k * size + i] * found[k];
        }
        found[i] /= matrix[i * size + i];
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odds_of_a_table_are_found() {
        // Of those with 1, 30 of 40 are hits; of those with 0, 10 of 40: log odds ln 3 and -ln 3.
        let values: Vec<f64> = (0..80).map(|n| f64::from(u8::from(n < 40))).collect();
        let hits: Vec<bool> = (0..80).map(|n| if n < 40 { n < 30 } else { n < 50 }).collect();
        let rows = Rows { width: 1, values: &values, hits: &hits, weights: &[1.0; 80] };
        let found = fit(&rows, 0.0);
        assert!((found[0] + 3.0_f64.ln()).abs() < 1e-6 && (found[1] - 2.0 * 3.0_f64.ln()).abs() < 1e-6, "{found:?}");
        assert!(fit(&rows, 5.0)[1] < found[1], "a ridge draws towards 0");
        let apart =
            Rows { width: 1, values: &[1.0, 1.0, 0.0, 0.0], hits: &[true, true, false, false], weights: &[1.0; 4] };
        assert!(fit(&apart, 0.1).iter().all(|weight| weight.is_finite() && weight.abs() < 20.0));
    }

    #[test]
    fn its_slope_is_flat_where_it_ends() {
        // Its naive twin: no small step in any direction makes the likelihood higher.
        let values: Vec<f64> = (0..120).map(|n| f64::from((n * 37 % 101) as u8) / 50.0 - 1.0).collect();
        let hits: Vec<bool> = (0..60).map(|n| (n * 7 % 11) < 5 || values[2 * n] > 0.6).collect();
        let rows = Rows { width: 2, values: &values, hits: &hits, weights: &[1.0; 60] };
        let likelihood = |at: &[f64]| -> f64 {
            let of = |n: usize| {
                let odds = at[0] + at[1] * values[2 * n] + at[2] * values[2 * n + 1];
                if hits[n] { sigmoid(odds).ln() } else { sigmoid(-odds).ln() }
            };
            (0..60).map(of).sum::<f64>() - 0.5 * (at[1] * at[1] + at[2] * at[2])
        };
        let found = fit(&rows, 1.0);
        for place in 0..3 {
            for step in [-1e-3, 1e-3] {
                let mut moved = found.clone();
                moved[place] += step;
                assert!(likelihood(&moved) < likelihood(&found), "{place} {step}");
            }
        }
    }
}
