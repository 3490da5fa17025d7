// A button for each verb; one with parameters opens a small form made from the OpenAPI document.
import { useEffect, useState } from "preact/hooks";

import type { FieldSchema } from "../../api/operations";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { Loading } from "../../components/empty";
import { SchemaForm } from "../../components/schema_form";
import { tell, tellProblem } from "../../components/toast";
import { carryOut } from "../command_run";
import { suggestionsFor } from "../suggestions";
import { initialOf, OF_CONNECTOR, OF_OCPP_2, parametersOf, VERBS, type Verb } from "../verbs";
import type { Subject } from "./subject";

interface Where {
  evse_id: number;
  connector_id: number;
}

/** Verbs that are done at once: their few parameters can be left out. */
const AT_ONCE = new Set(["unplug-connector", "ev-requests-energy", "ev-stops-energy", "pull-cable-at-ev", "stop-session", "unlock-connector", "clear-fault", "power-restore", "network-restore"]);

export function VerbButton({ verb, subject, where, isMain = false, disabled = false }: { verb: Verb; subject: Subject; where?: Where; isMain?: boolean; disabled?: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const press = async () => {
    if (!AT_ONCE.has(verb.name)) return setOpen(true);
    setBusy(true);
    try {
      tell(await carryOut(verb, subject.charger.id, { ...where }));
    } catch (reason) {
      tellProblem(reason, verb.label);
    } finally {
      setBusy(false);
      subject.refresh();
    }
  };
  return (
    <>
      <Button small kind={verb.isDangerous ? "danger" : isMain ? "main" : "plain"} busy={busy} disabled={disabled} onClick={() => void press()}>{verb.label}</Button>
      {isOpen && <VerbForm verb={verb} subject={subject} where={where} onClose={() => setOpen(false)} />}
    </>
  );
}

function VerbForm({ verb, subject, where, onClose }: { verb: Verb; subject: Subject; where?: Where | undefined; onClose: () => void }) {
  const [schema, setSchema] = useState<FieldSchema | null>(null);
  useEffect(() => {
    parametersOf(verb).then((found) => setSchema(withCharge(withCard(found))), (reason) => { tellProblem(reason); onClose(); });
  }, [verb]);
  const title = where && subject.state && subject.state.connectors.length > 1 ? `${verb.label}: connector ${nameOf(where)}` : verb.label;
  const without = subject.charger.ocpp_version === "OCPP1.6" ? [...OF_CONNECTOR, ...OF_OCPP_2] : OF_CONNECTOR;
  return (
    <Dialog title={title} onClose={onClose}>
      {schema ? (
        <SchemaForm
          schema={schema} without={without} folded={OF_OCPP_2} suggestions={suggestionsFor(verb.name)} initial={initialOf(verb, schema)}
          verb={verb.label} isDangerous={verb.isDangerous}
          onSend={async (event) => {
            const done = await carryOut(verb, subject.charger.id, { ...where, ...described(event) });
            tell(done);
            onClose();
            subject.refresh();
          }}
        />
      ) : <Loading what="the form" />}
    </Dialog>
  );
}

/** The card is explained where the document says nothing of it. */
function withCard(schema: FieldSchema): FieldSchema {
  const { id_tag: tag } = schema.properties ?? {};
  if (!tag || tag.description) return schema;
  return { ...schema, properties: { ...schema.properties, id_tag: { ...tag, description: "The number of the card." } } };
}

/** A vehicle is named, and may come with a state of charge: the form has both side by side. */
function withCharge(schema: FieldSchema): FieldSchema {
  const { vehicle, ...rest } = schema.properties ?? {};
  if (!vehicle) return schema;
  const soc: FieldSchema = { type: "number", minimum: 0, maximum: 100, description: "State of charge of its battery when it comes, in percent." };
  const { id_tag: tag, ...others } = rest;
  return { ...schema, properties: { ...(tag ? { id_tag: tag } : {}), vehicle, soc_percent: soc, ...others } };
}

const DEFAULT_VEHICLE = "long-range";

function described({ soc_percent: soc, vehicle, ...rest }: Record<string, unknown>): Record<string, unknown> {
  if (soc === undefined) return vehicle === undefined ? rest : { ...rest, vehicle };
  return { ...rest, vehicle: { name: vehicle ?? DEFAULT_VEHICLE, soc_percent: soc } };
}

export function nameOf({ evse_id, connector_id }: Where): string {
  return connector_id === 1 ? `${evse_id}` : `${evse_id}.${connector_id}`;
}

/** What happens to all of the charger. */
export function StationVerbs({ subject }: { subject: Subject }) {
  return (
    <section class="panel station-verbs" aria-label="Power and network">
      <span class="quiet small">All of the charger</span>
      {VERBS.filter((verb) => verb.group === "power and network").map((verb) => <VerbButton key={verb.name} verb={verb} subject={subject} />)}
    </section>
  );
}
