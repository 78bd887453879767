/*
 * Clusters: profiles that belong together though they are several people: households, by rules over the columns of Customer.
 */
import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { AddRegular, DeleteRegular, HomePersonRegular } from "@fluentui/react-icons";
import type { UnifyView } from "../../api/types";
import { NAME, useConfirm } from "../../parts";
import { LateInput } from "../sources/fields";
import { Rule } from "./Deduplicate";
import { clustersOf, withClusters, type Dict, type Merged } from "./model";

const useStyles = makeStyles({
  intro: { maxWidth: "720px", margin: "12px 0" },
  cluster: { marginBottom: "20px", display: "flex", flexDirection: "column", gap: "8px", maxWidth: "760px" },
  head: { display: "flex", gap: "8px", alignItems: "center", flexWrap: "wrap" },
  soft: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  actions: { display: "flex", gap: "8px", flexWrap: "wrap" },
});

export function Clusters({ value, columns, view, lists, canEdit, onChange }: { value: Dict; columns: Merged[]; view: UnifyView | undefined; lists: string[]; canEdit: boolean; onChange: (change: (value: Dict) => Dict, label: string) => void }) {
  const styles = useStyles();
  const confirm = useConfirm();
  const clusters = clustersOf(value);
  const put = (next: [string, Dict[]][], label: string) => onChange((old) => withClusters(old, next), label);
  const options = columns.map((column) => ({ name: column.name, type: view?.columns.find((one) => one.name === column.name)?.type ?? "text" }));
  const means = (type: RegExp) => columns.find((column) => type.test(column.semantic ?? view?.columns.find((one) => one.name === column.name)?.semantic ?? ""))?.name;
  const last = means(/^Person\.LastName$/);
  const address = means(/^Location\.Address/);
  const free = (wish: string) => {
    let name = wish;
    for (let count = 2; clusters.some(([one]) => one === name); count += 1) name = `${wish}${count}`;
    return name;
  };
  const household = last && address && !clusters.some(([name]) => name === "Household");
  return (
    <section aria-label="Households and other clusters">
      <p className={styles.intro}><Text>Profiles of one household stay people of their own; each gets the id of its cluster in a column of Customer. {clusters.length === 0 && !household ? "Map a last name and an address, and a household can be suggested." : ""}</Text></p>
      <fieldset disabled={!canEdit} style={{ border: "none", margin: 0, padding: 0, minWidth: 0 }}>
        {clusters.map(([name, rules], at) => {
          const set = (next: Dict[], label: string) => put(clusters.map((old, index) => (index === at ? [old[0], next] : old)), label);
          return (
            <section key={name} className={styles.cluster} aria-label={`Cluster ${name}`}>
              <div className={styles.head}>
                <span style={{ width: "220px" }}><LateInput label="Name of the cluster" value={name} onChange={(next) => { if (NAME.test(next) && !clusters.some(([other]) => other === next)) put(clusters.map((old, index) => (index === at ? [next, old[1]] : old)), "name of a cluster"); }} /></span>
                <span className={styles.soft}>column {name}_ClusterId</span>
                <Button size="small" appearance="subtle" icon={<DeleteRegular />} aria-label={`Remove the cluster ${name}`} onClick={() => void (async () => { if (await confirm({ title: `Remove ${name}?`, text: `Customer loses the column ${name}_ClusterId with the next run.`, action: "Remove" })) put(clusters.filter((_, index) => index !== at), "remove a cluster"); })()}>Remove</Button>
              </div>
              {rules.map((rule, index) => (
                <Rule key={index} rule={rule} at={index} columns={options} lists={lists} canEdit={canEdit} named={rules.length > 1} words="Together when they agree on"
                  onChange={(next, label) => set(rules.map((old, other) => (other === index ? next : old)), label)}
                  onRemove={rules.length > 1 ? () => set(rules.filter((_, other) => other !== index), "delete a rule") : undefined} />
              ))}
              <div><Button size="small" appearance="subtle" icon={<AddRegular />} onClick={() => set([...rules.map((rule, index) => ({ ...rule, name: rule.name ?? `${name}${index + 1}` })), { name: `${name}${rules.length + 1}`, when: [{ column: options[0]?.name ?? "" }] }], "add a rule")}>Or by another rule</Button></div>
            </section>
          );
        })}
        <div className={styles.actions}>
          {household ? <Button appearance="primary" icon={<HomePersonRegular />} onClick={() => put([...clusters, [free("Household"), [{ when: [{ column: last, normalize: ["lowercase", "ascii", "whitespace"] }, { column: address, normalize: ["address"] }] }]]], "add a household")}>Suggested: households by {last} and {address}</Button> : null}
          <Button icon={<AddRegular />} disabled={options.length === 0} onClick={() => put([...clusters, [free("Cluster"), [{ when: [{ column: options[0]?.name ?? "" }] }]]], "add a cluster")}>Add a cluster</Button>
        </div>
      </fieldset>
    </section>
  );
}
