#!/usr/bin/env python3
"""How long `Patient/$match` takes over HTTP, with persons as they are asked for: misspelt, and not all of them known.

Usage: bench/match_http.py ONEFOLD PEOPLE.csv --work FOLDER [--queries 2000] [--warm 200] [--rounds 3] [--seed 1] [--nice 0]

PEOPLE.csv has a column `key`, and columns named as `FIELDS` below (a column `truth` is left out of the project). A
project is made in FOLDER and run, unless one is there; a server is started over it, and asked on one connection that is
kept alive, one question after the other. A latency begins before the request is written and ends when the answer has
been read. Needs nothing but Python.
"""
import argparse, csv, http.client, json, os, pathlib, random, re, subprocess, sys, threading, time

NAME = "lookups"
PASSWORD = "lamp river seven otter"
FIELDS = {
    "given": ("given_name", "first_name"),
    "family": ("family_name", "last_name", "surname"),
    "birth": ("birth_date", "date_of_birth", "dob"),
    "email": ("email_address", "email"),
    "phone": ("mobile_phone", "phone_number", "phone"),
    "line": ("residential_address_line1", "street_address", "street", "address"),
    "city": ("residential_city", "city"),
    "postcode": ("residential_postal_code", "postcode", "zip"),
}


def misspelt(rng, text):
    """Two letters change places, one is lost, or one is typed twice."""
    if len(text) < 4:
        return text
    at = rng.randrange(1, len(text) - 1)
    kind = rng.randrange(3)
    if kind == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2:]
    return text[:at] + text[at + 1:] if kind == 1 else text[:at] + text[at] + text[at:]


def patient(rng, row):
    """A Patient of what is known: a third has a misspelling, and each part but the names is missing at times."""
    known = {}
    for field, names in FIELDS.items():
        value = next((row[name] for name in names if row.get(name)), "")
        if value and (field in ("given", "family") or rng.random() < 0.6):
            known[field] = value
    if rng.random() < 1 / 3:
        field = rng.choice([field for field in ("given", "family", "line") if field in known] or ["family"])
        known[field] = misspelt(rng, known.get(field, ""))
    body = {"resourceType": "Patient", "name": [{"given": [known.get("given", "")], "family": known.get("family", "")}]}
    if re.fullmatch(r"\d{4}-\d\d-\d\d", known.get("birth", "")):
        body["birthDate"] = known["birth"]
    telecom = [{"system": system, "value": known[system]} for system in ("email", "phone") if system in known]
    address = {"line": [known["line"]] if "line" in known else None, "city": known.get("city"), "postalCode": known.get("postcode")}
    address = {part: value for part, value in address.items() if value}
    if telecom:
        body["telecom"] = telecom
    if address:
        body["address"] = [address]
    return body


def make(onefold, people, work):
    """The project, and its run."""
    if (work / "lake" / "_runs" / "current").exists():
        return
    (work / "sources").mkdir(parents=True, exist_ok=True)
    (work / "data").mkdir(exist_ok=True)
    with open(people, newline="") as there, open(work / "data" / "people.csv", "w", newline="") as here:
        rows = csv.DictReader(there)
        columns = [name for name in rows.fieldnames if name != "truth"]
        out = csv.DictWriter(here, columns, extrasaction="ignore")
        out.writeheader()
        out.writerows(rows)
    (work / "onefold.yaml").write_text(f"name: {NAME}\ntime_zone: UTC\nlake: ./lake\n")
    (work / "sources" / "Set.yaml").write_text("kind: csv\nfrom: {folder: ./data}\ntables: {people: {key: key}}\n")
    (work / "unify.yaml").write_text(
        "tables:\n  - {table: Set_people, include_all: true}\nmatch: {model: fellegi_sunter}\n")
    started = time.monotonic()
    subprocess.run([onefold, "run", "--memory", "12GiB", "--threads", "2"], cwd=work, check=True, stdout=subprocess.DEVNULL)
    print(f"run: {time.monotonic() - started:.1f} s")


class Server:
    """A server over the project, and a token to ask it with."""

    def __init__(self, onefold, work, nice):
        lower = (lambda: os.nice(nice)) if nice else None
        state = work / f"state-{os.getpid()}"
        command = [onefold, "serve", "--listen", "127.0.0.1:0", "--state", str(state)]
        self.child = subprocess.Popen(
            command, cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=lower)
        said = ""
        while "press Ctrl-C" not in said:
            line = self.child.stderr.readline()
            if not line:
                sys.exit(f"the server ended: {said}")
            said += line
        # What it says further must be read, or it waits for somebody to do so.
        threading.Thread(target=self.child.stderr.read, daemon=True).start()
        self.address = re.search(r"http://([^\s/]+)", said).group(1)
        setup = re.search(r"/setup#(\S+)", said).group(1)
        self.connection = http.client.HTTPConnection(self.address)
        self.json("POST", "/api/setup", {"token": setup, "name": "bench", "title": "Bench", "password": PASSWORD})
        headers, answer = self.json("POST", "/api/session", {"name": "bench", "password": PASSWORD})
        cookie = "; ".join(value.split(";")[0] for name, value in headers if name.lower() == "set-cookie")
        own = {"cookie": cookie, "x-csrf-token": answer["csrf"]}
        _, made = self.json("POST", "/api/tokens", {"title": "bench", "role": "viewer"}, own)
        self.headers = {"authorization": f"Bearer {made['token']}", "content-type": "application/fhir+json"}

    def json(self, method, path, body, headers=None):
        self.connection.request(method, path, json.dumps(body), {"content-type": "application/json"} | (headers or {}))
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            sys.exit(f"{method} {path}: {answer.status} {text[:400]}")
        return answer.getheaders(), json.loads(text) if text else None

    def ask(self, body):
        text = json.dumps(body)
        started = time.perf_counter()
        self.connection.request("POST", f"/fhir/{NAME}/Patient/$match", text, self.headers)
        answer = self.connection.getresponse()
        found = answer.read()
        return time.perf_counter() - started, answer.status, found

    def stop(self):
        self.child.terminate()
        self.child.wait()


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("onefold")
    words.add_argument("people")
    words.add_argument("--work", required=True, type=pathlib.Path)
    words.add_argument("--queries", type=int, default=2000)
    words.add_argument("--warm", type=int, default=200)
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--nice", type=int, default=0)
    asked = words.parse_args()
    onefold, rng = str(pathlib.Path(asked.onefold).resolve()), random.Random(asked.seed)
    asked.work.mkdir(parents=True, exist_ok=True)
    make(onefold, asked.people, asked.work)
    count = asked.warm + asked.queries
    with open(asked.people, newline="") as file:
        # Some rows of all, each as likely as the others (Vitter's algorithm R).
        rows = []
        for place, row in enumerate(csv.DictReader(file)):
            if place < count:
                rows.append(row)
            elif (at := rng.randrange(place + 1)) < count:
                rows[at] = row
    asks = [patient(rng, row) for row in rows]
    if asked.nice:
        os.nice(asked.nice)
    server = Server(onefold, asked.work, asked.nice)
    try:
        started = time.monotonic()
        took, status, found = server.ask(asks[0])
        print(f"ready: {time.monotonic() - started:.1f} s after the first question ({status})")
        for body in asks[:asked.warm]:
            server.ask(body)
        print("round  questions  found  p50 ms  p95 ms  p99 ms  max ms  wrong")
        for number in range(asked.rounds):
            times, somebody, wrong = [], 0, 0
            for body in asks[asked.warm:]:
                took, status, found = server.ask(body)
                times.append(took * 1000)
                wrong += status != 200
                somebody += status == 200 and b'"entry"' in found
            times.sort()
            at = lambda share: times[min(len(times) - 1, int(len(times) * share))]
            print(f"{number + 1:5}  {len(times):9}  {somebody / len(times):5.3f}  {at(0.5):6.1f}  {at(0.95):6.1f}"
                  f"  {at(0.99):6.1f}  {times[-1]:6.1f}  {wrong}")
    finally:
        server.stop()


if __name__ == "__main__":
    main()
