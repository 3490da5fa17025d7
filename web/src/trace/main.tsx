// The viewer as a file of its own: the trace is in the document, nothing is asked of anybody.
import { render } from "preact";
import { useMemo } from "preact/hooks";

import "../styles/tokens.css";
import "../styles/base.css";
import "./viewer.css";
import "./trace.css";
import { unpack, type Trace } from "./model";
import { createStore } from "./store";
import { counted, duration, shown } from "./text";
import { TraceView } from "./trace_view";
import { dark, turns, turnTheme } from "./viewer_theme";

function Viewer({ trace }: { trace: Trace }) {
  const store = useMemo(() => createStore(trace), [trace]);
  const begin = trace.begin;
  const wrong = trace.violationCount;
  return (
    <>
      <header class="v-bar">
        <h1>{shown(trace.packed.title)}</h1>
        <p class="small quiet v-facts">
          <span>{counted(trace.chargers.length, "charger")}</span>
          <span>{counted(trace.size, "frame")}</span>
          <span>{duration(trace.duration)} from {store.clock.value.day(begin)} {store.clock.value.second(begin)} {store.clock.value.zone}</span>
          {wrong > 0 ? (
            <button type="button" class="t-badge" onClick={() => store.narrow({ violations: true })}>{counted(wrong, "violation")}</button>
          ) : (
            <span>no violation</span>
          )}
        </p>
        <div class="v-tools">
          <button type="button" class="button compact" aria-pressed={!store.utc.value} onClick={() => { store.utc.value = !store.utc.value; }}>Local time</button>
          <button type="button" class="button compact" onClick={turnTheme}>{dark.value ? "Light" : "Dark"}</button>
        </div>
      </header>
      <main><TraceView trace={trace} store={store} theme={turns.value} /></main>
    </>
  );
}

function Failed({ error }: { error: unknown }) {
  return (
    <main class="v-failed">
      <h1>This trace cannot be shown</h1>
      <p>{error instanceof Error ? error.message : String(error)}</p>
      <p class="quiet">It needs a browser of 2023 or later. Write it again with <code>voltyard trace</code>.</p>
    </main>
  );
}

async function start(): Promise<void> {
  const place = document.getElementById("viewer");
  if (!place) return;
  try {
    const trace = await unpack(document.getElementById("trace")?.textContent ?? "");
    render(<Viewer trace={trace} />, place);
  } catch (error) {
    render(<Failed error={error} />, place);
  }
}

void start();
