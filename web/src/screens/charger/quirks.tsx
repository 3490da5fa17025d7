// Quirks as switches, each with a form of its parameters.
import { useEffect, useState } from "preact/hooks";

import type { FieldSchema } from "../../api/operations";
import { request, type Schemas } from "../../api/request";
import { Button, Switch } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { Loading } from "../../components/empty";
import { SchemaForm, words } from "../../components/schema_form";
import { tell, tellProblem } from "../../components/toast";
import { percent } from "../../format";
import type { Subject } from "./subject";

type Quirk = Schemas["QuirkResponse"];

/** A quirk that the charger has, as the gateway answers it. */
interface Enabled {
  name: string;
  probability: number;
  parameters: Record<string, unknown>;
  schedule: Schemas["QuirkSchedule"];
}

const PAGE_SIZE = 100;

export function QuirkSwitches({ subject, search }: { subject: Subject; search: string }) {
  const [quirks, setQuirks] = useState<Quirk[] | null>(null);
  const [active, setActive] = useState<readonly Enabled[]>([]);
  const [busy, setBusy] = useState<string | null>(null);
  const [open, setOpen] = useState<Quirk | null>(null);
  const path = { charger_id: subject.charger.id };
  useEffect(() => {
    const read = async () => {
      const [all, mine] = await Promise.all([
        request("get", "/ocpp/quirks", { query: { limit: PAGE_SIZE } }),
        request("get", "/ocpp/chargers/{charger_id}/quirks", { path }),
      ]);
      setQuirks(all.data);
      setActive(mine.quirks as unknown as Enabled[]);
    };
    read().catch((reason) => tellProblem(reason, "The quirks could not be read"));
  }, [subject.charger.id]);
  if (!quirks) return <Loading what="the quirks" />;
  const put = async (quirk: Quirk, wanted: unknown) => {
    const others = active.filter((one) => one.name !== quirk.name);
    const body = { quirks: wanted === null ? others : [...others, wanted] } as unknown as Schemas["QuirksBody"];
    const answer = await request("put", "/ocpp/chargers/{charger_id}/quirks", { path, body });
    setActive(answer.quirks as unknown as Enabled[]);
    tell(`${quirk.name} is ${wanted === null ? "off" : "on"}`);
  };
  const turn = async (quirk: Quirk, on: boolean) => {
    setBusy(quirk.id);
    try {
      await put(quirk, on ? quirk.name : null);
    } catch (reason) {
      tellProblem(reason, quirk.name);
    } finally {
      setBusy(null);
    }
  };
  const version = subject.charger.ocpp_version ?? "";
  const found = quirks.filter((quirk) => quirk.ocpp_versions.includes(version) && `${quirk.id} ${quirk.name} ${quirk.description}`.toLowerCase().includes(search));
  const enabled = (quirk: Quirk) => active.find((one) => one.name === quirk.name);
  return (
    <section aria-label="Quirks">
      <h2>Quirks</h2>
      <p class="quiet small">Misbehaviours that users of real chargers have reported. A switch turns one on with its defaults, <em>Set</em> with a probability, a schedule and parameters.</p>
      <ul class="switches">
        {found.map((quirk) => (
          <li key={quirk.id}>
            <Switch label={quirk.name} isOn={enabled(quirk) !== undefined} busy={busy === quirk.id} onChange={(on) => void turn(quirk, on)} />
            <div>
              <p><strong>{quirk.name}</strong> <span class="quiet tiny">{quirk.id} · {quirk.where}</span></p>
              <p class="quiet small">{quirk.description}</p>
              <Tuned quirk={quirk} enabled={enabled(quirk)} />
            </div>
            <Button small aria-label={`Set ${quirk.name}`} onClick={() => setOpen(quirk)}>Set</Button>
          </li>
        ))}
      </ul>
      {open && <QuirkForm quirk={open} enabled={enabled(open)} onSend={(wanted) => put(open, wanted)} onClose={() => setOpen(null)} />}
    </section>
  );
}

/** What is other than by default. */
function Tuned({ quirk, enabled }: { quirk: Quirk; enabled: Enabled | undefined }) {
  if (!enabled) return null;
  const usual = new Map(quirk.parameters.map((one) => [one.name, one.default]));
  const told = [
    ...(enabled.probability === quirk.probability ? [] : [percent(enabled.probability * 100)]),
    ...[...Object.entries(enabled.parameters), ...Object.entries(enabled.schedule)]
      .filter(([name, value]) => value !== null && value !== usual.get(name) && !(UNSET.get(name) === value))
      .map(([name, value]) => `${words(name)}: ${String(value)}`),
  ];
  return told.length > 0 ? <p class="small">{told.join(" · ")}</p> : null;
}

/** Of a schedule that holds at any time. */
const UNSET = new Map<string, unknown>([["from_s", 0], ["every", 1], ["once", false]]);

const SCHEDULE: Required<Record<keyof Schemas["QuirkSchedule"], FieldSchema>> = {
  from_s: { type: "number", minimum: 0, description: "Seconds after the charger's start." },
  to_s: { type: "number", minimum: 0, description: "Seconds after the charger's start; if left out, for ever." },
  every: { type: "integer", minimum: 1, description: "2 is every second occasion, 3 every third." },
  once: { type: "boolean", description: "Only the first time." },
};

function schemaOf(quirk: Quirk): FieldSchema {
  const parameters = Object.fromEntries(quirk.parameters.map((one): [string, FieldSchema] => [one.name, {
    type: one.type,
    description: one.description,
    default: one.default,
    ...(one.choices.length > 0 ? { enum: one.choices } : {}),
    ...(typeof one.minimum === "number" ? { minimum: one.minimum } : {}),
    ...(typeof one.maximum === "number" ? { maximum: one.maximum } : {}),
  }]));
  return {
    type: "object",
    properties: {
      ...(quirk.parameters.length > 0 ? { parameters: { type: "object", properties: parameters } } : {}),
      probability: { type: "number", minimum: 0, maximum: 1, default: quirk.probability, description: "From 0 to 1, of each occasion." },
      schedule: { type: "object", properties: SCHEDULE },
    },
  };
}

function QuirkForm({ quirk, enabled, onSend, onClose }: { quirk: Quirk; enabled: Enabled | undefined; onSend: (wanted: unknown) => Promise<void>; onClose: () => void }) {
  const initial = enabled ? { probability: enabled.probability, parameters: enabled.parameters, schedule: withoutNull(enabled.schedule) } : {};
  return (
    <Dialog title={quirk.name} onClose={onClose}>
      <SchemaForm
        schema={schemaOf(quirk)} initial={initial} verb={enabled ? "Change" : "Turn on"}
        onSend={async (value) => {
          await onSend({ ...value, name: quirk.name });
          onClose();
        }}
      >
        <p class="quiet small">{quirk.description} {quirk.sources.map((source, index) => <a key={source} href={source} rel="noreferrer" target="_blank">Report {index + 1} </a>)}</p>
      </SchemaForm>
    </Dialog>
  );
}

function withoutNull(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
