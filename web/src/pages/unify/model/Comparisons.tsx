/*
 * Comparisons: what the definition states to be compared: fields, and levels of nearness from the nearest on.
 *
 * Invariants: a test made of several others stays as it was written; the YAML changes it.
 */
import { Button, Dropdown, Field, Input, makeStyles, Option, Select, SpinButton, Switch, Text, tokens } from "@fluentui/react-components";
import { AddRegular, ArrowDownRegular, ArrowUpRegular, DeleteRegular } from "@fluentui/react-icons";
import type { Value } from "../../../api/types";
import { LateInput } from "../../sources/fields";
import { list, record, text } from "../../sources/steps";
import { freeName, type Dict } from "../model";
import { isPlain, makeTest, TESTS, testTitle, testWord } from "./linkage";

const useStyles = makeStyles({
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "8px 0" },
  intro: { maxWidth: "760px" },
  one: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, padding: "12px", marginBottom: "12px", display: "flex", flexDirection: "column", gap: "8px" },
  line: { display: "flex", gap: "8px", alignItems: "flex-end", flexWrap: "wrap" },
  grow: { flex: "1 1 180px", minWidth: 0 },
  levels: { listStyle: "none", margin: 0, padding: "0 0 0 12px", borderLeft: `3px solid ${tokens.colorBrandStroke1}`, display: "flex", flexDirection: "column", gap: "6px" },
  level: { display: "flex", gap: "8px", alignItems: "center", flexWrap: "wrap" },
  number: { width: "92px" },
  share: { width: "88px" },
  soft: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
});

export function ComparisonsForm({ model, fields, canEdit, onChange }: { model: Dict; fields: string[]; canEdit: boolean; onChange: (comparisons: Value[]) => void }) {
  const styles = useStyles();
  const all = list(model.comparisons).map(record);
  const set = (at: number, next: Dict) => onChange(all.map((old, index) => (index === at ? next : old)));
  const free = fields.find((name) => !all.some((one) => text(one.name) === name));
  return (
    <section aria-label="Stated comparisons">
      <h3 className={styles.heading}>In the definition</h3>
      {all.length === 0 ? <p className={styles.intro}><Text size={200}>Nothing is stated: each run chooses comparisons that fit the fields, and learns what their levels are worth. Comparisons stated here take the place of the chosen ones; shares that are left open are learned.</Text></p> : null}
      <fieldset disabled={!canEdit} style={{ border: "none", padding: 0, margin: 0, minWidth: 0 }}>
        {all.map((one, at) => <Comparison key={at} one={one} fields={fields} canEdit={canEdit} onChange={(next) => set(at, next)} onRemove={() => onChange(all.filter((_, index) => index !== at))} />)}
        <Button size="small" icon={<AddRegular />} disabled={fields.length === 0} onClick={() => onChange([...all, { name: freeName(all, free ?? fields[0] ?? ""), fields: [free ?? fields[0] ?? ""], levels: [{ test: "exact", term_frequency: 1 }, { test: { jaro_winkler: 0.92 } }, { test: "else" }] }])}>Add a comparison</Button>
      </fieldset>
    </section>
  );
}

function Comparison({ one, fields, canEdit, onChange, onRemove }: { one: Dict; fields: string[]; canEdit: boolean; onChange: (next: Dict) => void; onRemove: () => void }) {
  const styles = useStyles();
  const name = text(one.name);
  const chosen = list(one.fields).map(text);
  const levels = list(one.levels).map(record);
  const setLevels = (next: Dict[]) => onChange({ ...one, levels: next });
  const move = (at: number, by: number) => {
    const next = [...levels];
    next.splice(at + by, 0, ...next.splice(at, 1));
    setLevels(next);
  };
  const last = levels.length - (testWord(levels.at(-1)?.test) === "else" ? 1 : 0);
  return (
    <section className={styles.one} aria-label={`Comparison ${name} of the definition`}>
      <div className={styles.line}>
        <Field label="Comparison" className={styles.grow}><LateInput value={name} onChange={(next) => { if (next.trim() !== "") onChange({ ...one, name: next.trim() }); }} /></Field>
        <Field label="Fields, the main one first" className={styles.grow}>
          <Dropdown multiselect disabled={!canEdit} selectedOptions={chosen} value={chosen.join(", ")} placeholder={name} style={{ minWidth: 0 }} onOptionSelect={(_, data) => onChange({ ...one, fields: data.selectedOptions })}>
            {[...new Set([...fields, ...chosen])].map((field) => <Option key={field} value={field}>{field}</Option>)}
          </Dropdown>
        </Field>
        <Button appearance="subtle" icon={<DeleteRegular />} aria-label={`Remove the comparison ${name}`} onClick={onRemove} />
      </div>
      <ol className={styles.levels} aria-label={`Levels of ${name}, nearest first`}>
        {levels.map((level, at) => {
          const word = testWord(level.test);
          const put = (part: Dict) => setLevels(levels.map((old, index) => (index === at ? { ...old, ...part } : old)));
          return (
            <li key={at} className={styles.level}>
              <Test test={level.test} label={`level ${at + 1} of ${name}`} onChange={(test) => put({ test })} />
              <ShareInput label={`m of level ${at + 1} of ${name}`} title="m" value={level.m} onChange={(m) => { const { m: _m, ...rest } = level; setLevels(levels.map((old, index) => (index === at ? (m === null ? rest : { ...old, m }) : old))); }} />
              <ShareInput label={`u of level ${at + 1} of ${name}`} title="u" value={level.u} onChange={(u) => { const { u: _u, ...rest } = level; setLevels(levels.map((old, index) => (index === at ? (u === null ? rest : { ...old, u }) : old))); }} />
              {word === "else" ? null : (
                <>
                  <Switch label="rare counts more" checked={typeof level.term_frequency === "number" && level.term_frequency > 0} onChange={(_, data) => { const { term_frequency: _t, ...rest } = level; setLevels(levels.map((old, index) => (index === at ? (data.checked ? { ...old, term_frequency: 1 } : rest) : old))); }} />
                  <Button size="small" appearance="subtle" icon={<ArrowUpRegular />} aria-label={`Move level ${at + 1} of ${name} up`} disabled={at === 0} onClick={() => move(at, -1)} />
                  <Button size="small" appearance="subtle" icon={<ArrowDownRegular />} aria-label={`Move level ${at + 1} of ${name} down`} disabled={at >= last - 1} onClick={() => move(at, 1)} />
                  <Button size="small" appearance="subtle" icon={<DeleteRegular />} aria-label={`Remove level ${at + 1} of ${name}`} disabled={last === 1} onClick={() => setLevels(levels.filter((_, index) => index !== at))} />
                </>
              )}
            </li>
          );
        })}
      </ol>
      <div><Button size="small" appearance="subtle" icon={<AddRegular />} onClick={() => setLevels([...levels.slice(0, last), { test: { levenshtein: 2 } }, ...levels.slice(last)])}>Add a level</Button></div>
    </section>
  );
}

/** One test with its limit; a test made of others is shown in words. */
function Test({ test, label, onChange }: { test: Value | undefined; label: string; onChange: (test: Value) => void }) {
  const styles = useStyles();
  const word = testWord(test);
  if (word === "else") return <span>anything else</span>;
  if (!isPlain(test)) return <span title="A test made of several: the YAML changes it.">{testTitle(test)}</span>;
  const kind = TESTS.find(([known]) => known === word)?.[2] ?? "";
  const limit = Number(typeof test === "string" ? 0 : text(record(test)[word]));
  return (
    <>
      <Select size="small" aria-label={`Test of ${label}`} value={word} onChange={(_, data) => onChange(makeTest(data.value))}>
        {TESTS.filter(([known]) => known !== "else").map(([known, title]) => <option key={known} value={known}>{title}</option>)}
      </Select>
      {kind === "" ? null : (
        <SpinButton size="small" className={styles.number} aria-label={`Limit of ${label}`} min={0} max={kind === "share" ? 1 : undefined} step={kind === "share" ? 0.01 : 1} precision={kind === "count" ? 0 : 2} value={limit}
          onChange={(_, data) => {
            const next = data.value ?? Number.parseFloat(data.displayValue ?? "");
            if (Number.isFinite(next)) onChange(makeTest(word, kind === "count" ? Math.max(0, Math.round(next)) : kind === "share" ? Math.min(1, Math.max(0, next)) : Math.max(0, next)));
          }} />
      )}
    </>
  );
}

/** A share that may be left to be learned. */
function ShareInput({ label, title, value, onChange }: { label: string; title: string; value: Value | undefined; onChange: (share: number | null) => void }) {
  const styles = useStyles();
  return (
    <label className={styles.soft}>
      {title} <Input size="small" className={styles.share} aria-label={label} placeholder="learned" key={text(value)} defaultValue={text(value)} inputMode="decimal" onBlur={(event) => {
        const typed = event.target.value.trim();
        const next = Number(typed);
        if (typed === text(value)) return;
        if (typed === "") onChange(null);
        else if (Number.isFinite(next) && next >= 0 && next <= 1) onChange(next);
        else event.target.value = text(value);
      }} />
    </label>
  );
}
