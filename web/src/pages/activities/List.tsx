/*
 * List: the activities of the project: their tables, types, how many there are and when the last was.
 */
import { Button } from "@fluentui/react-components";
import { AddRegular } from "@fluentui/react-icons";
import { useQueries } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { api } from "../../api/client";
import { useGet, usePost, useProject } from "../../api/hooks";
import type { DefinitionView, ObjectView, RowsView, TableLine } from "../../api/types";
import { Empty, ErrorView, Grid, Loading, Num, ObjectLinks, PageHead, PageLink, State, Time, type GridColumn } from "../../parts";
import { RefreshButton } from "../sources/Refresh";
import { record, text } from "../sources/steps";

interface Line {
  object: ObjectView;
  table: string;
  type: string;
  count: number | null;
  last: string | null;
}

const COUNTS = `select "ActivityName", count(*) as n, max("ActivityTime") as last from "UnifiedActivity" group by "ActivityName"`;

export default function Activities() {
  const { p, to, can } = useProject();
  const navigate = useNavigate();
  const objects = useGet<ObjectView[]>(p("/objects"));
  const activities = (objects.data ?? []).filter((one) => one.kind === "activity");
  const views = useQueries({
    queries: activities.map((one) => {
      const path = p(`/definitions/activity/${encodeURIComponent(one.name)}`);
      return { queryKey: [path], queryFn: ({ signal }: { signal: AbortSignal }) => api.get<DefinitionView>(path, { signal }) };
    }),
  });
  const tables = useGet<TableLine[]>(p("/tables?all=false"));
  const ran = tables.data?.some((table) => table.name === "UnifiedActivity") ?? false;
  const counts = usePost<RowsView>(activities.length > 0 && ran ? p("/query") : null, { sql: COUNTS, limit: 1000 });
  const lines = activities.map((object, at): Line => {
    const value = record(views[at]?.data?.value);
    const row = counts.data?.rows.find((one) => one[0] === object.name);
    return { object, table: text(value.table), type: text(value.type), count: row ? Number(row[1]) : counts.data ? 0 : null, last: row && typeof row[2] === "string" ? row[2] : null };
  });
  const add = <Button appearance="primary" icon={<AddRegular />} onClick={() => void navigate(to("/activities/new"))}>New activity</Button>;
  const columns: GridColumn<Line>[] = [
    { key: "name", title: "Name", sort: (line) => line.object.title ?? line.object.name, render: (line) => <PageLink to={to(`/activities/${encodeURIComponent(line.object.name)}`)}>{line.object.title ?? line.object.name}</PageLink> },
    { key: "type", title: "Type", sort: (line) => line.type, render: (line) => line.type },
    { key: "table", title: "Table", sort: (line) => line.table, render: (line) => <PageLink to={to(`/tables/${encodeURIComponent(line.table)}`)}>{line.table}</PageLink> },
    { key: "count", title: "Activities", align: "end", sort: (line) => line.count, render: (line) => (line.count ? <PageLink to={to("/tables/UnifiedActivity?tab=data")}><Num value={line.count} /></PageLink> : <Num value={line.count} />) },
    { key: "last", title: "Last", sort: (line) => line.last, render: (line) => <Time at={line.last} /> },
    { key: "state", title: "State", render: (line) => <State state={line.object.errors > 0 ? "error" : line.object.warnings > 0 ? "warning" : line.count === null || line.count === 0 ? "draft" : "active"} word={line.object.errors === 0 && (line.count ?? 0) === 0 ? "Not run yet" : undefined} /> },
    { key: "used", title: "Used by", optional: true, render: (line) => (line.object.used_by.length > 0 ? <ObjectLinks objects={line.object.used_by} /> : "–") },
  ];
  return (
    <>
      <PageHead
        title="Activities"
        subtitle="what people did, on one timeline"
        actions={activities.length > 0 ? <><RefreshButton only={["activities"]} label="Run" name="activities" />{can("contributor") ? add : null}</> : undefined}
      />
      {objects.error ? <ErrorView problem={objects.error} retry={() => void objects.refetch()} /> : null}
      {objects.isPending && !objects.error ? <Loading label="Loading the activities" /> : null}
      {objects.data ? (
        <Grid
          label="Activities"
          columns={columns}
          rows={lines}
          rowKey={(line) => line.object.name}
          onOpen={(line) => void navigate(to(`/activities/${encodeURIComponent(line.object.name)}`))}
          empty={<Empty title="No activities yet" text="An activity is a table whose rows happened to people at a time: appointments, purchases, visits. They stand on each profile's timeline, and measures count them." action={can("contributor") ? add : undefined} />}
        />
      ) : null}
    </>
  );
}
