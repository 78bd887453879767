#!/usr/bin/env python3
"""Makes person records with known identities, for bench/identity.py: FEBRL 3 and 4, fake_1000, dupehell, gecko, and the demo's own people.

Usage: bench/identity_sets.py OUT [--people N] [--sets febrl3,febrl4,fake_1000,healthcare,kyc,gecko,demo] [--onefold PATH]
Needs the data folder (ONEFOLD_DATA), and for the generators a Python with dupehell==0.5.5, gecko-syndata==0.6.4 and pandas.

Each set is one csv file a table, `<set>.<table>.csv`: an opaque `key`, the columns a user would have, rows shuffled; and beside it `<set>.truth.csv`
(table, key, person) and, where the set has them, `<set>.kin.csv` (person, other, kind): people who are easily mistaken for one. What names the person
(row numbers, master ids and ids made from them) is dropped. The same seed gives the same files.
"""
import argparse, csv, gzip, json, os, pathlib, random, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("ONEFOLD_DATA", ROOT.parent / "shared/data")).resolve()


def write(out, name, tables, kin=None, seed=1):
    """tables: {table: (columns, [(person, values)])}"""
    shuffle = random.Random(seed)
    with open(out / f"{name}.truth.csv", "w", newline="") as truth_file:
        truth = csv.writer(truth_file)
        truth.writerow(["table", "key", "person"])
        for table, (columns, rows) in tables.items():
            rows = list(rows)
            shuffle.shuffle(rows)
            keys = shuffle.sample(range(10**9, 10**10), len(rows))
            with open(out / f"{name}.{table}.csv", "w", newline="") as file:
                lines = csv.writer(file)
                lines.writerow(["key", *columns])
                for key, (person, values) in zip(keys, rows):
                    lines.writerow([f"k{key}", *values])
                    truth.writerow([table, f"k{key}", person])
    if kin:
        with open(out / f"{name}.kin.csv", "w", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(["person", "other", "kind"])
            lines.writerows(kin)
    print(name, {table: len(rows) for table, (_, rows) in tables.items()}, "kin", len(kin or []))


def febrl(file):
    with open(DATA / "identity" / file, newline="") as lines:
        rows = list(csv.reader(lines, skipinitialspace=True))
    columns = [column.strip() for column in rows[0]]
    return columns[1:], [("-".join(row[0].split("-")[:2]), [value.strip() for value in row[1:]]) for row in rows[1:]]


def febrl3(out, _):
    write(out, "febrl3", {"people": febrl("dataset3.csv")})


def febrl4(out, _):
    write(out, "febrl4", {"a": febrl("dataset4a.csv"), "b": febrl("dataset4b.csv")})


def fake_1000(out, _):
    with open(DATA / "identity/fake_1000.csv", newline="") as lines:
        rows = list(csv.DictReader(lines))
    columns = [column for column in rows[0] if column not in ("unique_id", "cluster")]
    write(out, "fake_1000", {"people": (columns, [(row["cluster"], [row[c] for c in columns]) for row in rows])})


# Entities of dupehell that are people, with the columns that say who somebody is; ids made from the truth are left out.
DUPEHELL = {
    "healthcare": ("patient", 5.2, "pat_first_name pat_last_name pat_suffix alias_first_name alias_last_name birth_date gender_code ssn address_line1 city state_code zip_code home_phone email language medicare_num medicaid_num".split()),
    "kyc": ("natural_person", 1.95, "given_name family_name middle_name birth_date birth_place nationality email_address mobile_phone personal_administrative_number tax_id residential_address_line1 residential_city residential_postal_code residential_state residential_country occupation".split()),
}


def dupehell(domain, difficulty):
    def make(out, asked):
        import dupehell as generator
        import duckdb
        entity, share, columns = DUPEHELL[domain]
        with tempfile.TemporaryDirectory() as folder:
            made = generator.generate(domain=domain, size=int(asked.people * share), seed=7, difficulty=difficulty, output_dir=folder)
            rows = duckdb.sql(
                f"select t.master_id, {', '.join(f'd.{c}' for c in columns)} from '{made.dataset}' d join '{made.ground_truth}' t using (record_id) "
                f"where d.entity_type = '{entity}' order by record_id"
            ).fetchall()
        rows = [(row[0], ["" if value is None else value for value in row[1:]]) for row in rows]
        write(out, f"{domain}_{difficulty}", {"people": (columns, rows)})

    return make


def gecko(out, asked):
    import numpy, pandas
    from gecko import generator, mutator
    rng = numpy.random.default_rng(11)
    # Half as many people as records, about; names as common as in New York and the United States.
    people = asked.people // 2
    identity = DATA / "identity"
    given = pandas.read_csv(identity / "nyc_given_names_gender_ethnicity.csv", dtype=str, keep_default_na=False)
    family = pandas.read_csv(identity / "us_census2010_last_names.csv", dtype=str, keep_default_na=False)

    def names(frame):
        number = next(c for c in frame.columns if pandas.to_numeric(frame[c], errors="coerce").notna().all() and pandas.to_numeric(frame[c]).sum() > 1000 and c.lower() in ("count", "freq", "n", "number"))
        word = next(c for c in frame.columns if c.lower() in ("name", "given_name", "first_name", "last_name", "surname"))
        return pandas.DataFrame({"name": frame[word].str.title(), "count": pandas.to_numeric(frame[number])}).groupby("name", as_index=False).sum()

    streets = [f"{name} {kind}" for name in ("Oak Maple Cedar Elm Washington Lincoln Park Main High Church Mill River Lake Hill Sunset Pine Walnut Spring North South Chestnut Adams Jackson Franklin Center Union Court Prospect Ridge Meadow".split()) for kind in ("Street", "Avenue", "Road", "Lane", "Drive", "Court")]
    towns = [("Springfield", "62701"), ("Riverside", "92501"), ("Franklin", "37064"), ("Greenville", "29601"), ("Bristol", "06010"), ("Clinton", "39056"), ("Fairview", "07022"), ("Salem", "97301"), ("Madison", "53703"), ("Georgetown", "78626"), ("Arlington", "22201"), ("Ashland", "97520"), ("Dover", "19901"), ("Oxford", "38655"), ("Jackson", "39201"), ("Burlington", "05401"), ("Manchester", "03101"), ("Milton", "02186"), ("Newport", "02840"), ("Auburn", "36830")]
    base = generator.to_data_frame(
        [
            ("first_name", generator.from_frequency_table(names(given), "name", "count", rng=rng)),
            ("last_name", generator.from_frequency_table(names(family), "name", "count", rng=rng)),
            ("dob", generator.from_datetime_range("1930-01-01", "2015-12-31", "%Y-%m-%d", "D", rng=rng)),
            ("house", generator.from_uniform_distribution(1, 999, 0, rng=rng)),
            ("street", generator.from_frequency_table(pandas.DataFrame({"v": streets, "n": range(1, len(streets) + 1)}), "v", "n", rng=rng)),
            (("city", "zip"), generator.from_multicolumn_frequency_table(pandas.DataFrame([(a, b, i + 3) for i, (a, b) in enumerate(towns)], columns=["a", "b", "n"]), ["a", "b"], "n", rng=rng)),
            ("phone", generator.from_uniform_distribution(2_000_000_000, 9_899_999_999, 0, rng=rng)),
        ],
        people,
    )
    base["address"] = base.house.astype(str).str.replace(r"\.0$", "", regex=True) + " " + base.street
    base["phone"] = base.phone.astype(str).str.replace(r"\.0$", "", regex=True)
    base = base[["first_name", "last_name", "dob", "address", "city", "zip", "phone"]].astype(str)
    # Kin: of forty people a twin, a namesake a generation apart, a partner; each of the person before.
    kin = []
    columns = {column: base[column].tolist() for column in base.columns}
    for person in range(1, people):
        kind = {21: "twin", 25: "namesake", 29: "partner"}.get(person % 40)
        if kind is None:
            continue
        for column in ("last_name", "address", "city", "zip", "phone"):
            columns[column][person] = columns[column][person - 1]
        if kind == "twin":
            columns["dob"][person] = columns["dob"][person - 1]
            if columns["first_name"][person] == columns["first_name"][person - 1]:
                continue
        if kind == "namesake":
            columns["first_name"][person] = columns["first_name"][person - 1]
            year = int(columns["dob"][person - 1][:4])
            rest = columns["dob"][person][4:].replace("-02-29", "-02-28")
            columns["dob"][person] = f"{year - 27 if year > 1985 else year + 27}{rest}"
        kin.append((person, person - 1, kind))
    base = pandas.DataFrame(columns)
    base["person"] = numpy.arange(people).astype(str)
    # Records of a person: one to six, most often one or two.
    copies = rng.choice([1, 2, 3, 4, 6], size=people, p=[0.45, 0.32, 0.13, 0.07, 0.03])
    records = base.loc[base.index.repeat(copies)].reset_index(drop=True)
    person = records.pop("person")
    letters = "abcdefghijklmnopqrstuvwxyz"
    typo = lambda share: (share, mutator.with_group([mutator.with_transpose(rng=rng), mutator.with_delete(rng=rng), mutator.with_insert(charset=letters, rng=rng), mutator.with_substitute(charset=letters, rng=rng)], rng=rng))
    digit = lambda share: (share, mutator.with_group([mutator.with_transpose(rng=rng), mutator.with_substitute(charset="0123456789", rng=rng)], rng=rng))
    nicknames = pandas.read_csv(identity / "nicknames_pypi.csv", dtype=str, keep_default_na=False)
    short = pandas.DataFrame({"s": nicknames.iloc[:, 0].str.title(), "t": nicknames.iloc[:, -1].str.title()})
    missing = lambda share: (share, mutator.with_missing_value(rng=rng))
    mutated = mutator.mutate_data_frame(
        records,
        [
            (("first_name", "last_name"), [(0.01, mutator.with_permute(rng=rng))]),
            ("first_name", [(0.05, mutator.with_replacement_table(short, "s", "t", rng=rng)), typo(0.08), missing(0.02)]),
            ("last_name", [typo(0.08), missing(0.01)]),
            ("dob", [(0.01, mutator.with_datetime_offset(40, "d", "%Y-%m-%d", rng=rng))]),
            ("dob", [digit(0.06), missing(0.06)]),
            ("address", [typo(0.10), missing(0.08)]),
            ("city", [typo(0.04), missing(0.03)]),
            ("zip", [digit(0.04), missing(0.05)]),
            ("phone", [digit(0.05), missing(0.15)]),
        ],
    )
    # One record in twelve is from another address, with another phone.
    moved = rng.random(len(mutated)) < 0.08
    other = rng.permutation(len(mutated))
    for column in ("address", "city", "zip", "phone"):
        mutated.loc[moved, column] = mutated[column].to_numpy()[other][moved]
    rows = list(zip(person.tolist(), mutated.fillna("").values.tolist()))
    write(out, "gecko", {"people": (mutated.columns.tolist(), rows)}, kin)


def demo(out, asked):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder) / "demo"
        people = int(asked.people / 1.75)
        subprocess.run([asked.onefold, "demo", folder, "--patients", str(people), "--seed", "7", "--now", "2026-11-22T05:00:00Z", "--no-run"], check=True, capture_output=True)
        with open(folder / "truth/records.csv") as lines:
            person = {(row["table"], row["key"]): row["person"] for row in csv.DictReader(lines)}
        patients, contacts = [], []
        for file in sorted((folder / "data/fhir").glob("Patient*")):
            for line in (gzip.open if file.suffix == ".gz" else open)(file, "rt"):
                try:
                    patient = json.loads(line)
                except ValueError:
                    continue
                who = person.get(("AzureAPIforFHIR_Patient", patient.get("id")))
                if who is None:
                    continue
                name, home = patient["name"][0], (patient.get("address") or [{}])[0]
                telecom = {point["system"]: point["value"] for point in patient.get("telecom", [])}
                patients.append((who, [name["given"][0], name["family"], " ".join(name.get("suffix", [])), patient["birthDate"], patient["gender"], telecom.get("phone", ""), telecom.get("email", ""), " ".join(home.get("line", [])), home.get("city", ""), home.get("postalCode", "")]))
        for file in sorted((folder / "data/dataverse").glob("*")):
            for contact in json.load((gzip.open if file.suffix == ".gz" else open)(file, "rt"))["value"]:
                who = person.get(("D365Patients_contact", contact["contactid"].lower()))
                if who is not None:
                    contacts.append((who, [contact["firstname"], contact["lastname"], contact["emailaddress1"]]))
        with open(folder / "truth/kin.csv") as lines:
            kin = [(row["person"], row["other"], row["kind"]) for row in csv.DictReader(lines)]
    write(out, "demo", {"patients": ("given family suffix birthDate gender phone email line city postalCode".split(), patients), "contacts": ("firstname lastname emailaddress1".split(), contacts)}, kin)


SETS = {
    "febrl3": febrl3, "febrl4": febrl4, "fake_1000": fake_1000, "gecko": gecko, "demo": demo,
    "healthcare_medium": dupehell("healthcare", "medium"), "healthcare_hell": dupehell("healthcare", "hell"),
    "kyc_medium": dupehell("kyc", "medium"), "kyc_hell": dupehell("kyc", "hell"),
}


def main():
    words = argparse.ArgumentParser()
    words.add_argument("out", type=pathlib.Path)
    words.add_argument("--people", type=int, default=100_000, help="records of the generated sets, about")
    words.add_argument("--sets", default=",".join(SETS))
    target = os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target"))
    words.add_argument("--onefold", default=f"{target}/release/onefold")
    asked = words.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    for name in asked.sets.split(","):
        SETS[name](asked.out, asked)


if __name__ == "__main__":
    main()
