// Help: where to read more, and all keys.
import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, DialogTrigger, makeStyles, tokens } from "@fluentui/react-components";
import { PageLink } from "../parts/link";
import { PLACES } from "./places";

const useStyles = makeStyles({
  columns: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(240px, 1fr))", gap: "8px 32px" },
  heading: { fontSize: tokens.fontSizeBase300, margin: "12px 0 4px" },
  list: { display: "grid", gridTemplateColumns: "max-content 1fr", columnGap: "12px", rowGap: "6px", margin: 0, alignItems: "baseline" },
  words: { margin: 0 },
  key: { border: `1px solid ${tokens.colorNeutralStroke1}`, borderRadius: tokens.borderRadiusSmall, padding: "1px 6px", fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, whiteSpace: "nowrap" },
  surface: { maxWidth: "720px" },
});

const KEYS: [string, [string, string][]][] = [
  ["Everywhere", [["/", "search people, segments, measures, tables, pages"], ["Ctrl K", "the same, also while typing"], ["?", "this help"], ["Esc", "close what is open"]]],
  ["In lists", [["↑ ↓ ← →", "move"], ["Home End", "first and last of the row"], ["Page ↑ ↓", "ten rows"], ["Enter", "open"], ["F2", "the buttons of a row; Esc goes back"], ["Space", "select"]]],
  ["In editors", [["Ctrl Z", "undo"], ["Ctrl Y", "redo"], ["Esc Tab", "leave the text of a definition"]]],
];

/** Help and keyboard shortcuts. */
export default function Help({ close }: { close: () => void }) {
  const styles = useStyles();
  const lists: [string, [string, string][]][] = [...KEYS, ["Go to", PLACES.map((place): [string, string] => [`g ${place.letter}`, place.title])]];
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && close()}>
      <DialogSurface className={styles.surface}>
        <DialogBody>
          <DialogTitle>Help and keyboard shortcuts</DialogTitle>
          <DialogContent>
            <p>Every page says at its head what it is for. The <PageLink to="/docs" inline>API documentation</PageLink> lists what programs may ask.</p>
            <div className={styles.columns}>
              {lists.map(([title, keys]) => (
                <section key={title}>
                  <h3 className={styles.heading}>{title}</h3>
                  <dl className={styles.list}>
                    {keys.map(([key, words]) => [
                      <dt key={`${key}-k`}><kbd className={styles.key}>{key}</kbd></dt>,
                      <dd key={`${key}-w`} className={styles.words}>{words}</dd>,
                    ])}
                  </dl>
                </section>
              ))}
            </div>
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement><Button appearance="primary">Close</Button></DialogTrigger>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
