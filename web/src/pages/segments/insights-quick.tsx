/*
 * insights-quick: a segment of one field and one value: its commonest values, or its numbers at shares of people.
 *
 * Reads: POST segments/insights/quick.
 */
import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Radio, RadioGroup } from "@fluentui/react-components";
import { useState } from "react";
import { usePost, useProject } from "../../api/hooks";
import type { InsightChoices, QuickView, SegmentView, SuggestedDefinition } from "../../api/types";
import { ErrorView, formatNumber, Loading, nameFrom, valueText } from "../../parts";
import { FieldSelect, Note, percent, SaveDialog, useInsightStyles } from "./insights-parts";

/** Something that can be chosen. */
interface Line {
  words: string;
  rule: string;
  count: number;
}

export function Quick({ choices, segments, onClose }: { choices: InsightChoices; segments: SegmentView[]; onClose: () => void }) {
  const styles = useInsightStyles();
  const project = useProject();
  const [field, setField] = useState("");
  const [rule, setRule] = useState("");
  const [saving, setSaving] = useState<SuggestedDefinition[] | null>(null);
  const answer = usePost<QuickView>(project.p("/segments/insights/quick"), { field }, { enabled: field !== "", staleTime: 60_000, keep: false });
  const view = field === "" ? undefined : answer.data;
  const lines = view ? linesOf(view, project.timeZone) : [];
  const chosen = lines.find((one) => one.rule === rule);
  if (saving) return <SaveDialog saves={saving} onClose={onClose} />;
  const next = () => {
    if (!chosen || !view) return;
    const title = `${view.title} ${chosen.words}`;
    const first = nameFrom(title).slice(0, 60) || "QuickSegment";
    const taken = (name: string) => segments.some((one) => one.name.toLowerCase() === name.toLowerCase());
    let name = first;
    for (let number = 2; taken(name); number += 1) name = `${first}${number}`;
    setSaving([{ kind: "segment", name, value: { title, rules: [{ where: chosen.rule }] } }]);
  };
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Quick segment</DialogTitle>
          <DialogContent className={styles.content}>
            <FieldSelect choices={choices} value={field} onChange={(next) => { setField(next); setRule(""); }} label="Field" none="Choose …" />
            {field === "" ? <Note>One field and one value make a segment. Choose the field first.</Note> : null}
            {field !== "" && answer.isPending ? <Loading label="Counting" /> : null}
            {field !== "" && answer.error ? <ErrorView problem={answer.error} retry={() => void answer.refetch()} /> : null}
            {view ? (
              <>
                <Note>{`${formatNumber(view.of - view.missing, 0)} of ${formatNumber(view.of, 0)} people have a value.`}</Note>
                <RadioGroup value={rule} onChange={(_, data) => setRule(data.value)} aria-label="Values">
                  {lines.map((one) => <Radio key={one.rule} value={one.rule} label={`${one.words}: ${formatNumber(one.count, 0)} people, ${percent(one.count / Math.max(1, view.of))}`} />)}
                </RadioGroup>
              </>
            ) : null}
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose}>Cancel</Button>
            <Button appearance="primary" disabled={!chosen} onClick={next}>Next…</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function linesOf(view: QuickView, zone: string): Line[] {
  const words = (value: QuickView["values"][number]["value"]) => valueText(value, view.type, zone);
  const upper = view.percentiles.filter((one) => one.percent >= 50).map((one) => ({ words: `at least ${words(one.value)}`, rule: one.at_least_rule, count: one.at_least }));
  const lower = view.percentiles.filter((one) => one.percent <= 50).map((one) => ({ words: `at most ${words(one.value)}`, rule: one.at_most_rule, count: one.at_most }));
  return [...view.values.map((one) => ({ words: `is ${words(one.value)}`, rule: one.rule, count: one.count })), ...upper, ...lower];
}
