// NotFound: an address without a page.
import { Link } from "@fluentui/react-components";
import { Empty } from "../parts/states";

/** What stands at an address without a page. */
export default function NotFound() {
  return (
    <>
      <h1 className="visually-hidden">Not found</h1>
      <Empty title="There is no page here" text="The address may be mistyped, or what it showed was deleted or renamed." action={<Link href="/">Go to the start</Link>} />
    </>
  );
}
