// Keyboard: everything without a mouse: the order of stops, that they are seen, dialogs, shortcuts, and a segment built by keys alone.
//
// Needs    a project of its own, made by `onefold demo`
// Invariants
// - Nothing here clicks; each test ends with the number of pointer events, which is none.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { demo, settled, visitor } from "./demo.mjs";
import { TOP, axe, seen } from "./harness.mjs";

/** A browser that counts pointers. */
async function byKeys(t, served) {
  const visit = await visitor(t, served);
  const { page } = visit;
  await page.addInitScript(() => {
    globalThis.pointers = 0;
    for (const kind of ["pointerdown", "mousedown", "touchstart"]) addEventListener(kind, () => (globalThis.pointers += 1), true);
  });
  const go = (path) => visit.go(`/p/${served.project}/${path}`);
  const end = async () => {
    assert.equal(await page.evaluate(() => globalThis.pointers), 0, "a pointer was used");
    assert.deepEqual(visit.faults, []);
  };
  return { ...visit, go, end };
}

const isOn = (locator) => locator.evaluate((one) => one === document.activeElement).catch(() => false);
const now = (page) => page.evaluate(() => {
  const one = document.activeElement;
  return `${one?.tagName} ${one?.getAttribute("aria-label") ?? one?.textContent?.slice(0, 60)}`;
});

/** Goes on with Tab until something has the focus. */
async function tabTo(page, locator, key = "Tab") {
  for (let left = 160; left > 0; left--) {
    if ((await locator.count()) > 0 && (await isOn(locator.first()))) return;
    await page.keyboard.press(key);
  }
  assert.fail(`${key} does not come to ${locator}; it is on ${await now(page)}`);
}

/** Waits until something has the focus. */
async function onto(page, locator, words) {
  for (let left = 40; left > 0; left--) {
    if ((await locator.count()) > 0 && (await isOn(locator.first()))) return;
    await page.waitForTimeout(50);
  }
  assert.fail(`${words}: the focus is on ${await now(page)}`);
}

/** What has the focus: where it is, whether it can be seen. */
const stop = (page) => page.evaluate(() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const box = one.getBoundingClientRect();
  const at = [Math.min(Math.max(box.x + box.width / 2, 0), innerWidth - 1), Math.min(Math.max(box.y + box.height / 2, 0), innerHeight - 1)];
  const top = document.elementFromPoint(...at);
  const part = one.closest("header") ? "header" : one.closest("main") ? "main" : one.closest("nav") ? "navigation" : one.getAttribute("href") === "#main" ? "skip" : "elsewhere";
  return {
    name: `${one.tagName.toLowerCase()} “${one.getAttribute("aria-label") ?? (one.labels?.[0]?.textContent || one.textContent?.trim().slice(0, 50))}”`,
    part,
    box: { x: box.x, y: box.y, width: box.width, height: box.height },
    shown: top !== null && (one.contains(top) || top.contains(one) && !["BODY", "HTML", "MAIN", "HEADER"].includes(top.tagName) || [...(one.labels ?? [])].some((label) => label.contains(top))),
    under: top?.tagName,
  };
});

/** Whether the focus can be seen: a picture with it and one without it differ. */
async function marked(page, { box }) {
  const { width, height } = page.viewportSize();
  const x = Math.max(0, box.x - 4);
  const y = Math.max(0, box.y - 4);
  const clip = { x, y, width: Math.min(box.width + 8, width - x), height: Math.min(box.height + 8, height - y) };
  if (clip.width <= 0 || clip.height <= 0) return false;
  const picture = () => page.screenshot({ clip, animations: "disabled" });
  const on = await picture();
  await page.evaluate(() => {
    globalThis.was = document.activeElement;
    globalThis.was.blur();
  });
  const off = await picture();
  await page.evaluate(() => globalThis.was.focus({ preventScroll: true }));
  return !on.equals(off);
}

test("Tab goes from the top down, and where it is can be seen", { timeout: 300_000 }, async (t) => {
  const served = await demo(t);
  const { page, go, end } = await byKeys(t, served);
  const order = ["skip", "header", "navigation", "main"];
  const { segment, person, run } = served.names;
  for (const path of ["home", "segments", `segments/${segment}/edit`, `customers/${person}`, "tables/Customer", "unify/match", `system/runs/${run}`]) {
    await t.test(path, { timeout: 120_000 }, async () => {
      await go(path);
      const wrong = [];
      let last = 0;
      let inMain = 0;
      for (let stops = 0; stops < 90 && inMain < 45; stops++) {
        await page.keyboard.press("Tab");
        await page.waitForTimeout(10);
        let here = await stop(page);
        // The end: what comes next is the beginning again.
        if (!here || (stops > 0 && here.part === "skip")) break;
        // A graph moves to what has the focus.
        for (let wait = 0; wait < 12; wait++) {
          await page.waitForTimeout(30);
          const later = await stop(page);
          const rests = JSON.stringify(later) === JSON.stringify(here);
          here = later ?? here;
          if (rests && here.shown) break;
        }
        if (stops === 0) assert.equal(here.part, "skip", `the first stop is ${here.name}`);
        const at = order.indexOf(here.part);
        if (at < last) wrong.push(`${here.name} of ${here.part} comes after ${order[last]}`);
        last = Math.max(last, at);
        if (here.part === "main") inMain += 1;
        if (!here.shown) wrong.push(`${here.name} is hidden under ${here.under}`);
        else if (!(await marked(page, here))) wrong.push(`${here.name}: nothing shows that the focus is there`);
      }
      if (last !== 3) wrong.push("Tab does not come to the page");
      assert.deepEqual(wrong, [], path);
    });
  }
  await end();
});

test("the skip link goes to the page", async (t) => {
  const { page, go, end } = await byKeys(t, await demo(t));
  await go("segments");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await onto(page, page.getByRole("main"), "after the skip link");
  await page.keyboard.press("Tab");
  assert.equal((await stop(page))?.part, "main");
  await end();
});

test("Escape closes dialogs and gives the focus back", { timeout: 120_000 }, async (t) => {
  const served = await demo(t);
  const { page, go, end } = await byKeys(t, served);
  const { segment } = served.names;
  for (const [path, from, key] of [
    ["home", page.getByRole("button", { name: "Run…" }), "Enter"],
    ["home", page.getByRole("button", { name: "Help and keyboard shortcuts" }), "Enter"],
    ["home", page.getByRole("button", { name: /^Search people, segments/ }), "Enter"],
    ["home", page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Segments" }), "/"],
    ["home", page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Segments" }), "?"],
    [`segments/${segment}`, page.getByRole("main").getByRole("button", { name: /^Delete/ }), "Enter"],
    ["unify/map", page.getByRole("button", { name: "Choose tables…" }), "Enter"],
    ["relationships", page.getByRole("button", { name: "New relationship" }).first(), "Enter"],
  ]) {
    await t.test(`${path} ${from} ${key}`, { timeout: 60_000 }, async () => {
      await go(path);
      await tabTo(page, from);
      await page.keyboard.press(key);
      const dialog = page.locator('[role="dialog"]:visible, [role="alertdialog"]:visible').last();
      await dialog.waitFor();
      await page.waitForTimeout(200);
      // The focus is in it, and stays in it.
      for (let stops = 0; stops < 12; stops++) {
        assert.ok(await dialog.evaluate((one) => one.contains(document.activeElement)), `the focus left the dialog for ${await now(page)}`);
        await page.keyboard.press("Tab");
      }
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "hidden" });
      await onto(page, from, "after Escape");
    });
  }
  await end();
});

test("g and a letter goes to a page, / searches", { timeout: 120_000 }, async (t) => {
  const { page, go, end } = await byKeys(t, await demo(t));
  const source = await readFile(join(TOP, "web/src/shell/places.ts"), "utf8");
  const places = [...source.matchAll(/title: "([^"]+)", path: "([^"]+)", letter: "(.)"/g)];
  assert.ok(places.length > 12);
  await go("home");
  for (const [, title, path, letter] of [...places.slice(1), places[0]]) {
    await page.keyboard.press("g");
    await page.keyboard.press(letter);
    await page.waitForURL((url) => url.pathname.endsWith(path) || url.pathname.includes(`${path}/`), { timeout: 5_000 }).catch(() => assert.fail(`g ${letter} does not go to ${title}`));
  }
  await settled(page);
  // What is found is gone to with arrows and Enter.
  await page.keyboard.press("/");
  const search = page.getByRole("dialog").getByRole("combobox");
  await onto(page, search, "after /");
  await page.keyboard.type("relationships");
  await seen(page.getByRole("dialog").getByRole("option", { name: /Relationships/ }));
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/relationships$/);
  // In a text, letters are letters.
  await go("segments");
  await tabTo(page, page.getByRole("searchbox", { name: "Search segments" }));
  await page.keyboard.type("gh/?");
  assert.equal(await page.getByRole("searchbox", { name: "Search segments" }).inputValue(), "gh/?");
  await end();
});

test("rows of a list are gone through with arrows and opened with Enter", async (t) => {
  const { page, go, end } = await byKeys(t, await demo(t));
  await go("measures");
  await page.waitForFunction(() => document.querySelectorAll('[role="grid"] [role="row"], table[role="grid"] tr').length > 2);
  const row = () => page.evaluate(() => document.activeElement?.closest('[role="grid"]') && document.activeElement.closest("[data-row]")?.dataset.row);
  for (let left = 80; left > 0 && (await row()) === null; left--) await page.keyboard.press("Tab");
  const before = Number(await row());
  await page.keyboard.press("ArrowDown");
  assert.equal(Number(await row()), before + 1, "the arrow does not move");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/measures\/\w+/);
  await end();
});

test("a segment is built by keys alone", { timeout: 180_000 }, async (t) => {
  const served = await demo(t);
  const { page, go, end } = await byKeys(t, served);
  const { owner, project } = served;
  const press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
  const button = (name) => page.getByRole("button", { name });
  const search = page.getByRole("combobox", { name: "Search attributes" });
  let asked = null;
  page.on("request", (request) => {
    if (request.url().endsWith("/preview/segment")) asked = request.postDataJSON();
  });
  /** The live count is that of the API (or one of before, which is not asked for again), and is read out. */
  const counted = async (known) => {
    const live = page.getByRole("complementary", { name: "What it does now" });
    if (known !== undefined) {
      await seen(live.getByTestId("live-count").getByText(known.toLocaleString("en-US"), { exact: true }), 5_000);
      await seen(live.getByRole("status").getByText(new RegExp(`^${known.toLocaleString("en-US")} people of`)), 5_000);
      return;
    }
    await page.waitForTimeout(900);
    await page.waitForLoadState("networkidle");
    const answer = await owner.call("POST", `/api/projects/${project}/preview/segment`, asked);
    assert.equal(answer.status, 200, JSON.stringify(answer.value));
    const count = answer.value.count.toLocaleString("en-US");
    await seen(live.getByTestId("live-count").getByText(count, { exact: true }), 5_000);
    await seen(live.getByRole("status").getByText(`${count} people of ${answer.value.of.toLocaleString("en-US")}`).first().and(page.locator('[aria-live="polite"]')), 5_000);
    return answer.value.count;
  };
  /** Takes an attribute by typing, an operator with the arrows, and types a value. */
  const condition = async (words, operator, value) => {
    await onto(page, search, "a new condition");
    await page.keyboard.type(words);
    await seen(page.getByRole("listbox", { name: "Attributes" }).getByRole("option"));
    await press("Enter");
    const row = page.getByRole("group", { name: /, condition [\d.]+ of Rule 1$/ }).filter({ has: page.locator(":focus") });
    await onto(page, row.getByRole("textbox"), "the value of a new condition");
    await page.keyboard.type(value);
    const operators = row.getByRole("combobox", { name: /^Operator of/ });
    await tabTo(page, operators, "Shift+Tab");
    for (let left = 12; left > 0 && (await operators.evaluate((one) => one.selectedOptions[0].label)) !== operator; left--) await press("ArrowDown");
    assert.equal(await operators.evaluate((one) => one.selectedOptions[0].label), operator);
  };
  const rows = () => page.getByRole("group", { name: /, condition [\d.]+ of Rule 1$/ }).evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));

  await go("segments");
  await tabTo(page, button("New segment"));
  await press("Enter");
  await onto(page, page.getByRole("menuitem", { name: /^Build your own/ }), "the menu");
  await press("Enter");
  await page.waitForURL(/\/segments\/new$/);
  await settled(page);
  await tabTo(page, page.getByRole("textbox", { name: "Title" }));
  await page.keyboard.type("Missed by keys");
  await tabTo(page, button("Add a condition to Rule 1"));
  await press("Enter");
  await condition("% No Show", "is greater than", "30");
  const first = await counted();
  assert.ok(first > 0);

  // A group with another condition.
  await tabTo(page, button("Add a group to Rule 1"));
  await press("Enter");
  await tabTo(page, button("Add a condition to Group 2 of Rule 1"));
  await press("Enter");
  await condition("Total Appointments", "is greater than", "1");
  const second = await counted();
  assert.ok(second < first, `${second} of ${first}`);

  // A third, moved up before the group with Alt+Up; the focus goes with it.
  await tabTo(page, button("Add a condition to Rule 1"));
  await press("Enter");
  await condition("Cancelled Appointments", "is at least", "1");
  const third = await counted();
  const before = await rows();
  await press("Alt+ArrowUp");
  await page.waitForTimeout(300);
  const moved = await rows();
  assert.notDeepEqual(moved, before);
  assert.match(moved[1], /^Cancelled.* condition 2 of/);
  assert.ok(await page.evaluate(() => document.activeElement?.closest('[role="group"]')?.getAttribute("aria-label")?.startsWith("Cancelled")), `the focus is on ${await now(page)}`);
  await counted(third);

  // Deleted, and taken back.
  await tabTo(page, button(/^Delete Cancelled/));
  await press("Enter");
  await page.waitForTimeout(300);
  assert.equal((await rows()).length, 2);
  await counted(second);
  assert.ok(await page.evaluate(() => document.activeElement?.closest("main") !== null), `the focus is lost to ${await now(page)}`);
  await press("Control+z");
  await page.getByRole("group", { name: /^Cancelled.*, condition / }).waitFor();
  assert.equal((await rows()).length, 3);
  await counted(third);
  assert.deepEqual(await axe(page), []);

  // Saved.
  await tabTo(page, button(/^Save…$/), "Shift+Tab");
  await press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await page.waitForLoadState("networkidle");
  await tabTo(page, dialog.getByRole("button", { name: "Save", exact: true }));
  await press("Enter");
  await page.waitForURL(/\/segments\/MissedByKeys$/);
  const saved = await owner.call("GET", `/api/projects/${project}/definitions/segment/MissedByKeys`);
  const whole = await owner.call("POST", `/api/projects/${project}/preview/segment`, { name: "MissedByKeys", value: saved.value.value });
  assert.equal(whole.value.count, third);
  await end();
});
