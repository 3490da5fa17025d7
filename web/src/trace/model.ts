// A trace as it is packed (traces/packing.py), and as the viewer asks it.
// Moments are milliseconds after the trace's beginning.

export interface PackedRule {
  title: string;
  says: string;
  remedy: string;
  source_16: string;
  source_201: string;
  code_16: string | null;
  code_201: string | null;
}

export interface ConnectorLane {
  evse: number;
  connector: number;
  /** Moment, status, note. */
  changes: [number, string, string][];
}

export interface TraceTransaction {
  id: string | null;
  evse: number;
  begin_ms: number | null;
  end_ms: number | null;
  id_tag: string | null;
  meter_start_wh: number | null;
  meter_stop_wh: number | null;
  reason: string | null;
}

export type Quantity = "power_w" | "average_power_w" | "offered_w" | "current_a" | "offered_a" | "soc_percent" | "energy_wh";

export interface MeterSeries {
  evse: number;
  quantity: Quantity;
  at_ms: number[];
  values: number[];
}

export interface LimitSeries {
  evse: number;
  unit: "A" | "W";
  /** Moment, limit or null, id of the profile. */
  steps: [number, number | null, number | null][];
}

export interface TraceCharger {
  name: string;
  version: string | null;
  source: string;
  /** Moment, 1 for up, reason. */
  links: [number, number, string][];
  connectors: ConnectorLane[];
  transactions: TraceTransaction[];
  meters: MeterSeries[];
  limits: LimitSeries[];
  /** Moment, type, data. */
  events: [number, string, Record<string, unknown>][];
}

export interface PackedTrace {
  format: number;
  title: string;
  begin: string;
  duration_ms: number;
  chargers: TraceCharger[];
  actions: string[];
  frames: {
    after_ms: number[];
    charger: number[];
    by_charger: number[];
    kind: number[];
    action: number[];
    pair: number[];
    text: string[];
  };
  /** Frame and a remark on it; one without a text is a link's opening or end. */
  notes?: [number, string][];
  /** Frame, rule, path, message. */
  violations: [number, string, string, string][];
  rules: Record<string, PackedRule>;
}

export const CALL = 2;
export const RESULT = 3;
export const ERROR = 4;

/** Of a packed trace. */
export const FORMAT = 1;

export interface Violation {
  rule: string;
  path: string;
  message: string;
}

const NONE: readonly Violation[] = [];

/** A trace that can be asked; frames are known by their number, in the order of time. */
export class Trace {
  readonly begin: number;
  readonly duration: number;
  readonly at: Float64Array;
  /** The numbers of each charger's frames. */
  readonly ofCharger: number[][];
  readonly violationCount: number;
  private readonly violations = new Map<number, Violation[]>();
  private readonly notes: Map<number, string>;

  constructor(readonly packed: PackedTrace) {
    if (packed.format !== FORMAT) throw new Error(`This viewer does not know traces of format ${packed.format}.`);
    this.begin = Date.parse(packed.begin);
    this.duration = Math.max(1, packed.duration_ms);
    this.at = new Float64Array(packed.frames.after_ms.length);
    this.ofCharger = packed.chargers.map(() => []);
    let at = 0;
    packed.frames.after_ms.forEach((after, frame) => {
      at += after;
      this.at[frame] = at;
      this.ofCharger[this.charger(frame)]?.push(frame);
    });
    for (const [frame, rule, path, message] of packed.violations) {
      const found = this.violations.get(frame);
      if (found) found.push({ rule, path, message });
      else this.violations.set(frame, [{ rule, path, message }]);
    }
    this.notes = new Map(packed.notes);
    this.violationCount = packed.violations.length;
  }

  get chargers(): TraceCharger[] {
    return this.packed.chargers;
  }

  get size(): number {
    return this.at.length;
  }

  moment(frame: number): number {
    return this.at[frame] ?? 0;
  }

  charger(frame: number): number {
    return this.packed.frames.charger[frame] ?? 0;
  }

  chargerOf(frame: number): TraceCharger | undefined {
    return this.packed.chargers[this.charger(frame)];
  }

  byCharger(frame: number): boolean {
    return this.packed.frames.by_charger[frame] === 1;
  }

  kind(frame: number): number {
    return this.packed.frames.kind[frame] ?? 0;
  }

  action(frame: number): string {
    return this.packed.actions[this.packed.frames.action[frame] ?? -1] ?? "";
  }

  text(frame: number): string {
    return this.packed.frames.text[frame] ?? "";
  }

  note(frame: number): string {
    return this.notes.get(frame) ?? "";
  }

  /** The answer to a call, the call of an answer, or -1. */
  pair(frame: number): number {
    const offset = this.packed.frames.pair[frame] ?? 0;
    return offset === 0 ? -1 : frame + offset;
  }

  violationsOf(frame: number): readonly Violation[] {
    return this.violations.get(frame) ?? NONE;
  }

  framesWithViolations(): number[] {
    return [...this.violations.keys()].sort((one, other) => one - other);
  }

  /** Milliseconds between a call and its answer; null where one of them is missing. */
  latency(frame: number): number | null {
    const other = this.pair(frame);
    return other < 0 ? null : Math.abs(this.moment(other) - this.moment(frame));
  }

  /** The last frame at or before a moment; -1: there is none. */
  lastAt(moment: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.moment(middle) <= moment) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

export async function unpack(base64: string): Promise<Trace> {
  return new Trace((await inflated(base64)) as PackedTrace);
}

/** JSON in base64 of raw deflate. */
export async function inflated(base64: string): Promise<unknown> {
  const bytes = Uint8Array.from(atob(base64.trim()), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).json();
}
