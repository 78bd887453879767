// Api: what stands in the OpenAPI document holds, whatever is asked.
//
// Schemathesis asks every endpoint with made-up and broken input: no answer is a fault of the server, each has a status, a content type and a
// shape that the document names. Beside it, by hand, what a stranger would try.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TOP, firstAccountByApi, folder, jobDone, onefold, serve } from "./harness.mjs";

const PYTHON = process.env.ONEFOLD_VENV ?? join(TOP, ".venv");

async function served(t) {
  const at = join(await folder(t), "demo");
  const made = await onefold(["demo", at, "--patients", "300", "--seed", "3", "--no-serve"]);
  assert.equal(made.code, 0, made.err);
  const server = await serve(t, [at]);
  const owner = await firstAccountByApi(server.url, server.link);
  const [{ name: project }] = (await owner.call("GET", "/api/projects")).value;
  return { ...server, owner, project };
}

test("the document holds for everything that is asked", { timeout: 900_000 }, async (t) => {
  const tool = join(PYTHON, "bin", "schemathesis");
  if (!existsSync(tool)) {
    assert.ok(!process.env.CI, `there is no ${tool}; run scripts/setup tests`);
    return t.skip("schemathesis is not installed; run scripts/setup tests");
  }
  const { url, owner } = await served(t);
  const made = await owner.call("POST", "/api/tokens", { title: "a program that tries everything", role: "owner", days: 1 });
  assert.equal(made.status, 200, JSON.stringify(made.value));
  const args = [
    "run", `${url}/api/openapi.json`,
    "--header", `Authorization: Bearer ${made.value.token}`,
    "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
    "--phases", "examples,coverage,fuzzing",
    "--max-examples", process.env.ONEFOLD_EXAMPLES ?? "15",
    "--seed", "7",
    "--workers", "2",
    "--request-timeout", "60",
    "--suppress-health-check", "all",
    "--generation-database", "none",
    // Streams have no end while a job waits; projects and accounts made without end would only fill the disk.
    "--exclude-path-regex", "/events$",
    "--no-color",
  ];
  const child = spawn(tool, args, { stdio: ["ignore", "pipe", "pipe"], cwd: await folder(t) });
  let said = "";
  child.stdout.on("data", (part) => (said += part));
  child.stderr.on("data", (part) => (said += part));
  const code = await new Promise((done) => child.on("close", done));
  assert.equal(code, 0, said.slice(-12_000));
  assert.match(said, /passed|No issues found/i);
});

test("strangers are kept out", async (t) => {
  const { url, owner, project } = await served(t);
  const ask = (path, more = {}) => fetch(url + path, more);
  // Nobody, and somebody with a made-up session or token.
  for (const headers of [{}, { cookie: "__Host-onefold=made-up" }, { authorization: "Bearer ofd_made_up" }]) {
    const answer = await ask(`/api/projects/${project}/segments`, { headers });
    assert.equal(answer.status, 401, JSON.stringify(headers));
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    assert.ok(answer.headers.get("x-request-id"));
  }
  // A page of another origin that rides on the session.
  const forged = [{ "x-csrf-token": "made-up" }, { "x-csrf-token": "" }, { origin: "https://evil.example" }];
  for (const headers of forged) {
    const answer = await owner.call("POST", `/api/projects/${project}/runs`, {}, headers);
    assert.equal(answer.status, 403, JSON.stringify([headers, answer.value]));
  }
  // A path outside the project.
  for (const path of ["../x.csv", "data/../../x.csv", "/etc/x.csv", "onefold.yaml", "data/./../lake/x", "data/a\u0000b"]) {
    const query = `?path=${encodeURIComponent(path)}`;
    const answer = await ask(`/api/projects/${project}/files${query}`, {
      method: "PUT",
      headers: { cookie: owner.cookie, origin: url, "x-csrf-token": owner.csrf },
      body: "a,b\n1,2\n",
    });
    assert.equal(answer.status, 422, `${path}: ${await answer.text()}`);
  }
  for (const name of ["../../onefold", "..%2f..%2fonefold", "a.b", "a/b"]) {
    const answer = await owner.call("GET", `/api/projects/${project}/definitions/segment/${encodeURIComponent(name)}`);
    assert.ok([404, 422].includes(answer.status), `${name}: ${answer.status}`);
  }
  // A body that is too large.
  const huge = await owner.call("POST", `/api/projects/${project}/query`, { sql: "x".repeat(9 << 20) });
  assert.equal(huge.status, 413, JSON.stringify(huge.value).slice(0, 300));
  // After signing out the session is worth nothing.
  assert.equal((await owner.call("DELETE", "/api/session")).status, 200);
  assert.equal((await owner.call("GET", `/api/projects/${project}/segments`)).status, 401);
});

test("what was done and seen is in the audit, and the audit shows when it was touched", async (t) => {
  const { owner, project, state } = await served(t);
  const found = await owner.call("POST", `/api/projects/${project}/customers/search`, { limit: 1 });
  const id = found.value.hits[0].customer_id;
  const seen = await owner.call("GET", `/api/projects/${project}/customers/${id}`);
  assert.equal(seen.status, 200, JSON.stringify(seen.value));
  const entries = (await owner.call("GET", `/api/audit?person=${id}`)).value;
  const acts = entries.map(({ entry }) => entry.act);
  assert.equal(acts.filter((act) => act === "GET /api/projects/{project}/customers/{id}").length, 1, acts.join("\n"));
  assert.ok(entries.every(({ entry }) => entry.actor === "olivia" && entry.people.includes(id)));
  const run = await owner.call("POST", `/api/projects/${project}/runs`, {});
  assert.equal(run.status, 202, JSON.stringify(run.value));
  const job = await jobDone(owner.call, project, run.value.id);
  assert.equal(job.state, "completed", JSON.stringify(job.problem));
  const check = await owner.call("GET", "/api/audit/check");
  assert.equal(check.value.ok, true, JSON.stringify(check.value));
  const verified = await onefold(["audit", "verify", "-C", state]);
  assert.equal(verified.code, 0, verified.out + verified.err);
});
