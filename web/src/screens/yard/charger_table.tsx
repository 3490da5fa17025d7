// The chargers as rows, of which only those in sight are in the page.
import { useMemo } from "preact/hooks";

import { Chip } from "../../components/chip";
import { Cell, VirtualTable, type Column } from "../../components/table";
import { counted, percent, power } from "../../format";
import type { Charger } from "../../live/charger";
import { locationName } from "../../live/locations";
import { goTo, linkTo } from "../../routes";
import { choose, filter, type Group } from "./filters";
import { selectAll, selected, selectNone, toggle } from "./selection";

type Row = { kind: "charger"; charger: Charger } | { kind: "group"; group: Group };

const COLUMNS: readonly Omit<Column, "title">[] = [
  { name: "select", width: "1.25rem" },
  { name: "identity", width: "minmax(7.5rem, 2fr)", sort: "identity" },
  { name: "status", width: "minmax(7.5rem, 1.2fr)", sort: "status" },
  { name: "power", width: "4.75rem", sort: "power", isNumber: true },
  { name: "soc", width: "6.5rem", sort: "soc", from: 620 },
  { name: "transaction", width: "minmax(5rem, 1fr)", from: 820 },
  { name: "model", width: "minmax(8rem, 1.6fr)", sort: "model", from: 1000 },
  { name: "version", width: "4rem", sort: "version", from: 720 },
  { name: "location", width: "minmax(7rem, 1.3fr)", sort: "location", from: 1120 },
];
const TITLES: Record<string, string> = {
  identity: "Identity", status: "Status", power: "Power", soc: "SoC", transaction: "Transaction", model: "Model", version: "OCPP", location: "Location",
};

export function ChargerTable({ rows, groups }: { rows: readonly Charger[]; groups: readonly Group[] | null }) {
  const all = useMemo(() => flat(rows, groups), [rows, groups]);
  const order = useMemo(() => all.flatMap((row) => (row.kind === "charger" ? [row.charger.id] : [])), [all]);
  const chosen = selected.value;
  const columns = COLUMNS.map((column) => ({ ...column, title: column.name === "select" ? <SelectAll order={order} /> : TITLES[column.name] }));
  return (
    <VirtualTable<Row>
      label="Chargers" columns={columns} rows={all} rowHeight={40} height="max(22rem, calc(100dvh - 24rem))"
      keyOf={(row) => (row.kind === "charger" ? row.charger.id : `group ${row.group.id}`)}
      sortedBy={filter.value.sort} onSort={(sort) => choose({ sort })}
      isChosen={(row) => row.kind === "charger" && chosen.has(row.charger.id)}
      onOpen={(row) => { if (row.kind === "charger") goTo("charger", row.charger.identity); }}
      cells={(row, shown) =>
        row.kind === "charger"
          ? <ChargerCells charger={row.charger} columns={shown} order={order} isChosen={chosen.has(row.charger.id)} />
          : <GroupCell group={row.group} />
      }
    />
  );
}

function SelectAll({ order }: { order: readonly string[] }) {
  const many = order.filter((id) => selected.value.has(id)).length;
  return (
    <input
      type="checkbox" aria-label="Select all that are shown" checked={many > 0 && many === order.length} indeterminate={many > 0 && many < order.length}
      onChange={() => (many === order.length ? selectNone() : selectAll(order))}
    />
  );
}

function ChargerCells({ charger, columns, order, isChosen }: { charger: Charger; columns: readonly Column[]; order: readonly string[]; isChosen: boolean }) {
  void charger.changed.value;
  return <>{columns.map((column) => <Fragmented key={column.name} name={column.name} charger={charger} order={order} isChosen={isChosen} />)}</>;
}

function Fragmented({ name, charger, order, isChosen }: { name: string; charger: Charger; order: readonly string[]; isChosen: boolean }) {
  void charger.changed.value;
  switch (name) {
    case "select":
      return (
        <Cell class="open">
          <input
            type="checkbox" aria-label={`Select ${charger.identity}`} checked={isChosen}
            onClick={(event) => toggle(charger.id, event.shiftKey, order)}
            onKeyDown={(event) => { if (event.key === "Enter") toggle(charger.id, event.shiftKey, order); }}
          />
        </Cell>
      );
    case "identity":
      return <Cell><Identity of={charger} />{charger.name && charger.name !== charger.identity && <span class="quiet small"> {charger.name}</span>}</Cell>;
    case "status":
      return <Cell><Chip status={charger.status} /></Cell>;
    case "power":
      return <Cell isNumber class={charger.powerW === 0 ? "none" : ""}>{charger.connected ? power(charger.powerW) : "–"}</Cell>;
    case "soc":
      return <Cell><Soc value={charger.soc} /></Cell>;
    case "transaction":
      return <Cell class="mono tiny">{charger.transactionId ?? <span class="none">–</span>}</Cell>;
    case "model":
      return <Cell class="quiet">{charger.vendor} {charger.model}</Cell>;
    case "version":
      return <Cell class="quiet">{charger.version}</Cell>;
    default:
      return <Cell class="quiet">{locationName(charger.locationId) || (charger.locationName ?? "–")}</Cell>;
  }
}

export function Identity({ of: charger }: { of: Charger }) {
  return <a class="identity clipped" href={linkTo("charger", charger.identity)}>{charger.identity}</a>;
}

export function Soc({ value }: { value: number | null }) {
  if (value === null) return <span class="none">–</span>;
  return <span class="soc"><span class="track" aria-hidden="true"><span style={{ width: `${Math.min(100, Math.max(0, value))}%` }} /></span>{percent(value)}</span>;
}

function GroupCell({ group }: { group: Group }) {
  return <div role="cell" class="group-cell" aria-colspan={COLUMNS.length}><strong>{group.name}</strong> <GroupTotals group={group} /></div>;
}

export function GroupTotals({ group }: { group: Group }) {
  const watts = group.chargers.reduce((sum, charger) => sum + charger.powerW, 0);
  const busy = group.chargers.filter((charger) => charger.hasTransaction).length;
  return <span class="quiet small">{counted(group.chargers.length, "charger")} · {busy} in transaction · {power(watts)}</span>;
}

function flat(rows: readonly Charger[], groups: readonly Group[] | null): Row[] {
  const row = (charger: Charger): Row => ({ kind: "charger", charger });
  if (!groups) return rows.map(row);
  return groups.flatMap((group): Row[] => [{ kind: "group", group }, ...group.chargers.map(row)]);
}
