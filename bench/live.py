#!/usr/bin/env python3
"""Rows that are sent to a server: how long until they are answered, and until segments know of them.

    onefold demo DIR --patients 20000 --appointments 10 --seed 7 --no-serve
    bench/live.py DIR --onefold target/release/onefold --rate 500 --seconds 60

Adds the segment `LiveBench` (whoever has an appointment with the code `bench`) to the project, runs it, serves it, and sends appointments of random
patients, `--together` in a request. Several times a second one with that code is sent for a patient who has none, and the card of that patient is
asked for until the segment is in it. Says p50, p95 and p99 of the answers, of the time from sending to membership, and of the list of segments
(live counts), asked twice a second meanwhile; then the server's own figures.
"""
import argparse
import http.client
import json
import os
import queue
import random
import re
import subprocess
import threading
import time
import urllib.parse

TABLE = "AzureAPIforFHIR_Appointment"
PLACE = "AzureAPIforFHIR_Patient"
SEGMENT = """title: Live bench
rules:
  - where: Appointment.serviceType.coding.code = 'bench'
tables: {Appointment: {table: AzureAPIforFHIR_Appointment, path: [FHIRAptToUnifiedCustomer]}}
"""

words = argparse.ArgumentParser()
words.add_argument("project", help="the folder that `onefold demo` made")
words.add_argument("--onefold", default="target/release/onefold")
words.add_argument("--rate", type=float, default=500, help="rows a second")
words.add_argument("--seconds", type=float, default=60)
words.add_argument("--together", type=int, default=10, help="rows of a request")
words.add_argument("--watched", type=float, default=5, help="rows a second that are watched")
ask = words.parse_args()
ask.onefold = os.path.abspath(ask.onefold)
began = int(time.time())
chance = random.Random(began)
answered, seen, counted, failed = [], [], [], []
watch, work = queue.Queue(), queue.Queue()


def command(*rest):
    return subprocess.run([ask.onefold, "-C", ask.project, *rest], check=True, capture_output=True, text=True).stdout


def call_once(host, method, path, body=None, head=None):
    connection = http.client.HTTPConnection(host, timeout=60)
    connection.request(method, path, None if body is None else json.dumps(body), {"content-type": "application/json", **(head or {})})
    answer = connection.getresponse()
    data = answer.read()
    if answer.status >= 300:
        raise RuntimeError(f"{answer.status} {data[:300]}")
    return answer, data


def serve():
    """Starts the server with an account store of its own; gives the process, its address, the project's name and a token."""
    state = os.path.join(ask.project, ".live-bench")
    subprocess.run(["rm", "-rf", state], check=True)
    os.makedirs(state)
    words = [ask.onefold, "serve", "--project", ask.project, "--state", state, "--listen", "127.0.0.1:0"]
    server = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    said = ""
    while "press Ctrl-C" not in said:
        line = server.stderr.readline()
        if not line:
            raise SystemExit(f"the server ended: {said}")
        said += line
    threading.Thread(target=lambda: [None for _ in server.stderr], daemon=True).start()
    link = re.search(r"http://([^/\s]+)/setup#(\S+)", said)
    host = link.group(1)
    body = {"token": link.group(2), "name": "bench", "title": "Bench", "password": "lamp river seven otter"}
    answer, data = call_once(host, "POST", "/api/setup", body)
    head = {"cookie": answer.getheader("set-cookie").split(";")[0], "x-csrf-token": json.loads(data)["csrf"]}
    _, data = call_once(host, "POST", "/api/tokens", {"title": "bench", "role": "contributor", "days": 1}, head)
    token = json.loads(data)["token"]
    _, data = call_once(host, "GET", "/api/projects", None, head)
    return server, host, json.loads(data)[0]["name"], token


def caller():
    connection = http.client.HTTPConnection(host, timeout=60)

    def call(method, path, body=None):
        head = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        connection.request(method, f"/api/projects/{project}/{path}", None if body is None else json.dumps(body), head)
        answer = connection.getresponse()
        data = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{answer.status} {data[:300]}")
        return json.loads(data)

    return call


def send():
    call = caller()
    while (rows := work.get()) is not None:
        clock = time.perf_counter()
        try:
            view = call("POST", f"activities/{TABLE}", rows)
            answered.append(time.perf_counter() - clock)
            if view["accepted"] != len(rows):
                failed.append(str(view))
        except Exception as error:  # what fails is counted and shown
            failed.append(str(error))


def look():
    call = caller()
    while (key := watch.get()) is not None:
        path = f"customers/{urllib.parse.quote(PLACE + ':' + key)}"
        is_in = lambda: any(member["segment"] == "LiveBench" for member in call("GET", path)["segments"])
        try:
            if is_in():
                continue
            clock = time.perf_counter()
            call("POST", f"activities/{TABLE}", [make(key, "bench")])
            while not is_in():
                if time.perf_counter() - clock > 60:
                    failed.append(f"{key} is not in the segment after a minute")
                    break
                time.sleep(0.02)
            seen.append(time.perf_counter() - clock)
        except Exception as error:
            failed.append(str(error))


def count():
    call = caller()
    while not done.is_set():
        clock = time.perf_counter()
        call("GET", "segments")
        counted.append(time.perf_counter() - clock)
        time.sleep(0.5)


number = 0


def make(key, code="394587001"):
    global number
    number += 1
    return {
        "id": f"live-{began}-{number}",
        "status": chance.choice(["fulfilled", "noshow", "cancelled"]),
        "serviceType.coding.code": code,
        "start": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began - chance.randrange(300 * 86400))),
        "patient.id": key,
    }


def shares(name, times):
    times = sorted(times)
    if times:
        at = lambda share: times[min(len(times) - 1, int(share * len(times)))] * 1000
        print(f"{name:<22} n={len(times):<7} p50 {at(.5):8.0f} ms   p95 {at(.95):8.0f} ms   p99 {at(.99):8.0f} ms")


with open(os.path.join(ask.project, "segments", "LiveBench.yaml"), "w") as file:
    file.write(SEGMENT)
command("run")
rows = command("query", f'select id from "{PLACE}" order by id', "--format", "json").splitlines()
keys = [json.loads(row)["id"] for row in rows]
# Those who are watched get no other rows with the code; each is watched once.
watched_keys = iter(chance.sample(keys, min(len(keys), int(ask.seconds * ask.watched) + 10)))
server, host, project, token = serve()
done = threading.Event()
try:
    # What is read once is read before the clock starts.
    first = caller()
    first("GET", f"customers/{urllib.parse.quote(PLACE + ':' + keys[0])}")
    first("POST", f"activities/{TABLE}", [make(keys[0])])
    time.sleep(3)
    threads = [threading.Thread(target=send) for _ in range(4)]
    threads += [threading.Thread(target=look) for _ in range(8)]
    counter = threading.Thread(target=count)
    for thread in [*threads, counter]:
        thread.start()
    clock, sent, watched = time.perf_counter(), 0, 0
    while (now := time.perf_counter() - clock) < ask.seconds:
        while sent < now * ask.rate:
            work.put([make(chance.choice(keys)) for _ in range(ask.together)])
            sent += ask.together
        while watched < now * ask.watched:
            watch.put(next(watched_keys))
            watched += 1
        time.sleep(0.005)
    for _ in range(4):
        work.put(None)
    for _ in range(8):
        watch.put(None)
    for thread in threads:
        thread.join()
    done.set()
    counter.join()
    print(f"{len(keys)} patients; {sent} rows in {time.perf_counter() - clock:.1f} s, {len(failed)} failed {failed[:2]}")
    shares("answered", answered)
    shares("to membership", seen)
    shares("counts of segments", counted)
    try:
        print(json.dumps(caller()("GET", "live")))
    except RuntimeError as error:
        print(f"no figures of the server: {error}")
    memory = [line for line in open(f"/proc/{server.pid}/status") if line.startswith(("VmHWM", "VmRSS"))]
    print(" ".join("".join(memory).split()))
finally:
    done.set()
    server.terminate()
    server.wait()
