// Counts by verdict, each of which filters, and the other filters of the list of cases.
import { counted, shown } from "../trace/text";
import { VERDICTS } from "./model";
import type { State } from "./state";
import { toneOf } from "./tones";

export function CaseFilter({ state }: { state: State }) {
  const { report } = state;
  const filter = state.filter.value;
  return (
    <form class="panel r-filter" onSubmit={(event) => event.preventDefault()} aria-label="Filter of cases">
      <div class="r-verdicts" role="group" aria-label="Verdicts">
        {VERDICTS.map((verdict) => {
          const count = report.counts.get(verdict) ?? 0;
          return (
            <button
              key={verdict}
              type="button"
              class={`button r-verdict tone-${toneOf(verdict)}`}
              aria-pressed={filter.verdicts.includes(verdict)}
              disabled={count === 0}
              onClick={() => state.turn(verdict)}
            >
              <b>{count.toLocaleString("en")}</b> <span class={`t-chip tone-${toneOf(verdict)}`}>{verdict}</span>
            </button>
          );
        })}
      </div>
      <div class="t-filter">
        <input
          type="search"
          aria-label="Text in cases and frames"
          placeholder="Text in cases and frames"
          value={filter.text}
          onInput={(event) => state.narrow({ text: event.currentTarget.value })}
        />
        <select aria-label="Group" value={filter.group} onChange={(event) => state.narrow({ group: event.currentTarget.value })}>
          <option value="">Every group</option>
          {report.groups.map((group) => <option key={group} value={group}>{shown(group)}</option>)}
        </select>
        {report.packed.baseline && (
          <label class="t-check">
            <input type="checkbox" checked={filter.changed} onChange={(event) => state.narrow({ changed: event.currentTarget.checked })} />
            Changed since {shown(report.packed.baseline)}
          </label>
        )}
        <span class="small quiet" role="status">
          {state.left.value.length === report.packed.cases.length
            ? counted(report.packed.cases.length, "case")
            : `${state.left.value.length.toLocaleString("en")} of ${counted(report.packed.cases.length, "case")}`}
        </span>
      </div>
    </form>
  );
}
