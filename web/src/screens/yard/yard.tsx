// Every charger at a glance, live; found, filtered, selected and acted on.
import { useEffect, useMemo } from "preact/hooks";

import { Choice } from "../../components/button";
import { Empty, Loading } from "../../components/empty";
import { tellProblem } from "../../components/toast";
import { counted } from "../../format";
import { isComplete, leftOut, MOST_CHARGERS, trouble } from "../../live/fleet";
import { locations, readLocations } from "../../live/locations";
import { yardPower } from "../../live/power_history";
import { totals } from "../../live/totals";
import { linkTo, place } from "../../routes";
import { SCREENS, type ScreenProps } from "../screens";
import { readSuggestions } from "../suggestions";
import { BulkBar } from "./bulk_bar";
import { ChargerCards } from "./charger_cards";
import { ChargerTable } from "./charger_table";
import { choose, filter, grouped, shown } from "./filters";
import { Toolbar } from "./toolbar";
import { Totals } from "./totals";
import "./yard.css";

const HISTORY_MS = 60_000;
const ADDED_MS = 5_000;
const NARROW_PX = 600;

export function Yard(_: ScreenProps) {
  useEffect(() => {
    const read = () => yardPower.read().catch(() => undefined);
    void read();
    void readLocations().catch((reason) => tellProblem(reason, "The locations could not be read"));
    void readSuggestions().catch(() => undefined);
    const reading = setInterval(() => void read(), HISTORY_MS);
    return () => clearInterval(reading);
  }, []);
  const isRead = isComplete.value;
  useEffect(() => {
    if (!isRead) return undefined;
    const add = () => yardPower.add(totals.peek().powerW);
    add();
    const adding = setInterval(add, ADDED_MS);
    return () => clearInterval(adding);
  }, [isRead]);
  const view = place.value.query.get("view") ?? (innerWidth < NARROW_PX ? "cards" : "table");
  const hasAny = totals.value.chargers > 0;
  if (!hasAny && !isComplete.value) {
    return trouble.value ? (
      <Empty title="The yard could not be read">{trouble.value.message}. {trouble.value.hint ?? "The page tries again."}</Empty>
    ) : <Loading what="the yard" />;
  }
  if (!hasAny) return <NoChargers />;
  return (
    <>
      <h1 class="unseen">Yard</h1>
      <Totals />
      <section class="panel" aria-labelledby="chargers">
        <header>
          <h2 id="chargers">Chargers <Shown /></h2>
          <Choice label="View" options={[["table", "Table"], ["cards", "Cards"]]} value={view as "table" | "cards"} onChoose={(next) => choose({ view: next })} />
        </header>
        <Toolbar />
        <LeftOut />
        <List view={view} />
      </section>
      <BulkBar />
    </>
  );
}

function Shown() {
  const many = shown.value.length;
  return <span class="quiet small" role="status">{many === totals.value.chargers ? many.toLocaleString("en") : `${many.toLocaleString("en")} of ${totals.value.chargers.toLocaleString("en")}`}</span>;
}

function LeftOut() {
  if (leftOut.value === 0) return null;
  return (
    <p class="left-out small">
      The page lists the oldest {MOST_CHARGERS.toLocaleString("en")}; {counted(leftOut.value, "charger")} more {leftOut.value === 1 ? "is" : "are"} in the totals alone.{" "}
      <code>GET /ocpp/chargers?search=…</code> finds each, and <code>#/charger/IDENTITY</code> opens it.
    </p>
  );
}

function List({ view }: { view: string }) {
  const rows = shown.value;
  const names = locations.value;
  const isGrouped = filter.value.grouped;
  const groups = useMemo(() => {
    if (!isGrouped) return null;
    return grouped(rows, new Map([...names].map(([id, location]) => [id, location.name ?? id])));
  }, [rows, isGrouped, names]);
  if (rows.length === 0) {
    return (
      <Empty title="No charger is like that" actions={<button type="button" class="button" onClick={() => choose({ search: "", status: "", location: "", version: "" })}>Show all {counted(totals.value.chargers, "charger")}</button>}>
        The search and the filters together leave none.
      </Empty>
    );
  }
  return view === "cards" ? <ChargerCards rows={rows} groups={groups} /> : <ChargerTable rows={rows} groups={groups} />;
}

function NoChargers() {
  return (
    <div class="panel">
      <Empty
        title="No chargers yet"
        actions={SCREENS.new ? <a class="button main" href={linkTo("new")}>Make a charger</a> : <a class="button main" href="/docs">How to make one over REST</a>}
      >
        Make one from the catalogue or a whole site from a template: <code>POST /ocpp/chargers</code> or <code>POST /ocpp/templates/locations/…</code>. Or start again with <code>voltyard up --demo</code>.
      </Empty>
    </div>
  );
}
