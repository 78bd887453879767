/*
 * Person: an example person of the last run, whose values show which source won.
 *
 * Invariants: people made of several records come first, as nothing can be seen at the others; what is searched stays out of the address.
 */
import { Button, makeStyles, SearchBox, Text } from "@fluentui/react-components";
import { ArrowShuffleRegular } from "@fluentui/react-icons";
import { useState } from "react";
import { useGet, usePost, useProject } from "../../api/hooks";
import type { CustomerExplained, PairsView, SearchView } from "../../api/types";
import { PageLink } from "../../parts";
import { useLate } from "../sources/late";

const useStyles = makeStyles({ bar: { display: "flex", gap: "8px", alignItems: "center", flexWrap: "wrap", marginTop: "8px" } });

export interface Person {
  explained: CustomerExplained | undefined;
  title: string;
  search: string;
  setSearch: (text: string) => void;
  another: () => void;
  id: string | null;
}

export function usePerson(enabled: boolean): Person {
  const { p } = useProject();
  const [search, setSearch] = useState("");
  const [turn, setTurn] = useState(0);
  const late = useLate(search.trim(), 300);
  const pairs = usePost<PairsView>(enabled && late === "" ? p("/unify/pairs") : null, { search: "", offset: 0, limit: 50 });
  const joined = [...new Set((pairs.data?.pairs ?? []).map((pair) => pair.customer_id).filter((id): id is string => id !== null))];
  const needsSearch = enabled && (late !== "" || (pairs.data !== undefined && joined.length === 0) || pairs.error !== null);
  const found = usePost<SearchView>(needsSearch ? p("/customers/search") : null, { text: late, limit: 20 });
  const ids = late === "" && joined.length > 0 ? joined : (found.data?.hits ?? []).map((hit) => hit.customer_id);
  const id = ids.length === 0 ? null : (ids[turn % ids.length] ?? null);
  const explained = useGet<CustomerExplained>(id ? p(`/customers/${encodeURIComponent(id)}/explain`) : null, { keep: true });
  const hit = found.data?.hits.find((one) => one.customer_id === id);
  return { explained: id ? explained.data : undefined, title: hit?.title ?? "An example person", search, setSearch: (text) => { setSearch(text); setTurn(0); }, another: () => setTurn(turn + 1), id };
}

export function PersonBar({ person }: { person: Person }) {
  const styles = useStyles();
  const { to } = useProject();
  if (!person.id && person.search === "") return null;
  return (
    <div className={styles.bar}>
      <Text size={200}>Which source won, for a person of the last run:</Text>
      <SearchBox size="small" placeholder="Find a person" aria-label="Find a person" value={person.search} onChange={(_, data) => person.setSearch(data.value)} />
      <Button size="small" appearance="subtle" icon={<ArrowShuffleRegular />} onClick={person.another} disabled={!person.id}>Another person</Button>
      {person.id ? <PageLink to={to(`/customers/${encodeURIComponent(person.id)}`)}>Profile</PageLink> : <Text size={200}>Nobody found.</Text>}
    </div>
  );
}
