/*
 * List: exports, and how their last delivery ended.
 */
import { Button } from "@fluentui/react-components";
import { useNavigate } from "react-router";
import { seg } from "../../api/client";
import { useGet, useProject } from "../../api/hooks";
import type { ExportView } from "../../api/types";
import { Grid } from "../../parts/grid";
import { PageLink } from "../../parts/link";
import { PageHead } from "../../parts/page-head";
import { Num, State, Time } from "../../parts/show";
import { Empty, ErrorView, Loading } from "../../parts/states";
import { SendPicture } from "./Picture";
import { SCHEDULES } from "./model";

const sum = (row: ExportView, key: "offered" | "sent"): number | null => (row.last ? row.last.items.reduce((all, item) => all + item[key], 0) : null);

/** The page of exports. */
export default function Exports() {
  const navigate = useNavigate();
  const { p, to, can } = useProject();
  const exports = useGet<ExportView[]>(p("/exports"));
  const make = can("contributor") ? <Button appearance="primary" onClick={() => void navigate(to("/exports/new"))}>New export</Button> : undefined;
  return (
    <>
      <PageHead title="Exports" subtitle="Which segments go where, and what became of them." actions={exports.data?.length ? make : undefined} />
      {exports.isPending ? <Loading /> : null}
      {exports.error ? <ErrorView problem={exports.error} retry={() => void exports.refetch()} /> : null}
      {exports.data ? (
        <Grid
          label="Exports"
          rows={exports.data}
          rowKey={(row) => row.name}
          onOpen={(row) => void navigate(to(`/exports/${seg(row.name)}`))}
          empty={
            <Empty
              picture={<SendPicture />}
              title="Nothing is sent yet"
              text="An export sends the members of segments over a connection, matched by a key the receiver knows. Every row is accounted for: sent, without key, or unknown there."
              action={make}
            />
          }
          columns={[
            { key: "name", title: "Name", sort: (row) => row.name, render: (row) => <PageLink to={to(`/exports/${seg(row.name)}`)}>{row.name}</PageLink> },
            { key: "to", title: "Over", sort: (row) => row.connection, render: (row) => (row.connection ? <PageLink to={to(`/connections/${seg(row.connection)}`)}>{row.connection}</PageLink> : "–") },
            { key: "items", title: "Sends", optional: true, render: (row) => row.items.join(", ") || "–" },
            { key: "schedule", title: "When", optional: true, sort: (row) => row.schedule, render: (row) => SCHEDULES[row.schedule] ?? row.schedule },
            { key: "state", title: "State", sort: (row) => row.state, render: (row) => <State state={row.state} /> },
            { key: "offered", title: "Offered", align: "end", optional: true, sort: (row) => sum(row, "offered"), render: (row) => <Num value={sum(row, "offered")} /> },
            { key: "sent", title: "Sent", align: "end", sort: (row) => sum(row, "sent"), render: (row) => <Num value={sum(row, "sent")} /> },
            { key: "at", title: "Last", optional: true, sort: (row) => row.last?.at, render: (row) => <Time at={row.last?.at} relative /> },
          ]}
        />
      ) : null}
    </>
  );
}
