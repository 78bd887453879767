// Outside: the frame of pages before and beside projects: the product's name, one column.
import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { useEffect, type ReactNode } from "react";
import { useSession } from "../api/hooks";

const useStyles = makeStyles({
  page: { minHeight: "100vh", display: "flex", flexDirection: "column", backgroundColor: tokens.colorNeutralBackground2 },
  header: { padding: "24px 24px 0", maxWidth: "480px", width: "100%", margin: "0 auto", display: "flex", gap: "10px", alignItems: "center", fontWeight: tokens.fontWeightSemibold, fontSize: tokens.fontSizeBase400 },
  wide: { maxWidth: "960px" },
  main: { maxWidth: "480px", width: "100%", margin: "24px auto", padding: "32px", backgroundColor: tokens.colorNeutralBackground1, border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusLarge, "@media (max-width: 640px)": { padding: "24px 16px", margin: "16px 0", borderRadius: 0 } },
  title: { fontSize: tokens.fontSizeBase600, lineHeight: tokens.lineHeightBase600, fontWeight: tokens.fontWeightSemibold, margin: "0 0 12px" },
  text: { color: tokens.colorNeutralForeground2, margin: "0 0 20px" },
  mark: { width: "24px", height: "24px" },
  footer: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200, textAlign: "center", padding: "0 0 24px" },
});

/** A page with one thing to do. */
export function Outside({ title, text, children, wide }: { title: string; text?: ReactNode; children: ReactNode; wide?: boolean }) {
  const styles = useStyles();
  const session = useSession();
  useEffect(() => {
    document.title = `${title} · Onefold`;
  }, [title]);
  return (
    <div className={styles.page}>
      <header className={mergeClasses(styles.header, wide && styles.wide)}>
        <img src="/icon.svg" alt="" className={styles.mark} />
        Onefold
      </header>
      <main className={mergeClasses(styles.main, wide && styles.wide)} id="main">
        <h1 className={styles.title}>{title}</h1>
        {text ? <p className={styles.text}>{text}</p> : null}
        {children}
      </main>
      <footer className={styles.footer}>{session.data ? `Version ${session.data.version}` : ""}</footer>
    </div>
  );
}
