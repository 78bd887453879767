//! Patience: how long to wait, and how often to ask again.
//!
//! Invariants
//! - No randomness: the same answers lead to the same waits.
//! - The sum of all waits for one request is bounded.
//! - No clock: a `Retry-After` that is a date is measured against the answer's own `Date`.
//!
//! Not here: which answers are worth another try (`client`).

use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// How long a request may wait, all tries together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// The first wait of our own schedule; each next one is twice as long.
    pub first: Duration,
    /// The sum of waits of our own schedule: when a server is away or says it is busy.
    pub unasked: Duration,
    /// The sum of waits that a server asks for by `Retry-After`.
    pub asked: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { first: Duration::from_millis(500), unasked: Duration::from_secs(32), asked: Duration::from_secs(900) }
    }
}

/// The waits of one request.
#[derive(Debug)]
pub(super) struct Waits {
    patience: Patience,
    turn: u32,
    unasked: Duration,
    asked: Duration,
}

impl Waits {
    pub(super) fn new(patience: Patience) -> Self {
        Self { patience, turn: 0, unasked: Duration::ZERO, asked: Duration::ZERO }
    }
    /// How long to wait before the next try; `None` when patience has run out.
    pub(super) fn next(&mut self, asked: Option<Duration>) -> Option<Duration> {
        if let Some(asked) = asked {
            // A `Retry-After: 0` that never ends must end all the same.
            let wait = asked.max(self.patience.first / 4);
            self.asked += wait;
            return (self.asked <= self.patience.asked).then_some(wait);
        }
        let wait = self.patience.first * 2_u32.saturating_pow(self.turn.min(16));
        self.turn += 1;
        self.unasked += wait;
        (self.unasked <= self.patience.unasked).then_some(wait)
    }
    /// How long it has been, counting the wait that was refused.
    pub(super) fn total(&self) -> Duration {
        self.unasked + self.asked
    }
}

/// What an answer's `Retry-After` asks for: seconds, or a date against the answer's own `Date`.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let now = jiff::fmt::rfc2822::parse(headers.get(DATE)?.to_str().ok()?).ok()?.timestamp();
    Some(Duration::from_secs(u64::try_from(until.as_second() - now.as_second()).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(reqwest::header::HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn waits_double_and_end() {
        let patience =
            Patience { first: Duration::from_secs(1), unasked: Duration::from_secs(15), ..Patience::default() };
        let mut waits = Waits::new(patience);
        let seconds: Vec<u64> = std::iter::from_fn(|| waits.next(None)).map(|wait| wait.as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8]);
    }

    #[test]
    fn what_a_server_asks_for_is_counted_apart() {
        let patience = Patience { asked: Duration::from_secs(10), ..Patience::default() };
        let mut waits = Waits::new(patience);
        assert_eq!(waits.next(Some(Duration::from_secs(7))), Some(Duration::from_secs(7)));
        assert_eq!(waits.next(Some(Duration::from_secs(7))), None);
        assert!(Waits::new(patience).next(Some(Duration::ZERO)).unwrap() > Duration::ZERO);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(retry_after(&headers(&[(RETRY_AFTER, "3")])), Some(Duration::from_secs(3)));
        let now = (DATE, "Sun, 06 Nov 1994 08:49:37 GMT");
        let until = (RETRY_AFTER, "Sun, 06 Nov 1994 08:50:07 GMT");
        assert_eq!(retry_after(&headers(&[now.clone(), until.clone()])), Some(Duration::from_secs(30)));
        assert_eq!(retry_after(&headers(&[until])), None);
        assert_eq!(retry_after(&headers(&[now, (RETRY_AFTER, "soon")])), None);
        assert_eq!(retry_after(&headers(&[])), None);
    }
}
