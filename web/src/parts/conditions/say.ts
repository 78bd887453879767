// Say: a condition as people read it: `Status is noshow and Start is within the last 12 months`.
//
// Flow: text -> tree (server, several at once) -> words. What is an expression stays as it is written.
// Not here: editing (`ConditionBuilder`).

import { useMemo } from "react";
import { usePost, useProject } from "../../api/hooks";
import type { Condition, ConditionView } from "../../api/types";
import { columnOf, local, type Scope, type UsedTables } from "../attributes/scope";
import { formatTime, formatNumber } from "../show";
import { withList } from "./tree";
import { familyOf, months, needOf, weekDays, words } from "./operators";

/** Gives the words of conditions; a condition whose words are not known yet is its text. */
export function useSaid(texts: string[], used: UsedTables, scope: Scope): (text: string) => string {
  const project = useProject();
  const asked = useMemo(() => [...new Set(texts.map((one) => one.trim()).filter((one) => one !== "" && one !== "true"))].sort(), [texts.join("\u0000")]);
  const tables = useMemo(() => Object.fromEntries(Object.entries(used).map(([alias, one]) => [alias, one.table])), [JSON.stringify(used)]);
  const body = useMemo(() => asked.map((text) => ({ text, tables })), [asked, tables]);
  const answer = usePost<ConditionView[]>(asked.length > 0 ? project.p("/conditions") : null, body, { staleTime: 300_000, keep: false });
  return (text: string) => {
    const view = answer.data?.[asked.indexOf(text.trim())];
    return view?.tree ? sayTree(view.tree, scope, used, project.timeZone) : text;
  };
}

/** A tree in words. */
export function sayTree(given: Condition, scope: Scope, used: UsedTables, timeZone: string, inner = false): string {
  const node = withList(given);
  if (node.op === "text") return node.text ?? "";
  if (node.op === "and" || node.op === "or") {
    const said = (node.of ?? []).map((one) => sayTree(one, scope, used, timeZone, true)).join(` ${node.op} `);
    return inner ? `(${said})` : said;
  }
  const picked = columnOf(scope, node.column, used);
  const type = picked?.column.type;
  const name = picked ? picked.column.title || local(picked.table, picked.column) : (node.column ?? "");
  const operator = words(node.operator ?? "", type);
  const family = familyOf(type);
  const value = (one: unknown): string => (one === null || one === undefined ? "" : typeof one === "number" ? formatNumber(one) : family === "date" || family === "time" ? formatTime(String(one), timeZone) : String(one));
  const values = (node.values ?? []).map(value);
  const need = needOf(node.operator);
  if (need === "segment") return `${operator} ${values[0] ?? ""}`;
  if (need === "nothing") return `${name} ${operator}`;
  if (need === "span") return `${name} ${operator} ${values[0] ?? ""} ${node.unit ?? "day"}${values[0] === "1" ? "" : "s"}`;
  if (need === "two") return `${name} ${operator} ${values.join(" and ")}`;
  if (need === "part") {
    const list = (node.values ?? []).map((one) => (node.operator === "day_of_week" ? (weekDays[Number(one) - 1] ?? one) : node.operator === "month_of" ? (months[Number(one) - 1] ?? one) : one));
    return node.operator === "day_of_month" ? `${name} is on day ${list.join(" or ")} of the month` : `${name} ${operator} ${list.join(" or ")}`;
  }
  return `${name} ${operator} ${values.join(" or ")}`;
}
