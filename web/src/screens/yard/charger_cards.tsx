// The chargers as cards, of which only those in sight are in the page.
import { useMemo } from "preact/hooks";

import { Chip } from "../../components/chip";
import { VirtualGrid } from "../../components/grid";
import { power } from "../../format";
import { shownStatus, type Charger } from "../../live/charger";
import { locationName } from "../../live/locations";
import { GroupTotals, Identity, Soc } from "./charger_table";
import type { Group } from "./filters";
import { selected, toggle } from "./selection";

const CARD_HEIGHT_PX = 112;
const CARD_WIDTH_PX = 260;
const CONNECTORS_SHOWN = 2;

export function ChargerCards({ rows, groups }: { rows: readonly Charger[]; groups: readonly Group[] | null }) {
  const order = useMemo(() => (groups ? groups.flatMap((group) => group.chargers) : rows).map((charger) => charger.id), [rows, groups]);
  const parts = groups
    ? groups.map((group) => ({ key: group.id, title: <><strong>{group.name}</strong> <GroupTotals group={group} /></>, items: group.chargers }))
    : [{ key: "all", title: null, items: rows }];
  const chosen = selected.value;
  return (
    <VirtualGrid<Charger>
      label="Chargers" parts={parts} keyOf={(charger) => charger.id} itemHeight={CARD_HEIGHT_PX} itemWidth={CARD_WIDTH_PX}
      height="max(28rem, calc(100dvh - 24rem))"
      item={(charger) => <Card charger={charger} isChosen={chosen.has(charger.id)} order={order} />}
    />
  );
}

function Card({ charger, isChosen, order }: { charger: Charger; isChosen: boolean; order: readonly string[] }) {
  void charger.changed.value;
  const place = locationName(charger.locationId) || charger.locationName;
  const more = charger.connectors.length > CONNECTORS_SHOWN ? `${charger.connectors.length} connectors` : null;
  return (
    <article class={`charger-card${isChosen ? " chosen" : ""}`} aria-label={charger.identity}>
      <header>
        <input type="checkbox" aria-label={`Select ${charger.identity}`} checked={isChosen} onClick={(event) => toggle(charger.id, event.shiftKey, order)} />
        <Identity of={charger} />
        <span class="quiet tiny nowrap">{charger.version}</span>
      </header>
      <p class="quiet tiny clipped">{[more, `${charger.vendor} ${charger.model}`.trim(), place].filter(Boolean).join(" · ")}</p>
      {!charger.runs || !charger.connected ? (
        <p class="line"><Chip status={charger.status} /></p>
      ) : (
        charger.connectors.slice(0, CONNECTORS_SHOWN).map((connector) => (
          <p class="line" key={`${connector.evseId}.${connector.connectorId}`}>
            <Chip status={shownStatus(connector)} />
            <span class="number">{connector.powerW > 0 || connector.transactionId ? power(connector.powerW) : ""}</span>
            {connector.soc !== null ? <Soc value={connector.soc} /> : <span />}
          </p>
        ))
      )}
    </article>
  );
}
