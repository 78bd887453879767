/*
 * Panel: a relationship made or changed: from where to where, how many to one; with a look at the types and at the data.
 *
 * Invariants: what is said of the data is counted in the published run, and says so when that is not possible.
 */
import { Button, DrawerBody, DrawerFooter, DrawerHeader, DrawerHeaderTitle, Field, Input, makeStyles, MessageBar, MessageBarBody, OverlayDrawer, Radio, RadioGroup, Select, Text } from "@fluentui/react-components";
import { DismissRegular } from "@fluentui/react-icons";
import { useMemo, useState } from "react";
import { usePost, useProject } from "../../api/hooks";
import type { GraphTable, RowsView } from "../../api/types";
import { formatNumber } from "../../parts";
import { ColumnSelect } from "../sources/fields";
import { isName } from "../sources/kinds";
import type { Ends } from "./model";

const useStyles = makeStyles({ form: { display: "flex", flexDirection: "column", gap: "12px" }, foot: { display: "flex", gap: "8px" } });

const ident = (name: string) => `"${name.replace(/"/g, '""')}"`;
const family = (type: string) => (/^(text|guid|json)/.test(type) ? "text" : /^(integer|number|decimal)/.test(type) ? "number" : type);

export interface PanelProps {
  tables: GraphTable[];
  /** The one that is changed; null for a new one. */
  old: { name: string; ends: Ends } | null;
  start?: Partial<Ends>;
  taken: string[];
  canEdit: boolean;
  warning: string | null;
  onClose: () => void;
  onTake: (name: string, ends: Ends) => void;
  onDelete: () => void;
}

export function Panel(props: PanelProps) {
  const styles = useStyles();
  const { tables, old } = props;
  const user = tables.filter((table) => table.kind === "user");
  const targets = [...user, ...tables.filter((table) => table.name === "Customer")];
  const [name, setName] = useState(old?.name ?? "");
  const [ends, setEnds] = useState<Ends>(old?.ends ?? { fromTable: "", fromColumn: "", toTable: "", toColumn: "", cardinality: "many_to_one", ...props.start });
  const of = (table: string) => tables.find((one) => one.name === table);
  const put = (part: Partial<Ends>) => setEnds({ ...ends, ...part });
  const wish = ends.fromTable && ends.toTable ? `${ends.fromTable.split("_").pop()}To${ends.toTable.split("_").pop()}` : "";
  const finalName = name === "" ? wish : name;
  const clash = props.taken.some((one) => one === finalName && one !== old?.name);
  const problem = !isName(finalName) ? "Use letters, digits and _, beginning with a letter." : clash ? "There is a relationship of this name." : null;
  const complete = ends.fromTable !== "" && ends.fromColumn !== "" && ends.toTable !== "" && ends.toColumn !== "";
  const types: [string | undefined, string | undefined] = [of(ends.fromTable)?.columns.find((one) => one.name === ends.fromColumn)?.type, of(ends.toTable)?.columns.find((one) => one.name === ends.toColumn)?.type];
  const mismatch = types[0] && types[1] && types[0] !== "any" && types[1] !== "any" && family(types[0]) !== family(types[1]);
  const column = (side: "from" | "to") => {
    const table = side === "from" ? ends.fromTable : ends.toTable;
    const known = of(table)?.columns ?? [];
    return <ColumnSelect label="Column" optional="choose" columns={known} value={side === "from" ? ends.fromColumn : ends.toColumn} onChange={(next) => put(side === "from" ? { fromColumn: next } : { toColumn: next })} />;
  };
  return (
    <OverlayDrawer open position="end" size="medium" onOpenChange={(_, data) => { if (!data.open) props.onClose(); }}>
      <DrawerHeader>
        <DrawerHeaderTitle action={<Button appearance="subtle" aria-label="Close" icon={<DismissRegular />} onClick={props.onClose} />}>{old ? old.name : "New relationship"}</DrawerHeaderTitle>
      </DrawerHeader>
      <DrawerBody>
        <fieldset disabled={!props.canEdit} style={{ border: "none", margin: 0, padding: 0, minWidth: 0 }}>
          <div className={styles.form}>
            <Field label="From table" hint="the table whose rows refer to another">
              <Select value={ends.fromTable} onChange={(_, data) => put({ fromTable: data.value, fromColumn: "" })}>
                <option value="">choose</option>
                {user.map((table) => <option key={table.name} value={table.name}>{table.name}</option>)}
              </Select>
            </Field>
            {column("from")}
            <Field label="To table" hint="the table referred to; it may be Customer">
              <Select value={ends.toTable} onChange={(_, data) => put({ toTable: data.value, toColumn: of(data.value)?.key ?? "" })}>
                <option value="">choose</option>
                {targets.map((table) => <option key={table.name} value={table.name}>{table.name}</option>)}
              </Select>
            </Field>
            {column("to")}
            <Field label="How many">
              <RadioGroup value={ends.cardinality} onChange={(_, data) => put({ cardinality: data.value as Ends["cardinality"] })}>
                <Radio value="many_to_one" label="Many rows refer to one" />
                <Radio value="one_to_one" label="One row refers to one" />
              </RadioGroup>
            </Field>
            <Field label="Name" required validationState={complete && problem ? "error" : "none"} validationMessage={complete && problem ? problem : undefined}>
              <Input value={name} placeholder={wish} onChange={(_, data) => setName(data.value)} />
            </Field>
            {mismatch ? <MessageBar intent="warning" layout="multiline"><MessageBarBody>{ends.fromColumn} is {types[0]}, {ends.toColumn} is {types[1]}: their values are never equal. Choose columns of one type, or change a type in the source.</MessageBarBody></MessageBar> : null}
            {props.warning ? <MessageBar intent="warning" layout="multiline"><MessageBarBody>{props.warning}</MessageBarBody></MessageBar> : null}
            {complete ? <DataCheck ends={ends} read={of(ends.fromTable)?.rows !== null && of(ends.toTable)?.rows !== null} /> : null}
          </div>
        </fieldset>
      </DrawerBody>
      <DrawerFooter>
        <div className={styles.foot}>
          <Button appearance="primary" disabled={!props.canEdit || !complete || problem !== null} onClick={() => props.onTake(finalName, ends)}>{old ? "Take the change" : "Add"}</Button>
          {old ? <Button disabled={!props.canEdit} onClick={props.onDelete}>Delete</Button> : null}
          <Button appearance="subtle" onClick={props.onClose}>Cancel</Button>
        </div>
      </DrawerFooter>
    </OverlayDrawer>
  );
}

/** How many rows refer to nothing, and where the cardinality does not hold. */
function DataCheck({ ends, read }: { ends: Ends; read: boolean }) {
  const { p } = useProject();
  const sql = useMemo(() => {
    const [from, to, a, b] = [ident(ends.fromTable), ident(ends.toTable), ident(ends.fromColumn), ident(ends.toColumn)];
    const twice = (table: string, column: string) => `(select count(*) from (select ${column} from ${table} where ${column} is not null group by ${column} having count(*) > 1) x)`;
    return `select (select count(*) from ${from}) as "rows", (select count(*) from ${from} where ${a} is null) as "empty", (select count(*) from ${from} f where f.${a} is not null and not exists (select 1 from ${to} t where t.${b} = f.${a})) as "lost", ${twice(to, b)} as "twice_to", ${twice(from, a)} as "twice_from"`;
  }, [ends.fromTable, ends.toTable, ends.fromColumn, ends.toColumn]);
  const check = usePost<RowsView>(read ? p("/query") : null, { sql, limit: 1 });
  if (!read) return <Text size={200}>These tables have not been read yet, so the data is not looked at.</Text>;
  if (check.isFetching) return <Text size={200} role="status">Looking at the data …</Text>;
  if (check.error) return <Text size={200}>The data could not be looked at: {check.error.detail ?? check.error.title}</Text>;
  const row = check.data?.rows[0]?.map(Number) ?? [];
  const [rows = 0, empty = 0, lost = 0, twiceTo = 0, twiceFrom = 0] = row;
  return (
    <>
      <Text size={200} role="status">
        {formatNumber(rows - empty - lost)} of {formatNumber(rows)} rows find their row{lost > 0 ? `; ${formatNumber(lost)} refer to nothing` : ""}{empty > 0 ? `; ${formatNumber(empty)} have no value` : ""}. As of the last run.
      </Text>
      {twiceTo > 0 ? <MessageBar intent="warning" layout="multiline"><MessageBarBody>{formatNumber(twiceTo)} values of {ends.toTable}.{ends.toColumn} stand in more than one row, so a row would refer to several. Choose a column whose values are unique.</MessageBarBody></MessageBar> : null}
      {ends.cardinality === "one_to_one" && twiceFrom > 0 ? <MessageBar intent="warning" layout="multiline"><MessageBarBody>{formatNumber(twiceFrom)} values of {ends.fromTable}.{ends.fromColumn} stand in more than one row: it is many to one.</MessageBarBody></MessageBar> : null}
    </>
  );
}
