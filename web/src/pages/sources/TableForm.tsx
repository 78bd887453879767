/*
 * TableForm: a table of a source before its steps: key, where its rows are, its columns and their types.
 *
 * Writes: the table as in `tables:`, without its steps.
 */
import { Button, Field, Input, makeStyles, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger, Text, tokens } from "@fluentui/react-components";
import { AddRegular, ArrowDownRegular, ArrowUpRegular, DismissRegular } from "@fluentui/react-icons";
import { Fragment, useId } from "react";
import type { ProbedTable, Value } from "../../api/types";
import { commonColumns, FHIR_TYPES } from "./fhir";
import { LateInput, Pairs } from "./fields";
import { columnNames, viewColumns, withViewColumns, type SourceKind } from "./kinds";
import { TypeSelect } from "./StepForm";
import { record, text, TYPES } from "./steps";

const useStyles = makeStyles({
  form: { display: "flex", flexDirection: "column", gap: "12px" },
  table: { width: "100%", borderCollapse: "collapse", tableLayout: "fixed" },
  head: { textAlign: "left", fontWeight: tokens.fontWeightSemibold, fontSize: tokens.fontSizeBase200, padding: "4px" },
  cell: { padding: "2px" },
  tools: { display: "flex" },
  below: { padding: "0 2px 10px", fontFamily: tokens.fontFamilyMonospace },
});

type Table = { [key: string]: Value };

export function TableForm(props: { kind: SourceKind; table: Table; probed?: ProbedTable; known?: string[]; onChange: (table: Table) => void; keyError?: string; narrow?: boolean }) {
  const styles = useStyles();
  const { kind, table, onChange } = props;
  const listId = useId();
  const names = props.known ?? columnNames(table, props.probed);
  const put = (key: string, value: Value | undefined) => {
    const { [key]: _, ...rest } = table;
    onChange(value === undefined || value === "" ? rest : { ...table, [key]: value });
  };
  return (
    <div className={styles.form}>
      <Field label="Key" required hint="the column that tells rows apart, after the steps" validationMessage={props.keyError} validationState={props.keyError ? "error" : "none"}>
        <LateInput value={text(table.key)} list={listId} onChange={(key) => onChange({ ...table, key })} />
      </Field>
      <datalist id={listId}>{names.map((name) => <option key={name} value={name} />)}</datalist>
      {kind.name === "dataverse" ? (
        <Field label="Entity set" hint="the name at the source, where it differs from the table's"><LateInput value={text(table.entity)} onChange={(entity) => put("entity", entity)} /></Field>
      ) : null}
      {kind.name === "csv" || kind.name === "parquet" ? (
        <Field label="Files" hint="a pattern, such as orders-*.csv; empty for the file named like the table"><LateInput value={text(table.file)} onChange={(file) => put("file", file)} /></Field>
      ) : null}
      {kind.name === "fhir" ? <ViewColumns table={table} onChange={onChange} narrow={props.narrow} /> : <ColumnTypes table={table} names={names} put={(columns) => put("columns", columns)} />}
    </div>
  );
}

function ColumnTypes(props: { table: Table; names: string[]; put: (columns: Value | undefined) => void }) {
  const rows = Object.entries(record(props.table.columns)).map(([column, type]): [string, string] => [column, text(type)]);
  const listId = useId();
  return (
    <Field label="Types of columns" hint="where a look at the data would not tell; the others are found out by themselves">
      <div>
        <datalist id={listId}>{props.names.map((name) => <option key={name} value={name} />)}</datalist>
        <Pairs
          label="Types of columns"
          rows={rows}
          onChange={(next) => props.put(next.length === 0 ? undefined : Object.fromEntries(next))}
          key1={(row, set) => <LateInput label="Column" list={listId} value={row[0]} onChange={set} />}
          value={(row, set) => <TypeSelect label={`Type of ${row[0]}`} value={row[1]} types={TYPES} onChange={set} />}
          blank={() => [props.names.find((name) => !rows.some(([column]) => column === name)) ?? "column", "text"]}
          add="Another column"
        />
      </div>
    </Field>
  );
}

/** The columns of a FHIR view: name, path, type. */
export function ViewColumns({ table, onChange, narrow }: { table: Table; onChange: (table: Table) => void; narrow?: boolean }) {
  const styles = useStyles();
  const columns = viewColumns(table);
  const resource = text(record(table.view).resource);
  if (columns === null || record(table.view).file !== undefined)
    return <Text size={200}>This view is in a file, or has more than one list of columns. Change it in the YAML.</Text>;
  const write = (next: typeof columns) => onChange(withViewColumns(table, next));
  const put = (at: number, part: Partial<(typeof columns)[number]>) => write(columns.map((column, index) => (index === at ? { ...column, ...part } : column)));
  const move = (at: number, by: number) => {
    const next = [...columns];
    next.splice(at + by, 0, ...next.splice(at, 1));
    write(next);
  };
  const offered = commonColumns(resource).filter((column) => !columns.some((other) => other.name === column.name));
  return (
    <div className={styles.form}>
      <Field label="Resource"><Input value={resource} onChange={(_, data) => onChange({ ...table, view: { ...record(table.view), resource: data.value } })} /></Field>
      <table className={styles.table} aria-label={`Columns of ${resource}`}>
        <thead>
          <tr>
            <th className={styles.head} scope="col" style={narrow ? undefined : { width: "26%" }}>{narrow ? "Column, below it its FHIRPath" : "Column"}</th>
            {narrow ? null : <th className={styles.head} scope="col">FHIRPath</th>}
            <th className={styles.head} scope="col" style={{ width: "112px" }}>Type</th>
            <th className={styles.head} scope="col" style={{ width: "84px" }}><span className="visually-hidden">Actions</span></th>
          </tr>
        </thead>
        <tbody>
          {columns.map((column, at) => {
            const path = <LateInput label={`Path of ${column.name}`} value={column.path} onChange={(path) => put(at, { path })} />;
            return (
            <Fragment key={at}>
            <tr>
              <td className={styles.cell}><LateInput label={`Name of column ${at + 1}`} value={column.name} onChange={(name) => put(at, { name })} /></td>
              {narrow ? null : <td className={styles.cell}>{path}</td>}
              <td className={styles.cell}><FhirType label={`Type of ${column.name}`} value={column.type} onChange={(type) => put(at, { type })} /></td>
              <td className={styles.cell}>
                <span className={styles.tools}>
                  <Button size="small" appearance="subtle" icon={<ArrowUpRegular />} aria-label={`Move ${column.name} up`} disabled={at === 0} onClick={() => move(at, -1)} />
                  <Button size="small" appearance="subtle" icon={<ArrowDownRegular />} aria-label={`Move ${column.name} down`} disabled={at === columns.length - 1} onClick={() => move(at, 1)} />
                  <Button size="small" appearance="subtle" icon={<DismissRegular />} aria-label={`Remove ${column.name}`} onClick={() => write(columns.filter((_, index) => index !== at))} />
                </span>
              </td>
            </tr>
            {narrow ? <tr><td className={styles.below} colSpan={3}>{path}</td></tr> : null}
            </Fragment>
            );
          })}
        </tbody>
      </table>
      <div>
        <Menu>
          <MenuTrigger disableButtonEnhancement><Button size="small" icon={<AddRegular />}>Add a column</Button></MenuTrigger>
          <MenuPopover>
            <MenuList>
              {offered.map((column) => (
                <MenuItem key={column.name} secondaryContent={column.path} onClick={() => write([...columns, column])}>{column.name}</MenuItem>
              ))}
              <MenuItem onClick={() => write([...columns, { name: `column${columns.length + 1}`, path: "id", type: "" }])}>Another path</MenuItem>
            </MenuList>
          </MenuPopover>
        </Menu>
      </div>
    </div>
  );
}

function FhirType(props: { label: string; value: string; onChange: (type: string) => void }) {
  return <TypeSelect label={props.label} types={["", ...FHIR_TYPES]} value={props.value} onChange={props.onChange} />;
}
