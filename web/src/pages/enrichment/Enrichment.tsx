// Enrichment: not there yet, said plainly.
import { PageLink } from "../../parts/link";
import { PageHead } from "../../parts/page-head";
import { Empty } from "../../parts/states";
import { useProject } from "../../api/hooks";

/** The page of enrichment. */
export default function Enrichment() {
  const { to } = useProject();
  return (
    <>
      <PageHead title="Enrichment" subtitle="What others know about the same people." />
      <Empty
        title="Enrichment is not part of this version"
        text="It will add columns from outside to profiles, each with where it came from. Until then, a source that holds such columns does the same: connect it and unify it by its key."
        action={<PageLink to={to("/sources/new")}>Connect a source</PageLink>}
      />
    </>
  );
}
