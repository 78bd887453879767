// Builders: segments, measures, activities and match rules built by clicking; what is saved is the file that was meant, and its numbers are those of the command line.
//
// Needs    a project made by `onefold demo`
// Invariants
// - What is asserted is the saved definition, and the number that `onefold query` gives after a run.
//
// Not here: what rules mean (crates/onefold/tests), looks of pages at rest (pages.test.mjs).

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { demo, settled, visitor } from "./demo.mjs";
import { axe, jobDone, onefold, press, seen, shot } from "./harness.mjs";

/** The one number that a question comes to on the command line. */
async function number(at, sql) {
  const { code, out, err } = await onefold(["-C", at, "query", sql, "--format", "json"]);
  assert.equal(code, 0, err);
  return Number(out.match(/\d+/g).at(-1));
}

/** Waits until a page rests: what was typed is asked about a breath later, and until it is answered the answer of before stands there, greyed. */
async function rested(page) {
  for (let calm = 0, left = 40; calm < 3 && left > 0; left--) {
    await page.waitForTimeout(300);
    await settled(page);
    const busy = await page.locator('[aria-busy="true"], [role="progressbar"]:not([aria-valuenow])').count();
    calm = busy === 0 ? calm + 1 : 0;
  }
}

/** What is common to these tests: a page that is clean whenever it is looked at. */
async function opened(t, site, scheme) {
  const { page, faults, go } = await visitor(t, site, { scheme });
  const at = `/p/${site.project}`;
  const fine = async (what) => {
    await rested(page);
    // From the top: what is half under the edge of the window is no fault.
    await page.evaluate(() => document.querySelectorAll("main, main *, html").forEach((one) => one.scrollTop > 0 && one.scrollTo(0, 0)));
    assert.deepEqual(await axe(page), [], what);
    assert.deepEqual(faults.splice(0), [], what);
  };
  /** The number beside the rules, once it is that of what stands there. */
  const live = async () => {
    await rested(page);
    return Number((await page.getByTestId("live-count").innerText()).replaceAll(",", ""));
  };
  /** Saves and gives the text of the file. */
  const save = async (kind, name) => {
    await settled(page);
    await page.getByRole("button", { name: "Save…", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await seen(dialog);
    await fine(`saving ${name}`);
    await dialog.getByRole("button", { name: "Save", exact: true }).click();
    await page.waitForURL((url) => url.pathname.endsWith(`/${kind}/${name}`));
    return readFile(join(site.at, kind, `${name}.yaml`), "utf8");
  };
  const run = async () => {
    const job = await site.ask("POST", "/runs", {});
    const done = await jobDone(site.owner.call, site.project, job.value.id);
    assert.equal(done.state, "completed", JSON.stringify(done.problem));
  };
  /** A picture for the guide, from the part of the page that is meant. */
  const picture = async (name, part) => {
    if (scheme !== "light") return;
    await part.scrollIntoViewIfNeeded();
    await part.evaluate((one) => one.scrollIntoView({ block: "center" }));
    await settled(page);
    await shot(page, name);
  };
  return { page, go: (path) => go(`${at}/${path}`), fine, live, save, run, picture };
}

/** Searches the list that is open and takes the first it finds, by keys, once it has found some. */
async function pick(page, words) {
  const box = page.getByPlaceholder(/Search/).last();
  await box.fill(words);
  await seen(page.getByRole("option"));
  await press(box, "Enter");
}

/** Adds a comparison of a text column with one value. */
async function condition(page, group, column, value) {
  await group.getByRole("button", { name: /^Add a condition to/ }).first().click();
  await page.getByRole("searchbox").or(page.getByPlaceholder(/Search/)).last().fill(column);
  await page.getByRole("option", { name: new RegExp(column, "i") }).first().click();
  const row = group.getByRole("group", { name: /condition/ }).last();
  await row.getByRole("combobox").last().fill(value).catch(() => row.getByRole("textbox").last().fill(value));
  await page.keyboard.press("Enter");
}

for (const scheme of ["light", "dark"]) {
  test(`segments that look at rows, ${scheme}`, { timeout: 420_000 }, async (t) => {
    const site = await demo(t);
    const { page, go, fine, live, save, run, picture } = await opened(t, site, scheme);
    const kept = {};

    await t.test("how often, by keys, with a limit, a hold-out and a size", async () => {
      await go("segments/new");
      await page.getByRole("textbox", { name: "Title" }).fill("Often missed");
      await press(page.getByRole("button", { name: /^Count rows of a table/ }), "Enter");
      await press(page.getByRole("menuitem", { name: "Appointment", exact: true }), "Enter");
      const any = await live();
      const rule = page.getByRole("region", { name: "Rule 1" });
      await condition(page, rule.getByRole("group", { name: "Rule 1", exact: true }), "status", "noshow");
      const once = await live();
      assert.ok(once > 0 && once < any, `${once} of ${any}`);
      await rule.getByRole("spinbutton", { name: /^At least so many rows/ }).fill("2");
      await page.keyboard.press("Enter");
      const twice = await live();
      assert.ok(twice > 0 && twice < once, `${twice} of ${once}`);
      await seen(rule.getByTestId("rule-sentence").getByText(/^People with at least 2 rows of Appointment where .* noshow$/));
      await press(page.getByRole("button", { name: /^Undo/ }), "Enter");
      assert.equal(await live(), once);
      await press(page.getByRole("button", { name: /^Redo/ }), "Enter");
      assert.equal(await live(), twice);
      await press(page.getByRole("checkbox", { name: "Keep only the best so many" }), "Space");
      await page.getByRole("spinbutton", { name: "How many are kept" }).fill("10");
      await page.keyboard.press("Enter");
      await press(page.getByRole("button", { name: /^Ranked by/ }), "Enter");
      await pick(page, "no show");
      assert.equal(await live(), Math.min(10, twice));
      await seen(page.getByText(`${twice - 10} beyond the limit`));
      await press(page.getByRole("checkbox", { name: "Say how many there should be" }), "Space");
      await page.getByRole("textbox", { name: "At least so many members" }).fill("11");
      await seen(page.getByText("Now there are 10, fewer than the 11 expected: its exports would wait."));
      await page.getByRole("textbox", { name: "At least so many members" }).fill("5");
      await page.getByRole("textbox", { name: "Largest change in percent" }).fill("30");
      await press(page.getByRole("button", { name: "What each rule keeps and drops" }), "Enter");
      await seen(page.getByTestId("funnel-members"));
      assert.equal(await page.getByTestId("funnel-members").innerText(), "10");
      await fine("limits");
      await picture("7-segment-who", page.getByRole("region", { name: "What each rule keeps and drops" }));
      const file = await save("segments", "OftenMissed");
      assert.match(file, /at_least: 2/);
      assert.match(file, /where: .*status.*noshow/);
      assert.match(file, /count: 10/);
      assert.match(file, /by: Customer_Measure\.pct_no_show/);
      assert.match(file, /min: 5/);
      assert.match(file, /max_change: 0\.3/);
      kept.OftenMissed = 10;
    });

    await t.test("the first one, and after another one", async () => {
      await go("segments/new");
      await page.getByRole("textbox", { name: "Title" }).fill("Came back");
      const rule = page.getByRole("region", { name: "Rule 1" });
      await page.getByRole("button", { name: /^Count rows of a table/ }).click();
      await page.getByRole("menuitem", { name: "Appointment", exact: true }).click();
      await condition(page, rule.getByRole("group", { name: "Rule 1", exact: true }), "status", "noshow");
      await rule.getByRole("combobox", { name: /^How many rows/ }).selectOption({ label: "the first row is such a row" });
      const first = await live();
      await seen(rule.getByRole("button", { name: /^Order of rows, Rule 1: .*Start/ }));
      await rule.getByRole("combobox", { name: /^How many rows/ }).selectOption({ label: "at least one such row" });
      await press(rule.getByRole("button", { name: "After another row" }), "Enter");
      const before = rule.getByRole("group", { name: "Rule 1, the row before it" });
      await condition(page, before, "status", "noshow");
      await rule.getByRole("combobox", { name: /^How far away the row before it/ }).selectOption("within");
      await rule.getByRole("spinbutton", { name: /^Distance of the row before it/ }).fill("365");
      await page.keyboard.press("Enter");
      const after = await live();
      assert.ok(first > 0 && after > 0 && after !== first, `${first} ${after}`);
      await fine("after");
      await picture("7-segment-after", rule);
      await press(page.getByRole("button", { name: "Description, tags …" }), "Enter");
      await page.getByRole("textbox", { name: "Tags" }).fill("outreach, spring");
      await page.getByRole("combobox", { name: "Worked out" }).selectOption("week");
      await press(page.getByRole("checkbox", { name: "Thursday" }), "Space");
      await press(page.getByRole("region", { name: "Columns" }).getByRole("button", { name: "Column", exact: true }), "Enter");
      await pick(page, "start");
      await fine("columns");
      assert.equal(await live(), after);
      const file = await save("segments", "CameBack");
      assert.match(file, /after:/);
      assert.match(file, /count: 365/);
      assert.match(file, /order_by: Appointment\.start/);
      assert.match(file, /every: week/);
      assert.match(file, /thu/);
      assert.match(file, /outreach/);
      assert.match(file, /start: max\(Appointment\.start\)|value: max\(Appointment\.start\)/);
      kept.CameBack = after;
    });

    await t.test("what the builder changes leaves the rest of a file as it is", async () => {
      const yaml = "# why we do this\ntitle: Kept\ntables: {V: {table: AzureAPIforFHIR_Appointment, path: [FHIRAptToUnifiedCustomer]}}\nrules:\n  # who often missed\n  - where: V.status = 'noshow'\n    times: {at_least: 2}\n  - except:\n      where: true\n      times: {at_least: 40}\nholdout: {share: 0.25, name: spring}\ntests:\n  - name: nobody\n    given: {AzureAPIforFHIR_Patient: []}\n    expect: []\n";
      const put = await site.ask("PUT", "/definitions/segment/Kept", { yaml, etag: null });
      assert.ok(put.status < 300, JSON.stringify(put.value));
      await go("segments/Kept/edit");
      await live();
      await seen(page.getByText("An example stands beside it in the file"));
      await page.getByRole("region", { name: "Rule 1" }).getByRole("spinbutton", { name: /^At least so many rows/ }).fill("3");
      await page.keyboard.press("Enter");
      const count = await live();
      const file = await save("segments", "Kept");
      assert.equal(file, yaml.replace("at_least: 2", "at_least: 3"));
      kept.Kept = count;
    });

    await t.test("values from a file, and activities of any kind", async () => {
      await mkdir(join(site.at, "lists"), { recursive: true });
      await writeFile(join(site.at, "lists", "missed.txt"), "noshow\ncancelled\n");
      await go("segments/new");
      await page.getByRole("textbox", { name: "Title" }).fill("Missed any way");
      const rule = page.getByRole("region", { name: "Rule 1" });
      await page.getByRole("button", { name: /^Count rows of a table/ }).click();
      await page.getByRole("menuitem", { name: "Appointment", exact: true }).click();
      await press(rule.getByRole("button", { name: /^Add a condition to/ }).first(), "Enter");
      await page.getByPlaceholder(/Search/).last().fill("status");
      await page.getByRole("option", { name: /status/i }).first().click();
      await rule.getByRole("combobox", { name: /^Operator of/ }).selectOption("in_list");
      await rule.getByRole("combobox", { name: /^List of/ }).selectOption("missed");
      const missed = await live();
      await seen(rule.getByTestId("rule-sentence").getByText(/is in the list missed$/));
      await press(page.getByRole("button", { name: "Rule", exact: true }), "Enter");
      await page.getByRole("button", { name: "Count rows of a table, Rule 2" }).click();
      await page.getByRole("menuitem", { name: "Activities", exact: true }).click();
      await page.getByRole("combobox", { name: "How many rows, Rule 2" }).selectOption({ label: "at least so many such rows" });
      await page.getByRole("spinbutton", { name: "At least so many rows, Rule 2" }).fill("3");
      await page.keyboard.press("Enter");
      const count = await live();
      assert.ok(count > 0 && count < missed, `${count} of ${missed}`);
      await fine("lists");
      const file = await save("segments", "MissedAnyWay");
      assert.match(file, /in_list\(Appointment\.status, 'missed'\)/);
      assert.match(file, /UnifiedActivity\.ActivityId is not null/);
      kept.MissedAnyWay = count;
    });

    await t.test("a run comes to what was shown, on the command line too", async () => {
      await run();
      for (const [name, members] of Object.entries(kept)) {
        assert.equal(await number(site.at, `select count(*) as n from "${name}"`), members, name);
        const funnel = (await site.ask("GET", `/segments/${name}/funnel`)).value;
        await go(`segments/${name}`);
        await seen(page.getByTestId("funnel-members"));
        assert.equal(Number((await page.getByTestId("funnel-members").innerText()).replaceAll(",", "")), members, name);
        assert.equal(await page.getByRole("table", { name: "What each rule keeps and drops" }).getByRole("rowheader", { name: /^(Rule|Except|Union|Intersect)/ }).count(), funnel.rules.length);
        await fine(name);
      }
    });

    await t.test("examples are tried where they stand", async () => {
      const there = (await site.ask("GET", "/definitions/segment/Kept")).value;
      const yaml = `${there.yaml}  - name: somebody\n    given: {AzureAPIforFHIR_Patient: []}\n    expect: [{id: p1}]\n`;
      const put = await site.ask("PUT", "/definitions/segment/Kept", { yaml, etag: there.object.etag });
      assert.ok(put.status < 300, JSON.stringify(put.value));
      await go("segments/Kept");
      const examples = page.getByRole("region", { name: "Examples" });
      await press(examples.getByRole("button", { name: "Try the examples" }), "Enter");
      await seen(examples.getByText("1 of 2 differs."));
      await seen(examples.getByText("nobody: as expected"));
      await seen(examples.getByText("somebody: differs"));
      await seen(examples.locator("li > ul > li").filter({ hasText: "p1" }));
      await fine("examples");
    });
  });
}

test("measures with windows, replacements and templates", { timeout: 420_000 }, async (t) => {
  const site = await demo(t);
  const { page, go, fine, save, run, picture } = await opened(t, site, "light");
  const text = async () => {
    await rested(page);
    return page.getByRole("complementary", { name: "What it comes to now" }).getByText(/people have a value|rows, worked/).last().innerText();
  };

  await t.test("a window, by keys, with days of its own", async () => {
    await go("measures/new");
    await page.getByRole("textbox", { name: "Title" }).fill("Visits in two years");
    await press(page.getByRole("button", { name: /^Attribute of the value/ }), "Enter");
    await pick(page, "activity id");
    await page.getByRole("combobox", { name: "Window" }).selectOption("last");
    await page.getByRole("spinbutton", { name: "How many of them" }).fill("2");
    await page.keyboard.press("Enter");
    await page.getByRole("combobox", { name: "Unit of the window" }).selectOption("year");
    await seen(page.getByTestId("window-words").getByText(/^Counts the last 2 years up to the run, by the time of the activity/));
    await page.getByRole("combobox", { name: "Worked out" }).selectOption("month");
    await page.getByRole("textbox", { name: "Days of the month" }).fill("15, 1");
    await page.keyboard.press("Tab");
    await press(page.getByRole("button", { name: "Description, tags …" }), "Enter");
    await page.getByRole("textbox", { name: "Tags" }).fill("board");
    assert.match(await text(), /people have a value/);
    await fine("window");
    await picture("7-measure-window", page.getByRole("region", { name: "Window" }));
    const file = await save("measures", "VisitsInTwoYears");
    assert.match(file, /window: \{last: 2, unit: year\}|last: 2/);
    assert.match(file, /every: month/);
    assert.match(file, /1, 15|- 1\n/);
    assert.match(file, /board/);
    await seen(page.getByText("every month on day 1, 15"));
    await fine("the measure's page");
  });

  await t.test("weeks, and values that count as others", async () => {
    await go("measures/new?kind=business_measure");
    await page.getByRole("textbox", { name: "Title" }).fill("Appointments by week");
    await page.getByRole("combobox", { name: "Function" }).selectOption("sum");
    await press(page.getByRole("button", { name: /^Attribute of the value/ }), "Enter");
    await pick(page, "total appointments");
    await press(page.getByRole("button", { name: "Replacement", exact: true }), "Enter");
    await page.getByRole("textbox", { name: "Value that replacement 1 is for" }).fill("1");
    await page.getByRole("textbox", { name: "What replacement 1 counts it as" }).fill("100");
    await press(page.getByRole("region", { name: "Dimensions" }).getByRole("button", { name: "Dimension", exact: true }), "Enter");
    await pick(page, "last updated");
    await page.getByRole("combobox", { name: /^How coarse/ }).selectOption("quarter");
    await text();
    await fine("weeks");
    const file = await save("measures", "AppointmentsByWeek");
    assert.match(file, /bucket: quarter/);
    assert.match(file, /replace: \{Customer_Measure\.TotalAppointments: \{"?1"?: 100\}\}|1"?: 100/);
  });

  await t.test("a template", async () => {
    const put = await site.ask("GET", "/definitions/activity/patientAppointments");
    const yaml = `${put.value.yaml}fields: {status: status, service: serviceType.coding.display}\n`;
    const saved = await site.ask("PUT", "/definitions/activity/patientAppointments", { yaml, etag: put.value.object.etag });
    assert.ok(saved.status < 300, JSON.stringify(saved.value));
    await go("measures/templates");
    await press(page.getByRole("button", { name: /^No-show rate/ }), "Enter");
    await seen(page.getByText(/people have a value/));
    await fine("a template");
    await picture("7-templates", page.getByRole("heading", { name: "Templates" }));
    await page.getByRole("complementary", { name: "The template" }).getByRole("textbox", { name: "Title" }).fill("Share missed");
    assert.equal(await page.getByRole("textbox", { name: "Name" }).inputValue(), "ShareMissed");
    await settled(page);
    await page.getByRole("button", { name: "Save the measure" }).click();
    await page.waitForURL((url) => url.pathname.endsWith("/measures/ShareMissed"));
    assert.match(await readFile(join(site.at, "measures", "ShareMissed.yaml"), "utf8"), /ilike 'noshow'/);
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await page.getByRole("tab", { name: "Builder" }).waitFor();
    const words = await text();
    await run();
    const filled = await number(site.at, `select count("ShareMissed") as n from "Customer_Measure"`);
    assert.equal(Number(words.split(" ")[0].replaceAll(",", "")), filled);
    assert.ok(await number(site.at, `select count("VisitsInTwoYears") as n from "Customer_Measure"`) > 0);
    const total = await number(site.at, `select cast(sum("AppointmentsByWeek") as bigint) as n from "Measure_AppointmentsByWeek"`);
    const plain = await number(site.at, `select cast(sum(case when "TotalAppointments" = 1 then 100 else "TotalAppointments" end) as bigint) as n from "Customer_Measure"`);
    assert.equal(total, plain);
  });
});

test("activities with fields, several ways and another table", { timeout: 420_000 }, async (t) => {
  const site = await demo(t);
  const { page, go, fine, run, picture } = await opened(t, site, "light");
  /** On to the next step, and until its heading has the focus: what is pressed before goes to the step that is left. */
  const next = async () => {
    const before = await page.locator('[aria-current="step"]').innerText();
    await press(page.getByRole("button", { name: "Next", exact: true }), "Enter");
    await page.waitForFunction((before) => document.querySelector('[aria-current="step"]')?.innerText !== before && document.activeElement?.tagName === "H2", before);
  };

  await t.test("five steps, by keys", async () => {
    await go("activities/new");
    await page.getByRole("textbox", { name: /^Name/ }).fill("visits");
    await page.getByRole("combobox", { name: /^Table/ }).selectOption("AzureAPIforFHIR_Appointment");
    await fine("data");
    await next();
    const ways = page.getByRole("group", { name: "The ways to Customer" });
    await press(ways.getByRole("checkbox", { name: /FHIRAptToUnifiedCustomer/ }), "Space");
    await press(ways.getByRole("checkbox", { name: /FHIRAptPatient$/ }), "Space");
    await fine("ways");
    await next();
    await page.getByRole("combobox", { name: "Icon" }).selectOption("calendar");
    await fine("fields");
    await next();
    await page.getByRole("combobox", { name: /^Type/ }).click();
    await page.getByRole("option", { name: /^Appointment/ }).click();
    await press(page.getByRole("button", { name: /^Take the/ }), "Enter");
    await seen(page.getByRole("combobox", { name: /^status: what became of it/ }));
    assert.equal(await page.getByRole("combobox", { name: /^status: what became of it/ }).inputValue(), "status");
    await seen(page.getByText(/rows; all lead to somebody|lead to nobody/));
    await picture("7-activity-fields", page.getByRole("heading", { name: "New activity" }));
    await next();
    await seen(page.getByText("activities/visits.yaml"));
    await fine("review");
    await press(page.getByRole("button", { name: "Save and add another table…" }), "Enter");
    await press(page.getByRole("dialog").getByRole("button", { name: "Save", exact: true }), "Enter");
    await seen(page.getByRole("heading", { name: "Activity data" }));
    assert.equal(await page.getByRole("textbox", { name: /^Name/ }).inputValue(), "");
    const file = await readFile(join(site.at, "activities", "visits.yaml"), "utf8");
    assert.match(file, /paths:/);
    assert.match(file, /FHIRAptToUnifiedCustomer/);
    assert.match(file, /icon: calendar/);
    assert.match(file, /fields: .*status: status/);
    // The next one begins with the type of the one before.
    await page.getByRole("textbox", { name: /^Name/ }).fill("again");
    await page.getByRole("combobox", { name: /^Table/ }).selectOption("AzureAPIforFHIR_Appointment");
    await next();
    await press(page.getByRole("checkbox", { name: /FHIRAptToUnifiedCustomer/ }), "Space");
    await next();
    await next();
    assert.equal(await page.getByRole("combobox", { name: /^Type/ }).inputValue(), "Appointment");
    await page.getByRole("button", { name: "Discard" }).click();
  });

  await t.test("another key is told", async () => {
    await go("activities/visits");
    await page.getByRole("combobox", { name: "Key" }).selectOption("status");
    await seen(page.getByText(/The saved definition takes id as its key/));
    await fine("key");
    await page.getByRole("button", { name: "Discard" }).click();
  });

  await t.test("its fields are there after a run, and its rows on timelines with their icon", async () => {
    await run();
    const rows = await number(site.at, `select count(*) as n from "Activity_Appointment" where "status" is not null`);
    assert.ok(rows > 0);
    const person = (await site.ask("GET", `/customers/${site.names.person}`)).value;
    const line = (await site.ask("POST", `/customers/${site.names.person}/timeline`, { types: [], text: "" })).value;
    await go(`customers/${site.names.person}`);
    await seen(page.getByRole("heading", { name: "Timeline" }));
    if (line.total > 0) {
      const words = String(line.items[0].title).split(" ")[0];
      const found = (await site.ask("POST", `/customers/${site.names.person}/timeline`, { types: [], text: words })).value;
      await page.getByRole("searchbox", { name: "Words on the timeline" }).fill(words);
      await page.waitForTimeout(600);
      await settled(page);
      const shown = await page.getByRole("heading", { level: 3 }).filter({ hasText: /\(\d+\)$/ }).allInnerTexts();
      assert.equal(shown.reduce((sum, one) => sum + Number(one.match(/\((\d+)\)$/)[1]), 0), found.total);
    }
    assert.ok(person.activities.length > 0);
    await fine("timeline");
  });
});

test("a match rule is tried while it is written", { timeout: 300_000 }, async (t) => {
  const site = await demo(t);
  const { page, go, fine } = await opened(t, site, "light");
  await go("unify/match");
  await page.getByRole("button", { name: /^ExactFHIRID/ }).click();
  const region = page.getByRole("region", { name: "What the rule would match" });
  await seen(region.getByText("matched", { exact: true }));
  const ask = { from: "D365Patients_contact", to: "AzureAPIforFHIR_Patient", sample: 12 };
  const say = async (rule) => (await site.ask("POST", "/preview/rule", { ...ask, rule })).value;
  const exact = await say({ when: [{ column: "msemr_azurefhirid", equals: "id", precision: "exact" }] });
  await seen(region.getByText(`${exact.pairs.toLocaleString("en-US")} pairs by this rule alone`));
  assert.equal(exact.matched, await number(site.at, `select count(*) as n from "D365Patients_contact" c where exists (select 1 from "AzureAPIforFHIR_Patient" p where p."id" = c."msemr_azurefhirid")`));
  await fine("exact");
  await page.getByRole("combobox", { name: /^column of D365Patients_contact/ }).first().selectOption("lastname");
  await page.getByRole("combobox", { name: /^column of AzureAPIforFHIR_Patient/ }).first().selectOption("lastname");
  await press(page.getByRole("button", { name: "Add a condition", exact: true }), "Enter");
  await page.getByRole("combobox", { name: /^column of D365Patients_contact/ }).last().selectOption("firstname");
  await page.getByRole("combobox", { name: /^column of AzureAPIforFHIR_Patient/ }).last().selectOption("firstname");
  await page.getByRole("slider", { name: "Precision" }).last().press("ArrowLeft");
  const near = await say({ when: [{ column: "lastname", equals: "lastname", precision: "exact" }, { column: "firstname", equals: "firstname", precision: "high" }] });
  await seen(region.getByText(`${near.pairs.toLocaleString("en-US")} pairs by this rule alone`));
  assert.ok(near.pairs > 0 && near.compared > near.pairs);
  assert.equal(await region.getByRole("table", { name: "Pairs near the line" }).getByRole("row").count(), near.examples.length + 1);
  await fine("near");
});

test("when runs begin because rows wait or time passes", { timeout: 240_000 }, async (t) => {
  const site = await demo(t);
  const { page, go, fine } = await opened(t, site, "light");
  const settings = () => readFile(join(site.at, "onefold.yaml"), "utf8");
  const before = await settings();
  await go("system/schedule");
  const part = page.getByRole("region", { name: "Between runs" });
  const rows = part.getByRole("textbox", { name: /^A run begins once so many rows wait/ });
  assert.equal(await rows.inputValue(), "200000");
  await rows.fill("many");
  await seen(part.getByText("a whole number, 0 or more"));
  await rows.fill("500");
  await press(rows, "Enter");
  await part.getByRole("combobox", { name: /^What asks the time/ }).selectOption("hourly");
  await seen(part.getByText(/^Nothing has come in since this server began|Rows that wait for a run/));
  await fine("between runs");
  await page.getByRole("button", { name: /^Save/ }).first().click();
  const dialog = page.getByRole("dialog");
  await seen(dialog);
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await dialog.waitFor({ state: "hidden" });
  const after = await settings();
  assert.match(after, /rows: 500/);
  assert.match(after, /clock: hourly/);
  assert.ok(after.startsWith(before.trimEnd().split("\n")[0]), "the rest stays");
  // A row that comes in is told.
  const sent = await site.ask("POST", "/activities/AzureAPIforFHIR_Appointment", { id: "between-1", status: "booked" });
  assert.equal(sent.status, 202, JSON.stringify(sent.value));
  await seen(part.getByRole("definition").filter({ hasText: /^1, the oldest came/ }));
});
