"""Opens every published table of a lake with delta-rs and with DuckDB, and compares what they see with the manifest.

Needs    deltalake, duckdb==1.5.5, duckdb-extension-delta==1.5.5
Usage    python readers.py <lake>

For each table: the version, the number of rows, and for each column the rows at or above its middle value, which both
readers find with the help of the statistics in the log. A column whose bounds exclude rows that are there is found so.
"""

import json
import sys
from pathlib import Path

import duckdb
import duckdb_extension_delta
from deltalake import DeltaTable, QueryBuilder


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def literal(value, kind):
    if kind in ("text", "guid", "json"):
        return "'" + str(value).replace("'", "''") + "'"
    if kind == "date":
        return f"date '{value}'"
    if kind == "date_time":
        return f"timestamptz '{value}'"
    return str(value)


def delta_rs(table, query):
    return [tuple(row.values()) for row in QueryBuilder().register("t", table).execute(query).read_all().to_struct_array().to_pylist()]


def check(root, duck, entry):
    """The faults of one table, as sentences."""
    folder, rows = str(root / entry["folder"]), sum(file["rows"] for file in entry["files"])
    table = DeltaTable(folder)
    if table.version() != entry["version"]:
        yield f"delta-rs sees version {table.version()}, published is {entry['version']}"
    named = sorted(file["path"].split("/")[-1] for file in entry["files"])
    seen = sorted(uri.split("/")[-1] for uri in table.file_uris())
    if named != seen:
        yield f"delta-rs sees files {seen}, published are {named}"
    scan = f"delta_scan('{folder}')"
    counts = {
        "DuckDB": duck.sql(f"select count(*) from {scan}").fetchone()[0],
        "delta-rs": delta_rs(table, "select count(*) as n from t")[0][0],
    }
    for reader, count in counts.items():
        if count != rows:
            yield f"{reader} sees {count} rows, published are {rows}"
    names = [column["name"] for column in entry["columns"]]
    described = [row[0] for row in duck.sql(f"describe select * from {scan}").fetchall()]
    if described != names:
        yield f"DuckDB sees columns {described}, published are {names}"
    for column in entry["columns"]:
        name, kind = quoted(column["name"]), column["ty"]
        if isinstance(kind, dict) or kind in ("boolean", "bitmap", "json"):
            continue
        values = duck.sql(f"select {name}::varchar from {scan} where {name} is not null order by {name}").fetchall()
        if not values:
            continue
        middle = literal(values[len(values) // 2][0], kind)
        expected = duck.sql(f"select count(*) from (select {name} as v from {scan} offset 0) where v >= {middle}").fetchone()[0]
        # Filters that DuckDB 1.5.5 hands down take a dot for a path into a record and fail; it says so, never answers wrongly.
        handed_down = "none" if "." in column["name"] else "all"
        filtered = f"delta_scan('{folder}', pushdown_filters := '{handed_down}')"
        found = duck.sql(f"select count(*) from {filtered} where {name} >= {middle}").fetchone()[0]
        if found != expected:
            yield f"DuckDB finds {found} rows with {name} >= {middle}, there are {expected}"
        ours = middle.replace("timestamptz", "timestamp with time zone")
        found = delta_rs(table, f"select count(*) as n from t where {name} >= {ours}")[0][0]
        if found != expected:
            yield f"delta-rs finds {found} rows with {name} >= {middle}, there are {expected}"


def main():
    root = Path(sys.argv[1]).resolve()
    run = json.loads((root / "_runs" / "current").read_text())["run"]
    manifest = json.loads((root / "_runs" / run / "manifest.json").read_text())
    duck = duckdb.connect()
    duck.sql("set timezone = 'UTC'")
    extension = next(Path(duckdb_extension_delta.__file__).parent.rglob("delta.duckdb_extension"))
    duck.load_extension(str(extension))
    passed = failed = 0
    for entry in manifest["tables"].values():
        if entry["internal"]:
            continue
        try:
            faults = list(check(root, duck, entry))
        except Exception as error:  # a reader that cannot open a table is what this is about
            faults = [f"{type(error).__name__}: {error}"]
        for fault in faults:
            print(f"{entry['name']}: {fault}")
        passed, failed = passed + (not faults), failed + bool(faults)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
