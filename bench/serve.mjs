#!/usr/bin/env node
/*
 * Loads a running server as people would, and says how long answers took.
 *
 * Usage: bench/serve.mjs --url http://127.0.0.1:8080 --token ofd_… | --user NAME --password WORDS  [--project NAME]
 *                        [--seconds 30] [--profiles 100] [--timelines 0] [--searches 10] [--previews 2] [--seed 1]
 *
 * An open loop: requests leave when they are due, however long others take, and a latency begins when the request was due.
 * The kinds run one after the other; a rate of 0 leaves a kind out. Needs nothing but node.
 */
import { Agent, request as http } from "node:http";
import { parseArgs } from "node:util";

const text = (value) => ({ type: "string", default: value });
const { values: words } = parseArgs({
  options: {
    url: text("http://127.0.0.1:8080"), token: text(""), user: text(""), password: text(""), project: text(""), seconds: text("30"),
    profiles: text("100"), timelines: text("0"), searches: text("10"), previews: text("2"), seed: text("1"),
  },
});
const seconds = Number(words.seconds);
const agent = new Agent({ keepAlive: true, maxSockets: 512 });
let headers = words.token ? { authorization: `Bearer ${words.token}` } : {};

function send(method, path, body) {
  return new Promise((resolve, reject) => {
    const data = body === undefined ? undefined : JSON.stringify(body);
    const extra = data === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(data) };
    const sent = http(new URL(path, words.url), { method, agent, headers: { ...headers, ...extra } }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }));
      answer.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(data);
  });
}

async function json(method, path, body) {
  const answer = await send(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
  return { value: JSON.parse(answer.body), headers: answer.headers };
}

/** A generator of numbers below 1: the same seed, the same load. */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

async function load(kind, rate, make) {
  if (!(rate > 0)) return;
  const count = Math.round(rate * seconds);
  const times = [];
  const wrong = new Map();
  const begin = performance.now();
  const waiting = [];
  for (let n = 0; n < count; n++) {
    const due = begin + (n * 1000) / rate;
    const early = due - performance.now();
    if (early > 0) await new Promise((later) => setTimeout(later, early));
    const { method, path, body } = make();
    waiting.push(
      send(method, path, body).then(
        (answer) => {
          times.push(performance.now() - due);
          if (answer.status >= 300) wrong.set(answer.status, (wrong.get(answer.status) ?? 0) + 1);
        },
        (error) => wrong.set(error.code ?? error.message, (wrong.get(error.code ?? error.message) ?? 0) + 1),
      ),
    );
  }
  await Promise.all(waiting);
  const took = (performance.now() - begin) / 1000;
  times.sort((a, b) => a - b);
  const at = (share) => (times.length ? times[Math.min(times.length - 1, Math.ceil(times.length * share) - 1)].toFixed(1) : "-");
  const faults = [...wrong].map(([what, times]) => `${times} × ${what}`).join(", ") || "none";
  console.log(`| ${kind} | ${rate}/s, ${(times.length / took).toFixed(0)}/s answered | ${times.length} | ${at(0.5)} | ${at(0.95)} | ${at(0.99)} | ${at(1)} | ${faults} |`);
}

if (!words.token) {
  const { value, headers: answered } = await json("POST", "/api/session", { name: words.user, password: words.password });
  headers = { cookie: answered["set-cookie"].map((one) => one.split(";")[0]).join("; "), "x-csrf-token": value.csrf };
}
const project = words.project || (await json("GET", "/api/projects")).value[0].name;
const p = (path) => `/api/projects/${encodeURIComponent(project)}${path}`;
const query = (sql, limit) => json("POST", p("/query"), { sql, limit, timeout: 60, memory: 1 << 30 }).then(({ value }) => value);

const first = (await json("POST", p("/customers/search"), { text: "", limit: 1 })).value;
const meaning = (semantic) => first.columns.find((one) => one.semantic === semantic)?.name;
const named = [meaning("Person.FirstName"), meaning("Person.LastName"), meaning("Identity.Service.Email")].filter(Boolean);
const step = Math.max(1, Math.floor(first.total / 5000));
const columns = ["CustomerId", ...named].map((name) => `"${name}"`).join(", ");
const people = (await query(`select ${columns} from "Customer" where "profile_no" % ${step} = 0`, 5000)).rows;
const numeric = first.columns.filter((one) => one.name.startsWith("Customer_Measure.") && one.facet);
const facets = ["Segment", ...numeric.slice(0, 2).map((one) => one.name)];
console.log(`${first.total} profiles, run ${first.run}; ${people.length} of them and their names are asked for; facets ${facets.join(", ")}\n`);
console.log("| what | rate | answers | p50 ms | p95 ms | p99 ms | longest ms | faults |\n|---|---|---|---|---|---|---|---|");

const chance = random(Number(words.seed));
const one = (list) => list[Math.floor(chance() * list.length)];
const id = () => encodeURIComponent(one(people)[0]);

await load("profile page", Number(words.profiles), () => ({ method: "GET", path: p(`/customers/${id()}`) }));
await load("timeline", Number(words.timelines), () => ({ method: "POST", path: p(`/customers/${id()}/timeline`), body: {} }));

function wordsOf(person) {
  const own = person.slice(1).filter((word) => typeof word === "string" && word !== "");
  const kind = chance();
  if (own.length === 0 || kind < 0.1) return "";
  const cut = (word) => word.slice(0, 1 + Math.floor(chance() * 6));
  if (kind < 0.4) return cut(one(own));
  if (kind < 0.7) return `${own[0]} ${cut(own[1] ?? own[0])}`;
  if (kind < 0.85) return one(own);
  return `${cut(own[0])} ${cut(own[1] ?? own[0])}`;
}
await load("search, 3 facets", Number(words.searches), () => {
  const body = { text: wordsOf(one(people)), facets, filters: [], limit: 25 };
  if (numeric.length > 0 && chance() < 0.3) body.filters.push({ column: one(numeric).name, values: [], from: Math.floor(chance() * 50) });
  if (chance() < 0.1) body.sort = one(named) ?? null;
  return { method: "POST", path: p("/customers/search"), body };
});
await load("live count of a segment", Number(words.previews), () => {
  const rules = [{ where: `${one(numeric).name} > ${(chance() * 90).toFixed(3)}` }];
  if (chance() < 0.5) rules.push({ intersect: { where: `${one(numeric).name} <= ${(chance() * 90).toFixed(3)}` } });
  return { method: "POST", path: p("/preview/segment"), body: { name: "Bench", value: { title: "Bench", rules }, sample: 10 } };
});
agent.destroy();
