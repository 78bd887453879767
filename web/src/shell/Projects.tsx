// Projects: which project this is, and the others.
import { Button, makeStyles, Menu, MenuDivider, MenuItem, MenuItemRadio, MenuList, MenuPopover, MenuTrigger } from "@fluentui/react-components";
import { AddRegular, ChevronDownRegular } from "@fluentui/react-icons";
import { useNavigate } from "react-router";
import { seg } from "../api/client";
import { useProject } from "../api/hooks";
import type { ProjectEntry } from "../api/types";

const useStyles = makeStyles({
  button: { fontWeight: "normal", maxWidth: "240px", minWidth: "0", flexShrink: 1 },
  word: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap", "@media (max-width: 640px)": { maxWidth: "84px" } },
});

/** The switcher of projects. */
export function Projects({ projects, current }: { projects: ProjectEntry[]; current: string }) {
  const styles = useStyles();
  const navigate = useNavigate();
  const { title, can } = useProject();
  return (
    <Menu checkedValues={{ project: [current] }}>
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="subtle" className={styles.button} icon={<ChevronDownRegular />} iconPosition="after" aria-label={`Project ${title}: switch`}>
          <span className={styles.word}>{title}</span>
        </Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {projects.map((one) => (
            <MenuItemRadio key={one.name} name="project" value={one.name} secondaryContent={one.name} onClick={() => void navigate(`/p/${seg(one.name)}/home`)}>
              {one.title}
            </MenuItemRadio>
          ))}
          {can("owner") ? (
            <>
              <MenuDivider />
              <MenuItem icon={<AddRegular />} onClick={() => void navigate("/new")}>New project</MenuItem>
            </>
          ) : null}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
