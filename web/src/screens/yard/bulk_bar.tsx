// What can be done with the selected chargers, and how far it is.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";

import type { FieldSchema } from "../../api/operations";
import { request } from "../../api/request";
import { Button } from "../../components/button";
import { confirmed, Dialog } from "../../components/dialog";
import { Loading } from "../../components/empty";
import { SchemaForm } from "../../components/schema_form";
import { tell, tellProblem } from "../../components/toast";
import { counted } from "../../format";
import { forget } from "../../live/fleet";
import { suggestionsFor } from "../suggestions";
import { initialOf, OF_CONNECTOR, OF_OCPP_2, parametersOf, verbNamed, VERBS, type Verb } from "../verbs";
import { startBulk, type BulkRun } from "./bulk";
import { selected, selectNone } from "./selection";

const FIRST = ["plug-connector", "unplug-connector", "swipe", "inject-fault", "clear-fault", "reset"].map(verbNamed);
const REST = VERBS.filter((verb) => !FIRST.includes(verb));

const chosen = signal<Verb | null>(null);
const run = signal<BulkRun | null>(null);

export function BulkBar() {
  const ids = [...selected.value];
  if (ids.length === 0 && !run.value) return null;
  return (
    <>
      {ids.length > 0 && (
        <div class="bulk" role="toolbar" aria-label="For the selected chargers">
          <strong aria-live="polite">{counted(ids.length, "charger")} selected</strong>
          {FIRST.map((verb) => <Button key={verb.name} small kind={verb.isDangerous ? "danger" : "plain"} onClick={() => { chosen.value = verb; }}>{verb.label}</Button>)}
          <select
            class="more" aria-label="More" value=""
            onChange={(event) => {
              const name = event.currentTarget.value;
              event.currentTarget.value = "";
              if (name === "delete") void deleteAll(ids);
              else chosen.value = verbNamed(name);
            }}
          >
            <option value="" disabled>More…</option>
            {REST.map((verb) => <option key={verb.name} value={verb.name}>{verb.label}</option>)}
            <option value="delete">Delete</option>
          </select>
          <Button small kind="ghost" onClick={selectNone}>Select none</Button>
        </div>
      )}
      {chosen.value && <VerbDialog verb={chosen.value} ids={ids} />}
      {run.value && <Progress run={run.value} />}
    </>
  );
}

function VerbDialog({ verb, ids }: { verb: Verb; ids: string[] }) {
  const [schema, setSchema] = useState<FieldSchema | null>(null);
  const close = () => { chosen.value = null; };
  useEffect(() => {
    parametersOf(verb).then(setSchema, (reason) => { tellProblem(reason); close(); });
  }, [verb]);
  return (
    <Dialog title={`${verb.label}: ${counted(ids.length, "charger")}`} onClose={close}>
      {schema ? (
        <SchemaForm
          schema={schema} without={verb.isOfConnector ? OF_CONNECTOR : []} folded={OF_OCPP_2} suggestions={suggestionsFor(verb.name)}
          initial={{ ...initialOf(verb, schema), ...(verb.isOfConnector && verb.takesOne ? { evse_id: 1, connector_id: 1 } : {}) }}
          verb={verb.label} isDangerous={verb.isDangerous}
          onSend={async (event) => {
            close();
            run.value = startBulk(verb, ids, event);
          }}
        />
      ) : <Loading what="the form" />}
    </Dialog>
  );
}

function Progress({ run: now }: { run: BulkRun }) {
  const failures = now.failures.value;
  const over = now.done.value + failures.length;
  const isOver = now.isOver.value;
  return (
    <section class="progress panel" aria-label={now.label}>
      <div class="row">
        <strong role="status">
          {now.label}: {now.done.value} of {counted(now.total, "charger")} done{failures.length > 0 && `, ${failures.length} failed`}
        </strong>
        <progress max={now.total} value={Math.min(over, now.total)} aria-label="Progress" />
        <Button small kind="ghost" disabled={!isOver} onClick={() => { run.value = null; }}>{isOver ? "Close" : "…"}</Button>
      </div>
      {failures.length > 0 && (
        <ul class="failures" tabIndex={0} aria-label="Failures">
          {failures.slice(0, 200).map((one, index) => <li key={index}><strong>{one.identity}</strong> {one.reason}</li>)}
        </ul>
      )}
    </section>
  );
}

async function deleteAll(ids: readonly string[]): Promise<void> {
  const isSure = await confirmed(
    `Delete ${counted(ids.length, "charger")}?`,
    "They stop, and their frames and commands are deleted with them. This cannot be undone.",
    `Delete ${counted(ids.length, "charger")}`,
  );
  if (!isSure) return;
  let gone = 0;
  for (const id of ids) {
    try {
      await request("delete", "/ocpp/chargers/{charger_id}", { path: { charger_id: id } });
      forget(id);
      gone++;
    } catch (reason) {
      tellProblem(reason);
    }
  }
  selectNone();
  if (gone > 0) tell(`${counted(gone, "charger")} deleted`);
}
