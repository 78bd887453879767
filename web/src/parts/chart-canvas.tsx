/*
 * chart-canvas: ECharts on a canvas, in the colours of the theme.
 *
 * Invariants: tooltips are drawn on the canvas (the content security policy allows no HTML with styles); it follows its box's size.
 * To add a kind of chart: one line in `use`.
 */
import { makeStyles, tokens } from "@fluentui/react-components";
import { BarChart, HeatmapChart, LineChart, PieChart, ScatterChart } from "echarts/charts";
import {
  AriaComponent,
  DatasetComponent,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
} from "echarts/components";
import { init, use, type EChartsCoreOption, type EChartsType } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { useScheme } from "../theme";

use([
  BarChart, HeatmapChart, LineChart, PieChart, ScatterChart, AriaComponent, DatasetComponent, DataZoomComponent, GridComponent,
  LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent, VisualMapComponent, CanvasRenderer,
]);

/** Told apart also by those who see few colours; the first is the accent. */
const COLORS = {
  light: ["#0f65b0", "#b35900", "#2d7d46", "#8a3ffc", "#a2191f", "#00697a", "#6f5f00", "#9f1853"],
  dark: ["#75a2d9", "#f0a35e", "#6fbf87", "#be95ff", "#ff8389", "#53c1cf", "#d2bb3f", "#ff7eb6"],
};

const useStyles = makeStyles({ box: { width: "100%", color: tokens.colorNeutralForeground1 } });

type Some = Record<string, unknown>;
const some = (value: unknown): Some => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Some) : {});

/** An axis in quiet lines. */
function axis(given: unknown, line: string, word: string): unknown {
  const one = (value: unknown): Some => {
    const own = some(value);
    return {
      ...own,
      axisLine: { lineStyle: { color: line }, ...some(own.axisLine) },
      axisTick: { show: false, ...some(own.axisTick) },
      axisLabel: { color: word, ...some(own.axisLabel) },
      splitLine: { lineStyle: { color: line, opacity: 0.5 }, ...some(own.splitLine) },
      nameTextStyle: { color: word, ...some(own.nameTextStyle) },
    };
  };
  return given === undefined ? undefined : Array.isArray(given) ? given.map(one) : one(given);
}

/** Draws `option`. */
export default function Canvas({ option, height, onPick }: { option: EChartsCoreOption; height: number; onPick?: (series: number, index: number) => void }) {
  const styles = useStyles();
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const pick = useRef(onPick);
  pick.current = onPick;
  const { dark } = useScheme();
  useEffect(() => {
    if (!box.current) return;
    const made = init(box.current, null, { renderer: "canvas" });
    chart.current = made;
    made.on("click", (event) => pick.current?.(event.seriesIndex ?? 0, event.dataIndex));
    const watch = new ResizeObserver(() => made.resize());
    watch.observe(box.current);
    return () => {
      watch.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);
  useEffect(() => {
    const word = dark ? "#d6d6d6" : "#424242";
    const line = dark ? "#525252" : "#d1d1d1";
    const given = option as Some;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    chart.current?.setOption(
      {
        animation: !calm,
        animationDuration: 250,
        color: dark ? COLORS.dark : COLORS.light,
        textStyle: { fontFamily: "inherit", color: word },
        grid: { left: 8, right: 16, top: 16, bottom: 8, outerBoundsMode: "same" },
        ...given,
        ...(given.legend ? { legend: { textStyle: { color: word }, ...some(given.legend) } } : {}),
        xAxis: axis(given.xAxis, line, word),
        yAxis: axis(given.yAxis, line, word),
        tooltip: {
          confine: true,
          backgroundColor: dark ? "#292929" : "#ffffff",
          borderColor: line,
          textStyle: { color: dark ? "#ffffff" : "#242424" },
          ...some(given.tooltip),
          renderMode: "richText",
        },
      },
      { notMerge: true },
    );
  }, [option, dark]);
  return <div ref={box} className={styles.box} style={{ height }} />;
}
