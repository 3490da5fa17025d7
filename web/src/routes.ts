// Where the page is: `#/charger/CP-1?tab=frames` is a screen, its subject and what is chosen on it.
import { signal } from "@preact/signals";

export interface Place {
  screen: string;
  /** What comes after the screen's name: an id. */
  subject: string | null;
  query: URLSearchParams;
}

export const place = signal<Place>(placeOf(location.hash));

addEventListener("hashchange", () => {
  place.value = placeOf(location.hash);
});

function placeOf(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [screen = "", ...rest] = path.split("/");
  const subject = rest.join("/");
  return { screen: screen || "yard", subject: subject ? decoded(subject) : null, query: new URLSearchParams(query) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function linkTo(screen: string, subject: string | null = null, query: Record<string, string> = {}): string {
  const kept = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "")).toString();
  return `#/${screen}${subject === null ? "" : `/${encodeURIComponent(subject)}`}${kept ? `?${kept}` : ""}`;
}

/** Goes there; the way back leads to where one was. */
export function goTo(screen: string, subject: string | null = null, query: Record<string, string> = {}): void {
  location.hash = linkTo(screen, subject, query);
}

/** Keeps choices (filters, tabs) in the address, without a step in the history. */
export function keepInAddress(changes: Record<string, string | null>): void {
  const query = new URLSearchParams(place.value.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const { screen, subject } = place.value;
  history.replaceState(null, "", linkTo(screen, subject, Object.fromEntries(query)));
  place.value = { screen, subject, query };
}
