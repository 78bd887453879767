// Demo: the demo project, served, and a browser that has come in to it.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { browse, firstAccountByApi, folder, jobDone, onefold, serve } from "./harness.mjs";

const WIDE = { width: 1280, height: 860 };

/** The demo, served, with its names. */
export async function demo(t) {
  const at = join(await folder(t), "demo");
  const made = await onefold(["demo", at, "--patients", "400", "--seed", "3", "--no-serve"]);
  assert.equal(made.code, 0, made.err);
  const projects = join(await folder(t), "projects");
  await mkdir(projects);
  const server = await serve(t, [at], ["--projects", projects]);
  const owner = await firstAccountByApi(server.url, server.link);
  const project = (await owner.call("GET", "/api/projects")).value[0].name;
  const get = async (path) => {
    const { status, value } = await owner.call("GET", `/api/projects/${project}${path}`);
    assert.equal(status, 200, `${path}: ${JSON.stringify(value)}`);
    return value;
  };
  const asked = await owner.call("POST", `/api/projects/${project}/runs`, {});
  assert.equal(asked.status, 202, JSON.stringify(asked.value));
  await jobDone(owner.call, project, asked.value.id);
  const people = await owner.call("POST", `/api/projects/${project}/customers/search`, { text: "", limit: 5 });
  assert.equal(people.status, 200, JSON.stringify(people.value));
  const [source] = await get("/sources");
  const names = {
    person: people.value.hits[0].customer_id,
    segment: (await get("/segments"))[0].name,
    measure: (await get("/measures"))[0].name,
    source: source.name,
    table: source.tables[0].name,
    activity: (await get("/definitions/activity/patientAppointments")).object.name,
    exported: (await get("/exports"))[0].name,
    connection: (await get("/connections"))[0].name,
    run: (await get("/runs"))[0].run,
    job: asked.value.id,
  };
  return { ...server, owner, project, names, at, ask: (method, path, body) => owner.call(method, `/api/projects/${project}${path}`, body) };
}

/** A browser that has come in, and looks at one page after the other. */
export async function visitor(t, { url, owner }, { scheme = "light", viewport = WIDE, signedIn = true } = {}) {
  const { context, page, faults } = await browse(t, { viewport });
  // By the page's own request, so that the browser keeps the cookie as the server sets it.
  await context.addInitScript((scheme) => localStorage.setItem("onefold.scheme", scheme), scheme);
  if (signedIn) {
    await page.goto(`${url}/signin`);
    const { name, password } = owner;
    const status = await page.evaluate(async (body) => (await fetch("/api/session", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })).status, { name, password });
    assert.ok(status < 300, `signing in: ${status}`);
  }
  return { page, faults, go: (path) => page.goto(url + path).then(() => settled(page)) };
}

/** Waits until a page shows what it has. */
export async function settled(page) {
  await page.locator("h1").first().waitFor({ state: "attached" });
  await page.waitForLoadState("networkidle", { timeout: 10_000 }).catch(() => {});
  await page.waitForFunction(() => !document.querySelector('[role="progressbar"]:not([aria-valuenow]), [aria-busy="true"]'), undefined, { timeout: 5_000 }).catch(() => {});
}
