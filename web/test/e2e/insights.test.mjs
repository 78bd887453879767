// Insights: suggestions, differences, overlap and similar customers in the browser; what is saved has the members that were shown.
//
// Needs    a project made by `onefold demo`, large enough that groups can stand out
// Invariants
// - Figures of a page are held against what the server answers.
//
// Not here: whether suggestions are right (crates/kernels, crates/onefold/tests/it/insights.rs).

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { settled, visitor } from "./demo.mjs";
import { axe, firstAccountByApi, folder, jobDone, onefold, press, seen, serve } from "./harness.mjs";

/** The demo, run and served. */
async function served(t) {
  const at = join(await folder(t), "demo");
  const made = await onefold(["demo", at, "--patients", "3000", "--seed", "5", "--no-serve"]);
  assert.equal(made.code, 0, made.err);
  const server = await serve(t, [at]);
  const owner = await firstAccountByApi(server.url, server.link);
  const project = (await owner.call("GET", "/api/projects")).value[0].name;
  const ask = async (method, path, body) => {
    const { status, value } = await owner.call(method, `/api/projects/${project}${path}`, body);
    assert.ok(status < 300, `${method} ${path}: ${status} ${JSON.stringify(value)}`);
    return value;
  };
  return { ...server, owner, project, ask };
}

const shown = (number) => number.toLocaleString("en-US");

for (const scheme of ["light", "dark"]) {
  test(`insights of segments, ${scheme}`, { timeout: 420_000 }, async (t) => {
    const site = await served(t);
    const { ask, owner, project } = site;
    const { page, faults, go } = await visitor(t, site, { scheme });
    const at = `/p/${project}/segments/insights`;
    const fine = async (what) => {
      await settled(page);
      assert.deepEqual(await axe(page), [], what);
      assert.deepEqual(faults.splice(0), [], what);
    };
    /** Presses the main button of the save dialog; gives the segment it led to. */
    const save = async () => {
      const dialog = page.getByRole("dialog");
      const name = await dialog.getByRole("textbox", { name: "Name" }).inputValue();
      await fine("saving");
      await dialog.getByRole("button", { name: "Save", exact: true }).click();
      await page.waitForURL((url) => url.pathname.endsWith(`/segments/${name}`));
      return name;
    };
    const saved = [];
    const segments = await ask("GET", "/segments");
    assert.ok(segments.length >= 2, JSON.stringify(segments.map((one) => one.name)));

    await t.test("a quick segment, by keys", async () => {
      await go(`/p/${project}/segments`);
      await press(page.getByRole("button", { name: "New segment" }), "Enter");
      await press(page.getByRole("menuitem", { name: /^Quick segment/ }), "Enter");
      const dialog = page.getByRole("dialog");
      await seen(dialog.getByText("One field and one value make a segment."));
      const choices = await ask("GET", "/segments/insights/choices");
      const field = choices.fields.find((one) => one.measure);
      await dialog.getByRole("combobox", { name: "Field" }).selectOption(field.field);
      const view = await ask("POST", "/segments/insights/quick", { field: field.field });
      const line = view.percentiles.find((one) => one.percent >= 50);
      const radio = dialog.getByRole("radio", { name: new RegExp(`^at least .*: ${shown(line.at_least)} people`) }).first();
      await press(radio, "Space");
      await fine("quick");
      await press(dialog.getByRole("button", { name: "Next…" }), "Enter");
      saved.push([await save(), line.at_least]);
    });

    await t.test("suggestions by outcome", async () => {
      await go(at);
      await seen(page.getByText("What should differ?"));
      await fine("nothing chosen");
      const outcome = "Customer_Measure.pct_missed";
      await page.getByRole("combobox", { name: "Outcome" }).selectOption(outcome);
      const view = await ask("POST", "/segments/insights/outcome", { outcome });
      if (view.cards.length === 0) await seen(page.getByText("Nobody stands out"));
      else {
        const cards = page.getByRole("list", { name: "Suggested segments" });
        await seen(cards);
        assert.equal(await cards.getByRole("heading", { level: 3 }).count(), view.cards.length);
        await seen(cards.getByText(`${shown(view.cards[0].members)} people`));
      }
      await fine("outcome");
      if (view.cards.length > 0) {
        await page.getByRole("button", { name: `Save as segment: ${view.cards[0].title}`, exact: true }).click();
        saved.push([await save(), view.cards[0].members]);
      }
    });

    await t.test("suggestions by activity", async () => {
      await go(`${at}?tab=activity`);
      await page.getByRole("textbox", { name: "Days back" }).fill("20000");
      const view = await ask("POST", "/segments/insights/activity", { activity: "Appointment", days: 20000 });
      assert.ok(view.active > 1000 && view.cards.length > 2, JSON.stringify(view));
      await seen(page.getByText(`${shown(view.active)} of ${shown(view.of)} people were active`));
      const card = page.getByRole("list", { name: "Suggested segments" }).getByRole("listitem").filter({ has: page.getByRole("heading", { name: view.cards[0].title }) }).first();
      await seen(card.getByText(shown(view.cards[0].members), { exact: true }));
      await fine("activity");
      await page.getByRole("button", { name: `Save as segment: ${view.cards[0].title}`, exact: true }).click();
      await seen(page.getByRole("dialog").getByText(/Saved with it: measure/));
      saved.push([await save(), view.cards[0].members]);
    });

    await t.test("differences", async () => {
      const segment = segments[0];
      await go(`${at}?tab=differences&segment=${segment.name}`);
      const grid = page.getByRole("grid", { name: "Fields, those that differ most first" });
      await seen(grid);
      const view = await ask("POST", "/segments/insights/differences", { segment: segment.name });
      assert.equal(await grid.getByRole("row").count(), view.fields.length + 1);
      await seen(page.getByRole("region", { name: `Values of ${view.fields[0].title}` }));
      await page.getByRole("button", { name: "Show as a table" }).click();
      await fine("differences");
      await press(page.getByRole("switch", { name: /Also fields/ }), "Space");
      assert.equal(await grid.getByRole("row").count(), view.fields.filter((one) => !one.defines).length + 1);
    });

    await t.test("overlap", async () => {
      await go(`${at}?tab=overlap`);
      const two = segments.slice(0, 2);
      for (const one of two) {
        const box = page.getByRole("checkbox", { name: one.title || one.name, exact: true });
        if (!(await box.isChecked())) await press(box, "Space");
      }
      const view = await ask("POST", "/segments/insights/overlap", { segments: two.map((one) => one.name) });
      await seen(page.getByText(`${shown(view.common)} people are in all of them, ${shown(view.any)} in any.`));
      const table = page.getByRole("table", { name: /^People by the segments/ });
      assert.equal(await table.getByRole("row").count(), view.sets.length + 1);
      const choices = await ask("GET", "/segments/insights/choices");
      const field = choices.fields.find((one) => one.measure);
      await page.getByRole("combobox", { name: "By the values of" }).selectOption(field.field);
      await seen(page.getByRole("heading", { name: `By ${field.title}` }));
      await fine("overlap");
    });

    await t.test("similar customers", async () => {
      await go(`${at}?tab=similar`);
      const segment = segments[0];
      await page.getByRole("combobox", { name: "Like the members of" }).selectOption(segment.name);
      const { status, value: view } = await owner.call("POST", `/api/projects/${project}/segments/insights/similar`, { segment: segment.name, share: 0.2, fields: [] });
      await press(page.getByRole("button", { name: "Find similar people" }), "Enter");
      if (status === 422) {
        await seen(page.getByRole("alert"));
        faults.splice(0);
        return;
      }
      assert.equal(status, 200, JSON.stringify(view));
      await seen(page.getByText(`of ${shown(view.target)} people have a score of at least`));
      await fine("similar");
      await page.getByRole("button", { name: "Save as segment…" }).click();
      saved.push([await save(), view.found]);
    });

    await t.test("what was saved has the members that were shown", async () => {
      // At the instant of the run that was looked at: a minute later an appointment may have passed.
      const [{ now: instant }] = await ask("GET", "/runs");
      const job = await ask("POST", "/runs", { now: instant });
      const done = await jobDone(owner.call, project, job.id);
      assert.equal(done.state, "completed", JSON.stringify(done.problem));
      const now = await ask("GET", "/segments");
      assert.ok(saved.length >= 2, JSON.stringify(saved));
      for (const [name, members] of saved) assert.equal(now.find((one) => one.name === name)?.members, members, name);
    });
  });
}
