/*
 * RowCondition: a condition over a table's own columns, for `filter_rows`; values are suggested from the preview.
 */
import { useMemo } from "react";
import type { AttributeView, BucketView } from "../../api/types";
import { ConditionBuilder, ownScope } from "../../parts/conditions";
import type { StepColumn } from "./steps";

/** The columns as attributes of the table alone. */
export const attributesOf = (columns: StepColumn[]): AttributeView[] =>
  columns.map((column) => ({ name: column.name, title: column.name, type: column.type, semantic: null, key: false, searchable: false, facet: false }));

export function RowCondition(props: { table: string; columns: (StepColumn & { top?: BucketView[] })[]; value: string; onChange: (text: string) => void }) {
  const { table, columns } = props;
  const scope = useMemo(
    () => ownScope(table, attributesOf(columns), (name) => columns.find((column) => column.name === name)?.top ?? null),
    [table, columns],
  );
  return <ConditionBuilder text={props.value} scope={scope} label="Rows to keep" onChange={(text) => props.onChange(text)} />;
}
