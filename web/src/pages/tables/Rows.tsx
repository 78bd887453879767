/*
 * Rows: the rows of a table, a page at a time: searched, filtered, sorted.
 *
 * Invariants: what is searched for goes in the body of the question and stays out of the address.
 */
import { Button, makeStyles, Popover, PopoverSurface, PopoverTrigger, SearchBox, Text, tokens } from "@fluentui/react-components";
import { ArrowDownRegular, ArrowSortRegular, ArrowUpRegular, DismissRegular, FilterRegular } from "@fluentui/react-icons";
import { useMemo, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { api, seg } from "../../api/client";
import { usePost, useProject } from "../../api/hooks";
import type { RowsAsk, RowsView, TableLine, Value } from "../../api/types";
import { ErrorView, formatNumber, Loading, VirtualRows } from "../../parts";
import { ConditionBuilder, ownScope } from "../../parts/conditions";
import { useLate } from "../sources/late";

const useStyles = makeStyles({
  tools: { display: "flex", gap: "12px", alignItems: "center", marginBottom: "8px", flexWrap: "wrap" },
  filter: { maxWidth: "min(760px, calc(100vw - 64px))", maxHeight: "60vh", overflowY: "auto" },
  condition: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflowWrap: "anywhere" },
  sort: { minWidth: "24px", height: "24px", padding: 0 },
});

export function Rows({ line }: { line: TableLine }) {
  const styles = useStyles();
  const { p, to } = useProject();
  const location = useLocation();
  const navigate = useNavigate();
  const given = (location.state as { search?: unknown; condition?: unknown } | null) ?? {};
  const [search, setSearch] = useState(typeof given.search === "string" ? given.search : "");
  const [condition, setCondition] = useState(typeof given.condition === "string" ? given.condition : "");
  const [sort, setSort] = useState<{ column: string; descending: boolean } | null>(null);
  const late = useLate(search.trim(), 300);
  const path = p(`/tables/${seg(line.name)}/rows`);
  const ask: RowsAsk = useMemo(
    () => ({ search: late, condition: condition === "" ? null : condition, sort: sort?.column ?? null, descending: sort?.descending ?? false, internal: line.kind === "internal" }),
    [late, condition, sort, line.kind],
  );
  const first = usePost<RowsView>(path, { ...ask, offset: 0, limit: 1 });
  const scope = useMemo(() => ownScope(line.name, line.columns), [line]);
  const total = first.data?.total ?? first.data?.rows.length ?? 0;
  const customer = first.data?.columns.findIndex((column) => column.name === "CustomerId") ?? -1;
  const open = (row: Value[]) => {
    const id = customer === -1 ? null : row[customer];
    if (typeof id === "string" && id !== "") void navigate(to(`/customers/${encodeURIComponent(id)}`));
  };
  return (
    <>
      <div className={styles.tools}>
        <SearchBox placeholder="Find in the rows" aria-label="Find in the rows" value={search} onChange={(_, data) => setSearch(data.value)} style={{ minWidth: "260px" }} />
        <Popover positioning="below-start" trapFocus>
          <PopoverTrigger disableButtonEnhancement><Button icon={<FilterRegular />}>{condition === "" ? "Filter" : "Change the filter"}</Button></PopoverTrigger>
          <PopoverSurface className={styles.filter} aria-label="Filter of the rows">
            <ConditionBuilder text={condition} scope={scope} label="Rows to show" onChange={(text) => setCondition(text)} />
          </PopoverSurface>
        </Popover>
        {condition !== "" ? <><span className={styles.condition}>{condition}</span><Button size="small" appearance="subtle" icon={<DismissRegular />} onClick={() => setCondition("")}>Clear</Button></> : null}
        <Text role="status">{first.isFetching ? "Looking …" : first.data ? `${formatNumber(total)} rows${line.rows !== null && total !== line.rows ? ` of ${formatNumber(line.rows)}` : ""}` : ""}</Text>
      </div>
      {first.error ? <ErrorView problem={first.error} retry={() => void first.refetch()} /> : null}
      {!first.data && !first.error ? <Loading label="Reading rows" /> : null}
      {first.data && !first.error ? (
        total === 0 ? <Text>{late !== "" || condition !== "" ? "No row fits." : "The table has no rows."}</Text> : (
          <VirtualRows
            label={`Rows of ${line.name}`}
            columns={first.data.columns}
            source={[path, ask]}
            total={total}
            load={async (offset, limit, signal) => (await api.post<RowsView>(path, { ...ask, offset, limit }, { signal })).rows}
            onOpen={customer === -1 ? undefined : open}
            head={(column) => {
              const on = sort?.column === column.name;
              return (
                <Button
                  size="small"
                  appearance="subtle"
                  className={styles.sort}
                  icon={on ? sort.descending ? <ArrowDownRegular /> : <ArrowUpRegular /> : <ArrowSortRegular />}
                  aria-label={on ? `${column.name}: sorted, ${sort.descending ? "largest" : "smallest"} first. Change it` : `Sort by ${column.name}`}
                  onClick={() => setSort(!on ? { column: column.name, descending: false } : sort.descending ? null : { column: column.name, descending: true })}
                />
              );
            }}
          />
        )
      ) : null}
    </>
  );
}
