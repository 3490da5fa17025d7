// Light or dark: the system's, until the user chooses.
import { computed, signal } from "@preact/signals";

export type Theme = "light" | "dark";

const KEPT_AS = "voltyard-theme";
const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const system = signal<Theme>(prefersDark.matches ? "dark" : "light");
const choice = signal<Theme | null>(kept());

prefersDark.addEventListener("change", () => {
  system.value = prefersDark.matches ? "dark" : "light";
});

export const theme = computed<Theme>(() => choice.value ?? system.value);

export function turnTheme(): void {
  choice.value = theme.value === "dark" ? "light" : "dark";
  localStorage.setItem(KEPT_AS, choice.value);
  document.documentElement.dataset.theme = choice.value;
}

function kept(): Theme | null {
  const found = localStorage.getItem(KEPT_AS);
  if (found !== "light" && found !== "dark") return null;
  document.documentElement.dataset.theme = found;
  return found;
}
