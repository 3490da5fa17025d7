// Totals of the organization, as the server counts them: true before all chargers are read.
import { signal } from "@preact/signals";

import { request, type Schemas } from "../api/request";

export const summary = signal<Schemas["SummaryResponse"] | null>(null);

export async function readSummary(): Promise<void> {
  summary.value = await request("get", "/ocpp/summary");
}
