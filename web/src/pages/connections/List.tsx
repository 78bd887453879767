// List: connections: where exports can go.
import { Button } from "@fluentui/react-components";
import { useNavigate } from "react-router";
import { seg } from "../../api/client";
import { useGet, useProject } from "../../api/hooks";
import type { ConnectionView } from "../../api/types";
import { Grid } from "../../parts/grid";
import { ObjectLinks, PageLink } from "../../parts/link";
import { PageHead } from "../../parts/page-head";
import { State } from "../../parts/show";
import { Empty, ErrorView, Loading } from "../../parts/states";
import { KINDS } from "../exports/model";
import { SendPicture } from "../exports/Picture";

/** The page of connections. */
export default function Connections() {
  const navigate = useNavigate();
  const { p, to, can } = useProject();
  const connections = useGet<ConnectionView[]>(p("/connections"));
  const make = can("administrator") ? <Button appearance="primary" onClick={() => void navigate(to("/connections/new"))}>New connection</Button> : undefined;
  return (
    <>
      <PageHead title="Connections" subtitle="Addresses that exports send to. Secrets are named here, never entered." actions={connections.data?.length ? make : undefined} />
      {connections.isPending ? <Loading /> : null}
      {connections.error ? <ErrorView problem={connections.error} retry={() => void connections.refetch()} /> : null}
      {connections.data ? (
        <Grid
          label="Connections"
          rows={connections.data}
          rowKey={(row) => row.name}
          onOpen={(row) => void navigate(to(`/connections/${seg(row.name)}`))}
          empty={
            <Empty
              picture={<SendPicture />}
              title="No connection yet"
              text="A connection is a folder or a system that takes segments, with what it needs to get in. Exports name it."
              action={make ?? <span>Only administrators set them up.</span>}
            />
          }
          columns={[
            { key: "name", title: "Name", sort: (row) => row.name, render: (row) => <PageLink to={to(`/connections/${seg(row.name)}`)}>{row.name}</PageLink> },
            { key: "kind", title: "Kind", sort: (row) => row.kind, render: (row) => KINDS[row.kind] ?? row.kind },
            { key: "place", title: "Place", optional: true, render: (row) => row.place },
            { key: "state", title: "State", render: (row) => (row.errors > 0 ? <State state="error" word={`${row.errors} errors`} /> : <State state="ready" />) },
            { key: "used", title: "Used by", optional: true, render: (row) => <ObjectLinks objects={row.used_by} /> },
          ]}
        />
      ) : null}
    </>
  );
}
