//! Statistics: the numbers that people look at after a match (2.4 of the reference).
//!
//! Reads    mapped tables, `MatchLinks`, what was counted of rules
//! Writes   `UnifyStatistics`: `Name`, `Table`, `Rule`, `Condition` (from 1), `Value`

use onefold_model::plan::Stage;
use onefold_model::sql::{join, text};
use onefold_model::{DataType, Output, Sql, TableName, sql};

use super::dedupe::Dedupe;
use super::map::Mapped;
use super::matching::{Rule, counts, links};
use super::{because, columns};
use crate::Planner;
use crate::planner::sql_step;

pub(super) fn plan(p: &mut Planner<'_>, mapped: &[Mapped], dedupes: &[Dedupe], rules: &[Rule]) {
    let count = |name: &str, table: Option<&str>, rule: Option<&str>, counted: Sql, condition: Sql| {
        let word = |word: Option<&str>| word.map_or_else(|| Sql::from("cast(null as varchar)"), text);
        sql!(
            "select ",
            text(name),
            " as \"Name\", ",
            word(table),
            " as \"Table\", ",
            word(rule),
            " as \"Rule\", cast(null as bigint) as \"Condition\", cast(",
            counted,
            " as double) as \"Value\" from ",
            links(),
            " where ",
            condition
        )
    };
    let rows = || Sql::from("count(*)");
    let groups = || Sql::from("count(distinct \"Cluster\")");
    let mut all = vec![
        count("unique source records", None, None, rows(), "\"IsWinner\"".into()),
        // Each cluster has one group that is attached to none.
        count("matched and non-matched records", None, None, rows(), "\"IsWinner\" and \"Rule\" is null".into()),
        count("matched records only", None, None, groups(), "\"Rule\" is not null".into()),
    ];
    for table in mapped {
        let name = table.table.as_str();
        let of = |more: &'static str| sql!("\"SourceTable\" = ", text(name), more);
        all.push(count("source records", Some(name), None, rows(), of("")));
        all.push(count("unique records", Some(name), None, rows(), of(" and \"IsWinner\"")));
        all.push(count("records matched", Some(name), None, rows(), of(" and \"Rule\" is not null")));
    }
    for rule in rules {
        let table = mapped[rule.from].table.as_str();
        let condition = sql!("\"SourceTable\" = ", text(table), " and \"Rule\" = ", text(rule.name.clone()));
        all.push(count("records matched", Some(table), Some(&rule.name), rows(), condition));
    }
    if p.project().unify.as_ref().is_some_and(|unify| unify.model.is_some()) {
        for table in mapped {
            for word in ["model", "always"] {
                let of = sql!("\"SourceTable\" = ", text(table.table.as_str()), " and \"Rule\" = ", text(word));
                all.push(count("records matched", Some(table.table.as_str()), Some(word), rows(), of));
            }
        }
    }
    let counted = |table: Sql, from: &TableName, condition: Sql| {
        sql!("select \"Name\", ", table, " as \"Table\", \"Rule\", \"Condition\", \"Value\" from ", from, condition)
    };
    for (table, dedupe) in mapped.iter().zip(dedupes) {
        if let Some(of_table) = &dedupe.counts {
            all.push(counted(text(format!("Deduplication_{}", table.table)), of_table, Sql::default()));
        }
    }
    for rule in rules {
        let of_rule = sql!(" where \"Rule\" = ", text(rule.name.clone()));
        all.push(counted(text(mapped[rule.from].table.as_str()), &counts(), of_rule));
    }
    let (word, number) = (DataType::Text, DataType::Number);
    let written =
        columns([("Name", word), ("Table", word), ("Rule", word), ("Condition", DataType::Integer), ("Value", number)]);
    let out = Output::published("UnifyStatistics", written);
    p.step(sql_step("unify.statistics", Stage::Unify, &because(), out, join(all, " union all ")));
}
