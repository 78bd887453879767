/*
 * Custom: tables of pairs that always or never are one person, whatever rules and the model say.
 */
import { Accordion, AccordionHeader, AccordionItem, AccordionPanel, Dropdown, Field, makeStyles, Option, Text, tokens } from "@fluentui/react-components";
import { WarningRegular } from "@fluentui/react-icons";
import { pairTables, withMatch, type Dict, type Known } from "./model";

const useStyles = makeStyles({
  box: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, marginTop: "12px" },
  form: { display: "flex", flexDirection: "column", gap: "12px", padding: "0 4px 12px" },
  needs: { color: tokens.colorPaletteDarkOrangeForeground1, display: "flex", gap: "4px", alignItems: "center", fontSize: tokens.fontSizeBase200 },
});

/** The columns such a table must have, each by one of its names. */
const COLUMNS = [["table1", "entity1"], ["table1key", "key1", "entity1key"], ["table2", "entity2"], ["table2key", "key2", "entity2key"]];

/** Whether a table can say pairs; unknown columns are given the benefit of the doubt. */
const fits = (table: Known | undefined): boolean => {
  const names = (table?.columns ?? []).map((column) => column.name.toLowerCase());
  return names.length === 0 || COLUMNS.every((known) => known.some((name) => names.includes(name)));
};

export function CustomMatch({ value, known, canEdit, onChange }: { value: Dict; known: Known[]; canEdit: boolean; onChange: (change: (value: Dict) => Dict, label: string) => void }) {
  const styles = useStyles();
  const count = pairTables(value, "always").length + pairTables(value, "never").length;
  const field = (which: "always" | "never", label: string, hint: string) => {
    const chosen = pairTables(value, which);
    const all = [...new Set([...known.filter((table) => fits(table) && table.columns.length > 0).map((table) => table.name), ...chosen])];
    const bad = chosen.filter((name) => !fits(known.find((table) => table.name === name)));
    return (
      <Field label={label} hint={hint}>
        <Dropdown multiselect disabled={!canEdit} placeholder={all.length === 0 ? "no table has such columns yet" : "none"} selectedOptions={chosen} value={chosen.join(", ")}
          onOptionSelect={(_, data) => onChange((old) => withMatch(old, { [which]: data.selectedOptions.length === 1 ? (data.selectedOptions[0] ?? []) : data.selectedOptions }), `${which} match`)}>
          {all.map((name) => <Option key={name} value={name}>{name}</Option>)}
        </Dropdown>
        {bad.map((name) => <span key={name} className={styles.needs}><WarningRegular aria-hidden />{name} lacks one of Table1, Table1Key, Table2, Table2Key.</span>)}
      </Field>
    );
  };
  return (
    <Accordion collapsible className={styles.box} defaultOpenItems={count > 0 ? ["custom"] : []}>
      <AccordionItem value="custom">
        <AccordionHeader as="h2" size="small">Always and never{count > 0 ? ` (${count} ${count === 1 ? "table" : "tables"})` : ""}</AccordionHeader>
        <AccordionPanel>
          <div className={styles.form}>
            <Text size={200}>Tables of a source with the columns Table1, Table1Key, Table2, Table2Key: each row names two records. Never beats always; both beat rules and the model. What is decided in review beats both.</Text>
            {field("always", "Always one person", "pairs that are joined whatever the rules say")}
            {field("never", "Never one person", "pairs that are kept apart whatever the rules say")}
          </div>
        </AccordionPanel>
      </AccordionItem>
    </Accordion>
  );
}
