#!/usr/bin/env python3
"""Matching with zero configuration, beside Splink 5 with its documented demo settings, on records with known identities: accuracy, time, memory.

Usage: bench/identity.py SETS [--sets febrl3,febrl4,…] [--only onefold,splink,import] [--onefold PATH] [--python PATH] [--keep DIR]
SETS is a folder made by bench/identity_sets.py. Needs the binary (cargo build --release) and a Python (--python) with splink==5.0.0.

Both are given the csv files alone; the truth is read only to score. Onefold runs as a project with `match: {model: fellegi_sunter}` and nothing else, through
`onefold run`; its clusters are those of `KeyRing`. Splink runs with the comparisons, blocking rules and training of its own examples (febrl3, febrl4, the labelled
fake_1000, and for the others those of its 50k persons), clusters by connected components; it is scored at its examples' threshold and at the best of all thresholds (of 200,000 records and more: every eighth).

`import` gives Splink's settings to Onefold too (`onefold model import`: the same comparisons and blocking rules, so the same pairs, at the threshold of Splink's example): once with what Splink trained, once as they
were stated, so that Onefold learns m, u and the prior. Both say how many pairs they compared (Splink's counted in a process of its own) and how long training, scoring and clustering took; peaks are of the whole process.

Figures: pairwise precision, recall, F1 over pairs of records; cluster precision, recall, F1 over clusters that are exactly right, singles included; B3 F1. Kin: the
share of twins and of namesakes (people, by the set's kin file) who share a cluster with the other.
"""
import argparse, csv, json, os, pathlib, re, shutil, subprocess, sys, tempfile
from collections import Counter, defaultdict

from measure import measured

ROOT = pathlib.Path(__file__).resolve().parent.parent


def figures(truth, found):
    """Both: record to cluster, over the same records."""
    def pairs(counts):
        return sum(n * (n - 1) // 2 for n in counts.values())

    true_size, found_size = Counter(truth.values()), Counter(found.values())
    both = Counter((truth[record], found[record]) for record in truth)
    hit, said, there = pairs(both), pairs(found_size), pairs(true_size)
    exact = sum(1 for (t, f), n in both.items() if n == true_size[t] == found_size[f])
    b3p = sum(n * n / found_size[f] for (_, f), n in both.items()) / len(truth)
    b3r = sum(n * n / true_size[t] for (t, _), n in both.items()) / len(truth)

    def three(precision, recall):
        return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    return {
        "pairwise": three(hit / said if said else 1.0, hit / there if there else 1.0),
        "cluster": three(exact / len(found_size), exact / len(true_size)),
        "b3": three(b3p, b3r),
    }


def read_set(folder, name):
    with open(folder / f"{name}.truth.csv") as lines:
        truth = {(row["table"], row["key"]): row["person"] for row in csv.DictReader(lines)}
    kin = []
    if (folder / f"{name}.kin.csv").exists():
        with open(folder / f"{name}.kin.csv") as lines:
            kin = [(row["person"], row["other"], row["kind"]) for row in csv.DictReader(lines)]
    tables = sorted(f.name.split(".")[1] for f in folder.glob(f"{name}.*.csv") if f.name.split(".")[1] not in ("truth", "kin"))
    return truth, kin, tables


def kin_merged(truth, found, kin):
    clusters = defaultdict(set)
    for record, person in truth.items():
        clusters[person].add(found[record])
    shares = {}
    for kind in ("twin", "namesake"):
        of_kind = [(a, b) for a, b, k in kin if k == kind and a in clusters and b in clusters]
        if of_kind:
            shares[kind] = sum(1 for a, b in of_kind if clusters[a] & clusters[b]) / len(of_kind)
    return shares


def onefold(asked, folder, name, tables, scratch, settings=None, both=None, threshold=None):
    """Runs a project. Of settings of Splink: imported, with the column of both names that Splink is given, at a threshold."""
    project = scratch / (name if settings is None else f"{name}-{settings.name}")
    (project / "sources").mkdir(parents=True)
    (project / "data").mkdir()
    (project / "onefold.yaml").write_text(f"name: {name.replace('_', '-')}\nlake: ./lake\n")
    source = "kind: csv\nfrom: {folder: ./data}\ntables:\n"
    unify = "tables:\n"
    for table in tables:
        if both:
            with_both_names(folder / f"{name}.{table}.csv", project / f"data/{table}.csv", both)
        else:
            shutil.copy(folder / f"{name}.{table}.csv", project / f"data/{table}.csv")
        source += f"  {table}: {{key: key}}\n"
        unify += f"  - {{table: S_{table}, include_all: true}}\n"
    (project / "sources/S.yaml").write_text(source)
    (project / "unify.yaml").write_text(unify + "match: {model: fellegi_sunter}\n")
    base = [asked.onefold, "--project", str(project)]
    lost = []
    if settings is not None:
        done = subprocess.run([*base, "model", "import", str(settings)], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{name}: the settings were not imported\n{done.stdout}{done.stderr}")
        lost = [text for text in (done.stdout + done.stderr).splitlines() if text.startswith("warning")]
        stated = (project / "unify.yaml").read_text()
        (project / "unify.yaml").write_text(stated.replace("kind: fellegi_sunter\n", f"kind: fellegi_sunter\n    threshold: {threshold}\n", 1))
    seconds, memory, _ = measured([*base, "run", "--memory", "8GiB"])
    rows = subprocess.run([*base, "query", 'select "SourceTable", "Key", "CustomerId" from "KeyRing"', "--format", "csv"], check=True, capture_output=True, text=True).stdout
    found = {(row["SourceTable"][2:], row["Key"]): row["CustomerId"] for row in csv.DictReader(rows.splitlines())}
    record = json.loads(next((project / "lake/_runs").glob("*/record.json")).read_text())
    steps = {step["name"]: step for step in record["steps"]}
    linked = sum(steps[step]["seconds"] for step in ("unify.match", "unify.link"))
    pairs = re.search(r"(\d+) pairs scored", steps["unify.link"]["said"])
    return found, seconds, memory, linked, int(pairs[1]), lost


def with_both_names(source, target, both):
    """A copy with given and family name in one more column, as Splink's comparison of both names asks for."""
    with open(source) as lines, open(target, "w") as out:
        rows = csv.DictReader(lines)
        copy = csv.DictWriter(out, [*rows.fieldnames, "both_names"])
        copy.writeheader()
        for row in rows:
            copy.writerow({**row, "both_names": " ".join(row[name] for name in both) if all(row[name] for name in both) else ""})


# Splink: what its examples state, as text that the child evaluates with `cl`, `block_on` and the connection at hand.
PERSONS = {
    "blocking": ['block_on("substr({given},1,3)", "substr({family},1,4)")', 'block_on("{family}", "{born}")', 'block_on("{given}", "{born}")', 'block_on("{zip}", "{given}")', 'block_on("{zip}", "{family}")', 'block_on("substr({zip},1,3)", "{born}")', 'block_on("substr({given},1,2)", "substr({family},1,2)", "substr({born},1,4)")'],
    "comparisons": ['cl.ForenameSurnameComparison("{given}", "{family}", forename_surname_concat_col_name="both_names")', 'cl.DateOfBirthComparison("{born}", input_is_string=True, invalid_dates_as_null=True)', 'cl.PostcodeComparison("{zip}")', 'cl.LevenshteinAtThresholds("{street}", [2])', 'cl.ExactMatch("{city}").configure(term_frequency_adjustments=True)'],
    "certain": ['block_on("{given}", "{family}", "{born}")', 'block_on("substr({given},1,2)", "{family}", "substr({zip},1,2)")', 'block_on("{born}", "{zip}")'],
    "recall": 0.6,
    "train": ['block_on("{given}", "{family}")', 'block_on("{born}")'],
    "threshold": 0.95,
}


def persons(more=(), blocking=(), **names):
    """The 50k persons' settings under a set's column names, with comparisons for its further columns."""
    filled = {key: [text.format(**names) for text in value] if isinstance(value, list) else value for key, value in PERSONS.items()}
    filled["comparisons"] += more
    filled["blocking"] += blocking
    filled["both"] = (names["given"], names["family"])
    return filled


FEBRL = {
    "certain": ['block_on("soc_sec_id")', 'block_on("given_name", "surname", "date_of_birth")'],
    "train": ['block_on("date_of_birth")', 'block_on("postcode")'],
    "born": '"date_of_birth", input_is_string=True, datetime_format="%Y%m%d"',
}
SPLINK = {
    "febrl3": {
        "blocking": [f'block_on("{c}")' for c in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")],
        "comparisons": ['cl.NameComparison("given_name")', 'cl.NameComparison("surname")', f'cl.DateOfBirthComparison({FEBRL["born"]})', 'cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2])', 'cl.ExactMatch("street_number").configure(term_frequency_adjustments=True)', 'cl.ExactMatch("postcode").configure(term_frequency_adjustments=True)'],
        "certain": FEBRL["certain"] + ['"l.given_name = r.surname and l.surname = r.given_name and l.date_of_birth = r.date_of_birth"'],
        "recall": 0.9, "train": FEBRL["train"], "threshold": 0.99,
    },
    "febrl4": {
        "link": "link_only",
        "blocking": ['block_on("given_name", "surname")', '"l.given_name = r.surname and l.surname = r.given_name"', 'block_on("date_of_birth")', 'block_on("soc_sec_id")', 'block_on("state", "address_1")', 'block_on("street_number", "address_1")', 'block_on("postcode")'],
        "comparisons": ['cl.NameComparison("given_name").configure(term_frequency_adjustments=True)', 'cl.NameComparison("surname").configure(term_frequency_adjustments=True)', f'cl.DateOfBirthComparison({FEBRL["born"]}, invalid_dates_as_null=True)', 'cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2])', 'cl.ExactMatch("street_number").configure(term_frequency_adjustments=True)', 'cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True)'],
        "certain": FEBRL["certain"], "recall": 0.8, "train": FEBRL["train"], "threshold": 0.99,
    },
    "fake_1000": {
        "blocking": [f'block_on("{c}")' for c in ("first_name", "surname", "dob", "email")],
        "comparisons": ['cl.ForenameSurnameComparison("first_name", "surname")', 'cl.DateOfBirthComparison("dob", input_is_string=True)', 'cl.ExactMatch("city").configure(term_frequency_adjustments=True)', 'cl.EmailComparison("email")'],
        "certain": ['"l.first_name = r.first_name and levenshtein(r.dob, l.dob) <= 1"', '"l.surname = r.surname and levenshtein(r.dob, l.dob) <= 1"', '"l.first_name = r.first_name and levenshtein(r.surname, l.surname) <= 2"', '"l.email = r.email"'],
        "recall": 0.7, "train": ['block_on("dob")', 'block_on("email")', 'block_on("first_name", "surname")'], "threshold": 0.95,
    },
    "gecko": persons(given="first_name", family="last_name", born="dob", zip="zip", street="address", city="city", more=['cl.LevenshteinAtThresholds("phone", [1])'], blocking=['block_on("phone")']),
    "demo": persons(given="given", family="family", born="birthDate", zip="postalCode", street="line", city="city", more=['cl.LevenshteinAtThresholds("phone", [1])', 'cl.EmailComparison("email")'], blocking=['block_on("phone")', 'block_on("email")']),
}
for kind in ("medium", "hell"):
    SPLINK[f"healthcare_{kind}"] = persons(given="pat_first_name", family="pat_last_name", born="birth_date", zip="zip_code", street="address_line1", city="city", more=['cl.LevenshteinAtThresholds("home_phone", [2])', 'cl.EmailComparison("email")', 'cl.DamerauLevenshteinAtThresholds("ssn", [1, 2])', 'cl.DamerauLevenshteinAtThresholds("medicare_num", [1, 2])'], blocking=['block_on("ssn")', 'block_on("email")', 'block_on("home_phone")'])
    SPLINK[f"kyc_{kind}"] = persons(given="given_name", family="family_name", born="birth_date", zip="residential_postal_code", street="residential_address_line1", city="residential_city", more=['cl.LevenshteinAtThresholds("mobile_phone", [2])', 'cl.EmailComparison("email_address")', 'cl.DamerauLevenshteinAtThresholds("tax_id", [1, 2])', 'cl.DamerauLevenshteinAtThresholds("personal_administrative_number", [1, 2])'], blocking=['block_on("tax_id")', 'block_on("email_address")', 'block_on("mobile_phone")'])

PREPARE = '''
import json, sys, time
import duckdb, splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
spec, files, out = json.loads(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3]
con = duckdb.connect()
con.sql("set threads to 2")
started = time.monotonic()
api = DuckDBAPI(connection=con)
tables = []
for number, file in enumerate(files):
    both = ""
    if spec.get("both"):
        both = f", {spec['both'][0]} || ' ' || {spec['both'][1]} as both_names"
    con.sql(f"create table t{number} as select '{number}-' || key as unique_id, * exclude (key){both} from read_csv('{file}', all_varchar=true)")
    tables.append(api.register(con.table(f"t{number}")))
ev = lambda texts: [eval(text) for text in texts]
'''

CHILD = PREPARE + '''
settings = SettingsCreator(link_type=spec.get("link", "dedupe_only"), comparisons=ev(spec["comparisons"]), blocking_rules_to_generate_predictions=ev(spec["blocking"]))
linker = Linker(tables if len(tables) > 1 else tables[0], settings)
linker.training.estimate_probability_two_random_records_match(ev(spec["certain"]), recall=spec["recall"])
linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=2)
for rule in ev(spec["train"]):
    linker.training.estimate_parameters_using_expectation_maximisation(rule, estimate_without_term_frequencies=True)
trained = time.monotonic()
pairs = linker.inference.predict(threshold_match_probability=0.2)
scored = time.monotonic()
clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold_match_probability=spec["threshold"])
clusters.as_duckdbpyrelation().fetchall()
done = time.monotonic()
rel = pairs.as_duckdbpyrelation()
con.sql(f"copy (select unique_id_l as a, unique_id_r as b, match_weight as w from rel) to '{out}' (format csv)")
linker.misc.save_model_to_json(out.replace("edges.csv", "trained"), overwrite=True)
stated = settings.create_settings_dict("duckdb")
stated.pop("probability_two_random_records_match", None)
json.dump(stated, open(out.replace("edges.csv", "stated"), "w"))
print(json.dumps({"train": trained - started, "score": scored - trained, "cluster": done - scored, "all": done - started, "edges": rel.shape[0]}))
'''

# How many pairs its blocking rules bring together.
PAIRS = PREPARE + '''
from splink.blocking_analysis import count_comparisons_from_blocking_rules as count
kind = spec.get("link", "dedupe_only")
counted = count(tables if len(tables) > 1 else tables[0], blocking_rules=ev(spec["blocking"]), link_type=kind, record_sample_proportion=1.0)
print(sum(rule["marginal_comparison_count"] for rule in counted))
'''


def splink(asked, folder, name, tables, truth, scratch):
    spec = SPLINK[name]
    used = tables[:1] if name == "demo" else tables
    out = scratch / f"{name}.edges.csv"
    files = [str(folder / f"{name}.{table}.csv") for table in (["patients"] if name == "demo" else used)]
    names = ["patients"] if name == "demo" else used
    seconds, memory, said = measured([asked.python, "-c", CHILD, json.dumps(spec), json.dumps(files), str(out)])
    records = [record for record in truth if record[0] in names]
    number = {f"{names.index(table)}-{key}": place for place, (table, key) in enumerate(records)}
    with open(out) as lines:
        edges = sorted(((float(row["w"]), number[row["a"]], number[row["b"]]) for row in csv.DictReader(lines)), reverse=True)
    times = json.loads(said.strip().splitlines()[-1])
    _, _, counted = measured([asked.python, "-c", PAIRS, json.dumps(spec), json.dumps(files), str(out)])
    times["pairs"] = int(counted.strip().splitlines()[-1])
    return records, edges, spec["threshold"], seconds, memory, times


def components(records, edges, bits):
    parent = list(range(len(records)))

    def root(x):
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for weight, a, b in edges:
        if weight < bits:
            break
        parent[root(a)] = root(b)
    return {record: root(place) for place, record in enumerate(records)}


def line(name, who, figures, kin, seconds, memory, note=""):
    p, c, b = figures["pairwise"], figures["cluster"], figures["b3"]
    merged = " ".join(f"{kind} {share:.2%}" for kind, share in kin.items())
    print(f"| {name} | {who} | {p[0]:.4f} {p[1]:.4f} **{p[2]:.4f}** | {c[0]:.4f} {c[1]:.4f} **{c[2]:.4f}** | {b[2]:.4f} | {merged} | {seconds:.1f} s | {memory:.0f} MiB | {note} |", flush=True)


def main():
    import math
    words = argparse.ArgumentParser()
    words.add_argument("folder", type=pathlib.Path)
    words.add_argument("--sets", default="febrl3,febrl4,fake_1000,gecko,healthcare_medium,healthcare_hell,kyc_medium,kyc_hell,demo")
    words.add_argument("--only", default="onefold,splink,import")
    target = os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target"))
    words.add_argument("--onefold", default=f"{target}/release/onefold")
    words.add_argument("--python", default=sys.executable)
    words.add_argument("--keep", type=pathlib.Path)
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = asked.keep or pathlib.Path(scratch)
        print("| set | program | pairwise P R F1 | cluster P R F1 | B3 F1 | kin merged | wall | peak | |\n|---|---|---|---|---|---|---|---|---|")
        for name in asked.sets.split(","):
            if not (asked.folder / f"{name}.truth.csv").exists():
                continue
            truth, kin, tables = read_set(asked.folder, name)
            if "onefold" in asked.only:
                found, seconds, memory, linked, pairs, _ = onefold(asked, asked.folder, name, tables, scratch)
                missing = [record for record in truth if record not in found]
                if missing:
                    sys.exit(f"{name}: {len(missing)} records are in no profile, {missing[0]} among them")
                line(name, "onefold", figures(truth, found), kin_merged(truth, found, kin), seconds, memory, f"zero configuration, whole run; train, score and cluster {linked:.1f}; {pairs} pairs")
                if name == "demo":
                    alone = {record: person for record, person in truth.items() if record[0] == "patients"}
                    line(name, "onefold", figures(alone, {record: found[record] for record in alone}), {}, seconds, memory, "the clinic's records alone")
            if "splink" in asked.only or "import" in asked.only:
                records, edges, threshold, seconds, memory, times = splink(asked, asked.folder, name, tables, truth, scratch)
                alone = {record: truth[record] for record in records}
                steps = ", ".join(f"{step} {value:.1f}" for step, value in times.items() if step not in ("all", "edges", "pairs")) + f"; {times['pairs']} pairs"
                bits = math.log2(threshold / (1 - threshold))
                found = components(records, edges, bits)
                line(name, "splink", figures(alone, found), kin_merged(alone, found, kin), times["all"], memory, f"at {threshold}; {steps}")
                # Scoring a million records at each of 86 thresholds would take longer than everything else.
                step = 1 if len(records) < 200_000 else 8
                tried = [(figures(alone, components(records, edges, b)), b) for b in [x / 2 for x in range(-4, 81, step)]]
                best, at = max(tried, key=lambda t: t[0]["cluster"][2])
                found = components(records, edges, at)
                line(name, "splink", best, kin_merged(alone, found, kin), times["all"], memory, f"at its best, {at} bits")

            if "import" in asked.only:
                both, spec = SPLINK[name].get("both"), SPLINK[name]
                used = ["patients"] if name == "demo" else tables
                for kind, what in (("trained", "what Splink trained"), ("stated", "Splink's settings, untrained")):
                    settings = scratch / f"{name}.{kind}"
                    found, seconds, memory, linked, pairs, lost = onefold(asked, asked.folder, name, used, scratch, settings, both, spec["threshold"])
                    note = f"at {spec['threshold']}; train, score and cluster {linked:.1f}; {pairs} pairs; {what}"
                    said = [f"{len(lost)} levels or rules have no equal"] if lost else []
                    line(name, "onefold, imported", figures(alone, found), kin_merged(alone, found, kin), seconds, memory, "; ".join([note, *said]))


if __name__ == "__main__":
    main()
