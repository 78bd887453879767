/*
 * Blocking: which pairs are compared at all: what each rule gave in the last run, and the rules that the definition states.
 */
import { Button, makeStyles, mergeClasses, Select, Text, tokens } from "@fluentui/react-components";
import { AddRegular, ArrowDownRegular, ArrowUpRegular, DeleteRegular, DismissRegular } from "@fluentui/react-icons";
import type { ModelView, Value } from "../../../api/types";
import { formatNumber, Num } from "../../../parts";
import { percent } from "../../review/words";
import { list, text } from "../../sources/steps";
import type { Dict } from "../model";
import { FORMS, partOf, pathOfPart } from "./linkage";

const useStyles = makeStyles({
  wrap: { overflowX: "auto" },
  table: { width: "100%", minWidth: "640px", borderCollapse: "collapse", fontVariantNumeric: "tabular-nums", "& th, & td": { padding: "4px 12px 4px 0", textAlign: "start", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, height: "36px" }, "& th[data-n], & td[data-n]": { textAlign: "end" }, "& thead th": { fontSize: tokens.fontSizeBase200, fontWeight: tokens.fontWeightRegular, color: tokens.colorNeutralForeground2 } },
  rule: { fontFamily: tokens.fontFamilyMonospace, fontWeight: tokens.fontWeightRegular, overflowWrap: "anywhere" },
  track: { position: "relative", height: "8px", minWidth: "80px", backgroundColor: tokens.colorNeutralBackground4, borderRadius: "2px", overflow: "hidden" },
  bar: { position: "absolute", top: 0, bottom: 0, left: 0, backgroundColor: tokens.colorNeutralStroke1Hover },
  fresh: { backgroundColor: tokens.colorBrandBackground },
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "24px 0 8px" },
  list: { listStyle: "none", margin: 0, padding: 0, display: "flex", flexDirection: "column", gap: "8px" },
  line: { display: "flex", gap: "8px", alignItems: "center", flexWrap: "wrap", border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, padding: "6px 10px" },
  part: { display: "inline-flex", gap: "4px", alignItems: "center" },
  spacer: { flexGrow: 1 },
  intro: { maxWidth: "760px" },
});

/** What the rules of the last run gave. */
export function BlockingFound({ view }: { view: ModelView }) {
  const styles = useStyles();
  const most = Math.max(1, ...view.blocking.map((one) => one.pairs ?? 0));
  const pairs = view.blocking.reduce((sum, one) => sum + (one.new_pairs ?? 0), 0);
  const all = view.records ? (view.records * (view.records - 1)) / 2 : null;
  return (
    <>
      <p className={styles.intro}>
        <Text size={200}>
          Records are compared when they agree in all parts of one rule.
          {view.blocking.length > 0 && all ? ` The rules gave ${formatNumber(pairs)} of ${formatNumber(all)} possible pairs (${percent(pairs / all)}).` : ""}
        </Text>
      </p>
      <div className={styles.wrap} tabIndex={0} role="region" aria-label="What blocking gave">
        <table className={styles.table}>
          <thead><tr><th scope="col">Equal in</th><th scope="col" data-n>pairs</th><th scope="col" aria-hidden /><th scope="col" data-n>new ones</th><th scope="col" data-n>left out</th><th scope="col" data-n>largest block</th><th scope="col" data-n>true pairs found</th></tr></thead>
          <tbody>
            {view.blocking.map((one) => (
              <tr key={one.rule}>
                <th scope="row" className={styles.rule}>{one.rule}</th>
                <td data-n><Num value={one.pairs} /></td>
                <td aria-hidden><div className={styles.track}><span className={styles.bar} style={{ width: `${(100 * (one.pairs ?? 0)) / most}%` }} /><span className={mergeClasses(styles.bar, styles.fresh)} style={{ width: `${(100 * (one.new_pairs ?? 0)) / most}%` }} /></div></td>
                <td data-n><Num value={one.new_pairs} /></td>
                <td data-n><Num value={one.cut_pairs} /></td>
                <td data-n><Num value={one.largest_block} />{one.largest_value ? <Text size={200} block>{one.largest_value}</Text> : null}</td>
                <td data-n>{percent(one.found)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** The rules that the definition states. */
export function BlockingForm({ model, fields, canEdit, onChange }: { model: Dict; fields: string[]; canEdit: boolean; onChange: (blocking: Value[]) => void }) {
  const styles = useStyles();
  const rules = list(model.blocking).map((rule) => list(rule).map(text));
  const put = (next: string[][]) => onChange(next.filter((rule) => rule.length > 0));
  const setRule = (at: number, rule: string[]) => put(rules.map((old, index) => (index === at ? rule : old)));
  const move = (at: number, by: number) => {
    const next = [...rules];
    next.splice(at + by, 0, ...next.splice(at, 1));
    put(next);
  };
  return (
    <section aria-label="Stated blocking">
      <h3 className={styles.heading}>In the definition</h3>
      {rules.length === 0 ? <p className={styles.intro}><Text size={200}>Nothing is stated: each run chooses the rules that find most true pairs for the pairs they cost, within the budget. Rules stated here take the place of the chosen ones.</Text></p> : null}
      <fieldset disabled={!canEdit} style={{ border: "none", padding: 0, margin: 0, minWidth: 0 }}>
        <ol className={styles.list}>
          {rules.map((rule, at) => (
            <li key={at} className={styles.line}>
              {rule.map((path, index) => {
                const [field, form] = partOf(path);
                const label = `rule ${at + 1}, part ${index + 1}`;
                const set = (next: string) => setRule(at, rule.map((old, other) => (other === index ? next : old)));
                return (
                  <span key={index} className={styles.part}>
                    {index > 0 ? "and" : null}
                    <Select size="small" aria-label={`Field of ${label}`} value={field} onChange={(_, data) => set(pathOfPart(data.value, form))}>
                      {[...new Set([...fields, field])].map((name) => <option key={name} value={name}>{name}</option>)}
                    </Select>
                    <Select size="small" aria-label={`What of it: ${label}`} value={form} onChange={(_, data) => set(pathOfPart(field, data.value))}>
                      {FORMS.some(([word]) => word === form) ? null : <option value={form}>{form}</option>}
                      {FORMS.map(([word, title]) => <option key={word} value={word}>{title}</option>)}
                    </Select>
                    <Button size="small" appearance="subtle" icon={<DismissRegular />} aria-label={`Remove ${label}`} onClick={() => setRule(at, rule.filter((_, other) => other !== index))} />
                  </span>
                );
              })}
              <Button size="small" appearance="subtle" icon={<AddRegular />} onClick={() => setRule(at, [...rule, fields.find((name) => !rule.some((path) => partOf(path)[0] === name)) ?? fields[0] ?? ""])}>and</Button>
              <span className={styles.spacer} />
              <Button size="small" appearance="subtle" icon={<ArrowUpRegular />} aria-label={`Move rule ${at + 1} up`} disabled={at === 0} onClick={() => move(at, -1)} />
              <Button size="small" appearance="subtle" icon={<ArrowDownRegular />} aria-label={`Move rule ${at + 1} down`} disabled={at === rules.length - 1} onClick={() => move(at, 1)} />
              <Button size="small" appearance="subtle" icon={<DeleteRegular />} aria-label={`Delete rule ${at + 1}`} onClick={() => put(rules.filter((_, index) => index !== at))} />
            </li>
          ))}
        </ol>
        <Button size="small" icon={<AddRegular />} style={{ marginTop: "8px" }} disabled={fields.length === 0} onClick={() => put([...rules, [fields[0] ?? ""]])}>Add a rule</Button>
      </fieldset>
    </section>
  );
}
