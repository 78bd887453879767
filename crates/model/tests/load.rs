//! Whole projects: the one of the labs loads, the wrong ones say what is wrong, schemas say what the reader takes.

use std::path::{Path, PathBuf};

use onefold_model::{Code, load};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

#[test]
fn the_lab_project_loads() {
    let loaded = load(&fixtures().join("patient-outreach"));
    let said: Vec<(Code, String)> = loaded.diagnostics.iter().map(|d| (d.code, d.message.clone())).collect();
    let wanted = ["./data/fhir` of the source `AzureAPIforFHIR", "./data/dataverse` of the source `D365Patients"]
        .map(|folder| (Code::SourceInput, format!("the folder `{folder}` is not there")));
    assert_eq!(said, wanted);
    let project = &loaded.project;
    assert_eq!(project.measures.len(), 6);
    assert_eq!(project.segments.len(), 2);
    assert_eq!(project.relationships.len(), 3);
    assert_eq!(project.exports.len(), 2);
    let (source, table) = project.source_table("azureapiforfhir_patient").expect("tables are found ignoring case");
    assert_eq!(source.table_name(table), "AzureAPIforFHIR_Patient");
    let unify = project.unify.as_ref().expect("the lab unifies");
    assert_eq!(unify.tables.iter().map(|table| table.include_all).collect::<Vec<_>>(), [true, false]);
    assert_eq!(project.measure("pct_no_show").expect("it is there").replace_nulls.len(), 2);
}
