//! Restrain: what training starts from, and what it may not come to, however the patterns lie.
//!
//! Reads    kinds of fields, tests of levels
//! Writes   how records of one person agree before anything is known; bounds on what is learned of it
//!
//! Not here: the learning (`train`).

use super::score::{About, Sort, sees_crosswise};
use super::{FieldKind, Model, Pattern, Test};

/// What default figures count for, in pairs.
pub(super) const PRIOR_PAIRS: f64 = 12.0;
/// How often two records of one person have two well-known given names or unrelated birth dates, before anything is known.
const RARE: f64 = 0.005;

/// How records of one person agree, before anything is known.
pub(super) fn usual(model: &Model, comparison: usize) -> Vec<f64> {
    let comparison = &model.comparisons[comparison];
    let levels = comparison.levels.len();
    let weak =
        matches!(model.fields[comparison.fields[0]].kind, FieldKind::Text | FieldKind::Category | FieldKind::Phone);
    let (exact, other) = if weak { (0.7, 0.2) } else { (0.82, 0.06) };
    let near = 1.0 - exact - other;
    let mut shape: Vec<f64> = (0..levels)
        .map(|level| match level {
            0 => exact,
            _ if level + 1 == levels => other,
            _ => near / (1 << level.min(3)) as f64,
        })
        .collect();
    let all: f64 = shape.iter().sum();
    shape.iter_mut().for_each(|level| *level /= all);
    shape
}

/// Holds back what cannot be so of records of one person, however badly kept. Without this, expectation and maximisation may settle on
/// people of one name instead of one person where the same name is common and true pairs are few.
pub(super) fn keep_sane(model: &Model, place: usize, levels: &mut [f64]) {
    let comparison = &model.comparisons[place];
    let last = levels.len() - 1;
    let (first_far, most) = match model.fields[comparison.fields[0]].kind {
        FieldKind::BirthDate => {
            let near =
                |level: &super::Level| matches!(level.test, Test::WithinYears(_) | Test::Else | Test::Damerau(_));
            (comparison.levels.iter().position(near).unwrap_or(last), 0.6)
        }
        FieldKind::Identifier => (last, 0.4),
        FieldKind::Email => (last, 0.65),
        FieldKind::Phone => (last, 0.75),
        _ => return,
    };
    let far: f64 = levels[first_far..].iter().sum();
    if far > most {
        let (more, less) = ((1.0 - most) / (1.0 - far).max(1e-9), most / far);
        levels[..first_far].iter_mut().for_each(|level| *level *= more);
        levels[first_far..].iter_mut().for_each(|level| *level *= less);
    }
}

/// Two well-known given names that differ can be of one person or of twins, two birth dates of one person or of father and
/// son, both names of one person or of two whose numbers were mixed up. How often of one person is learned where the other
/// cannot be: from pairs that share what those others hardly do; where there are none, it is taken to be rare.
#[derive(Clone, Debug)]
pub(super) struct Doubtful {
    pub(super) place: usize,
    pub(super) level: usize,
    /// A pair may teach when each of these comparisons has a level, and none of those not allowed (bits from 1).
    unless: Vec<(usize, u16)>,
    /// And when one of these is at its nearest level, if the question is whose records they are: what kin hardly share.
    one_of: Option<Vec<usize>>,
    /// The kin who have the level too.
    kin: Option<Sort>,
    /// How many of those who have it are such kin, where that is known.
    pub(super) of_kin: Option<f64>,
}

impl Doubtful {
    pub(super) fn all(model: &Model, abouts: &[About]) -> Vec<Self> {
        let main = |wanted: About| abouts.iter().position(|about| *about == wanted);
        let last = |place: usize| model.comparisons[place].levels.len() - 1;
        let is_last = |place: usize| (place, 2u16 << last(place));
        let (given, family, birth) = (main(About::Given), main(About::Family), main(About::Birth));
        let mut all = Vec::new();
        let shared = || Some((0..abouts.len()).filter(|&place| abouts[place] == About::Shared).collect());
        // Who shares the birth date is a twin, who shares the name a namesake; where there is no such column, a relative.
        let full = main(About::FullName);
        let by_name = Some(if birth.is_some() { Sort::Twin } else { Sort::Relative });
        let by_birth = Some(if given.or(full).is_some() { Sort::Namesake } else { Sort::Relative });
        let of_kin = None;
        // Where names that stand crosswise are not told, both are far: that is of one person, and teaches.
        let told = sees_crosswise(model);
        if let Some(given) = given {
            let unless = family.filter(|_| told).map(is_last).into_iter().collect();
            all.push(Self { place: given, level: last(given), unless, one_of: shared(), kin: by_name, of_kin });
        }
        if let Some(birth) = birth {
            let unless = given.map(is_last).into_iter().collect();
            all.push(Self { place: birth, level: last(birth), unless, one_of: shared(), kin: by_birth, of_kin });
        }
        if let (Some(given), Some(family)) = (given, family) {
            let unless = if told { vec![is_last(given)] } else { Vec::new() };
            all.push(Self { place: family, level: last(family), unless, one_of: None, kin: None, of_kin });
        }
        if let Some(full) = full {
            let half = |level: &super::Level| matches!(level.test, Test::Tokens(share) if share < 0.9);
            if let Some(level) = model.comparisons[full].levels.iter().position(half) {
                all.push(Self { place: full, level, unless: Vec::new(), one_of: shared(), kin: by_name, of_kin });
            }
        }
        all
    }
    /// Whether what a pair with these levels is taken for hangs on the level.
    pub(super) fn is_open(&self, pattern: Pattern) -> bool {
        self.unless.iter().all(|&(place, levels)| {
            let level = (pattern.0 >> (4 * place)) & 15;
            level != 0 && levels >> level & 1 == 0
        })
    }
    pub(super) fn may_teach(&self, pattern: Pattern) -> bool {
        let shared = |places: &Vec<usize>| places.iter().any(|&place| pattern.level(place) == Some(0));
        self.is_open(pattern) && (self.of_kin.is_some() || self.one_of.as_ref().is_none_or(shared))
    }
    /// Whether pairs of a sort have the level for being kin.
    pub(super) fn may_be(&self, sort: Sort) -> bool {
        self.kin.is_some_and(|kin| kin == sort || (kin == Sort::Twin && sort == Sort::TwinMover))
    }
    /// The same, of pairs that agree in what it hangs on: a wrong name beside another family name is a third thing.
    pub(super) fn of_near(mut self, model: &Model) -> Self {
        for (place, levels) in &mut self.unless {
            for (level, of) in model.comparisons[*place].levels.iter().enumerate() {
                *levels |= if of.m <= of.u { 2 << level } else { 0 };
            }
        }
        self
    }
    /// Whether it can be asked whether those who have the level are kin.
    pub(super) fn is_question(&self) -> bool {
        self.kin.is_some() && self.of_kin.is_none()
    }
    /// Puts the level right, `seen` of `all` pairs that may teach having it.
    pub(super) fn hold(&self, levels: &mut [f64], seen: f64, all: f64) {
        let share = (seen + PRIOR_PAIRS * RARE) / (all + PRIOR_PAIRS);
        let others = 1.0 - levels[self.level];
        let scale = if others > 0.0 { (1.0 - share) / others } else { 0.0 };
        levels.iter_mut().for_each(|level| *level *= scale);
        levels[self.level] = share;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linkage::settle::levels;
    use crate::linkage::{Comparison, Field, Missing};

    fn kept(kind: FieldKind, learned: impl Fn(usize) -> Vec<f64>) -> Vec<f64> {
        let levels = levels(kind, false, 0);
        let mut figures = learned(levels.len());
        let comparison =
            Comparison { name: "it".to_owned(), fields: vec![0], levels, missing: Missing::First, shared: None };
        let fields = vec![Field { name: "it".to_owned(), kind }];
        let model = Model { fields, comparisons: vec![comparison], ..Model::default() };
        keep_sane(&model, 0, &mut figures);
        figures
    }
    /// Nearly all of it in one level.
    fn mostly(level: impl Fn(usize) -> usize) -> impl Fn(usize) -> Vec<f64> {
        move |count| (0..count).map(|at| if at == level(count) { 0.95 } else { 0.05 / (count - 1) as f64 }).collect()
    }

    #[test]
    fn people_do_not_mostly_differ_in_what_is_theirs() {
        for (kind, most) in [(FieldKind::Email, 0.65), (FieldKind::Phone, 0.75), (FieldKind::Identifier, 0.4)] {
            let figures = kept(kind, mostly(|count| count - 1));
            assert!((figures.last().unwrap() - most).abs() < 1e-9, "{kind:?} {figures:?}");
            assert!((figures.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{kind:?} {figures:?}");
        }
        let years = |count: usize| count - 2;
        let figures = kept(FieldKind::BirthDate, mostly(years));
        let far: f64 = figures[figures.len() - 3..].iter().sum();
        assert!((far - 0.6).abs() < 1e-9, "{figures:?}");
    }

    #[test]
    fn what_can_be_is_left() {
        for kind in [FieldKind::Email, FieldKind::Phone, FieldKind::Identifier, FieldKind::BirthDate] {
            let learned = mostly(|_| 0);
            assert_eq!(kept(kind, &learned), learned(levels(kind, false, 0).len()), "{kind:?}");
        }
        let moved = mostly(|count| count - 1);
        assert_eq!(kept(FieldKind::Address, &moved), moved(levels(FieldKind::Address, false, 0).len()));
    }
}
