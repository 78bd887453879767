//! Readers: other programs open what was published. Runs where `ONEFOLD_READERS_PYTHON` names a Python that has
//! `deltalake`, `duckdb==1.5.5` and `duckdb-extension-delta==1.5.5`.

use onefold_model::{DataType, sql};

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn delta_rs_and_duckdb_see_what_was_published() {
    let Some(python) = std::env::var_os("ONEFOLD_READERS_PYTHON") else {
        // Told in the test's output; the variable is set where the packages are.
        assert!(std::env::var("CI").as_deref() != Ok("true"), "ONEFOLD_READERS_PYTHON is not set; see scripts/test");
        eprintln!("skipped: ONEFOLD_READERS_PYTHON is not set");
        return;
    };
    let at = fixture().await;
    let wide = [
        PATIENT,
        &[
            ("note.text", DataType::Text),
            ("paid", DataType::Decimal(10, 2)),
            ("born", DataType::Date),
            ("share", DataType::Number),
        ],
        &[("no", DataType::Small), ("ok", DataType::Boolean)],
    ]
    .concat();
    for round in 0..12_i64 {
        let run = at.begin().await;
        write(&run, "Patient", PATIENT, patients(5000)).await;
        let number = onefold_model::sql::integer(round);
        let all = sql!(
            "select 'id' || value as id, value as age, ",
            onefold_model::sql::now(),
            " as \"meta.lastUpdated\", ",
            "repeat('é', cast(value % 60 as int)) || value as \"note.text\", cast(value as decimal(10, 2)) / 4 as paid, ",
            "cast('1900-01-01' as date) + cast(value as int) as born, value / 7.0 as share, value as no, value % 2 = 0 as ok ",
            "from generate_series(",
            number.clone(),
            ", ",
            number,
            " + 500)"
        );
        let cast = sql!(
            "select id, age, \"meta.lastUpdated\", \"note.text\", cast(paid as decimal(10, 2)) as paid, born, share, no, ok from (",
            all,
            ") as t"
        );
        done(&run, &appended(writes("Many", &wide, cast))).await.unwrap();
        // The columns of this table change with every run.
        let (narrow, select) =
            if round % 2 == 0 { (&wide[..3], "select * from ") } else { (&wide[..2], "select id, age from ") };
        done(&run, &writes("Changing", narrow, sql!(select, table("Patient")))).await.unwrap();
        done(&run, &writes("Empty", &wide[..2], sql!("select id, age from ", table("Many"), " where false")))
            .await
            .unwrap();
        run.publish(&[]).await.unwrap();
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers.py");
    let output = std::process::Command::new(python).arg(script).arg(at.folder.path()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("4 passed, 0 failed"), "{told}");
}
