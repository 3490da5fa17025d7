// A case: what it is for, what went wrong, its steps and frames, and how to play it again.
import { useMemo } from "preact/hooks";

import { CopyButton } from "../trace/copy_button";
import { FilterBar } from "../trace/frames/filter_bar";
import { FrameDetail } from "../trace/frames/frame_detail";
import { FrameList } from "../trace/frames/frame_list";
import { createStore, type Store } from "../trace/store";
import { counted, duration, shown } from "../trace/text";
import type { PackedCase } from "./model";
import type { State } from "./state";

const KINDS: Record<string, string> = {
  compatibility: "compatibility: the field expects it, the standard does not demand it",
  habit: "a habit of OCTT that the standard does not demand",
};

export function CasePanel({ state, number }: { state: State; number: number }) {
  const one = state.report.case(number);
  const store = useMemo(() => storeOf(state, number), [state, number]);
  return (
    <div id={`panel-${number}`} class="r-panel">
      {one.why && <p class="r-why">{shown(one.why)}</p>}
      {one.failure && <Broken failure={one.failure} store={store} />}
      <Facts one={one} />
      {one.again && (
        <div class="r-again">
          <h3>Run it again</h3>
          <div class="r-line"><code>{shown(one.again)}</code><CopyButton text={one.again} what="command" /></div>
        </div>
      )}
      <Steps one={one} store={store} />
      {store ? <Frames one={one} store={store} /> : <p class="small quiet">{one.left_out ? "Its frames were left out." : "No frame passed."}</p>}
    </div>
  );
}

/** A store of the case's frames, where there are any; it begins at the frame that broke something. */
function storeOf(state: State, number: number): Store | null {
  const one = state.report.case(number);
  if (!one.count) return null;
  const store = createStore(state.report.trace(number), `case-${number}-`, state.utc);
  const came = one.failure?.[4];
  store.choose(came ?? 0);
  return store;
}

function Broken({ failure, store }: { failure: NonNullable<PackedCase["failure"]>; store: Store | null }) {
  const [step, expected, came, rule, frame] = failure;
  return (
    <section class="r-broken" aria-label="Failure">
      <dl>
        <dt>Step</dt><dd>{shown(step)}</dd>
        <dt>Expected</dt><dd>{shown(expected)}</dd>
        <dt>Came</dt><dd class="r-came">{shown(came)}</dd>
        {rule && <><dt>Rule</dt><dd>{shown(rule)}</dd></>}
      </dl>
      {store && frame !== null && (
        <button type="button" class="button compact" onClick={() => store.choose(frame)}>Show its frame</button>
      )}
    </section>
  );
}

function Facts({ one }: { one: PackedCase }) {
  const facts: [string, string][] = [
    ["Purpose", one.purpose],
    ["Requirements", one.requirements.join(", ")],
    ["Kind", KINDS[one.kind] ?? ""],
    ["OCPP", one.version],
    ["Seed", one.seed ? String(one.seed) : ""],
    ["Before", one.before && one.before !== one.verdict ? one.before : ""],
  ];
  return (
    <dl class="r-facts">
      {facts.filter(([, value]) => value).map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{shown(value)}</dd></div>)}
    </dl>
  );
}

function Steps({ one, store }: { one: PackedCase; store: Store | null }) {
  if (!one.steps.length) return null;
  return (
    <div>
      <h3>Steps</h3>
      <ol class="r-steps">
        {one.steps.map(([at, text, before], place) => (
          <li key={place}>
            <span class="quiet small number">{duration(Math.max(0, at))}</span>
            {store && before < one.count ? (
              <button type="button" class="r-step" title="Show the frame that followed" onClick={() => store.choose(before)}>{shown(text)}</button>
            ) : (
              <span>{shown(text)}</span>
            )}
          </li>
        ))}
      </ol>
    </div>
  );
}

function Frames({ one, store }: { one: PackedCase; store: Store }) {
  const name = shown(one.id);
  return (
    <div>
      <h3>Frames</h3>
      {one.left_out > 0 && <p class="small quiet">{counted(one.left_out, "frame")} more passed; the report keeps the first, those about the failure, and the last.</p>}
      <div class="r-frames">
        <section class="panel t-frames" aria-label={`Frames of ${name}`}>
          <FilterBar store={store} />
          <FrameList store={store} />
        </section>
        <section class="panel t-chosen" aria-label={`Frame chosen of ${name}`}>
          <FrameDetail store={store} />
        </section>
      </div>
    </div>
  );
}
