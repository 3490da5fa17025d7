// The state of a charger at a moment, as its lanes tell it.
import type { MeterSeries, Quantity, TraceCharger, TraceTransaction } from "./model";

export interface PlaceState {
  evse: number;
  label: string;
  status: string | null;
  note: string;
  transaction: TraceTransaction | null;
  power: number | null;
  averagePower: boolean;
  current: number | null;
  soc: number | null;
  energy: number | null;
  limit: string | null;
}

export interface ChargerState {
  /** null: the log does not tell. */
  up: boolean | null;
  places: PlaceState[];
}

const POWER_LASTS_MS = 2 * 3_600_000;

export function stateAt(charger: TraceCharger, moment: number): ChargerState {
  const link = lastBefore(charger.links, moment, (one) => one[0]);
  const evses = evsesOf(charger);
  return {
    up: link ? link[1] === 1 : charger.links.length ? charger.links[0]?.[1] !== 1 : null,
    places: evses.map((evse) => placeState(charger, evse, moment)),
  };
}

/** The EVSEs of which something is known, 0 (the charger itself) only where there is no other. */
export function evsesOf(charger: TraceCharger): number[] {
  const all = new Set<number>();
  for (const lane of [...charger.connectors, ...charger.transactions, ...charger.meters]) all.add(lane.evse);
  const others = [...all].filter((evse) => evse > 0).sort((one, other) => one - other);
  return others.length ? others : [...all];
}

export function placeLabel(charger: TraceCharger, evse: number, connector: number): string {
  if (evse === 0) return "Charger";
  if (connector === 0) return `Connector ${evse}`;
  const several = charger.connectors.filter((lane) => lane.evse === evse).length > 1;
  return several ? `EVSE ${evse}, connector ${connector}` : `EVSE ${evse}`;
}

export function evseLabel(charger: TraceCharger, evse: number): string {
  return charger.version === "1.6" ? `Connector ${evse}` : `EVSE ${evse}`;
}

export function runs(transaction: TraceTransaction, moment: number): boolean {
  return (transaction.begin_ms ?? -Infinity) <= moment && moment < (transaction.end_ms ?? Infinity);
}

export function series(charger: TraceCharger, evse: number, quantity: Quantity): MeterSeries | undefined {
  return charger.meters.find((one) => one.evse === evse && one.quantity === quantity);
}

function placeState(charger: TraceCharger, evse: number, moment: number): PlaceState {
  const lanes = charger.connectors.filter((lane) => lane.evse === evse);
  const changes = lanes.map((lane) => lastBefore(lane.changes, moment, (one) => one[0])).filter((one) => one !== undefined);
  const transaction = charger.transactions.find((one) => one.evse === evse && runs(one, moment)) ?? null;
  const power = valueAt(series(charger, evse, "power_w"), moment);
  const average = valueAt(series(charger, evse, "average_power_w"), moment);
  const running = transaction !== null || !charger.transactions.length;
  return {
    evse,
    label: evseLabel(charger, evse),
    status: changes.map((one) => one[1]).join(", ") || null,
    note: changes.map((one) => one[2]).filter(Boolean).join(", "),
    transaction,
    power: running ? (power ?? average) : null,
    averagePower: power === null && average !== null,
    current: running ? valueAt(series(charger, evse, "current_a"), moment) : null,
    soc: running ? valueAt(series(charger, evse, "soc_percent"), moment) : null,
    energy: valueAt(series(charger, evse, "energy_wh"), moment, Infinity),
    limit: limitAt(charger, evse, moment),
  };
}

function limitAt(charger: TraceCharger, evse: number, moment: number): string | null {
  const told = charger.limits
    .filter((one) => one.evse === evse)
    .map((one) => ({ unit: one.unit, step: lastBefore(one.steps, moment, (step) => step[0]) }))
    .filter(({ step }) => step !== undefined && step[1] !== null)
    .map(({ unit, step }) => (unit === "W" ? `${((step?.[1] ?? 0) / 1000).toFixed(1)} kW` : `${step?.[1]} A`));
  return told.join(", ") || null;
}

function valueAt(of: MeterSeries | undefined, moment: number, lasts = POWER_LASTS_MS): number | null {
  if (!of) return null;
  const place = lastPlace(of.at_ms, moment, (at) => at);
  if (place < 0 || moment - (of.at_ms[place] ?? 0) > lasts) return null;
  return of.values[place] ?? null;
}

function lastBefore<T>(of: readonly T[], moment: number, at: (one: T) => number): T | undefined {
  return of[lastPlace(of, moment, at)];
}

/** The place of the last item at or before a moment, or -1. */
export function lastPlace<T>(of: readonly T[], moment: number, at: (one: T) => number): number {
  let low = 0;
  let high = of.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(of[middle] as T) <= moment) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
