// Search and filters.
import { useEffect, useRef, useState } from "preact/hooks";

import { Button } from "../../components/button";
import { toneOf } from "../../components/chip";
import "../../components/chip.css";
import "../../components/field.css";
import { chargers, members } from "../../live/fleet";
import { locationName, locations } from "../../live/locations";
import { choose, counts, filter } from "./filters";

const TYPING_MS = 150;

export function Toolbar() {
  const now = filter.value;
  void members.value;
  const versions = [...new Set([...chargers.values()].map((charger) => charger.version))].filter(Boolean).sort();
  const places = [...locations.value.keys()].sort((one, other) => locationName(one).localeCompare(locationName(other)));
  return (
    <div class="toolbar">
      <Search />
      <select aria-label="Location" value={now.location} onChange={(event) => choose({ location: event.currentTarget.value })}>
        <option value="">All locations</option>
        {places.map((id) => <option key={id} value={id}>{locationName(id) || id}</option>)}
        <option value="none">Without a location</option>
      </select>
      <select aria-label="OCPP version" value={now.version} onChange={(event) => choose({ version: event.currentTarget.value })}>
        <option value="">All versions</option>
        {versions.map((version) => <option key={version} value={version}>OCPP {version}</option>)}
      </select>
      <Button aria-pressed={now.grouped} onClick={() => choose({ group: now.grouped ? "" : "location" })}>Group by location</Button>
      <Statuses />
    </div>
  );
}

function Search() {
  const kept = filter.value.search;
  const [typed, setTyped] = useState(kept);
  const waits = useRef(0);
  useEffect(() => {
    setTyped(kept);
  }, [kept]);
  return (
    <input
      type="search" aria-label="Search" placeholder="Identity, name, vendor, model" value={typed}
      onInput={(event) => {
        const given = event.currentTarget.value;
        setTyped(given);
        clearTimeout(waits.current);
        waits.current = setTimeout(() => choose({ search: given }), TYPING_MS);
      }}
    />
  );
}

function Statuses() {
  const chosen = filter.value.status;
  const found = counts.value;
  const all = [...found.values()].reduce((sum, one) => sum + one, 0);
  const names = chosen && !found.has(chosen) ? [...found.keys(), chosen] : [...found.keys()];
  return (
    <div class="statuses" role="group" aria-label="Status">
      <button type="button" aria-pressed={chosen === ""} onClick={() => choose({ status: "" })}>All <span>{all.toLocaleString("en")}</span></button>
      {names.map((status) => (
        <button key={status} type="button" class={`chip tone-${toneOf(status)}`} aria-pressed={chosen === status} onClick={() => choose({ status: chosen === status ? "" : status })}>
          {status} <span>{(found.get(status) ?? 0).toLocaleString("en")}</span>
        </button>
      ))}
    </div>
  );
}
