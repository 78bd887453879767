//! Kin: people who share much without being one: twins, father and son of one name, couples.
//!
//! Invariants
//! - Who is whose kin follows from the person's number alone; the other is always the person before.
//! - What they share is taken from the other's own stream of random numbers, so that people can be made in any order.
//!
//! Not here: matching, which must keep them apart.

use super::DemoOptions;
use super::names;
use super::person::{Written, first_draws};
use super::random::Random;

/// What two people are to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kin {
    /// Born on one day, of one family, at one address.
    Twin,
    /// The same name, a generation apart, at one address.
    Namesake,
    /// The same family name, address and phone.
    Partner,
}

impl Kin {
    /// As it stands in `truth/kin.csv`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Twin => "twin",
            Self::Namesake => "namesake",
            Self::Partner => "partner",
        }
    }
}

/// Of forty people one is a twin, one a namesake and one a partner of the person before. The other as first drawn.
pub(super) fn of(number: u64, options: &DemoOptions) -> Option<(Kin, (Written, String, bool))> {
    let sort = match number % 40 {
        21 => Kin::Twin,
        25 => Kin::Namesake,
        29 => Kin::Partner,
        _ => return None,
    };
    Some((sort, first_draws(&mut Random::of(options.seed, number - 1), options.now.as_second())))
}

/// Makes a person the kin of another.
pub(super) fn share(
    sort: Kin,
    (other, other_born, other_woman): &(Written, String, bool),
    written: &mut Written,
    born: &mut String,
    woman: &mut bool,
) {
    written.family.clone_from(&other.family);
    written.street.clone_from(&other.street);
    (written.town, written.phone) = (other.town, other.phone);
    match sort {
        Kin::Twin => born.clone_from(other_born),
        Kin::Namesake => {
            written.given.clone_from(&other.given);
            *woman = *other_woman;
            // The first four characters are the year; the day of the year is the person's own.
            let (year, rest) = (other_born[..4].parse().unwrap_or(1970), born.get(4..).unwrap_or_default());
            let year = if year > 1985 { year - 27 } else { year + 27 };
            // The other year may have no 29th of February.
            *born = format!("{year}{}", if rest == "-02-29" { "-02-28" } else { rest });
            written.suffix = if year % 2 == 0 { "Jr." } else { "" };
        }
        Kin::Partner => {}
    }
    let mut email = String::new();
    names::plain(&written.given, &mut email);
    email.push('.');
    names::plain(&written.family, &mut email);
    let own = written.email.trim_start_matches(|c: char| !c.is_ascii_digit());
    email.push_str(own);
    written.email = email;
}
