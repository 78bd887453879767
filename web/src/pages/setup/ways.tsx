/*
 * ways: how to come to a project: the demo, an empty one, a folder that is there.
 *
 * Flow: POST /api/projects -> (demo: POST runs) -> the project's page.
 */
import { Button, Field, Input, makeStyles, Spinner } from "@fluentui/react-components";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useNavigate } from "react-router";
import { api, seg, toProblem, type ApiProblem } from "../../api/client";
import type { JobView } from "../../api/jobs";
import type { NewProject, ProjectEntry } from "../../api/types";
import { ErrorView } from "../../parts/states";
import { TimeZoneField } from "../../parts/time-zone";

const useStyles = makeStyles({ form: { display: "flex", flexDirection: "column", gap: "12px", maxWidth: "400px" }, start: { alignSelf: "flex-start" } });

/** Makes a project and knows what became of it. */
function useMake() {
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const make = async (ask: NewProject, then: (made: ProjectEntry) => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    try {
      const made = await api.post<ProjectEntry>("/api/projects", ask);
      await queries.invalidateQueries({ queryKey: ["/api/projects"] });
      await then(made);
    } catch (error) {
      setProblem(toProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, make, setProblem };
}

/** One click: made-up people, their appointments, and all definitions; runs at once. */
export function DemoButton({ primary }: { primary?: boolean }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { busy, problem, make } = useMake();
  const start = async () => {
    const projects = await queries.fetchQuery({ queryKey: ["/api/projects"], queryFn: () => api.get<ProjectEntry[]>("/api/projects") }).catch(() => []);
    const taken = new Set(projects.map((one) => one.name));
    let name = "demo";
    for (let number = 2; taken.has(name); number += 1) name = `demo-${number}`;
    await make({ name, demo: true }, async (made) => {
      const job = await api.post<JobView>(`/api/projects/${seg(made.name)}/runs`, {});
      await navigate(`/p/${seg(made.name)}/system/jobs/${seg(job.id)}`);
    });
  };
  return (
    <>
      <Button appearance={primary ? "primary" : "secondary"} disabled={busy} icon={busy ? <Spinner size="extra-tiny" aria-label="Making it" /> : undefined} onClick={() => void start()}>
        {busy ? "Making people up …" : "Try the demo"}
      </Button>
      {problem ? <ErrorView problem={problem} /> : null}
    </>
  );
}

/** A folder on the server that holds a project already. */
export function FolderForm() {
  const styles = useStyles();
  const navigate = useNavigate();
  const { busy, problem, make } = useMake();
  const [folder, setFolder] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void make({ name: "", folder: folder.trim() }, async (made) => navigate(`/p/${seg(made.name)}/home`));
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <Field label="Folder" required hint="Its name, beside the projects this server has. It must hold an onefold.yaml.">
        <Input value={folder} onChange={(_, data) => setFolder(data.value)} autoComplete="off" spellCheck={false} />
      </Field>
      <Button type="submit" className={styles.start} disabled={busy || folder.trim() === ""}>{busy ? "Opening …" : "Open the folder"}</Button>
      {problem ? <ErrorView problem={problem} /> : null}
    </form>
  );
}

/** An empty project. */
export function EmptyForm({ then = "home" }: { then?: "home" | "sources/new" }) {
  const styles = useStyles();
  const navigate = useNavigate();
  const { busy, problem, make } = useMake();
  const [title, setTitle] = useState("");
  const [zone, setZone] = useState(() => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC");
  const name = title.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void make({ name, title: title.trim(), time_zone: zone }, async (made) => navigate(`/p/${seg(made.name)}/${then}`));
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <Field label="Title" required hint={name === "" ? "What it is about: Missed appointments." : `Its folder will be called ${name}.`}>
        <Input value={title} onChange={(_, data) => setTitle(data.value)} autoComplete="off" />
      </Field>
      <TimeZoneField value={zone} onChange={setZone} hint="Days begin and relative dates count here." />
      <Button type="submit" className={styles.start} appearance="primary" disabled={busy || name === ""}>{busy ? "Making …" : "Make the project"}</Button>
      {problem ? <ErrorView problem={problem} /> : null}
    </form>
  );
}
