/*
 * records: the ids of a profile by table, and by which rules its records were joined.
 *
 * Reads: GET customers/{id}/explain, when it is opened.
 */
import { Accordion, AccordionHeader, AccordionItem, AccordionPanel, makeStyles, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { seg } from "../../api/client";
import { useGet, useProject } from "../../api/hooks";
import type { CustomerExplained, ProfileView } from "../../api/types";
import { ErrorView, formatNumber, Loading, PageLink } from "../../parts";

const useStyles = makeStyles({
  list: { listStyle: "none", padding: 0, margin: 0 },
  row: { padding: "6px 0", borderBottom: `1px solid ${tokens.colorNeutralStroke3}`, overflowWrap: "anywhere" },
  code: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  soft: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
});

export function Records({ profile }: { profile: ProfileView }) {
  const [open, setOpen] = useState(false);
  const tables = new Set(profile.ids.map((one) => one.table)).size;
  return (
    <Accordion collapsible onToggle={(_, data) => setOpen(data.openItems.length > 0)}>
      <AccordionItem value="records">
        <AccordionHeader size="small" as="h3">
          Ids: {formatNumber(tables, 0)} {tables === 1 ? "table" : "tables"}, {formatNumber(profile.ids.length, 0)} {profile.ids.length === 1 ? "record" : "records"}
        </AccordionHeader>
        <AccordionPanel>{open ? <Explained profile={profile} /> : null}</AccordionPanel>
      </AccordionItem>
    </Accordion>
  );
}

function Explained({ profile }: { profile: ProfileView }) {
  const styles = useStyles();
  const project = useProject();
  const answer = useGet<CustomerExplained>(project.p(`/customers/${seg(profile.customer_id)}/explain`), { staleTime: 60_000 });
  if (answer.isPending) return <Loading label="Looking at the records" />;
  if (answer.error) return <ErrorView problem={answer.error} retry={() => void answer.refetch()} />;
  return (
    <ul className={styles.list}>
      {answer.data.records.map((record) => (
        <li key={`${record.table}/${record.key}`} className={styles.row}>
          <PageLink to={project.to(`/tables/${seg(record.table)}?tab=data`)} state={{ search: record.key }}>{record.table}</PageLink>{" "}
          <code className={styles.code}>{record.key}</code>
          <div className={styles.soft}>
            {record.rule ? (
              <>
                joined by <PageLink to={project.to("/unify/match")}>{record.rule}</PageLink>
                {record.matched ? <> with {record.matched[0]} <code className={styles.code}>{record.matched[1]}</code></> : null}
                {record.score !== null && record.score !== undefined ? `, score ${formatNumber(record.score, 3)}` : ""}
              </>
            ) : "stands for itself"}
            {record.winner ? ", speaks for its table" : ", alternate: another record speaks for its table"}
          </div>
        </li>
      ))}
      <li className={styles.row}>
        CustomerId <code className={styles.code}>{profile.customer_id}</code>
        <div className={styles.soft}>
          profile {formatNumber(profile.profile_no, 0)} of run {profile.run}
          {profile.previous.length > 0 ? `, before: ${profile.previous.join(", ")}` : ""}
        </div>
      </li>
    </ul>
  );
}
