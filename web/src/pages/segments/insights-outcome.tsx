/*
 * insights-outcome: groups among whom an outcome differs from everybody's, each a card that can be saved.
 *
 * Reads: POST segments/insights/outcome, tables/…/values for the categories.
 */
import { Field, Select } from "@fluentui/react-components";
import { useState } from "react";
import { usePost, useProject } from "../../api/hooks";
import type { InsightChoices, OutcomeCard, OutcomeSuggestions, QuickView, SegmentView } from "../../api/types";
import { Empty, ErrorView, formatNumber, Loading } from "../../parts";
import { FieldBoxes, FieldSelect, Note, NotLookedAt, percent, SaveSuggestion, SegmentSelect, useInsightStyles } from "./insights-parts";

const TIMES = ["date", "date-time"];

export function Outcome({ choices, segments }: { choices: InsightChoices; segments: SegmentView[] }) {
  const styles = useInsightStyles();
  const project = useProject();
  const [outcome, setOutcome] = useState("");
  const [category, setCategory] = useState("");
  const [within, setWithin] = useState("");
  const [fields, setFields] = useState<string[]>([]);
  const chosen = choices.fields.find((one) => one.field === outcome);
  const grouped = chosen !== undefined && ["text", "boolean", "guid"].includes(chosen.type);
  const values = usePost<QuickView>(project.p("/segments/insights/quick"), { field: outcome, within: within || null }, { enabled: grouped, staleTime: 60_000, keep: false });
  const ask = { outcome, category: category === "" ? null : category, within: within || null, fields };
  const answer = usePost<OutcomeSuggestions>(project.p("/segments/insights/outcome"), ask, { enabled: outcome !== "", staleTime: 300_000, keep: false });
  return (
    <section aria-label="Suggestions by outcome">
      <Note>Choose what should differ: a measure such as how often somebody misses, or a field of few values. A decision tree looks for the people among whom it is higher or lower than among everybody. It learns from one half of the people and is tested on the other; only groups that pass are shown.</Note>
      <div className={styles.form}>
        <FieldSelect choices={choices} value={outcome} onChange={(field) => { setOutcome(field); setCategory(""); setFields([]); }} label="Outcome" none="Choose …" only={(one) => !TIMES.includes(one.type)} />
        {grouped ? (
          <Field label="Value" className={styles.field}>
            <Select value={category} onChange={(_, data) => setCategory(data.value)}>
              <option value="">any of them</option>
              {(values.data?.values ?? []).map((one) => <option key={String(one.value)} value={String(one.value)}>{String(one.value)}</option>)}
            </Select>
          </Field>
        ) : null}
        <SegmentSelect segments={segments} value={within} onChange={setWithin} label="Among" none="everybody" />
      </div>
      {outcome ? <FieldBoxes choices={choices} chosen={fields} onChange={setFields} without={outcome} /> : null}
      {outcome === "" ? <Empty title="What should differ?" text="For instance the share of missed appointments: the cards then say who misses more than others, and by what they are known." /> : null}
      {outcome !== "" && answer.isPending ? <Loading label="Growing a tree" /> : null}
      {answer.error && outcome !== "" ? <ErrorView problem={answer.error} retry={() => void answer.refetch()} /> : null}
      {answer.data && outcome !== "" ? <Cards view={answer.data} /> : null}
    </section>
  );
}

function Cards({ view }: { view: OutcomeSuggestions }) {
  const styles = useInsightStyles();
  return (
    <>
      <NotLookedAt list={view.left_out} />
      {view.cards.length === 0 ? (
        <Empty title="Nobody stands out" text={`Of ${formatNumber(view.tested, 0)} groups none differs by more than chance. Choose another outcome, or other fields.`} />
      ) : (
        <>
          <Note>{`${formatNumber(view.known, 0)} people have a value. ${formatNumber(view.tested, 0)} groups were tested; these ${view.cards.length} differ by more than chance.`}</Note>
          <ul className={styles.cards} aria-label="Suggested segments">
            {view.cards.map((card, index) => <Card key={index} card={card} number={view.number} />)}
          </ul>
        </>
      )}
    </>
  );
}

function Card({ card, number }: { card: OutcomeCard; number: boolean }) {
  const styles = useInsightStyles();
  const shown = (value: number) => (number ? formatNumber(value, 2) : percent(value));
  return (
    <li className={styles.card}>
      <h3 className={styles.small}>{card.title}</h3>
      <div><span className={styles.figure}>{shown(card.value)}</span> as compared to {shown(card.overall)} across all</div>
      <div>{formatNumber(card.members, 0)} people, {percent(card.share)}</div>
      <ul className={styles.list}>{card.conditions.map((one) => <li key={one}>{one}</li>)}</ul>
      <div className={styles.foot}><SaveSuggestion saves={card.saves} of={card.title} /></div>
    </li>
  );
}
