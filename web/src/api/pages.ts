// Lists that come in pages, read to their end or to a bound.
import { request, type Schemas } from "./request";

const AT_ONCE = 4;
const PAGE_SIZE = 100;

export type ListedCharger = Schemas["ListedChargerResponse"];

/** The chargers with their states, at most so many, the oldest first, in pages, some at a time; `onPage` is given each as it comes. */
export async function everyCharger(most: number, onPage: (chargers: ListedCharger[]) => void): Promise<void> {
  const first = await chargers(1);
  onPage(first.data);
  const last = Math.ceil(Math.min(first.total, most) / PAGE_SIZE);
  for (let page = 2; page <= last; page += AT_ONCE) {
    const wanted = Array.from({ length: Math.min(AT_ONCE, last - page + 1) }, (_, ahead) => page + ahead);
    for (const found of await Promise.all(wanted.map(chargers))) onPage(found.data);
  }
}

function chargers(page: number) {
  return request("get", "/ocpp/chargers", { query: { page, limit: PAGE_SIZE, include: "state", sort: "created_at" } });
}
