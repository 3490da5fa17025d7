// The lanes of one charger, drawn on a canvas.
import { CALL, ERROR, type LimitSeries, type MeterSeries, type Trace, type TraceCharger } from "../model";
import { series } from "../state_at";
import type { Window } from "../store";
import { power, shown } from "../text";
import { toneOf, type Colours } from "./colours";
import type { Block, PlacedLane } from "./lanes";

export interface Canvas {
  context: CanvasRenderingContext2D;
  width: number;
  colours: Colours;
  window: Window;
}

const FONT = "11px system-ui, sans-serif";
const SMALL = "10px system-ui, sans-serif";

export function drawBlock(canvas: Canvas, trace: Trace, block: Block): void {
  const charger = trace.chargers[block.charger];
  if (!charger) return;
  for (const placed of block.lanes) {
    switch (placed.lane.kind) {
      case "link":
        drawLink(canvas, placed, charger, trace.duration);
        break;
      case "status":
        drawStatus(canvas, placed, charger, placed.lane.lane, trace.duration);
        break;
      case "transactions":
        drawTransactions(canvas, placed, charger, placed.lane.evse, trace.duration);
        break;
      case "power":
        drawChart(canvas, placed, trace.duration, {
          line: series(charger, placed.lane.evse, "power_w"),
          average: series(charger, placed.lane.evse, "average_power_w"),
          limit: limitOf(charger, placed.lane.evse, "W"),
          ends: endsOf(charger, placed.lane.evse),
          colour: canvas.colours["tone-charging"],
          words: power,
        });
        break;
      case "current":
        drawChart(canvas, placed, trace.duration, {
          line: series(charger, placed.lane.evse, "current_a"),
          limit: limitOf(charger, placed.lane.evse, "A"),
          ends: endsOf(charger, placed.lane.evse),
          colour: canvas.colours["tone-preparing"],
          words: (amperes) => `${Math.round(amperes * 10) / 10} A`,
        });
        break;
      case "soc":
        drawChart(canvas, placed, trace.duration, {
          line: series(charger, placed.lane.evse, "soc_percent"),
          ends: endsOf(charger, placed.lane.evse),
          colour: canvas.colours["tone-reserved"],
          words: (percent) => `${Math.round(percent)} %`,
          most: 100,
        });
        break;
      case "events":
        drawEvents(canvas, placed, charger);
        break;
      case "frames":
        drawFrames(canvas, placed, trace, block.charger);
        break;
      case "violations":
        drawViolations(canvas, placed, trace, block.charger);
        break;
    }
  }
}

export function xOf(canvas: { width: number; window: Window }, at: number): number {
  const { from, to } = canvas.window;
  return ((at - from) / (to - from)) * canvas.width;
}

function span(canvas: Canvas, from: number, to: number): [number, number] | null {
  const left = Math.max(-2, xOf(canvas, from));
  const right = Math.min(canvas.width + 2, xOf(canvas, to));
  return right < -1 || left > canvas.width + 1 || right < left ? null : [left, Math.max(left + 1.5, right)];
}

function bar(canvas: Canvas, placed: PlacedLane, from: number, to: number, fill: string, words: string, alpha = 0.22): void {
  const found = span(canvas, from, to);
  if (!found) return;
  const [left, right] = found;
  const { context } = canvas;
  context.globalAlpha = alpha;
  context.fillStyle = fill;
  context.fillRect(left, placed.top, right - left, placed.height);
  context.globalAlpha = 1;
  context.fillRect(left, placed.top, Math.min(2.5, right - left), placed.height);
  const room = right - Math.max(left, 0) - 12;
  if (words && room > 24) label(canvas, words, Math.max(left, 0) + 7, placed.top + placed.height / 2, room);
}

function label(canvas: Canvas, words: string, left: number, middle: number, room: number): void {
  const { context } = canvas;
  context.font = FONT;
  context.textBaseline = "middle";
  context.fillStyle = canvas.colours.text;
  let told = shown(words);
  if (context.measureText(told).width > room) {
    while (told.length > 1 && context.measureText(`${told}…`).width > room) told = told.slice(0, -1);
    told = `${told}…`;
    if (told.length < 4) return;
  }
  context.fillText(told, left, middle + 0.5);
}

function drawLink(canvas: Canvas, placed: PlacedLane, charger: TraceCharger, end: number): void {
  const { colours } = canvas;
  charger.links.forEach(([at, up, reason], place) => {
    const until = charger.links[place + 1]?.[0] ?? end;
    bar(canvas, placed, at, until, colours[up ? "tone-available" : "tone-faulted"], up ? "up" : `down ${reason}`);
  });
}

function drawStatus(canvas: Canvas, placed: PlacedLane, charger: TraceCharger, lane: number, end: number): void {
  const changes = charger.connectors[lane]?.changes ?? [];
  changes.forEach(([at, status, note], place) => {
    const until = changes[place + 1]?.[0] ?? end;
    bar(canvas, placed, at, until, canvas.colours[toneOf(status)], note ? `${status}: ${note}` : status);
  });
}

function drawTransactions(canvas: Canvas, placed: PlacedLane, charger: TraceCharger, evse: number, end: number): void {
  for (const one of charger.transactions) {
    if (one.evse !== evse) continue;
    const words = [one.id ?? "no id", one.id_tag, one.reason].filter(Boolean).join(" · ");
    bar(canvas, placed, one.begin_ms ?? 0, one.end_ms ?? end, canvas.colours.accent, words);
  }
}

interface Chart {
  line?: MeterSeries | undefined;
  average?: MeterSeries | undefined;
  limit?: LimitSeries | undefined;
  /** The ends of transactions, over which no line is drawn. */
  ends: number[];
  colour: string;
  words: (value: number) => string;
  most?: number;
}

function drawChart(canvas: Canvas, placed: PlacedLane, end: number, chart: Chart): void {
  const { context, colours, width } = canvas;
  const limits = (chart.limit?.steps ?? []).map((step) => step[1]).filter((limit) => limit !== null);
  const highest = Math.max(largest(chart.line?.values), largest(chart.average?.values));
  const most = chart.most ?? (Math.max(highest, ...limits.filter((limit) => limit <= highest * 4 || highest === 0)) || 1) * 1.08;
  const y = (value: number): number => placed.top + placed.height - 1 - (Math.min(value, most) / most) * (placed.height - 4);

  context.strokeStyle = colours.line;
  context.lineWidth = 1;
  context.strokeRect(-1, Math.round(placed.top) + 0.5, width + 2, placed.height - 1);
  if (chart.average) fillSteps(canvas, chart.average, placed, y, chart.colour);
  if (chart.line) fillLine(canvas, chart.line, placed, y, chart);
  if (chart.limit) drawLimit(canvas, chart.limit, end, y);
  context.font = SMALL;
  context.textBaseline = "top";
  const words = chart.words(chart.most ?? most / 1.08);
  context.fillStyle = colours.panel;
  context.globalAlpha = 0.85;
  context.fillRect(2, placed.top + 2, context.measureText(words).width + 5, 13);
  context.globalAlpha = 1;
  context.fillStyle = colours.quiet;
  context.fillText(words, 4, placed.top + 3.5);
}

function limitOf(charger: TraceCharger, evse: number, unit: "A" | "W"): LimitSeries | undefined {
  return charger.limits.find((one) => one.evse === evse && one.unit === unit);
}

function endsOf(charger: TraceCharger, evse: number): number[] {
  return charger.transactions.filter((one) => one.evse === evse).flatMap((one) => one.end_ms ?? []).sort((one, other) => one - other);
}

function largest(values: number[] | undefined): number {
  return values?.reduce((most, value) => Math.max(most, value), 0) ?? 0;
}

const APART_MS = 2 * 3_600_000;

/** A line through samples that belong together; a gap of hours, or the end of a transaction, breaks it. */
function fillLine(canvas: Canvas, of: MeterSeries, placed: PlacedLane, y: (value: number) => number, chart: Chart): void {
  const { context } = canvas;
  const { colour, ends } = chart;
  const runs: [number, number][][] = [];
  let last = -Infinity;
  let ended = 0;
  of.at_ms.forEach((at, place) => {
    const before = ended;
    while (ended < ends.length && (ends[ended] ?? 0) < at) ended++;
    if (at - last > APART_MS || ended > before) runs.push([]);
    runs.at(-1)?.push([xOf(canvas, at), y(of.values[place] ?? 0)]);
    last = at;
  });
  const floor = placed.top + placed.height - 1;
  for (const run of runs) {
    const first = run[0];
    const final = run.at(-1);
    if (!first || !final || final[0] < 0 || first[0] > canvas.width) continue;
    context.beginPath();
    context.moveTo(first[0], floor);
    for (const [left, top] of run) context.lineTo(left, top);
    context.lineTo(final[0], floor);
    context.globalAlpha = 0.16;
    context.fillStyle = colour;
    context.fill();
    context.globalAlpha = 1;
    context.beginPath();
    for (const [left, top] of run) context.lineTo(left, top);
    context.strokeStyle = colour;
    context.lineWidth = 1.6;
    context.lineJoin = "round";
    context.stroke();
    if (run.length < 40) for (const [left, top] of run) dot(context, left, top, colour);
  }
}

function dot(context: CanvasRenderingContext2D, left: number, top: number, colour: string): void {
  context.beginPath();
  context.arc(left, top, 1.8, 0, 7);
  context.fillStyle = colour;
  context.fill();
}

function fillSteps(canvas: Canvas, of: MeterSeries, placed: PlacedLane, y: (value: number) => number, colour: string): void {
  const { context } = canvas;
  const floor = placed.top + placed.height - 1;
  of.at_ms.forEach((at, place) => {
    const until = of.at_ms[place + 1];
    const value = of.values[place] ?? 0;
    const found = until === undefined || value === 0 ? null : span(canvas, at, until);
    if (!found) return;
    context.globalAlpha = 0.16;
    context.fillStyle = colour;
    context.fillRect(found[0], y(value), found[1] - found[0], floor - y(value));
    context.globalAlpha = 1;
    context.fillRect(found[0], y(value) - 0.8, found[1] - found[0], 1.6);
  });
}

function drawLimit(canvas: Canvas, of: LimitSeries, end: number, y: (value: number) => number): void {
  const { context } = canvas;
  context.strokeStyle = canvas.colours["tone-waiting"];
  context.lineWidth = 1.6;
  context.setLineDash([5, 3]);
  context.beginPath();
  let drawn = false;
  of.steps.forEach(([at, limit], place) => {
    const until = of.steps[place + 1]?.[0] ?? end;
    if (limit === null) {
      drawn = false;
      return;
    }
    if (drawn) context.lineTo(xOf(canvas, at), y(limit));
    else context.moveTo(xOf(canvas, at), y(limit));
    context.lineTo(xOf(canvas, until), y(limit));
    drawn = true;
  });
  context.stroke();
  context.setLineDash([]);
}

function drawEvents(canvas: Canvas, placed: PlacedLane, charger: TraceCharger): void {
  const { context, colours } = canvas;
  const middle = placed.top + placed.height / 2;
  for (const [at, type] of charger.events) {
    const left = xOf(canvas, at);
    if (left < -6 || left > canvas.width + 6) continue;
    context.fillStyle = /fault|lost|fail|refused|broke|missing/.test(type) ? colours["tone-faulted"] : colours["tone-reserved"];
    context.beginPath();
    context.moveTo(left, middle - 5);
    context.lineTo(left + 5, middle);
    context.lineTo(left, middle + 5);
    context.lineTo(left - 5, middle);
    context.fill();
  }
}

/** Frames of the charger above the line, of its CSMS below; calls tall, answers short. */
function drawFrames(canvas: Canvas, placed: PlacedLane, trace: Trace, charger: number): void {
  const { context, colours, window } = canvas;
  const middle = Math.round(placed.top + placed.height / 2);
  context.fillStyle = colours.line;
  context.fillRect(0, middle - 0.5, canvas.width, 1);
  const taken = new Set<number>();
  for (const frame of trace.ofCharger[charger] ?? []) {
    const at = trace.moment(frame);
    if (at < window.from || at > window.to) continue;
    const left = Math.round(xOf(canvas, at));
    const up = trace.byCharger(frame);
    const kind = trace.kind(frame);
    const refused = kind === ERROR || kind === 0;
    const key = left * 8 + (up ? 4 : 0) + (refused ? 2 : 0) + (kind === CALL ? 1 : 0);
    if (taken.has(key)) continue;
    taken.add(key);
    const height = kind === CALL ? placed.height / 2 - 2 : placed.height / 4;
    context.fillStyle = refused ? colours["tone-faulted"] : up ? colours["tone-preparing"] : colours["tone-available"];
    context.fillRect(left - 0.75, up ? middle - 1 - height : middle + 1, 1.5, height);
  }
}

function drawViolations(canvas: Canvas, placed: PlacedLane, trace: Trace, charger: number): void {
  const { context, colours } = canvas;
  context.fillStyle = colours["tone-faulted"];
  for (const frame of trace.ofCharger[charger] ?? []) {
    if (!trace.violationsOf(frame).length) continue;
    const left = xOf(canvas, trace.moment(frame));
    if (left < -6 || left > canvas.width + 6) continue;
    context.beginPath();
    context.moveTo(left, placed.top + 2);
    context.lineTo(left + 5.5, placed.top + placed.height - 2);
    context.lineTo(left - 5.5, placed.top + placed.height - 2);
    context.fill();
  }
}
