/*
 * Normalize: what is done to values before they are compared; what is not possible yet is shown, and why.
 */
import { Dropdown, Field, Option } from "@fluentui/react-components";
import type { Value } from "../../api/types";
import { list, text } from "../sources/steps";

const NOW: [string, string][] = [
  ["lowercase", "small letters"],
  ["trim", "no spaces at the ends"],
  ["whitespace", "no spaces at all"],
  ["symbols", "no symbols"],
  ["digits", "digits only"],
];
const LATER: [string, string][] = [
  ["numerals", "numerals"], ["phone", "phone numbers"], ["name", "names"], ["address", "addresses"], ["organization", "organizations"], ["ascii", "Unicode to ASCII"], ["alias", "alias list"], ["bypass", "bypass list"],
];

export function NormalizeField(props: { value: Value | undefined; onChange: (words: string[]) => void; label?: string }) {
  const chosen = list(props.value).map(text);
  const words = chosen.map((word) => NOW.find(([known]) => known === word)?.[1] ?? word);
  return (
    <Field label={props.label ?? "Normalize"}>
      <Dropdown multiselect placeholder="as they are" selectedOptions={chosen} value={words.join(", ")} onOptionSelect={(_, data) => props.onChange(data.selectedOptions)} style={{ minWidth: "200px" }}>
        {NOW.map(([word, title]) => <Option key={word} value={word} text={title}>{title}</Option>)}
        {LATER.map(([word, title]) => <Option key={word} value={word} text={title} disabled>{`${title} (not possible yet)`}</Option>)}
      </Dropdown>
    </Field>
  );
}
