// NotFound: an address without a page.
import { Link } from "@fluentui/react-components";
import { useEffect } from "react";
import { useParams } from "react-router";
import { Empty } from "../parts/states";
import { Outside } from "./Outside";

/** What stands at an address without a page. */
export default function NotFound() {
  const { project } = useParams();
  useEffect(() => {
    document.title = "Not found · Onefold";
  }, []);
  const text = "The address may be mistyped, or what it showed was deleted or renamed.";
  // Beside the projects nothing stands around it.
  if (!project) return <Outside title="There is no page here" text={text}><Link href="/">Go to the start</Link></Outside>;
  return (
    <>
      <h1 className="visually-hidden">Not found</h1>
      <Empty title="There is no page here" text={text} action={<Link href="/">Go to the start</Link>} />
    </>
  );
}
