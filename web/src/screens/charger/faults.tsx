// Faults and quirks as switches: what is broken, and how the charger misbehaves.
import { useEffect, useState } from "preact/hooks";

import { request, type Schemas } from "../../api/request";
import { Switch } from "../../components/button";
import { Empty, Loading } from "../../components/empty";
import { tell, tellProblem } from "../../components/toast";
import { QuirkSwitches } from "./quirks";
import type { Subject } from "./subject";
import { nameOf } from "./verb_buttons";

type Fault = Schemas["FaultResponse"];

const PAGE_SIZE = 100;

export function Faults({ subject }: { subject: Subject }) {
  const [search, setSearch] = useState("");
  return (
    <div class="body stack">
      <input type="search" aria-label="Search faults and quirks" placeholder="Name or description" value={search} onInput={(event) => setSearch(event.currentTarget.value)} />
      <FaultSwitches subject={subject} search={search.toLowerCase()} />
      <QuirkSwitches subject={subject} search={search.toLowerCase()} />
    </div>
  );
}

function FaultSwitches({ subject, search }: { subject: Subject; search: string }) {
  const [faults, setFaults] = useState<Fault[] | null>(null);
  const [at, setAt] = useState(0);
  const [busy, setBusy] = useState<string | null>(null);
  useEffect(() => {
    request("get", "/ocpp/catalog/faults", { query: { limit: PAGE_SIZE } }).then((answer) => setFaults(answer.data), (reason) => tellProblem(reason));
  }, []);
  const connectors = subject.state?.connectors ?? [];
  const connector = connectors[at] ?? connectors[0];
  if (!connector) return <Empty title="It does not run">Start the charger to break something.</Empty>;
  if (!faults) return <Loading what="the faults" />;
  const where = { evse_id: connector.evse_id, connector_id: connector.connector_id };
  const present = connector.faults ?? [];
  const isOn = (fault: Fault) => present.some((one) => one.name === fault.name);
  const turn = async (fault: Fault, on: boolean) => {
    setBusy(fault.name);
    try {
      const target = { charger_id: subject.charger.id };
      if (on) await request("post", "/ocpp/commands/inject-fault", { body: { target, event: { ...where, fault_type: fault.name } } as Schemas["InjectFaultBody"] });
      else await clearBut(subject, where, present.map((one) => one.name).filter((name) => name !== fault.name));
      tell(on ? `${fault.name} has occurred` : `${fault.name} is cleared`);
    } catch (reason) {
      tellProblem(reason, fault.name);
    } finally {
      setBusy(null);
      subject.refresh();
    }
  };
  const found = faults.filter((fault) => `${fault.name} ${fault.description}`.toLowerCase().includes(search));
  return (
    <section aria-label="Faults">
      <div class="row">
        <h2>Faults</h2>
        {connectors.length > 1 && (
          <select class="narrow" aria-label="Connector" value={String(at)} onChange={(event) => setAt(Number(event.currentTarget.value))}>
            {connectors.map((one, index) => <option key={index} value={String(index)}>Connector {nameOf(one)}</option>)}
          </select>
        )}
      </div>
      <ul class="switches">
        {found.map((fault) => (
          <li key={fault.name}>
            <Switch label={fault.name} isOn={isOn(fault)} busy={busy === fault.name} onChange={(on) => void turn(fault, on)} />
            <div><p><strong>{fault.name}</strong> <span class="quiet tiny">{EFFECTS[fault.effect]}</span></p><p class="quiet small">{fault.description}</p></div>
          </li>
        ))}
      </ul>
    </section>
  );
}

const EFFECTS: Record<Fault["effect"], string> = { stops: "ends the transaction", suspends: "suspends charging", warns: "is only told" };

/** Clearing mends all of a connector; those that are to stay occur again. */
async function clearBut(subject: Subject, where: object, staying: string[]): Promise<void> {
  const target = { charger_id: subject.charger.id };
  await request("post", "/ocpp/commands/clear-fault", { body: { target, event: where } });
  for (const name of staying) {
    await request("post", "/ocpp/commands/inject-fault", { body: { target, event: { ...where, fault_type: name } } as Schemas["InjectFaultBody"] });
  }
}
