/*
 * FolderPicker: a folder of the project, chosen by walking through it; files can be brought along.
 *
 * Reads: GET files. Writes: PUT files, into `data` of the project and nowhere else.
 */
import { Breadcrumb, BreadcrumbButton, BreadcrumbDivider, BreadcrumbItem, Button, Field, Input, makeStyles, MessageBar, MessageBarBody, Spinner, Text, tokens } from "@fluentui/react-components";
import { ArrowUploadRegular, DocumentRegular, FolderRegular } from "@fluentui/react-icons";
import { Fragment, useRef, useState } from "react";
import { api, toProblem } from "../../api/client";
import { useGet, useProject, useRefresh } from "../../api/hooks";
import type { FileView } from "../../api/types";

const useStyles = makeStyles({
  box: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, padding: "8px" },
  head: { display: "flex", alignItems: "center", gap: "8px", flexWrap: "wrap", justifyContent: "space-between" },
  list: { listStyle: "none", margin: 0, padding: 0, maxHeight: "220px", overflowY: "auto" },
  row: { display: "flex", alignItems: "center", gap: "8px", minHeight: "32px", paddingLeft: "8px", paddingRight: "8px" },
  open: { justifyContent: "flex-start", flexGrow: 1, minWidth: 0 },
  bytes: { marginLeft: "auto", color: tokens.colorNeutralForeground3, fontVariantNumeric: "tabular-nums" },
  news: { marginTop: "8px" },
});

const LIMIT = 256 * 1024 * 1024;
const size = (bytes: number) => (bytes < 1024 ? `${bytes} B` : bytes < 1048576 ? `${Math.round(bytes / 1024).toLocaleString()} kB` : `${(bytes / 1048576).toFixed(1)} MB`);
const clean = (folder: string) => folder.replace(/^\.\//, "").replace(/\/+$/, "").replace(/^\.$/, "");

export function FolderPicker(props: { value: string; onChange: (folder: string) => void; accept: string; holds: string }) {
  const styles = useStyles();
  const { p } = useProject();
  const refresh = useRefresh();
  const input = useRef<HTMLInputElement>(null);
  const [news, setNews] = useState<{ good: boolean; words: string } | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const folder = clean(props.value);
  const files = useGet<FileView[]>(p(`/files?folder=${encodeURIComponent(folder)}`), { keep: true });
  const parts = folder === "" ? [] : folder.split("/");
  const choose = (path: string) => props.onChange(path === "" ? "." : `./${path}`);

  const bring = async (chosen: File[]) => {
    setNews(null);
    const into = folder === "data" || folder.startsWith("data/") ? folder : "data";
    let good = 0;
    for (const [at, file] of chosen.entries()) {
      if (file.size > LIMIT) {
        setNews({ good: false, words: `${file.name} has ${size(file.size)}; at most 256 MB go this way. Put it into the project's folder on the server.` });
        continue;
      }
      setBusy(`${file.name} (${at + 1} of ${chosen.length})`);
      try {
        await api.put(p(`/files?path=${encodeURIComponent(`${into}/${file.name}`)}`), file);
        good += 1;
        setNews({ good: true, words: `${good} ${good === 1 ? "file" : "files"} brought into ${into}.` });
      } catch (error) {
        const problem = toProblem(error);
        setNews({ good: false, words: `${file.name}: ${problem.detail ?? problem.title}${problem.hint ? ` ${problem.hint}` : ""}` });
        break;
      }
    }
    setBusy(null);
    if (good > 0) {
      choose(into);
      void refresh();
    }
  };

  const entries = [...(files.error ? [] : (files.data ?? []))].sort((a, b) => Number(b.folder) - Number(a.folder) || a.path.localeCompare(b.path));
  return (
    <div>
      <Field label="Folder" hint={`relative to the project. ${props.holds}`}>
        <Input value={props.value} onChange={(_, data) => props.onChange(data.value)} placeholder="./data" />
      </Field>
      <div className={styles.box}>
        <div className={styles.head}>
          <Breadcrumb size="small" aria-label="Folder">
            <BreadcrumbItem><BreadcrumbButton onClick={() => choose("")} current={parts.length === 0}>project</BreadcrumbButton></BreadcrumbItem>
            {parts.map((part, at) => (
              <Fragment key={`${at}-${part}`}>
                <BreadcrumbDivider />
                <BreadcrumbItem><BreadcrumbButton current={at === parts.length - 1} onClick={() => choose(parts.slice(0, at + 1).join("/"))}>{part}</BreadcrumbButton></BreadcrumbItem>
              </Fragment>
            ))}
          </Breadcrumb>
          <Button size="small" icon={busy ? <Spinner size="extra-tiny" aria-label="Uploading" /> : <ArrowUploadRegular />} disabled={busy !== null} onClick={() => input.current?.click()}>
            {busy ? `Bringing ${busy}` : "Upload files"}
          </Button>
          <input
            ref={input}
            type="file"
            multiple
            hidden
            aria-label="Files to upload"
            accept={props.accept}
            onChange={(event) => {
              void bring([...(event.target.files ?? [])]);
              event.target.value = "";
            }}
          />
        </div>
        {files.error ? <Text size={200} role="status">{files.error.status === 404 ? "This folder is not there yet. Uploading files makes it, if it lies within data." : (files.error.detail ?? files.error.title)}</Text> : null}
        <ul className={styles.list}>
          {entries.map((file) => {
            const name = file.path.split("/").pop() ?? file.path;
            return (
              <li key={file.path} className={styles.row}>
                {file.folder ? (
                  <Button className={styles.open} size="small" appearance="subtle" icon={<FolderRegular />} onClick={() => choose(file.path)}>{name}</Button>
                ) : (
                  <>
                    <DocumentRegular />
                    <Text size={200} truncate>{name}</Text>
                    <span className={styles.bytes}>{size(file.bytes)}</span>
                  </>
                )}
              </li>
            );
          })}
        </ul>
        {files.data && !files.error && entries.length === 0 ? <Text size={200}>Nothing is in this folder yet. Upload files, or choose another folder.</Text> : null}
      </div>
      {news ? (
        <MessageBar className={styles.news} intent={news.good ? "success" : "error"}><MessageBarBody>{news.words}</MessageBarBody></MessageBar>
      ) : null}
    </div>
  );
}
