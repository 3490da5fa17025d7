// A charger as the page knows it: plain fields, and one signal that says they changed. Only rows on
// the screen listen to it, so thousands of chargers cost what is shown of them.
import { signal } from "@preact/signals";

import type { ListedCharger } from "../api/pages";
import type { Schemas } from "../api/request";

export interface Connector {
  evseId: number;
  connectorId: number;
  status: string;
  powerW: number;
  currentA: number | null;
  soc: number | null;
  energyWh: number;
  limitW: number | null;
  transactionId: string | null;
  chargingState: string | null;
}

/** What a `samples` event tells of a charger: only what changed. */
export interface ChargerSample {
  connected?: boolean;
  boot_status?: string;
  power_w?: number;
  connectors?: ConnectorSample[];
}

export interface ConnectorSample {
  evse_id?: number;
  connector_id: number;
  status?: string;
  power_w?: number;
  current_a?: number | null;
  soc?: number | null;
  energy_wh?: number;
  limit_w?: number | null;
  transaction_id?: string | null;
  charging_state?: string | null;
}

export class Charger {
  readonly changed = signal(0);
  identity = "";
  name: string | null = null;
  vendor = "";
  model = "";
  version = "";
  locationId: string | null = null;
  locationName: string | null = null;
  provisioning: string | null = null;
  connected = false;
  bootStatus = "";
  /** Its runtime runs, so it has a state. */
  runs = false;
  powerW = 0;
  connectors: Connector[] = [];
  /** When its readings were sampled last; null before the first. */
  sampledAt: string | null = null;
  /** Lower case, for the search. */
  words = "";

  constructor(readonly id: string) {}

  /** The status of all of it: how it stands with its link, else the busiest of its connectors. */
  get status(): string {
    if (!this.runs) return this.provisioning === null || this.provisioning === "READY" ? "Stopped" : provisioningWord(this.provisioning);
    if (!this.connected) return "Offline";
    if (this.connectors.length === 1) return shownStatus(this.connectors[0]!);
    let found = "Available";
    for (const connector of this.connectors) {
      const status = shownStatus(connector);
      if (rank(status) < rank(found)) found = status;
    }
    return found;
  }

  get soc(): number | null {
    return this.connectors.find((connector) => connector.soc !== null)?.soc ?? null;
  }

  get transactionId(): string | null {
    return this.connectors.find((connector) => connector.transactionId !== null)?.transactionId ?? null;
  }

  get hasTransaction(): boolean {
    return this.connectors.some((connector) => connector.transactionId !== null);
  }

  describe(listed: ListedCharger): void {
    this.identity = listed.identity;
    this.name = listed.name ?? null;
    this.vendor = listed.vendor_name ?? "";
    this.model = listed.model ?? "";
    this.version = (listed.ocpp_version ?? "").replace(/^OCPP/i, "");
    this.locationId = listed.location_id ?? null;
    this.locationName = listed.location_name ?? null;
    this.provisioning = listed.status ?? null;
    this.words = [this.identity, this.name, this.vendor, this.model].join(" ").toLowerCase();
    if (listed.state !== undefined) this.take(listed.state);
  }

  /** All of its state; null where no runtime runs. */
  take(state: Schemas["ChargerStateResponse"] | null): void {
    this.runs = state !== null;
    this.connected = state?.connected ?? false;
    this.bootStatus = state?.boot_status ?? "";
    this.connectors = (state?.connectors ?? []).map(connectorOf);
    this.powerW = this.connectors.reduce((sum, connector) => sum + connector.powerW, 0);
  }

  /** What a sample says has changed; null where it runs no more. True where more than a reading did: filters may differ. */
  update(sample: ChargerSample | null, at: string): boolean {
    this.sampledAt = at;
    if (sample === null) {
      this.take(null);
      return true;
    }
    const before = this.connected;
    let isOther = !this.runs;
    this.runs = true;
    if (sample.connected !== undefined) this.connected = sample.connected;
    if (sample.boot_status !== undefined) this.bootStatus = sample.boot_status;
    for (const one of sample.connectors ?? []) isOther = this.updateConnector(one) || isOther;
    this.powerW = sample.power_w ?? this.connectors.reduce((sum, connector) => sum + connector.powerW, 0);
    return isOther || before !== this.connected;
  }

  private updateConnector(sample: ConnectorSample): boolean {
    const evseId = sample.evse_id ?? sample.connector_id;
    let known = this.connectors.find((one) =>
      sample.evse_id === undefined ? one.connectorId === sample.connector_id : one.evseId === evseId && one.connectorId === sample.connector_id,
    );
    if (!known) {
      known = {
        evseId, connectorId: sample.connector_id, status: "Available", powerW: 0, currentA: null, soc: null,
        energyWh: 0, limitW: null, transactionId: null, chargingState: null,
      };
      this.connectors.push(known);
    }
    const before = shownStatus(known);
    if (sample.status !== undefined) known.status = sample.status;
    if (sample.power_w !== undefined) known.powerW = sample.power_w;
    if (sample.current_a !== undefined) known.currentA = sample.current_a;
    if (sample.soc !== undefined) known.soc = sample.soc;
    if (sample.energy_wh !== undefined) known.energyWh = sample.energy_wh;
    if (sample.limit_w !== undefined) known.limitW = sample.limit_w;
    if (sample.transaction_id !== undefined) known.transactionId = sample.transaction_id;
    if (sample.charging_state !== undefined) known.chargingState = sample.charging_state;
    return shownStatus(known) !== before;
  }
}

/** Occupied is all that OCPP 2.x says of a connector; its transaction knows more. */
export function shownStatus(connector: Pick<Connector, "status" | "chargingState">): string {
  return connector.status === "Occupied" && connector.chargingState ? connector.chargingState : connector.status;
}

/** What is worth seeing first, so that a charger of several connectors has one status. */
const RANKS = ["Faulted", "Charging", "SuspendedEV", "SuspendedEVSE", "Preparing", "EVConnected", "Occupied", "Idle", "Finishing", "Reserved", "Unavailable", "Available"];

export function rank(status: string): number {
  const found = RANKS.indexOf(status);
  return found < 0 ? RANKS.length : found;
}

function provisioningWord(word: string): string {
  return word.charAt(0) + word.slice(1).toLowerCase();
}

function connectorOf(state: Schemas["ConnectorStateResponse"]): Connector {
  return {
    evseId: state.evse_id,
    connectorId: state.connector_id,
    status: state.status,
    powerW: state.power_w,
    currentA: state.current_a,
    soc: state.soc_percent ?? null,
    energyWh: state.energy_wh,
    limitW: state.limit_w ?? null,
    transactionId: state.transaction ? (state.transaction.transaction_id ?? state.transaction.transaction) : null,
    chargingState: state.transaction?.charging_state ?? null,
  };
}
