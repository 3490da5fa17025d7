// The report as a file of its own: it is in the document, nothing is asked of anybody.
import { render } from "preact";
import { useMemo } from "preact/hooks";

import "../styles/tokens.css";
import "../styles/base.css";
import "../trace/viewer.css";
import "../trace/trace.css";
import "./report.css";
import { duration, shown, Clock } from "../trace/text";
import { dark, turnTheme } from "../trace/viewer_theme";
import { CaseList } from "./case_list";
import { CaseFilter } from "./case_filter";
import { Figures } from "./figures";
import { unpack, type Report } from "./model";
import { createState, type State } from "./state";

function Viewer({ report }: { report: Report }) {
  const state = useMemo(() => opened(report), [report]);
  const { packed } = report;
  const clock = new Clock(state.utc.value);
  const begin = Date.parse(packed.begin);
  const missing = packed.planned - packed.cases.length;
  return (
    <>
      <header class="v-bar">
        <h1>{shown(packed.title)}</h1>
        <p class="small quiet v-facts">
          <span class="r-subject">{shown(packed.subject)}</span>
          <span>{clock.day(begin)} {clock.second(begin)} {clock.zone}, {duration(packed.took_s * 1000)}</span>
          <span>{shown(packed.tool)}</span>
          {packed.seed !== 0 && <span>seed {packed.seed}</span>}
        </p>
        <div class="v-tools">
          <button type="button" class="button compact" aria-pressed={!state.utc.value} onClick={() => { state.utc.value = !state.utc.value; }}>Local time</button>
          <button type="button" class="button compact" onClick={turnTheme}>{dark.value ? "Light" : "Dark"}</button>
        </div>
      </header>
      <main class="r-main">
        {!packed.is_complete && (
          <p class="r-short" role="note">
            The run was cut short{missing > 0 ? `: ${missing.toLocaleString("en")} of ${packed.planned.toLocaleString("en")} cases were not played` : ""}.
          </p>
        )}
        <Figures tables={packed.tables} />
        <CaseFilter state={state} />
        <CaseList state={state} />
        {packed.command && <p class="small quiet r-command">Written by <code>{shown(packed.command)}</code></p>}
      </main>
    </>
  );
}

/** The address may name a case: report.html#TC_003. */
function opened(report: Report): State {
  const state = createState(report);
  const follow = (): void => {
    const number = state.find(decoded(location.hash.slice(1)));
    if (number >= 0) requestAnimationFrame(() => document.getElementById(`case-${number}`)?.scrollIntoView());
  };
  addEventListener("hashchange", follow);
  if (location.hash) follow();
  return state;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function Failed({ error }: { error: unknown }) {
  return (
    <main class="v-failed">
      <h1>This report cannot be shown</h1>
      <p>{error instanceof Error ? error.message : String(error)}</p>
      <p class="quiet">It needs a browser of 2023 or later. The JSON and JUnit reports of the same run have the verdicts as well.</p>
    </main>
  );
}

async function start(): Promise<void> {
  const place = document.getElementById("viewer");
  if (!place) return;
  try {
    const report = await unpack(document.getElementById("report")?.textContent ?? "");
    render(<Viewer report={report} />, place);
  } catch (error) {
    render(<Failed error={error} />, place);
  }
}

void start();
