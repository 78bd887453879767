/*
 * Queue: pairs one after another, side by side and blind, worked by keys: same, different, unsure, back.
 *
 * Invariants
 * - Neither score nor outcome is shown before a decision unless asked for; differences are marked only then, too.
 * - Every key has a button. Keys work while the focus is in the pair; `g` and a letter still goes to a page.
 */
import { Button, makeStyles, mergeClasses, ProgressBar, Select, Switch, Text, tokens, ToggleButton } from "@fluentui/react-components";
import { ArrowLeftRegular, ArrowRightRegular, ArrowUndoRegular, CheckmarkRegular, DismissRegular, HighlightRegular, QuestionRegular, SearchInfoRegular } from "@fluentui/react-icons";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useGet, useProject } from "../../api/hooks";
import type { ReviewOrder, UnifyView, Verdict } from "../../api/types";
import { Empty, ErrorView, formatNumber, Loading, PageLink, Words } from "../../parts";
import { ExplainButton, pairOf } from "./Explained";
import { useQueue, type Wanted } from "./queue";
import { Sides } from "./Sides";
import { VERDICTS } from "./words";

const useStyles = makeStyles({
  bar: { display: "flex", gap: "12px", alignItems: "center", flexWrap: "wrap", marginBottom: "16px" },
  progress: { flex: "1 1 180px", minWidth: "140px" },
  figures: { fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2, fontVariantNumeric: "tabular-nums", display: "flex", justifyContent: "space-between", gap: "12px", marginBottom: "4px" },
  box: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusLarge, padding: "16px 20px", maxWidth: "1080px", ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` }, "@media (max-width: 640px)": { padding: "12px" } },
  decide: { display: "grid", gridTemplateColumns: "repeat(3, minmax(0, 1fr))", gap: "8px", marginTop: "16px", position: "sticky", bottom: "8px", backgroundColor: tokens.colorNeutralBackground1, paddingTop: "4px" },
  big: { minHeight: "44px" },
  key: { border: `1px solid ${tokens.colorNeutralStroke1}`, borderRadius: tokens.borderRadiusSmall, padding: "0 6px", fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, marginLeft: "8px", "@media (max-width: 640px)": { display: "none" } },
  now: { outline: `2px solid ${tokens.colorBrandStroke1}` },
  tools: { display: "flex", gap: "4px", flexWrap: "wrap", alignItems: "center", marginTop: "12px" },
  spacer: { flexGrow: 1 },
  made: { fontWeight: tokens.fontWeightSemibold },
});

/** What can be looked at: word, title, what it is, question. */
const KINDS: [string, string, string, Wanted][] = [
  ["uncertain", "Uncertain pairs", "the least certain first", { order: "uncertain", state: "uncertain" }],
  ["bridges", "Bridges", "links on which whole clusters hang", { order: "cluster", state: "link" }],
  ["cut", "Cut links", "kept apart though the evidence is enough", { order: "cluster", state: "cut" }],
  ["random", "Random sample", "what quality is estimated from", { order: "random" as ReviewOrder, state: null }],
];
const AUTO = "onefold.review.onward";

const VERDICT_KEYS: [string, Verdict, typeof CheckmarkRegular][] = [["s", "same", CheckmarkRegular], ["d", "different", DismissRegular], ["u", "unsure", QuestionRegular]];

export function Queue({ onDecided }: { onDecided: () => void }) {
  const styles = useStyles();
  const { p, to, can } = useProject();
  const unify = useGet<UnifyView>(p("/unify"), { staleTime: 60_000 });
  const [kind, setKind] = useState("uncertain");
  const [table, setTable] = useState("");
  const [onward, setOnward] = useState(() => localStorage.getItem(AUTO) !== "no");
  const [marked, setMarked] = useState(false);
  const [explaining, setExplaining] = useState(false);
  const wanted = KINDS.find(([word]) => word === kind)?.[3] ?? { order: "uncertain" as ReviewOrder };
  const queue = useQueue({ ...wanted, table: table === "" ? null : table }, onDecided);
  const box = useRef<HTMLElement>(null);
  const lastG = useRef(0);
  const canDecide = can("contributor");
  const { pair } = queue;
  const id = pair?.id;
  // The next pair is looked at afresh, and by the keyboard.
  useEffect(() => {
    setMarked(false);
    setExplaining(false);
    const at = document.activeElement;
    if (id !== undefined && (at === null || at === document.body || box.current?.contains(at))) box.current?.focus({ preventScroll: true });
  }, [id]);
  const decide = (verdict: Verdict) => {
    if (!canDecide) return;
    queue.decide(verdict, onward);
    box.current?.focus({ preventScroll: true });
  };
  const onKey = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    if (target.closest('input,select,textarea,[role="dialog"]') || event.ctrlKey || event.metaKey || event.altKey) return;
    const letter = event.key.toLowerCase();
    if (letter === "g") {
      lastG.current = Date.now();
      return;
    }
    if (Date.now() - lastG.current < 1500) return;
    const verdict = VERDICT_KEYS.find(([key]) => key === letter)?.[1];
    const act =
      verdict ? () => decide(verdict)
      : letter === "z" ? () => canDecide && queue.undo()
      : letter === "m" ? () => setMarked((old) => !old)
      : letter === "e" ? () => pair && setExplaining(true)
      : event.key === "ArrowRight" ? () => queue.go(1)
      : event.key === "ArrowLeft" ? () => queue.go(-1)
      : null;
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  const total = queue.here + queue.left;
  const shown = marked || queue.made !== null;
  return (
    <>
      <div className={styles.bar}>
        <Select aria-label="Which pairs" value={kind} onChange={(_, data) => setKind(data.value)}>
          {KINDS.map(([word, title, about]) => <option key={word} value={word}>{title}: {about}</option>)}
        </Select>
        {(unify.data?.tables.length ?? 0) > 1 ? (
          <Select aria-label="Of which table" value={table} onChange={(_, data) => setTable(data.value)}>
            <option value="">all tables</option>
            {unify.data?.tables.map((one) => <option key={one.table} value={one.table}>{one.table}</option>)}
          </Select>
        ) : null}
        <div className={styles.progress}>
          <div className={styles.figures}>
            <span>{formatNumber(queue.here)} decided now, {formatNumber(queue.all)} in all</span>
            <span>{formatNumber(queue.left)} left</span>
          </div>
          <ProgressBar value={total === 0 ? 0 : queue.here / total} aria-label="Pairs decided of those to decide" />
        </div>
      </div>
      <section ref={box} className={styles.box} tabIndex={0} aria-label="A pair to decide about" onKeyDown={onKey}>
        {queue.problem ? <ErrorView problem={queue.problem} retry={queue.retry} /> : null}
        {pair ? (
          <>
            <Sides a={pair.a} b={pair.b} fields={pair.fields} marked={shown} large />
            <div className={styles.decide}>
              {VERDICT_KEYS.map(([key, verdict, Icon]) => (
                <Button key={verdict} className={mergeClasses(styles.big, queue.made === verdict && styles.now)} icon={<Icon />} disabled={!canDecide} aria-pressed={queue.made === verdict} aria-keyshortcuts={key} onClick={() => decide(verdict)}>
                  {verdict === "same" ? "Same" : verdict === "different" ? "Different" : "Unsure"}<kbd className={styles.key} aria-hidden>{key.toUpperCase()}</kbd>
                </Button>
              ))}
            </div>
            <div className={styles.tools}>
              <Button appearance="subtle" icon={<ArrowLeftRegular />} disabled={queue.index === 0} aria-label="The pair before (left arrow)" onClick={() => queue.go(-1)} />
              <Text role="status" style={{ fontVariantNumeric: "tabular-nums" }}>
                Pair {formatNumber(queue.index + 1)}{queue.made ? <>: <span className={styles.made}>{VERDICTS[queue.made].toLowerCase()}</span></> : null}
              </Text>
              <Button appearance="subtle" icon={<ArrowRightRegular />} disabled={queue.index >= queue.known} aria-label="The next pair (right arrow)" onClick={() => queue.go(1)} />
              <Button appearance="subtle" icon={<ArrowUndoRegular />} disabled={!queue.canUndo || !canDecide} aria-keyshortcuts="z" onClick={queue.undo}>Undo<kbd className={styles.key} aria-hidden>Z</kbd></Button>
              <span className={styles.spacer} />
              <ToggleButton appearance="subtle" icon={<HighlightRegular />} checked={shown} disabled={queue.made !== null} aria-keyshortcuts="m" onClick={() => setMarked(!marked)}>Mark differences<kbd className={styles.key} aria-hidden>M</kbd></ToggleButton>
              <ExplainButton pair={pairOf(pair.a, pair.b)} sides={false} open={explaining} onOpenChange={setExplaining} button={<Button appearance="subtle" icon={<SearchInfoRegular />} aria-keyshortcuts="e">Evidence<kbd className={styles.key} aria-hidden>E</kbd></Button>} />
              <Switch label="go on by itself" checked={onward} onChange={(_, data) => { setOnward(data.checked); localStorage.setItem(AUTO, data.checked ? "yes" : "no"); }} />
            </div>
          </>
        ) : queue.loading ? <Loading label="Looking for pairs" /> : queue.problem ? null : queue.here > 0 ? (
          <Empty title="All decided" text={`You decided about ${formatNumber(queue.here)} pairs. The next run takes them into account; they outlive every run after it.`} action={<Button icon={<ArrowUndoRegular />} disabled={!queue.canUndo} onClick={queue.undo}>Undo the last</Button>} />
        ) : (
          <Empty title="No pairs to review" text={queue.nothing ? <Words text={queue.nothing} sentence /> : "There are none of this kind. Choose another kind above, or turn the model on and run."} action={<PageLink to={to("/unify?tab=model")}>The model</PageLink>} />
        )}
      </section>
      {canDecide ? null : <Text size={200}>You may look. Deciding takes a Contributor.</Text>}
    </>
  );
}
