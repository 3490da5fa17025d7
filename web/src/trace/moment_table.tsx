// The state of the chargers at the moment picked.
import { useComputed } from "@preact/signals";

import { stateAt, type ChargerState, type PlaceState } from "./state_at";
import type { Store } from "./store";
import { energy, power, shown } from "./text";
import { toneOf } from "./timeline/colours";

const MOST = 60;

export function MomentTable({ store }: { store: Store }) {
  const { trace } = store;
  const told = useComputed(() => {
    const chosen = store.chosen.value;
    const first = chosen >= 0 ? trace.charger(chosen) : -1;
    const order = trace.chargers.map((_, number) => number);
    if (first > 0) order.unshift(...order.splice(first, 1));
    return order.slice(0, MOST).map((number) => ({ number, state: stateAt(trace.chargers[number]!, store.moment.value) }));
  });
  return (
    <section class="panel t-moment" aria-label="State at the moment">
      <header>
        <h2>At {store.clock.value.exact(trace.begin + store.moment.value)}</h2>
        <span class="small quiet">{store.clock.value.day(trace.begin + store.moment.value)}, {store.clock.value.zone}</span>
      </header>
      <div class="t-states" tabIndex={0} role="region" aria-label="Chargers at the moment">
        {told.value.map(({ number, state }) => (
          <Charger key={number} name={trace.chargers[number]?.name ?? ""} state={state} />
        ))}
        {trace.chargers.length > MOST && <p class="small quiet">and {trace.chargers.length - MOST} more</p>}
      </div>
    </section>
  );
}

function Charger({ name, state }: { name: string; state: ChargerState }) {
  return (
    <article>
      <h3>
        {shown(name)} {state.up !== null && <span class={`t-chip ${state.up ? "tone-available" : "tone-faulted"}`}>{state.up ? "connected" : "not connected"}</span>}
      </h3>
      {state.places.map((place) => <Place key={place.evse} place={place} />)}
      {!state.places.length && <p class="small quiet">Nothing is told of its connectors.</p>}
    </article>
  );
}

function Place({ place }: { place: PlaceState }) {
  const { transaction } = place;
  const facts: [string, string | null][] = [
    ["Power", place.power === null ? null : `${power(place.power)}${place.averagePower ? " on average" : ""}`],
    ["Limit", place.limit],
    ["Current", place.current === null ? null : `${place.current.toFixed(1)} A`],
    ["SoC", place.soc === null ? null : `${Math.round(place.soc)} %`],
    ["Register", place.energy === null ? null : energy(place.energy)],
    ["Transaction", transaction && (transaction.id ?? "no id yet")],
    ["Id tag", transaction?.id_tag ?? null],
    ["Note", place.note || null],
  ];
  return (
    <div class="t-place">
      <div class="t-place-head">
        <span>{place.label}</span>
        <span class={`t-chip ${toneOf(place.status ?? "")}`}>{place.status ?? "not told"}</span>
      </div>
      <dl>
        {facts.filter(([, value]) => value !== null).map(([name, value]) => (
          <div key={name}><dt>{name}</dt><dd>{shown(value ?? "")}</dd></div>
        ))}
      </dl>
    </div>
  );
}
