/*
 * GraphCanvas: tables and relationships drawn: two tints of tables, three kinds of lines, 1 and * at their ends.
 *
 * Invariants: kind is said by word and line, not by colour alone; the table beside it holds the same for those who cannot see it.
 * Not here: where boxes stand (layout), files of it (picture).
 */
import { Button, Checkbox, makeStyles, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger, mergeClasses, SearchBox, Select, Text, tokens } from "@fluentui/react-components";
import { ArrowDownloadRegular, DatabaseRegular, KeyRegular, SettingsRegular, ZoomFitRegular } from "@fluentui/react-icons";
import { Background, BaseEdge, Controls, EdgeLabelRenderer, getBezierPath, Handle, MiniMap, Position, ReactFlow, ReactFlowProvider, useReactFlow, type Edge, type EdgeProps, type Node, type NodeProps } from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { Fragment, useEffect, useMemo } from "react";
import type { GraphEdge, GraphTable } from "../../api/types";
import { formatNumber, useToast } from "../../parts";
import { useScheme } from "../../theme";
import { columnAt, layout, type Box, type Direction } from "./layout";
import { KIND, lightOf, marks, matches, type Filter } from "./model";
import { hand, pngOf, svgOf } from "./picture";

const useStyles = makeStyles({
  box: { height: "max(420px, calc(100vh - 320px))", border: `1px solid ${tokens.colorNeutralStroke2}`, borderRadius: tokens.borderRadiusMedium, overflow: "hidden" },
  tools: { display: "flex", gap: "12px", alignItems: "center", flexWrap: "wrap", marginBottom: "8px" },
  legend: { display: "flex", gap: "16px", alignItems: "center", flexWrap: "wrap", marginTop: "8px", fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2 },
  sample: { width: "36px", height: 0, display: "inline-block", borderTopWidth: "2px", borderTopStyle: "solid", borderTopColor: tokens.colorNeutralForeground3, marginRight: "6px", verticalAlign: "middle" },
  dashed: { borderTopStyle: "dashed" },
  dotted: { borderTopStyle: "dotted" },
  node: { boxSizing: "border-box", borderRadius: "4px", border: "1px solid", padding: "6px 10px", color: tokens.colorNeutralForeground1, fontSize: tokens.fontSizeBase200, height: "100%", overflow: "hidden", cursor: "pointer" },
  user: { backgroundColor: tokens.colorPaletteGreenBackground1, borderTopColor: tokens.colorPaletteGreenBorder2, borderRightColor: tokens.colorPaletteGreenBorder2, borderBottomColor: tokens.colorPaletteGreenBorder2, borderLeftColor: tokens.colorPaletteGreenBorder2 },
  system: { backgroundColor: tokens.colorBrandBackground2, borderTopColor: tokens.colorPaletteBlueBorderActive, borderRightColor: tokens.colorPaletteBlueBorderActive, borderBottomColor: tokens.colorPaletteBlueBorderActive, borderLeftColor: tokens.colorPaletteBlueBorderActive },
  dim: { opacity: 0.3 },
  found: { outline: `3px solid ${tokens.colorStrokeFocus2}` },
  chosen: { outline: `3px solid ${tokens.colorBrandStroke1}` },
  name: { fontWeight: tokens.fontWeightSemibold, whiteSpace: "nowrap", overflow: "hidden", textOverflow: "ellipsis", display: "block", lineHeight: "20px" },
  rows: { color: tokens.colorNeutralForeground2, display: "flex", gap: "4px", alignItems: "center", lineHeight: "16px", marginBottom: "4px" },
  column: { display: "flex", gap: "4px", alignItems: "center", lineHeight: "20px", whiteSpace: "nowrap", overflow: "hidden", textOverflow: "ellipsis" },
  handle: { visibility: "hidden" },
  mark: { position: "absolute", fontWeight: tokens.fontWeightSemibold, fontSize: tokens.fontSizeBase200, backgroundColor: tokens.colorNeutralBackground1, padding: "0 3px", borderRadius: "2px", color: tokens.colorNeutralForeground1, pointerEvents: "none" },
  warn: { color: tokens.colorPaletteRedForeground1 },
});

type TableNode = Node<{ table: GraphTable; box: Box; direction: Direction; dim: boolean; found: boolean; chosen: boolean }, "table">;
type LinkEdge = Edge<{ edge: GraphEdge & { draft: boolean }; dim: boolean; lit: boolean }, "link">;

function TableBox({ data }: NodeProps<TableNode>) {
  const styles = useStyles();
  const { table, box, direction } = data;
  return (
    <div className={mergeClasses(styles.node, table.kind === "system" ? styles.system : styles.user, data.dim && styles.dim, data.found && styles.found, data.chosen && styles.chosen)}>
      {direction === "LR" ? (
        [...box.columns, ""].map((column) => (
          <Fragment key={column}>
            <Handle id={`from ${column}`} type="source" position={Position.Right} className={styles.handle} style={{ top: columnAt(box, column) }} />
            <Handle id={`to ${column}`} type="target" position={Position.Left} className={styles.handle} style={{ top: columnAt(box, column) }} />
          </Fragment>
        ))
      ) : (
        <>
          <Handle id="from " type="source" position={Position.Bottom} className={styles.handle} />
          <Handle id="to " type="target" position={Position.Top} className={styles.handle} />
        </>
      )}
      <span className={styles.name} title={table.name}>{table.name}</span>
      <span className={styles.rows}>{table.kind === "system" ? <SettingsRegular aria-hidden /> : <DatabaseRegular aria-hidden />}{table.kind === "system" ? "system" : "source"}{table.rows === null ? "" : `, ${formatNumber(table.rows)} rows`}</span>
      {box.columns.map((column) => <span key={column} className={styles.column}>{column === table.key ? <KeyRegular aria-label="key" /> : null}{column}</span>)}
      {box.more > 0 ? <span className={styles.column}>{formatNumber(box.more)} more columns</span> : null}
    </div>
  );
}

const DASH: Record<string, string | undefined> = { user: undefined, system: "8 5", inherited: "2 4" };

function Link(props: EdgeProps<LinkEdge>) {
  const styles = useStyles();
  const { sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, data } = props;
  const [path] = getBezierPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition });
  if (!data) return null;
  const [a, b] = marks(data.edge.cardinality);
  const right = sourcePosition === Position.Right;
  const warned = data.edge.warning !== null;
  const colour = data.lit ? tokens.colorBrandStroke1 : warned ? tokens.colorPaletteRedBorderActive : tokens.colorNeutralForeground3;
  const mark = (x: number, y: number, words: string) => (
    <span className={mergeClasses(styles.mark, data.dim && styles.dim, warned && styles.warn)} style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>{words}</span>
  );
  return (
    <>
      <BaseEdge id={props.id} path={path} interactionWidth={16} style={{ stroke: colour, strokeWidth: data.lit ? 3 : 1.5, strokeDasharray: DASH[data.edge.kind], opacity: data.dim ? 0.2 : 1 }} />
      <EdgeLabelRenderer>
        {mark(sourceX + (right ? 12 : 0), sourceY + (right ? 0 : 12), a)}
        {mark(targetX - (right ? 12 : 0), targetY - (right ? 0 : 12), warned ? `${b} !` : b)}
      </EdgeLabelRenderer>
    </>
  );
}

const nodeTypes = { table: TableBox };
const edgeTypes = { link: Link };

export interface GraphCanvasProps {
  tables: GraphTable[];
  edges: (GraphEdge & { draft: boolean })[];
  filter: Filter;
  onFilter: (filter: Filter) => void;
  direction: Direction;
  onDirection: (direction: Direction) => void;
  chosen: string | null;
  onChoose: (table: string | null) => void;
  onEdge: (name: string) => void;
  title: string;
}

export default function GraphCanvas(props: GraphCanvasProps) {
  return (
    <ReactFlowProvider>
      <Canvas {...props} />
    </ReactFlowProvider>
  );
}

function Canvas(props: GraphCanvasProps) {
  const styles = useStyles();
  const { tables, edges, filter, direction, chosen } = props;
  const { fitView } = useReactFlow();
  const { dark } = useScheme();
  const toast = useToast();
  const boxes = useMemo(() => layout(tables, edges, direction), [tables, edges, direction]);
  const light = useMemo(() => lightOf(tables.find((table) => table.name === chosen), edges), [tables, edges, chosen]);
  const found = tables.filter((table) => matches(table, filter.search)).map((table) => table.name);
  const foundKey = found.join(" ");
  const nodes = useMemo(
    () =>
      boxes.flatMap((box): TableNode[] => {
        const table = tables.find((one) => one.name === box.name);
        if (!table) return [];
        const isFound = foundKey.split(" ").includes(box.name);
        const dim = (light !== null && !light.tables.has(box.name)) || (foundKey !== "" && !isFound);
        return [{ id: box.name, type: "table", position: { x: box.x, y: box.y }, width: box.width, height: box.height, data: { table, box, direction, dim, found: isFound, chosen: chosen === box.name }, ariaLabel: `${table.name}, ${KIND[table.kind] ?? table.kind} table`, connectable: false, draggable: true }];
      }),
    [boxes, tables, light, chosen, direction, foundKey],
  );
  const links = useMemo(
    () =>
      edges.map((edge): LinkEdge => {
        const lit = light !== null && light.edges.has(edge.name);
        const handle = (table: string, column: string) => (direction === "LR" && boxes.find((box) => box.name === table)?.columns.includes(column) ? column : "");
        return { id: edge.name, source: edge.from_table, target: edge.to_table, sourceHandle: `from ${handle(edge.from_table, edge.from_column)}`, targetHandle: `to ${handle(edge.to_table, edge.to_column)}`, type: "link", data: { edge, lit, dim: light !== null && !lit }, ariaLabel: `${edge.name}: ${edge.from_table}.${edge.from_column} to ${edge.to_table}.${edge.to_column}` };
      }),
    [edges, light, boxes, direction],
  );
  useEffect(() => {
    requestAnimationFrame(() => void fitView({ padding: 0.1, nodes: foundKey === "" ? undefined : foundKey.split(" ").map((id) => ({ id })), maxZoom: 1.2 }));
  }, [fitView, direction, foundKey, boxes.length]);
  const toggle = (key: "tables" | "edges", word: string) => {
    const list = filter[key];
    props.onFilter({ ...filter, [key]: list.includes(word) ? list.filter((one) => one !== word) : [...list, word] });
  };
  const save = async (as: "svg" | "png") => {
    try {
      const svg = svgOf(boxes, tables, edges, direction, props.title);
      hand(as === "svg" ? new Blob([svg], { type: "image/svg+xml" }) : await pngOf(svg), `relationships.${as}`);
    } catch (error) {
      toast.problem(error);
    }
  };
  return (
    <section aria-label="Picture of the relationships">
      <div className={styles.tools}>
        <SearchBox placeholder="Find a table or column" aria-label="Find a table or column" value={filter.search} onChange={(_, data) => props.onFilter({ ...filter, search: data.value })} />
        <Text size={200} role="status">{filter.search.trim() === "" ? "" : `${found.length} found`}</Text>
        <span role="group" aria-label="Tables"><Checkbox label="Source tables" checked={filter.tables.includes("user")} onChange={() => toggle("tables", "user")} /><Checkbox label="System tables" checked={filter.tables.includes("system")} onChange={() => toggle("tables", "system")} /></span>
        <span role="group" aria-label="Relationships">{["user", "system", "inherited"].map((kind) => <Checkbox key={kind} label={kind === "user" ? "Yours" : kind === "system" ? "System" : "Inherited"} checked={filter.edges.includes(kind)} onChange={() => toggle("edges", kind)} />)}</span>
        <Select aria-label="Layout" value={direction} onChange={(_, data) => props.onDirection(data.value as Direction)}><option value="LR">left to right</option><option value="TB">top down</option></Select>
        <Button icon={<ZoomFitRegular />} onClick={() => void fitView({ padding: 0.1 })}>Fit</Button>
        <Menu>
          <MenuTrigger disableButtonEnhancement><Button icon={<ArrowDownloadRegular />}>Export</Button></MenuTrigger>
          <MenuPopover><MenuList><MenuItem onClick={() => void save("svg")}>As SVG</MenuItem><MenuItem onClick={() => void save("png")}>As PNG</MenuItem></MenuList></MenuPopover>
        </Menu>
      </div>
      <div className={styles.box}>
        <ReactFlow
          nodes={nodes}
          edges={links}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          colorMode={dark ? "dark" : "light"}
          fitView
          minZoom={0.1}
          maxZoom={2}
          nodesConnectable={false}
          deleteKeyCode={null}
          onNodeClick={(_, node) => props.onChoose(chosen === node.id ? null : node.id)}
          onEdgeClick={(_, edge) => props.onEdge(edge.id)}
          onPaneClick={() => props.onChoose(null)}
          proOptions={{ hideAttribution: false }}
        >
          <Background />
          <Controls showInteractive={false} />
          <MiniMap pannable zoomable ariaLabel="Map of the graph" nodeColor={(node) => ((node as TableNode).data.table.kind === "system" ? "#2f74bb" : "#3c8f5b")} />
        </ReactFlow>
      </div>
      <div className={styles.legend}>
        <span><span className={styles.sample} />yours</span>
        <span><span className={mergeClasses(styles.sample, styles.dashed)} />system</span>
        <span><span className={mergeClasses(styles.sample, styles.dotted)} />inherited</span>
        <span>* many, 1 one, ! broken</span>
        <span>Choose a table to light up its ways to Customer.</span>
      </div>
    </section>
  );
}
