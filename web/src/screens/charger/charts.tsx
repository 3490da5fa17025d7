// Power under the limit that holds, current, state of charge, and energy.
import type { ComponentChildren } from "preact";

import { Chart, type Line } from "../../components/chart";
import type { Subject } from "./subject";

const POWER: readonly Line[] = [
  { label: "power", colour: "--chart-1", unit: "kW", isFilled: true, decimals: 2 },
  { label: "limit", colour: "--chart-3", unit: "kW", isStepped: true, isDashed: true },
];
const CURRENT: readonly Line[] = [{ label: "current", colour: "--chart-2", unit: "A" }];
const SOC: readonly Line[] = [{ label: "SoC", colour: "--chart-1", unit: "%" }];
const ENERGY: readonly Line[] = [{ label: "energy", colour: "--chart-4", unit: "kWh", decimals: 3 }];

const SYNC = "charger";

export function Charts({ subject }: { subject: Subject }) {
  const { readings } = subject;
  const last = readings.last;
  const limits = subject.state?.connectors.filter((connector) => connector.limit_w !== null).map((connector) => `${connector.limit_source}`);
  return (
    <section class="charts" aria-label="Readings">
      <Figure title="Power" value={told(last?.powerKw, "kW", 2)} note={limits?.length ? `limit: ${told(last?.limitKw, "kW")} by ${[...new Set(limits)].join(", ")}` : ""}>
        <Chart label={`Power, now ${told(last?.powerKw, "kW")}`} lines={POWER} data={readings.series("powerKw", "limitKw")} least={1} syncKey={SYNC} />
      </Figure>
      <Figure title="Current" value={told(last?.currentA, "A")}>
        <Chart label={`Current, now ${told(last?.currentA, "A")}`} lines={CURRENT} data={readings.series("currentA")} least={6} syncKey={SYNC} />
      </Figure>
      <Figure title="State of charge" value={told(last?.soc, "%")}>
        <Chart label={`State of charge, now ${told(last?.soc, "%")}`} lines={SOC} data={readings.series("soc")} least={100} most={100} syncKey={SYNC} />
      </Figure>
      <Figure title="Energy register" value={told(last?.energyKwh, "kWh", 3)}>
        <Chart label={`Energy register, now ${told(last?.energyKwh, "kWh")}`} lines={ENERGY} data={readings.series("energyKwh")} least={0.1} isFromZero={false} syncKey={SYNC} />
      </Figure>
    </section>
  );
}

function Figure({ title, value, note, children }: { title: string; value: string; note?: string; children: ComponentChildren }) {
  return (
    <figure class="panel">
      <figcaption><span class="quiet">{title}</span> <strong>{value}</strong> {note && <span class="quiet tiny">{note}</span>}</figcaption>
      {children}
    </figure>
  );
}

function told(value: number | null | undefined, unit: string, decimals = 1): string {
  return value === null || value === undefined ? "–" : `${value.toFixed(decimals)} ${unit}`;
}
