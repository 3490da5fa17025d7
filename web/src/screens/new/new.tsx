// Makes a charger from the catalogue, or a location with its chargers from a template, and watches
// them come up.
import { useState } from "preact/hooks";

import { Choice } from "../../components/button";
import { keepInAddress, place } from "../../routes";
import type { ScreenProps } from "../screens";
import { ChargerForm } from "./charger_form";
import { ChargerProgress } from "./charger_progress";
import { LocationForm, type Furnished } from "./location_form";
import { LocationProgress } from "./location_progress";
import "./new.css";

const KINDS = [["charger", "A charger"], ["location", "A location from a template"]] as const;

export function New(_: ScreenProps) {
  const kind = place.value.query.get("kind") === "location" ? "location" : "charger";
  const [made, setMade] = useState<readonly string[]>([]);
  const [furnished, setFurnished] = useState<readonly Furnished[]>([]);
  return (
    <>
      <h1 class="unseen">New</h1>
      <div class="new">
        <section class="panel" aria-labelledby="what">
          <header>
            <h2 id="what">New</h2>
            <Choice label="What to make" options={KINDS} value={kind} onChoose={(next) => keepInAddress({ kind: next === "charger" ? null : next })} />
          </header>
          <div class="body">
            {kind === "charger"
              ? <ChargerForm onMade={(id) => setMade((before) => [id, ...before])} />
              : <LocationForm onMade={(one) => setFurnished((before) => [one, ...before])} />}
          </div>
        </section>
        <section class="panel" aria-labelledby="made" aria-live="polite">
          <header><h2 id="made">Coming up</h2></header>
          <div class="body stack">
            {made.length + furnished.length === 0 && <p class="quiet">What you make appears here, step by step, until it is connected.</p>}
            {furnished.map((one) => <LocationProgress key={one.jobId} furnished={one} />)}
            {made.map((id) => <ChargerProgress key={id} id={id} />)}
          </div>
        </section>
      </div>
    </>
  );
}
