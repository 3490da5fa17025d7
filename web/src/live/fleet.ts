// All chargers of the organization: one snapshot, then what the stream says has changed.
import { batch, computed, signal } from "@preact/signals";

import { everyCharger, type ListedCharger } from "../api/pages";
import { Problem, problemFrom } from "../api/problem";
import { request } from "../api/request";
import { Charger, type ChargerSample } from "./charger";
import { follow } from "./connection";
import type { StreamEvent } from "./event_stream";
import { readSummary, summary } from "./summary";

export const chargers = new Map<string, Charger>();

/** Rises where chargers came or went, or one has another status: lists are made anew. */
export const revision = signal(0);

/** Rises where chargers came or went. */
export const members = signal(0);

/** Rises with each frame of samples: readings changed. */
export const samplesTaken = signal(0);

/** The first snapshot is complete. */
export const isComplete = signal(false);

/** Chargers that the page keeps and lists; it takes about 10 KB for each. */
export const MOST_CHARGERS = 10_000;
const TOTALS_EVERY_MS = 5_000;

/** Chargers beyond them, which are in the totals alone. */
export const leftOut = computed(() => Math.max(0, (summary.value?.chargers.total ?? 0) - MOST_CHARGERS));

/** Changes that the server dropped because this page was slow, in all. */
export const missed = signal(0);

export const trouble = signal<Problem | null>(null);

const LIFECYCLE = ["charger.created", "charger.changed", "charger.deleted", "provisioning.succeeded", "provisioning.failed", "runtime.broke"];

export const count = computed(() => (revision.value, chargers.size));

/** Keeps the fleet until the signal says stop. */
export async function keepFleet(stop: AbortSignal): Promise<void> {
  chargers.clear();
  isComplete.value = false;
  const timer = setInterval(() => {
    if (chargers.size >= MOST_CHARGERS && !document.hidden) void readSummary().catch(() => undefined);
  }, TOTALS_EVERY_MS);
  await follow({
    address: `/ocpp/events/stream?include=samples&types=${LIFECYCLE.join(",")}`,
    signal: stop,
    onOpen: readSnapshot,
    onEvents: takeEvents,
  });
  clearInterval(timer);
}

async function readSnapshot(): Promise<void> {
  const seen = new Set<string>();
  try {
    await readSummary();
    await everyCharger(MOST_CHARGERS, (page) => {
      for (const one of page) seen.add(one.id);
      takeListed(page);
    });
  } catch (reason) {
    trouble.value = problemFrom(reason);
    throw reason;
  }
  for (const id of [...chargers.keys()]) if (!seen.has(id)) chargers.delete(id);
  batch(() => {
    members.value++;
    trouble.value = null;
    isComplete.value = true;
    revision.value++;
  });
}

function takeListed(page: ListedCharger[]): void {
  batch(() => {
    for (const listed of page) {
      let charger = chargers.get(listed.id);
      if (!charger) {
        chargers.set(listed.id, (charger = new Charger(listed.id)));
        members.value++;
      }
      charger.describe(listed);
      charger.changed.value++;
    }
    revision.value++;
  });
}

function takeEvents(events: StreamEvent[]): void {
  const touched = new Set<string>();
  batch(() => {
    for (const event of events) {
      if (event.type === "samples") takeSamples(JSON.parse(event.data) as Samples);
      else if (LIFECYCLE.includes(event.type)) touched.add((JSON.parse(event.data) as { charger_id: string }).charger_id);
    }
  });
  for (const id of touched) void readOne(id);
}

interface Samples {
  at: string;
  chargers: Record<string, ChargerSample | null>;
  missed?: number;
}

function takeSamples(samples: Samples): void {
  let isOther = false;
  for (const [id, sample] of Object.entries(samples.chargers)) {
    const charger = chargers.get(id);
    if (!charger) continue; // its event is on its way
    isOther = charger.update(sample, samples.at) || isOther;
    charger.changed.value++;
  }
  if (samples.missed) missed.value += samples.missed;
  if (isOther) revision.value++;
  samplesTaken.value++;
}

/** Reads one charger anew: it came, or is not what it was. One that is gone is forgotten. */
export async function readOne(id: string): Promise<void> {
  try {
    if (!chargers.has(id) && chargers.size >= MOST_CHARGERS) return;
    takeListed([await request("get", "/ocpp/chargers/{charger_id}", { path: { charger_id: id }, query: { include: "state" } })]);
  } catch (reason) {
    if (problemFrom(reason).status !== 404) return; // the next snapshot has it
    forget(id);
  }
}

export function forget(id: string): void {
  if (!chargers.delete(id)) return;
  batch(() => {
    members.value++;
    revision.value++;
  });
}
