// First: a project with nothing in it, and three ways on.
import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, DialogTrigger, makeStyles, tokens } from "@fluentui/react-components";
import { useNavigate } from "react-router";
import { useProject } from "../../api/hooks";
import type { HomeView } from "../../api/types";
import { PageHead } from "../../parts/page-head";
import { DemoButton, FolderForm } from "../setup/ways";
import { FoldPicture } from "./Picture";
import { Steps } from "./Steps";

const useStyles = makeStyles({
  intro: { display: "flex", gap: "32px", alignItems: "center", flexWrap: "wrap", marginBottom: "24px" },
  text: { maxWidth: "480px", margin: 0, color: tokens.colorNeutralForeground2 },
  ways: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(min(240px, 100%), 1fr))", gap: "16px", marginBottom: "32px", maxWidth: "1080px" },
  way: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, padding: "20px", display: "flex", flexDirection: "column", gap: "8px", alignItems: "flex-start" },
  title: { fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold, margin: 0 },
  words: { margin: 0, color: tokens.colorNeutralForeground2, flexGrow: 1 },
});

/** Home before there is anything. */
export default function First({ view }: { view: HomeView }) {
  const styles = useStyles();
  const navigate = useNavigate();
  const { to, can, title } = useProject();
  return (
    <>
      <PageHead title={view.title || title} />
      <div className={styles.intro}>
        <p className={styles.text}>
          Onefold folds the many records a person leaves in different systems into one profile, and lets you measure, segment and act on it.
          This project is empty. There are three ways on.
        </p>
        <FoldPicture />
      </div>
      <div className={styles.ways}>
        <section className={styles.way}>
          <h2 className={styles.title}>Try the demo</h2>
          <p className={styles.words}>Made-up people of a clinic with everything set up, in a project of its own. Under a minute.</p>
          {can("owner") ? <DemoButton primary /> : <p className={styles.words}>Ask an owner of this server to make it.</p>}
        </section>
        <section className={styles.way}>
          <h2 className={styles.title}>Connect a source</h2>
          <p className={styles.words}>Files you upload, a folder, a FHIR server or Dataverse. Your records stay on this server.</p>
          <Button appearance={can("owner") ? "secondary" : "primary"} disabled={!can("contributor")} onClick={() => void navigate(to("/sources/new"))}>Connect a source</Button>
        </section>
        <section className={styles.way}>
          <h2 className={styles.title}>Open a folder</h2>
          <p className={styles.words}>A project that is on the server already, from git or a colleague.</p>
          <Dialog>
            <DialogTrigger disableButtonEnhancement><Button disabled={!can("owner")}>Open a folder…</Button></DialogTrigger>
            <DialogSurface>
              <DialogBody>
                <DialogTitle>Open a folder</DialogTitle>
                <DialogContent><FolderForm /></DialogContent>
                <DialogActions><DialogTrigger disableButtonEnhancement><Button>Cancel</Button></DialogTrigger></DialogActions>
              </DialogBody>
            </DialogSurface>
          </Dialog>
        </section>
      </div>
      <Steps steps={view.steps} always />
    </>
  );
}
