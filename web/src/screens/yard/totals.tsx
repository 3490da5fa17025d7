// The readouts above the list, and the power of the last hour.
import { Chart, type Line } from "../../components/chart";
import { counted, power } from "../../format";
import { yardPower } from "../../live/power_history";
import { totals } from "../../live/totals";

const LINES: readonly Line[] = [{ label: "power", colour: "--chart-1", unit: "kW", isFilled: true }];

export function Totals() {
  return (
    <section class="totals panel" aria-label="Totals">
      <Readouts />
      <PowerChart />
    </section>
  );
}

function Readouts() {
  const now = totals.value;
  return (
    <dl class="readouts">
      <div><dt>Power</dt><dd class="large">{power(now.powerW)}</dd></div>
      <div><dt>Chargers</dt><dd>{now.chargers.toLocaleString("en")}</dd></div>
      <div><dt>Connected</dt><dd>{now.connected.toLocaleString("en")}{now.connected < now.chargers && <small> {counted(now.chargers - now.connected, "is not", "are not")}</small>}</dd></div>
      <div><dt>In transaction</dt><dd>{now.inTransaction.toLocaleString("en")} <small>of {counted(now.connectors, "connector")}</small></dd></div>
      <div class={now.faulted > 0 ? "faulted" : ""}><dt>Faulted</dt><dd>{now.faulted.toLocaleString("en")}</dd></div>
    </dl>
  );
}

function PowerChart() {
  const { at, watts } = yardPower.history.value;
  const kilowatts = watts.map((one) => one / 1000);
  return (
    <figure class="power">
      <figcaption class="tiny quiet">Power, last hour</figcaption>
      <Chart label={`Power of all chargers in the last hour; now ${power(watts.at(-1) ?? 0)}`} lines={LINES} data={[at, kilowatts]} height={110} least={10} />
    </figure>
  );
}
