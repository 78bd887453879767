/* ChooseTables: the tables with people in them, ticked; those that go say what goes with them. */
import { Button, Checkbox, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, DialogTrigger, makeStyles, SearchBox, Text, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { formatNumber } from "../../parts";
import type { Known } from "./model";

const useStyles = makeStyles({
  list: { display: "flex", flexDirection: "column", maxHeight: "400px", overflowY: "auto", marginTop: "8px" },
  row: { display: "flex", alignItems: "center", justifyContent: "space-between" },
  rows: { color: tokens.colorNeutralForeground2, fontVariantNumeric: "tabular-nums" },
});

export function ChooseTables({ known, chosen, disabled, onChoose }: { known: Known[]; chosen: string[]; disabled: boolean; onChoose: (names: string[]) => void }) {
  const styles = useStyles();
  const [names, setNames] = useState<string[]>(chosen);
  const [search, setSearch] = useState("");
  const gone = chosen.filter((name) => !names.includes(name));
  const all = [...known.map((table) => table.name), ...chosen.filter((name) => !known.some((table) => table.name === name))];
  return (
    <Dialog onOpenChange={(_, data) => { if (data.open) setNames(chosen); }}>
      <DialogTrigger disableButtonEnhancement><Button disabled={disabled} appearance={chosen.length === 0 ? "primary" : "secondary"} size={chosen.length === 0 ? "medium" : "small"}>Choose tables…</Button></DialogTrigger>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Which tables hold people?</DialogTitle>
          <DialogContent>
            <Text>One row a person. Orders, visits and appointments are activities and belong elsewhere.</Text>
            <SearchBox placeholder="Find a table" aria-label="Find a table" value={search} onChange={(_, data) => setSearch(data.value)} />
            <div className={styles.list}>
              {all.filter((name) => name.toLowerCase().includes(search.toLowerCase())).map((name) => {
                const rows = known.find((table) => table.name === name)?.rows ?? null;
                return (
                  <div key={name} className={styles.row}>
                    <Checkbox label={name} checked={names.includes(name)} onChange={(_, data) => setNames(data.checked === true ? [...names, name] : names.filter((other) => other !== name))} />
                    <span className={styles.rows}>{rows === null ? "not read yet" : `${formatNumber(rows)} rows`}</span>
                  </div>
                );
              })}
            </div>
            {gone.length > 0 ? <Text size={200}>{gone.join(", ")} {gone.length === 1 ? "goes" : "go"}, with match rules and merged columns that name {gone.length === 1 ? "it" : "them"}.</Text> : null}
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement><Button>Cancel</Button></DialogTrigger>
            <DialogTrigger disableButtonEnhancement><Button appearance="primary" disabled={names.length === 0} onClick={() => onChoose([...chosen.filter((name) => names.includes(name)), ...names.filter((name) => !chosen.includes(name))])}>Take these</Button></DialogTrigger>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
