// link: a link to a page of this application, looking like every other link.
import { Link, makeStyles } from "@fluentui/react-components";
import type { ReactNode } from "react";
import { useHref, useLinkClickHandler, type To } from "react-router";
import { useProject } from "../api/hooks";
import type { ObjectRef } from "../api/types";
import { objectWord, pageOf } from "./objects";

const useStyles = makeStyles({ one: { marginRight: "10px" } });

/** A link within the application; keeps middle click and copy link. */
export function PageLink({ to, children, state, className, inline }: { to: To; children: ReactNode; state?: unknown; className?: string; inline?: boolean }) {
  const href = useHref(to);
  const go = useLinkClickHandler<HTMLAnchorElement>(to, { state });
  return (
    <Link href={href} className={className} inline={inline} onClick={(event) => go(event as React.MouseEvent<HTMLAnchorElement>)}>
      {children}
    </Link>
  );
}

/** A link to a definition's page. */
export function ObjectLink({ object, children }: { object: ObjectRef; children?: ReactNode }) {
  const { to } = useProject();
  return <PageLink to={to(pageOf(object))}>{children ?? objectWord(object)}</PageLink>;
}

/** The first of several definitions and how many more, for a row of a list. */
export function FewLinks({ objects }: { objects: ObjectRef[] }) {
  const [first, ...rest] = objects;
  if (!first) return <span>nothing</span>;
  return (
    <span title={objects.map(objectWord).join(", ")}>
      <ObjectLink object={first} />
      {rest.length > 0 ? ` and ${rest.length} more` : ""}
    </span>
  );
}

/** Links to several definitions. */
export function ObjectLinks({ objects }: { objects: ObjectRef[] }) {
  const styles = useStyles();
  if (objects.length === 0) return <>nothing</>;
  return (
    <>
      {objects.map((object) => (
        <span key={`${object.kind}/${object.name}`} className={styles.one}>
          <ObjectLink object={object} />
        </span>
      ))}
    </>
  );
}
