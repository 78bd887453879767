//! What is planned for the tables of sources, and what is said of wrong steps.

use super::{Case, said, sql_of, step, table};

const SHOP: &str = "
== sources/Shop.yaml
kind: csv
from: {folder: ./data}
tables:
  orders:
    key: id
    steps:
";

fn shop(steps: &str) -> Case {
    let steps: String = steps.lines().map(|line| format!("      {}\n", line.trim())).collect();
    let file = format!("{}{steps}", SHOP.trim_end_matches('\n').to_owned() + "\n");
    Case::new(&file).delivers("Raw_Shop_orders", "id text, name text, amount text, tags json, n integer")
}

#[test]
fn columns_and_types_are_known_without_running() {
    let cases = [
        ("- choose_columns: [n, id]", "n integer, id text"),
        ("- remove_columns: [name, tags]", "id text, amount text, n integer"),
        (
            "- rename_columns: {name: title, n: name}\n- reorder_columns: [name]",
            "name integer, id text, title text, amount text, tags json",
        ),
        (
            "- change_type: {amount: \"decimal(10,2)\", n: text}",
            "id text, name text, amount decimal(10,2), tags json, n text",
        ),
        (
            "- expand: {column: tags, fields: {colour: text, size: integer}}",
            "id text, name text, amount text, n integer, tags.colour text, tags.size integer",
        ),
        ("- expand: tags\n- keep_rows: 3", "id text, name text, amount text, tags json, n integer"),
        ("- sql: select id, n as m, cast(n as double) as d from input", "id text, m integer, d number"),
        (
            "- lowercase: [name]\n- trim: [name]\n- replace_values: {columns: [name], from: '', to: null}\n- distinct: [name]\n- sort: [name, {n: descending}]",
            "id text, name text, amount text, tags json, n integer",
        ),
    ];
    for (steps, expected) in cases {
        let case = shop(steps);
        assert_eq!(said(&case), [""; 0], "{steps}");
        assert_eq!(table(&case.plan(), "Shop_orders"), expected, "{steps}");
    }
}

#[test]
fn a_fault_stands_at_its_word_and_what_follows_is_not_blamed() {
    let cases = [
        (
            "- choose_columns: [id, nmae]",
            "name/unknown-column `Shop_orders` has no column `nmae` / write `name`, if that is what you mean @ nmae",
        ),
        (
            "- choose_columns: [id]\n- remove_columns: [name]",
            "name/unknown-column `Shop_orders` has no column `name` / choose one of `id` @ name",
        ),
        (
            "- uppercase: [n]",
            "source/step `n` is integer, not text / leave it out, or make it text with `change_type` @ n",
        ),
        (
            "- choose_columns: [name]",
            "name/unknown-column `Shop_orders` has no column `id` / choose one of `name` @ id",
        ),
        (
            "- sql: select * from Customer",
            "source/step it must read from `input`, and from nothing else / write one `select … from input` @ select * from Customer",
        ),
        (
            "- rename_columns: {name: amount}",
            "source/step `Shop_orders` would have several columns `amount`, or one that begins with `_` / choose another name @ amount",
        ),
        (
            "- change_type: {tags: date}\n- change_type: {tags: boolean}",
            "source/step `tags` is date, which cannot become boolean / change it to text first @ tags",
        ),
        (
            "- remove_columns: [nmae]\n- lowercase: [gone]",
            "name/unknown-column `Shop_orders` has no column `nmae` / write `name`, if that is what you mean @ nmae",
        ),
    ];
    for (steps, expected) in cases {
        assert_eq!(said(&shop(steps)), [expected], "{steps}");
    }
}

#[test]
fn without_a_first_read_columns_are_any_and_a_note_says_so() {
    let case = Case::new(&format!("{SHOP}      - choose_columns: [id, when]\n"));
    assert_eq!(table(&case.plan(), "Shop_orders"), "id any, when any");
    assert_eq!(said(&case).len(), 1);
    assert!(
        said(&case)[0].starts_with("expression/any the columns of `Shop_orders` are known only after the first read")
    );
}

#[test]
fn rows_that_cannot_be_used_go_to_the_corrupt_table_and_repeats_are_counted() {
    let case = shop("- change_type: {amount: number}");
    let planned = case.plan();
    assert_eq!(
        table(&planned, "Shop_orders_Corrupt"),
        "CorruptionDetails text, SourceFile text, Line integer, Raw text, id text, name text, amount text, tags text, n text"
    );
    let corrupt = sql_of(&planned, "ingest.corrupt Shop_orders");
    assert!(corrupt.contains(r#"'amount: expected number, found "'"#), "{corrupt}");
    assert!(corrupt.contains("'id: is empty'"), "{corrupt}");
    let write = step(&planned, "ingest.table Shop_orders");
    assert_eq!(write.checks.len(), 1);
    assert!(write.checks[0].warning && write.checks[0].broken_by.to_string().contains("Repeated_Shop_orders"));
    assert!(write.reads.iter().any(|table| table == "Repeated_Shop_orders"));
}
