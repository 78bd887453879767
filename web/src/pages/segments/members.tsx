/*
 * members: the people of a segment as rows, to look through, search and download.
 *
 * Reads: POST tables/{segment}/rows.
 */
import { Button, makeStyles, SearchBox, tokens } from "@fluentui/react-components";
import { ArrowDownloadRegular } from "@fluentui/react-icons";
import { useCallback, useMemo, useState } from "react";
import { useNavigate } from "react-router";
import { api, seg } from "../../api/client";
import { usePost, useProject } from "../../api/hooks";
import type { ColumnView, RowsView } from "../../api/types";
import { Empty, ErrorView, formatNumber, Loading, VirtualRows } from "../../parts";
import { useLater } from "../../parts/attributes/values";
import { useReachable, type Scope } from "../../parts/conditions";

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
  const scope = useReachable();
  const first = usePost<RowsView>(path, { search, limit: 1 }, { staleTime: 30_000 });
  const columns = useMemo(() => inOrder(first.data?.columns ?? [], scope), [first.data?.columns, scope]);
  const names = columns.map((one) => one.name).join("\n");
  const load = useCallback(
    async (offset: number, limit: number, signal: AbortSignal) => (await api.post<RowsView>(path, { search, offset, limit, columns: names.split("\n") }, { signal })).rows,
    [path, search, names],
  );
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
          source={[path, search, run, names]}
          total={total ?? 1000}
          load={load}
          height={Math.min(400, (total ?? 1000) * 36 + 48)}
          onOpen={(row) => id >= 0 && navigate(project.to(`/customers/${seg(String(row[id]))}`))}
        />
      ) : null}
    </section>
  );
}

/** Names first, then what tells people apart, keys last; columns of the system left out. */
function inOrder(columns: ColumnView[], scope: Scope): ColumnView[] {
  const customer = scope.tables.find((table) => table.table === "Customer");
  const semantic = (name: string) => customer?.columns.find((one) => one.name === name)?.semantic ?? "";
  const rank = ({ name }: ColumnView) => {
    const meaning = semantic(name);
    if (/^Person\.(First|Full)/.test(meaning)) return 0;
    if (/^Person\.(Middle|Last)/.test(meaning)) return 1;
    if (meaning.startsWith("Identity.")) return 2;
    if (name === "CustomerId") return 9;
    if (/^(ID|AlternateKey)$/.test(meaning)) return 8;
    return meaning.startsWith("Person.") ? 3 : 4;
  };
  return columns
    .filter(({ name }) => !/^(profile_no|PreviousCustomerId|.*_Alternate|.*_precision)$/.test(name))
    .map((column, index) => ({ column, index }))
    .sort((a, b) => rank(a.column) - rank(b.column) || a.index - b.index)
    .map(({ column }) => column);
}
