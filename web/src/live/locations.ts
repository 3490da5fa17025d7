// Locations by id: their names, and the power that their chargers share.
import { signal } from "@preact/signals";

import { request, type Schemas } from "../api/request";

const PAGE_SIZE = 100;

export const locations = signal<ReadonlyMap<string, Schemas["LocationResponse"]>>(new Map());

export async function readLocations(): Promise<void> {
  const found = new Map<string, Schemas["LocationResponse"]>();
  for (let page = 1; ; page++) {
    const answer = await request("get", "/ocpp/locations", { query: { page, limit: PAGE_SIZE } });
    for (const location of answer.data) found.set(location.id, location);
    if (found.size >= answer.total || answer.data.length === 0) break;
  }
  locations.value = found;
}

export function locationName(id: string | null): string {
  return (id !== null && (locations.value.get(id)?.name ?? null)) || "";
}
