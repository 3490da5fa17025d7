// Light or dark, in a viewer that is a file of its own: as the system has it, until it is turned.
import { signal } from "@preact/signals";

const prefersDark = matchMedia("(prefers-color-scheme: dark)");

export const dark = signal(prefersDark.matches);
/** Counts changes: canvases are drawn anew. */
export const turns = signal(0);

prefersDark.addEventListener("change", () => {
  if (document.documentElement.dataset.theme) return;
  dark.value = prefersDark.matches;
  turns.value++;
});

export function turnTheme(): void {
  dark.value = !dark.value;
  document.documentElement.dataset.theme = dark.value ? "dark" : "light";
  turns.value++;
}
