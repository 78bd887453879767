#!/usr/bin/env python3
"""The no-show project from files to export, beside the same work as DuckDB SQL: whole processes, wall time and peak memory.

Usage: bench/no_show.py [--rounds N] [--onefold PATH]
Needs the data folder (ONEFOLD_DATA, default ../shared/data), the binary (cargo build --release) and duckdb==1.5.5 (scripts/setup).
Each round runs one after the other on an empty lake; the medians and their ratio are printed as lines for BENCHMARKS.md.
"""
import argparse, os, pathlib, shutil, statistics, subprocess, sys, tempfile

from measure import measured

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--rounds", type=int, default=5)
    target = os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target"))
    words.add_argument("--onefold", default=f"{target}/release/onefold")
    asked = words.parse_args()
    data = pathlib.Path(os.environ.get("ONEFOLD_DATA", ROOT.parent / "shared/data")).resolve() / "no-show"
    results = {"onefold": [], "duckdb": []}
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        for round_ in range(asked.rounds):
            project = scratch / f"project-{round_}"
            shutil.copytree(ROOT / "fixtures/patient-outreach", project)
            # There is no receiver here; the folder export is the end of the story for both.
            (project / "exports/SegmentsToOutreach.yaml").unlink()
            (project / "connections/PatientOutreach.yaml").unlink()
            (project / "data/fhir").mkdir(parents=True)
            (project / "data/dataverse").mkdir(parents=True)
            for name in ("Patient.ndjson.gz", "Appointment.ndjson.gz"):
                (project / "data/fhir" / name).symlink_to(data / name)
            (project / "data/dataverse/contacts.json.gz").symlink_to(data / "contacts.json.gz")
            ours = [asked.onefold, "--project", str(project), "run", "--now", "2016-06-20T00:00:00Z"]
            theirs = [sys.executable, str(ROOT / "bench/duck.py"), str(ROOT / "bench/no_show.sql"), str(data), str(scratch / f"duck-{round_}")]
            results["onefold"].append(measured(ours, project))
            results["duckdb"].append(measured(theirs, scratch))
            members = next(line.split()[1] for line in results["duckdb"][-1][2].splitlines() if line.startswith("segment_membership"))
            check = [asked.onefold, "--project", str(project), "query", 'select count(*) as n from "SegmentMembership"', "--format", "csv"]
            found = subprocess.run(check, check=True, capture_output=True, text=True).stdout.split()[-1]
            if found != members:
                sys.exit(f"the answers differ: {found} members here, {members} in DuckDB")
            shutil.rmtree(project)
    medians = {}
    for name, rounds in results.items():
        medians[name] = (statistics.median(r[0] for r in rounds), max(r[1] for r in rounds))
        print(f"{name:8} median {medians[name][0]:.2f} s of {len(rounds)}, peak {medians[name][1]:.0f} MiB")
    print(f"ratio    {medians['onefold'][0] / medians['duckdb'][0]:.2f} of DuckDB's time")


main()
