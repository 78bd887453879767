/*
 * Pair: any two records explained, on a page of its own; which two is chosen here or comes along with the history of the browser.
 *
 * Invariants: no key of a record is in the address.
 */
import { Button, Field, Input, makeStyles, Select } from "@fluentui/react-components";
import { useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { useGet, useProject } from "../../api/hooks";
import type { RecordRef, UnifyView } from "../../api/types";
import { Empty, Loading, PageHead } from "../../parts";
import { Explained } from "./Explained";
import type { PairState } from "./sides";

const useStyles = makeStyles({
  form: { display: "flex", gap: "16px", flexWrap: "wrap", alignItems: "flex-end", marginBottom: "24px" },
  side: { display: "flex", gap: "8px", flexWrap: "wrap", alignItems: "flex-end", border: "none", padding: 0, margin: 0, minWidth: 0 },
  field: { minWidth: "160px" },
});

export default function Pair() {
  const styles = useStyles();
  const location = useLocation();
  const navigate = useNavigate();
  const { p, to } = useProject();
  const unify = useGet<UnifyView>(p("/unify"));
  const given = (location.state as PairState | null)?.pair ?? null;
  const tables = (unify.data?.tables ?? []).map((one) => one.table);
  return (
    <>
      <PageHead title="Two records" subtitle="why they are one person, or are not" crumbs={[{ title: "Review", to: "/review" }]} />
      {unify.isPending ? <Loading label="Loading the tables" /> : tables.length === 0 ? (
        <Empty title="Nothing is unified yet" text="Choose the tables with people in them and run; then any two of their records can be explained here." />
      ) : (
        <>
          <Choose key={given ? JSON.stringify(given) : ""} given={given} tables={tables} onChoose={(pair) => void navigate(to("/review/pair"), { state: { pair } satisfies PairState })} />
          {given ? <Explained pair={given} /> : <p>Choose two records by their tables and keys. You come here also from review, from matched pairs, and from a profile.</p>}
        </>
      )}
      <div className={styles.field} />
    </>
  );
}

function Choose({ given, tables, onChoose }: { given: PairState["pair"] | null; tables: string[]; onChoose: (pair: PairState["pair"]) => void }) {
  const styles = useStyles();
  const [a, setA] = useState<RecordRef>(given?.a ?? { table: tables[0] ?? "", key: "" });
  const [b, setB] = useState<RecordRef>(given?.b ?? { table: tables[1] ?? tables[0] ?? "", key: "" });
  const ready = a.key.trim() !== "" && b.key.trim() !== "";
  const side = (title: string, record: RecordRef, set: (record: RecordRef) => void) => (
    <fieldset className={styles.side} aria-label={title}>
      <Field label={`${title}: table`} className={styles.field}>
        <Select value={record.table} onChange={(_, data) => set({ ...record, table: data.value })}>
          {[...new Set([...tables, record.table])].map((name) => <option key={name} value={name}>{name}</option>)}
        </Select>
      </Field>
      <Field label={`${title}: key`} className={styles.field}><Input value={record.key} autoComplete="off" spellCheck={false} onChange={(_, data) => set({ ...record, key: data.value })} /></Field>
    </fieldset>
  );
  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); if (ready) onChoose({ a: { ...a, key: a.key.trim() }, b: { ...b, key: b.key.trim() } }); }}>
      {side("One record", a, setA)}
      {side("The other", b, setB)}
      <Button type="submit" appearance="primary" disabled={!ready}>Explain</Button>
    </form>
  );
}
