// Each connector as it is: its socket, the cable, the vehicle at its end, and what can be done there.
import { Chip, toneOf } from "../../components/chip";
import { Empty } from "../../components/empty";
import { clock, energy, percent, power, since } from "../../format";
import { shownStatus } from "../../live/charger";
import { verbNamed, VERBS, type Verb } from "../verbs";
import { Drawing } from "./drawing";
import type { Subject } from "./subject";
import { nameOf, VerbButton } from "./verb_buttons";

type Connector = NonNullable<Subject["state"]>["connectors"][number];

const faultsOf = (connector: Connector) => connector.faults ?? [];

const OF_ALL = VERBS.filter((verb) => verb.isOfConnector);

export function Connectors({ subject }: { subject: Subject }) {
  const { state } = subject;
  if (state === null) return null;
  if (state.connectors.length === 0) return <Empty title="It has no connectors" />;
  return (
    <section class="connectors" aria-label="Connectors">
      {state.connectors.map((connector) => <ConnectorPanel key={`${connector.evse_id}.${connector.connector_id}`} connector={connector} subject={subject} />)}
    </section>
  );
}

function ConnectorPanel({ connector, subject }: { connector: Connector; subject: Subject }) {
  const { transaction } = connector;
  const status = shownStatus({ status: connector.status, chargingState: transaction?.charging_state ?? null });
  const where = { evse_id: connector.evse_id, connector_id: connector.connector_id };
  const name = nameOf(where);
  return (
    <article class={`panel connector tone-${toneOf(status)}`} aria-label={`Connector ${name}`}>
      <header>
        <h2>Connector {name}</h2>
        <Chip status={status} />
        {connector.error_code !== "NoError" && <span class="error-code">{connector.error_code}</span>}
      </header>
      <div class="body">
        <Drawing status={status} isPlugged={connector.vehicle !== null} soc={connector.soc_percent ?? null} isFlowing={connector.power_w > 0} />
        <dl class="values">
          <div><dt>Power</dt><dd>{power(connector.power_w)}</dd></div>
          <div><dt>Current</dt><dd>{connector.current_a.toFixed(1)} A</dd></div>
          <div><dt>SoC</dt><dd>{connector.soc_percent === null || connector.soc_percent === undefined ? "–" : percent(connector.soc_percent)}</dd></div>
          <div><dt>Limit</dt><dd>{connector.limit_w === null || connector.limit_w === undefined ? "–" : power(connector.limit_w)} <small>{connector.limit_source}</small></dd></div>
          <div><dt>{transaction ? "Delivered" : "Register"}</dt><dd>{energy(transaction ? connector.energy_wh - transaction.meter_start_wh : connector.energy_wh)}</dd></div>
          <div><dt>Vehicle</dt><dd>{connector.vehicle ?? "–"}</dd></div>
          {transaction && <div><dt>Transaction</dt><dd class="clipped" title={transaction.transaction_id ?? transaction.transaction}>{transaction.transaction_id ?? "not confirmed yet"} <small>{since(transaction.started_at)}</small></dd></div>}
          {transaction?.id_tag && <div><dt>Card</dt><dd class="clipped mono">{transaction.id_tag}</dd></div>}
          {transaction?.limits && <div><dt>Ends at</dt><dd>{limitsOf(transaction.limits, connector.cost?.currency ?? "")}</dd></div>}
          {connector.cost?.total_cost && <div><dt>{connector.cost.is_final ? "Total cost" : "Cost so far"}</dt><dd>{connector.cost.total_cost} {connector.cost.currency}</dd></div>}
          {connector.cost?.message && <div><dt>Shown</dt><dd class="clipped" title={connector.cost.message}>{connector.cost.message}</dd></div>}
          {faultsOf(connector).length > 0 && <div><dt>Faults</dt><dd>{faultsOf(connector).map((fault) => fault.name).join(", ")}</dd></div>}
        </dl>
        <div class="verbs" role="group" aria-label={`What to do at connector ${name}`}>
          {ordered(connector).map(([verb, isMain]) => <VerbButton key={verb.name} verb={verb} subject={subject} where={where} isMain={isMain} />)}
        </div>
      </div>
    </article>
  );
}

/** The limits at which the charger ends a transaction by itself, the first of which counts. */
function limitsOf(limits: NonNullable<NonNullable<Connector["transaction"]>["limits"]>, currency: string): string {
  const { max_energy_wh, ends_at, max_soc_percent, max_cost } = limits;
  const all = [max_energy_wh && energy(max_energy_wh), ends_at && clock(ends_at), max_soc_percent && percent(max_soc_percent), max_cost && `${max_cost} ${currency}`];
  return all.filter(Boolean).join(" or ");
}

/** What is likely next comes first, and stands out. */
function ordered(connector: Connector): [Verb, boolean][] {
  const next = faultsOf(connector).length > 0 ? "clear-fault" : connector.vehicle === null ? "plug-connector" : connector.transaction === null ? "swipe" : "stop-session";
  const useless = connector.vehicle === null ? ["unplug-connector", "ev-requests-energy", "ev-stops-energy", "pull-cable-at-ev", "stop-session", "power-update"] : ["plug-connector", "start-session"];
  const rest = OF_ALL.filter((verb) => verb.name !== next && !useless.includes(verb.name) && (verb.name !== "clear-fault" || faultsOf(connector).length > 0));
  return [[verbNamed(next), true], ...rest.map((verb): [Verb, boolean] => [verb, false])];
}
