// Labs: the five labs of the missed-appointment story, as functions that click.
//
// Each takes the page as the one before left it, and ends with the work saved. Numbers are those of the data's README, worked out with another engine.

import assert from "node:assert/strict";
import { join } from "node:path";
import { DATA, press, seen, shot } from "./harness.mjs";

/** A field by its whole label. */
const box = (page, name) => page.getByRole("textbox", { name, exact: true });

/** Chooses in a native select or radio what has these words. */
const choose = (page, label, value) => page.getByLabel(label, { exact: true }).selectOption(value);

/** Saves by the dialog that shows what changes. */
export async function save(page, button = /^Save(…| the .*…)?$/) {
  await page.getByRole("button", { name: button }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: /^Save/ }).click();
  await dialog.waitFor({ state: "hidden" });
}

/** Goes to a page by the navigation. */
export async function nav(page, name) {
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name, exact: true }).click();
}

/** Runs everything or a part and waits until the run has ended well. */
export async function runAll(page) {
  await nav(page, "Home");
  await page.getByRole("button", { name: "Run…" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: /^Run/ }).click();
  await page.waitForURL(/\/system\/(jobs|runs)\//);
  await seen(page.getByText(/Completed/), 120_000);
}

/** Lab 0: an empty project. */
export async function emptyProject(page) {
  await page.getByRole("textbox", { name: "Title" }).fill("Missed appointments");
  await page.getByRole("button", { name: "Make the project" }).click();
  await page.waitForURL(/\/p\/[\w-]+\/home$/);
  await shot(page, "0-empty-project");
}

/** Lab 1: ingest. Patients and appointments from FHIR files, contacts from Dataverse pages, looked at and transformed. */
export async function ingest(page) {
  await nav(page, "Data sources");
  await page.getByRole("button", { name: /add a (data )?source/i }).first().click();
  await page.getByRole("radio", { name: /FHIR/ }).check();
  await box(page, "Name").fill("AzureAPIforFHIR");
  await page.getByRole("button", { name: "Next" }).click();
  await box(page, "Folder").fill("./data/fhir");
  await page.getByLabel("Files to upload").setInputFiles(["Patient.ndjson.gz", "Appointment.ndjson.gz"].map((name) => join(DATA, "no-show", name)));
  await seen(page.getByText("2 files brought into data/fhir."));
  await page.getByRole("button", { name: "Test connection" }).click();
  await seen(page.getByText("It answers"));
  await shot(page, "1-ingest-connection");
  await page.getByRole("button", { name: "Next" }).click();
  await seen(page.getByRole("checkbox", { name: "Read Patient" }));
  await page.getByRole("checkbox", { name: "Read Patient" }).check();
  await page.getByRole("checkbox", { name: "Read Appointment" }).check();
  const columns = async (table, unwanted) => {
    const row = page.getByRole("row", { name: new RegExp(`^Read ${table} `) });
    await row.getByRole("button", { name: /columns/ }).click();
    for (const name of unwanted) await page.getByRole("button", { name: `Remove ${name}`, exact: true }).click();
    await row.getByRole("button", { name: /columns/ }).click();
  };
  await columns("Patient", ["active", "phone", "gender"]);
  await columns("Appointment", ["created", "location.id", "location.name", "participant.status"]);
  await shot(page, "1-ingest-tables");
  await page.getByRole("button", { name: "Next" }).click();
  await seen(page.getByText("sources/AzureAPIforFHIR.yaml"));
  await page.getByRole("button", { name: "Save the source" }).click();
  await page.waitForURL(/\/sources\/AzureAPIforFHIR/);
  await shot(page, "1-ingest-source");

  await nav(page, "Data sources");
  await page.getByRole("button", { name: /add a (data )?source/i }).first().click();
  await page.getByRole("radio", { name: /Dataverse/ }).check();
  await box(page, "Name").fill("D365Patients");
  await page.getByRole("button", { name: "Next" }).click();
  await box(page, "Folder").fill("./data/dataverse");
  await page.getByLabel("Files to upload").setInputFiles(join(DATA, "no-show", "contacts.json.gz"));
  await seen(page.getByText(/brought into data\/dataverse/));
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("checkbox", { name: "Read contacts" }).check();
  await page.getByRole("textbox", { name: "Name of the table of contacts" }).fill("contact");
  await press(page.getByRole("textbox", { name: "Name of the table of contacts" }), "Enter");
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("button", { name: "Save the source" }).click();
  await page.waitForURL(/\/sources\/D365Patients/);
}

/** Lab 1, transform: only patients among the contacts, the columns that are needed, ids in small letters. */
export async function transform(page) {
  await page.getByRole("link", { name: "contact", exact: true }).first().click();
  const steps = page.getByRole("region", { name: "Applied steps" });
  const add = async (title) => {
    await steps.getByRole("button", { name: "Add a step" }).click();
    await page.getByRole("menuitem", { name: new RegExp(`^${title}`) }).click();
  };
  await seen(page.getByRole("region", { name: /Rows of contact/ }));
  await add("Choose columns");
  const keep = page.getByRole("group", { name: "Columns to keep" });
  await keep.getByRole("button", { name: "None" }).click();
  for (const name of ["contactid", "firstname", "lastname", "emailaddress1", "msemr_contacttype", "msemr_azurefhirid"])
    await keep.getByRole("checkbox", { name, exact: true }).check();
  await add("Filter rows");
  await condition(page, "contacttype", "equals", "935000000");
  await seen(steps.getByText("1,780 rows"));
  await add("Remove columns");
  const gone = page.getByRole("group", { name: "Columns" }).last();
  await gone.getByRole("checkbox", { name: "contactid", exact: true }).uncheck();
  await gone.getByRole("checkbox", { name: "msemr_contacttype", exact: true }).check();
  await add("Lower case");
  await shot(page, "1-transform");
  await save(page);
  // The rows are read once, so that the pages after this one know them.
  await runAll(page);
}

/** Takes an attribute in the builder, an operator and a value, for the last condition of the page. */
export async function condition(page, attribute, operator, value) {
  // A new condition asks for its attribute at once.
  const search = page.getByRole("combobox", { name: "Search attributes" });
  if (!(await search.isVisible())) await page.getByRole("button", { name: /^Attribute: / }).last().click();
  await search.fill(attribute);
  await page.getByRole("listbox", { name: "Attributes" }).getByRole("option").first().click();
  await page.getByRole("combobox", { name: /^Operator of/ }).last().selectOption({ label: operator });
  if (value === undefined) return;
  const field = page.getByRole("textbox", { name: /^Value of/ }).or(page.getByRole("combobox", { name: /^Value of/ })).last();
  await field.fill(value);
  await field.press("Tab");
}

/** Lab 2: unify. Map columns to what they mean, match on the FHIR id, look at what is merged. */
export async function unify(page) {
  await nav(page, "Unify");
  await page.getByRole("button", { name: "Choose tables…" }).click();
  const dialog = page.getByRole("dialog");
  for (const name of ["AzureAPIforFHIR_Patient", "D365Patients_contact"]) await dialog.getByRole("checkbox", { name, exact: true }).check();
  await dialog.getByRole("button", { name: "Take these" }).click();
  await page.getByRole("region", { name: "Columns of AzureAPIforFHIR_Patient" }).waitFor();
  await page.getByRole("button", { name: /^Accept all/ }).click();
  await page.getByRole("button", { name: "2. D365Patients_contact" }).click();
  await page.getByRole("region", { name: "Columns of D365Patients_contact" }).getByRole("button", { name: /^Accept all/ }).click();
  await shot(page, "2-unify-map");
  await page.getByRole("tab", { name: "Match" }).click();
  await page.getByRole("button", { name: "Add a rule" }).first().click();
  const rule = page.getByRole("region", { name: /^Rule / });
  await rule.getByRole("textbox", { name: "Name" }).fill("ExactFHIRID");
  await page.getByLabel("column of D365Patients_contact").selectOption("msemr_azurefhirid");
  await page.getByLabel("column of AzureAPIforFHIR_Patient").selectOption("id");
  await shot(page, "2-unify-match");
  await save(page);
  await page.getByRole("region", { name: "Figures of the last run" }).getByRole("button", { name: "Run" }).click();
  await page.getByRole("menuitem", { name: /^Customer profiles/ }).click();
  const figures = page.getByRole("region", { name: "Figures of the last run" });
  for (const [number, words] of [["102,299", "unique source records"], ["64,299", "matched and non-matched"], ["38,000", "matched only"], ["62,299", "profiles"]])
    await seen(figures.getByRole("link", { name: `${number} ${words}` }), 120_000);
  await seen(page.getByText(/38,000 matched/));
  await shot(page, "2-unify-figures");
  await page.getByRole("tab", { name: "Merge" }).click();
  await seen(page.getByRole("table", { name: "Columns of Customer" }));
  await shot(page, "2-unify-merge");
}

/** Lab 3, relationships: how appointments and contacts lead to people. */
export async function relationships(page) {
  await nav(page, "Relationships");
  const add = async (name, [fromTable, fromColumn], [toTable, toColumn], one) => {
    await page.getByRole("button", { name: "New relationship" }).first().click();
    const panel = page.getByRole("dialog");
    await panel.getByLabel("From table").selectOption(fromTable);
    await panel.getByLabel("Column").first().selectOption(fromColumn);
    await panel.getByLabel("To table").selectOption(toTable);
    await panel.getByLabel("Column").last().selectOption(toColumn);
    if (one) await panel.getByRole("radio", { name: "One row refers to one" }).check();
    await panel.getByRole("textbox", { name: "Name" }).fill(name);
    await panel.getByRole("button", { name: "Add" }).click();
    await panel.waitFor({ state: "hidden" });
  };
  await add("FHIRAptPatient", ["AzureAPIforFHIR_Appointment", "patient.id"], ["AzureAPIforFHIR_Patient", "id"]);
  await add("DataversePatientToFHIRPatient", ["D365Patients_contact", "msemr_azurefhirid"], ["AzureAPIforFHIR_Patient", "id"], true);
  await add("FHIRAptToUnifiedCustomer", ["AzureAPIforFHIR_Appointment", "patient.id"], ["Customer", "id"]);
  await save(page);
  await page.getByRole("tab", { name: /picture|visual/i }).click();
  await seen(page.locator(".react-flow__node").filter({ hasText: "AzureAPIforFHIR_Appointment" }));
  await shot(page, "3-relationships");
}

/** Lab 3, activities: appointments on the timeline. */
export async function activities(page) {
  await nav(page, "Activities");
  await page.getByRole("button", { name: "New activity" }).first().click();
  await box(page, "Name").fill("patientAppointments");
  await page.getByLabel("Table").selectOption("AzureAPIforFHIR_Appointment");
  await page.getByLabel("Key", { exact: true }).selectOption("id");
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("checkbox", { name: /FHIRAptPatient/ }).first().check();
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByLabel("What happened *").selectOption("appointmentType.coding.code");
  await page.getByLabel("When it happened *").selectOption("start");
  await page.getByLabel("Additional detail", { exact: true }).selectOption("serviceType.coding.display");
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("combobox", { name: "Type" }).fill("Appointment");
  await page.keyboard.press("Tab");
  await seen(page.getByRole("region", { name: "Example timeline" }).getByText("110,527").first());
  await shot(page, "3-activity");
  await page.getByRole("button", { name: "Next" }).click();
  await save(page, /Save the activity/);
  await page.waitForURL(/\/activities\/patientAppointments/);
}

/** Lab 4, measures: appointments counted, missed ones counted, their share. */
export async function measures(page) {
  const begin = async (title, name) => {
    await nav(page, "Measures");
    await page.getByRole("button", { name: "New measure" }).click();
    await page.getByRole("menuitem").first().click();
    await page.getByRole("textbox", { name: "Title" }).fill(title);
    await page.getByRole("textbox", { name: "Name", exact: true }).fill(name);
  };
  const finish = async () => {
    await save(page, /^Save…$/);
    await page.waitForURL(/\/measures\/\w+$/);
  };
  const counted = async (title, name, status) => {
    await begin(title, name);
    await page.getByLabel("Function").selectOption("count_unique");
    await page.getByRole("button", { name: /^Attribute of/ }).click();
    await page.getByRole("combobox", { name: "Search attributes" }).fill("Appointment id");
    await page.getByRole("listbox", { name: "Attributes" }).getByRole("group", { name: /Appointment/ }).getByRole("option").first().click();
    if (status) {
      await page.getByRole("button", { name: "Add a condition to Filter" }).click();
      await condition(page, "Appointment status", "is", status);
      await page.getByRole("checkbox", { name: "ignore case" }).check();
    }
    await seen(page.getByRole("complementary", { name: "What it comes to now" }).getByText("62,299").first());
    if (status === "noshow") await shot(page, "4-measure");
    await finish();
  };
  const worked = async (title, name, expression, missing) => {
    await begin(title, name);
    await page.getByRole("button", { name: "Write an expression" }).click();
    await page.getByRole("textbox", { name: /^Expression of/ }).fill(expression);
    for (const one of missing) await page.getByRole("checkbox", { name: `In ${one} count a missing value as` }).check();
    await finish();
  };
  await counted("Total Appointments", "TotalAppointments");
  await counted("NoShow Appointments", "NoShowAppointments", "noshow");
  await counted("Cancelled Appointments", "CancelledAppointments", "cancelled");
  const [total, missed, cancelled] = ["Total Appointments", "NoShow Appointments", "Cancelled Appointments"];
  await worked("% No Show Appointments", "pct_no_show", "avg(Customer_Measure.NoShowAppointments / Customer_Measure.TotalAppointments) * 100", [missed, total]);
  await worked(
    "% Missed Appointments",
    "pct_missed",
    "max((Customer_Measure.NoShowAppointments + Customer_Measure.CancelledAppointments) / Customer_Measure.TotalAppointments) * 100",
    [missed, cancelled, total],
  );
  await runAll(page);
}

/** Lab 4, segments: who missed more than half, with the answer beside the question. */
export async function segments(page) {
  const build = async (title, name, attribute, value, count) => {
    await nav(page, "Segments");
    await page.getByRole("button", { name: "New segment" }).click();
    await page.getByRole("menuitem", { name: /^Build your own/ }).click();
    await box(page, "Title").fill(title);
    await page.getByRole("textbox", { name: "Name", exact: true }).fill(name);
    if ((await page.getByRole("button", { name: /^Attribute/ }).count()) === 0) await page.getByRole("button", { name: /^Add a condition/ }).first().click();
    await condition(page, attribute, "is greater than", value);
    const live = page.getByRole("complementary", { name: "What it does now" });
    await seen(live.getByText(count, { exact: true }));
    await shot(page, `4-segment-${name}`);
    await save(page, /^Save…$/);
    await page.waitForURL(/\/segments\/\w+$/);
  };
  await build("No Show over 50 percent", "NoShow50", "% No Show", "50", "9,157");
  await build("Missed over 50 percent", "Missed50", "% Missed", "50", "9,157");
  await runAll(page);
  await nav(page, "Segments");
  await seen(page.getByRole("row", { name: /No Show over 50 percent 9,157/ }));
  await shot(page, "4-segments");
}

/** Lab 5: activate. A connection, an export keyed on the contact id, a run, and counts that add up. */
export async function activate(page) {
  await nav(page, "Connections");
  await page.getByRole("button", { name: /New connection|Set up a connection/ }).or(page.getByRole("link", { name: /New connection|Set up a connection/ })).first().click();
  await page.getByRole("radio", { name: /folder/i }).check();
  await box(page, "Folder").fill("./out");
  await page.getByRole("button", { name: "Test the connection" }).click();
  await seen(page.getByText("It answers"));
  await shot(page, "5-connection");
  await page.getByRole("button", { name: "Save…" }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("OutFolder");
  await page.getByRole("dialog").getByRole("button", { name: "Save", exact: true }).click();
  await page.waitForURL(/\/connections\/OutFolder/);

  await nav(page, "Exports");
  await page.getByRole("button", { name: /New export|Set up an export/ }).or(page.getByRole("link", { name: /New export|Set up an export/ })).first().click();
  await page.getByRole("combobox", { name: "Connection" }).selectOption("OutFolder");
  await page.getByRole("checkbox", { name: "No Show over 50 percent" }).check();
  await page.getByRole("checkbox", { name: "Missed over 50 percent" }).check();
  await page.getByRole("button", { name: "Choose a column of Customer" }).click();
  await page.getByRole("combobox", { name: "Search attributes" }).fill("contactid");
  await page.getByRole("listbox", { name: "Attributes" }).getByRole("option", { name: /contactid$/ }).first().click();
  await page.getByLabel("The receiver's name for it").fill("contactid");
  await shot(page, "5-export");
  await page.getByRole("button", { name: "Save…" }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("SegmentsToFolder");
  await page.getByRole("dialog").getByRole("button", { name: "Save", exact: true }).click();
  await page.waitForURL(/\/exports\/SegmentsToFolder/);
  await page.getByRole("button", { name: "Run now" }).click();
  await page.waitForURL(/\/system\/(jobs|runs)\//);
  await seen(page.getByText(/Completed/), 120_000);
  await shot(page, "5-run");
  await nav(page, "Exports");
  await page.getByRole("link", { name: "SegmentsToFolder" }).first().click();
  await seen(page.getByText(/5,585/));
  await seen(page.getByText(/3,572/));
  await shot(page, "5-deliveries");
}

/** Lab 5, the customer card: who somebody is and why they are in the segment. */
export async function card(page) {
  await nav(page, "Segments");
  await page.getByRole("link", { name: "No Show over 50 percent" }).first().click();
  await seen(page.getByText("9,157").first());
  await shot(page, "5-members");
  await nav(page, "Customers");
  await page.getByRole("searchbox", { name: "Search people" }).or(page.getByRole("textbox", { name: "Search people" })).fill("juliana santana");
  await seen(page.getByText(/Juliana Santana/).first());
  await shot(page, "5-customers");
  await page.getByRole("link", { name: /Juliana Santana/ }).first().click();
  await seen(page.getByRole("region", { name: "Timeline" }).getByText(/2016/).first());
  await page.getByRole("region", { name: "Segments" }).getByText("No Show over 50 percent").first().click();
  await seen(page.getByRole("region", { name: "Segments" }).getByText(/pct_no_show|% No Show/).first());
  await shot(page, "5-customer-card");
}
