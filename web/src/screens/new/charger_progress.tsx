// How far a new charger has come: stored, running, connected, accepted.
import { useEffect, useState } from "preact/hooks";

import { problemFrom } from "../../api/problem";
import { request, type Schemas } from "../../api/request";
import { linkTo } from "../../routes";

type Found = Schemas["ListedChargerResponse"];
type State = Schemas["ChargerStateResponse"];

const AGAIN_MS = 500;
/** Then it is looked at no more: its own page goes on. */
const LOOKS = 240;

export function ChargerProgress({ id }: { id: string }) {
  const [found, setFound] = useState<Found | null>(null);
  const [state, setState] = useState<State | null>(null);
  const [gone, setGone] = useState<string | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    let waits = 0;
    const look = async (left: number) => {
      try {
        const path = { charger_id: id };
        const now = await request("get", "/ocpp/chargers/{charger_id}", { path, query: { include: "state" }, signal: stop.signal });
        const state = now.state ?? null;
        setFound(now);
        setState(state);
        if (now.status === "FAILED" || state?.boot_status === "Accepted") return;
      } catch (reason) {
        if (stop.signal.aborted) return;
        const problem = problemFrom(reason);
        if (problem.status === 404) return setGone(problem.message);
      }
      if (left > 0 && !stop.signal.aborted) waits = setTimeout(() => void look(left - 1), AGAIN_MS);
    };
    void look(LOOKS);
    return () => {
      stop.abort();
      clearTimeout(waits);
    };
  }, [id]);
  if (gone) return <p class="quiet small">{gone}</p>;
  const hasFailed = found?.status === "FAILED";
  const isReady = found?.status === "READY";
  const isConnected = state?.connected === true;
  const isAccepted = isConnected && state?.boot_status === "Accepted";
  const why = found?.connection?.reason ?? null;
  return (
    <article>
      <h3>{found ? <a href={linkTo("charger", id)}>{found.identity}</a> : "…"}</h3>
      <ol class="steps">
        <Step isDone={found !== null}>Stored</Step>
        <Step isDone={isReady} hasFailed={hasFailed}>{hasFailed ? "Its runtime could not be started" : "Running"}</Step>
        <Step isDone={isConnected}>Connected to {found?.ws_url ?? "its CSMS"}{isReady && !isConnected && why && <span class="quiet">: {why}</span>}</Step>
        <Step isDone={isAccepted}>BootNotification {isConnected && state?.boot_status ? state.boot_status : "Accepted"}</Step>
      </ol>
      {isAccepted && <p class="small"><a href={linkTo("charger", id)}>Plug a vehicle in</a></p>}
    </article>
  );
}

export function Step({ isDone, hasFailed = false, children }: { isDone: boolean; hasFailed?: boolean; children: preact.ComponentChildren }) {
  return <li class={hasFailed ? "failed" : isDone ? "done" : "waits"}><span>{children}<span class="unseen">{isDone ? " (done)" : hasFailed ? " (failed)" : " (not yet)"}</span></span></li>;
}
