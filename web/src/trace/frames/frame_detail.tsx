// The frame chosen, with what it answers or is answered by, and the rules it breaks.
import { CopyButton } from "../copy_button";
import { CALL, ERROR } from "../model";
import type { Store } from "../store";
import { duration, shown } from "../text";
import { isEvent, kindOf } from "./frame_list";
import { Payload } from "./payload";
import { RuleCard } from "./rule_card";

export function FrameDetail({ store }: { store: Store }) {
  const frame = store.chosen.value;
  const { trace } = store;
  if (frame < 0) {
    return <p class="t-empty quiet">Pick a moment on the time line, or a frame in the list.</p>;
  }
  const pair = trace.pair(frame);
  const [call, answer] = trace.kind(frame) === CALL ? [frame, pair] : [pair, frame];
  return (
    <div class="t-detail">
      {call >= 0 && <One store={store} frame={call} chosen={call === frame} />}
      {answer >= 0 && <One store={store} frame={answer} chosen={answer === frame} />}
      {call >= 0 && answer < 0 && <p class="small quiet">There is no answer to it in this trace.</p>}
    </div>
  );
}

function One({ store, frame, chosen }: { store: Store; frame: number; chosen: boolean }) {
  const { trace } = store;
  const violations = trace.violationsOf(frame);
  const up = trace.byCharger(frame);
  const latency = trace.kind(frame) === CALL ? null : trace.latency(frame);
  const charger = trace.chargerOf(frame);
  const note = shown(trace.note(frame));
  const event = isEvent(trace, frame);
  return (
    <section class={`t-one${chosen ? " chosen" : ""}`} aria-label={`${trace.action(frame)} ${kindOf(trace, frame)}`}>
      <header>
        <h3>{event ? `Link: ${note}` : shown(trace.action(frame)) || "A text"} {!event && kindOf(trace, frame) && <em>{kindOf(trace, frame)}</em>}</h3>
        {!event && <CopyButton text={trace.text(frame)} what="frame" />}
      </header>
      <p class="small quiet">
        {store.clock.value.day(trace.begin + trace.moment(frame))} {store.clock.value.exact(trace.begin + trace.moment(frame))},{" "}
        {up ? `${shown(charger?.name ?? "charger")} → CSMS` : `CSMS → ${shown(charger?.name ?? "charger")}`}
        {latency !== null && `, after ${duration(latency)}`}
        {note && !event && `. ${note[0]?.toUpperCase()}${note.slice(1)}`}
      </p>
      {violations.map((one) => (
        <RuleCard key={`${one.rule} ${one.path}`} violation={one} rule={trace.packed.rules[one.rule]} version={charger?.version ?? null} />
      ))}
      {!event && (
        <div class="t-payload" tabIndex={0} role="region" aria-label="Payload">
          <Body text={trace.text(frame)} kind={trace.kind(frame)} marked={violations.map((one) => one.path)} />
        </div>
      )}
    </section>
  );
}

function Body({ text, kind, marked }: { text: string; kind: number; marked: string[] }) {
  const parsed = parse(text);
  if (!Array.isArray(parsed) || kind === 0) return <pre>{shown(text)}</pre>;
  if (kind === ERROR) {
    const [, id, code, description, details] = parsed as unknown[];
    return <Payload value={{ id, code, description, details }} path="$" marked={marked} depth={0} />;
  }
  return (
    <>
      <div class="quiet">id {shown(String(parsed[1]))}</div>
      <Payload value={kind === CALL ? parsed[3] : parsed[2]} path="$" marked={marked} depth={0} />
    </>
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
