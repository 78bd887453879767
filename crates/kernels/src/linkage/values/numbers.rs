//! Numbers and points.

/// A number as it is read leniently: without signs of money and separators of thousands.
pub(super) fn number(text: &str) -> Option<String> {
    read(text).map(|number| number.to_string())
}

/// `latitude,longitude` in degrees; 0,0 is no place.
pub(super) fn point(text: &str) -> Option<String> {
    let text = text.trim_matches(['(', ')', '[', ']']);
    let (latitude, longitude) =
        text.split_once(',').or_else(|| text.split_once(';')).or_else(|| text.split_once(' '))?;
    let (latitude, longitude): (f64, f64) = (latitude.trim().parse().ok()?, longitude.trim().parse().ok()?);
    let on_earth = latitude.abs() <= 90.0 && longitude.abs() <= 180.0 && (latitude, longitude) != (0.0, 0.0);
    on_earth.then(|| format!("{latitude},{longitude}"))
}

fn read(text: &str) -> Option<f64> {
    let kept: String = text
        .chars()
        .filter(|letter| letter.is_ascii_digit() || matches!(letter, '.' | ',' | '-' | 'e' | '+'))
        .collect();
    let kept = kept.trim_matches('e');
    // The last of comma and point parts the decimals; a comma before three digits parts thousands.
    let decimal_comma = match (kept.rfind(','), kept.rfind('.')) {
        (Some(comma), Some(point)) => comma > point,
        (Some(comma), None) => kept.matches(',').count() == 1 && kept.len() - comma != 4,
        _ => false,
    };
    let plain = if decimal_comma { kept.replace('.', "").replace(',', ".") } else { kept.replace(',', "") };
    plain.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| if number == 0.0 { 0.0 } else { number })
}
