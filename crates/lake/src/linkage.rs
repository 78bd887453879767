//! Linkage: a model as plans carry it, as kernels take it, and back.
//!
//! Invariants
//! - A model that went to a kernel and came back says what it said before, and what was chosen and learned.
//! - What names nothing that is there is an error, never left out.
//!
//! To add a test: a line in `tests!` when it is alone or has one limit.

use onefold_kernels::linkage as kernel;
use onefold_model::linkage::{self as model, Form, KeyPart, Linkage, Test};

/// A model for a kernel: fields by place, tables by their place in `tables`.
///
/// # Errors
/// The name of a field or a table that is not there, in a sentence.
pub fn to_kernel(model: &Linkage, tables: &[&str]) -> Result<kernel::Model, String> {
    let place = |name: &str| {
        let found = model.fields.iter().position(|field| field.name == name);
        found.ok_or_else(|| format!("the model has no field `{name}`"))
    };
    let mut unique = vec![false; tables.len()];
    for name in &model.unique {
        let found = tables.iter().position(|table| table.eq_ignore_ascii_case(name));
        unique[found.ok_or_else(|| format!("the model names the table `{name}`, which is not matched"))?] = true;
    }
    let fields = model.fields.iter().map(|field| kernel::Field {
        name: field.name.clone(),
        kind: field.kind.map_or(kernel::FieldKind::Unknown, kind_to),
    });
    let comparison = |comparison: &model::Comparison| {
        let fields = comparison.fields.iter().map(|name| place(name)).collect::<Result<Vec<_>, _>>()?;
        let level = |level: &model::Level| {
            let test = test_to(&level.test, &comparison.fields)?;
            Ok(kernel::Level { test, m: level.m, u: level.u, term_frequency: level.term_frequency })
        };
        let levels = comparison.levels.iter().map(level).collect::<Result<Vec<_>, String>>()?;
        Ok(kernel::Comparison {
            name: comparison.name.clone(),
            fields,
            missing: missing_to(comparison.missing),
            levels,
            shared: comparison.shared.map(shared_to),
        })
    };
    let blocking = |parts: &Vec<KeyPart>| {
        let part = |part: &KeyPart| Ok(kernel::KeyPart { field: place(&part.field)?, form: form_to(part.form) });
        Ok(kernel::BlockingRule { parts: parts.iter().map(part).collect::<Result<_, String>>()? })
    };
    let table_prior = |of: &model::TablePrior| {
        let place = |name: &String| {
            let found = tables.iter().position(|table| table.eq_ignore_ascii_case(name));
            let found = found.ok_or_else(|| format!("the model names the table `{name}`, which is not matched"))?;
            u32::try_from(found).map_err(|_| "there are too many tables".to_owned())
        };
        let places = of.tables.iter().map(place).collect::<Result<Vec<u32>, String>>()?;
        let (low, high) = (places.iter().min(), places.iter().max());
        let tables = low.copied().zip(high.copied()).ok_or("a prior of the model names no tables")?;
        Ok(kernel::TablePrior { tables, prior: of.prior })
    };
    Ok(kernel::Model {
        fields: fields.collect(),
        comparisons: model.comparisons.iter().map(comparison).collect::<Result<_, String>>()?,
        blocking: model.blocking.iter().map(blocking).collect::<Result<_, String>>()?,
        prior: model.prior,
        priors: model.priors.iter().map(table_prior).collect::<Result<_, String>>()?,
        kin: model.kin.map(|kin| kernel::Kin {
            relatives: kin.relatives,
            twins: kin.twins,
            namesakes: kin.namesakes,
            mixed: kin.mixed,
            neighbours: kin.neighbours,
            movers: kin.movers,
            homonyms: kin.homonyms,
        }),
        threshold: model.threshold,
        review: model.review,
        linking: match model.linking {
            model::Linking::All => kernel::Linking::All,
            model::Linking::Best => kernel::Linking::Best,
        },
        unique,
        budget: model.budget,
    })
}

/// The model that a kernel gave back; columns of fields are those of the one it was given.
pub fn from_kernel(found: &kernel::Model, given: &Linkage, tables: &[&str]) -> Linkage {
    let name = |place: usize| found.fields.get(place).map(|field| field.name.clone()).unwrap_or_default();
    let fields = found.fields.iter().map(|field| model::Field {
        name: field.name.clone(),
        kind: kind_from(field.kind),
        columns: given.field(&field.name).map(|field| field.columns.clone()).unwrap_or_default(),
    });
    let comparisons = found.comparisons.iter().map(|comparison| {
        let fields: Vec<String> = comparison.fields.iter().map(|place| name(*place)).collect();
        let levels = comparison.levels.iter().map(|level| model::Level {
            test: test_from(&level.test, &fields),
            m: level.m.map(rounded),
            u: level.u.map(rounded),
            term_frequency: level.term_frequency,
        });
        let shared = comparison.shared.map(|of| model::Shared {
            relatives: rounded(of.relatives),
            twins: rounded(of.twins),
            namesakes: rounded(of.namesakes),
        });
        let missing = missing_from(comparison.missing);
        model::Comparison { name: comparison.name.clone(), levels: levels.collect(), fields, missing, shared }
    });
    let blocking = found.blocking.iter().map(|rule| {
        let parts = rule.parts.iter().map(|part| KeyPart { field: name(part.field), form: form_from(part.form) });
        parts.collect()
    });
    let unique = found.unique.iter().zip(tables).filter(|(unique, _)| **unique).map(|(_, table)| (*table).to_owned());
    let table = |place: u32| tables.get(place as usize).map(|table| (*table).to_owned());
    let table_prior = |of: &kernel::TablePrior| {
        let both = if of.tables.0 == of.tables.1 { vec![of.tables.0] } else { vec![of.tables.0, of.tables.1] };
        model::TablePrior { tables: both.into_iter().filter_map(table).collect(), prior: rounded(of.prior) }
    };
    Linkage {
        kind: given.kind,
        threshold: found.threshold.map(rounded),
        review: found.review.map(rounded),
        prior: found.prior.map(rounded),
        priors: found.priors.iter().map(table_prior).collect(),
        linking: match found.linking {
            kernel::Linking::All => model::Linking::All,
            kernel::Linking::Best => model::Linking::Best,
        },
        unique: unique.collect(),
        budget: found.budget,
        kin: found.kin.map(|kin| model::Kin {
            relatives: rounded(kin.relatives),
            twins: rounded(kin.twins),
            namesakes: rounded(kin.namesakes),
            mixed: rounded(kin.mixed),
            neighbours: rounded(kin.neighbours),
            movers: rounded(kin.movers),
            homonyms: rounded(kin.homonyms),
        }),
        fields: fields.collect(),
        comparisons: comparisons.collect(),
        blocking: blocking.collect(),
    }
}

fn missing_to(missing: model::Missing) -> kernel::Missing {
    match missing {
        model::Missing::First => kernel::Missing::First,
        model::Missing::Any => kernel::Missing::Any,
        model::Missing::All => kernel::Missing::All,
    }
}

fn missing_from(missing: kernel::Missing) -> model::Missing {
    match missing {
        kernel::Missing::First => model::Missing::First,
        kernel::Missing::Any => model::Missing::Any,
        kernel::Missing::All => model::Missing::All,
    }
}

fn shared_to(of: model::Shared) -> kernel::Shared {
    kernel::Shared { relatives: of.relatives, twins: of.twins, namesakes: of.namesakes }
}

/// Nine digits: more than is known, and few enough to read.
fn rounded(figure: f64) -> f64 {
    format!("{figure:.8e}").parse().unwrap_or(figure)
}

macro_rules! twins {
    ($to:ident $from:ident: $one:path = $other:path; $($word:ident)*) => {
        fn $to(it: $one) -> $other {
            match it { $(<$one>::$word => <$other>::$word,)* }
        }
        fn $from(it: $other) -> Option<$one> {
            match it { $(<$other>::$word => Some(<$one>::$word),)* <$other>::Unknown => None }
        }
    };
}

twins! { kind_to kind_from: model::FieldKind = kernel::FieldKind;
    GivenName MiddleName FamilyName FullName NameSuffix BirthDate Category Email Phone Identifier Address Street HouseNumber
    City Region PostalCode EmailUser PostalArea PostalDistrict PostalSector Point Number Organization Text Ignored
}

macro_rules! tests {
    (bare: $($bare:ident)*; limited: $($limited:ident)*) => {
        fn test_to(test: &Test, fields: &[String]) -> Result<kernel::Test, String> {
            let all = |tests: &[Test]| tests.iter().map(|test| test_to(test, fields)).collect::<Result<Vec<_>, _>>();
            let place = |field: &String| {
                let place = fields.iter().position(|known| known == field);
                place.ok_or_else(|| format!("`{field}` is not a field of the comparison"))
            };
            Ok(match test {
                $(Test::$bare => kernel::Test::$bare,)*
                $(Test::$limited(limit) => kernel::Test::$limited(*limit),)*
                Test::All(tests) => kernel::Test::All(all(tests)?),
                Test::Any(tests) => kernel::Test::Any(all(tests)?),
                Test::Of { field, test } => kernel::Test::Of(place(field)?, Box::new(test_to(test, fields)?)),
                Test::Crosswise(one, other) => kernel::Test::Crosswise(place(one)?, place(other)?),
            })
        }
        fn test_from(test: &kernel::Test, fields: &[String]) -> Test {
            let all = |tests: &[kernel::Test]| tests.iter().map(|test| test_from(test, fields)).collect();
            let name = |place: &usize| fields.get(*place).cloned().unwrap_or_default();
            match test {
                $(kernel::Test::$bare => Test::$bare,)*
                $(kernel::Test::$limited(limit) => Test::$limited(*limit),)*
                kernel::Test::All(tests) => Test::All(all(tests)),
                kernel::Test::Any(tests) => Test::Any(all(tests)),
                kernel::Test::Of(place, test) => Test::Of {
                    field: name(place),
                    test: Box::new(test_from(test, fields)),
                },
                kernel::Test::Crosswise(one, other) => Test::Crosswise(name(one), name(other)),
            }
        }
    };
}

tests! {
    bare: Exact Phonetic Nickname Initial Swapped DayMonthSwapped DigitSlip TwoPartsEqual EmailUser EmailDomain
        NumbersEqual Else;
    limited: Levenshtein Damerau Similarity JaroWinkler Jaccard Tokens WithinDays WithinYears Within WithinShare
        WithinKilometres Suffix Prefix Shared Rare
}

macro_rules! forms {
    (bare: $($bare:ident)*; limited: $($limited:ident)*) => {
        fn form_to(form: Form) -> kernel::KeyForm {
            match form { $(Form::$bare => kernel::KeyForm::$bare,)* $(Form::$limited(limit) => kernel::KeyForm::$limited(limit),)* }
        }
        fn form_from(form: kernel::KeyForm) -> Form {
            match form { $(kernel::KeyForm::$bare => Form::$bare,)* $(kernel::KeyForm::$limited(limit) => Form::$limited(limit),)* }
        }
    };
}

forms! {
    bare: Exact Phonetic Nickname SortedWords FirstWord LastWord Year YearMonth MonthDay YearDay EmailUser Crosswise;
    limited: Prefix Suffix
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
kind: fellegi_sunter
threshold: 0.9
prior: 1e-7
priors: [{tables: [B_t, A_t], prior: 1e-6}, {tables: [A_t], prior: 1e-9}]
linking: best
unique: [A_t]
fields:
  given: {kind: given_name, columns: [A_t.first, B_t.given]}
  family: {columns: [A_t.last]}
comparisons:
  - name: given
    fields: [given, family]
    missing: all
    levels:
      - {test: exact, m: 0.9, u: 0.01, term_frequency: 1.0}
      - test: {any: [swapped, {of: {field: family, test: {jaro_winkler: 0.9}}}]}
      - test: {crosswise: [family, given]}
      - {test: else}
blocking: [[family.phonetic, given.prefix3], [given.crosswise, family.crosswise]]
";

    #[test]
    fn a_model_goes_to_a_kernel_and_comes_back() {
        let model = Linkage::parse(TEXT).unwrap();
        let there = to_kernel(&model, &["B_t", "A_t"]).unwrap();
        assert_eq!(there.unique, [false, true]);
        assert_eq!(there.priors.iter().map(|of| of.tables).collect::<Vec<_>>(), [(0, 1), (1, 1)]);
        assert_eq!(there.fields[1].kind, kernel::FieldKind::Unknown);
        let Test::Any(_) = model.comparisons[0].levels[1].test else { panic!() };
        assert_eq!(
            there.comparisons[0].levels[1].test,
            kernel::Test::Any(vec![
                kernel::Test::Swapped,
                kernel::Test::Of(1, Box::new(kernel::Test::JaroWinkler(0.9)))
            ])
        );
        assert_eq!(there.comparisons[0].levels[2].test, kernel::Test::Crosswise(1, 0));
        assert_eq!(there.comparisons[0].missing, kernel::Missing::All);
        assert_eq!(from_kernel(&there, &model, &["B_t", "A_t"]), model);
    }

    #[test]
    fn names_of_nothing_are_errors() {
        let model = Linkage::parse(&TEXT.replace("[family.phonetic", "[nothing.phonetic")).unwrap();
        assert_eq!(to_kernel(&model, &["A_t"]), Err("the model has no field `nothing`".to_owned()));
        let model = Linkage::parse(TEXT).unwrap();
        assert!(to_kernel(&model, &["B_t"]).unwrap_err().contains("`A_t`"));
        let model = Linkage::parse(&TEXT.replace("crosswise: [family, given]", "crosswise: [family, born]")).unwrap();
        assert!(to_kernel(&model, &["A_t", "B_t"]).unwrap_err().contains("`born`"));
    }
}
