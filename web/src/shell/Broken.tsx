// Broken: a page that failed; says so and offers ways on.
import { Button, makeStyles } from "@fluentui/react-components";
import { useRouteError } from "react-router";
import { ErrorView } from "../parts/states";

const useStyles = makeStyles({ box: { padding: "24px" } });

/** What stands where a page failed; `alone` when nothing stands around it. */
export function Broken({ alone }: { alone?: boolean }) {
  const Around = alone ? "main" : "div";
  const styles = useStyles();
  const error = useRouteError();
  return (
    <Around className={styles.box}>
      <h1>This page failed</h1>
      <ErrorView problem={error} retry={() => location.reload()} />
      <Button onClick={() => location.assign("/")}>Go to the start</Button>
    </Around>
  );
}
