#!/usr/bin/env python3
"""Measures and segments over a million people with ten million appointments, beside DuckDB on the same Parquet files.

Usage: bench/segments.py [--folder DIR] [--people N] [--each N] [--segments N] [--rounds N] [--only PART,…] [--onefold PATH]
Parts: measures, over_measures, over_activities, many. Needs the binary (cargo build --release) and duckdb==1.5.5 (scripts/setup).
The people are made up by their numbers alone; the project is made and run once, in the folder that is given, and used again.
Both read the tables that the run wrote. Ours is the time of the steps, as the run's record has it, Parquet files written; DuckDB's is that of its statements in one open
connection, with tables as views over the Parquet files: measures are written as Parquet, members of segments as tables in memory.
"""
import argparse, json, os, pathlib, shutil, statistics, subprocess, sys, tempfile, time

from measure import measured

ROOT = pathlib.Path(__file__).resolve().parent.parent
CITIES, SERVICES = 100, 40
NOW, LATER = "2026-01-01T05:00:00Z", "2026-01-02T05:00:00Z"
MEASURES = {
    "TotalAppointments": ("count_unique(A.id)", None),
    "NoShowAppointments": ("count_unique(A.id)", "A.status ilike 'noshow'"),
    "CancelledAppointments": ("count_unique(A.id)", "A.status ilike 'cancelled'"),
    "pct_no_show": ("avg(Customer_Measure.NoShowAppointments / Customer_Measure.TotalAppointments) * 100", ["NoShowAppointments", "TotalAppointments"]),
    "pct_missed": (
        "max((Customer_Measure.NoShowAppointments + Customer_Measure.CancelledAppointments) / Customer_Measure.TotalAppointments) * 100",
        ["NoShowAppointments", "CancelledAppointments", "TotalAppointments"],
    ),
}


def make_rows(folder, people, each):
    """Two Parquet files: persons, and appointments in the order in which they were booked."""
    import duckdb

    data = folder / "data"
    data.mkdir(parents=True)
    duck = duckdb.connect()
    duck.execute("set preserve_insertion_order = true")
    duck.execute(
        f"""copy (select format('p{{:08d}}', n) as id, 'First' || hash(n, 1) % 1000 as first_name, 'Last' || hash(n, 2) % 20000 as last_name,
            'City ' || hash(n, 3) % {CITIES} as city, cast(hash(n, 4) % 10000 as bigint) as points, date '1930-01-01' + cast(hash(n, 5) % 30000 as integer) as birth_date
            from range({people}) t(n)) to '{data}/Person.parquet' (format parquet, compression zstd)"""
    )
    duck.execute(
        f"""copy (select format('a{{:09d}}', n) as id, format('p{{:08d}}', cast(hash(n, 6) % {people} as bigint)) as person,
            ['fulfilled', 'fulfilled', 'fulfilled', 'fulfilled', 'fulfilled', 'fulfilled', 'booked', 'cancelled', 'noshow', 'noshow'][cast(1 + hash(n, 7) % 10 as bigint)] as status,
            timestamptz '2023-01-01 08:00:00+00' + to_minutes(cast(hash(n, 8) % 1500000 as bigint)) as start,
            'Service ' || hash(n, 9) % {SERVICES} as service, cast(hash(n, 10) % 20000 as double) / 100 as fee
            from range({people * each}) t(n)) to '{data}/Appointment.parquet' (format parquet, compression zstd)"""
    )


def make_project(folder):
    files = {
        "onefold.yaml": "name: segments-bench\ntime_zone: UTC\nlake: ./lake\n",
        "sources/Clinic.yaml": """kind: parquet
from: {folder: ./data}
tables:
  Person:
    file: Person.parquet
    key: id
    columns: {id: text, first_name: text, last_name: text, city: text, points: integer, birth_date: date}
  Appointment:
    file: Appointment.parquet
    key: id
    columns: {id: text, person: text, status: text, start: date-time, service: text, fee: number}
""",
        "unify.yaml": """tables:
  - table: Clinic_Person
    include_all: true
    columns: {id: ID, first_name: Person.FirstName, last_name: Person.LastName, city: Location.City, points: Loyalty.Points, birth_date: Person.BirthDate}
""",
        "relationships.yaml": "AppointmentPerson: {from: Clinic_Appointment.person, to: Clinic_Person.id, cardinality: many_to_one}\n",
        "activities/Appointment.yaml": "table: Clinic_Appointment\nkey: id\npath: [AppointmentPerson]\ntype: Appointment\nevent: status\ntime: start\ndetail: service\ntimeline: true\n",
    }
    for name, (value, more) in MEASURES.items():
        text = f"kind: customer_attribute\nvalue: {value}\n"
        if isinstance(more, list):
            text += "replace_nulls: {" + ", ".join(f"Customer_Measure.{column}: 0" for column in more) + "}\n"
        else:
            text += "tables: {A: Clinic_Appointment}\n" + (f"where: {more}\n" if more else "")
        files[f"measures/{name}.yaml"] = text
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


# Segments: the condition as a definition has it, and as SQL over `m` (measures and profiles) or `a` (appointments).


def over_measures(n):
    city, rate, points = f"City {n % CITIES}", round(n % 97 / 97 * 40, 3), n * 37 % 9900
    kinds = [
        (f"Customer.city = '{city}' and Customer_Measure.pct_no_show > {rate}", f"m.city = '{city}' and m.pct_no_show > {rate}"),
        (
            f"Customer.points between {points} and {points + 100} and not Customer_Measure.TotalAppointments < {n % 5}",
            f"m.points between {points} and {points + 100} and not m.TotalAppointments < {n % 5}",
        ),
        (
            f"Customer.city = '{city}' and (Customer_Measure.NoShowAppointments >= {n % 7} or Customer_Measure.pct_missed > {rate})",
            f"m.city = '{city}' and (m.NoShowAppointments >= {n % 7} or m.pct_missed > {rate})",
        ),
    ]
    return kinds[n % len(kinds)]


def over_activities(n):
    service, fee = f"Service {n % SERVICES}", round(n % 1999 / 10, 1)
    since = f"{2023 + n % 3}-{1 + n // 3 % 12:02}-{1 + n // 36 % 28:02}"
    kinds = [
        (
            f"A.service = '{service}' and A.status ilike 'noshow' and A.start >= '{since}T00:00:00Z' and A.fee >= {fee}",
            f"a.service = '{service}' and a.status ilike 'noshow' and a.start >= timestamptz '{since} 00:00:00+00' and a.fee >= {fee}",
        ),
        (
            f"A.service = '{service}' and A.status in ('noshow', 'cancelled') and A.start < '{since}T00:00:00Z' and A.fee < {fee}",
            f"a.service = '{service}' and a.status in ('noshow', 'cancelled') and a.start < timestamptz '{since} 00:00:00+00' and a.fee < {fee}",
        ),
    ]
    return kinds[n % len(kinds)]


def write_segments(folder, of_measures, of_activities):
    segments = folder / "segments"
    shutil.rmtree(segments, ignore_errors=True)
    segments.mkdir()
    for n in of_measures:
        (segments / f"M{n:05}.yaml").write_text(f'rules: [{{where: "{over_measures(n)[0]}"}}]\n')
    for n in of_activities:
        (segments / f"A{n:05}.yaml").write_text(f'tables: {{A: Clinic_Appointment}}\nrules: [{{where: "{over_activities(n)[0]}"}}]\n')


class Onefold:
    """The command on one project."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder

    def run(self, *more, now=NOW):
        """Seconds and peak MiB of the whole command, and the seconds of its steps."""
        seconds, peak, text = measured([self.binary, "-C", str(self.folder), "run", "--now", now, "--json", *more])
        record = json.loads(text[text.index("{") :])
        return seconds, peak, {step["name"]: step["seconds"] for step in record["steps"] if step.get("seconds") is not None}

    def files(self, table):
        """The Parquet files of a table of the published run."""
        lake = self.folder / "lake"
        run = json.loads((lake / "_runs/current").read_text())
        run = run["run"]
        manifest = json.loads((lake / "_runs" / run / "manifest.json").read_text())
        return [str(lake / file["path"]) for file in manifest["tables"][table.lower()]["files"]]

    def counts(self):
        """The number of members of each segment."""
        sql = 'select "Segment", "Count" from "SegmentBitmap"'
        out = subprocess.run([self.binary, "-C", str(self.folder), "query", sql, "--format", "csv", "--limit", "20000"], check=True, capture_output=True, text=True)
        return {name: int(count) for name, count in (line.split(",") for line in out.stdout.split()[1:])}


def duck(onefold):
    import duckdb

    duck = duckdb.connect()
    duck.execute("set threads = 2")
    duck.execute("set timezone = 'UTC'")
    for view, table in [("c", "Customer"), ("cm", "Customer_Measure"), ("a", "Resolved_Clinic_Appointment_person")]:
        duck.execute(f"create view {view} as select * from read_parquet({onefold.files(table)!r})")
    duck.execute("create view m as select cm.*, c.city, c.points from cm join c using (profile_no)")
    return duck


def timed(work):
    began = time.monotonic()
    work()
    return time.monotonic() - began


def touched(folder, round_):
    """The same measures in other words, so that they are worked out again."""
    for name, word in [("NoShowAppointments", "noshow"), ("CancelledAppointments", "cancelled")]:
        text = f"kind: customer_attribute\nvalue: count_unique(A.id)\ntables: {{A: Clinic_Appointment}}\n"
        word = word.upper() if round_ % 2 else word
        (folder / f"measures/{name}.yaml").write_text(text + f"where: A.status ilike '{word}'\n")


def measures(onefold, rounds, scratch):
    write_segments(onefold.folder, [], [])
    onefold.run()
    ours, theirs, peak = [], [], 0
    query = f"""copy (select c.CustomerId, c.profile_no, coalesce(t, 0) as TotalAppointments, coalesce(n, 0) as NoShowAppointments, coalesce(x, 0) as CancelledAppointments,
        coalesce(n, 0) / nullif(coalesce(t, 0), 0) * 100.0 as pct_no_show, (coalesce(n, 0) + coalesce(x, 0)) / nullif(coalesce(t, 0), 0) * 100.0 as pct_missed
        from c left join (select profile_no, count(*) as t, count(*) filter (status ilike 'noshow') as n, count(*) filter (status ilike 'cancelled') as x from a group by profile_no) as g
        using (profile_no) order by profile_no) to '{scratch}/measures.parquet' (format parquet, compression zstd)"""
    for round_ in range(rounds):
        touched(onefold.folder, round_ + 1)
        _, more, steps = onefold.run()
        ours.append(sum(seconds for step, seconds in steps.items() if step.startswith("measures.")))
        peak = max(peak, more)
        connection = duck(onefold)
        theirs.append(timed(lambda: connection.execute(query)))
    sums = "sum(TotalAppointments), sum(NoShowAppointments), sum(CancelledAppointments), round(sum(pct_no_show), 3), round(sum(pct_missed), 3)"
    same = connection.execute(f"select {sums} from cm").fetchall() == connection.execute(f"select {sums} from '{scratch}/measures.parquet'").fetchall()
    if not same:
        sys.exit("the measures differ")
    told("five measures", ours, theirs, peak)


def segments(onefold, rounds, kind, count):
    """Segments of one kind: all of them in a run, and each as a query."""
    ours, theirs, peak = [], [], 0
    for round_ in range(rounds):
        # Others each round, so that all are worked out.
        own = range(round_ * count, (round_ + 1) * count)
        write_segments(onefold.folder, own if kind is over_measures else [], own if kind is over_activities else [])
        _, more, steps = onefold.run()
        ours.append(sum(seconds for step, seconds in steps.items() if step.startswith("segments.scan")))
        peak = max(peak, more)
        connection, counts = duck(onefold), onefold.counts()
        letter, view = ("M", "m") if kind is over_measures else ("A", "a")

        def ask():
            for n in own:
                connection.execute(f"create or replace temp table s{n} as select distinct {view}.profile_no from {view} where {kind(n)[1]}")

        theirs.append(timed(ask))
        for n in own:
            found = connection.execute(f"select count(*) from s{n}").fetchone()[0]
            if found != counts[f"{letter}{n:05}"]:
                sys.exit(f"{letter}{n:05}: {counts[f'{letter}{n:05}']} members here, {found} in DuckDB")
    told(f"{count} segments over {kind.__name__.removeprefix('over_')}", ours, theirs, peak)


def many(onefold, count):
    """So many segments: worked out for the first time, then refreshed after a measure changed."""
    write_segments(onefold.folder, range(count * 6 // 10), range(count * 4 // 10))
    for what, round_ in [("first", 0), ("again", 1)]:
        if round_:
            # Every attribute is another value for somebody: all segments over measures are looked at again.
            text = (onefold.folder / "measures/pct_missed.yaml").read_text()
            (onefold.folder / "measures/pct_missed.yaml").write_text(text.replace(" * 100", " * 101"))
        seconds, peak, steps = onefold.run("--memory", "1500MiB", now=LATER if round_ else NOW)
        counts = onefold.counts()
        share = statistics.mean(counts.values())
        own = {step: seconds for step, seconds in steps.items() if step.startswith("segments")}
        print(f"{count} segments, {what}: {sum(own.values()):.1f} s in their steps, {seconds:.1f} s the whole command, peak {peak:.0f} MiB, {share:.0f} members on average")
        for step, seconds in own.items():
            print(f"    {seconds:6.2f} s  {step}")
    text = (onefold.folder / "measures/pct_missed.yaml").read_text()
    (onefold.folder / "measures/pct_missed.yaml").write_text(text.replace(" * 101", " * 100"))


def told(what, ours, theirs, peak):
    mine, other = statistics.median(ours), statistics.median(theirs)
    print(f"{what}: {mine:.2f} s, DuckDB {other:.2f} s, ratio {mine / other:.2f} (of {len(ours)} rounds; peak of the command {peak:.0f} MiB)", flush=True)


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--folder", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "onefold-segments")
    words.add_argument("--people", type=int, default=1_000_000)
    words.add_argument("--each", type=int, default=10)
    words.add_argument("--segments", type=int, default=10_000)
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--only", default="measures,over_measures,over_activities,many")
    target = os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target"))
    words.add_argument("--onefold", default=f"{target}/release/onefold")
    asked = words.parse_args()
    onefold = Onefold(asked.onefold, asked.folder)
    if not (asked.folder / "data").is_dir():
        make_rows(asked.folder, asked.people, asked.each)
    make_project(asked.folder)
    if not (asked.folder / "lake/_runs/current").is_file():
        seconds, peak, _ = onefold.run()
        print(f"all of it made: {seconds:.0f} s, peak {peak:.0f} MiB", flush=True)
    only = asked.only.split(",")
    with tempfile.TemporaryDirectory() as scratch:
        if "measures" in only:
            measures(onefold, asked.rounds, scratch)
        if "over_measures" in only:
            segments(onefold, asked.rounds, over_measures, 100)
        if "over_activities" in only:
            segments(onefold, asked.rounds, over_activities, 100)
        if "many" in only:
            many(onefold, asked.segments)


if __name__ == "__main__":
    main()
