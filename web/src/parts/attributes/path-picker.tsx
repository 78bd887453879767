// PathPicker: by which relationships a related table leads to Customer.
//
// Flow: one way is said in words; more ways are a list to choose from.

import { Button, makeStyles, Popover, PopoverSurface, PopoverTrigger, Radio, RadioGroup, Text, tokens } from "@fluentui/react-components";
import { BranchRegular as PathRegular } from "@fluentui/react-icons";
import type { ReachableTable } from "../../api/types";
import { chain, type Scope, type UsedTable } from "./scope";

const useStyles = makeStyles({
  line: { display: "inline-flex", alignItems: "center", gap: "4px", color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, minHeight: "24px" },
  option: { display: "flex", flexDirection: "column" },
  soft: { color: tokens.colorNeutralForeground3 },
  surface: { maxWidth: "min(520px, calc(100vw - 32px))" },
});

export interface PathPickerProps {
  alias: string;
  used: UsedTable;
  table: ReachableTable | undefined;
  scope: Scope;
  onChange: (path: string[]) => void;
  disabled?: boolean;
}

/** The way of one related table, and the others to choose from. */
export function PathPicker({ alias, used, table, scope, onChange, disabled }: PathPickerProps) {
  const styles = useStyles();
  const ways = table?.paths ?? [];
  const key = (path: string[] | undefined) => (path ?? []).join("/");
  const now = ways.find((way) => key(way.relationships) === key(used.path)) ?? (used.path === undefined && ways.length === 1 ? ways[0] : undefined);
  const words = now ? chain(now.tables, scope) : used.path?.length ? used.path.join(" › ") : ways.length > 1 ? "choose how it leads to Customer" : used.table;
  if (ways.length <= 1 && now) {
    return (
      <span className={styles.line}>
        <PathRegular /> {alias}: {words}
      </span>
    );
  }
  return (
    <Popover positioning="below-start" trapFocus>
      <PopoverTrigger disableButtonEnhancement>
        <Button size="small" appearance="subtle" icon={<PathRegular />} disabled={disabled || ways.length === 0} aria-label={`Path of ${alias}: ${words}`}>
          {alias}: {words}
        </Button>
      </PopoverTrigger>
      <PopoverSurface className={styles.surface} aria-label={`How ${alias} leads to Customer`}>
        <PathList ways={ways} value={used.path} scope={scope} label={`How ${table?.title ?? alias} leads to Customer`} onChange={onChange} />
      </PopoverSurface>
    </Popover>
  );
}

/** The ways of a table as a list to choose one from. */
export function PathList({ ways, value, scope, label, onChange }: { ways: ReachableTable["paths"]; value: string[] | undefined; scope: Scope; label: string; onChange: (path: string[]) => void }) {
  const styles = useStyles();
  return (
    <RadioGroup
      value={(value ?? (ways.length === 1 ? ways[0]?.relationships : undefined) ?? []).join("/")}
      onChange={(_, data) => {
        const way = ways.find((one) => one.relationships.join("/") === data.value);
        if (way) onChange(way.relationships);
      }}
      aria-label={label}
    >
      {ways.map((way) => (
        <Radio
          key={way.relationships.join("/")}
          value={way.relationships.join("/")}
          label={
            <span className={styles.option}>
              <span>{chain(way.tables, scope)}</span>
              <Text size={200} className={styles.soft}>{way.relationships.length ? way.relationships.join(", then ") : "directly"}</Text>
            </span>
          }
        />
      ))}
    </RadioGroup>
  );
}
