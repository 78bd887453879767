//! Sentence: what a transform step does, in words.
//!
//! To add a step: an arm of [`sentence`], and its key in [`key`].

use onefold_model::Spanned;
use onefold_model::define::TransformStep as Step;

/// The key of a step as users write it.
pub(super) fn key(step: &Step) -> &'static str {
    match step {
        Step::ChooseColumns(_) => "choose_columns",
        Step::RemoveColumns(_) => "remove_columns",
        Step::RenameColumns(_) => "rename_columns",
        Step::ReorderColumns(_) => "reorder_columns",
        Step::FilterRows(_) => "filter_rows",
        Step::KeepRows(_) => "keep_rows",
        Step::RemoveRows(_) => "remove_rows",
        Step::Sort(_) => "sort",
        Step::Distinct(_) => "distinct",
        Step::ChangeType { .. } => "change_type",
        Step::ReplaceValues { .. } => "replace_values",
        Step::Lowercase(_) => "lowercase",
        Step::Uppercase(_) => "uppercase",
        Step::Trim(_) => "trim",
        Step::Expand { .. } => "expand",
        Step::AddColumn { .. } => "add_column",
        Step::GroupBy { .. } => "group_by",
        Step::Sql(_) => "sql",
        Step::NotYet(key) => key,
    }
}

/// What a step does.
pub(super) fn sentence(step: &Step) -> String {
    match step {
        Step::ChooseColumns(columns) => format!("keep {}", listed(columns)),
        Step::RemoveColumns(columns) => format!("remove {}", listed(columns)),
        Step::RenameColumns(pairs) => {
            let each = pairs.iter().map(|(old, new)| format!("{} to {}", old.value, new.value));
            format!("rename {}", few(each.collect()))
        }
        Step::ReorderColumns(columns) => format!("put {} first", listed(columns)),
        Step::FilterRows(condition) => format!("keep rows where {}", condition.value),
        Step::KeepRows(count) => format!("keep the first {}", rows(*count)),
        Step::RemoveRows(count) => format!("remove the first {}", rows(*count)),
        Step::Sort(columns) => {
            let each = columns.iter().map(|(column, down)| match down {
                true => format!("{}, largest first", column.value),
                false => column.value.clone(),
            });
            format!("sort by {}", few(each.collect()))
        }
        Step::Distinct(columns) if columns.is_empty() => "keep one of equal rows".to_owned(),
        Step::Distinct(columns) => format!("keep one row for each {}", listed(columns)),
        Step::ChangeType { columns, locale, format } => {
            let each = columns.iter().map(|(column, ty)| format!("{} to {ty}", column.value));
            let locale = locale.as_ref().map(|locale| format!(", written as in {}", locale.value));
            let format = format.as_ref().map(|format| format!(", written as `{}`", format.value));
            format!("change {}{}{}", few(each.collect()), locale.unwrap_or_default(), format.unwrap_or_default())
        }
        Step::ReplaceValues { columns, from, to } => {
            let cell = |cell: &Option<String>| cell.as_ref().map_or("nothing".to_owned(), |cell| format!("\"{cell}\""));
            let place = if columns.is_empty() { "all text".to_owned() } else { listed(columns) };
            format!("replace {} with {} in {place}", cell(from), cell(to))
        }
        Step::Lowercase(columns) => format!("write {} in lower case", listed(columns)),
        Step::Uppercase(columns) => format!("write {} in upper case", listed(columns)),
        Step::Trim(columns) => format!("trim white space of {}", listed(columns)),
        Step::Expand { column, fields, .. } if fields.is_empty() => {
            format!("make a row of each element of {}", column.value)
        }
        Step::Expand { column, fields, .. } => {
            format!(
                "take {} out of {}",
                few(fields.iter().map(|(field, _)| field.value.clone()).collect()),
                column.value
            )
        }
        Step::AddColumn { name, value } => format!("add {} = {}", name.value, value.value),
        Step::GroupBy { by, columns } => {
            let each = columns.iter().map(|(name, value)| format!("{} = {}", name.value, value.value)).collect();
            match by.is_empty() {
                true => format!("make one row: {}", few(each)),
                false => format!("group by {}: {}", listed(by), few(each)),
            }
        }
        Step::Sql(query) => {
            let line = query.split_whitespace().collect::<Vec<_>>().join(" ");
            let short: String = line.chars().take(80).collect();
            format!("query: {short}{}", if short.len() < line.len() { "…" } else { "" })
        }
        Step::NotYet(key) => format!("`{key}`, which cannot be done yet"),
    }
}

fn rows(count: u64) -> String {
    if count == 1 { "row".to_owned() } else { format!("{count} rows") }
}

fn listed(names: &[Spanned<String>]) -> String {
    few(names.iter().map(|name| name.value.clone()).collect())
}

/// `a, b and c`; of many, the first five and how many more.
fn few(mut all: Vec<String>) -> String {
    if all.len() > 6 {
        let more = all.len() - 5;
        all.truncate(5);
        return format!("{} and {more} more", all.join(", "));
    }
    match all.pop() {
        None => "nothing".to_owned(),
        Some(last) if all.is_empty() => last,
        Some(last) => format!("{} and {last}", all.join(", ")),
    }
}
