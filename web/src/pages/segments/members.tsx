/*
 * members: the people of a segment as rows, to look through, search and download.
 *
 * Reads: POST tables/{segment}/rows.
 */
import { Button, makeStyles, SearchBox, tokens } from "@fluentui/react-components";
import { ArrowDownloadRegular } from "@fluentui/react-icons";
import { useCallback, useState } from "react";
import { useNavigate } from "react-router";
import { api, seg } from "../../api/client";
import { usePost, useProject } from "../../api/hooks";
import type { RowsView } from "../../api/types";
import { Empty, ErrorView, formatNumber, Loading, VirtualRows } from "../../parts";
import { useLater } from "../../parts/attributes/values";

const useStyles = makeStyles({
  head: { display: "flex", gap: "8px", alignItems: "center", flexWrap: "wrap", marginBottom: "8px" },
  heading: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: 0, marginRight: "auto" },
  search: { width: "280px" },
});

export function Members({ segment, run }: { segment: string; run: string }) {
  const styles = useStyles();
  const project = useProject();
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const search = useLater(typed, 250);
  const path = project.p(`/tables/${seg(segment)}/rows`);
  const first = usePost<RowsView>(path, { search, limit: 1 }, { staleTime: 30_000 });
  const load = useCallback(async (offset: number, limit: number, signal: AbortSignal) => (await api.post<RowsView>(path, { search, offset, limit }, { signal })).rows, [path, search]);
  const columns = first.data?.columns ?? [];
  const id = columns.findIndex((one) => one.name === "CustomerId");
  const total = first.data?.total ?? null;
  return (
    <section aria-label="Members">
      <div className={styles.head}>
        <h2 className={styles.heading}>Members{total !== null ? ` (${formatNumber(total, 0)}${search ? " found" : ""})` : ""}</h2>
        <SearchBox className={styles.search} placeholder="Search members" value={typed} onChange={(_, data) => setTyped(data.value)} input={{ "aria-label": "Search members" }} />
        <Button as="a" href={project.p(`/tables/${seg(segment)}/download?format=csv`)} download={`${segment}.csv`} icon={<ArrowDownloadRegular />}>Download CSV</Button>
      </div>
      {first.isPending ? <Loading label="Loading members" /> : null}
      {first.error ? <ErrorView problem={first.error} retry={() => void first.refetch()} /> : null}
      {first.data && total === 0 ? <Empty title={search ? "Nobody is found" : "Nobody is in it"} text={search ? "No member holds this text." : "No profile met the rules in the last run. The builder shows what each rule keeps."} /> : null}
      {first.data && total !== 0 ? (
        <VirtualRows
          label="Members"
          columns={columns}
          source={[path, search, run]}
          total={total ?? 1000}
          load={load}
          height={400}
          onOpen={(row) => id >= 0 && navigate(project.to(`/customers/${seg(String(row[id]))}`))}
        />
      ) : null}
    </section>
  );
}
