// Once: something that is shown once: a link or a token, to be copied now.
import { Button, Field, Input, makeStyles, MessageBar, MessageBarBody } from "@fluentui/react-components";
import { CheckmarkRegular, CopyRegular } from "@fluentui/react-icons";
import { useState, type ReactNode } from "react";

const useStyles = makeStyles({ row: { display: "flex", gap: "8px" }, input: { flex: 1, minWidth: 0 }, box: { display: "flex", flexDirection: "column", gap: "12px" } });

/** A secret with its copy button. */
export function Once({ label, value, text }: { label: string; value: string; text: ReactNode }) {
  const styles = useStyles();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(value).catch(() => undefined);
    setCopied(true);
  };
  return (
    <div className={styles.box}>
      <MessageBar intent="warning" layout="multiline"><MessageBarBody>{text}</MessageBarBody></MessageBar>
      <Field label={label}>
        <div className={styles.row}>
          <Input className={styles.input} readOnly value={value} onFocus={(event) => event.currentTarget.select()} aria-label={label} />
          <Button icon={copied ? <CheckmarkRegular /> : <CopyRegular />} onClick={() => void copy()}>{copied ? "Copied" : "Copy"}</Button>
        </div>
      </Field>
    </div>
  );
}
