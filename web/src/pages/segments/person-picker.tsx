/*
 * person-picker: find one person by name, e-mail or id.
 *
 * Invariants: what is typed goes out in the body of a question, never in an address.
 */
import { Combobox, makeStyles, Option, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { usePost, useProject } from "../../api/hooks";
import type { CustomerHit, SearchView } from "../../api/types";
import { valueText } from "../../parts";
import { useLater } from "../../parts/attributes/values";

const useStyles = makeStyles({
  box: { width: "100%", maxWidth: "400px" },
  option: { display: "flex", flexDirection: "column", minWidth: 0 },
  soft: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200, overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
});

export function PersonPicker({ label, onPick }: { label: string; onPick: (hit: CustomerHit | null) => void }) {
  const styles = useStyles();
  const project = useProject();
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState(false);
  const later = useLater(typed, 150);
  const answer = usePost<SearchView>(project.p("/customers/search"), { text: later, limit: 8 }, { enabled: open && later.trim() !== "", staleTime: 30_000 });
  const hits = later.trim() === "" ? [] : (answer.data?.hits ?? []);
  const about = (hit: CustomerHit) => hit.fields.slice(0, 3).map((field) => valueText(field.value, field.type, project.timeZone)).filter((text) => text !== "" && text !== hit.title).join(" · ");
  return (
    <Combobox
      className={styles.box}
      freeform
      aria-label={label}
      placeholder="Name, e-mail or id"
      value={typed}
      selectedOptions={[]}
      open={open && hits.length > 0}
      onOpenChange={(_, data) => setOpen(data.open)}
      onChange={(event) => {
        setTyped(event.target.value);
        setOpen(true);
        if (event.target.value === "") onPick(null);
      }}
      onOptionSelect={(_, data) => {
        const hit = hits.find((one) => one.customer_id === data.optionValue);
        if (!hit) return;
        setTyped(hit.title);
        onPick(hit);
      }}
    >
      {hits.map((hit) => (
        <Option key={hit.customer_id} value={hit.customer_id} text={hit.title}>
          <span className={styles.option}>
            <span>{hit.title}</span>
            <span className={styles.soft}>{about(hit)}</span>
          </span>
        </Option>
      ))}
    </Combobox>
  );
}
