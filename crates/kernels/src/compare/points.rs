//! Points: distances on the globe.

/// Radius of the globe in kilometres (IUGG mean).
const RADIUS: f64 = 6371.0088;

/// Kilometres between two points of latitude and longitude in degrees, along a great circle (haversine).
pub fn kilometres(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (a, b) = if a <= b { (a, b) } else { (b, a) };
    let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
    let chord = half(a.0, b.0) + a.0.to_radians().cos() * b.0.to_radians().cos() * half(a.1, b.1);
    2.0 * RADIUS * chord.clamp(0.0, 1.0).sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_cities() {
        let (london, paris) = ((51.5074, -0.1278), (48.8566, 2.3522));
        assert!((kilometres(london, paris) - 343.6).abs() < 0.5);
        assert_eq!(kilometres(london, london), 0.0);
        assert!((kilometres((0.0, 179.5), (0.0, -179.5)) - 111.2).abs() < 0.1);
        assert!((kilometres((90.0, 0.0), (-90.0, 0.0)) - 20015.1).abs() < 0.1);
    }

    proptest::proptest! {
        #[test]
        fn as_the_law_of_cosines_has_it(a in -80.0..80.0, b in -179.0..179.0, c in -80.0..80.0, d in -179.0..179.0) {
            let (p, q): ((f64, f64), (f64, f64)) = ((a, b), (c, d));
            let cosine = p.0.to_radians().sin() * q.0.to_radians().sin()
                + p.0.to_radians().cos() * q.0.to_radians().cos() * (q.1 - p.1).to_radians().cos();
            proptest::prop_assert!((kilometres(p, q) - RADIUS * cosine.clamp(-1.0, 1.0).acos()).abs() < 0.5);
            proptest::prop_assert_eq!(kilometres(p, q).to_bits(), kilometres(q, p).to_bits());
        }
    }
}
