/*
 * steward: records split off from a profile, profiles merged: as decisions that the next run applies and that can be undone.
 */
import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, DialogTrigger, Field, makeStyles, MessageBar, MessageBarBody, Textarea, tokens } from "@fluentui/react-components";
import { BranchForkRegular, MergeRegular } from "@fluentui/react-icons";
import { useState, type ReactElement, type ReactNode } from "react";
import { call, seg, toProblem, type ApiProblem } from "../../api/client";
import { useProject, useRefresh } from "../../api/hooks";
import type { CustomerHit, DecidedView, IdentityRecord, ProfileView, RecordRef } from "../../api/types";
import { ErrorView, formatNumber, useToast, valueText } from "../../parts";
import { sameRef } from "../review/sides";
import { PersonPicker } from "../segments/person-picker";

const useStyles = makeStyles({
  content: { display: "flex", flexDirection: "column", gap: "12px" },
  list: { margin: 0, paddingLeft: "20px", overflowWrap: "anywhere" },
  soft: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  other: { borderLeft: `3px solid ${tokens.colorBrandStroke1}`, paddingLeft: "12px" },
});

/** A dialog that writes decisions: what it does, a note, the button. */
function Decide(props: { button: ReactElement; title: string; action: string; ready: boolean; children: ReactNode; send: (note: string | null) => Promise<DecidedView>; onDone: () => void }) {
  const styles = useStyles();
  const toast = useToast();
  const refresh = useRefresh();
  const [open, setOpen] = useState(false);
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const act = async () => {
    setBusy(true);
    setProblem(null);
    try {
      const done = await props.send(note.trim() === "" ? null : note.trim());
      setOpen(false);
      setNote("");
      toast.done(done.decisions.length === 1 ? "Decided" : `${formatNumber(done.decisions.length)} decisions made`, [done.effect, ...done.warnings].join(" "));
      props.onDone();
      await refresh();
    } catch (error) {
      setProblem(toProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open={open} onOpenChange={(_, data) => { setOpen(data.open); setProblem(null); }}>
      <DialogTrigger disableButtonEnhancement>{props.button}</DialogTrigger>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{props.title}</DialogTitle>
          <DialogContent className={styles.content}>
            {props.children}
            <Field label="Why" hint="optional; whoever looks at the decision later will be glad of it"><Textarea value={note} onChange={(_, data) => setNote(data.value)} resize="vertical" /></Field>
            <MessageBar intent="info" layout="multiline"><MessageBarBody>Nothing changes now: the next run applies it, and keeps to it in every run after. It can be undone here and in Review.</MessageBarBody></MessageBar>
            {problem ? <ErrorView problem={problem} /> : null}
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement><Button>Cancel</Button></DialogTrigger>
            <Button appearance="primary" disabled={!props.ready || busy} onClick={() => void act()}>{props.action}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

/** Splits the chosen records off. */
export function SplitOff({ profile, records, chosen, onDone }: { profile: ProfileView; records: IdentityRecord[]; chosen: RecordRef[]; onDone: () => void }) {
  const styles = useStyles();
  const { p } = useProject();
  const some = chosen.length > 0 && chosen.length < records.length;
  return (
    <Decide
      button={<Button icon={<BranchForkRegular />} disabled={!some} title={some ? undefined : "Choose the records that are somebody else"}>Split off…</Button>}
      title={chosen.length === 1 ? "Is this record somebody else?" : `Are these ${formatNumber(chosen.length)} records somebody else?`}
      action="Split off"
      ready={some}
      send={(note) => call<DecidedView>("POST", p(`/customers/${seg(profile.customer_id)}/split`), { records: chosen, note })}
      onDone={onDone}
    >
      <ul className={styles.list}>
        {records.filter((record) => chosen.some((one) => sameRef(one, record))).map((record) => (
          <li key={`${record.table} ${record.key}`}>{record.table} {record.key}<div className={styles.soft}>{record.side.fields.slice(0, 5).map((field) => valueText(field.value, field.type)).filter((text) => text !== "").join(" · ")}</div></li>
        ))}
      </ul>
      <span>They leave {profile.title} and stay together where evidence holds them together.</span>
    </Decide>
  );
}

/** Says that another profile is the same person. */
export function MergeWith({ profile, onDone }: { profile: ProfileView; onDone: () => void }) {
  const styles = useStyles();
  const { p, timeZone } = useProject();
  const [other, setOther] = useState<CustomerHit | null>(null);
  const self = other?.customer_id === profile.customer_id;
  return (
    <Decide
      button={<Button icon={<MergeRegular />}>Merge with…</Button>}
      title={`Who is the same person as ${profile.title}?`}
      action="Merge"
      ready={other !== null && !self}
      send={(note) => call<DecidedView>("POST", p("/customers/merge"), { customer_ids: [profile.customer_id, other?.customer_id ?? ""], note })}
      onDone={() => { setOther(null); onDone(); }}
    >
      <PersonPicker label="The other profile" onPick={setOther} />
      {self ? <span>That is this profile itself; choose another.</span> : null}
      {other && !self ? (
        <div className={styles.other}>
          <strong>{other.title}</strong>
          <div className={styles.soft}>{other.fields.slice(0, 6).map((field) => valueText(field.value, field.type, timeZone)).filter((text) => text !== "").join(" · ")}</div>
        </div>
      ) : null}
    </Decide>
  );
}
