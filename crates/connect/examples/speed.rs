//! Speed: how long the patients and appointments of the no-show data take from their files to batches.
//!
//! Reads    `$ONEFOLD_DATA/no-show` (default `../shared/data`)
//! Run it with `cargo run --release -p onefold-connect --example speed [rounds]`.

#![allow(clippy::print_stdout)] // an example shows its result

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use onefold_connect::{RawBatch, SourceRef, describe, read};
use onefold_model::Spanned;
use onefold_model::define::{Location, RefreshWhen, Source, SourceKind, SourceTable};
use serde_json::json;

fn table(name: &str, columns: serde_json::Value) -> SourceTable {
    SourceTable {
        name: Spanned::made(name.to_owned()),
        key: Spanned::made("id".to_owned()),
        entity: None,
        file: None,
        columns: Vec::new(),
        view: Some(Spanned::made(json!({"resource": name, "select": [{"column": columns}]}))),
        view_from_file: false,
        steps: Vec::new(),
    }
}

async fn one(source: SourceRef) -> Result<String, onefold_connect::ConnectError> {
    let began = Instant::now();
    let columns = describe(&source, false).await?.unwrap_or_default();
    let name = source.table.name.value.clone();
    let mut stream = read(source, columns, |_| {});
    let mut bytes = 0;
    while let Some(batch) = stream.next().await {
        if let RawBatch::Rows(batch) = batch {
            bytes += batch.get_array_memory_size();
        }
    }
    let report = stream.finish().await?;
    let took = began.elapsed().as_secs_f64();
    Ok(format!("{name}: {} rows, {} MiB of batches, {took:.3} s", report.rows_kept, bytes >> 20))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = std::env::var_os("ONEFOLD_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let tables = vec![
        table(
            "Patient",
            json!([
                {"name": "id", "path": "getResourceKey()"},
                {"name": "meta.lastUpdated", "path": "meta.lastUpdated", "type": "instant"},
                {"name": "birthDate", "path": "birthDate", "type": "date"},
                {"name": "lastname", "path": "name.where(use = 'official').family.first()"},
                {"name": "firstname", "path": "name.where(use = 'official').given.first()"},
                {"name": "email", "path": "telecom.where(system = 'email').value.first()"},
            ]),
        ),
        table(
            "Appointment",
            json!([
                {"name": "id", "path": "getResourceKey()"},
                {"name": "status", "path": "status"},
                {"name": "serviceType.coding.code", "path": "serviceType.coding.code.first()"},
                {"name": "serviceType.coding.display", "path": "serviceType.coding.display.first()"},
                {"name": "appointmentType.coding.code", "path": "appointmentType.coding.code.first()"},
                {"name": "appointmentType.coding.display", "path": "appointmentType.coding.display.first()"},
                {"name": "start", "path": "start", "type": "instant"},
                {"name": "patient.id", "path": "participant.actor.getReferenceKey(Patient).first()"},
                {"name": "patient.name", "path": "participant.actor.where(reference.startsWith('Patient/')).display.first()"},
            ]),
        ),
    ];
    let source = Arc::new(Source {
        name: Spanned::made("AzureAPIforFHIR".to_owned()),
        title: None,
        kind: SourceKind::Fhir,
        from: Location::Folder(Spanned::made("no-show".to_owned())),
        refresh: RefreshWhen::WithEveryRun,
        tables: tables.clone(),
    });
    let rounds = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(3);
    for _ in 0..rounds {
        let began = Instant::now();
        let reads = tables.iter().cloned().map(|table| {
            tokio::spawn(one(SourceRef { root: data.clone(), source: source.clone(), table, last: None, only: None }))
        });
        for outcome in futures::future::join_all(reads).await {
            println!("{}", outcome??);
        }
        println!("both: {:.3} s", began.elapsed().as_secs_f64());
    }
    Ok(())
}
