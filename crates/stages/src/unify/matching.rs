//! Matching: which records of lower tables belong to those of higher ones.
//!
//! Reads    mapped tables, `Dedupe_<S>_<T>`, `match:` of `unify.yaml`
//! Writes   `MatchLinks` (internal), `ConflationMatchPairs`
//!
//! Invariants
//! - A rule leads from a lower table to a higher one; a table that no rule leads up from is a diagnostic.
//! - Winners and alternates are both searched.
//!
//! Not here: the search itself (the kernel).

use onefold_model::define::{Condition, ConditionSide, Normalize, Unify};
use onefold_model::plan::{Check, Exception, Kernel, MatchRule as PlannedRule, MatchTable, Stage};
use onefold_model::sql::{cast, column, id, integer, join};
use onefold_model::{Code, Column, DataType, Output, Spanned, Sql, TableName, sql};

use super::dedupe::Dedupe;
use super::map::Mapped;
use super::normal::{Lookups, comparable};
use super::{because, columns, wrong};
use crate::Planner;
use crate::planner::{kernel_step, listed, sql_step};

/// A rule whose tables and columns were found.
pub(super) struct Rule {
    pub(super) name: String,
    /// Place of the lower table.
    pub(super) from: usize,
    /// Place of the higher table.
    pub(super) to: usize,
    pub(super) when: Vec<When>,
    pub(super) unless: Vec<When>,
}

/// A condition whose columns were found.
pub(super) struct When {
    from: (Column, Vec<Spanned<Normalize>>),
    to: (Column, Vec<Spanned<Normalize>>),
    /// How near they must be; in exceptions, when it holds.
    pub(super) near: Exception,
}

impl When {
    /// The column and what is done to it on one side.
    pub(super) fn side(&self, lower: bool) -> (&Column, &[Spanned<Normalize>]) {
        let (column, normalize) = if lower { &self.from } else { &self.to };
        (column, normalize)
    }
    fn compared(&self, p: &mut Planner<'_>, lookups: &mut Lookups, lower: bool) -> Sql {
        let (own, other) = if lower { (&self.from, &self.to) } else { (&self.to, &self.from) };
        lookups.compared(p, &own.0, other.0.ty, &own.1)
    }
}

/// The records of all tables with their clusters.
pub(super) fn links() -> TableName {
    TableName::from("MatchLinks")
}

/// What the rules found, where a model makes the links of it.
pub(super) fn rule_links() -> TableName {
    TableName::from("RuleLinks")
}

/// The columns of both.
pub(super) fn link_columns() -> Vec<Column> {
    let (text, integer) = (DataType::Text, DataType::Integer);
    columns([
        ("SourceTable", text),
        ("Key", text),
        ("IsWinner", DataType::Boolean),
        ("Cluster", integer),
        ("Included", DataType::Boolean),
        ("TableOrder", integer),
        ("Rule", text),
        ("Score", DataType::Number),
        ("MatchedTable", text),
        ("MatchedKey", text),
    ])
}

/// The rules that are used, or all that is wrong with them.
pub(super) fn rules(p: &mut Planner<'_>, unify: &Unify, mapped: &[Mapped]) -> Vec<Rule> {
    let mut all: Vec<Rule> = Vec::new();
    for rule in &unify.rules {
        if all.iter().any(|known| known.name == rule.name.value) {
            let message = format!("there are two match rules `{}`", rule.name.value);
            p.say(wrong(Code::UnifyRule, rule.name.at, message, "give each rule a name of its own"));
        }
        let (from, to) = (place(p, mapped, unify, &rule.from), place(p, mapped, unify, &rule.to));
        let (Some(from), Some(to)) = (from, to) else { continue };
        if from <= to {
            let message = format!("`{}` does not stand below `{}` in `tables`", rule.from.value, rule.to.value);
            p.say(wrong(
                Code::UnifyRule,
                rule.from.at,
                message,
                "swap `from` and `to`: a rule leads from a lower table to a higher one",
            ));
            continue;
        }
        let mut find = |conditions: &[Condition]| -> Vec<Option<When>> {
            conditions.iter().map(|condition| when(p, &mapped[from], &mapped[to], condition)).collect()
        };
        let (whens, unless) = (find(&rule.when), find(&rule.unless));
        let (Some(when), Some(unless)) = (whens.into_iter().collect::<Option<Vec<_>>>(), unless.into_iter().collect())
        else {
            continue;
        };
        if when.is_empty() {
            let message = format!("the rule `{}` has no conditions", rule.name.value);
            p.say(wrong(Code::UnifyRule, rule.name.at, message, "add a condition under `when`"));
        } else if rule.active {
            warn_without_exact(p, &rule.name, &rule.when);
            all.push(Rule { name: rule.name.value.clone(), from, to, when, unless });
        }
    }
    // A model finds what belongs together without rules.
    for table in mapped.iter().skip(if unify.model.is_some() { mapped.len() } else { 1 }) {
        let stated = unify.rules.iter().any(|rule| rule.active && rule.from.eq_ignore_ascii_case(table.table.as_str()));
        if !stated {
            let message = format!("no match rule leads from `{}` to a table above it", table.table);
            let hint = "add a rule under `match`, or remove the table";
            p.say(wrong(Code::UnifyNoRule, table.named.at, message, hint));
        }
    }
    all
}

fn place(p: &mut Planner<'_>, mapped: &[Mapped], unify: &Unify, name: &Spanned<String>) -> Option<usize> {
    let found = mapped.iter().position(|table| table.table.as_str().eq_ignore_ascii_case(name));
    // A table that is there but wrong has been spoken of.
    if found.is_none() && !unify.tables.iter().any(|stated| stated.table.eq_ignore_ascii_case(name)) {
        let message = format!("`{}` is not one of the tables of `unify.yaml`", name.value);
        let hint = format!("choose one of {}", listed(mapped.iter().map(|table| table.table.as_str())));
        p.say(wrong(Code::UnifyRule, name.at, message, &hint));
    }
    found
}

fn when(p: &mut Planner<'_>, from: &Mapped, to: &Mapped, condition: &Condition) -> Option<When> {
    let mut side = |table: &Mapped, side: &ConditionSide| {
        let column = p.find_column(&table.all, &side.column, side.column.at)?;
        Some((column, side.normalize.clone()))
    };
    let lower = side(from, &condition.column);
    // Without `equals` the column has the same name on both sides.
    let upper = side(to, condition.equals.as_ref().unwrap_or(&condition.column));
    let (from, to) = (lower?, upper?);
    if !comparable(from.0.ty, to.0.ty) {
        let message =
            format!("`{}` is {}, `{}` is {}: they are never equal", from.0.name, from.0.ty, to.0.name, to.0.ty);
        p.say(wrong(Code::UnifyRule, condition.column.column.at, message, "compare columns of one type"));
        return None;
    }
    let near = near(p, condition, &[&from.0, &to.0])?;
    Some(When { from, to, near })
}

/// How near the values of columns must be; only texts can be near.
pub(super) fn near(p: &mut Planner<'_>, condition: &Condition, columns: &[&Column]) -> Option<Exception> {
    let precision = condition.precision.value;
    let other = columns.iter().find(|column| !column.ty.is_text() && column.ty != DataType::Any);
    if let Some(other) = other.filter(|_| !precision.is_exact()) {
        let message = format!("`{}` is {}, and only text can be near", other.name, other.ty);
        let hint = "write `precision: exact`, or remove it";
        p.say(wrong(Code::UnifyRule, condition.precision.at, message, hint));
        return None;
    }
    Some(Exception { at_least: precision.at_least(), differs: condition.differs })
}

/// Says that a rule has no exact condition: each record is then compared with each other.
pub(super) fn warn_without_exact(p: &mut Planner<'_>, name: &Spanned<String>, when: &[Condition]) {
    if when.iter().any(|condition| condition.precision.value.is_exact()) {
        return;
    }
    let message = format!("the rule `{}` has no exact condition: all values are compared with all others", name.value);
    let hint =
        "add an exact condition, a postal code or a date of birth say, so that only records that share it are compared";
    p.say(wrong(Code::UnifyNearOnly, name.at, message, hint));
}

/// What was counted of match rules.
pub(super) fn counts() -> TableName {
    TableName::from("MatchLinks_Counts")
}

/// The columns of what is counted of rules.
pub(super) fn count_columns() -> Vec<Column> {
    let (text, number) = (DataType::Text, DataType::Number);
    columns([("Rule", text), ("Condition", DataType::Integer), ("Name", text), ("Value", number)])
}

pub(super) fn plan(p: &mut Planner<'_>, mapped: &[Mapped], dedupes: &[Dedupe], rules: &[Rule]) {
    let kernel = Kernel::Match {
        tables: mapped
            .iter()
            .map(|table| MatchTable { table: table.table.clone(), include_all: table.include_all })
            .collect(),
        rules: rules
            .iter()
            .map(|rule| PlannedRule {
                name: rule.name.clone(),
                from: rule.from,
                to: rule.to,
                conditions: rule.when.iter().map(|when| when.near.at_least).collect(),
                exceptions: rule.unless.iter().map(|when| when.near).collect(),
            })
            .collect(),
    };
    let mut inputs: Vec<Sql> =
        mapped.iter().zip(dedupes).map(|(table, dedupe)| input(p, table, dedupe, rules)).collect();
    inputs.push(sql!(
        "select \"Table1\", \"Key1\", \"Table2\", \"Key2\", \"Kind\", \"Why\" from ",
        super::overrides::table()
    ));
    let has_model = p.project().unify.as_ref().is_some_and(|unify| unify.model.is_some());
    let linked = Output::internal(if has_model { rule_links() } else { links() }, link_columns());
    let out = vec![linked, Output::internal(counts(), count_columns())];
    p.step(kernel_step("unify.match", Stage::Unify, &because(), out, kernel, inputs));
    for table in dedupes.iter().filter_map(|dedupe| dedupe.counts.clone()).chain([counts()]) {
        let check = Check {
            fact: format!("all pairs that rules without an exact condition could match were compared (`{table}`)"),
            broken_by: sql!(
                "select \"Rule\", \"Value\" from ",
                &table,
                " where \"Name\" = 'pairs not compared' and \"Value\" > 0"
            ),
            warning: true,
        };
        p.check(&table, check);
    }
}

fn input(p: &mut Planner<'_>, table: &Mapped, dedupe: &Dedupe, rules: &[Rule]) -> Sql {
    let key = cast(column("t", table.key.name.as_str()), DataType::Text);
    let winner = if dedupe.groups { "d.\"WinnerKey\"".into() } else { key.clone() };
    let mut all = vec![sql!(&key, " as \"key\""), sql!(winner, " as \"winner\"")];
    let mut lookups = Lookups::default();
    for (r, rule) in rules.iter().enumerate() {
        for (lower, _) in [(true, rule.from), (false, rule.to)].into_iter().filter(|(_, side)| *side == table.order) {
            let letter = if lower { "f" } else { "t" };
            for (word, conditions) in [("", &rule.when), ("u", &rule.unless)] {
                for (c, when) in conditions.iter().enumerate() {
                    let compared = when.compared(p, &mut lookups, lower);
                    all.push(sql!(compared, " as ", id(format!("{letter}{word}{r}_c{c}"))));
                }
            }
        }
    }
    let mut query = sql!("select ", join(all, ", "), " from ", &table.table, " t");
    if dedupe.groups {
        query.push(sql!(" join ", &dedupe.relation, " d on d.\"Key\" = ", key));
    }
    query.push(lookups.joins());
    query
}

/// One row a cluster, singles included: the keys and values of each table beside each other.
pub(super) fn plan_pairs(p: &mut Planner<'_>, mapped: &[Mapped]) {
    let text = DataType::Text;
    let mut written = vec![Column::new("TrueObjectId", text)];
    let mut items = vec![sql!("concat(cast(c.\"Cluster\" as varchar), '__00') as \"TrueObjectId\"")];
    let mut from = Sql::default();
    let mut winners = Vec::new();
    // A model puts several records of a table together that no rule grouped: all of them are named.
    let has_model = p.project().unify.as_ref().is_some_and(|unify| unify.model.is_some());
    for table in mapped {
        let k = table.order;
        let (d, w, all) = (format!("d{k}"), format!("w{k}"), format!("k{k}"));
        if has_model {
            let own = sql!("case when \"TableOrder\" = ", integer(k as i64), " then \"Key\" end");
            winners.push(sql!("nullif(", super::listed(&own), ", '') as ", id(&all)));
        }
        winners.push(sql!(
            "max(\"Key\") filter (where \"TableOrder\" = ",
            integer(k as i64),
            " and \"IsWinner\") as ",
            id(&w)
        ));
        let alternate = format!("{}_Alternate", table.key.name);
        let mut add = |name: &str, ty: DataType| {
            let out = Column::new(format!("{}_{name}", table.table), ty);
            let value = if has_model && name == alternate { column("c", &all) } else { column(&d, name) };
            items.push(sql!(value, " as ", id(out.name.as_str())));
            written.push(out);
        };
        add(table.key.name.as_str(), table.key.ty);
        add(&alternate, text);
        table.kept().iter().for_each(|kept| add(kept.name.as_str(), kept.ty));
        from.push(sql!(
            " left join ",
            table.table.prefixed("Deduplication_"),
            " ",
            id(&d),
            " on ",
            cast(column(&d, table.key.name.as_str()), text),
            " = ",
            column("c", &w)
        ));
    }
    written.extend([Column::new("Rule", text), Column::new("Score", DataType::Number)]);
    items.extend([Sql::from("c.\"Rule\""), Sql::from("c.\"Score\"")]);
    let query = sql!(
        "select ",
        join(items, ", "),
        " from (select \"Cluster\", ",
        join(winners, ", "),
        ", ",
        if has_model { listed_once(&id("Rule")) } else { super::listed(&id("Rule")) },
        " as \"Rule\"",
        ", min(\"Score\") as \"Score\" from ",
        links(),
        " group by \"Cluster\") c",
        from
    );
    let out = Output::published("ConflationMatchPairs", written);
    p.step(sql_step("unify.pairs", Stage::Unify, &because(), out, query));
}

/// Different values of a group in order, with `;` between them; null without any.
fn listed_once(value: &Sql) -> Sql {
    sql!(
        "array_to_string(array_sort(array_distinct(array_agg(",
        value,
        ") filter (where ",
        value,
        " is not null))), ';')"
    )
}
