// Values to offer in forms: the catalogue's vehicles, and the faults there are.
import { signal } from "@preact/signals";

import { request } from "../api/request";

type Suggested = readonly (readonly [value: string, label: string])[];

const vehicles = signal<Suggested>([]);

/** Reads the catalogue once; forms work without it. */
export async function readSuggestions(): Promise<void> {
  if (vehicles.value.length > 0) return;
  const answer = await request("get", "/ocpp/catalog/vehicles", { query: { limit: 100 } });
  vehicles.value = answer.data.map((one) => [one.name, `${one.title}, ${one.battery_kwh} kWh`] as const);
}

export function suggestionsFor(verb: string): Record<string, Suggested> {
  return verb === "plug-connector" || verb === "start-session" ? { vehicle: vehicles.value } : {};
}
