/*
 * Wizard: the frame of a page with steps: which there are, where one is, back and next.
 *
 * Invariants: the step is in the address; a step that is not reached yet cannot be opened; the focus goes to the step's head.
 */
import { Button, makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { CheckmarkCircleFilled } from "@fluentui/react-icons";
import { useEffect, useRef, type ReactNode } from "react";

const useStyles = makeStyles({
  page: { display: "grid", gridTemplateColumns: "200px minmax(0, 1fr)", gap: "24px", "@media (max-width: 800px)": { gridTemplateColumns: "1fr" } },
  rail: { listStyle: "none", margin: 0, padding: 0, display: "flex", flexDirection: "column", gap: "4px", "@media (max-width: 800px)": { flexDirection: "row", flexWrap: "wrap" } },
  step: { justifyContent: "flex-start", width: "100%", fontWeight: tokens.fontWeightRegular },
  now: { backgroundColor: tokens.colorNeutralBackground1Selected, fontWeight: tokens.fontWeightSemibold },
  mark: { display: "inline-flex", width: "20px", justifyContent: "center", color: tokens.colorBrandForeground1 },
  title: { fontSize: tokens.fontSizeBase500, lineHeight: tokens.lineHeightBase500, margin: "0 0 12px", outlineStyle: "none" },
  foot: { display: "flex", gap: "8px", marginTop: "24px", paddingTop: "16px", borderTop: `1px solid ${tokens.colorNeutralStroke2}`, flexWrap: "wrap" },
});

export interface WizardStep {
  title: string;
  /** Why one cannot go on from here; null when one can. */
  blocked: string | null;
}

export function Wizard(props: { label: string; steps: WizardStep[]; at: number; reached: number; onGo: (step: number) => void; children: ReactNode; end: ReactNode; busy?: boolean }) {
  const styles = useStyles();
  const { steps, at } = props;
  const head = useRef<HTMLHeadingElement>(null);
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) head.current?.focus();
    first.current = false;
  }, [at]);
  const blocked = steps[at]?.blocked ?? null;
  return (
    <div className={styles.page}>
      <nav aria-label={props.label}>
        <ol className={styles.rail}>
          {steps.map((step, index) => (
            <li key={step.title}>
              <Button
                appearance="subtle"
                className={mergeClasses(styles.step, index === at && styles.now)}
                disabled={index > props.reached}
                aria-current={index === at ? "step" : undefined}
                onClick={() => props.onGo(index)}
              >
                <span className={styles.mark} aria-hidden>{index < at && step.blocked === null ? <CheckmarkCircleFilled /> : index + 1}</span>
                &nbsp;{step.title}
              </Button>
            </li>
          ))}
        </ol>
      </nav>
      <section aria-label={steps[at]?.title}>
        <h2 className={styles.title} ref={head} tabIndex={-1}>{steps[at]?.title}</h2>
        {props.children}
        <div className={styles.foot}>
          {at > 0 ? <Button onClick={() => props.onGo(at - 1)}>Back</Button> : null}
          {at < steps.length - 1 ? (
            <Button appearance="primary" disabled={blocked !== null || props.busy} title={blocked ?? undefined} onClick={() => props.onGo(at + 1)}>Next</Button>
          ) : (
            props.end
          )}
          {blocked !== null && at < steps.length - 1 ? <span role="status" style={{ alignSelf: "center" }}>{blocked}</span> : null}
        </div>
      </section>
    </div>
  );
}
