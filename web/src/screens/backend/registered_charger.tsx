// One registered charger: what the backend knows of it, and its commands.
import { useEffect, useState } from "preact/hooks";

import { type Problem, problemFrom } from "../../api/problem";
import { request, type Schemas } from "../../api/request";
import { Button } from "../../components/button";
import { Chip } from "../../components/chip";
import { confirmed } from "../../components/dialog";
import { Empty, Loading } from "../../components/empty";
import { tell, tellProblem } from "../../components/toast";
import { dayAndClock } from "../../format";
import { goTo, linkTo } from "../../routes";
import { CommandForm } from "./command_form";
import { CommandHistory } from "./command_history";

type Detail = Schemas["ChargerAnswer"];

const AGAIN_MS = 3_000;

export function RegisteredCharger({ chargeBoxId }: { chargeBoxId: string }) {
  const [charger, setCharger] = useState<Detail | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [version, setVersion] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    const look = () => request("get", "/api/v1/chargers/{chargeBoxId}", { path: { chargeBoxId }, signal: stop.signal }).then(
      (found) => { setCharger(found); setProblem(null); },
      (reason) => { if (!stop.signal.aborted) setProblem(problemFrom(reason)); },
    );
    void look();
    const looking = setInterval(() => void look(), AGAIN_MS);
    return () => {
      stop.abort();
      clearInterval(looking);
    };
  }, [chargeBoxId]);
  if (problem?.status === 404) {
    return <Empty title={`${chargeBoxId} is not registered`} actions={<a class="button main" href={linkTo("backend", null, { register: chargeBoxId })}>Register it</a>}>The backend refuses it until it is.</Empty>;
  }
  if (!charger) return problem ? <Empty title="The charger could not be read">{problem.message}. {problem.hint}</Empty> : <Loading what={chargeBoxId} />;
  return (
    <>
      <section class="panel" aria-labelledby="charger">
        <header>
          <h2 id="charger">{chargeBoxId} {charger.name && <span class="quiet">{charger.name}</span>}</h2>
          <Chip status={charger.isOnline ? "Accepted" : "offline"} word={charger.isOnline ? "online" : "offline"} />
          <Button small kind="danger" onClick={() => void unregister(chargeBoxId)}>Delete</Button>
        </header>
        <div class="body stack">
          <Facts charger={charger} />
          <Connectors charger={charger} />
        </div>
      </section>
      <div class="commands">
        <CommandForm chargeBoxId={chargeBoxId} onSent={() => setVersion((before) => before + 1)} />
        <CommandHistory chargeBoxId={chargeBoxId} version={version} />
      </div>
    </>
  );
}

function Facts({ charger }: { charger: Detail }) {
  const facts: [string, string | number | null | undefined][] = [
    ["Vendor", charger.vendor], ["Model", charger.model], ["Firmware", charger.firmwareVersion], ["Serial number", charger.serialNumber],
    ["OCPP", charger.ocppVersion], ["Last Heartbeat", dayAndClock(charger.lastHeartbeat)], ["Location", charger.location],
  ];
  return (
    <dl class="facts">
      {facts.filter(([, value]) => value !== null && value !== undefined && value !== "").map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
    </dl>
  );
}

function Connectors({ charger }: { charger: Detail }) {
  const connectors = charger.connectors ?? [];
  if (connectors.length === 0) return <p class="quiet small">It has told the status of no connector yet.</p>;
  return (
    <ul class="row" aria-label="Connectors">
      {connectors.map((one) => {
        const name = one.evseId && one.connectorId ? `${one.evseId}.${one.connectorId}` : String(one.connectorId);
        return <li key={name} class="row"><span class="quiet small">Connector {name}</span> <Chip status={one.status} /></li>;
      })}
    </ul>
  );
}

async function unregister(chargeBoxId: string): Promise<void> {
  const isSure = await confirmed(`Delete ${chargeBoxId}?`, "Its connection is closed and it may not come back; its history stays readable.", `Delete ${chargeBoxId}`);
  if (!isSure) return;
  try {
    await request("delete", "/api/v1/chargers/{chargeBoxId}", { path: { chargeBoxId } });
    tell(`${chargeBoxId} is deleted`);
    goTo("backend");
  } catch (reason) {
    tellProblem(reason);
  }
}
