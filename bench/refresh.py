#!/usr/bin/env python3
"""A refresh after one per cent of new appointments, beside a full run of the same files.

Usage: bench/refresh.py [--folder DIR] [--patients N] [--appointments N] [--share PERCENT] [--rounds N] [--onefold PATH]
Needs the binary (cargo build --release) and duckdb (scripts/setup), which compares the tables.
A project is made up and run. Each round puts a new file of appointments beside those that are there, drawn from them with ids of their own, refreshes the project at the same
instant, and again with another such file a day later; beside it, a copy of definitions and files is run for the first time at that instant. All tables that do not tell of runs must
have the same rows. Rows touched: what steps read and wrote, as the records of the runs have it.
"""
import argparse, gzip, json, pathlib, random, shutil, statistics, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What tells of the runs there were, and not of the records.
OF_RUNS = ("segmentchange", "segmenthistory", "segmentbitmap", "profilechange")


def run(onefold, project, now):
    begun = time.monotonic()
    done = subprocess.run([onefold, "-C", project, "run", "--now", now, "--json"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    seconds = time.monotonic() - begun
    steps = [step for step in json.loads(done.stdout)["steps"] if step["state"] == "done"]
    return seconds, sum((step["rows_in"] or 0) + step["rows_out"] for step in steps), steps


def files(project):
    """The files of each table of the published run."""
    current = json.loads((project / "lake/_runs/current").read_text())["run"]
    manifest = json.loads((project / f"lake/_runs/{current}/manifest.json").read_text())
    tables = {name: [str(project / "lake" / file["path"]) for file in table["files"]] for name, table in manifest["tables"].items()}
    return {name: paths for name, paths in tables.items() if not name.startswith(OF_RUNS) and not name.startswith("segmentscan")}


def differ(one, other):
    """The tables of two projects whose rows are not the same."""
    import duckdb

    found, (one, other) = [], (files(one), files(other))
    for name in sorted(one.keys() | other.keys()):
        a, b = one.get(name, []), other.get(name, [])
        if not a or not b:
            found += [name] if a or b else []
            continue
        rows = lambda paths: f"select * from read_parquet({paths}, union_by_name = true)"
        left = duckdb.sql(f"select count(*) from (({rows(a)}) except all ({rows(b)}))").fetchone()[0]
        right = duckdb.sql(f"select count(*) from (({rows(b)}) except all ({rows(a)}))").fetchone()[0]
        found += [f"{name} (+{left} -{right})"] if left or right else []
    return found


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("--folder", type=pathlib.Path)
    ask.add_argument("--patients", type=int, default=100_000)
    ask.add_argument("--appointments", type=int, default=10)
    ask.add_argument("--share", type=float, default=1.0)
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--onefold", default=str(ROOT / "target/release/onefold"))
    given = ask.parse_args()
    folder = given.folder or pathlib.Path(tempfile.mkdtemp(prefix="refresh-"))
    project, fresh = folder / "project", folder / "fresh"
    if not (project / "onefold.yaml").exists():
        made = [given.onefold, "demo", str(project), "--patients", str(given.patients), "--appointments", str(given.appointments), "--seed", "7", "--no-run"]
        subprocess.run(made, check=True, capture_output=True)
    nows = [f"2026-11-{day:02d}T05:00:00Z" for day in range(1, 29)]
    run(given.onefold, project, nows[0])
    with gzip.open(project / "data/fhir/Appointment.ndjson.gz", "rt") as lines:
        known = lines.readlines()
    draw, instant = random.Random(7), 0
    results = {"the same instant": [], "a day later": []}
    for number in range(given.rounds):
        for what in results:
            instant += what == "a day later"
            with open(project / f"data/fhir/Appointment_{number:03d}_{instant:02d}.ndjson", "w") as out:
                for n, line in enumerate(draw.sample(known, max(1, round(len(known) * given.share / 100)))):
                    try:
                        record = json.loads(line)
                        record["id"] = f"new-{number}-{instant}-{n}"
                        line = json.dumps(record) + "\n"
                    except (json.JSONDecodeError, TypeError):
                        pass
                    out.write(line)
            part = run(given.onefold, project, nows[instant])
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.copytree(project, fresh, ignore=shutil.ignore_patterns("lake", "out"))
            full = run(given.onefold, fresh, nows[instant])
            wrong = differ(project, fresh)
            results[what].append((part, full))
            print(f"round {number + 1}, {what}: {part[0]:.2f} s of {full[0]:.2f} s = {part[0] / full[0]:.1%}; rows {part[1]:,} of {full[1]:,} = {part[1] / full[1]:.1%}; " + (f"NOT the same: {wrong}" if wrong else "tables the same"), flush=True)
            if wrong:
                sys.exit(1)
    for what, rounds in results.items():
        seconds = statistics.median(part[0] / full[0] for part, full in rounds)
        rows = statistics.median(part[1] / full[1] for part, full in rounds)
        print(f"\n{what}: {seconds:.1%} of the wall, {rows:.1%} of the rows (medians of {len(rounds)})")
        for step in rounds[-1][0][2]:
            print(f"  {step['name']:62} {step['rows_in'] or 0:>12,} {step['rows_out']:>12,} {step['seconds']:6.2f} s  {step.get('said') or ''}")
    if not given.folder:
        shutil.rmtree(folder)


main()
