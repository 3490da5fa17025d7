// One verb for many chargers: asked in few requests, followed until each has its result.
import { signal, type Signal } from "@preact/signals";

import { Problem, problemFrom } from "../../api/problem";
import { request, send, type Schemas } from "../../api/request";
import { chargers } from "../../live/fleet";
import type { Verb } from "../verbs";

export interface BulkRun {
  label: string;
  total: number;
  done: Signal<number>;
  failures: Signal<readonly { identity: string; reason: string }[]>;
  isOver: Signal<boolean>;
}

const AT_ONCE = 4;
/** Chargers in one request. */
const MOST_TARGETS = 100;
const POLL_MS = 500;
/** Asked for results at most this long after the last command was queued. */
const PATIENCE_MS = 60_000;
const PAGE_SIZE = 100;
const FINAL = new Set(["completed", "failed", "expired", "cancelled"]);

export function startBulk(verb: Verb, ids: readonly string[], event: Record<string, unknown>): BulkRun {
  const run: BulkRun = { label: verb.label, total: ids.length, done: signal(0), failures: signal([]), isOver: signal(false) };
  const work = verb.takesOne ? oneByOne(run, verb, ids, event) : inBatches(run, verb, ids, event);
  void work.catch((reason: unknown) => fail(run, "", problemFrom(reason).message)).finally(() => { run.isOver.value = true; });
  return run;
}

async function oneByOne(run: BulkRun, verb: Verb, ids: readonly string[], event: Record<string, unknown>): Promise<void> {
  await eachOf(ids, async (id) => {
    try {
      if (verb.group === "charger") await send("post", verb.path, { path: { charger_id: id }, body: {} });
      else await send("post", verb.path, { body: { target: { charger_id: id }, event } });
      run.done.value++;
    } catch (reason) {
      fail(run, nameOf(id), told(problemFrom(reason)));
    }
  });
}

async function inBatches(run: BulkRun, verb: Verb, ids: readonly string[], event: Record<string, unknown>): Promise<void> {
  const alone = ids.filter((id) => !chargers.get(id)?.locationId);
  for (const [locationId, there] of Map.groupBy(ids, (id) => chargers.get(id)?.locationId ?? null)) {
    if (locationId === null) continue;
    for (let from = 0; from < there.length; from += MOST_TARGETS) {
      const some = there.slice(from, from + MOST_TARGETS);
      await askFor(run, verb, { location_id: locationId, charger_ids: some }, some, event);
    }
  }
  await eachOf(alone, (id) => askFor(run, verb, { charger_id: id }, [id], event));
}

async function askFor(run: BulkRun, verb: Verb, target: object, ids: readonly string[], event: Record<string, unknown>): Promise<void> {
  try {
    const answer = (await send("post", verb.path, { body: { target, event } })) as Schemas["LocationCommandResponse"];
    for (const one of answer.failed) fail(run, one.identity ?? "", one.error);
    await settle(run, answer.batch_id, answer.results.length);
  } catch (reason) {
    for (const id of ids) fail(run, nameOf(id), told(problemFrom(reason)));
  }
}

/** Waits until each command of a batch has its result, or for PATIENCE_MS. */
async function settle(run: BulkRun, batchId: string, count: number): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  const failed = new Set<string>();
  let counted = 0;
  let pending = count;
  while (pending > 0 && Date.now() < giveUpAt) {
    let over = 0;
    for (let page = 1; (page - 1) * PAGE_SIZE < count; page++) {
      const answer = await request("get", "/ocpp/commands", { query: { batch_id: batchId, page, limit: PAGE_SIZE } });
      for (const command of answer.data) {
        if (!FINAL.has(command.status)) continue;
        over++;
        if (command.status === "completed" || failed.has(command.id)) continue;
        failed.add(command.id);
        fail(run, command.identity, command.error?.message ?? command.status);
      }
    }
    run.done.value += over - failed.size - counted;
    counted = over - failed.size;
    pending = count - over;
    if (pending > 0) await new Promise((next) => setTimeout(next, POLL_MS));
  }
  if (pending > 0) fail(run, "", `${pending} have no result yet; they stay queued`);
}

async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const workers = Array.from({ length: AT_ONCE }, async () => {
    for (const item of rest) await work(item);
  });
  await Promise.all(workers);
}

function fail(run: BulkRun, identity: string, reason: string): void {
  run.failures.value = [...run.failures.value, { identity, reason }];
}

function told(problem: Problem): string {
  return problem.hint ? `${problem.message} (${problem.hint})` : problem.message;
}

function nameOf(id: string): string {
  return chargers.get(id)?.identity ?? id;
}
