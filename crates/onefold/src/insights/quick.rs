//! Quick: one field and one value make a segment: the commonest values, or numbers at shares of people.

use onefold_api::{Problem, QuickAsk, QuickPercentile, QuickValue, QuickView};
use onefold_kernels::insight::bins;
use onefold_model::DataType;
use serde_json::Value;

use super::fields::{People, Shape, is_ordered};
use super::words;

/// Shares of people, in per cent.
const PERCENTS: [u32; 9] = [5, 10, 25, 33, 50, 67, 75, 90, 95];

/// What a segment of one field could be.
pub(super) fn quick(people: &People, ask: &QuickAsk) -> Result<QuickView, Problem> {
    let choice = people.choice(&ask.field)?;
    let flags = people.flags(&people.group(ask.within.as_deref())?);
    let (ty, name) = (choice.column.ty, words::column(&choice));
    let mut view = QuickView {
        field: choice.field.clone(),
        title: choice.title.clone(),
        ty: ty.to_string(),
        of: flags.iter().filter(|flag| **flag).count() as u64,
        missing: 0,
        values: Vec::new(),
        percentiles: Vec::new(),
    };
    if is_ordered(ty) {
        let own =
            people.numbers_of(&choice)?.into_iter().zip(&flags).filter(|(_, flag)| **flag).map(|(value, _)| value);
        let mut values: Vec<f64> = own.filter(|value| value.is_finite()).collect();
        view.missing = view.of - values.len() as u64;
        values.sort_unstable_by(f64::total_cmp);
        let shares: Vec<f64> = PERCENTS.iter().map(|percent| f64::from(*percent) / 100.0).collect();
        for (percent, found) in PERCENTS.iter().zip(bins::percentiles(&values, &shares)) {
            let literal = words::literal(ty, found);
            let below = values.partition_point(|value| *value < found) as u64;
            let upto = values.partition_point(|value| *value <= found) as u64;
            view.percentiles.push(QuickPercentile {
                percent: *percent,
                value: words::value(ty, found),
                at_least: values.len() as u64 - below,
                at_least_rule: format!("{name} >= {literal}"),
                at_most: upto,
                at_most_rule: format!("{name} <= {literal}"),
            });
        }
        view.percentiles.dedup_by(|later, first| later.value == first.value);
        return Ok(view);
    }
    let field = people.field(&choice)?;
    let Shape::Categories { values, .. } = &field.shape else {
        let (Shape::Unfit(why), problem) =
            (&field.shape, Problem::refused(format!("`{}` makes no groups", choice.field)))
        else {
            return Ok(view);
        };
        return Err(problem.hint(format!("choose another field: {why}")));
    };
    let mut counts = vec![0_u64; field.bins()];
    field.codes.iter().zip(&flags).filter(|(_, flag)| **flag).for_each(|(code, _)| counts[usize::from(*code)] += 1);
    view.missing = counts[0];
    let mut found: Vec<(&String, u64)> =
        values.iter().zip(counts[1..].iter().copied()).filter(|(_, count)| *count > 0).collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    view.values = found
        .into_iter()
        .take(10)
        .map(|(text, count)| QuickValue {
            value: if ty == DataType::Boolean { Value::from(text == "true") } else { Value::from(text.as_str()) },
            count,
            rule: words::is(&choice, text),
        })
        .collect();
    Ok(view)
}
