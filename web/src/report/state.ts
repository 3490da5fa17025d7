// The state of the report's view: what the filter leaves, and which cases are open.
import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";

import { groupOf, type Report, type Verdict } from "./model";

export interface Filter {
  /** None of them: every verdict. */
  verdicts: readonly Verdict[];
  group: string;
  text: string;
  changed: boolean;
}

export const NO_FILTER: Filter = { verdicts: [], group: "", text: "", changed: false };
/** Cases listed at first, and further ones each time. */
const PART = 300;

export interface State {
  readonly report: Report;
  readonly filter: Signal<Filter>;
  readonly utc: Signal<boolean>;
  readonly open: Signal<ReadonlySet<number>>;
  /** The cases that the filter leaves, by number. */
  readonly left: ReadonlySignal<number[]>;
  /** The first of them, as many as are listed. */
  readonly listed: ReadonlySignal<number[]>;
  narrow(change: Partial<Filter>): void;
  turn(verdict: Verdict): void;
  toggle(number: number): void;
  more(): void;
  /** Opens the case of that id, and gives its number; -1: there is none. */
  find(id: string): number;
}

export function createState(report: Report): State {
  const filter = signal(NO_FILTER);
  const most = signal(PART);
  const open = signal<ReadonlySet<number>>(new Set());
  const left = computed(() => report.order.filter((number) => fits(report, number, filter.value)));
  const listed = computed(() => left.value.slice(0, most.value));

  function narrow(change: Partial<Filter>): void {
    filter.value = { ...filter.value, ...change };
    most.value = PART;
  }

  return {
    report,
    filter,
    utc: signal(true),
    open,
    left,
    listed,
    narrow,
    turn(verdict) {
      const { verdicts } = filter.value;
      narrow({ verdicts: verdicts.includes(verdict) ? verdicts.filter((one) => one !== verdict) : [...verdicts, verdict] });
    },
    toggle(number) {
      const next = new Set(open.value);
      if (!next.delete(number)) next.add(number);
      open.value = next;
    },
    more() {
      most.value += PART;
    },
    find(id) {
      const number = report.packed.cases.findIndex((one) => one.id === id || `${one.version}/${one.id}` === id);
      if (number < 0) return -1;
      filter.value = NO_FILTER;
      most.value = Math.max(PART, left.value.indexOf(number) + 1);
      open.value = new Set([...open.value, number]);
      return number;
    },
  };
}

function fits(report: Report, number: number, filter: Filter): boolean {
  const one = report.case(number);
  if (filter.verdicts.length && !filter.verdicts.includes(one.verdict)) return false;
  if (filter.group && groupOf(one) !== filter.group) return false;
  if (filter.changed && !report.hasChanged(number)) return false;
  const words = filter.text.trim().toLowerCase();
  if (!words) return true;
  const has = (text: string): boolean => text.toLowerCase().includes(words);
  return (
    [one.id, one.title, one.group, one.why, one.purpose, ...one.requirements].some(has) ||
    (one.failure?.slice(0, 4).some((text) => has(String(text))) ?? false) ||
    report.framesOf(number).some(has)
  );
}
