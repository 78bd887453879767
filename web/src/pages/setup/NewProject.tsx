// NewProject: three ways to a project.
import { makeStyles, tokens } from "@fluentui/react-components";
import { useSession, useGet } from "../../api/hooks";
import type { ProjectEntry } from "../../api/types";
import { PageLink } from "../../parts/link";
import { Empty } from "../../parts/states";
import { Outside } from "../../shell/Outside";
import { DemoButton, EmptyForm, FolderForm } from "./ways";

const useStyles = makeStyles({
  ways: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(240px, 1fr))", gap: "32px" },
  title: { fontSize: tokens.fontSizeBase400, margin: "0 0 4px" },
  text: { color: tokens.colorNeutralForeground2, margin: "0 0 12px" },
  back: { marginTop: "32px" },
});

/** The page that makes projects. */
export default function NewProject() {
  const styles = useStyles();
  const session = useSession();
  const projects = useGet<ProjectEntry[]>("/api/projects");
  if (session.data?.user && session.data.user.role !== "owner") {
    return (
      <Outside title="No project yet" wide>
        <Empty title="Only an owner makes projects" text="Ask the owner of this server to make one, or to open a folder that holds one." />
      </Outside>
    );
  }
  return (
    <Outside title="New project" text="A project is a folder of definitions with its data; this server keeps it among the others." wide>
      <div className={styles.ways}>
        <section>
          <h2 className={styles.title}>Try the demo</h2>
          <p className={styles.text}>Made-up people of a clinic with everything set up: profiles, measures, segments. Under a minute.</p>
          <DemoButton />
        </section>
        <section>
          <h2 className={styles.title}>Begin an empty one</h2>
          <p className={styles.text}>Then connect your first source.</p>
          <EmptyForm />
        </section>
        <section>
          <h2 className={styles.title}>Open a folder</h2>
          <p className={styles.text}>A project that is on the server already, from git or a colleague.</p>
          <FolderForm />
        </section>
      </div>
      {(projects.data?.length ?? 0) > 0 ? <p className={styles.back}><PageLink to="/">Back to your projects</PageLink></p> : null}
    </Outside>
  );
}
