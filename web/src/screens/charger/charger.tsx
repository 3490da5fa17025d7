// One charger: its connectors and what can be done to them, its readings, and all that it says.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Button } from "../../components/button";
import { Chip } from "../../components/chip";
import { confirmed } from "../../components/dialog";
import { Empty, Loading } from "../../components/empty";
import { tell, tellProblem } from "../../components/toast";
import { request } from "../../api/request";
import { since } from "../../format";
import { forget } from "../../live/fleet";
import { locationName, readLocations } from "../../live/locations";
import { goTo, keepInAddress, linkTo, place } from "../../routes";
import { carryOut } from "../command_run";
import type { ScreenProps } from "../screens";
import { readSuggestions } from "../suggestions";
import { verbNamed } from "../verbs";
import { Charts } from "./charts";
import { Commands } from "./commands";
import { Connectors } from "./connectors";
import { Display } from "./display";
import { Faults } from "./faults";
import { Frames } from "./frames";
import { Settings } from "./settings";
import { useSubject, type Subject } from "./subject";
import { StationVerbs } from "./verb_buttons";
import "./charger.css";

const TABS = { frames: "Frames", history: "History", commands: "Commands", faults: "Faults and quirks", settings: "Settings" } as const;
type Tab = keyof typeof TABS;

export function ChargerScreen({ subject: named }: ScreenProps) {
  const { subject, problem } = useSubject(named ?? "");
  useEffect(() => {
    void readSuggestions().catch(() => undefined);
    void readLocations().catch(() => undefined);
  }, []);
  if (problem && !subject) {
    return (
      <Empty title={problem.status === 404 ? `There is no charger “${named}”` : "The charger could not be read"} actions={<a class="button" href={linkTo("yard")}>To the yard</a>}>
        {problem.status === 404 ? "It may have been deleted, or belongs to another organization." : `${problem.message}. The page tries again.`}
      </Empty>
    );
  }
  if (!subject) return <Loading what={named ?? "the charger"} />;
  return (
    <>
      <Heading subject={subject} />
      <Connectors subject={subject} />
      <Display subject={subject} />
      {subject.state && <StationVerbs subject={subject} />}
      <Charts subject={subject} />
      <Tabs subject={subject} />
    </>
  );
}

function Heading({ subject }: { subject: Subject }) {
  const { charger, state } = subject;
  const status = state === null ? "Stopped" : state.connected ? state.boot_status : "Offline";
  const about = [
    [charger.vendor_name, charger.model].filter(Boolean).join(" "),
    charger.ocpp_version?.replace("OCPP", "OCPP "),
    locationName(charger.location_id ?? null) || charger.location_name,
  ];
  return (
    <section class="heading">
      <div>
        <p class="tiny"><a href={linkTo("yard")}>Yard</a></p>
        <h1>{charger.identity} {charger.name && charger.name !== charger.identity && <span class="quiet">{charger.name}</span>}</h1>
        <p class="quiet">{about.filter(Boolean).join(" · ")}</p>
      </div>
      <dl class="facts">
        <div><dt>Link</dt><dd><Chip status={status} word={status === "Accepted" ? "Accepted" : status} /></dd></div>
        {state?.connection && <div><dt>{state.connected ? "Connected for" : "Away for"}</dt><dd>{since(state.connection.since)}</dd></div>}
        {state && <div><dt>Queue</dt><dd>{state.queue_length}</dd></div>}
        {state?.firmware && <div><dt>Firmware</dt><dd>{state.firmware.version}</dd></div>}
        {charger.ws_url && <div class="address"><dt>Backend</dt><dd class="mono tiny clipped" title={charger.ws_url}>{charger.ws_url}</dd></div>}
      </dl>
      <Lifecycle subject={subject} />
      {state && !state.connected && state.connection?.reason && <p class="notice"><strong>Not connected:</strong> {state.connection.reason}</p>}
      {state === null && <p class="notice">{charger.status === "FAILED" ? "It could not be provisioned." : "It does not run: start it to plug something in."}</p>}
      {state?.refused_answer && <p class="notice"><strong>It refused an answer</strong> to {state.refused_answer.action}: {state.refused_answer.message}</p>}
    </section>
  );
}

function Lifecycle({ subject }: { subject: Subject }) {
  const { charger, state } = subject;
  const act = async (name: string) => {
    try {
      tell(await carryOut(verbNamed(name), charger.id, {}));
    } catch (reason) {
      tellProblem(reason, verbNamed(name).label);
    }
    subject.refresh();
  };
  const asked = async (name: string, title: string, text: string, verb: string) => {
    if (await confirmed(title, text, verb)) await act(name);
  };
  return (
    <div class="row lifecycle">
      {state === null ? (
        <Button kind="main" onClick={() => void act("start")}>Start</Button>
      ) : (
        <>
          <Button onClick={() => void asked("reset", `Reset ${charger.identity}?`, "It starts anew as after a power cut: the link is cut, and a transaction that runs is ended or taken up again by the rules of its version.", "Reset")}>Reset</Button>
          <Button onClick={() => void asked("stop", `Stop ${charger.identity}?`, "Its runtime ends and its link with it. It stays in the yard, and can be started again.", "Stop")}>Stop</Button>
        </>
      )}
      <Button kind="danger" onClick={() => void remove(subject)}>Delete</Button>
    </div>
  );
}

async function remove({ charger }: Subject): Promise<void> {
  const isSure = await confirmed(`Delete ${charger.identity}?`, "It stops, and its frames and commands are deleted with it. This cannot be undone.", "Delete");
  if (!isSure) return;
  try {
    await request("delete", "/ocpp/chargers/{charger_id}", { path: { charger_id: charger.id } });
    forget(charger.id);
    tell(`${charger.identity} is deleted`);
    goTo("yard");
  } catch (reason) {
    tellProblem(reason);
  }
}

function Tabs({ subject }: { subject: Subject }) {
  const asked = place.value.query.get("tab");
  const tab: Tab = asked !== null && asked in TABS ? (asked as Tab) : "frames";
  const names = Object.keys(TABS) as Tab[];
  const move = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const next = names[(names.indexOf(tab) + step + names.length) % names.length]!;
    keepInAddress({ tab: next });
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <section class="panel">
      <div class="tabs" role="tablist" aria-label="About this charger" onKeyDown={move}>
        {names.map((name) => (
          <button key={name} id={`tab-${name}`} type="button" role="tab" aria-selected={name === tab} aria-controls="tab-panel" tabIndex={name === tab ? 0 : -1} onClick={() => keepInAddress({ tab: name })}>
            {TABS[name]}
          </button>
        ))}
      </div>
      <div id="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        {tab === "frames" && <Frames chargerId={subject.charger.id} identity={subject.charger.identity} />}
        {tab === "history" && <LoadedHistory key={subject.charger.id} chargerId={subject.charger.id} />}
        {tab === "commands" && <Commands chargerId={subject.charger.id} />}
        {tab === "faults" && <Faults subject={subject} />}
        {tab === "settings" && <Settings subject={subject} />}
      </div>
    </section>
  );
}

/** The trace view is a part of its own, fetched when it is looked at first. */
function LoadedHistory({ chargerId }: { chargerId: string }) {
  const [load, setLoad] = useState<{ History?: ComponentType<{ chargerId: string }>; hasFailed?: boolean }>({});
  useEffect(() => {
    import("./history").then(setLoad, (reason) => { setLoad({ hasFailed: true }); tellProblem(reason, "The history could not be loaded"); });
  }, []);
  if (load.hasFailed) return <Empty title="The history could not be loaded" actions={<Button onClick={() => location.reload()}>Load the page again</Button>}>The server may have been renewed meanwhile.</Empty>;
  return load.History ? <load.History chargerId={chargerId} /> : <Loading what="the history" />;
}
