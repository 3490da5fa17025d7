// The API key: from the form or from `#key=` in the address, kept for this tab alone.
import { signal } from "@preact/signals";

const KEPT_AS = "voltyard-key";

export const key = signal<string | null>(keyFromAddress() ?? sessionStorage.getItem(KEPT_AS));

/** Why the form is shown again: the server's own words. */
export const refusal = signal<string | null>(null);

export function takeKey(given: string): void {
  sessionStorage.setItem(KEPT_AS, given);
  refusal.value = null;
  key.value = given;
}

export function forgetKey(reason: string | null = null): void {
  sessionStorage.removeItem(KEPT_AS);
  refusal.value = reason;
  key.value = null;
}

function keyFromAddress(): string | null {
  const given = new URLSearchParams(location.hash.replace(/^#\/?\??/, "")).get("key");
  if (!given) return null;
  sessionStorage.setItem(KEPT_AS, given);
  // A key does not stay in the address bar, nor in the history.
  history.replaceState(null, "", location.pathname);
  return given;
}
