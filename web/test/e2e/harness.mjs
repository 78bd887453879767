// Harness: the real binary on a project of its own, and a browser that clicks through its pages.
//
// Needs    the binary (`ONEFOLD_BIN`, or `<target>/release/onefold`), Chromium (`ONEFOLD_CHROMIUM`, or Debian's)
// Invariants
// - Each server listens at a port of its own on loopback, is started by the test and ended by its id.
// - Nothing is asked of the internet: a request to another host fails the test.
//
// Not here: what is clicked (`*.test.mjs`).

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const TOP = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
export const DATA = process.env.ONEFOLD_DATA ?? resolve(TOP, "../shared/data");
const TARGET = process.env.CARGO_TARGET_DIR ?? join(TOP, "target");
export const BINARY = process.env.ONEFOLD_BIN ?? join(TARGET, "release", "onefold");
/** Where screenshots go; the guide's pictures are made with `ONEFOLD_SHOTS=docs/guide/images`. */
export const SHOTS = resolve(TOP, process.env.ONEFOLD_SHOTS ?? "web/test/shots");

/** Runs the binary to its end; gives what it printed. */
export async function onefold(args, { cwd, input } = {}) {
  const child = spawn(BINARY, args, { cwd, stdio: ["pipe", "pipe", "pipe"] });
  let out = "";
  let err = "";
  child.stdout.on("data", (part) => (out += part));
  child.stderr.on("data", (part) => (err += part));
  child.stdin.end(input ?? "");
  const code = await new Promise((done) => child.on("close", done));
  return { code, out, err };
}

const ends = new WeakMap();

/** Has something done at the end of a test; what was begun last ends first. */
function atEnd(t, what) {
  if (!ends.has(t)) {
    const all = [];
    ends.set(t, all);
    t.after(async () => {
      for (const one of all.reverse()) await one();
    });
  }
  ends.get(t).push(what);
}

/** A folder for one test, removed at its end. */
export async function folder(t) {
  const made = await mkdtemp(join(tmpdir(), "onefold-e2e-"));
  atEnd(t, () => rm(made, { recursive: true, force: true, maxRetries: 5 }));
  return made;
}

/** Serves projects; ends with the test. Gives the address and the one-time link of the first account. */
export async function serve(t, projects, more = []) {
  const state = join(await folder(t), "state");
  await mkdir(state, { recursive: true });
  const args = ["serve", ...projects.flatMap((project) => ["--project", project]), "--listen", "127.0.0.1:0", "--state", state, ...more];
  // Pages that are being written, instead of those in the binary.
  if (process.env.ONEFOLD_WEB) args.push("--web", process.env.ONEFOLD_WEB);
  const child = spawn(BINARY, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const listening = new Promise((done, failed) => {
    const hear = (part) => {
      said += part;
      const link = said.match(/http:\/\/127\.0\.0\.1:\d+\/setup#[\w.-]+/)?.[0];
      const url = said.match(/http:\/\/127\.0\.0\.1:\d+/)?.[0];
      if (url && (link || more.includes("--no-link"))) done({ url, link });
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("close", (code) => failed(new Error(`the server ended with ${code}:\n${said}`)));
    setTimeout(() => failed(new Error(`the server does not listen:\n${said}`)), 60_000).unref();
  });
  const ended = new Promise((done) => child.on("close", done));
  atEnd(t, async () => {
    child.kill("SIGTERM");
    await ended;
  });
  const { url, link } = await listening;
  return { url, link, state, said: () => said, pid: child.pid };
}

/** A browser for one test. */
export async function browse(t, options = {}) {
  const places = [process.env.ONEFOLD_CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"];
  const executablePath = places.find((place) => place && existsSync(place));
  if (!executablePath) throw new Error("there is no Chromium; run `scripts/setup tests`");
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
  atEnd(t, () => browser.close());
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: "en-US", reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(`page error: ${error.message}`));
  page.on("console", (message) => {
    // A refusal is an answer pages show; what it says is looked at where it matters.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) faults.push(`console: ${message.text()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 500) faults.push(`${response.status()} of ${response.request().method()} ${response.url()}`);
  });
  await context.route(
    (url) => url.hostname !== "127.0.0.1" && !["data:", "blob:"].includes(url.protocol),
    (route) => {
      faults.push(`asked the internet: ${route.request().url()}`);
      return route.abort();
    },
  );
  return { browser, context, page, faults };
}

/** Makes the first account by its one-time link and comes in. */
export async function firstAccount(page, link, { name = "olivia", title = "Olivia Owner", password = "correct horse battery" } = {}) {
  await page.goto(link);
  await page.getByRole("textbox", { name: "Name to sign in with" }).fill(name);
  await page.getByRole("textbox", { name: "Your name" }).fill(title);
  await page.getByRole("textbox", { name: "New password" }).fill(password);
  await page.getByRole("button", { name: "Make the account" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/setup"));
  return { name, title, password };
}

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Serious and critical faults that axe-core finds on the page as it is now. */
export async function axe(page) {
  // What is worked out is shown greyed for a moment; the page is looked at when it rests.
  await page.waitForLoadState("networkidle").catch(() => {});
  await page.waitForTimeout(300);
  await page.evaluate(axeSource).catch(async () => page.addScriptTag({ content: axeSource }));
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  // The invisible stops that Fluent UI's keyboard library sets around groups pass the focus on at once; nobody rests on them.
  const found = await page.evaluate(
    (tags) => globalThis.axe.run({ include: [["html"]], exclude: [["[data-tabster-dummy]"]] }, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] }),
    tags,
  );
  const grave = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
  return grave.map((one) => `${one.id} (${one.impact}): ${one.help}\n  ${one.nodes.slice(0, 4).map((node) => `${node.target.join(" ")} — ${node.failureSummary?.split("\n")[1]?.trim() ?? ""}`).join("\n  ")}`);
}

/** Takes a picture of the page. */
export async function shot(page, name) {
  await mkdir(SHOTS, { recursive: true });
  await page.waitForLoadState("networkidle").catch(() => {});
  await page.waitForTimeout(600);
  await page.screenshot({ path: join(SHOTS, `${name}.png`), animations: "disabled" });
}

/** Waits until a text or number is shown. */
export async function seen(locator, timeout = 30_000) {
  await locator.first().waitFor({ state: "visible", timeout });
}

/** Presses a key on a control once it can be used: a key on one that is still disabled goes nowhere. */
export async function press(locator, key, timeout = 20_000) {
  const until = Date.now() + timeout;
  while (!(await locator.isEnabled({ timeout })) && Date.now() < until) await new Promise((done) => setTimeout(done, 50));
  await locator.press(key);
}

/** Makes the first account by its link without a browser; gives a `call` that asks as that account. */
export async function firstAccountByApi(url, link, { name = "olivia", title = "Olivia Owner", password = "correct horse battery" } = {}) {
  const made = await fetch(`${url}/api/setup`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: url },
    body: JSON.stringify({ token: link.split("#")[1], name, title, password }),
  });
  if (!made.ok) throw new Error(`setting up: ${made.status} ${await made.text()}`);
  const cookie = made.headers.getSetCookie().map((one) => one.split(";")[0]).join("; ");
  const session = await (await fetch(`${url}/api/session`, { headers: { cookie } })).json();
  const call = async (method, path, body, more = {}) => {
    const answer = await fetch(url + path, {
      method,
      headers: { cookie, origin: url, "x-csrf-token": session.csrf, ...(body === undefined ? {} : { "content-type": "application/json" }), ...more },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    let value = text;
    try {
      value = JSON.parse(text);
    } catch {
      // Not JSON: the text itself.
    }
    return { status: answer.status, value, headers: answer.headers };
  };
  return { name, title, password, cookie, csrf: session.csrf, call };
}

/** Waits until a job has ended; gives it. */
export async function jobDone(call, project, id, seconds = 300) {
  for (let left = seconds * 5; left > 0; left--) {
    const { value } = await call("GET", `/api/projects/${project}/jobs/${id}`);
    if (value.ended) return value;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`job ${id} has not ended after ${seconds} s`);
}
