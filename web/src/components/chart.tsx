// Lines over time, drawn by uPlot; redrawn where the theme or the size changes.
import { useEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import { theme } from "../theme";
import "./chart.css";

export interface Line {
  label: string;
  /** A custom property that holds its colour: "--chart-1". */
  colour: string;
  unit: string;
  isFilled?: boolean;
  isStepped?: boolean;
  isDashed?: boolean;
  decimals?: number;
}

/** Seconds since 1970, then the values of each line; null where there is none. */
export type Series = [number[], ...(number | null)[][]];

interface ChartProps {
  /** For those who do not see it: what it shows, and its newest values. */
  label: string;
  lines: readonly Line[];
  data: Series;
  height?: number;
  /** The least range of the axis. */
  least?: number;
  /** The end of the axis, where it is known. */
  most?: number;
  isFromZero?: boolean;
  syncKey?: string;
}

export function Chart({ label, lines, data, height = 140, least = 1, most, isFromZero = true, syncKey }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const mode = theme.value;
  useEffect(() => {
    const element = box.current!;
    const made = new UPlot(optionsOf(element, lines, height, { least, most, isFromZero }, syncKey), data as UPlot.AlignedData, element);
    plot.current = made;
    const watch = new ResizeObserver(() => {
      const width = element.clientWidth;
      if (width > 0 && width !== made.width) made.setSize({ width, height });
    });
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [mode, height, lines, least, most, isFromZero, syncKey]);
  useEffect(() => {
    plot.current?.setData(data as UPlot.AlignedData);
  }, [data]);
  return <div class="chart" role="img" aria-label={label} ref={box} style={{ height: `${height}px` }} />;
}

function optionsOf(element: HTMLElement, lines: readonly Line[], height: number, range: Range, syncKey: string | undefined): UPlot.Options {
  const quiet = colourOf(element, "--quiet");
  const grid = { stroke: colourOf(element, "--line"), width: 1 };
  const axis = { stroke: quiet, font: "11px system-ui, sans-serif", grid, ticks: { show: false } };
  const unit = lines[0]!.unit;
  return {
    width: Math.max(element.clientWidth, 50),
    height,
    padding: [8, 16, 0, 0], // on the right, room for half of the last moment
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false }, ...(syncKey ? { sync: { key: syncKey } } : {}) },
    scales: {
      x: { time: true, range: (plot) => timesOf(plot) },
      y: { range: (_plot, from, to) => valuesOf(range, from, to) },
    },
    axes: [
      { ...axis, size: 24, gap: 4, space: 70, values: (_plot, ticks) => ticks.map((tick) => momentOf(tick, ticks)) },
      { ...axis, size: (_plot, labels) => 14 + 6.5 * Math.max(4, ...(labels ?? []).map((label) => label.length)), gap: 4, space: 28, values: (_plot, ticks) => ticks.map((tick) => `${Number(tick.toPrecision(6))} ${unit}`) },
    ],
    series: [
      {},
      ...lines.map((line): UPlot.Series => {
        const stroke = colourOf(element, line.colour);
        return {
          label: line.label,
          stroke,
          width: 1.5,
          points: { show: false },
          ...(line.isFilled ? { fill: `color-mix(in srgb, ${stroke} 14%, transparent)` } : {}),
          ...(line.isDashed ? { dash: [5, 4] } : {}),
          ...(line.isStepped ? { paths: UPlot.paths.stepped!({ align: 1 }) } : {}),
        };
      }),
    ],
    plugins: [reading(lines)],
  };
}

/** "14:05", or "14:05:30" where the ticks are closer than a minute. */
function momentOf(tick: number, ticks: readonly number[]): string {
  const isFine = ticks.some((one) => one % 60 !== 0);
  return new Date(tick * 1000).toLocaleTimeString(undefined, { hour12: false, hour: "2-digit", minute: "2-digit", ...(isFine ? { second: "2-digit" } : {}) });
}

interface Range {
  least: number;
  most: number | undefined;
  isFromZero: boolean;
}

function valuesOf({ least, most, isFromZero }: Range, from: number | null, to: number | null): [number, number] {
  const low = isFromZero ? 0 : (from ?? 0);
  return [low, most ?? Math.max(low + least, (to ?? 0) + ((to ?? 0) - low) * 0.1)];
}

/** From the first to the last moment, but at least a minute. */
function timesOf(plot: UPlot): [number, number] {
  const moments = plot.data[0];
  const to = moments?.at(-1) ?? Date.now() / 1000;
  const from = moments?.[0] ?? to;
  return [Math.min(from, to - 60), to];
}

/** What the cursor points at, as text in a corner. */
function reading(lines: readonly Line[]): UPlot.Plugin {
  let text: HTMLDivElement;
  return {
    hooks: {
      init: (plot) => {
        text = document.createElement("div");
        text.className = "reading";
        plot.over.append(text);
      },
      setCursor: (plot) => {
        const index = plot.cursor.idx;
        text.hidden = index === null || index === undefined;
        if (index === null || index === undefined) return;
        const at = new Date(plot.data[0][index]! * 1000).toLocaleTimeString();
        const values = lines.map((line, number) => {
          const value = plot.data[number + 1]![index];
          return value === null || value === undefined ? null : `${line.label} ${value.toFixed(line.decimals ?? 1)} ${line.unit}`;
        });
        text.textContent = [at, ...values.filter(Boolean)].join("   ");
      },
    },
  };
}

/** A canvas needs the colour itself, which a custom property with light-dark() does not hold. */
function colourOf(element: HTMLElement, property: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(${property})`;
  element.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}
