// objects: where a definition's page is, and what its kind is called.
import type { Kind, ObjectRef } from "../api/types";

const AREAS: Record<Kind, string> = {
  settings: "/system/schedule",
  source: "/sources",
  unify: "/unify",
  relationships: "/relationships",
  activity: "/activities",
  measure: "/measures",
  segment: "/segments",
  connection: "/connections",
  export: "/exports",
};

/** What one is called. */
export const KIND_WORD: Record<Kind, string> = {
  settings: "settings",
  source: "source",
  unify: "unification",
  relationships: "relationships",
  activity: "activity",
  measure: "measure",
  segment: "segment",
  connection: "connection",
  export: "export",
};

const SINGLE: ReadonlySet<Kind> = new Set<Kind>(["settings", "unify", "relationships"]);

/** The page of a definition, for `project.to`. */
export const pageOf = ({ kind, name }: ObjectRef): string =>
  SINGLE.has(kind) ? AREAS[kind] : `${AREAS[kind]}/${encodeURIComponent(name)}`;

/** A definition in words: `export SegmentsToOutreach`. */
export const objectWord = ({ kind, name }: ObjectRef): string => (SINGLE.has(kind) ? KIND_WORD[kind] : `${KIND_WORD[kind]} ${name}`);
