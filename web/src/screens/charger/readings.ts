// Readings of one charger over the last hour, in rings of a fixed size.
import { problemFrom } from "../../api/problem";
import { send, type Schemas } from "../../api/request";
import type { Series } from "../../components/chart";

type State = Schemas["ChargerStateResponse"];
type Connector = State["connectors"][number];

/** One a second for ten minutes, or the server's step for an hour. */
const MOST_KEPT = 1_200;

interface Reading {
  at: number;
  powerKw: number;
  limitKw: number | null;
  currentA: number | null;
  soc: number | null;
  energyKwh: number | null;
}

export class Readings {
  private readonly kept: Reading[] = [];
  private hasHistory = false;

  get isEmpty(): boolean {
    return !this.hasHistory;
  }

  /** What the server has of the last hour; a server that has none leaves what is seen here. */
  async readHistory(chargerId: string): Promise<void> {
    this.hasHistory = true;
    try {
      const told = (await send("get", "/ocpp/chargers/{charger_id}/power-history", { path: { charger_id: chargerId } })) as { samples: { at: string; power_w: number; soc?: number | null; limit_w?: number | null; current_a?: number | null; energy_wh?: number | null }[] };
      this.kept.unshift(
        ...told.samples.map((sample) => ({
          at: Date.parse(sample.at) / 1000,
          powerKw: sample.power_w / 1000,
          limitKw: kilo(sample.limit_w),
          currentA: sample.current_a ?? null,
          soc: sample.soc ?? null,
          energyKwh: kilo(sample.energy_wh),
        })),
      );
    } catch (reason) {
      if (problemFrom(reason).status !== 404) throw reason;
    }
  }

  add(state: State): void {
    const at = Date.parse(state.at) / 1000;
    if (at <= (this.kept.at(-1)?.at ?? 0)) return;
    const inUse = state.connectors.filter((connector) => connector.vehicle !== null || connector.transaction !== null);
    const sum = (value: (connector: Connector) => number | null | undefined, of: readonly Connector[] = state.connectors) =>
      of.reduce<number | null>((total, connector) => (value(connector) === null || value(connector) === undefined ? total : (total ?? 0) + value(connector)!), null);
    this.kept.push({
      at,
      powerKw: (sum((connector) => connector.power_w) ?? 0) / 1000,
      limitKw: kilo(sum((connector) => connector.limit_w, inUse.length > 0 ? inUse : state.connectors)),
      currentA: sum((connector) => connector.current_a),
      soc: inUse.find((connector) => connector.soc_percent !== null)?.soc_percent ?? null,
      energyKwh: kilo(sum((connector) => connector.energy_wh)),
    });
    if (this.kept.length > MOST_KEPT) this.kept.splice(0, this.kept.length - MOST_KEPT);
  }

  series(...names: (keyof Omit<Reading, "at">)[]): Series {
    return [this.kept.map((one) => one.at), ...names.map((name) => this.kept.map((one) => one[name]))];
  }

  get last(): Reading | undefined {
    return this.kept.at(-1);
  }
}

function kilo(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : value / 1000;
}
