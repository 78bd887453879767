// Values: what stands in a column, with how often, to complete what somebody types.
//
// Reads: GET tables/{table}/values.

import { useEffect, useState } from "react";
import { seg } from "../../api/client";
import { useGet, useProject } from "../../api/hooks";
import type { BucketView } from "../../api/types";
import type { Picked, Scope } from "./scope";
import { local } from "./scope";

/** A value a little later: not at every keystroke. */
export function useLater<T>(value: T, milliseconds: number): T {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLater(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return later;
}

/** The commonest values of a column that contain a text. The text goes out only for columns of tables, never for people's names in an address: see `quiet`. */
export function useValues(scope: Scope, picked: Picked | undefined, contains: string, limit: number, enabled = true): { values: BucketView[]; loading: boolean } {
  const project = useProject();
  const typed = useLater(contains, 120);
  const given = picked ? scope.suggest?.(picked.column.name) : undefined;
  const asks = enabled && picked !== undefined && !scope.suggest && !quiet(picked);
  const path = asks
    ? project.p(`/tables/${seg(picked.table.table)}/values?column=${seg(local(picked.table, picked.column))}&contains=${seg(typed)}&limit=${limit}`)
    : null;
  const answer = useGet<BucketView[]>(path, { staleTime: 300_000, keep: typed !== "" });
  if (given) {
    const low = contains.toLowerCase();
    return { values: given.filter((one) => String(one.value ?? "").toLowerCase().includes(low)).slice(0, limit), loading: false };
  }
  return { values: asks ? (answer.data ?? []) : [], loading: asks && answer.isFetching };
}

/** Whether a column names a person, so that what is typed must not stand in an address. */
export function quiet(picked: Picked): boolean {
  const semantic = picked.column.semantic ?? "";
  if (picked.column.key) return true;
  return /^(Person\.(FirstName|LastName|MiddleName|FullName|BirthDate)|Identity\.|Location\.Address|ID$)/.test(semantic);
}
