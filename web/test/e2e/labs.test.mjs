// Labs: all five labs by clicking, from an empty project, on 62,299 patients; they end with the numbers of the command line.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import * as labs from "./labs.mjs";
import { DATA, axe, browse, firstAccount, folder, onefold, serve } from "./harness.mjs";

const there = existsSync(join(DATA, "no-show"));

test("a new user does the five labs without a terminal", { timeout: 900_000 }, async (t) => {
  if (!there) {
    assert.ok(!process.env.CI, `there is no data at ${DATA}`);
    return t.skip(`there is no data at ${DATA}`);
  }
  const projects = join(await folder(t), "projects");
  await mkdir(projects);
  const server = await serve(t, [], ["--projects", projects]);
  const { page, faults } = await browse(t);
  await firstAccount(page, server.link);
  for (const step of ["emptyProject", "ingest", "transform", "unify", "relationships", "activities", "measures", "segments", "activate", "card"]) {
    await t.test(step, async () => {
      await labs[step](page);
      assert.deepEqual(await axe(page), [], `axe on ${page.url()}`);
    });
  }
  assert.deepEqual(faults, []);

  // What was clicked is a project like any other: the command line finds nothing wrong, nothing to do, and the same numbers.
  const project = join(projects, "missed-appointments");
  const say = async (...words) => {
    const { code, out, err } = await onefold(["-C", project, ...words]);
    assert.equal(code, 0, `${words.join(" ")}\n${out}${err}`);
    return out;
  };
  await say("check");
  const count = async (sql) => Number((await say("query", sql, "--format", "csv")).trim().split(/\r?\n/)[1]);
  for (const [sql, expected] of [
    ['select count(*) from "Customer"', 62_299],
    ['select count(*) from "UnifiedActivity"', 110_527],
    ['select sum("TotalAppointments") from "Customer_Measure"', 110_527],
    ['select sum("NoShowAppointments") from "Customer_Measure"', 22_319],
    ['select count(*) from "Customer_Measure" where "NoShowAppointments" > 0', 17_663],
    ['select count(*) from "NoShow50"', 9_157],
    ['select count(*) from "NoShow50" where "contactid" is not null', 5_585],
  ]) {
    assert.equal(await count(sql), expected, sql);
  }
});
