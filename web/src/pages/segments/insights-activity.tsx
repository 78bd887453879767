/*
 * insights-activity: people by how recent, how frequent and how much their activities are, each group a card that can be saved.
 *
 * Reads: POST segments/insights/activity.
 */
import { Field, Input, Select } from "@fluentui/react-components";
import { useState } from "react";
import { usePost, useProject } from "../../api/hooks";
import type { ActivityCard, ActivityDimension, ActivitySuggestions, InsightChoices, SegmentView } from "../../api/types";
import { Empty, ErrorView, formatNumber, Loading } from "../../parts";
import { useLater } from "../../parts/attributes/values";
import { Note, percent, SaveSuggestion, SegmentSelect, useInsightStyles } from "./insights-parts";

const UNITS: Record<string, string> = { recency: "days since the last", frequency: "times", monetary: "in all" };

export function Activity({ choices, segments }: { choices: InsightChoices; segments: SegmentView[] }) {
  const styles = useInsightStyles();
  const project = useProject();
  const [activity, setActivity] = useState(choices.activities.length === 1 ? choices.activities[0]!.activity : "");
  const [typed, setTyped] = useState("365");
  const [amount, setAmount] = useState("");
  const [within, setWithin] = useState("");
  const days = Math.round(Number(typed));
  const good = activity !== "" && days >= 1 && days <= 36_500;
  const asked = useLater(JSON.stringify({ activity, days, amount: amount || null, within: within || null }), 300);
  const answer = usePost<ActivitySuggestions>(project.p("/segments/insights/activity"), JSON.parse(asked), { enabled: good && !asked.includes('"activity":""'), staleTime: 300_000 });
  const own = choices.activities.find((one) => one.activity === activity);
  const measures = choices.fields.filter((one) => one.measure && !["text", "boolean", "date", "date-time", "guid"].includes(one.type));
  if (choices.activities.length === 0) return <Empty title="No activities yet" text="Define which table holds what people did; then they can be told apart by how often and how lately." />;
  return (
    <section aria-label="Suggestions by activity">
      <Note>Those who were active in the time looked at are put into thirds by how recent and how frequent that was, and by how much, if you say of what.</Note>
      <div className={styles.form}>
        <Field label="Activity" className={styles.field}>
          <Select value={activity} onChange={(_, data) => { setActivity(data.value); setAmount(""); }}>
            <option value="">Choose …</option>
            {choices.activities.map((one) => <option key={one.activity} value={one.activity}>{one.activity}</option>)}
          </Select>
        </Field>
        <Field label="Days back" validationState={days >= 1 && days <= 36_500 ? "none" : "error"}>
          <Input className={styles.narrow} inputMode="numeric" value={typed} onChange={(_, data) => setTyped(data.value)} />
        </Field>
        <Field label="How much" className={styles.field}>
          <Select value={amount} onChange={(_, data) => setAmount(data.value)}>
            <option value="">not looked at</option>
            {own && own.amounts.length > 0 ? <optgroup label="Added up">{own.amounts.map((one) => <option key={one} value={one}>{one}</option>)}</optgroup> : null}
            {measures.length > 0 ? <optgroup label="Measures">{measures.map((one) => <option key={one.field} value={one.field}>{one.title}</option>)}</optgroup> : null}
          </Select>
        </Field>
        <SegmentSelect segments={segments} value={within} onChange={setWithin} label="Among" none="everybody" />
      </div>
      {!good ? <Empty title="Which activities?" text="Choose a type of activity and how many days to look back." /> : null}
      {good && answer.isPending ? <Loading label="Working out levels" /> : null}
      {good && answer.error ? <ErrorView problem={answer.error} retry={() => void answer.refetch()} /> : null}
      {good && answer.data ? <Groups view={answer.data} stale={answer.isPlaceholderData} /> : null}
    </section>
  );
}

/** Where levels part, in words. */
function parts(one: ActivityDimension): string {
  const number = (value: number) => formatNumber(value, 1);
  const recent = one.dimension === "recency";
  return `${one.dimension}: ${recent ? `high below ${number(one.low)} days, low from ${number(one.high)} on` : `low below ${number(one.low)}, high from ${number(one.high)} on`}`;
}

function Groups({ view, stale }: { view: ActivitySuggestions; stale: boolean }) {
  const styles = useInsightStyles();
  if (view.active === 0) return <Empty title="Nobody was active" text={`Nobody had ${view.activity} in the last ${formatNumber(view.days, 0)} days. Look further back.`} />;
  return (
    <div className={stale ? styles.stale : undefined}>
      <Note>{`${formatNumber(view.active, 0)} of ${formatNumber(view.of, 0)} people were active. ${view.dimensions.map(parts).join("; ")}.`}</Note>
      <ul className={styles.cards} aria-label="Suggested segments">
        {view.cards.map((card) => <Card key={card.title} card={card} dimensions={view.dimensions} />)}
      </ul>
    </div>
  );
}

function Card({ card, dimensions }: { card: ActivityCard; dimensions: ActivityDimension[] }) {
  const styles = useInsightStyles();
  return (
    <li className={styles.card}>
      <h3 className={styles.small}>{card.title}</h3>
      <div><span className={styles.figure}>{formatNumber(card.members, 0)}</span> people, {percent(card.share)} of the active</div>
      <ul className={styles.list}>
        {dimensions.map((one, index) => <li key={one.dimension}>{card.levels[index]} {one.dimension}: {formatNumber(card.averages[index] ?? 0, 1)} {UNITS[one.dimension]} on average</li>)}
      </ul>
      <div className={styles.foot}><SaveSuggestion saves={card.saves} of={card.title} /></div>
    </li>
  );
}
