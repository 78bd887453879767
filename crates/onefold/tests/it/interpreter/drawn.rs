//! Drawn: definitions from a seed.
//!
//! Invariants
//! - Equal seeds give equal definitions; a definition uses only those made before it.
//! - Every key of measures and segments that changes what comes out is drawn.
//!
//! Not here: expressions (`words`), what definitions make (`measures`, `people`).

use onefold_model::define::{DateBucket, MeasureKind, Stretch, TimeUnit, WindowUnit, Within};
use onefold_model::plan::SetOperator;
use onefold_model::{DataType, Spanned};

use super::made::Chance;
use super::measures::Measure;
use super::people::{Limit, Rule, Segment};
use super::value::Value;
use super::words::Writer;
use super::world::{Known, Replacement, Used, Way, typed};

/// A definition.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    /// Its name.
    pub(super) name: String,
    /// What it is.
    pub(super) kind: Kind,
}

/// What a definition is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Measure(Measure),
    Segment(Segment),
}

/// The definitions of a seed: so many, each using those before it.
pub(super) fn definitions(chance: &mut Chance, count: usize) -> Vec<Definition> {
    let mut writer = Writer::new(chance);
    (0..count)
        .map(|i| {
            let name = format!("D{i:03}");
            let kind = writer.definition();
            note(&mut writer.known, &name, &kind);
            Definition { name, kind }
        })
        .collect()
}

/// Notes what can be named from now on.
fn note(known: &mut Known, name: &str, kind: &Kind) {
    let measure = match kind {
        Kind::Segment(segment) => {
            known.segments.insert(name.to_owned());
            if segment.holdout.is_some() {
                known.segments.insert(format!("{name}#holdout"));
            }
            return;
        }
        Kind::Measure(measure) => measure,
    };
    let declared = &measure.used.declared;
    let values: Vec<DataType> = measure.values.iter().map(|value| typed(value, known, declared, true).ty).collect();
    match measure.kind {
        MeasureKind::CustomerAttribute => _ = known.attributes.insert(name.to_owned(), values[0]),
        MeasureKind::BusinessMeasure if measure.dimensions.is_empty() => {
            known.scalars.insert(name.to_owned(), values[0]);
        }
        MeasureKind::BusinessMeasure => {}
        MeasureKind::CustomerMeasure => {
            let by = measure.dimensions.iter().enumerate().map(|(i, (by, bucket))| {
                let ty = typed(by, known, declared, false).ty;
                (format!("by{i}"), if *bucket == DateBucket::None { ty } else { DataType::Date })
            });
            let all = by.chain(values.into_iter().enumerate().map(|(i, ty)| (format!("v{i}"), ty))).collect();
            known.tables.insert(name.to_owned(), all);
        }
    }
}

impl Writer<'_> {
    fn definition(&mut self) -> Kind {
        match self.chance.below(20) {
            0..7 => Kind::Measure(self.measure(MeasureKind::CustomerAttribute)),
            7..10 => Kind::Measure(self.measure(MeasureKind::CustomerMeasure)),
            10..12 => Kind::Measure(self.measure(MeasureKind::BusinessMeasure)),
            _ => Kind::Segment(self.segment()),
        }
    }

    fn measure(&mut self, kind: MeasureKind) -> Measure {
        let used = self.choose_tables();
        let count = |writer: &mut Self, least: u64| (least + writer.chance.below(2)) as usize;
        let dimensions: Vec<(String, DateBucket)> = match kind {
            MeasureKind::CustomerAttribute => Vec::new(),
            MeasureKind::CustomerMeasure => (0..count(self, 1)).map(|_| self.dimension()).collect(),
            MeasureKind::BusinessMeasure => (0..count(self, 0)).map(|_| self.dimension()).collect(),
        };
        let several = !dimensions.is_empty();
        let values: Vec<String> = (0..if several { count(self, 1) } else { 1 }).map(|_| self.aggregated()).collect();
        let filter = self.filter();
        // A window says what lies in it, unless activities are looked at.
        let of_activities = |text: &String| text.contains("UnifiedActivity.");
        let has_time = used.declared.contains(&"o") || values.iter().chain(&filter).any(of_activities);
        let window = self.chance.one_in(3).then(|| self.window(has_time)).flatten();
        let replaced = self.replaced(&values, &used);
        let rolls_up = kind != MeasureKind::BusinessMeasure && self.chance.one_in(4);
        Measure { kind, used, values, dimensions, filter, window, replaced, rolls_up }
    }

    fn filter(&mut self) -> Option<String> {
        self.chance.one_in(2).then(|| self.expression(DataType::Boolean, 2))
    }

    fn dimension(&mut self) -> (String, DateBucket) {
        if self.chance.one_in(2) {
            let ty = *self.chance.of(&[DataType::Text, DataType::Text, DataType::Integer, DataType::Boolean]);
            return (self.expression(ty, 1), DateBucket::None);
        }
        let ty = *self.chance.of(&[DataType::Date, DataType::DateTime]);
        let buckets = [DateBucket::Day, DateBucket::Week, DateBucket::Month, DateBucket::Quarter, DateBucket::Year];
        (self.expression(ty, 0), *self.chance.of(&buckets))
    }

    fn window(&mut self, has_time: bool) -> Option<(Stretch, Option<String>)> {
        let time = match has_time && self.chance.one_in(2) {
            true => None,
            false => {
                let ty = *self.chance.of(&[DataType::Date, DataType::DateTime]);
                Some(self.column_of(ty)?)
            }
        };
        let units = [WindowUnit::Day, WindowUnit::Week, WindowUnit::Month, WindowUnit::Quarter, WindowUnit::Year];
        let (unit, count) = (*self.chance.of(&units), 1 + self.chance.below(5));
        let day = |chance: &mut Chance| {
            let days = ["2025-11-02", "2026-03-08", "2026-03-29", "2026-05-31", "2026-06-01"];
            Spanned::made((*chance.of(&days)).to_owned())
        };
        let stretch = match self.chance.below(8) {
            0 => Stretch::Last(count, unit),
            1 => Stretch::Next(count, unit),
            2 => Stretch::WholeLast(count, unit),
            3 => Stretch::WholeNext(count, unit),
            4 => Stretch::This(unit),
            5 => Stretch::ToDate(unit),
            6 => Stretch::Between(Some(day(self.chance)), Some(day(self.chance))),
            _ if self.chance.one_in(2) => Stretch::Between(Some(day(self.chance)), None),
            _ => Stretch::Between(None, Some(day(self.chance))),
        };
        Some((stretch, time))
    }

    /// What stands in the place of values of columns that the values name.
    fn replaced(&mut self, values: &[String], used: &Used) -> Vec<Replacement> {
        let named: Vec<(String, DataType)> = values
            .iter()
            .flat_map(|value| {
                let typed = typed(value, &self.known, &used.declared, true);
                let mut all = Vec::new();
                typed.walk(&mut |e| {
                    if let onefold_model::expr::Node::Column(column) = &e.node {
                        all.push((format!("{}.{}", column.alias, column.column), e.ty));
                    }
                });
                all
            })
            .collect();
        let mut all: Vec<Replacement> = Vec::new();
        for (column, ty) in named {
            let taken = all.iter().any(|replaced| replaced.column == column);
            if taken || !self.chance.one_in(3) {
                continue;
            }
            let constant = |chance: &mut Chance| match ty {
                DataType::Integer => Some(Value::Integer(chance.below(5) as i64 - 1)),
                DataType::Number => Some(Value::Number(chance.below(20) as f64 / 4.0 + 0.25)),
                DataType::Text => Some(Value::Text((*chance.of(&["tea", "Bern", "none", "A1"])).to_owned())),
                _ => None,
            };
            let Some(with) = constant(self.chance) else { continue };
            let of_nulls = self.chance.one_in(2);
            let mut values = vec![(None, with)];
            if !of_nulls {
                let count = self.chance.below(3);
                for _ in 0..count {
                    let (target, with) = (constant(self.chance), constant(self.chance));
                    if let Some(with) = with.filter(|_| values.iter().all(|(known, _)| *known != target)) {
                        values.push((target, with));
                    }
                }
                if values.len() > 1 && self.chance.one_in(2) {
                    values.remove(0);
                }
            }
            all.push(Replacement { column, values, of_nulls });
        }
        all
    }

    fn segment(&mut self) -> Segment {
        let operators = [SetOperator::Union, SetOperator::Intersect, SetOperator::Except];
        let count = 1 + self.chance.below(3);
        let rules = (0..count)
            .map(|_| {
                let operator = *self.chance.of(&operators);
                if self.chance.one_in(2) { self.plain_rule(operator) } else { self.rule_over_rows(operator) }
            })
            .collect();
        let limit = self.chance.one_in(4).then(|| self.limit());
        let holdout = self.chance.one_in(5).then(|| {
            let name = self.chance.one_in(2).then(|| (*self.chance.of(&["spring", "autumn"])).to_owned());
            (*self.chance.of(&[0.1, 0.5, 0.75]), name)
        });
        let columns = (0..self.chance.below(3).saturating_sub(self.chance.below(2)))
            .map(|_| {
                let used = self.choose_tables();
                match self.chance.below(3) {
                    0 if !self.rows_are_people() => {
                        let ty = *self.chance.of(&[DataType::Text, DataType::Integer, DataType::Date]);
                        let (list, row) = (self.expression(ty, 1), self.row_column());
                        // What names no row would be one value.
                        (format!("case when {row} is not null then {list} end"), true, used)
                    }
                    _ => (self.aggregated(), false, used),
                }
            })
            .collect();
        Segment { rules, limit, holdout, columns }
    }

    fn plain_rule(&mut self, operator: SetOperator) -> Rule {
        let used = self.choose_tables();
        let filter = self.expression(DataType::Boolean, 3);
        Rule { operator, used, filter, times: None, pick: None, order_by: None, after: None, before: None }
    }

    fn rule_over_rows(&mut self, operator: SetOperator) -> Rule {
        let mut rule = self.plain_rule(operator);
        while self.rows_are_people() {
            rule = self.plain_rule(operator);
        }
        let is_one_table = rule.used.declared.len() == 1;
        // Else nothing says that rows are looked at.
        let row = self.row_column();
        if !is_one_table || self.chance.one_in(2) {
            rule.filter = format!("{row} is not null and {}", rule.filter_in_brackets());
        }
        let times = |chance: &mut Chance| match chance.below(4) {
            0 => (None, Some(chance.below(3))),
            1 => (Some(1), Some(1 + chance.below(3))),
            2 => (Some(0), Some(chance.below(2))),
            _ => (Some(1 + chance.below(3)), None),
        };
        let condition = |writer: &mut Self| writer.expression(DataType::Boolean, 2);
        // Of rows without a key nobody could say which comes first.
        let has_key = !rule.used.declared.is_empty();
        let order_types = [DataType::DateTime, DataType::Date, DataType::Integer, DataType::Number, DataType::Text];
        let ty = *self.chance.of(&order_types);
        let Some(order_by) = self.row_column_of(ty) else {
            rule.times = Some(times(self.chance));
            return rule;
        };
        match self.chance.below(4) {
            0 => rule.times = Some(times(self.chance)),
            1 if has_key => {
                let among = self.chance.one_in(2).then(|| condition(self));
                rule.pick = Some((self.chance.one_in(2), among));
                rule.after = self.chance.one_in(4).then(|| (condition(self), None));
                rule.order_by = Some(order_by);
            }
            _ => {
                let units = [TimeUnit::Hour, TimeUnit::Day, TimeUnit::Week, TimeUnit::Month, TimeUnit::Year];
                let within = |chance: &mut Chance| {
                    let unit = *chance.of(if ty == DataType::Date { &units[1..] } else { &units[..] });
                    let count = 1 + chance.below(30) as u32;
                    (ty == DataType::Date || ty == DataType::DateTime).then_some(Within { count, unit })
                };
                let beside = |writer: &mut Self| {
                    let within = if writer.chance.one_in(3) { None } else { within(writer.chance) };
                    (condition(writer), within)
                };
                match self.chance.below(3) {
                    0 => rule.after = Some(beside(self)),
                    1 => rule.before = Some(beside(self)),
                    _ => {
                        rule.after = Some(beside(self));
                        rule.before = Some(beside(self));
                    }
                }
                rule.times = self.chance.one_in(3).then(|| times(self.chance));
                rule.order_by = Some(order_by);
            }
        }
        rule
    }

    fn limit(&mut self) -> Limit {
        self.look_at(&["Customer", "Customer_Measure"], &[]);
        let types = [DataType::Integer, DataType::Number, DataType::Text, DataType::Date, super::words::EXACT];
        let ty = *self.chance.of(&types);
        let by = self.expression(ty, 1);
        let ty = *self.chance.of(&[DataType::Text, DataType::Integer, DataType::Boolean]);
        let per = self.chance.one_in(2).then(|| self.expression(ty, 1));
        Limit { count: 1 + self.chance.below(5), by, ascending: self.chance.one_in(2), per }
    }

    /// Chooses what a definition, or a part of one, looks at.
    pub(super) fn choose_tables(&mut self) -> Used {
        let choices: &[&[&str]] = &[
            &["o"],
            &["o"],
            &["l"],
            &["o", "l"],
            &["o", "Customer"],
            &["o", "Customer_Measure"],
            &["Customer"],
            &["Customer_Measure"],
            &["Customer", "Customer_Measure"],
            &["l", "Customer", "Customer_Measure"],
            &["UnifiedActivity"],
            &["UnifiedActivity", "Customer"],
            &["#table", "Customer"],
        ];
        let mut aliases: Vec<String> = self.chance.of(choices).iter().map(|alias| (*alias).to_owned()).collect();
        if aliases[0] == "#table" {
            let tables: Vec<String> = self.known.tables.keys().cloned().collect();
            aliases[0] = if tables.is_empty() { "o".to_owned() } else { self.chance.of(&tables).clone() };
        }
        if self.chance.one_in(6) {
            let scalars: Vec<String> = self.known.scalars.keys().cloned().collect();
            if !scalars.is_empty() {
                aliases.push(self.chance.of(&scalars).clone());
            }
        }
        let declared: Vec<&'static str> =
            ["o", "l"].into_iter().filter(|table| aliases.iter().any(|alias| alias == table)).collect();
        let aliases: Vec<&str> = aliases.iter().map(String::as_str).collect();
        self.look_at(&aliases, &declared);
        Used { declared, way: if self.chance.one_in(3) { Way::Given } else { Way::Placed } }
    }
}

impl Rule {
    fn filter_in_brackets(&self) -> String {
        format!("({})", self.filter)
    }
}
