// time-zone: a time zone, found by typing.
import { Combobox, Field, Option } from "@fluentui/react-components";
import { useMemo, useState } from "react";

/** All zones the browser knows, UTC first. */
const zones = (): string[] => ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];

/** Whether a zone is known. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return zone !== "";
  } catch {
    return false;
  }
}

/** A field for a time zone. */
export function TimeZoneField({ value, onChange, label = "Time zone", hint, disabled }: { value: string; onChange: (zone: string) => void; label?: string; hint?: string; disabled?: boolean }) {
  const all = useMemo(zones, []);
  const [text, setText] = useState<string | null>(null);
  const words = (text ?? "").toLowerCase().replaceAll(" ", "_");
  const found = text === null ? all : all.filter((zone) => zone.toLowerCase().includes(words));
  return (
    <Field label={label} hint={hint} validationState={isZone(value) ? "none" : "error"} validationMessage={isZone(value) ? undefined : "Choose a zone like Europe/Berlin."}>
      <Combobox
        freeform
        disabled={disabled}
        value={text ?? value}
        selectedOptions={[value]}
        onInput={(event) => setText(event.currentTarget.value)}
        onOptionSelect={(_, data) => {
          if (data.optionValue) onChange(data.optionValue);
          setText(null);
        }}
        onBlur={() => {
          if (text !== null && isZone(text)) onChange(text);
          setText(null);
        }}
      >
        {found.slice(0, 60).map((zone) => <Option key={zone} value={zone}>{zone}</Option>)}
      </Combobox>
    </Field>
  );
}
