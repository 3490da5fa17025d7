// The state of one view of a trace: the window of time, the moment picked, the frames listed.
import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";

import type { Trace } from "./model";
import { Clock } from "./text";

export interface Window {
  from: number;
  to: number;
}

export interface Filter {
  action: string;
  direction: "" | "charger" | "csms";
  charger: number;
  text: string;
  violations: boolean;
}

const NO_FILTER: Filter = { action: "", direction: "", charger: -1, text: "", violations: false };
const LEAST_WINDOW_MS = 20;
const MARGIN = 0.01;

export interface Store {
  readonly trace: Trace;
  /** Begins the ids of its elements, where a document has several. */
  readonly prefix: string;
  readonly window: Signal<Window>;
  readonly moment: Signal<number>;
  /** The frame chosen, or -1. */
  readonly chosen: Signal<number>;
  readonly filter: Signal<Filter>;
  readonly utc: Signal<boolean>;
  readonly clock: ReadonlySignal<Clock>;
  /** The frames that the filter leaves, by number. */
  readonly listed: ReadonlySignal<number[]>;
  pick(moment: number): void;
  choose(frame: number): void;
  step(by: number): void;
  zoom(factor: number, around?: number): void;
  pan(byShare: number): void;
  show(window: Window): void;
  fit(): void;
  narrow(change: Partial<Filter>): void;
}

export function createStore(trace: Trace, prefix = "", utc: Signal<boolean> = signal(true)): Store {
  const whole = { from: -trace.duration * MARGIN, to: trace.duration * (1 + MARGIN) };
  const window = signal<Window>(whole);
  const first = trace.framesWithViolations()[0] ?? trace.size - 1;
  const moment = signal(trace.moment(first));
  const chosen = signal(first);
  const filter = signal<Filter>(NO_FILTER);
  const clock = computed(() => new Clock(utc.value));
  const listed = computed(() => framesOf(trace, filter.value));

  function show(next: Window): void {
    const span = Math.min(whole.to - whole.from, Math.max(LEAST_WINDOW_MS, next.to - next.from));
    const from = Math.min(Math.max(next.from, whole.from), whole.to - span);
    window.value = { from, to: from + span };
  }

  function reveal(at: number): void {
    const { from, to } = window.value;
    if (at >= from && at <= to) return;
    const half = (to - from) / 2;
    show({ from: at - half, to: at + half });
  }

  function pick(at: number): void {
    moment.value = Math.min(Math.max(at, 0), trace.duration);
    const frames = listed.value;
    const last = placeAt(trace, frames, moment.value);
    chosen.value = last < 0 ? -1 : (frames[last] ?? -1);
  }

  function choose(frame: number): void {
    chosen.value = frame;
    moment.value = trace.moment(frame);
    reveal(moment.value);
  }

  return {
    trace,
    prefix,
    window,
    moment,
    chosen,
    filter,
    utc,
    clock,
    listed,
    show,
    pick,
    choose,
    step(by) {
      const frames = listed.value;
      const here = frames.indexOf(chosen.value);
      const from = here >= 0 ? here : placeAt(trace, frames, moment.value) + (by < 0 ? 1 : 0);
      const next = frames[Math.min(Math.max(from + by, 0), frames.length - 1)];
      if (next !== undefined) choose(next);
    },
    zoom(factor, around) {
      const { from, to } = window.value;
      const centre = around ?? (moment.value >= from && moment.value <= to ? moment.value : (from + to) / 2);
      show({ from: centre - (centre - from) * factor, to: centre + (to - centre) * factor });
    },
    pan(byShare) {
      const { from, to } = window.value;
      const by = (to - from) * byShare;
      show({ from: from + by, to: to + by });
    },
    fit() {
      window.value = whole;
    },
    narrow(change) {
      filter.value = { ...filter.value, ...change };
    },
  };
}

/** The place in a list of frames of the last one at or before a moment, or -1. */
export function placeAt(trace: Trace, frames: number[], moment: number): number {
  let low = 0;
  let high = frames.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (trace.moment(frames[middle] ?? 0) <= moment) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function framesOf(trace: Trace, filter: Filter): number[] {
  const found: number[] = [];
  const words = filter.text.trim().toLowerCase();
  for (let frame = 0; frame < trace.size; frame++) {
    if (filter.charger >= 0 && trace.charger(frame) !== filter.charger) continue;
    if (filter.direction && trace.byCharger(frame) !== (filter.direction === "charger")) continue;
    if (filter.action && trace.action(frame) !== filter.action) continue;
    if (filter.violations && !trace.violationsOf(frame).length) continue;
    if (words && !trace.text(frame).toLowerCase().includes(words)) continue;
    found.push(frame);
  }
  return found;
}
