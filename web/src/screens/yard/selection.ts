// The chargers that are selected, by id.
import { signal } from "@preact/signals";

export const selected = signal<ReadonlySet<string>>(new Set());

let last: string | null = null;

/** Selects one or gives it free; with `isRange`, all between it and the one before, in `order`. */
export function toggle(id: string, isRange: boolean, order: readonly string[]): void {
  const next = new Set(selected.value);
  const isOn = !next.has(id);
  const from = last === null ? -1 : order.indexOf(last);
  const to = order.indexOf(id);
  const ids = isRange && from >= 0 && to >= 0 ? order.slice(Math.min(from, to), Math.max(from, to) + 1) : [id];
  for (const one of ids) {
    if (isOn) next.add(one);
    else next.delete(one);
  }
  last = id;
  selected.value = next;
}

export function selectAll(ids: readonly string[]): void {
  selected.value = new Set(ids);
}

export function selectNone(): void {
  last = null;
  selected.value = new Set();
}
