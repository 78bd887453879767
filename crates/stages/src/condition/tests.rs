//! Tests: the text of the SQL. What it answers is tested with the engine (`fixtures/expression_values.txt`).

use onefold_model::expr::{Scope, ScopeTable, parse, resolve};
use onefold_model::{Column, DataType, sql};

use super::*;

fn scope() -> Scope {
    let columns = [
        ("a", DataType::Integer),
        ("b", DataType::Integer),
        ("n", DataType::Number),
        ("p", DataType::Decimal(10, 2)),
        ("t", DataType::Text),
        ("u", DataType::Text),
        ("g", DataType::Guid),
        ("f", DataType::Boolean),
        ("d", DataType::Date),
        ("at", DataType::DateTime),
        ("x", DataType::Any),
        ("serviceType.coding.code", DataType::Text),
    ];
    let columns = columns.map(|(name, ty)| Column::new(name, ty)).to_vec();
    let table = ScopeTable { alias: "r".into(), columns, open: false };
    let people = ScopeTable { alias: "Customer".into(), columns: Vec::new(), open: false };
    Scope { tables: vec![table.into(), people.into()], segments: ["Loyal".into()].into(), aggregates: true }
}

/// The SQL of an expression over `r`.
fn made(text: &str) -> String {
    let expr = parse(text, None).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    let typed = resolve(&expr, &scope(), None).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    let column = |column: &ColumnRef| onefold_model::sql::column(&column.alias, column.column.as_str());
    let segment = |name: &str| sql!("bitmap_contains(", onefold_model::sql::id(name), ", 1)");
    sql(&typed, &column, &segment, "America/New_York").to_string()
}

#[test]
fn sql_says_what_the_expression_means() {
    let cases = [
        ("r.a = 1 and r.t = 'x' and not r.f", r#"(("r"."a" = 1) and ("r"."t" = 'x') and (not "r"."f"))"#),
        ("r.a = 1 or r.f and r.b <> 2", r#"(("r"."a" = 1) or ("r"."f" and ("r"."b" <> 2)))"#),
        ("r.a / r.b", r#"(cast("r"."a" as double) / nullif(cast("r"."b" as double), 0))"#),
        ("r.a / 2", r#"(cast("r"."a" as double) / cast(2 as double))"#),
        ("r.a % r.b", r#"("r"."a" % nullif("r"."b", 0))"#),
        ("r.n * 2 + 1", r#"(("r"."n" * cast(2 as double)) + cast(1 as double))"#),
        (
            "r.a + r.b + 1",
            r#"try_cast((cast("r"."a" as decimal(19, 0)) + cast("r"."b" as decimal(19, 0)) + cast(1 as decimal(19, 0))) as bigint)"#,
        ),
        ("r.t || '-' || r.u", r#"("r"."t" || '-' || "r"."u")"#),
        ("r.t ilike '50\\%%'", r#"("r"."t" ilike '50\%%')"#),
        ("r.t ilike 'noshow'", r#"equals_ignoring_case("r"."t", 'noshow')"#),
        ("r.t not ilike 'noshow'", r#"(not equals_ignoring_case("r"."t", 'noshow'))"#),
        ("r.t ilike 'größe'", r#"("r"."t" ilike 'größe')"#),
        ("r.t not in ('a', 'it''s')", r#"("r"."t" not in ('a', 'it''s'))"#),
        ("r.g = 'ABCDEF01-0000-0000-0000-000000000000'", r#"("r"."g" = 'abcdef01-0000-0000-0000-000000000000')"#),
        ("r.g = r.t", r#"("r"."g" = lower("r"."t"))"#),
        ("r.d > '2020-01-31'", r#"("r"."d" > cast('2020-01-31' as date))"#),
        (
            "r.at > '2020-01-31'",
            r#"("r"."at" > arrow_cast('2020-01-31T05:00:00.000000Z', 'Timestamp(Microsecond, Some("UTC"))'))"#,
        ),
        (
            "r.at > '2020-07-01T00:00:00+02:00'",
            r#"("r"."at" > arrow_cast('2020-06-30T22:00:00.000000Z', 'Timestamp(Microsecond, Some("UTC"))'))"#,
        ),
        (
            "r.at >= r.d",
            r#"("r"."at" >= instant_of(arrow_cast("r"."d", 'Timestamp(Microsecond, None)'), 'America/New_York'))"#,
        ),
        ("r.at <= now()", r#"("r"."at" <= now())"#),
        (
            "within_last(r.at, 3, 'month')",
            r#"("r"."at" between instant_of(add_months(local_time(now(), 'America/New_York'), (-3)), 'America/New_York') and now())"#,
        ),
        (
            "within_next(r.d, 2, 'week')",
            r#"("r"."d" between cast(local_time(now(), 'America/New_York') as date) and cast((local_time(now(), 'America/New_York') + interval '14 days') as date))"#,
        ),
        ("r.x > 5", r#"(try_cast(btrim("r"."x", ' WHITE') as bigint) > 5)"#),
        (
            "case r.a when 1 then 'one' else null end",
            r#"(case "r"."a" when 1 then 'one' else cast(null as varchar) end)"#,
        ),
        (
            "in_segment('Loyal') and r.\"serviceType.coding.code\" is null",
            r#"(bitmap_contains("Loyal", 1) and ("r"."serviceType.coding.code" is null))"#,
        ),
        ("count(*)", "count(*)"),
        ("count_unique(r.t)", r#"count(distinct "r"."t")"#),
        (
            "avg(r.a / r.b) * 100",
            r#"(avg((cast("r"."a" as double) / nullif(cast("r"."b" as double), 0))) * cast(100 as double))"#,
        ),
        (
            "first(r.t, r.at)",
            r#"first_value(case when "r"."at" is not null then "r"."t" end order by "r"."at" asc nulls last, "r"."t" asc nulls last)"#,
        ),
        (
            "argmax(r.t, r.n)",
            r#"first_value(case when "r"."n" is not null then "r"."t" end order by "r"."n" desc nulls last, "r"."t" asc nulls last)"#,
        ),
        (
            "days_between(max(r.at), now())",
            r#"(cast(cast(cast(local_time(now(), 'America/New_York') as date) as int) as bigint) - cast(cast(cast(local_time(max("r"."at"), 'America/New_York') as date) as int) as bigint))"#,
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(made(text).replace(calls::WHITE, " WHITE"), expected, "{text}");
    }
}

#[test]
fn long_chains_do_not_nest() {
    for (operator, operand) in [
        ("and", "r.f"),
        ("or", "r.f"),
        ("+", "r.a"),
        ("-", "r.a"),
        ("-", "r.p"),
        ("*", "r.n"),
        ("+", "r.n"),
        ("||", "r.t"),
    ] {
        let text = vec![operand; 300].join(&format!(" {operator} "));
        let (mut depth, mut deepest) = (0_i32, 0);
        for letter in made(&text).chars() {
            depth += i32::from(letter == '(') - i32::from(letter == ')');
            deepest = deepest.max(depth);
        }
        assert!(deepest < 5, "{operator} nests {deepest} deep");
    }
}

#[test]
fn every_function_has_sql() {
    use onefold_model::expr::Function;
    let call = |function: Function| match function {
        Function::Lower | Function::Upper | Function::Trim | Function::Length => "(r.t)",
        Function::Substr => "(r.t, r.a, r.b)",
        Function::Concat | Function::Coalesce => "(r.t, r.u)",
        Function::Nullif | Function::Contains | Function::StartsWith | Function::EndsWith => "(r.t, r.u)",
        Function::Abs | Function::Round | Function::Floor | Function::Ceil => "(r.p)",
        Function::Now | Function::Today => "()",
        Function::DateTrunc | Function::DatePart => "('month', r.at)",
        Function::DaysBetween => "(r.at, r.d)",
        Function::WithinLast | Function::WithinNext => "(r.at, 1, 'day')",
        Function::YearToDate | Function::DayOfWeek | Function::TimeOfDay => "(r.at)",
        Function::ChildOf | Function::ParentOf => "('4711', 'Crm_accounts.parent_id')",
    };
    for &function in Function::ALL {
        let sql = made(&format!("{}{}", function.word(), call(function)));
        assert!(!sql.is_empty() && sql != "null", "{}", function.word());
    }
}
