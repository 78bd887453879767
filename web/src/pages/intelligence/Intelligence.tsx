// Intelligence: not there yet, said plainly.
import { PageLink } from "../../parts/link";
import { PageHead } from "../../parts/page-head";
import { Empty } from "../../parts/states";
import { useProject } from "../../api/hooks";

/** The page of intelligence. */
export default function Intelligence() {
  const { to } = useProject();
  return (
    <>
      <PageHead title="Intelligence" subtitle="What is likely to happen, learned from what did." />
      <Empty
        title="Predictions are not part of this version"
        text="They will say how likely something is for each person, with what speaks for it. Until then, measures over past activities go a long way: who missed half of their appointments, whose last visit is long ago."
        action={<PageLink to={to("/measures/new")}>Add a measure</PageLink>}
      />
    </>
  );
}
