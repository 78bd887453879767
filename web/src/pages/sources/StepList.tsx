/*
 * StepList: the applied steps as sentences with their row counts: opened, moved, switched off, removed, added.
 *
 * Invariants: the first entry, reading the source, stays first and cannot be removed; a switched-off step is no part of the definition.
 */
import { Button, makeStyles, Menu, MenuGroup, MenuGroupHeader, MenuItem, MenuList, MenuPopover, MenuTrigger, mergeClasses, shorthands, Text, tokens } from "@fluentui/react-components";
import { AddRegular, ArrowDownRegular, ArrowUpRegular, DeleteRegular, EditRegular, ErrorCircleRegular, EyeOffRegular, EyeRegular } from "@fluentui/react-icons";
import { useEffect, useRef, type ReactNode } from "react";
import type { TransformStep, Value } from "../../api/types";
import { Num } from "../../parts/show";
import { nameOf, sentence, STEPS, titleOf } from "./steps";

const useStyles = makeStyles({
  pane: { display: "flex", flexDirection: "column", gap: "8px", minHeight: 0, overflowY: "auto" },
  head: { display: "flex", justifyContent: "space-between", alignItems: "center" },
  title: { fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold, margin: 0 },
  list: { listStyle: "none", margin: 0, padding: 0, display: "flex", flexDirection: "column", gap: "2px" },
  item: { borderRadius: tokens.borderRadiusMedium, border: "1px solid transparent" },
  now: { backgroundColor: tokens.colorNeutralBackground1Selected, ...shorthands.borderColor(tokens.colorNeutralStroke1) },
  later: { color: tokens.colorNeutralForeground3 },
  step: { appearance: "none", backgroundColor: "transparent", border: "none", font: "inherit", color: "inherit", textAlign: "left", boxSizing: "border-box", width: "100%", cursor: "pointer", display: "grid", gridTemplateColumns: "20px minmax(0, 1fr) auto", gap: "4px", padding: "6px 8px", alignItems: "baseline", ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` } },
  number: { color: tokens.colorNeutralForeground3, fontVariantNumeric: "tabular-nums" },
  words: { overflowWrap: "anywhere", display: "-webkit-box", WebkitLineClamp: 3, WebkitBoxOrient: "vertical", overflow: "hidden" },
  rows: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  tools: { display: "flex", gap: "2px", padding: "0 4px 4px 24px", flexWrap: "wrap" },
  form: { padding: "4px 8px 12px" },
  error: { color: tokens.colorPaletteRedForeground1, display: "flex", gap: "4px", padding: "0 8px 6px 28px", fontSize: tokens.fontSizeBase200 },
  parked: { borderTop: `1px solid ${tokens.colorNeutralStroke2}`, paddingTop: "8px" },
  row: { display: "flex", alignItems: "center", gap: "4px", padding: "2px 8px" },
  grow: { flexGrow: 1, minWidth: 0, color: tokens.colorNeutralForeground2 },
});

export interface Parked {
  id: string;
  at: number;
  step: Value;
}

export interface StepListProps {
  steps: Value[];
  /** What the server says of them; the first is reading. */
  seen: TransformStep[];
  selected: number;
  open: boolean;
  parked: Parked[];
  canEdit: boolean;
  form: ReactNode;
  onSelect: (index: number) => void;
  onOpen: (open: boolean) => void;
  onMove: (index: number, by: number) => void;
  onPark: (index: number) => void;
  onUnpark: (parked: Parked) => void;
  onForget: (parked: Parked) => void;
  onRemove: (index: number) => void;
  onAdd: (step: string) => void;
}

/** A menu of all steps. */
export function AddStep({ onAdd, label = "Add a step", primary }: { onAdd: (step: string) => void; label?: string; primary?: boolean }) {
  const groups = [...new Set(STEPS.map((kind) => kind.group))];
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button size="small" appearance={primary ? "primary" : "secondary"} icon={<AddRegular />}>{label}</Button>
      </MenuTrigger>
      <MenuPopover style={{ maxHeight: "70vh", overflowY: "auto" }}>
        <MenuList>
          {groups.map((group) => (
            <MenuGroup key={group}>
              <MenuGroupHeader>{group}</MenuGroupHeader>
              {STEPS.filter((kind) => kind.group === group).map((kind) => (
                <MenuItem key={kind.name} subText={kind.about} onClick={() => onAdd(kind.name)}>{kind.title}</MenuItem>
              ))}
            </MenuGroup>
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}

export function StepList(props: StepListProps) {
  const styles = useStyles();
  const { steps, seen, selected, canEdit } = props;
  const current = useRef<HTMLLIElement>(null);
  useEffect(() => {
    current.current?.scrollIntoView({ block: "nearest" });
  }, [selected, props.open]);
  const entries: (Value | null)[] = [null, ...steps];
  return (
    <section className={styles.pane} aria-label="Applied steps">
      <div className={styles.head}>
        <h2 className={styles.title}>Applied steps</h2>
        {canEdit ? <AddStep onAdd={props.onAdd} /> : null}
      </div>
      <ol className={styles.list}>
        {entries.map((step, index) => {
          const view = seen.find((one) => one.index === index);
          const same = step === null || view?.step === nameOf(step);
          const words = view && same && view.sentence !== "" ? view.sentence : step === null ? "read the source" : sentence(step);
          const isNow = index === selected;
          const title = step === null ? "Source" : titleOf(step);
          return (
            <li key={index} ref={isNow ? current : undefined} className={mergeClasses(styles.item, isNow && styles.now, index > selected && styles.later)}>
              <button type="button" className={styles.step} aria-current={isNow ? "step" : undefined} onClick={() => props.onSelect(index)} onDoubleClick={() => props.onOpen(true)}>
                <span className={styles.number}>{index}</span>
                <span className={styles.words}><strong>{title}</strong>{" "}{words}</span>
                <span className={styles.rows}>{view?.rows !== null && view?.rows !== undefined ? <><Num value={view.rows} /> rows</> : null}</span>
              </button>
              {view?.error && same ? <div className={styles.error} role="status"><ErrorCircleRegular aria-label="Error" />{view.error}</div> : null}
              {isNow && canEdit ? (
                <>
                  <div className={styles.tools}>
                    <Button size="small" appearance="subtle" icon={<EditRegular />} aria-expanded={props.open} onClick={() => props.onOpen(!props.open)}>{props.open ? "Done" : "Change"}</Button>
                    {step !== null ? (
                      <>
                        <Button size="small" appearance="subtle" icon={<ArrowUpRegular />} aria-label={`Move ${title} up`} disabled={index === 1} onClick={() => props.onMove(index, -1)} />
                        <Button size="small" appearance="subtle" icon={<ArrowDownRegular />} aria-label={`Move ${title} down`} disabled={index === steps.length} onClick={() => props.onMove(index, 1)} />
                        <Button size="small" appearance="subtle" icon={<EyeOffRegular />} aria-label={`Switch ${title} off`} onClick={() => props.onPark(index)}>Off</Button>
                        <Button size="small" appearance="subtle" icon={<DeleteRegular />} aria-label={`Remove ${title}`} onClick={() => props.onRemove(index)} />
                      </>
                    ) : null}
                  </div>
                  {props.open ? <div className={styles.form}>{props.form}</div> : null}
                </>
              ) : null}
            </li>
          );
        })}
      </ol>
      {props.parked.length > 0 ? (
        <section className={styles.parked} aria-label="Switched off">
          <h2 className={styles.title}>Switched off</h2>
          <Text size={200}>Not part of the definition; kept in this window until it is closed.</Text>
          {props.parked.map((parked) => (
            <div key={parked.id} className={styles.row}>
              <Text size={200} className={styles.grow} truncate>{titleOf(parked.step)} {sentence(parked.step)}</Text>
              <Button size="small" appearance="subtle" icon={<EyeRegular />} aria-label={`Switch ${titleOf(parked.step)} on`} onClick={() => props.onUnpark(parked)}>On</Button>
              <Button size="small" appearance="subtle" icon={<DeleteRegular />} aria-label={`Forget ${titleOf(parked.step)}`} onClick={() => props.onForget(parked)} />
            </div>
          ))}
        </section>
      ) : null}
    </section>
  );
}
