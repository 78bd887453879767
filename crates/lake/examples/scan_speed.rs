//! Speed: how long one scan takes for many conditions over the published tables of `bench/segments.py`.
//! `scan_speed <lake> profiles|activities <conditions>`
#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

use std::time::{Duration, Instant};

use onefold_lake::{Lake, LakeOptions, QueryLimits, TryOut};
use onefold_model::plan::{Atoms, Tree};
use onefold_model::sql::{cast, number, text};
use onefold_model::{DataType, Sql, TableName, sql};

/// Conditions over measures and columns of profiles, each of about one in a hundred of them.
fn of_profile(n: i32, atoms: &mut Atoms) -> Tree {
    let city = atoms.atom(sql!("(\"c\".\"city\" = ", text(format!("City {}", n % 100)), ")"));
    let rate = atoms.atom(sql!("(\"m\".\"pct_no_show\" > ", number(f64::from(n % 977) / 977.0 * 20.0), ")"));
    let points =
        atoms.atom(sql!("(\"c\".\"points\" between ", number(f64::from(n)), " and ", number(f64::from(n + 120)), ")"));
    let total = atoms.atom(sql!("(\"m\".\"TotalAppointments\" < ", number(f64::from(n % 5)), ")"));
    match n % 3 {
        0 => Tree::And(vec![city, rate]),
        1 => Tree::And(vec![points, Tree::Not(Box::new(total))]),
        _ => Tree::And(vec![city, Tree::Or(vec![rate, total])]),
    }
}

/// Conditions over appointments, each of about one in a thousand of them.
fn of_activity(n: i32, atoms: &mut Atoms) -> Tree {
    let service = atoms.atom(sql!("(\"r\".\"service\" = ", text(format!("Service {}", n % 40)), ")"));
    let missed = atoms.atom("(\"r\".\"status\" ilike 'noshow')".into());
    let month = text(format!("{}-{:02}-{:02}T00:00:00Z", 2023 + n % 3, 1 + n / 3 % 12, 1 + n / 36 % 28));
    let since = atoms.atom(sql!("(\"r\".\"start\" >= ", cast(month, DataType::DateTime), ")"));
    let fee = atoms.atom(sql!("(\"r\".\"fee\" >= ", number(f64::from(n % 1999) / 10.0), ")"));
    match n % 2 {
        0 => Tree::And(vec![service, missed, since, fee]),
        _ => Tree::And(vec![service, missed, Tree::Not(Box::new(since))]),
    }
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("the folder of a lake");
    let over_profiles = arguments.next().is_none_or(|word| word == "profiles");
    let count: i32 = arguments.next().map_or(10_000, |count| count.parse().expect("a number"));
    let lake = Lake::open(std::path::Path::new(&folder), LakeOptions::default()).await.expect("a lake");
    let published = lake.published().expect("a run").expect("a published run");
    let (from, of, owner): (Sql, fn(i32, &mut Atoms) -> Tree, &'static str) = if over_profiles {
        let on = " as \"c\" on \"c\".\"profile_no\" = \"m\".\"profile_no\"";
        let (measures, profiles) = (TableName::from("Customer_Measure"), TableName::from("Customer"));
        (sql!(measures, " as \"m\" left join ", profiles, on), of_profile, "\"m\".\"profile_no\"")
    } else {
        (sql!(TableName::from("Resolved_Clinic_Appointment_person"), " as \"r\""), of_activity, "\"r\".\"profile_no\"")
    };
    let mut atoms = Atoms::default();
    let conditions = (0..count).map(|n| (format!("c{n}"), of(n, &mut atoms))).collect();
    let scan = atoms.scan(from, owner.into(), conditions);
    for _ in 0..3 {
        let begun = Instant::now();
        let limits = QueryLimits { memory_bytes: 2 << 30, time: Duration::from_secs(600), ..QueryLimits::default() };
        let found = lake.try_scan(&TryOut::of(&published), &scan, &limits).await.expect("a scan");
        let members: u64 = found.iter().map(roaring::RoaringBitmap::len).sum();
        let seconds = begun.elapsed().as_secs_f64();
        println!("{seconds:.2} s  {count} conditions, {} atoms, {members} members", scan.atoms.len());
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().filter(|line| line.starts_with("VmHWM")).for_each(|line| println!("{line}"));
}
