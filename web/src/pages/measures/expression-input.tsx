/*
 * expression-input: an expression as text, with attributes and functions to put in where the cursor is.
 */
import { Button, makeStyles, Menu, MenuButton, MenuDivider, MenuItem, MenuList, MenuPopover, MenuTrigger, Textarea, tokens } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons";
import { useRef } from "react";
import { AttributePicker } from "../../parts/attributes/attribute-picker";
import type { Picked, Scope } from "../../parts/attributes/scope";
import { aggregates, functions, type Fn } from "./functions";

const useStyles = makeStyles({
  whole: { display: "flex", flexDirection: "column", gap: "4px", width: "100%" },
  area: { fontFamily: tokens.fontFamilyMonospace, width: "100%" },
  tools: { display: "flex", gap: "4px", flexWrap: "wrap" },
});

export interface ExpressionInputProps {
  value: string;
  onChange: (value: string) => void;
  /** A picked column as it is written here; sees to `tables:`. */
  write: (picked: Picked, label: string) => string;
  scope: Scope;
  label: string;
  placeholder?: string;
  disabled?: boolean;
  /** Whether functions over many rows are offered. */
  many?: boolean;
  rows?: number;
}

export function ExpressionInput({ value, onChange, write, scope, label, placeholder, disabled, many, rows }: ExpressionInputProps) {
  const styles = useStyles();
  const area = useRef<HTMLTextAreaElement>(null);
  const insert = (text: string) => {
    const from = area.current?.selectionStart ?? value.length;
    const to = area.current?.selectionEnd ?? value.length;
    const chosen = value.slice(from, to);
    const clean = text.includes("|") ? text.replace("|", chosen) : text;
    onChange(value.slice(0, from) + clean + value.slice(to));
    const cursor = from + (text.includes("|") ? text.indexOf("|") + chosen.length : clean.length);
    requestAnimationFrame(() => {
      area.current?.focus();
      area.current?.setSelectionRange(cursor, cursor);
    });
  };
  const item = (fn: Fn) => <MenuItem key={fn.name} secondaryContent={fn.gives} onClick={() => insert(fn.insert)}>{fn.name}</MenuItem>;
  return (
    <div className={styles.whole}>
      <Textarea className={styles.area} textarea={{ ref: area, className: styles.area, spellCheck: false, rows: rows ?? 3 }} resize="vertical" value={value} disabled={disabled} aria-label={label} placeholder={placeholder} onChange={(_, data) => onChange(data.value)} />
      {disabled ? null : (
        <div className={styles.tools}>
          <AttributePicker scope={scope} label="Attribute" onPick={(picked) => insert(write(picked, "expression"))} trigger={<Button size="small" appearance="subtle" icon={<AddRegular />}>Insert an attribute</Button>} />
          <Menu>
            <MenuTrigger disableButtonEnhancement><MenuButton size="small" appearance="subtle" icon={<AddRegular />}>Insert a function</MenuButton></MenuTrigger>
            <MenuPopover>
              <MenuList>
                {many ? aggregates.map(item) : null}
                {many ? <MenuDivider /> : null}
                {functions.map(item)}
              </MenuList>
            </MenuPopover>
          </Menu>
        </div>
      )}
    </div>
  );
}
