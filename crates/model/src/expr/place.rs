//! Place: bytes of an expression's text as bytes of its file; nearest names.

use crate::At;

/// The place in the file of bytes `span` of a text of `text_len` bytes that was read from `at`.
///
/// Exact when the text stands there as it is, plain or between quotes; else (escapes, folded lines) the whole scalar.
pub(super) fn inside(at: Option<At>, text_len: usize, span: (u32, u32)) -> Option<At> {
    let at = at?;
    let shift = match (at.end.saturating_sub(at.start) as usize).checked_sub(text_len) {
        Some(0) => 0,
        Some(2) => 1,
        _ => return Some(at),
    };
    let start = at.start + shift + span.0;
    let end = at.start + shift + span.1;
    Some(if start <= end && end <= at.end { At { start, end, ..at } } else { at })
}

/// The candidate a person most likely meant, if one is near enough.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= 1.max(candidate.chars().count().min(word.chars().count()) / 3))
        .min()
        .map(|(_, candidate)| candidate)
}
