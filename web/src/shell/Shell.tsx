// Shell: what stays around every page.
import { Outlet } from "react-router";

/** What stays around every page. */
export function Shell() {
  return (
    <main id="main">
      <Outlet />
    </main>
  );
}
