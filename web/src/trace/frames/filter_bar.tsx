// The filter of the list of frames.
import { useMemo } from "preact/hooks";

import type { Store } from "../store";
import { counted, shown } from "../text";

export function FilterBar({ store }: { store: Store }) {
  const { trace } = store;
  const filter = store.filter.value;
  const actions = useMemo(() => [...trace.packed.actions], [trace]);
  return (
    <form class="t-filter" onSubmit={(event) => event.preventDefault()} aria-label="Filter of frames">
      <input
        type="search"
        aria-label="Text in frames"
        placeholder="Text in frames"
        value={filter.text}
        onInput={(event) => store.narrow({ text: event.currentTarget.value })}
      />
      <select aria-label="Action" value={filter.action} onChange={(event) => store.narrow({ action: event.currentTarget.value })}>
        <option value="">Every action</option>
        {actions.map((action) => <option value={action}>{shown(action)}</option>)}
      </select>
      <select
        aria-label="Direction"
        value={filter.direction}
        onChange={(event) => store.narrow({ direction: event.currentTarget.value as "" | "charger" | "csms" })}
      >
        <option value="">Both directions</option>
        <option value="charger">From the charger</option>
        <option value="csms">From the CSMS</option>
      </select>
      {trace.chargers.length > 1 && (
        <select
          aria-label="Charger"
          value={String(filter.charger)}
          onChange={(event) => store.narrow({ charger: Number(event.currentTarget.value) })}
        >
          <option value="-1">Every charger</option>
          {trace.chargers.map((one, number) => <option value={String(number)}>{shown(one.name)}</option>)}
        </select>
      )}
      <label class="t-check">
        <input
          type="checkbox"
          checked={filter.violations}
          onChange={(event) => store.narrow({ violations: event.currentTarget.checked })}
        />
        Violations only
      </label>
      <span class="small quiet" role="status">{counted(store.listed.value.length, "frame")}</span>
    </form>
  );
}
