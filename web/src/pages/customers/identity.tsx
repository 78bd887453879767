/*
 * identity: the merged values of a profile, each with the table it came from; a click shows the other candidates and how one was chosen.
 *
 * Reads: GET customers/{id}/explain and GET unify, when a value is clicked.
 */
import { Button, makeStyles, Popover, PopoverSurface, PopoverTrigger, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { seg } from "../../api/client";
import { useGet, useProject } from "../../api/hooks";
import type { CustomerExplained, FieldView, ProfileView, UnifyView } from "../../api/types";
import { ErrorView, Loading, PageLink, valueText } from "../../parts";

const useStyles = makeStyles({
  list: { margin: 0, padding: 0, listStyle: "none" },
  row: { display: "grid", gridTemplateColumns: "120px minmax(0, 1fr) auto", columnGap: "8px", alignItems: "center", minHeight: "36px", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, "@media (max-width: 480px)": { gridTemplateColumns: "88px minmax(0, 1fr)" } },
  label: { color: tokens.colorNeutralForeground3, overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  value: { overflowWrap: "anywhere" },
  source: { fontWeight: tokens.fontWeightRegular, color: tokens.colorNeutralForeground2, justifySelf: "end", minWidth: 0, "@media (max-width: 480px)": { gridColumn: "2", justifySelf: "start", paddingLeft: 0 } },
  surface: { maxWidth: "min(420px, calc(100vw - 32px))", display: "flex", flexDirection: "column", gap: "8px" },
  title: { fontWeight: tokens.fontWeightSemibold, margin: 0 },
  soft: { color: tokens.colorNeutralForeground3, margin: 0 },
  table: { borderCollapse: "collapse", "& td, & th": { textAlign: "start", padding: "4px 12px 4px 0", verticalAlign: "top", overflowWrap: "anywhere" } },
  more: { marginTop: "4px" },
});

/** How many values are shown before one asks for all. */
const few = 10;

export function Identity({ profile }: { profile: ProfileView }) {
  const styles = useStyles();
  const [all, setAll] = useState(false);
  const shown = all ? profile.fields : profile.fields.slice(0, few);
  // A column merged of several tables says only when it is explained which of them won.
  const project = useProject();
  const unsaid = profile.fields.some((field) => !field.source);
  const explained = useGet<CustomerExplained>(unsaid ? project.p(`/customers/${seg(profile.customer_id)}/explain`) : null, { staleTime: 60_000 });
  const sourceOf = (field: FieldView) => (field.patched ? `patched by ${field.patched.by}` : null) ?? field.source ?? explained.data?.values.find((one) => one.column === field.column)?.table ?? null;
  const waiting = unsaid && explained.isPending;
  return (
    <>
      <ul className={styles.list}>
        {shown.map((field) => <Value key={field.column} field={field} profile={profile} source={sourceOf(field) ?? (waiting ? "…" : "made by the run")} />)}
      </ul>
      {profile.fields.length > few ? <Button className={styles.more} size="small" appearance="transparent" onClick={() => setAll(!all)}>{all ? "Show fewer" : `Show ${profile.fields.length - few} more`}</Button> : null}
    </>
  );
}

function Value({ field, profile, source }: { field: FieldView; profile: ProfileView; source: string }) {
  const styles = useStyles();
  const project = useProject();
  const [open, setOpen] = useState(false);
  return (
    <li className={styles.row}>
      <span className={styles.label} title={field.semantic ? `${field.column} (${field.semantic})` : field.column}>{field.title}</span>
      <span className={styles.value}>{valueText(field.value, field.type, project.timeZone)}</span>
      <Popover open={open} onOpenChange={(_, data) => setOpen(data.open)} positioning="below-end" trapFocus withArrow>
        <PopoverTrigger disableButtonEnhancement>
          <Button size="small" appearance="subtle" className={styles.source} aria-label={`Where ${field.title} comes from: ${source}`}>
            {source}
          </Button>
        </PopoverTrigger>
        <PopoverSurface className={styles.surface} aria-label={`Where ${field.title} comes from`}>
          {open ? <Origin field={field} profile={profile} /> : null}
        </PopoverSurface>
      </Popover>
    </li>
  );
}

const policies: Record<string, string> = {
  importance: "By importance: the first table in rank that has a value wins.",
  most_recent: "The most recent record that has a value wins.",
  least_recent: "The oldest record that has a value wins.",
};

function Origin({ field, profile }: { field: FieldView; profile: ProfileView }) {
  const styles = useStyles();
  const project = useProject();
  const explained = useGet<CustomerExplained>(project.p(`/customers/${seg(profile.customer_id)}/explain`), { staleTime: 60_000 });
  const unify = useGet<UnifyView>(project.p("/unify"), { staleTime: 60_000 });
  if (explained.isPending) return <Loading label="Looking at the records" />;
  if (explained.error) return <ErrorView problem={explained.error} retry={() => void explained.refetch()} />;
  const origin = explained.data.values.find((one) => one.column === field.column);
  const rule = unify.data?.columns.find((one) => one.name === field.column);
  return (
    <>
      <p className={styles.title}>{field.title}</p>
      {field.patched ? <p className={styles.soft}>{field.patched.by} laid it over what sources say at {valueText(field.patched.at, "date-time", project.timeZone)}; it holds until {valueText(field.patched.until, "date-time", project.timeZone)}.</p> : null}
      {field.patched ? null : !origin || origin.table === null ? <p className={styles.soft}>The run made it; no record holds it.</p> : (
        <table className={styles.table}>
          <tbody>
            <tr>
              <th scope="row">chosen</th>
              <td>{valueText(origin.value, field.type, project.timeZone)}</td>
              <td>
                <PageLink to={project.to(`/tables/${seg(origin.table)}?tab=data`)} state={{ search: origin.key }}>{origin.table}</PageLink>
                <div className={styles.soft}>record {origin.key}</div>
              </td>
            </tr>
            {origin.others.map(([table, value], index) => (
              <tr key={index}>
                <td className={styles.soft}>not chosen</td>
                <td>{value === null ? <span className={styles.soft}>no value</span> : valueText(value, field.type, project.timeZone)}</td>
                <td>{table}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {origin && origin.table !== null && origin.others.length === 0 ? <p className={styles.soft}>No other record has a value.</p> : null}
      {rule ? (
        <p className={styles.soft}>
          {policies[rule.policy] ?? rule.policy}
          {rule.from.length > 1 ? ` Rank: ${rule.from.map(([table]) => table).join(", then ")}.` : ""}
        </p>
      ) : null}
    </>
  );
}
