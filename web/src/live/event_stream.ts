// Server-sent events read with fetch: EventSource cannot send the key in a header.
import { ask } from "../api/request";

export interface StreamEvent {
  id: string | null;
  type: string;
  data: string;
}

/** Each event until the stream ends. Throws Problem where it cannot be opened. */
export async function* eventsOf(address: string, lastEventId: string | null, signal: AbortSignal): AsyncGenerator<StreamEvent[]> {
  const headers: Record<string, string> = { Accept: "text/event-stream" };
  if (lastEventId !== null) headers["Last-Event-ID"] = lastEventId;
  const answer = await ask("get", address, { headers, signal });
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      rest += value;
      const end = rest.lastIndexOf("\n\n");
      if (end < 0) {
        yield [];
        continue;
      }
      const blocks = rest.slice(0, end).split("\n\n");
      rest = rest.slice(end + 2);
      yield blocks.map(eventOf).filter((event) => event.data !== "");
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function eventOf(block: string): StreamEvent {
  const event: StreamEvent = { id: null, type: "message", data: "" };
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue; // a comment, or nothing
    const value = line.slice(line.charAt(colon + 1) === " " ? colon + 2 : colon + 1);
    switch (line.slice(0, colon)) {
      case "id":
        event.id = value;
        break;
      case "event":
        event.type = value;
        break;
      case "data":
        event.data = event.data ? `${event.data}\n${value}` : value;
        break;
    }
  }
  return event;
}
