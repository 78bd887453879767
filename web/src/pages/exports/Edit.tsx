/*
 * Edit: one export: what it sends at the left, what became of it at the right.
 */
import { Button, makeStyles, tokens } from "@fluentui/react-components";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { seg } from "../../api/client";
import { useGet, useProject, useSend } from "../../api/hooks";
import type { JobView } from "../../api/jobs";
import type { ExportView, SegmentView } from "../../api/types";
import { ConfirmDelete } from "../../parts/confirm-delete";
import { useDefinition } from "../../parts/definition";
import { DefinitionTabs } from "../../parts/definition-tabs";
import { PageHead } from "../../parts/page-head";
import { EditActions } from "../../parts/save-dialog";
import { formatNumber } from "../../parts/show";
import { Diagnostics, ErrorView, Loading } from "../../parts/states";
import { Deliveries } from "./Deliveries";
import { Form } from "./Form";
import type { ExportValue } from "./model";

const useStyles = makeStyles({
  columns: { display: "grid", gridTemplateColumns: "minmax(0, 560px) minmax(0, 1fr)", gap: "48px", "@media (max-width: 1000px)": { gridTemplateColumns: "minmax(0, 1fr)" } },
  title: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: "0 0 8px" },
  block: { marginBottom: "24px" },
  quiet: { color: tokens.colorNeutralForeground2 },
});

/** What it would send, as far as it is known before a run. */
function Offered({ value }: { value: ExportValue }) {
  const styles = useStyles();
  const { p } = useProject();
  const segments = useGet<SegmentView[]>(p("/segments"));
  const chosen = (segments.data ?? []).filter((one) => value.segments?.includes(one.name));
  const known = chosen.filter((one) => one.members !== null);
  const total = known.reduce((sum, one) => sum + (one.members ?? 0), 0);
  return (
    <section className={styles.block}>
      <h2 className={styles.title}>What it offers</h2>
      {(value.segments?.length ?? 0) + (value.tables?.length ?? 0) === 0 ? <p className={styles.quiet}>Nothing yet: choose segments.</p> : null}
      {known.length > 0 ? (
        <p>
          {formatNumber(total)} rows of {known.length === 1 ? known[0]?.title : `${known.length} segments`}, as of the last run.
          {known.length > 1 ? " Somebody in several is sent in each." : ""}
        </p>
      ) : null}
      {chosen.length > known.length ? <p className={styles.quiet}>{chosen.filter((one) => one.members === null).map((one) => one.title).join(", ")}: not worked out yet.</p> : null}
    </section>
  );
}

/** The page of an export, new or known. */
export default function Edit() {
  const styles = useStyles();
  const navigate = useNavigate();
  const send = useSend();
  const { name } = useParams();
  const { p, to, can } = useProject();
  const definition = useDefinition<ExportValue>("export", name ?? null, { connection: "", segments: [], schedule: "with_every_run" });
  const exports = useGet<ExportView[]>(p("/exports"), { enabled: name !== undefined });
  const [busy, setBusy] = useState(false);
  const may = can("contributor");
  const view = exports.data?.find((one) => one.name === name);
  const crumbs = [{ title: "Exports", to: "/exports" }];
  const run = async () => {
    setBusy(true);
    try {
      const job = await send<JobView>("POST", p("/runs"), { only: [name] });
      await navigate(to(`/system/jobs/${seg(job.id)}`));
    } catch {
      setBusy(false);
    }
  };
  const title = name === undefined ? "New export" : definition.value.title || name;
  if (definition.loading) return <><PageHead title={title} crumbs={crumbs} /><Loading /></>;
  if (name !== undefined && definition.saved === null) return <><PageHead title={title} crumbs={crumbs} /><ErrorView problem={definition.problem} retry={definition.retry} /></>;
  const builder = (
    <div className={styles.columns}>
      <Form value={definition.value} setValue={definition.setValue} disabled={!may} />
      <div>
        <Offered value={definition.value} />
        {definition.diagnostics.length > 0 && definition.yaml !== "" ? (
          <section className={styles.block} role="status"><h2 className={styles.title}>To look at</h2><Diagnostics list={definition.diagnostics} /></section>
        ) : null}
        {name !== undefined ? <section className={styles.block}><h2 className={styles.title}>Deliveries</h2><Deliveries name={name} /></section> : null}
      </div>
    </div>
  );
  return (
    <>
      <PageHead
        title={title}
        kind="Export"
        state={view?.state}
        crumbs={crumbs}
        dependsOn={definition.saved?.object.depends_on}
        actions={
          may ? (
            <>
              {name !== undefined ? <Button disabled={busy || definition.dirty} title={definition.dirty ? "Save first" : undefined} onClick={() => void run()}>{busy ? "Starting …" : "Run now"}</Button> : null}
              <EditActions definition={definition} onSaved={(saved) => void navigate(to(`/exports/${seg(saved.object.name)}`), { replace: name === undefined })} />
              {name !== undefined ? <ConfirmDelete object={{ kind: "export", name }} onDone={() => void navigate(to("/exports"))} /> : null}
            </>
          ) : undefined
        }
      />
      {definition.problem ? <ErrorView problem={definition.problem} /> : null}
      <DefinitionTabs definition={definition} builder={builder} builderTitle="Export" readOnly={!may} />
    </>
  );
}
