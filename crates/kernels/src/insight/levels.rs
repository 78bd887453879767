//! Levels: people in three levels by how recent, how frequent and how much (recency, frequency, monetary).
//!
//! Invariants
//! - Equal numbers have one level; a level may be empty where many numbers are equal.

/// A level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The third that is worth least.
    Low,
    /// The third between.
    Medium,
    /// The third that is worth most.
    High,
}

impl Level {
    /// All of them, the best first.
    pub const ALL: [Self; 3] = [Self::High, Self::Medium, Self::Low];
}

/// Where the levels of a dimension part: numbers below `low` are in one, those from `high` on in another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parted {
    /// The least number of the middle.
    pub low: f64,
    /// The least number of the upper level.
    pub high: f64,
    /// Whether small numbers are the good ones, as days since the last activity are.
    pub small_is_high: bool,
}

impl Parted {
    /// Parts numbers in thirds; those that are not finite count for nothing. None without numbers.
    pub fn of(values: &[f64], small_is_high: bool) -> Option<Self> {
        let thirds = super::bins::cuts(values, 3, 0.0);
        let finite = values.iter().copied().filter(|value| value.is_finite());
        let least = finite.fold(f64::INFINITY, f64::min);
        if !least.is_finite() {
            return None;
        }
        let (low, high) = match thirds[..] {
            [low, high] => (low, high),
            // One cut: its two sides are the outer levels.
            [only] => (only, only),
            _ => (least, f64::INFINITY),
        };
        Some(Self { low, high, small_is_high })
    }
    /// The level of a number; none where it is not finite.
    pub fn level(&self, value: f64) -> Option<Level> {
        if !value.is_finite() {
            return None;
        }
        let level = if value >= self.high {
            Level::High
        } else if value >= self.low {
            Level::Medium
        } else {
            Level::Low
        };
        Some(match (self.small_is_high, level) {
            (true, Level::High) => Level::Low,
            (true, Level::Low) => Level::High,
            (_, level) => level,
        })
    }
    /// The numbers of a level: from the first on, below the second; infinite where there is no end.
    pub fn range(&self, level: Level) -> (f64, f64) {
        let place = match (self.small_is_high, level) {
            (false, Level::High) | (true, Level::Low) => Level::High,
            (false, Level::Low) | (true, Level::High) => Level::Low,
            (_, Level::Medium) => Level::Medium,
        };
        match place {
            Level::High => (self.high, f64::INFINITY),
            Level::Medium => (self.low, self.high),
            Level::Low => (f64::NEG_INFINITY, self.low),
        }
    }
}

/// People who share a level in each dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The level in each dimension.
    pub levels: Vec<Level>,
    /// People.
    pub members: u64,
    /// The mean in each dimension.
    pub averages: Vec<f64>,
}

/// The groups that somebody is in, by their levels, best first. `values`: by dimension, for each person; a person without
/// a number in one of them is in no group.
pub fn groups(values: &[&[f64]], parted: &[Parted]) -> Vec<Group> {
    let people = values.first().map_or(0, |first| first.len());
    let dimensions = values.len();
    let count = 3_usize.pow(dimensions as u32);
    let mut own: Vec<Vec<Vec<f64>>> = vec![vec![Vec::new(); dimensions]; count];
    for person in 0..people {
        let mut place = Some(0);
        for (values, parted) in values.iter().zip(parted) {
            let level = parted.level(values[person]).map(|level| Level::High as usize - level as usize);
            place = place.zip(level).map(|(place, level)| place * 3 + level);
        }
        if let Some(place) = place {
            own[place].iter_mut().zip(values).for_each(|(kept, values)| kept.push(values[person]));
        }
    }
    let mut found = Vec::new();
    for (place, kept) in own.into_iter().enumerate() {
        let members = kept.first().map_or(0, Vec::len);
        if members == 0 {
            continue;
        }
        let level = |dimension: usize| Level::ALL[place / 3_usize.pow((dimensions - 1 - dimension) as u32) % 3];
        // Added up from the least, so that the order of people counts for nothing.
        let mean = |mut values: Vec<f64>| {
            values.sort_unstable_by(f64::total_cmp);
            values.iter().sum::<f64>() / members as f64
        };
        found.push(Group {
            levels: (0..dimensions).map(level).collect(),
            members: members as u64,
            averages: kept.into_iter().map(mean).collect(),
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirds_are_levels() {
        let frequency: Vec<f64> = (1..=9).map(f64::from).collect();
        let parted = Parted::of(&frequency, false).unwrap();
        assert_eq!((parted.low, parted.high), (4.0, 7.0));
        assert_eq!([1.0, 4.0, 7.0].map(|n| parted.level(n).unwrap()), [Level::Low, Level::Medium, Level::High]);
        let recency = Parted { small_is_high: true, ..parted };
        assert_eq!([1.0, 4.0, 7.0].map(|n| recency.level(n).unwrap()), [Level::High, Level::Medium, Level::Low]);
        assert_eq!(recency.range(Level::High), (f64::NEG_INFINITY, 4.0));
        assert_eq!(parted.level(f64::NAN), None);
        assert_eq!(Parted::of(&[f64::NAN], false), None);
        let same = Parted::of(&[5.0; 7], false).unwrap();
        assert_eq!(same.level(5.0), Some(Level::Medium), "where all are alike nobody stands out");
    }

    proptest::proptest! {
        #[test]
        fn everybody_is_in_one_group(people in proptest::collection::vec((0_i32..9, proptest::option::of(0_i32..40)), 1..60)) {
            let first: Vec<f64> = people.iter().map(|(a, _)| f64::from(*a)).collect();
            let second: Vec<f64> = people.iter().map(|(_, b)| b.map_or(f64::NAN, f64::from)).collect();
            let Some(parted) = Parted::of(&first, true).zip(Parted::of(&second, false)) else { return Ok(()) };
            let parted = [parted.0, parted.1];
            let found = groups(&[&first, &second], &parted);
            let whole = people.iter().filter(|(_, b)| b.is_some()).count() as u64;
            proptest::prop_assert_eq!(found.iter().map(|group| group.members).sum::<u64>(), whole);
            for group in &found {
                // Its naive twin: everybody is held against the ranges that a rule would be made of.
                let within = |value: f64, dimension: usize| {
                    let (from, to) = parted[dimension].range(group.levels[dimension]);
                    value >= from && value < to
                };
                let naive: Vec<usize> = (0..people.len()).filter(|&n| within(first[n], 0) && within(second[n], 1)).collect();
                proptest::prop_assert_eq!(naive.len() as u64, group.members);
                let mean = naive.iter().map(|&n| second[n]).sum::<f64>() / naive.len() as f64;
                proptest::prop_assert!((mean - group.averages[1]).abs() < 1e-9);
            }
            let mut turned: Vec<usize> = (0..people.len()).collect();
            turned.reverse();
            let again: Vec<Vec<f64>> = [&first, &second].map(|of| turned.iter().map(|&n| of[n]).collect()).into();
            proptest::prop_assert_eq!(groups(&[&again[0], &again[1]], &parted), found);
        }
    }
}
