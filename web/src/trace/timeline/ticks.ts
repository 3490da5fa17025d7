// Ticks of the time axis at round moments.
import type { Clock } from "../text";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500,
  SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 30 * SECOND,
  MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE,
  HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR,
  DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 91 * DAY, 365 * DAY,
];

export interface Tick {
  at: number;
  label: string;
}

/** Ticks of a window, no closer than `apart` in milliseconds; moments are after `begin`. */
export function ticks(begin: number, from: number, to: number, apart: number, clock: Clock): Tick[] {
  const step = STEPS.find((one) => one >= apart) ?? 365 * DAY;
  const shift = clock.offset(begin + from);
  const first = Math.ceil((begin + from + shift) / step) * step - shift;
  const found: Tick[] = [];
  for (let at = first; at <= begin + to && found.length < 200; at += step) {
    found.push({ at: at - begin, label: label(at, step, clock) });
  }
  return found;
}

function label(at: number, step: number, clock: Clock): string {
  if (step >= DAY || clock.second(at) === "00:00:00") return clock.day(at);
  if (step >= MINUTE) return clock.minute(at);
  return step >= SECOND ? clock.second(at) : clock.exact(at);
}
