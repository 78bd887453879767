/*
 * StepGraph: the steps of a run from left to right, by what they read and write.
 *
 * Invariants: the same is beside it as a table (StepViews.tsx); states are icon and word; loaded only where it is shown.
 */
import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { Graph, layout } from "@dagrejs/dagre";
import { Background, Controls, Handle, Position, ReactFlow, type Edge, type Node, type NodeProps, type ReactFlowInstance } from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { useLayoutEffect, useMemo, useRef, useState, type FocusEvent } from "react";
import type { PlanView } from "../../api/types";
import { duration, formatNumber, State } from "../../parts/show";
import { useScheme } from "../../theme";
import { stageWord, STAGES } from "./stages";
import { follows, shortName, type Step } from "./steps";

const WIDTH = 216;
const HEIGHT = 76;

const useStyles = makeStyles({
  box: { border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, backgroundColor: tokens.colorNeutralBackground1 },
  node: { width: `${WIDTH}px`, height: `${HEIGHT}px`, padding: "8px 10px", borderRadius: tokens.borderRadiusMedium, border: `1px solid ${tokens.colorNeutralStroke1}`, backgroundColor: tokens.colorNeutralBackground1, color: tokens.colorNeutralForeground1, fontSize: tokens.fontSizeBase200, lineHeight: "16px", display: "flex", flexDirection: "column", justifyContent: "space-between", textAlign: "start" },
  chosen: { outline: `2px solid ${tokens.colorBrandForeground1}` },
  failed: { border: `2px solid ${tokens.colorPaletteRedBorderActive}` },
  running: { border: `2px solid ${tokens.colorBrandForeground1}` },
  quiet: { backgroundColor: tokens.colorNeutralBackground3 },
  name: { fontWeight: tokens.fontWeightSemibold, overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  line: { display: "flex", justifyContent: "space-between", gap: "8px", color: tokens.colorNeutralForeground2, fontVariantNumeric: "tabular-nums", whiteSpace: "nowrap" },
  handle: { visibility: "hidden" },
});

type StepNode = Node<{ step: Step; chosen: boolean }, "step">;

function StepBox({ data }: NodeProps<StepNode>) {
  const styles = useStyles();
  const { step, chosen } = data;
  const idle = step.state === "unchanged" || step.state === "not_asked" || step.state === "waiting";
  return (
    <div className={mergeClasses(styles.node, idle && styles.quiet, step.state === "failed" && styles.failed, step.state === "running" && styles.running, chosen && styles.chosen)} title={step.name}>
      <Handle type="target" position={Position.Left} className={styles.handle} isConnectable={false} />
      <span className={styles.name}>{shortName(step)}</span>
      <span className={styles.line}>
        <State state={step.state} />
        <span>{step.seconds === null ? "" : duration(step.seconds)}</span>
      </span>
      <span className={styles.line}>
        <span>{step.rowsOut === null ? "" : `${step.rowsIn === null ? "" : `${formatNumber(step.rowsIn)} → `}${formatNumber(step.rowsOut)} rows`}</span>
        <span>{step.warnings > 0 ? `${step.warnings} warnings` : ""}</span>
      </span>
      <Handle type="source" position={Position.Right} className={styles.handle} isConnectable={false} />
    </div>
  );
}

const kinds = { step: StepBox };

/** Where one looks first: the whole height, large enough to read, with the step that matters in sight. */
function firstLook(spots: Map<string, { x: number; y: number }>, width: number, at: string | undefined) {
  const all = [...spots.values()];
  const wide = Math.max(...all.map((spot) => spot.x), 0) + WIDTH;
  const high = Math.max(...all.map((spot) => spot.y), 0) + HEIGHT;
  const zoom = Math.min(1, Math.max(0.7, (width - 48) / wide));
  const height = Math.round(Math.min(560, Math.max(200, high * zoom + 96)));
  const spot = at === undefined ? undefined : spots.get(at);
  const shift = spot ? Math.min(0, width / 2 - (spot.x + WIDTH / 2) * zoom) : 24;
  const fits = high * zoom + 48 <= height;
  const y = fits ? (height - high * zoom) / 2 : spot ? Math.min(24, height / 2 - (spot.y + HEIGHT / 2) * zoom) : 24;
  return { height, viewport: { x: wide * zoom + 48 <= width ? 24 : Math.max(shift, width - wide * zoom - 24), y, zoom } };
}

/** Places by what follows what; without a plan by stage alone. */
function places(steps: Step[], edges: [string, string][]): Map<string, { x: number; y: number }> {
  const found = new Map<string, { x: number; y: number }>();
  if (edges.length === 0) {
    const order = STAGES.map(([stage]) => stage).filter((stage) => steps.some((step) => step.stage === stage));
    const count = new Map<string, number>();
    for (const step of steps) {
      const row = count.get(step.stage) ?? 0;
      count.set(step.stage, row + 1);
      found.set(step.name, { x: order.indexOf(step.stage) * (WIDTH + 48), y: row * (HEIGHT + 16) });
    }
    return found;
  }
  const graph = new Graph().setGraph({ rankdir: "LR", nodesep: 16, ranksep: 56 }).setDefaultEdgeLabel(() => ({}));
  for (const step of steps) graph.setNode(step.name, { width: WIDTH, height: HEIGHT });
  for (const [from, to] of edges) graph.setEdge(from, to);
  layout(graph);
  for (const step of steps) {
    const { x, y } = graph.node(step.name) as { x: number; y: number };
    found.set(step.name, { x: x - WIDTH / 2, y: y - HEIGHT / 2 });
  }
  return found;
}

/** The steps as a graph. */
export default function StepGraph({ steps, plan, chosen, onChoose }: { steps: Step[]; plan: PlanView | null; chosen: string | null; onChoose: (name: string) => void }) {
  const styles = useStyles();
  const { dark } = useScheme();
  const names = steps.map((step) => step.name).join("\n");
  const links = useMemo(() => (plan ? follows(names.split("\n"), plan) : []), [names, plan]);
  // Places follow from names alone, so that boxes do not move while rows are counted.
  const spots = useMemo(() => places(steps, links), [names, links]); // eslint-disable-line react-hooks/exhaustive-deps
  const nodes = steps.map((step): StepNode => ({
    id: step.name,
    type: "step",
    position: spots.get(step.name) ?? { x: 0, y: 0 },
    width: WIDTH,
    height: HEIGHT,
    data: { step, chosen: step.name === chosen },
    ariaLabel: `${stageWord(step.stage)}: ${shortName(step)}`,
    draggable: false,
    connectable: false,
  }));
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState<number | null>(null);
  useLayoutEffect(() => setWidth(box.current?.clientWidth ?? 960), []);
  const matters = (steps.find((step) => step.state === "failed") ?? steps.find((step) => step.state === "running"))?.name;
  const first = useMemo(() => firstLook(spots, width ?? 960, matters), [spots, width]); // eslint-disable-line react-hooks/exhaustive-deps
  const running = new Set(steps.filter((step) => step.state === "running").map((step) => step.name));
  const edges = links.map(([source, target]): Edge => ({ id: `${source}>${target}`, source, target, animated: running.has(target), focusable: false, style: { stroke: tokens.colorNeutralForeground4 } }));
  const flow = useRef<ReactFlowInstance<StepNode> | null>(null);
  // A step that the keyboard comes to is brought whole into sight.
  const show = (event: FocusEvent<HTMLElement>) => {
    const node = (event.target as HTMLElement).closest<HTMLElement>(".react-flow__node");
    const spot = spots.get(node?.dataset.id ?? "");
    if (!node?.matches(":focus-visible") || !box.current || !flow.current || !spot) return;
    // By the graph's own reckoning: while the focus moves, the browser has scrolled the box, and the graph takes that back.
    const { x, y, zoom } = flow.current.getViewport();
    const [left, top] = [x + spot.x * zoom, y + spot.y * zoom];
    const inside = left >= 0 && top >= 0 && left + WIDTH * zoom <= box.current.clientWidth && top + HEIGHT * zoom <= box.current.clientHeight;
    if (!inside) void flow.current.setCenter(spot.x + WIDTH / 2, spot.y + HEIGHT / 2, { zoom });
    box.current.scrollIntoView({ block: "nearest" });
  };
  return (
    <div ref={box} onFocus={show} className={styles.box} style={{ height: first.height }} role="group" aria-label="Steps from left to right">
      {width === null ? null : <ReactFlow
        key={names}
        onInit={(one) => { flow.current = one; }}
        defaultViewport={first.viewport}
        nodes={nodes}
        edges={edges}
        nodeTypes={kinds}
        minZoom={0.15}
        maxZoom={1.5}
        colorMode={dark ? "dark" : "light"}
        nodesDraggable={false}
        nodesConnectable={false}
        elementsSelectable
        onNodeClick={(_, node) => onChoose(node.id)}
        onSelectionChange={({ nodes: picked }) => { const one = picked[0]; if (one) onChoose(one.id); }}
        preventScrolling={false}
        zoomOnScroll={false}
        panOnScroll={false}
        style={{ background: "transparent" }}
        proOptions={{ hideAttribution: true }}
      >
        <Background gap={24} />
        <Controls showInteractive={false} orientation="horizontal" position="bottom-left" />
      </ReactFlow>}
    </div>
  );
}
