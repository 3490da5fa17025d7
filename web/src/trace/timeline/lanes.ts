// Lanes of a charger on the time line, from top to bottom, with their heights in pixels.
import type { Trace, TraceCharger } from "../model";
import { evseLabel, evsesOf, placeLabel } from "../state_at";

export type Lane =
  | { kind: "link" }
  | { kind: "status"; lane: number }
  | { kind: "transactions"; evse: number }
  | { kind: "power"; evse: number }
  | { kind: "current"; evse: number }
  | { kind: "soc"; evse: number }
  | { kind: "events" }
  | { kind: "frames" }
  | { kind: "violations" };

export interface PlacedLane {
  lane: Lane;
  label: string;
  top: number;
  height: number;
}

export interface Block {
  charger: number;
  lanes: PlacedLane[];
  height: number;
}

const HEIGHTS: Record<Lane["kind"], number> = {
  link: 14,
  status: 20,
  transactions: 20,
  power: 58,
  current: 46,
  soc: 34,
  events: 16,
  frames: 34,
  violations: 16,
};
const GAP = 5;
const MARGIN = 6;

export function blockOf(trace: Trace, number: number): Block {
  const charger = trace.chargers[number];
  const lanes: PlacedLane[] = [];
  let top = MARGIN;
  for (const [lane, label] of charger ? lanesOf(trace, number, charger) : []) {
    const height = HEIGHTS[lane.kind];
    lanes.push({ lane, label, top, height });
    top += height + GAP;
  }
  return { charger: number, lanes, height: top - GAP + MARGIN };
}

function lanesOf(trace: Trace, number: number, charger: TraceCharger): [Lane, string][] {
  const found: [Lane, string][] = [];
  const evses = evsesOf(charger).filter((evse) => evse > 0);
  const one = evses.length <= 1;
  if (charger.links.length) found.push([{ kind: "link" }, "Link"]);
  charger.connectors.forEach((lane, place) => {
    if (lane.evse === 0 && !one && lane.changes.length < 2) return;
    if (lane.evse === 0 && charger.connectors.length > 1 && lane.changes.length < 2) return;
    found.push([{ kind: "status", lane: place }, placeLabel(charger, lane.evse, lane.connector)]);
  });
  for (const evse of evses) {
    const of = one ? "" : ` ${evse}`;
    const has = (...quantities: string[]): boolean =>
      charger.meters.some((series) => series.evse === evse && quantities.includes(series.quantity));
    const limited = (unit: string): boolean => charger.limits.some((limit) => limit.evse === evse && limit.unit === unit);
    if (charger.transactions.some((each) => each.evse === evse)) {
      found.push([{ kind: "transactions", evse }, one ? "Transaction" : `Transaction, ${evseLabel(charger, evse)}`]);
    }
    if (has("power_w", "average_power_w") || limited("W")) found.push([{ kind: "power", evse }, `Power${of}`]);
    if (has("current_a") || limited("A")) found.push([{ kind: "current", evse }, `Current${of}`]);
    if (has("soc_percent")) found.push([{ kind: "soc", evse }, `State of charge${of}`]);
  }
  if (charger.events.length) found.push([{ kind: "events" }, "Events"]);
  found.push([{ kind: "frames" }, "Frames"]);
  if (trace.ofCharger[number]?.some((frame) => trace.violationsOf(frame).length)) {
    found.push([{ kind: "violations" }, "Violations"]);
  }
  return found;
}
