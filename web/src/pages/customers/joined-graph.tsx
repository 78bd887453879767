/*
 * joined-graph: the records of a profile as numbered circles, and the links between them; the list beside it says the same.
 *
 * Invariants: places follow from the order of records alone; strong links are thick, those besides the tree of strongest ones dotted.
 */
import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import type { IdentityView } from "../../api/types";
import { sameRef } from "../review/sides";

const useStyles = makeStyles({
  picture: { width: "100%", maxWidth: "420px", height: "auto", display: "block", margin: "0 0 8px" },
  link: { stroke: tokens.colorBrandStroke1, fill: "none" },
  bridge: { stroke: tokens.colorPaletteDarkOrangeBorderActive },
  circle: { fill: tokens.colorNeutralBackground1, stroke: tokens.colorNeutralStroke1, strokeWidth: "1.5px" },
  winner: { stroke: tokens.colorBrandStroke1, strokeWidth: "2px" },
  number: { fill: tokens.colorNeutralForeground1, fontSize: "12px", textAnchor: "middle", dominantBaseline: "central" },
});

/** More than this is a heap, not a picture. */
const MOST = 40;

export function Graph({ view }: { view: IdentityView }) {
  const styles = useStyles();
  const count = view.records.length;
  if (count < 2 || count > MOST) return null;
  const width = 420;
  const height = count === 2 ? 72 : count <= 6 ? 180 : 280;
  const spot = (at: number): [number, number] => {
    if (count === 2) return [at === 0 ? 60 : width - 60, height / 2];
    const turn = (2 * Math.PI * at) / count - Math.PI / 2;
    return [width / 2 + (width / 2 - 40) * Math.cos(turn), height / 2 + (height / 2 - 20) * Math.sin(turn)];
  };
  const place = (record: { table: string; key: string }) => view.records.findIndex((one) => sameRef(one, record));
  const drawn = [...view.links].sort((a, b) => Number(a.tree) - Number(b.tree));
  return (
    <svg className={styles.picture} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${count} records and ${view.links.length} links between them; the list says which`}>
      {drawn.map((link, at) => {
        const [a, b] = [place(link.a), place(link.b)];
        if (a === -1 || b === -1) return null;
        const [[x1, y1], [x2, y2]] = [spot(a), spot(b)];
        const strength = link.kind === "model" ? Math.max(1, Math.min(5, 1 + (link.weight ?? 0) / 6)) : 4;
        return <line key={at} className={mergeClasses(styles.link, link.bridge && styles.bridge)} x1={x1} y1={y1} x2={x2} y2={y2} strokeWidth={strength} strokeDasharray={link.tree ? undefined : "2 4"} opacity={link.tree ? 1 : 0.6} />;
      })}
      {view.records.map((record, at) => {
        const [x, y] = spot(at);
        return (
          <g key={at}>
            <circle className={mergeClasses(styles.circle, record.winner && styles.winner)} cx={x} cy={y} r="14" />
            <text className={styles.number} x={x} y={y}>{at + 1}</text>
          </g>
        );
      })}
    </svg>
  );
}
