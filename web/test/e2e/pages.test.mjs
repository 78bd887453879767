// Pages: every page in light and dark, wide and narrow, full and empty: nothing grave for axe, one heading, a title, no errors.
//
// Needs    a project of its own, made by `onefold demo`
// Invariants
// - Every route of src/routes.tsx is here; the first test says which one is missing.
//
// Not here: keys (keyboard.test.mjs), what pages do (labs.test.mjs).

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { demo, visitor } from "./demo.mjs";
import { TOP, axe } from "./harness.mjs";

const NARROW = { width: 390, height: 844 };

/** A page by its route, and where it is in the demo. */
const PAGES = [
  ["home", "home"],
  ["customers", "customers"],
  ["customers/:id", ({ person }) => `customers/${person}`],
  ["customers/:id", ({ person }) => `customers/${person}?tab=identity`],
  ["segments", "segments"],
  ["segments/new", "segments/new"],
  ["segments/new", "segments/new?way=quick"],
  ["segments/new", "segments/new?tab=yaml"],
  ["segments/insights", "segments/insights"],
  ["segments/insights", "segments/insights?tab=activity"],
  ["segments/insights", ({ segment }) => `segments/insights?tab=differences&segment=${segment}`],
  ["segments/insights", "segments/insights?tab=overlap"],
  ["segments/insights", "segments/insights?tab=similar"],
  ["segments/:name", ({ segment }) => `segments/${segment}`],
  ["segments/:name/edit", ({ segment }) => `segments/${segment}/edit`],
  ["measures", "measures"],
  ["measures/new", "measures/new"],
  ["measures/templates", "measures/templates"],
  ["measures/templates", "measures/templates?template=no_show_rate"],
  ["measures/:name", ({ measure }) => `measures/${measure}`],
  ["measures/:name/edit", ({ measure }) => `measures/${measure}/edit`],
  ["intelligence", "intelligence"],
  ["sources", "sources"],
  ["sources/new", "sources/new"],
  ["sources/:name", ({ source }) => `sources/${source}`],
  ["sources/:name/tables/:table", ({ source, table }) => `sources/${source}/tables/${table}`],
  ["tables", "tables"],
  ["tables/:table", "tables/Customer"],
  ["unify", "unify"],
  ["unify/:tab", "unify/map"],
  ["unify/:tab", "unify/match"],
  ["unify/:tab", "unify/model"],
  ["unify/:tab", "unify/merge"],
  ["review", "review"],
  ["review", "review?tab=decisions"],
  ["review", "review?tab=quality"],
  ["review/pair", "review/pair"],
  ["enrichment", "enrichment"],
  ["activities", "activities"],
  ["activities/new", "activities/new"],
  ["activities/:name", ({ activity }) => `activities/${activity}`],
  ["relationships", "relationships"],
  ["exports", "exports"],
  ["exports/new", "exports/new"],
  ["exports/:name", ({ exported }) => `exports/${exported}`],
  ["connections", "connections"],
  ["connections/new", "connections/new"],
  ["connections/:name", ({ connection }) => `connections/${connection}`],
  ["system", "system"],
  ["system/runs/:run", ({ run }) => `system/runs/${run}`],
  ["system/jobs/:id", ({ job }) => `system/jobs/${job}`],
  ["system/schedule", "system/schedule"],
  ["permissions", "permissions"],
  ["audit", "audit"],
  ["*", "no/such/page"],
];
/** Pages outside of a project, for somebody who has come in. */
const OUTSIDE = ["/docs", "/new", "/no-such-page", "/p/no-such-project/home"];
const LISTS = PAGES.filter(([route, path]) => typeof path === "string" && !/[:*?]/.test(route + path) && !route.endsWith("/new")).map(([, path]) => path);

/** What is wrong with the page as it is. */
async function wrong(page, faults) {
  const seen = await page.evaluate(() => ({
    h1: [...document.querySelectorAll("h1")].filter((one) => one.getClientRects().length > 0).map((one) => one.textContent),
    main: document.querySelectorAll("main, [role=main]").length,
    title: document.title,
    scrolls: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    broken: [...document.querySelectorAll("main")].some((one) => /\b(undefined|NaN|\[object Object\])\b/.test(one.innerText)),
  }));
  const found = await axe(page);
  if (seen.h1.length !== 1) found.push(`${seen.h1.length} headings of the first level: ${seen.h1.join(" | ")}`);
  if (seen.main !== 1) found.push(`${seen.main} main landmarks`);
  if (!seen.title.includes("Onefold")) found.push(`the title is “${seen.title}”`);
  if (seen.scrolls > 0) {
    const wide = await page.evaluate(() => [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1).slice(0, 4).map((one) => `${one.tagName} ${one.className} ${one.textContent.slice(0, 40)}`));
    found.push(`it scrolls sideways by ${seen.scrolls} px: ${wide.join("; ")}`);
  }
  if (seen.broken) found.push("it shows undefined, NaN or [object Object]");
  found.push(...faults.splice(0));
  return found;
}

/** Looks at pages; says of all that are wrong what is. */
async function all(t, visit, paths) {
  for (const path of paths) {
    await t.test(path, { timeout: 60_000 }, async () => {
      await visit.go(path);
      assert.deepEqual(await wrong(visit.page, visit.faults), [], path);
    });
  }
}

test("every route is looked at", async () => {
  const source = await readFile(join(TOP, "web/src/routes.tsx"), "utf8");
  const routes = [...source.matchAll(/\bat\("([^"/][^"]*)"/g)].map(([, path]) => (path === ":tab" ? "unify/:tab" : path));
  const known = new Set(PAGES.map(([route]) => route));
  assert.deepEqual(routes.filter((one) => !known.has(one)), []);
});

for (const scheme of ["light", "dark"]) {
  test(`every page, ${scheme}`, { timeout: 600_000 }, async (t) => {
    const served = await demo(t);
    const stranger = await visitor(t, served, { scheme, signedIn: false });
    await all(t, stranger, ["/signin", "/setup", "/setup#made-up"]);
    const visit = await visitor(t, served, { scheme });
    const paths = PAGES.map(([, path]) => `/p/${served.project}/${typeof path === "string" ? path : path(served.names)}`);
    await all(t, visit, [...paths, ...OUTSIDE]);
  });
}

test("narrow pages do not scroll sideways", { timeout: 300_000 }, async (t) => {
  const served = await demo(t);
  const visit = await visitor(t, served, { viewport: NARROW });
  const { person, segment, run } = served.names;
  await all(t, visit, ["home", "customers", `customers/${person}`, "segments", `segments/${segment}`, "system", `system/runs/${run}`].map((path) => `/p/${served.project}/${path}`));
});

test("an empty project says what comes first", { timeout: 300_000 }, async (t) => {
  const served = await demo(t);
  const made = await served.owner.call("POST", "/api/projects", { name: "nothing-yet", title: "Nothing yet" });
  assert.ok(made.status < 300, JSON.stringify(made.value));
  const visit = await visitor(t, served);
  for (const path of LISTS) {
    await t.test(path, { timeout: 60_000 }, async () => {
      await visit.go(`/p/nothing-yet/${path}`);
      const found = await wrong(visit.page, visit.faults);
      if (await visit.page.getByRole("main").getByRole("alert").count()) found.push(`it shows an error: ${await visit.page.getByRole("main").getByRole("alert").first().innerText()}`);
      if ((await visit.page.getByRole("main").innerText()).length < 40) found.push("it says nothing");
      assert.deepEqual(found, [], path);
    });
  }
});

test("every dialog", { timeout: 300_000 }, async (t) => {
  const served = await demo(t);
  const { segment, measure, exported, connection, activity, source } = served.names;
  /** Where, and what opens the dialog: the name of a button, of a menu and its item, or a key. */
  const dialogs = [
    ["home", "Run…"],
    ["home", { key: "?" }],
    ["home", { key: "/" }],
    [`segments/${segment}`, { menu: /^More|actions/i, item: /^Delete/ }],
    [`measures/${measure}`, { menu: /^More|actions/i, item: /^Delete/ }],
    [`exports/${exported}`, { menu: /^More|actions/i, item: /^Delete/ }],
    [`connections/${connection}`, { menu: /^More|actions/i, item: /^Delete/ }],
    [`activities/${activity}`, { menu: /^More|actions/i, item: /^Delete/ }],
    [`sources/${source}`, { menu: /^More|actions/i, item: /^Delete/ }],
    [`segments/${segment}/edit`, { change: "Title", button: /^Save…$/ }],
    [`measures/${measure}/edit`, { change: "Title", button: /^Save…$/ }],
    ["unify/map", "Choose tables…"],
    ["relationships", "New relationship"],
    ["permissions", { button: /^(Invite|New account|Add)/ }],
  ];
  for (const scheme of ["light", "dark"]) {
    const visit = await visitor(t, served, { scheme });
    const { page } = visit;
    for (const [path, how] of dialogs) {
      await t.test(`${scheme} ${path} ${how.key ?? how.item ?? how.button ?? how}`, { timeout: 60_000 }, async () => {
        await visit.go(`/p/${served.project}/${path}`);
        const button = (name) => page.getByRole("button", { name }).first();
        if (how.change) await page.getByRole("textbox", { name: how.change }).first().fill("Another title");
        if (how.key) await page.keyboard.press(how.key);
        else if (how.menu) {
          const direct = page.getByRole("main").getByRole("button", { name: how.item });
          if (await direct.count()) await direct.first().click();
          else {
            await page.getByRole("main").getByRole("button", { name: how.menu }).first().click();
            await page.getByRole("menuitem", { name: how.item }).click();
          }
        } else await button(how.button ?? how).click();
        const dialog = page.locator('[role="dialog"]:visible, [role="alertdialog"]:visible').last();
        await dialog.waitFor();
        await page.waitForLoadState("networkidle", { timeout: 10_000 }).catch(() => {});
        const found = await axe(page);
        if (!(await dialog.evaluate((one) => one.getAttribute("aria-label") || one.getAttribute("aria-labelledby")))) found.push("the dialog has no name");
        found.push(...visit.faults.splice(0));
        assert.deepEqual(found, [], path);
        await page.keyboard.press("Escape");
        await dialog.waitFor({ state: "hidden" });
      });
    }
  }
});
