// Account: who is signed in, light or dark, the password, signing out.
import { Avatar, Button, makeStyles, Menu, MenuDivider, MenuGroup, MenuGroupHeader, MenuItem, MenuItemRadio, MenuList, MenuPopover, MenuTrigger, tokens } from "@fluentui/react-components";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useNavigate } from "react-router";
import { useEnter, useSend, useSession } from "../api/hooks";
import type { SessionView } from "../api/jobs";
import { useScheme, type Scheme } from "../theme";

const Password = lazy(() => import("./Password"));
const useStyles = makeStyles({ who: { padding: "8px 12px", maxWidth: "260px" }, quiet: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 } });

/** The account menu. */
export function Account() {
  const styles = useStyles();
  const session = useSession();
  const { scheme, setScheme } = useScheme();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const send = useSend();
  const enter = useEnter();
  const [changing, setChanging] = useState(false);
  const user = session.data?.user;
  if (!user) return null;
  const called = user.title || user.name;
  const words = called.split(/\s+/).filter(Boolean);
  const initials = `${words[0]?.charAt(0) ?? ""}${words.length > 1 ? (words.at(-1)?.charAt(0) ?? "") : ""}`.toUpperCase();
  const signOut = async () => {
    const left = await send<SessionView | undefined>("DELETE", "/api/session");
    // The pages go first, then what they knew: nothing of what was seen stays in the browser's memory.
    await navigate("/signin", { replace: true, state: { left: true } });
    if (left) enter(left);
    else await session.refetch();
    sessionStorage.clear();
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "/api/session" });
  };
  return (
    <>
      <Menu checkedValues={{ scheme: [scheme] }} onCheckedValueChange={(_, data) => setScheme((data.checkedItems[0] ?? "system") as Scheme)}>
        <MenuTrigger disableButtonEnhancement>
          <Button appearance="subtle" shape="circular" icon={<Avatar name={called} initials={initials} size={28} color="neutral" aria-hidden />} aria-label={`${initials}: account of ${called}`} />
        </MenuTrigger>
        <MenuPopover>
          <div className={styles.who}>
            <div>{called}</div>
            <div className={styles.quiet}>{user.name} · {user.role}</div>
          </div>
          <MenuList>
            <MenuDivider />
            <MenuGroup>
              <MenuGroupHeader>Appearance</MenuGroupHeader>
              <MenuItemRadio name="scheme" value="light">Light</MenuItemRadio>
              <MenuItemRadio name="scheme" value="dark">Dark</MenuItemRadio>
              <MenuItemRadio name="scheme" value="system">Like the system</MenuItemRadio>
            </MenuGroup>
            <MenuDivider />
            <MenuItem onClick={() => setChanging(true)}>Change password…</MenuItem>
            <MenuItem onClick={() => void navigate("/docs")}>API documentation</MenuItem>
            <MenuItem onClick={() => void signOut()}>Sign out</MenuItem>
          </MenuList>
        </MenuPopover>
      </Menu>
      {changing ? <Suspense fallback={null}><Password close={() => setChanging(false)} /></Suspense> : null}
    </>
  );
}
