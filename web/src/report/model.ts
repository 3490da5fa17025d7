// A report as it is packed (reports/html/packing.py), and as the viewer asks it.
import { FORMAT as TRACE_FORMAT, inflated, Trace, type PackedRule, type PackedTrace, type TraceCharger } from "../trace/model";

export type Verdict = "pass" | "fail" | "inconclusive" | "not applicable" | "error";

/** In the order in which they want to be looked at. */
export const VERDICTS: readonly Verdict[] = ["fail", "error", "inconclusive", "pass", "not applicable"];

export interface PackedCase {
  id: string;
  title: string;
  group: string;
  kind: string;
  version: string;
  verdict: Verdict;
  /** The verdict in the baseline. */
  before: Verdict | null;
  why: string;
  /** Step, expected, came, rule, and the number of the frame that came. */
  failure: [string, string, string, string, number | null] | null;
  purpose: string;
  requirements: string[];
  /** Moment after the case's beginning, words, and the frames before it. */
  steps: [number, string, number][];
  begin: string;
  took_ms: number;
  seed: number;
  again: string;
  chargers: string[];
  first: number;
  count: number;
  left_out: number;
}

export interface PackedReport {
  format: number;
  title: string;
  subject: string;
  command: string;
  tool: string;
  begin: string;
  took_s: number;
  seed: number;
  is_complete: boolean;
  planned: number;
  baseline: string;
  /** Title, columns, and rows of figures. */
  tables: [string, string[], string[][]][];
  cases: PackedCase[];
  actions: string[];
  frames: PackedTrace["frames"];
  notes: [number, string][];
  violations: [number, string, string, string][];
  rules: Record<string, PackedRule>;
}

const FORMAT = 1;

export class Report {
  readonly counts = new Map<Verdict, number>(VERDICTS.map((verdict) => [verdict, 0]));
  readonly groups: string[];
  /** Numbers of the cases, failures first. */
  readonly order: number[];
  private readonly traces = new Map<number, Trace>();

  constructor(readonly packed: PackedReport) {
    if (packed.format !== FORMAT) throw new Error(`This viewer does not know reports of format ${packed.format}.`);
    for (const one of packed.cases) this.counts.set(one.verdict, (this.counts.get(one.verdict) ?? 0) + 1);
    this.groups = [...new Set(packed.cases.map(groupOf))];
    this.order = packed.cases.map((_, number) => number);
    const place = (number: number): number => VERDICTS.indexOf(packed.cases[number]?.verdict ?? "pass");
    this.order.sort((one, other) => place(one) - place(other));
  }

  case(number: number): PackedCase {
    const one = this.packed.cases[number];
    if (!one) throw new Error(`There is no case ${number}.`);
    return one;
  }

  hasChanged(number: number): boolean {
    const one = this.case(number);
    return one.before !== one.verdict;
  }

  /** Texts of a case's frames, one after another. */
  framesOf(number: number): string[] {
    const { first, count } = this.case(number);
    return this.packed.frames.text.slice(first, first + count);
  }

  /** The case's frames as a trace. */
  trace(number: number): Trace {
    const known = this.traces.get(number);
    if (known) return known;
    const made = new Trace(this.slice(this.case(number)));
    this.traces.set(number, made);
    return made;
  }

  private slice(one: PackedCase): PackedTrace {
    const { frames, actions, notes, violations, rules } = this.packed;
    const end = one.first + one.count;
    const cut = <T>(column: T[]): T[] => column.slice(one.first, end);
    const within = ([number]: readonly [number, ...unknown[]]): boolean => number >= one.first && number < end;
    return {
      format: TRACE_FORMAT,
      title: one.id,
      begin: one.begin,
      duration_ms: one.took_ms,
      chargers: one.chargers.map((name) => charger(name, one.version)),
      actions,
      frames: {
        after_ms: cut(frames.after_ms),
        charger: cut(frames.charger),
        by_charger: cut(frames.by_charger),
        kind: cut(frames.kind),
        action: cut(frames.action),
        pair: cut(frames.pair),
        text: cut(frames.text),
      },
      notes: notes.filter(within).map(([number, note]) => [number - one.first, note]),
      violations: violations.filter(within).map(([number, ...rest]) => [number - one.first, ...rest]),
      rules,
    };
  }
}

/** Groups are told apart by version too. */
export function groupOf(one: PackedCase): string {
  return `${one.version} ${one.group}`;
}

function charger(name: string, version: string): TraceCharger {
  return { name, version, source: "", links: [], connectors: [], transactions: [], meters: [], limits: [], events: [] };
}

/** The report in base64 of raw deflate. */
export async function unpack(base64: string): Promise<Report> {
  return new Report((await inflated(base64)) as PackedReport);
}
