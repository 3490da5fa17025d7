// Which chargers are shown, and in what order; all of it is kept in the address.
import { computed, effect, signal } from "@preact/signals";

import { rank, type Charger } from "../../live/charger";
import { chargers, members, revision } from "../../live/fleet";
import { keepInAddress, place } from "../../routes";

export interface Filter {
  search: string;
  status: string;
  location: string;
  version: string;
  sort: string;
  grouped: boolean;
}

const REFRESH_MS = 500;
const NO_LOCATION = "none";

export const filter = computed<Filter>(() => {
  const { query } = place.value;
  return {
    search: query.get("search") ?? "",
    status: query.get("status") ?? "",
    location: query.get("location") ?? "",
    version: query.get("version") ?? "",
    sort: query.get("sort") ?? "identity",
    grouped: query.get("group") === "location",
  };
});

export function choose(changes: Partial<Record<"search" | "status" | "location" | "version" | "sort" | "group" | "view", string>>): void {
  keepInAddress(changes);
}

export function locationOf(charger: Charger): string {
  return charger.locationId ?? NO_LOCATION;
}

const collator = new Intl.Collator("en", { numeric: true });

/** All of them by identity: sorted again only where one came or went. */
const byIdentity = computed(() => (members.value, [...chargers.values()].sort((one, other) => collator.compare(one.identity, other.identity))));

/** Statuses change with each frame; what is listed follows twice a second. */
const settled = signal(0);
let waits = false;
effect(() => {
  void revision.value;
  if (waits) return;
  waits = true;
  setTimeout(() => {
    waits = false;
    settled.value++;
  }, REFRESH_MS);
});

/** All but the choice of a status: what the counts beside the statuses are of. */
const found = computed<Charger[]>(() => {
  void settled.value;
  const { search, location, version } = filter.value;
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return byIdentity.value.filter(
    (charger) =>
      words.every((word) => charger.words.includes(word)) &&
      (!location || locationOf(charger) === location) &&
      (!version || charger.version === version),
  );
});

export const counts = computed<ReadonlyMap<string, number>>(() => {
  const counted = new Map<string, number>();
  for (const charger of found.value) counted.set(charger.status, (counted.get(charger.status) ?? 0) + 1);
  return new Map([...counted].sort(([one], [other]) => rank(one) - rank(other)));
});

export const shown = computed<Charger[]>(() => {
  const { status, sort } = filter.value;
  const kept = status ? found.value.filter((charger) => charger.status === status) : found.value;
  const isDown = sort.startsWith("-");
  const compare = ORDERS[isDown ? sort.slice(1) : sort];
  const sorted = compare ? kept.toSorted(compare) : kept;
  return isDown ? sorted.toReversed() : sorted;
});

const ORDERS: Record<string, (one: Charger, other: Charger) => number> = {
  status: (one, other) => rank(one.status) - rank(other.status),
  power: (one, other) => one.powerW - other.powerW,
  soc: (one, other) => (one.soc ?? -1) - (other.soc ?? -1),
  version: (one, other) => one.version.localeCompare(other.version),
  model: (one, other) => `${one.vendor} ${one.model}`.localeCompare(`${other.vendor} ${other.model}`),
  location: (one, other) => (one.locationName ?? "").localeCompare(other.locationName ?? ""),
};

export interface Group {
  id: string;
  name: string;
  chargers: Charger[];
}

/** What is shown, by location; the names come from the list of locations where chargers have none. */
export function grouped(list: readonly Charger[], names: ReadonlyMap<string, string>): Group[] {
  const groups = new Map<string, Group>();
  for (const charger of list) {
    const id = locationOf(charger);
    let group = groups.get(id);
    if (!group) groups.set(id, (group = { id, name: names.get(id) ?? charger.locationName ?? (id === NO_LOCATION ? "Without a location" : id), chargers: [] }));
    group.chargers.push(charger);
  }
  return [...groups.values()].sort((one, other) => collator.compare(one.name, other.name));
}
