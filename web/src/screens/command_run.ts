// A command to one charger: asked, and followed to its result.
import { Problem } from "../api/problem";
import { request, send, type Schemas } from "../api/request";
import type { Verb } from "./verbs";

type Command = Schemas["CommandResponse"];

const POLL_MS = 150;
/** Beyond it the command stays queued, and is seen in the list of commands. */
const PATIENCE_MS = 15_000;
const FINAL = new Set(["completed", "failed", "expired", "cancelled"]);

/** What came of it, in few words. Throws Problem where it was refused or has failed. */
export async function carryOut(verb: Verb, chargerId: string, event: Record<string, unknown>): Promise<string> {
  if (verb.group === "charger") {
    const queued = (await send("post", verb.path, { path: { charger_id: chargerId }, body: {} })) as Schemas["QueuedCommandResponse"];
    return told(verb, await resultOf(queued.id).catch(() => null));
  }
  const target = { charger_id: chargerId };
  const answer = await send("post", verb.path, { body: { target, event } });
  if (verb.takesOne) return `${verb.label}: done`;
  const queued = answer as Schemas["LocationCommandResponse"];
  const [failure] = queued.failed;
  if (failure) throw new Problem(409, failure.error);
  const [first] = queued.results;
  return told(verb, first ? await resultOf(first.command.id) : null);
}

async function resultOf(id: string): Promise<Command> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (;;) {
    const command = await request("get", "/ocpp/commands/{command_id}", { path: { command_id: id } });
    if (FINAL.has(command.status) || Date.now() > giveUpAt) return command;
    await new Promise((next) => setTimeout(next, POLL_MS));
  }
}

function told(verb: Verb, command: Command | null): string {
  if (command === null) return `${verb.label}: done`;
  if (command.status === "completed") {
    const status = (command.result as { status?: unknown } | null)?.status;
    return `${verb.label}: ${typeof status === "string" ? status : "done"}`;
  }
  if (FINAL.has(command.status)) throw new Problem(409, command.error?.message ?? `${verb.label}: ${command.status}`, null, command.error?.code ?? null);
  return `${verb.label}: queued, without a result yet`;
}
