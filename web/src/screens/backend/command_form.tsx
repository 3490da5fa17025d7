// A form for each command of the backend, made from the OpenAPI document, and the charger's answer.
import { useEffect, useState } from "preact/hooks";

import { operations, type FieldSchema, type Operation } from "../../api/operations";
import { send } from "../../api/request";
import { Chip } from "../../components/chip";
import { Loading } from "../../components/empty";
import "../../components/field.css";
import { SchemaForm } from "../../components/schema_form";
import { tellProblem } from "../../components/toast";

const OF_A_CHARGER = "/api/v1/chargers/{chargeBoxId}/";
const START = "POST /api/v1/transactions/start";
/** Told by the screen itself, or not a command. */
const LEFT_OUT = ["reservations/{reservationId}", "remote-start"];
const DANGEROUS = ["reset", "firmware", "password", "DELETE"];

export function CommandForm({ chargeBoxId, onSent }: { chargeBoxId: string; onSent: () => void }) {
  const [all, setAll] = useState<[string, Operation][] | null>(null);
  const [name, setName] = useState(START);
  const [answer, setAnswer] = useState<unknown>(undefined);
  useEffect(() => {
    operations().then((found) => setAll(commandsOf(found)), (reason) => tellProblem(reason, "The commands could not be loaded"));
  }, []);
  const chosen = all?.find(([one]) => one === name)?.[1];
  const schema = chosen && formOf(chosen);
  return (
    <section class="panel" aria-labelledby="command">
      <header><h2 id="command">Command</h2></header>
      <div class="body">
        {all && chosen && schema ? (
          <>
            <div class="field">
              <label for="which-command">What the charger is told to do</label>
              <select id="which-command" value={name} onChange={(event) => { setName(event.currentTarget.value); setAnswer(undefined); }}>
                {all.map(([one, operation]) => <option key={one} value={one}>{operation.summary}</option>)}
              </select>
            </div>
            <SchemaForm
              key={name} schema={schema} without={["chargeBoxId"]} verb="Send" isDangerous={DANGEROUS.some((word) => name.includes(word))}
              onSend={async (fields) => {
                setAnswer(undefined);
                try {
                  setAnswer(await sendCommand(name, chosen, chargeBoxId, fields));
                } finally {
                  onSent();
                }
              }}
            />
            {answer !== undefined && <Answer answer={answer} />}
          </>
        ) : <Loading what="the commands" />}
      </div>
    </section>
  );
}

function Answer({ answer }: { answer: unknown }) {
  const status = (answer as { status?: unknown } | null)?.status;
  return (
    <div class="stack" role="status">
      <p class="row"><span class="quiet small">The charger answered</span> {typeof status === "string" && <Chip status={capital(status)} word={status} />}</p>
      <pre class="payload" tabIndex={0} aria-label="Answer">{JSON.stringify(answer, null, 2)}</pre>
    </div>
  );
}

function commandsOf(found: Record<string, Operation>): [string, Operation][] {
  return Object.entries(found)
    .filter(([name]) => name === START || (name.includes(OF_A_CHARGER) && !LEFT_OUT.some((end) => name.endsWith(end))))
    .sort(([, one], [, other]) => one.summary.localeCompare(other.summary));
}

/** Fields of the query and of the body in one form; names do not collide. */
function formOf(operation: Operation): FieldSchema {
  const query = operation.query.filter((one) => one.name !== "async");
  const body = operation.body ?? { type: "object", properties: {}, required: [] };
  return {
    ...body,
    properties: { ...Object.fromEntries(query.map((one) => [one.name, one.schema])), ...body.properties },
    required: [...query.filter((one) => one.required).map((one) => one.name), ...(body.required ?? [])],
  };
}

async function sendCommand(name: string, operation: Operation, chargeBoxId: string, fields: Record<string, unknown>): Promise<unknown> {
  const [method = "", path = ""] = name.split(" ");
  const inQuery = new Set(operation.query.map((one) => one.name));
  const query = Object.fromEntries(Object.entries(fields).filter(([field]) => inQuery.has(field)));
  const body = Object.fromEntries(Object.entries(fields).filter(([field]) => !inQuery.has(field)));
  if (operation.body?.properties?.chargeBoxId) body.chargeBoxId = chargeBoxId;
  return send(method, path, { path: { chargeBoxId }, query, ...(operation.body ? { body } : {}) });
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
