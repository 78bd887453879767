// Review: a project that matches by a model, clicked through: the model, pairs decided by keys, a pair explained, a profile split and merged.
//
// Needs    records made up in people.mjs; no model, rule or label is given
// Invariants
// - What a page says is held against what the server answers; no key of a record is ever in the address.
//
// Not here: whether matching is right (bench), what all pages have in common (pages.test.mjs).

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { visitor } from "./demo.mjs";
import { axe, firstAccountByApi, folder, jobDone, onefold, seen, serve, shot } from "./harness.mjs";
import { peopleProject } from "./people.mjs";

/** The project, run and served. */
async function served(t) {
  const at = join(await folder(t), "people");
  await peopleProject(at);
  const ran = await onefold(["run"], { cwd: at });
  assert.ok(ran.code === 0, `${ran.out}\n${ran.err}`);
  const projects = join(await folder(t), "projects");
  await mkdir(projects);
  const server = await serve(t, [at], ["--projects", projects]);
  const owner = await firstAccountByApi(server.url, server.link);
  const ask = async (method, path, body) => {
    const { status, value } = await owner.call(method, `/api/projects/people${path}`, body);
    assert.ok(status < 300, `${method} ${path}: ${status} ${JSON.stringify(value)}`);
    return value;
  };
  return { ...server, owner, ask };
}

/** Runs all and waits. */
async function run({ owner, ask }) {
  const job = await ask("POST", "/runs", {});
  const done = await jobDone(owner.call, "people", job.id);
  assert.equal(done.state, "completed", JSON.stringify(done.problem));
}

/** What of an address could name a person. */
const clean = (page) => assert.ok(!/[SC]\d{4}/.test(page.url()), `a key of a record is in the address: ${page.url()}`);

test("matching by a model, in the browser", { timeout: 420_000 }, async (t) => {
  const site = await served(t);
  const { ask } = site;
  const { page, faults, go } = await visitor(t, site);
  const fine = async (what) => {
    assert.deepEqual(await axe(page), [], what);
    assert.deepEqual(faults.splice(0), [], what);
    clean(page);
  };
  const model = await ask("GET", "/match/model");
  assert.equal(model.trained, true);
  assert.ok(model.links > 0 && model.comparisons.length > 2 && model.blocking.length > 0);

  await t.test("the model shows what it learned", async () => {
    await go("/p/people/unify/model");
    await seen(page.getByRole("switch", { name: "Match by a probabilistic model" }));
    assert.equal(await page.getByRole("switch", { name: "Match by a probabilistic model" }).isChecked(), true);
    await seen(page.getByText(model.links.toLocaleString("en-US"), { exact: true }));
    await fine("threshold");
    await shot(page, "6-model-threshold");
    await page.getByRole("tab", { name: "Comparisons" }).click();
    const [first] = model.comparisons;
    const levels = page.getByRole("region", { name: `Levels of ${first.name}`, exact: true });
    await seen(levels);
    const rows = await levels.getByRole("row").count();
    const shown = first.levels.filter((level) => level.test !== "missing" || level.pairs > 0);
    assert.equal(rows, shown.length + 1, "a row for each level, and the head");
    await fine("comparisons");
    await shot(page, "6-model-comparisons");
    await page.getByRole("tab", { name: "Blocking" }).click();
    assert.equal(await page.getByRole("region", { name: "What blocking gave" }).getByRole("row").count(), model.blocking.length + 1);
    await fine("blocking");
    await page.getByRole("tab", { name: /^Warnings/ }).click();
    await fine("warnings");
  });

  await t.test("a threshold goes into the draft, and what was learned can be written down", async () => {
    await page.getByRole("tab", { name: "Threshold", exact: true }).click();
    const typed = page.getByLabel("Threshold in per cent");
    await typed.fill("97.5");
    await typed.blur();
    await page.getByRole("tab", { name: /^YAML/ }).click();
    await seen(page.getByText("threshold: 0.975"));
    await page.getByRole("tab", { name: /^Model/ }).click();
    await page.getByRole("button", { name: "Write the learned model into unify.yaml" }).click();
    await page.getByRole("button", { name: "Write it into the draft" }).click();
    await seen(page.getByText("The learned model is in the draft"));
    await page.getByRole("tab", { name: /^YAML/ }).click();
    await seen(page.getByText("comparisons:"));
    await page.getByRole("tab", { name: /^Model/ }).click();
    await page.getByRole("tab", { name: "Comparisons" }).click();
    await seen(page.getByRole("region", { name: `Levels of ${model.comparisons[0].name}`, exact: true }));
    assert.equal(await page.getByRole("list", { name: /^Levels of .*, nearest first$/ }).count(), model.comparisons.length);
    await fine("the learned model as a draft");
    // What was learned stands in the draft word for word: the server has nothing against it.
    const yaml = await ask("POST", "/definitions/unify/unify/draft", { yaml: `tables: [{table: Shop_people}]\nmatch:\n  model:\n${model.yaml.replace(/^(?=.)/gm, "    ")}`, etag: null });
    assert.ok(yaml.value.match.model.comparisons.length === model.comparisons.length);
    await page.getByRole("button", { name: "Discard" }).click();
  });

  await t.test("pairs are decided by keys", async () => {
    await go("/p/people/review");
    await page.getByLabel("Which pairs").selectOption("random");
    const pair = page.getByRole("region", { name: "A pair to decide about" });
    await seen(pair.getByRole("table", { name: "The two records" }));
    assert.equal(await pair.getByText("differs", { exact: true }).count(), 0, "nothing is marked before a decision");
    await fine("a pair");
    await shot(page, "6-review-pair");
    await pair.focus();
    await page.keyboard.press("m");
    assert.ok((await pair.getByText("differs", { exact: true }).count()) > 0, "keys differ, when asked for");
    await page.keyboard.press("s");
    await seen(pair.getByText("Pair 2"));
    await page.keyboard.press("d");
    await seen(pair.getByText("Pair 3"));
    await page.keyboard.press("u");
    await seen(pair.getByText("Pair 4"));
    await seen(page.getByText("3 decided now"));
    let decided = [];
    for (let left = 50; left > 0 && decided.length < 3; left--) {
      ({ decisions: decided } = await ask("GET", "/match/decisions"));
      await page.waitForTimeout(100);
    }
    assert.deepEqual(decided.map((one) => one.decision).reverse(), ["same", "different", "unsure"]);
    await page.keyboard.press("z");
    await seen(pair.getByText("Pair 3"));
    await seen(page.getByText("2 decided now"));
    await page.keyboard.press("ArrowLeft");
    await seen(pair.getByText(/Pair 2: different people/));
    await seen(pair.getByText("differs", { exact: true }));
    await page.keyboard.press("e");
    await seen(page.getByRole("region", { name: "The evidence, bit by bit" }));
    await seen(page.getByText("Before looking"));
    await fine("the evidence");
    await shot(page, "6-review-evidence");
    await page.getByRole("link", { name: "As a page" }).click();
    await page.waitForURL(/\/review\/pair$/);
    await seen(page.getByRole("region", { name: "The evidence, bit by bit" }));
    await fine("the explanation as a page");
    await page.reload();
    await seen(page.getByRole("region", { name: "The evidence, bit by bit" }));
  });

  await t.test("decisions are listed and undone", async () => {
    await go("/p/people/review?tab=decisions");
    await seen(page.getByRole("list", { name: "Decisions" }));
    await fine("decisions");
    const before = await ask("GET", "/match/decisions");
    await page.getByRole("button", { name: /^Undo decision/ }).first().click();
    await seen(page.getByText("The decision is undone"));
    assert.equal((await ask("GET", "/match/decisions")).total, before.total - 1);
    await go("/p/people/review?tab=quality");
    await fine("quality");
  });

  await t.test("a record is split off a profile, and the next run keeps to it", async () => {
    // A profile of two records or more.
    const { rows } = await ask("POST", "/query", { sql: 'select "CustomerId", count(*) as records from "KeyRing" group by 1 order by records desc, 1 limit 1' });
    const [[id, many]] = rows;
    assert.ok(many >= 2);
    await go(`/p/people/customers/${id}?tab=identity`);
    await seen(page.getByRole("list", { name: "Links, the strongest first" }));
    await fine("identity");
    await shot(page, "6-identity");
    await page.getByRole("checkbox", { name: /^Choose record 2/ }).check();
    await page.getByRole("button", { name: "Split off…" }).click();
    await page.getByRole("dialog").getByLabel("Why").fill("father and son");
    await page.getByRole("button", { name: "Split off", exact: true }).click();
    await seen(page.getByText(/waits? for the next run/));
    const { records } = await ask("GET", `/customers/${id}/identity`);
    assert.equal(records.length, many, "nothing changes before the run");
    await run(site);
    const after = await ask("GET", `/customers/${id}/identity`);
    assert.ok(after.records.length < many, `${after.records.length} of ${many} are left`);
  });

  await t.test("two profiles are merged, and what would change is told before", async () => {
    const { rows } = await ask("POST", "/query", { sql: 'select "CustomerId" from "KeyRing" group by 1 having count(*) = 1 order by 1 limit 2' });
    const [[id], [other]] = rows;
    const { title } = await ask("GET", `/customers/${other}`);
    await go(`/p/people/customers/${id}?tab=identity`);
    await page.getByRole("button", { name: "Merge with…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("combobox", { name: "The other profile" }).fill(other);
    await page.getByRole("option", { name: title }).first().click();
    await fine("merging");
    await dialog.getByRole("button", { name: "Merge", exact: true }).click();
    await seen(page.getByText(/waits? for the next run/));
    await go("/p/people/unify/model");
    await page.getByRole("button", { name: "What would change" }).click();
    await seen(page.getByText(/profiles are published; there would be/), 120_000);
    await seen(page.getByText("would merge into others"));
    await fine("what would change");
  });
});
