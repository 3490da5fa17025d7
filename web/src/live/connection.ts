// The one stream that keeps the page live: opened again where it breaks, from where it broke.
import { signal } from "@preact/signals";

import { problemFrom } from "../api/problem";
import { eventsOf, type StreamEvent } from "./event_stream";

export type ConnectionState = "connecting" | "open" | "lost";

export const connection = signal<ConnectionState>("connecting");

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** The server sends a comment every 15 s; with three of them missing the stream is dead. */
const SILENCE_MS = 50_000;

export interface Followed {
  address: string;
  /** Called before the stream is opened, and again each time that it was lost. */
  onOpen(isAgain: boolean): Promise<void>;
  onEvents(events: StreamEvent[]): void;
  signal: AbortSignal;
}

/** Follows until the signal says stop. It asks for a snapshot before each time it opens. */
export async function follow(followed: Followed): Promise<void> {
  let lastEventId: string | null = null;
  let wait = FIRST_WAIT_MS;
  let wasOpen = false;
  while (!followed.signal.aborted) {
    const attempt = new AbortController();
    const stop = () => attempt.abort();
    followed.signal.addEventListener("abort", stop);
    let watch = 0;
    try {
      await followed.onOpen(wasOpen);
      for await (const events of eventsOf(followed.address, lastEventId, attempt.signal)) {
        clearTimeout(watch);
        watch = setTimeout(stop, SILENCE_MS);
        connection.value = "open";
        wasOpen = true;
        wait = FIRST_WAIT_MS;
        lastEventId = events.findLast((event) => event.id !== null)?.id ?? lastEventId;
        if (events.length > 0) followed.onEvents(events);
      }
    } catch (reason) {
      if (followed.signal.aborted) return;
      if (problemFrom(reason).status === 401) return; // the form for the key is shown
    } finally {
      clearTimeout(watch);
      followed.signal.removeEventListener("abort", stop);
      attempt.abort();
    }
    if (followed.signal.aborted) return;
    connection.value = "lost";
    await pause(wait * (0.75 + Math.random() / 2), followed.signal);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", () => { clearTimeout(timer); done(); }, { once: true });
  });
}
