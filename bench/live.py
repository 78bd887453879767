#!/usr/bin/env python3
"""Rows that are sent to a server: how long until they are answered, and until they are seen.

    bench/live.py http://127.0.0.1:8000 PROJECT TOKEN Source_Table --row '{"id": "{n}", "patient.id": "{key}", ...}' \
        --keys keys.txt --rate 500 --seconds 60

`keys.txt` holds a key of a profile a line. Every row gets a fresh number and one of the keys; every so often one is watched: its profile is
asked for until its activities count one more. Says p50, p95 and p99 of both, and of the list of segments (live counts) asked meanwhile.
"""
import argparse
import http.client
import json
import queue
import random
import threading
import time
import urllib.parse

words = argparse.ArgumentParser()
words.add_argument("server")
words.add_argument("project")
words.add_argument("token")
words.add_argument("table")
words.add_argument("--row", required=True)
words.add_argument("--keys", required=True)
words.add_argument("--place", required=True, help="the table the keys are of, as `customers/<place>:<key>` names it")
words.add_argument("--rate", type=float, default=500)
words.add_argument("--seconds", type=float, default=60)
words.add_argument("--together", type=int, default=10, help="rows of a request")
words.add_argument("--watched", type=float, default=5, help="rows a second that are watched")
ask = words.parse_args()
keys = [line.strip() for line in open(ask.keys) if line.strip()]
host = urllib.parse.urlparse(ask.server).netloc
chance = random.Random(1)
began = int(time.time())
answered, seen, counted, failed = [], [], [], []
watch, work = queue.Queue(), queue.Queue()


def caller():
    connection = http.client.HTTPConnection(host, timeout=60)

    def call(method, path, body=None):
        head = {"authorization": f"Bearer {ask.token}", "content-type": "application/json"}
        text = None if body is None else json.dumps(body)
        connection.request(method, f"/api/projects/{ask.project}/{path}", text, head)
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
            view = call("POST", f"activities/{ask.table}", rows)
            answered.append(time.perf_counter() - clock)
            if view["accepted"] != len(rows):
                failed.append(str(view))
        except Exception as error:  # what fails is counted and shown
            failed.append(str(error))


def look():
    call = caller()
    while (key := watch.get()) is not None:
        path = f"customers/{urllib.parse.quote(ask.place + ':' + key)}"
        total = lambda: sum(bucket["count"] for bucket in call("GET", path)["activities"])
        try:
            before, row = total(), make(key)
            clock = time.perf_counter()
            call("POST", f"activities/{ask.table}", [row])
            while total() <= before and time.perf_counter() - clock < 60:
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


def make(key):
    global number
    number += 1
    return json.loads(ask.row.replace("{n}", f"live-{began}-{number}").replace("{key}", key))


def shares(name, times):
    times = sorted(times)
    if times:
        at = lambda share: times[min(len(times) - 1, int(share * len(times)))] * 1000
        print(f"{name:<22} n={len(times):<7} p50 {at(.5):8.0f} ms   p95 {at(.95):8.0f} ms   p99 {at(.99):8.0f} ms")


done = threading.Event()
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
        watch.put(chance.choice(keys))
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
print(f"{sent} rows in {time.perf_counter() - clock:.1f} s, {len(failed)} failed {failed[:2]}")
shares("answered", answered)
shares("seen in the card", seen)
shares("counts of segments", counted)
