// stages: the stages of a run, in order, in words.
/** Stages in order: the word of the API, and in words. */
export const STAGES: [string, string][] = [
  ["ingest", "Data sources"],
  ["unify", "Unify"],
  ["relationships", "Relationships"],
  ["activities", "Activities"],
  ["enrich", "Enrichment"],
  ["measures", "Measures"],
  ["segments", "Segments"],
  ["activate", "Exports"],
];

/** A stage in words. */
export const stageWord = (stage: string): string => STAGES.find(([word]) => word === stage)?.[1] ?? stage;
