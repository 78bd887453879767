/*
 * Docs: what programs may ask, from the server's own OpenAPI document.
 *
 * Invariants: nothing here is written by hand; the document is the server's.
 */
import { Accordion, AccordionHeader, AccordionItem, AccordionPanel, Badge, Link, makeStyles, SearchBox, tokens } from "@fluentui/react-components";
import { useEffect, useState } from "react";
import { useSearchParams } from "react-router";
import { useGet } from "../../api/hooks";
import { PageLink } from "../../parts/link";
import { Empty, ErrorView, Loading } from "../../parts/states";
import { byTag, refName, typeWords, type Body, type Endpoint, type OpenApi, type Schema } from "./openapi";

const useStyles = makeStyles({
  header: { display: "flex", gap: "16px", alignItems: "center", padding: "0 24px", height: "48px", borderBottom: `1px solid ${tokens.colorNeutralStroke2}`, position: "sticky", top: 0, backgroundColor: tokens.colorNeutralBackground1, zIndex: 2 },
  main: { maxWidth: "1080px", margin: "0 auto", padding: "24px 24px 64px" },
  title: { fontSize: tokens.fontSizeBase600, lineHeight: tokens.lineHeightBase600, margin: 0 },
  quiet: { color: tokens.colorNeutralForeground2 },
  tag: { fontSize: tokens.fontSizeBase500, margin: "32px 0 8px", textTransform: "capitalize" },
  head: { display: "flex", gap: "12px", alignItems: "baseline", flexWrap: "wrap", minWidth: 0 },
  path: { fontFamily: tokens.fontFamilyMonospace, overflowWrap: "anywhere" },
  method: { fontFamily: tokens.fontFamilyMonospace, minWidth: "56px" },
  table: { borderCollapse: "collapse", width: "100%", "& th, & td": { textAlign: "start", verticalAlign: "top", padding: "4px 8px", borderBottom: `1px solid ${tokens.colorNeutralStroke3}` } },
  part: { margin: "12px 0" },
  partTitle: { fontSize: tokens.fontSizeBase300, margin: "0 0 4px" },
  box: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, padding: "8px 12px", margin: "4px 0" },
  code: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflowX: "auto", backgroundColor: tokens.colorNeutralBackground3, padding: "12px", borderRadius: tokens.borderRadiusMedium },
});

/** The page of the API. */
export default function Docs() {
  const styles = useStyles();
  const document = useGet<OpenApi>("/api/openapi.json", { staleTime: Infinity });
  const [params, setParams] = useSearchParams();
  const words = (params.get("find") ?? "").toLowerCase();
  useEffect(() => {
    window.document.title = "API documentation · Onefold";
  }, []);
  const fits = (one: Endpoint) => words === "" || `${one.method} ${one.path} ${one.operation.summary ?? ""} ${one.operation.description ?? ""}`.toLowerCase().includes(words);
  const tags = document.data ? byTag(document.data).map(([tag, list]): [string, Endpoint[]] => [tag, list.filter(fits)]).filter(([, list]) => list.length > 0) : [];
  return (
    <>
      <header className={styles.header}><PageLink to="/">Onefold</PageLink><span className={styles.quiet}>API documentation</span></header>
      <main className={styles.main} id="main">
        <h1 className={styles.title}>API documentation</h1>
        {document.isPending ? <Loading /> : null}
        {document.error ? <ErrorView problem={document.error} retry={() => void document.refetch()} /> : null}
        {document.data ? (
          <>
            <p className={styles.quiet}>
              Version {document.data.info.version}. Everything this application does goes over these endpoints. The same as a file: <Link href="/api/openapi.json" inline>openapi.json</Link> (OpenAPI {document.data.openapi}).
            </p>
            <p>Programs sign in with a token, made under Permissions. Answers are JSON; problems are <code>application/problem+json</code> with <code>title</code>, <code>detail</code> and <code>hint</code>.</p>
            <pre className={styles.code} tabIndex={0}>{`curl -H "Authorization: Bearer $ONEFOLD_TOKEN" ${location.origin}/api/projects`}</pre>
            <SearchBox aria-label="Find an endpoint" placeholder="Find an endpoint" value={params.get("find") ?? ""} onChange={(_, data) => setParams(data.value ? { find: data.value } : {}, { replace: true })} />
            {tags.length === 0 ? <Empty title="No endpoint fits" text="Try fewer letters." /> : null}
            {tags.map(([tag, list]) => (
              <section key={tag}>
                <h2 className={styles.tag}>{tag}</h2>
                <Accordion multiple collapsible>
                  {list.map((one) => (
                    <AccordionItem key={`${one.method} ${one.path}`} value={`${one.method} ${one.path}`}>
                      <AccordionHeader as="h3">
                        <span className={styles.head}>
                          <Badge appearance="tint" color={one.method === "GET" ? "informative" : one.method === "DELETE" ? "danger" : "brand"} className={styles.method}>{one.method}</Badge>
                          <span className={styles.path}>{one.path}</span>
                          <span className={styles.quiet}>{one.operation.summary}</span>
                        </span>
                      </AccordionHeader>
                      <AccordionPanel><Details endpoint={one} document={document.data} /></AccordionPanel>
                    </AccordionItem>
                  ))}
                </Accordion>
              </section>
            ))}
          </>
        ) : null}
      </main>
    </>
  );
}

function Details({ endpoint: { operation }, document }: { endpoint: Endpoint; document: OpenApi }) {
  const styles = useStyles();
  return (
    <>
      {operation.description ? <p>{operation.description}</p> : null}
      {operation.parameters && operation.parameters.length > 0 ? (
        <section className={styles.part}>
          <h4 className={styles.partTitle}>Parameters</h4>
          <table className={styles.table}>
            <thead><tr><th scope="col">Name</th><th scope="col">In</th><th scope="col">Type</th><th scope="col">What</th></tr></thead>
            <tbody>
              {operation.parameters.map((one) => (
                <tr key={`${one.in} ${one.name}`}><th scope="row"><code>{one.name}</code>{one.required ? " (needed)" : ""}</th><td>{one.in}</td><td>{typeWords(one.schema)}</td><td>{one.description}</td></tr>
              ))}
            </tbody>
          </table>
        </section>
      ) : null}
      {operation.requestBody ? <section className={styles.part}><h4 className={styles.partTitle}>Body</h4><Content body={operation.requestBody} document={document} /></section> : null}
      <section className={styles.part}>
        <h4 className={styles.partTitle}>Answers</h4>
        {Object.entries(operation.responses ?? {}).map(([status, body]) => (
          <div key={status}><strong>{status}</strong> {body.description}<Content body={body} document={document} /></div>
        ))}
      </section>
    </>
  );
}

function Content({ body, document }: { body: Body; document: OpenApi }) {
  return (
    <>
      {Object.entries(body.content ?? {}).map(([type, { schema }]) => (
        <div key={type}>
          <code>{type}</code>: {typeWords(schema)}
          {schema ? <Shape schema={schema} document={document} seen={[]} /> : null}
        </div>
      ))}
    </>
  );
}

/** The fields of what a schema leads to; those of fields open one by one. */
function Shape({ schema, document, seen }: { schema: Schema; document: OpenApi; seen: string[] }) {
  const styles = useStyles();
  const [open, setOpen] = useState<string | null>(null);
  const inner = schema.items ?? (schema.oneOf ?? schema.anyOf)?.find((one) => one.$ref) ?? (typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined) ?? schema;
  const target = inner.items ?? inner;
  const name = target.$ref ? refName(target.$ref) : null;
  const found = name ? document.components?.schemas?.[name] : target;
  const fields = Object.entries(found?.properties ?? {});
  if (!found || fields.length === 0 || (name && seen.includes(name))) return null;
  const below = name ? [...seen, name] : seen;
  const leads = (one: Schema): boolean => JSON.stringify(one).includes("$ref");
  return (
    <div className={styles.box}>
      {name ? <div><strong>{name}</strong> <span className={styles.quiet}>{found.description}</span></div> : null}
      <table className={styles.table}>
        <thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">What</th></tr></thead>
        <tbody>
          {fields.map(([key, field]) => (
            <tr key={key}>
              <th scope="row"><code>{key}</code>{found.required?.includes(key) ? "" : " (may be left out)"}</th>
              <td>
                {leads(field) ? <Link as="button" aria-expanded={open === key} onClick={() => setOpen(open === key ? null : key)}>{typeWords(field)}</Link> : typeWords(field)}
              </td>
              <td>{field.description}{open === key ? <Shape schema={field} document={document} seen={below} /> : null}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
