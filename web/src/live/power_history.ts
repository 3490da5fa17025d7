// Power of the last hour: the server's history, then what the page has seen since.
import { signal } from "@preact/signals";

import { problemFrom } from "../api/problem";
import { send } from "../api/request";

export interface PowerHistory {
  /** Seconds since 1970. */
  at: number[];
  watts: number[];
}

const HOUR_S = 3_600;
const STEP_S = 5;
const MOST_KEPT = HOUR_S / STEP_S + 1;

export class PowerRecord {
  readonly history = signal<PowerHistory>({ at: [], watts: [] });

  constructor(private readonly address: string) {}

  /** Reads what the server has; a server that has none leaves what was seen here. */
  async read(): Promise<void> {
    try {
      const told = (await send("get", this.address)) as { samples: { at: string; power_w: number }[] };
      this.history.value = {
        at: told.samples.map((sample) => Date.parse(sample.at) / 1000),
        watts: told.samples.map((sample) => sample.power_w),
      };
    } catch (reason) {
      if (problemFrom(reason).status !== 404) throw reason;
    }
  }

  /** Takes a reading; too soon after the last one it is left out. */
  add(watts: number, now = Date.now() / 1000): void {
    const { at, watts: before } = this.history.value;
    const last = at.at(-1);
    if (last !== undefined && now - last < STEP_S * 0.8) return;
    this.history.value = { at: [...at, now].slice(-MOST_KEPT), watts: [...before, watts].slice(-MOST_KEPT) };
  }
}

/** Of the whole organization. */
export const yardPower = new PowerRecord("/ocpp/power-history");
