// NavDrawer: the navigation on narrow screens.
import { Button, Drawer, DrawerBody, DrawerHeader, DrawerHeaderTitle, makeStyles } from "@fluentui/react-components";
import { DismissRegular } from "@fluentui/react-icons";
import { Nav } from "./Nav";

const useStyles = makeStyles({ drawer: { maxWidth: "280px" }, body: { padding: 0 } });

/** The navigation over the page. */
export default function NavDrawer({ close }: { close: () => void }) {
  const styles = useStyles();
  return (
    <Drawer type="overlay" open onOpenChange={(_, data) => !data.open && close()} className={styles.drawer} aria-label="Pages">
      <DrawerHeader>
        <DrawerHeaderTitle action={<Button appearance="subtle" icon={<DismissRegular />} aria-label="Close the navigation" onClick={close} />}>Pages</DrawerHeaderTitle>
      </DrawerHeader>
      <DrawerBody className={styles.body}><nav aria-label="Pages"><Nav /></nav></DrawerBody>
    </Drawer>
  );
}
