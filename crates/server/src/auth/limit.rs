//! Limit: who tries too often waits, twice as long each time.
//!
//! Invariants
//! - A try counts before the password is checked, so that many at once do not slip past.
//! - What is remembered is bounded; the oldest is forgotten first.

use std::collections::HashMap;
use std::net::Ipv6Addr;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// The most keys remembered.
const REMEMBERED: usize = 20_000;

/// How patient one is with a kind of key.
struct Patience {
    /// Tries without waiting.
    free: u32,
    /// The longest wait in seconds.
    longest: i64,
}

const ACCOUNT: Patience = Patience { free: 5, longest: 300 };
const ADDRESS: Patience = Patience { free: 20, longest: 900 };
/// Seconds after which failures are forgotten.
const FORGOTTEN: i64 = 3600;

#[derive(Clone, Copy)]
struct Tries {
    failed: u32,
    last: Timestamp,
    wait_until: Timestamp,
}

/// Counts tries by account and by address.
#[derive(Default)]
pub(super) struct Limit {
    tries: Mutex<HashMap<String, Tries>>,
}

impl Limit {
    /// Counts a try by an account's name, when one is said, and an address; the seconds to wait when it is one too many.
    pub(super) fn take(&self, name: Option<&str>, address: &str, now: Timestamp) -> Result<(), i64> {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let name = name.map(|name| (format!("name {name}"), ACCOUNT));
        let keys: Vec<_> = name.into_iter().chain([(format!("address {}", household(address)), ADDRESS)]).collect();
        let wait = keys
            .iter()
            .filter_map(|(key, _)| Some(tries.get(key)?.wait_until.duration_since(now).as_secs_f64()))
            .fold(0.0, f64::max);
        if wait > 0.0 {
            return Err(wait.ceil() as i64);
        }
        if tries.len() >= REMEMBERED {
            tidy(&mut tries, now);
        }
        for (key, patience) in keys {
            let entry = tries.entry(key).or_insert(Tries { failed: 0, last: now, wait_until: now });
            if now.duration_since(entry.last) > SignedDuration::from_secs(FORGOTTEN) {
                entry.failed = 0;
            }
            entry.failed = entry.failed.saturating_add(1);
            entry.last = now;
            if let Some(beyond) = entry.failed.checked_sub(patience.free).filter(|_| entry.failed >= patience.free) {
                let seconds = 1_i64.checked_shl(beyond.min(30)).unwrap_or(patience.longest).min(patience.longest);
                entry.wait_until = now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(now);
            }
        }
        Ok(())
    }

    /// Somebody came in: their tries are forgotten; one of the address is taken back.
    pub(super) fn came_in(&self, name: Option<&str>, address: &str) {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = name {
            tries.remove(&format!("name {name}"));
        }
        if let Some(entry) = tries.get_mut(&format!("address {}", household(address))) {
            entry.failed = entry.failed.saturating_sub(1);
            entry.wait_until = entry.last;
        }
    }
}

/// The addresses one household or machine has for the asking: of the sixth version, all that begin with the same 64 bits.
fn household(address: &str) -> String {
    match address.parse::<Ipv6Addr>() {
        Ok(address) => format!("{:x}", address.to_bits() >> 64),
        Err(_) => address.to_owned(),
    }
}

/// Forgets what is old; when all is young, the older half.
fn tidy(tries: &mut HashMap<String, Tries>, now: Timestamp) {
    tries.retain(|_, entry| now.duration_since(entry.last) <= SignedDuration::from_secs(FORGOTTEN));
    if tries.len() >= REMEMBERED {
        let mut instants: Vec<Timestamp> = tries.values().map(|entry| entry.last).collect();
        instants.sort_unstable();
        let middle = instants[instants.len() / 2];
        tries.retain(|_, entry| entry.last > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_end() {
        let limit = Limit::default();
        let mut now = Timestamp::from_second(1_800_000_000).unwrap();
        for _ in 0..5 {
            assert_eq!(limit.take(Some("ann"), "1.2.3.4", now), Ok(()));
        }
        let mut waits = Vec::new();
        for _ in 0..11 {
            let wait = limit.take(Some("ann"), "1.2.3.4", now).unwrap_err();
            waits.push(wait);
            now = now.checked_add(SignedDuration::from_secs(wait)).unwrap();
            assert_eq!(limit.take(Some("ann"), &format!("9.9.9.{wait}"), now), Ok(()));
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(limit.take(Some("ben"), "1.2.3.4", now), Ok(()), "the address has tries left");
        limit.came_in(Some("ann"), "1.2.3.4");
        assert_eq!(limit.take(Some("ann"), "1.2.3.4", now), Ok(()));
    }

    #[test]
    fn an_address_that_tries_many_names_waits_too() {
        let limit = Limit::default();
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        for n in 0..20 {
            assert_eq!(limit.take(Some(&format!("name{n}")), "1.2.3.4", now), Ok(()));
        }
        assert_eq!(limit.take(Some("another"), "1.2.3.4", now), Err(1));
        assert_eq!(limit.take(Some("another"), "4.3.2.1", now), Ok(()));
        for n in 0..20 {
            assert_eq!(limit.take(None, &format!("2001:db8:1:2::{n:x}"), now), Ok(()));
        }
        assert_eq!(limit.take(None, "2001:db8:1:2:3::4", now), Err(1));
        assert_eq!(limit.take(None, "2001:db8:1:3::1", now), Ok(()));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let limit = Limit::default();
        let mut now = Timestamp::from_second(1_800_000_000).unwrap();
        for n in 0..25_000 {
            now = now.checked_add(SignedDuration::from_millis(10)).unwrap();
            let _ = limit.take(Some(&format!("n{n}")), &format!("a{n}"), now);
        }
        assert!(limit.tries.lock().unwrap().len() <= REMEMBERED + 2);
    }
}
