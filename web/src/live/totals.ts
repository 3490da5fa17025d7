// What all chargers come to, counted over the fleet once a frame of samples.
import { computed } from "@preact/signals";

import { chargers, isComplete, leftOut, revision, samplesTaken } from "./fleet";
import { summary } from "./summary";

export interface Totals {
  chargers: number;
  connected: number;
  connectors: number;
  inTransaction: number;
  faulted: number;
  powerW: number;
  byStatus: ReadonlyMap<string, number>;
}

export const totals = computed<Totals>(() => {
  void revision.value;
  void samplesTaken.value;
  const byStatus = new Map<string, number>();
  const found = { chargers: chargers.size, connected: 0, connectors: 0, inTransaction: 0, faulted: 0, powerW: 0 };
  for (const charger of chargers.values()) {
    const status = charger.status;
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
    if (charger.connected) found.connected++;
    found.powerW += charger.powerW;
    for (const connector of charger.connectors) {
      found.connectors++;
      if (connector.transactionId !== null) found.inTransaction++;
      if (connector.status === "Faulted") found.faulted++;
    }
  }
  const told = summary.value;
  if ((isComplete.value && leftOut.value === 0) || !told) return { ...found, byStatus };
  // Where not all chargers are here, the server's own count.
  return {
    chargers: told.chargers.total,
    connected: told.chargers.connected,
    connectors: told.connectors.total,
    inTransaction: told.connectors.in_transaction,
    faulted: told.connectors.faulted,
    powerW: told.power_w,
    byStatus,
  };
});
