// The cases that the filter leaves; each opens.
import { duration, shown } from "../trace/text";
import { CasePanel } from "./case_panel";
import { NO_FILTER, type State } from "./state";
import { toneOf } from "./tones";

export function CaseList({ state }: { state: State }) {
  const listed = state.listed.value;
  const rest = state.left.value.length - listed.length;
  if (!listed.length) {
    return (
      <div class="panel t-empty quiet">
        <p>{state.report.packed.cases.length ? "No case is like that." : "No case was played."}</p>
        {state.report.packed.cases.length > 0 && (
          <button type="button" class="button compact" onClick={() => state.narrow(NO_FILTER)}>Show all cases</button>
        )}
      </div>
    );
  }
  return (
    <section class="panel r-cases" aria-label="Cases">
      {listed.map((number) => <Case key={number} state={state} number={number} />)}
      {rest > 0 && (
        <p class="r-more"><button type="button" class="button" onClick={() => state.more()}>Show more of {rest.toLocaleString("en")}</button></p>
      )}
    </section>
  );
}

function Case({ state, number }: { state: State; number: number }) {
  const one = state.report.case(number);
  const open = state.open.value.has(number);
  const changed = state.report.packed.baseline !== "" && state.report.hasChanged(number);
  return (
    <article id={`case-${number}`} class={`r-case${open ? " open" : ""}`}>
      <h2>
        <button type="button" class="r-head" aria-expanded={open} aria-controls={open ? `panel-${number}` : undefined} onClick={() => state.toggle(number)}>
          <span class={`t-chip tone-${toneOf(one.verdict)} r-said`}>{one.verdict}</span>
          <code class="r-id">{shown(one.id)}</code>
          <span class="r-title">{shown(one.title)}</span>
          {changed && <span class="r-changed">{one.before === null ? "new" : `was ${one.before}`}</span>}
          <span class="r-group quiet small">{shown(one.group)}</span>
          <span class="r-took quiet small number">{duration(one.took_ms)}</span>
        </button>
      </h2>
      {open && <CasePanel state={state} number={number} />}
    </article>
  );
}
