// The frames that the filter leaves; only the rows in sight are in the document.
import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";

import { CALL, ERROR, RESULT, type Trace } from "../model";
import { placeAt, type Store } from "../store";
import { duration, shortened, shown } from "../text";

const ROW = 30;
const SPARE = 8;

export function FrameList({ store }: { store: Store }) {
  const { trace } = store;
  const box = useRef<HTMLDivElement>(null);
  const [scroll, setScroll] = useState({ top: 0, height: 400 });
  const frames = store.listed.value;
  const chosen = store.chosen.value;

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = (): void => setScroll({ top: element.scrollTop, height: element.clientHeight });
    const resize = new ResizeObserver(measure);
    resize.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      resize.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, []);

  useSignalEffect(() => {
    const element = box.current;
    const place = placeOf(store);
    if (!element || place < 0) return;
    const top = place * ROW;
    if (top < element.scrollTop || top + ROW > element.scrollTop + element.clientHeight) {
      element.scrollTop = Math.max(0, top - element.clientHeight / 2);
    }
  });

  const first = Math.max(0, Math.floor(scroll.top / ROW) - SPARE);
  const last = Math.min(frames.length, Math.ceil((scroll.top + scroll.height) / ROW) + SPARE);
  const rows = frames.slice(first, last);

  function keyed(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(scroll.height / ROW) - 1);
    const steps: Record<string, number> = {
      ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -trace.size, End: trace.size,
    };
    const by = steps[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    store.step(by);
  }

  if (!frames.length) {
    return (
      <div class="t-empty quiet">
        <p>No frame is like that.</p>
        <button type="button" class="button compact" onClick={() => store.narrow({ action: "", direction: "", charger: -1, text: "", violations: false })}>
          Show all frames
        </button>
      </div>
    );
  }
  return (
    <div
      ref={box}
      class={`t-list${trace.chargers.length > 1 ? " several" : ""}`}
      role="listbox"
      aria-label="Frames"
      tabIndex={0}
      aria-activedescendant={rows.includes(chosen) ? `${store.prefix}frame-${chosen}` : undefined}
      onKeyDown={keyed}
    >
      <div class="t-rows" role="presentation" style={{ height: `${frames.length * ROW}px` }}>
        {rows.map((frame, place) => (
          <Row key={frame} store={store} frame={frame} place={first + place} count={frames.length} chosen={frame === chosen} />
        ))}
      </div>
    </div>
  );
}

interface RowProps {
  store: Store;
  frame: number;
  place: number;
  count: number;
  chosen: boolean;
}

function Row({ store, frame, place, count, chosen }: RowProps) {
  const { trace } = store;
  const up = trace.byCharger(frame);
  const kind = trace.kind(frame);
  const latency = kind === CALL ? null : trace.latency(frame);
  const violations = trace.violationsOf(frame).length;
  const note = shown(trace.note(frame));
  const event = isEvent(trace, frame);
  return (
    <div
      id={`${store.prefix}frame-${frame}`}
      class={`t-row ${up ? "up" : "down"}${kind === ERROR || (kind === 0 && !event) ? " refused" : ""}${chosen ? " chosen" : ""}`}
      role="option"
      aria-selected={chosen}
      aria-posinset={place + 1}
      aria-setsize={count}
      style={{ top: `${place * ROW}px`, height: `${ROW}px` }}
      onClick={() => store.choose(frame)}
    >
      <time>{store.clock.value.exact(trace.begin + trace.moment(frame))}</time>
      {trace.chargers.length > 1 && <span class="t-of clipped">{shown(trace.chargerOf(frame)?.name ?? "")}</span>}
      {event ? (
        <span class="t-arrow" role="img" aria-label="link">•</span>
      ) : (
        <span class="t-arrow" role="img" aria-label={up ? "from the charger" : "from the CSMS"}>{up ? "→" : "←"}</span>
      )}
      {event ? (
        <span class="t-action clipped"><em>{note || "link"}</em></span>
      ) : (
        <span class="t-action clipped">{shown(trace.action(frame)) || "?"} <em>{kindOf(trace, frame)}</em></span>
      )}
      <code class="t-text clipped">{!event && note && <em>({note}) </em>}{shown(shortened(bodyOf(trace.text(frame)), 160))}</code>
      <span class="t-latency number">{latency === null ? "" : duration(latency)}</span>
      <span class="t-mark">{violations > 0 && <span role="img" aria-label="violation">▲</span>}</span>
    </div>
  );
}

/** A link's opening or end. */
export function isEvent(trace: Trace, frame: number): boolean {
  return trace.text(frame) === "";
}

export function kindOf(trace: Trace, frame: number): string {
  const kind = trace.kind(frame);
  return kind === CALL ? "" : kind === RESULT ? "answer" : kind === ERROR ? "CALLERROR" : "not a frame";
}

/** A frame from its payload on; its type and id are told elsewhere. */
function bodyOf(text: string): string {
  const from = text.indexOf("{");
  return from < 0 || from > 120 ? text : text.slice(from, -1);
}

function placeOf(store: Store): number {
  const frames = store.listed.value;
  const chosen = store.chosen.value;
  if (chosen < 0) return placeAt(store.trace, frames, store.moment.value);
  let place = placeAt(store.trace, frames, store.trace.moment(chosen));
  while (place > 0 && frames[place] !== chosen && store.trace.moment(frames[place] ?? 0) === store.trace.moment(chosen)) place--;
  return frames[place] === chosen ? place : placeAt(store.trace, frames, store.moment.value);
}
