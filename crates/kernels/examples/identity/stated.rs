//! Stated: a model from a file, as text of `unify.yaml` or as settings of Splink, for the tables of a set.
//!
//! Not here: what is linked (`main`), words of models (`onefold_model::linkage`, `onefold_lake::linkage`).

use onefold_kernels::frame::TextColumn;
use onefold_kernels::linkage::{Model, TableRecords};
use onefold_model::linkage::Linkage;
use onefold_model::linkage::splink::import;

use crate::sets::Set;

#[allow(dead_code, unreachable_pub, reason = "the lake's own file, of which models only come in here")]
#[path = "../../../lake/src/linkage.rs"]
mod words;

/// The model and the records it is for; settings may be those of Splink (JSON).
pub(crate) fn read(text: &str, set: &Set) -> Result<(Model, Vec<TableRecords>), String> {
    let tables: Vec<String> = (0..set.tables.len()).map(|number| format!("T_{number}")).collect();
    let columns_of = |name: &str| -> Vec<String> {
        let with = set.tables.iter().zip(&tables).filter(|(table, _)| table.place(name).is_some());
        with.map(|(_, table)| format!("{table}.{name}")).collect()
    };
    let model = if text.trim_start().starts_with('{') {
        let settings = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let imported = import(&settings, &tables, &columns_of)?;
        imported.warnings.iter().for_each(|warning| eprintln!("{warning}"));
        imported.model
    } else {
        Linkage::parse(text)?
    };
    let names: Vec<&str> = tables.iter().map(String::as_str).collect();
    let records = set.tables.iter().zip(&names).map(|(table, name)| {
        let column = |column: &String| -> Option<TextColumn> {
            let (of, column) = column.split_once('.')?;
            table.place(column).filter(|_| of == *name).map(|at| table.column(at))
        };
        let fields = model.fields.iter().map(|field| field.columns.iter().filter_map(column).collect());
        TableRecords { key: table.column(table.key()), fields: fields.collect() }
    });
    Ok((words::to_kernel(&model, &names)?, records.collect()))
}
