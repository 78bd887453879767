//! Schema: JSON Schemas of the definitions, for editors.

use std::path::Path;

use onefold_api::Problem;

use crate::output::{count, print, print_json};

/// Writes one file a kind of definition, or all as one document.
pub(super) fn run(out: Option<&Path>) -> Result<u8, Problem> {
    let schemas = onefold_model::schema::all();
    let Some(folder) = out else {
        let all: serde_json::Map<String, serde_json::Value> = schemas.into_iter().collect();
        print_json(&all)?;
        return Ok(0);
    };
    let failed =
        |path: &Path, error: std::io::Error| Problem::failed(format!("cannot write `{}`: {error}", path.display()));
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    for (name, schema) in &schemas {
        let path = folder.join(name);
        let text = serde_json::to_string_pretty(schema).expect("a schema is plain JSON") + "\n";
        std::fs::write(&path, text).map_err(|error| failed(&path, error))?;
    }
    print(&format!("{} written to {}\n", count(schemas.len() as u64, "schema"), folder.display()))?;
    Ok(0)
}
