"""Runs one SQL script in DuckDB, in memory, and prints the count of every table. Usage: duck.py SCRIPT DATA OUT"""
import sys, string, pathlib, duckdb

script, data, out = sys.argv[1:4]
pathlib.Path(out).mkdir(parents=True, exist_ok=True)
con = duckdb.connect(config={"threads": 2})
con.execute("set timezone = 'UTC'")
con.execute(string.Template(pathlib.Path(script).read_text()).substitute(data=data, out=out))
for (name,) in con.execute("select table_name from information_schema.tables order by 1").fetchall():
    print(name, con.execute(f'select count(*) from "{name}"').fetchone()[0])
