//! Values: which record of a profile gives which value.
//!
//! Reads    `KeyRing`, `ProfileStanding`, `Deduplication_<S>_<T>`; for the most frequent value the tables themselves
//! Flow     columns ─ units (one column, or a group) ─ for each table one row a profile ─ for each unit the table that wins
//!
//! Invariants
//! - Of several records of one table in a profile the one that stands for it gives its values, and the next in order those
//!   that it lacks; for the most or least recent value, the order is that of the policy.
//! - All values of a group, and how exact a date is, come from one record.
//!
//! Not here: which columns there are and their names (`merge`).

use onefold_model::define::MergePolicy;
use onefold_model::sql::{cast, column, id, integer, join, text};
use onefold_model::{Code, Column, DataType, Spanned, Sql, sql};

use super::{Part, Target, common_type, part};
use crate::Planner;
use crate::unify::ids::standing;
use crate::unify::map::Mapped;
use crate::unify::normal::as_order;
use crate::unify::{key_ring, wrong};

/// The key of the record that stands for a table, as [`tables`] gives it.
pub(super) const KEY: &str = "_key";
/// The number of the profile, likewise.
const NO: &str = "_no";

/// The name under which a table's row of a profile is known.
pub(super) fn alias(order: usize) -> String {
    format!("d{order}")
}

/// Columns whose values come from one record: a single one, or a group.
struct Unit<'a> {
    targets: Vec<&'a Target>,
    sources: Vec<Source<'a>>,
}

/// What one table can give to a unit.
struct Source<'a> {
    table: usize,
    /// Its column for each target.
    parts: Vec<Option<&'a Column>>,
    /// Distinguishes it from others of the same table.
    suffix: String,
    /// The order of its rows, for the policies that ask for one.
    by: Option<Sql>,
}

impl Unit<'_> {
    fn policy(&self) -> &MergePolicy {
        &self.targets[0].policy
    }
    /// The name of a value among those of its table.
    fn slot(&self, source: &Source<'_>, target: usize) -> String {
        format!("{}{}", self.targets[target].name, source.suffix)
    }
    fn precision_slot(&self, source: &Source<'_>, target: usize) -> String {
        format!("{} precision", self.slot(source, target))
    }
    fn by_slot(&self, source: &Source<'_>) -> String {
        format!("{} by", self.slot(source, 0))
    }
    /// Whether a record has any of the values: over its own columns.
    fn there(&self, source: &Source<'_>) -> Sql {
        let known = source.parts.iter().flatten().map(|part| sql!(column("d", part.name.as_str()), " is not null"));
        either(known.collect())
    }
    /// The same over the values of the table's row of the profile.
    fn given(&self, source: &Source<'_>) -> Sql {
        let known = (0..self.targets.len()).filter(|&target| source.parts[target].is_some());
        let of = |target| sql!(column(&alias(source.table), self.slot(source, target)), " is not null");
        either(known.map(of).collect())
    }
}

fn either(mut conditions: Vec<Sql>) -> Sql {
    match conditions.len() {
        1 => conditions.remove(0),
        _ => sql!("(", join(conditions, " or "), ")"),
    }
}

/// Adds the columns of all targets and their values; gives the relations they come from.
pub(super) fn add(
    p: &mut Planner<'_>,
    mapped: &[Mapped],
    targets: &[Target],
    columns: &mut Vec<Column>,
    items: &mut Vec<Sql>,
) -> Sql {
    let units = units(p, mapped, targets);
    let mut from = tables(mapped, &units);
    // Columns stand in the order of targets, whatever unit they are in.
    for target in targets {
        let (u, unit, t) = units
            .iter()
            .enumerate()
            .find_map(|(u, unit)| Some((u, unit, unit.targets.iter().position(|own| std::ptr::eq(*own, target))?)))
            .expect("every target is in a unit");
        let ty = common_type(p, target);
        let semantic = target.parts[0].1.semantic.clone();
        columns.push(Column { semantic, ..Column::new(target.name.as_str(), ty) });
        let precise = ty == DataType::Date && target.parts.iter().any(|part| companion(mapped, part).is_some());
        let (value, precision) = match target.policy {
            MergePolicy::MostFrequent => {
                let votes = format!("q{u}");
                from.push(frequent(mapped, unit, t, ty, &votes));
                (column(&votes, "v"), column(&votes, "c"))
            }
            _ => (value(unit, t, ty), precision(mapped, unit, t)),
        };
        items.push(value);
        if precise {
            columns.push(Column::new(format!("{}_precision", target.name), DataType::Text));
            items.push(precision);
        }
    }
    from
}

fn companion<'m>(mapped: &'m [Mapped], part: &Part) -> Option<&'m Column> {
    mapped[part.0].companion(part.1.name.as_str())
}

fn typed(value: Sql, own: DataType, ty: DataType) -> Sql {
    if own == ty || ty == DataType::Any || (own.is_text() && ty.is_text()) { value } else { cast(value, ty) }
}

/// The targets in units, each with the tables that can give its values.
fn units<'a>(p: &mut Planner<'_>, mapped: &[Mapped], targets: &'a [Target]) -> Vec<Unit<'a>> {
    let mut units: Vec<Unit<'a>> = Vec::new();
    for target in targets {
        let same = |unit: &&mut Unit<'_>| {
            let group = unit.targets[0].group.as_ref();
            group.is_some() && group.map(|group| &group.value) == target.group.as_ref().map(|group| &group.value)
        };
        match units.iter_mut().find(same) {
            Some(unit) => unit.targets.push(target),
            None => units.push(Unit { targets: vec![target], sources: Vec::new() }),
        }
    }
    for unit in &mut units {
        let of = |target: usize, column: &'a Column| {
            (0..unit.targets.len()).map(|t| (t == target).then_some(column)).collect::<Vec<_>>()
        };
        let mut sources: Vec<Source<'a>> = Vec::new();
        let grouped = unit.targets[0].group.is_some();
        for (t, target) in unit.targets.iter().enumerate() {
            for (table, part) in &target.parts {
                let known = sources.iter().filter(|source| source.table == *table).count();
                match sources.iter_mut().find(|source| grouped && source.table == *table) {
                    Some(source) => source.parts[t] = Some(part),
                    None => {
                        let suffix = if known == 0 { String::new() } else { format!(" {}", known + 1) };
                        sources.push(Source { table: *table, parts: of(t, part), suffix, by: None });
                    }
                }
            }
        }
        unit.sources = sources;
    }
    for unit in &mut units {
        let target = unit.targets[0];
        if !target.policy.by().is_empty() {
            for source in &mut unit.sources {
                source.by = order_of(p, mapped, target, target.policy.by(), source.table);
            }
        }
    }
    units
}

/// When the row of a table was made, by the column that `by` names for it.
fn order_of(
    p: &mut Planner<'_>,
    mapped: &[Mapped],
    target: &Target,
    by: &[Spanned<String>],
    table: usize,
) -> Option<Sql> {
    let name = &mapped[table].table;
    let own = by.iter().find(|by| by.split('.').next().is_some_and(|word| word.eq_ignore_ascii_case(name.as_str())));
    let Some(own) = own else {
        let at = by.first().and_then(|name| name.at).or(target.at());
        let what = target.group.as_ref().map_or(target.name.as_str(), |group| group.value.as_str());
        let message = format!("`by` of `{what}` names no column of `{name}`");
        p.say(wrong(Code::UnifyMerge, at, message, "name a date or a number of each table"));
        return None;
    };
    let (_, found) = part(p, mapped, own)?;
    let order = as_order(column("d", found.name.as_str()), found.ty);
    if order.is_none() {
        let message = format!("`{}` is {}: rows cannot be put in order by it", own.value, found.ty);
        p.say(wrong(Code::UnifyMerge, own.at, message, "choose a date or a number"));
    }
    order
}

/// The value of a target: of the source that wins.
fn value(unit: &Unit<'_>, target: usize, ty: DataType) -> Sql {
    let of = |source: &Source<'_>| {
        let part = source.parts[target]?;
        Some(typed(column(&alias(source.table), unit.slot(source, target)), part.ty, ty))
    };
    let single = unit.targets.len() == 1;
    match (unit.sources.as_slice(), unit.policy()) {
        ([only], _) => of(only).unwrap_or_else(|| "null".into()),
        (sources, MergePolicy::Importance) if single => {
            sql!("coalesce(", join(sources.iter().filter_map(of), ", "), ")")
        }
        _ => choose(unit, |source| of(source).unwrap_or_else(|| cast("null".into(), ty))),
    }
}

/// How exact the date of a target is.
fn precision(mapped: &[Mapped], unit: &Unit<'_>, target: usize) -> Sql {
    choose(unit, |source| {
        let own = source.parts[target].and_then(|part| mapped[source.table].companion(part.name.as_str()));
        match own {
            Some(_) => column(&alias(source.table), unit.precision_slot(source, target)),
            None => "cast(null as varchar)".into(),
        }
    })
}

fn choose(unit: &Unit<'_>, of: impl Fn(&Source<'_>) -> Sql) -> Sql {
    let cases = wins(unit).into_iter().map(|(source, won)| sql!("when ", won, " then ", of(&unit.sources[source])));
    sql!("case ", join(cases, " "), " end")
}

/// Sources in the order in which they are asked, and when each wins.
fn wins(unit: &Unit<'_>) -> Vec<(usize, Sql)> {
    let first: Vec<(usize, Sql)> = unit.sources.iter().map(|source| unit.given(source)).enumerate().collect();
    let best = match unit.policy() {
        MergePolicy::Importance | MergePolicy::MostFrequent => return first,
        MergePolicy::MostRecent(_) => "greatest(",
        MergePolicy::LeastRecent(_) => "least(",
    };
    let order = |source: &Source<'_>| source.by.as_ref().map(|_| column(&alias(source.table), unit.by_slot(source)));
    let known = first.iter().filter_map(|(source, given)| {
        Some(sql!("case when ", given, " then ", order(&unit.sources[*source])?, " end"))
    });
    let best = sql!(best, join(known, ", "), ")");
    let mut all: Vec<(usize, Sql)> = first
        .iter()
        .filter_map(|(source, given)| {
            Some((*source, sql!(given, " and ", order(&unit.sources[*source])?, " = ", &best)))
        })
        .collect();
    // Where no row says when it was made, the first value counts.
    all.extend(first);
    all
}

/// The most frequent value among all records of a profile, winners and alternates; on a tie the first in order.
fn frequent(mapped: &[Mapped], unit: &Unit<'_>, target: usize, ty: DataType, votes: &str) -> Sql {
    let voters = unit.sources.iter().enumerate().filter_map(|(rank, source)| {
        let part = source.parts[target]?;
        let table = &mapped[source.table];
        let own = column("t", part.name.as_str());
        let companion = match table.companion(part.name.as_str()) {
            Some(companion) => column("t", companion.name.as_str()),
            None => "cast(null as varchar)".into(),
        };
        Some(sql!(
            "select k.\"profile_no\" as \"_no\", ",
            typed(own.clone(), part.ty, ty),
            " as v, ",
            companion,
            " as c, ",
            integer(2 * rank as i64),
            " + case when k.\"IsWinner\" then 0 else 1 end as r from ",
            key_ring(),
            " k join ",
            &table.table,
            " t on ",
            cast(column("t", table.key.name.as_str()), DataType::Text),
            " = k.\"Key\" where k.\"SourceTable\" = ",
            text(table.table.as_str()),
            " and ",
            own,
            " is not null"
        ))
    });
    sql!(
        " left join (select \"_no\", first_value(v order by n desc, r, v) as v, first_value(c order by n desc, r, v) as c ",
        "from (select \"_no\", v, count(*) as n, min(r) as r, first_value(c order by r, c) as c from (",
        join(voters, " union all "),
        ") w group by \"_no\", v) b group by \"_no\") ",
        id(votes),
        " on ",
        id(votes),
        ".\"_no\" = p.\"profile_no\""
    )
}

/// For each table its row of a profile, and the keys of the records that do not stand for it.
fn tables(mapped: &[Mapped], units: &[Unit<'_>]) -> Sql {
    let mut from = Sql::default();
    for table in mapped {
        let (d, a) = (alias(table.order), format!("a{}", table.order));
        let of_table = |alias: &str, condition: &'static str| {
            sql!(column(alias, "SourceTable"), " = ", text(table.table.as_str()), condition)
        };
        from.push(sql!(
            " left join (",
            alone(table, units, of_table("k", " and k.\"IsWinner\"")),
            " union all ",
            together(table, units, of_table("s", "")),
            ") ",
            id(&d),
            " on ",
            id(&d),
            ".\"_no\" = p.\"profile_no\""
        ));
        from.push(sql!(
            " left join (select k.\"profile_no\" as \"_no\", ",
            crate::unify::listed(&column("k", "Key")),
            " as \"Keys\" from ",
            key_ring(),
            " k where ",
            of_table("k", " and not k.\"IsWinner\""),
            " group by k.\"profile_no\") ",
            id(&a),
            " on ",
            id(&a),
            ".\"_no\" = p.\"profile_no\""
        ));
    }
    from
}

/// What a table gives to units: the name of each value, the value of a record, and in what order and when a record of
/// several gives it.
struct Slot {
    name: String,
    value: Sql,
    order: Sql,
    there: Sql,
}

fn slots(table: &Mapped, units: &[Unit<'_>]) -> Vec<Slot> {
    let mut all = Vec::new();
    for unit in units.iter().filter(|unit| *unit.policy() != MergePolicy::MostFrequent) {
        for source in unit.sources.iter().filter(|source| source.table == table.order) {
            let place = Sql::from("s.\"Place\"");
            let order = match (&source.by, unit.policy()) {
                (Some(by), MergePolicy::MostRecent(_)) => sql!(by, " desc nulls last, ", place),
                (Some(by), _) => sql!(by, " asc nulls last, ", place),
                (None, _) => place,
            };
            let mut add = |name: String, value: Sql| {
                all.push(Slot { name, value, order: order.clone(), there: unit.there(source) });
            };
            for (t, part) in source.parts.iter().enumerate().filter_map(|(t, part)| Some((t, (*part)?))) {
                add(unit.slot(source, t), column("d", part.name.as_str()));
                if let Some(companion) = table.companion(part.name.as_str()) {
                    add(unit.precision_slot(source, t), column("d", companion.name.as_str()));
                }
            }
            if let Some(by) = &source.by {
                add(unit.by_slot(source), by.clone());
            }
        }
    }
    all
}

/// Rows of profiles with one record of a table, alternates of its group aside.
fn alone(table: &Mapped, units: &[Unit<'_>], of_table: Sql) -> Sql {
    let own_key = column("d", table.key.name.as_str());
    let mut items = vec![sql!("k.\"profile_no\" as ", id(NO)), sql!(&own_key, " as ", id(KEY))];
    items.extend(slots(table, units).into_iter().map(|slot| sql!(slot.value, " as ", id(slot.name))));
    sql!(
        "select ",
        join(items, ", "),
        " from ",
        key_ring(),
        " k join ",
        table.table.prefixed("Deduplication_"),
        " d on ",
        cast(own_key, DataType::Text),
        " = k.\"Key\" left anti join ",
        standing(),
        " s on s.\"profile_no\" = k.\"profile_no\" and s.\"SourceTable\" = k.\"SourceTable\" where ",
        of_table
    )
}

/// Rows of profiles with several, put together in the order in which they stand for each other.
fn together(table: &Mapped, units: &[Unit<'_>], of_table: Sql) -> Sql {
    let own_key = column("d", table.key.name.as_str());
    let mut items = vec![
        sql!("s.\"profile_no\" as ", id(NO)),
        sql!("first_value(", &own_key, " order by s.\"Place\") as ", id(KEY)),
    ];
    items.extend(slots(table, units).into_iter().map(|slot| {
        sql!(
            "first_value(",
            slot.value,
            " order by ",
            slot.order,
            ") filter (where ",
            slot.there,
            ") as ",
            id(slot.name)
        )
    }));
    sql!(
        "select ",
        join(items, ", "),
        " from ",
        standing(),
        " s join ",
        table.table.prefixed("Deduplication_"),
        " d on ",
        cast(own_key, DataType::Text),
        " = s.\"Key\" where ",
        of_table,
        " group by s.\"profile_no\""
    )
}
