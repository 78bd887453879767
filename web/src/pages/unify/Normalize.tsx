/*
 * Normalize: what is done to values before they are compared: words of a list, some with a table or a country of their own.
 *
 * Invariants: the order stays as it was written; a word that is not known here stays visible and can be taken away.
 */
import { Dropdown, Field, makeStyles, Option, Select, tokens } from "@fluentui/react-components";
import type { Value } from "../../api/types";
import { list } from "../sources/steps";
import { NORMAL_WORDS, normalArgument, normalTitle, normalWord } from "./words";

const useStyles = makeStyles({
  box: { display: "flex", flexDirection: "column", gap: "6px", minWidth: 0, maxWidth: "100%" },
  more: { display: "flex", gap: "8px", alignItems: "center", flexWrap: "wrap", fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2 },
  about: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  option: { display: "flex", flexDirection: "column", minWidth: 0 },
});

let regions: [string, string][] | null = null;
/** Countries by name, as the browser knows them. */
function countries(): [string, string][] {
  if (regions) return regions;
  const names = new Intl.DisplayNames("en", { type: "region", fallback: "none" });
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  regions = letters
    .flatMap((first) => letters.map((second) => first + second))
    .filter((code) => !["EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"].includes(code))
    .flatMap((code): [string, string][] => {
      const name = names.of(code);
      return name ? [[code, name]] : [];
    })
    .sort((a, b) => a[1].localeCompare(b[1], "en"));
  return regions;
}

export function NormalizeField(props: { value: Value | undefined; tables: string[]; onChange: (entries: Value[]) => void; label?: string }) {
  const styles = useStyles();
  const entries = list(props.value);
  const chosen = entries.map(normalWord);
  const known = [...NORMAL_WORDS, ...chosen.filter((word) => !NORMAL_WORDS.some(([one]) => one === word)).map((word): [string, string, string] => [word, word, "not known"])];
  const choose = (words: string[]) =>
    props.onChange([
      ...entries.filter((entry) => words.includes(normalWord(entry))),
      ...words.filter((word) => !chosen.includes(word)).map((word): Value => (word === "alias" || word === "bypass" ? { [word]: props.tables[0] ?? "" } : word)),
    ]);
  const setArgument = (word: string, argument: string) => props.onChange(entries.map((entry): Value => (normalWord(entry) === word ? (argument === "" ? word : { [word]: argument }) : entry)));
  const argument = (word: string) => normalArgument(entries.find((entry) => normalWord(entry) === word) ?? "");
  return (
    <div className={styles.box}>
      <Field label={props.label ?? "Normalize"}>
        <Dropdown multiselect placeholder="as they are" selectedOptions={chosen} value={entries.map(normalTitle).join(", ")} onOptionSelect={(_, data) => choose(data.selectedOptions)} style={{ minWidth: "180px", maxWidth: "100%" }}>
          {known.map(([word, title, about]) => (
            <Option key={word} value={word} text={title}>
              <span className={styles.option}><span>{title}</span><span className={styles.about}>{about}</span></span>
            </Option>
          ))}
        </Dropdown>
      </Field>
      {chosen.includes("phone") ? (
        <label className={styles.more}>
          Country of numbers without a code
          <Select size="small" value={argument("phone")} onChange={(_, data) => setArgument("phone", data.value)}>
            <option value="">none: with and without a code differ</option>
            {countries().map(([code, name]) => <option key={code} value={code}>{name}</option>)}
          </Select>
        </label>
      ) : null}
      {(["alias", "bypass"] as const).filter((word) => chosen.includes(word)).map((word) => (
        <label key={word} className={styles.more}>
          {word === "alias" ? "Table with the columns value and canonical" : "Table whose first column never matches"}
          <Select size="small" value={argument(word)} onChange={(_, data) => setArgument(word, data.value)}>
            {props.tables.includes(argument(word)) ? null : <option value={argument(word)}>{argument(word) === "" ? "choose a table" : `${argument(word)} (not there)`}</option>}
            {props.tables.map((name) => <option key={name} value={name}>{name}</option>)}
          </Select>
        </label>
      ))}
    </div>
  );
}
