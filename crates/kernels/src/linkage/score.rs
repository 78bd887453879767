//! Score: the weight of evidence of a pair, from its levels and how common the agreed values are.
//!
//! Reads    a model with all figures, encoded records
//! Writes   log-odds in bits that two records are of one person
//!
//! A pair is of one sort of several ([`Sort`]): one person, one person who moved, strangers, neighbours, kin. Each sort has a share of
//! all pairs and, for each comparison, either what holds within one person (m) or what holds by chance (u). The weight
//! is the logarithm of the odds of the first two sorts against all others. What agrees by chance agrees on a value as often as
//! that value is held: so a rare value counts more against strangers, and not at all against kin who share it anyway.
//!
//! Invariants
//! - A missing value adds nothing. Of two comparisons that see given and family name crosswise only the first counts.
//!
//! Not here: where the figures come from (`train`), clusters.

use super::between::Between;
use super::compare::shared_frequency;
use super::train::Counted;
use super::{Comparison, FieldKind, Kin, Level, Model, Pattern, Records, Shared, Test};

/// The lowest probability that is told from none.
const LEAST: f64 = 1e-9;

/// What the records of a pair are to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Same,
    Mover,
    Stranger,
    Neighbour,
    /// Strangers whose two names are equal for their origin.
    Homonym,
    Relative,
    Twin,
    /// A twin of whom one has moved.
    TwinMover,
    Namesake,
    Mixed,
}

pub(super) const SORTS: [Sort; 10] = [
    Sort::Same,
    Sort::Mover,
    Sort::Stranger,
    Sort::Neighbour,
    Sort::Homonym,
    Sort::Relative,
    Sort::Twin,
    Sort::TwinMover,
    Sort::Namesake,
    Sort::Mixed,
];

impl Sort {
    pub(super) fn is_same(self) -> bool {
        matches!(self, Self::Same | Self::Mover)
    }
    /// Its share of all pairs.
    pub(super) fn share(self, prior: f64, kin: &Kin) -> f64 {
        match self {
            Self::Same => prior * (1.0 - kin.movers),
            Self::Mover => prior * kin.movers,
            Self::Stranger => {
                let known = prior + kin.neighbours + kin.homonyms + kin.relatives;
                (1.0 - known - kin.twins - kin.namesakes - kin.mixed).max(LEAST)
            }
            Self::Neighbour => kin.neighbours,
            Self::Homonym => kin.homonyms,
            Self::Relative => kin.relatives,
            Self::Twin => kin.twins * (1.0 - kin.movers),
            Self::TwinMover => kin.twins * kin.movers,
            Self::Namesake => kin.namesakes,
            Self::Mixed => kin.mixed,
        }
    }
    /// How many of its pairs share something.
    pub(super) fn of_shared(self, shared: Shared) -> f64 {
        match self {
            Self::Twin | Self::TwinMover => shared.twins,
            Self::Namesake => shared.namesakes,
            _ => shared.relatives,
        }
    }
    /// Whether how often its pairs share a comparison is learned.
    pub(super) fn may_share(self, about: About) -> bool {
        self.agrees(about) == Agrees::Now
    }
    /// How its pairs agree on a comparison; homonyms besides in their two names.
    fn agrees(self, about: About) -> Agrees {
        use About as A;
        use Agrees::{Either, Half, Like, Never, Now, Random};
        match (self, about) {
            (Self::Same, _) => Like,
            (Self::Mover | Self::TwinMover, A::Phone) => Either,
            (Self::Mover | Self::TwinMover, A::Place | A::Street) | (Self::Stranger, _) => Random,
            (Self::Mover, _) | (Self::Neighbour, A::Place) => Like,
            (Self::Homonym, A::Sex) => Either,
            (Self::Neighbour | Self::Homonym, _) => Random,
            (Self::Twin | Self::TwinMover | Self::Mixed, A::Given) => Never,
            (Self::Mixed, A::Family | A::FullName | A::Suffix | A::Sex) => Random,
            (Self::Mixed, _) => Like,
            (Self::Namesake, A::Sex) => Like,
            (_, A::Shared | A::Person | A::Phone | A::Sex) => Now,
            (_, A::Family | A::Place | A::Street) => Like,
            (Self::Twin | Self::TwinMover, A::Birth) | (Self::Namesake, A::Given | A::FullName) => Like,
            (Self::Relative | Self::Twin | Self::TwinMover, A::FullName) => Half,
            _ => Random,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Agrees {
    /// As the records of one person.
    Like,
    /// By chance.
    Random,
    /// By chance, but not wholly: nobody gives twins one name.
    Never,
    /// One name of two.
    Half,
    /// By chance, and now and then as the records of one person: how often is learned of each column.
    Now,
    /// As likely the one as the other.
    Either,
}

/// What a comparison is about, as far as kin are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Given,
    Family,
    FullName,
    Suffix,
    Birth,
    Sex,
    Place,
    Street,
    Phone,
    /// E-mail addresses and numbers, which some households share.
    Shared,
    /// What nobody knows of: kin may share it or not.
    Person,
}

/// How many kin share what a comparison is about, before anything is known; none for what its kind tells.
pub(super) fn shared(about: About) -> Option<Shared> {
    let share = match about {
        About::Shared => Some(0.1),
        About::Phone => Some(0.8),
        About::Person | About::Sex => Some(0.5),
        _ => None,
    };
    share.map(Shared::all)
}

pub(super) fn about(model: &Model, comparison: &Comparison) -> About {
    let Some(field) = comparison.fields.first().and_then(|&field| model.fields.get(field)) else {
        return About::Person;
    };
    match field.kind {
        FieldKind::GivenName | FieldKind::MiddleName => About::Given,
        FieldKind::FamilyName => About::Family,
        FieldKind::FullName => About::FullName,
        FieldKind::NameSuffix => About::Suffix,
        FieldKind::BirthDate => About::Birth,
        FieldKind::Category => About::Sex,
        FieldKind::City | FieldKind::Region | FieldKind::PostalCode | FieldKind::Point => About::Place,
        FieldKind::PostalArea | FieldKind::PostalDistrict | FieldKind::PostalSector => About::Place,
        FieldKind::Address | FieldKind::Street | FieldKind::HouseNumber => About::Street,
        FieldKind::Phone => About::Phone,
        FieldKind::Email | FieldKind::EmailUser | FieldKind::Identifier => About::Shared,
        _ => About::Person,
    }
}

/// The comparisons of given and family name, and their last levels.
pub(super) fn names(model: &Model) -> Option<[(usize, usize); 2]> {
    let of_kind = |comparison: &Comparison, kind| {
        let field = comparison.fields.first().and_then(|&field| model.fields.get(field));
        field.is_some_and(|field| field.kind == kind)
    };
    let main = |kind| model.comparisons.iter().position(|comparison| of_kind(comparison, kind));
    let last = |place: usize| (place, model.comparisons[place].levels.len() - 1);
    Some([last(main(FieldKind::GivenName)?), last(main(FieldKind::FamilyName)?)])
}

/// Whether the model tells names that stand crosswise.
pub(super) fn sees_crosswise(model: &Model) -> bool {
    let levels = model.comparisons.iter().flat_map(|comparison| &comparison.levels);
    levels.into_iter().any(|level| matches!(level.test, Test::Swapped | Test::Crosswise(..)))
}

/// Of two comparisons that look for the same names crosswise, the level of the later that counts for nothing where the
/// earlier sees it too: (earlier, its level, later, its level), levels from 1.
pub(super) fn counted_elsewhere(comparisons: &[Comparison]) -> Vec<[usize; 4]> {
    let crosswise = |comparison: &Comparison| comparison.levels.iter().position(|level| level.test == Test::Swapped);
    let mut found = Vec::new();
    for (later, own) in comparisons.iter().enumerate() {
        for (earlier, other) in comparisons[..later].iter().enumerate() {
            if let (Some(level), Some(seen)) = (crosswise(own), crosswise(other))
                && own.fields.iter().take(2).all(|field| other.fields.contains(field))
            {
                found.push([earlier, seen + 1, later, level + 1]);
            }
        }
    }
    found
}

/// The pattern without levels that another comparison counts.
pub(super) fn without(pattern: Pattern, elsewhere: &[[usize; 4]]) -> Pattern {
    let level = |place: usize| ((pattern.0 >> (4 * place)) & 15) as usize;
    elsewhere.iter().fold(pattern, |left, &[earlier, seen, later, own]| {
        let twice = level(earlier) == seen && level(later) == own;
        if twice { Pattern(left.0 & !(15 << (4 * later))) } else { left }
    })
}

/// One sort of pairs, ready for adding up.
#[derive(Clone, Debug)]
pub(super) struct Likelihood {
    pub(super) sort: Sort,
    /// Logarithm of its share.
    share: f64,
    /// By comparison and level, from 1; 0 is missing.
    bits: Vec<[f32; 16]>,
    /// Comparisons that agree by chance, as bits.
    pub(super) by_chance: u16,
    /// Comparisons that agree because the two are of one origin, as bits: half of how rare the value is counts, for it is
    /// rarer than usual, though less so in that origin.
    by_origin: u16,
    elsewhere: Vec<[usize; 4]>,
}

impl Likelihood {
    /// The sorts that have a share, of pairs of any tables. Figures that are missing are taken as equal, so that they say nothing.
    pub(super) fn all(model: &Model) -> Vec<Self> {
        let kin = model.kin.unwrap_or_default();
        let prior = model.prior.unwrap_or(1e-6);
        let sorts = SORTS.into_iter().filter(|sort| sort.share(prior, &kin) > 0.0);
        sorts.map(|sort| Self::new(model, sort, sort.share(prior, &kin))).collect()
    }
    fn new(model: &Model, sort: Sort, share: f64) -> Self {
        let (mut by_chance, mut by_origin) = (0, 0);
        let names = names(model).filter(|_| sort == Sort::Homonym);
        let is_name = |place: usize| names.is_some_and(|names| names.iter().any(|name| name.0 == place));
        let bits = model.comparisons.iter().enumerate().map(|(place, comparison)| {
            let agrees = if is_name(place) { Agrees::Like } else { sort.agrees(about(model, comparison)) };
            if is_name(place) {
                by_origin |= 1 << place;
            }
            let often =
                sort.of_shared(comparison.shared.or_else(|| shared(about(model, comparison))).unwrap_or_default());
            if agrees == Agrees::Random
                || agrees == Agrees::Never
                || (agrees == Agrees::Now && mostly_by_chance(comparison, often))
            {
                by_chance |= 1 << place;
            }
            let mut bits = [0.0; 16];
            for (level, of) in comparison.levels.iter().enumerate() {
                let (Some(m), Some(u)) = (of.m, of.u) else { continue };
                let chance = match agrees {
                    Agrees::Like => m,
                    Agrees::Random => u,
                    Agrees::Never => match &of.test {
                        Test::Exact => u * 0.05,
                        _ => u,
                    },
                    Agrees::Now => often * m + (1.0 - often) * u,
                    Agrees::Either => f64::midpoint(m, u),
                    Agrees::Half => match &of.test {
                        Test::Else => 0.1,
                        Test::Tokens(share) if *share < 0.9 => 0.8,
                        _ => u.max(0.01),
                    },
                };
                bits[level + 1] = chance.max(LEAST).log2() as f32;
            }
            bits
        });
        let bits = bits.collect();
        Self { sort, share: share.log2(), bits, by_chance, by_origin, elsewhere: counted_elsewhere(&model.comparisons) }
    }
    /// The same, of a pair of these tables.
    pub(super) fn of_counted(&self, of: &Counted, between: &Between) -> f64 {
        let bits = if self.sort.is_same() { between.of_number(of.between as usize) } else { 0.0 };
        self.of(of.pattern) + f64::from(bits)
    }
    /// Logarithm of the chance of the sort and the levels together.
    pub(super) fn of(&self, pattern: Pattern) -> f64 {
        let mut levels = without(pattern, &self.elsewhere).0;
        let mut sum = 0.0;
        for bits in &self.bits {
            sum += bits[(levels & 15) as usize];
            levels >>= 4;
        }
        self.share + f64::from(sum)
    }
}

/// Whether kin, of whom so many share it, agree by chance more often than for sharing it: what is common counts then.
fn mostly_by_chance(comparison: &Comparison, shared: f64) -> bool {
    let nearest = comparison.levels.first();
    nearest.and_then(|level| level.m.zip(level.u)).is_some_and(|(m, u)| shared * m < (1.0 - shared) * u)
}

/// The evidence of pairs.
#[derive(Clone, Debug)]
pub struct Weights<'a> {
    records: &'a Records,
    model: &'a Model,
    sorts: Vec<Likelihood>,
    /// By comparison: levels at which the frequency of the value counts, as bits from 1.
    frequency_levels: Vec<u16>,
    /// By comparison and level.
    frequency: Vec<Vec<Frequency>>,
    between: Between,
}

/// How the frequency of a value counts in a comparison.
#[derive(Clone, Copy, Debug, Default)]
struct Frequency {
    /// Logarithm of the chance of agreeing where values are equal.
    usual: f64,
    /// Records with a value.
    filled: f64,
    /// Records of one person that hold a value, about: so many are no sign of a common value.
    own: f64,
    /// Whether only common values count, as for what belongs to one person.
    common_only: bool,
}

impl<'a> Weights<'a> {
    /// From a model whose figures are all there.
    pub fn new(model: &'a Model, records: &'a Records) -> Self {
        let prior = model.prior.unwrap_or(1e-6);
        let own = 1.0 + prior * (records.len() as f64 - 1.0);
        let levels = |comparison: &Comparison| {
            let counts = comparison.levels.iter().enumerate().filter(|(_, level)| level.term_frequency > 0.0);
            counts.fold(0, |bits, (level, _)| bits | (2 << level))
        };
        let frequency = |comparison: &Comparison, level: &Level| {
            let place = level.agrees_on();
            let field = comparison.fields.get(place).copied().unwrap_or_default();
            let kind = model.fields.get(field).map_or(FieldKind::Unknown, |field| field.kind);
            let equal = comparison.levels.iter().find(|level| level.agrees_on() == place && level.is_equality());
            let usual = equal.or(comparison.levels.first()).and_then(|level| level.u);
            Frequency {
                usual: usual.unwrap_or(1.0).max(LEAST).log2(),
                filled: f64::from(records.filled(field)).max(1.0),
                own,
                common_only: !matches!(
                    kind,
                    FieldKind::GivenName
                        | FieldKind::MiddleName
                        | FieldKind::FamilyName
                        | FieldKind::FullName
                        | FieldKind::City
                        | FieldKind::Region
                        | FieldKind::PostalCode
                        | FieldKind::PostalArea
                        | FieldKind::PostalDistrict
                        | FieldKind::PostalSector
                        | FieldKind::Street
                        | FieldKind::Category
                        | FieldKind::Organization
                        | FieldKind::Text
                ),
            }
        };
        Self {
            records,
            model,
            sorts: Likelihood::all(model),
            frequency_levels: model.comparisons.iter().map(levels).collect(),
            frequency: model
                .comparisons
                .iter()
                .map(|comparison| comparison.levels.iter().map(|level| frequency(comparison, level)).collect())
                .collect(),
            between: Between::of(model),
        }
    }

    /// Log-odds in bits that the two are of one person: prior, levels, frequencies of values, kin.
    pub fn weight(&self, pattern: Pattern, a: u32, b: u32) -> f32 {
        let mut rarer = [0.0f64; super::MOST_COMPARISONS];
        let mut any = 0u16;
        for (place, &levels) in self.frequency_levels.iter().enumerate() {
            let level = (pattern.0 >> (4 * place)) & 15;
            if level != 0 && levels >> level & 1 == 1 {
                rarer[place] = self.rarity(place, level as usize - 1, a, b);
                any |= 1 << place;
            }
        }
        self.odds(pattern, |sort| {
            let sum = |mut bits: u16| {
                let mut sum = 0.0;
                while bits != 0 {
                    sum += rarer[bits.trailing_zeros() as usize];
                    bits &= bits - 1;
                }
                sum
            };
            sum(sort.by_chance & any) + 0.5 * sum(sort.by_origin & any)
        }) + self.between(a, b)
    }

    /// The most that a pair with these levels can weigh, whatever its values and its tables are.
    pub fn most(&self, pattern: Pattern) -> f32 {
        let most = |places: u16| -> f64 {
            let levels = self.frequency_levels.iter().enumerate().filter(|(place, _)| places >> place & 1 == 1);
            let counts = levels.filter_map(|(place, levels)| {
                let level = pattern.level(place)?;
                (levels >> (level + 1) & 1 == 1).then(|| self.frequency[place][level].most())
            });
            counts.sum()
        };
        self.odds(pattern, |sort| most(sort.by_chance) + 0.5 * most(sort.by_origin)) + self.between.most()
    }

    /// What the value that the two agree on says beyond their level, in bits against chance: above 0 when it is rarer than usual.
    pub fn rarity(&self, comparison: usize, level: usize, a: u32, b: u32) -> f64 {
        let of = &self.model.comparisons[comparison];
        let counts = of.levels[level].term_frequency;
        if counts == 0.0 {
            return 0.0;
        }
        let share = shared_frequency(self.records, of, level, a, b);
        share.map_or(0.0, |share| counts * self.frequency[comparison][level].rarity(share))
    }

    /// What the tables of two records say beyond the prior of all pairs, in bits.
    pub fn between(&self, a: u32, b: u32) -> f32 {
        self.between.bits(self.records.table(a), self.records.table(b))
    }

    /// The probability of log-odds in bits.
    pub fn probability(weight: f32) -> f64 {
        1.0 / (1.0 + (-f64::from(weight)).exp2())
    }

    /// The log-odds in bits of a probability.
    pub fn bits(probability: f64) -> f32 {
        let probability = probability.clamp(1e-12, 1.0 - 1e-12);
        (probability / (1.0 - probability)).log2() as f32
    }

    fn odds(&self, pattern: Pattern, rarer: impl Fn(&Likelihood) -> f64) -> f32 {
        let (mut same, mut other) = (Sum::default(), Sum::default());
        for sort in &self.sorts {
            let bits = sort.of(pattern) - rarer(sort);
            if sort.sort.is_same() { same.add(bits) } else { other.add(bits) }
        }
        (same.bits() - other.bits()) as f32
    }
}

impl Frequency {
    fn rarity(&self, share: f64) -> f64 {
        let held = share * self.filled;
        if self.common_only {
            let above = (held - 2.0 * self.own).max(0.0) / self.filled;
            return if above > 0.0 { (self.usual - above.log2()).min(0.0) } else { 0.0 };
        }
        self.usual - (held.max(self.own) / self.filled).log2()
    }
    fn most(&self) -> f64 {
        if self.common_only { 0.0 } else { (self.usual - (self.own / self.filled).log2()).max(0.0) }
    }
}

/// A sum of numbers given as logarithms.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sum {
    top: f64,
    scaled: f64,
}

impl Default for Sum {
    fn default() -> Self {
        Self { top: f64::NEG_INFINITY, scaled: 0.0 }
    }
}

impl Sum {
    pub(super) fn add(&mut self, bits: f64) {
        if bits <= self.top {
            self.scaled += (bits - self.top).exp2();
        } else {
            self.scaled = self.scaled * (self.top - bits).exp2() + 1.0;
            self.top = bits;
        }
    }
    pub(super) fn bits(self) -> f64 {
        if self.scaled > 0.0 { self.top + self.scaled.log2() } else { -1000.0 }
    }
}
