// Colours of the style sheet as a canvas takes them, for the theme of the moment.

export const NAMES = [
  "text", "quiet", "line", "line-strong", "panel", "sunken", "accent", "danger", "warning",
  "tone-available", "tone-preparing", "tone-charging", "tone-waiting", "tone-reserved", "tone-faulted", "tone-off",
] as const;

export type Colours = Record<(typeof NAMES)[number], string>;

export function coloursOf(element: HTMLElement): Colours {
  const probe = element.ownerDocument.createElement("span");
  element.append(probe);
  const found = {} as Colours;
  for (const name of NAMES) {
    probe.style.color = `var(--${name})`;
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}

const TONES: Record<string, keyof Colours> = {
  Available: "tone-available",
  Preparing: "tone-preparing",
  Finishing: "tone-preparing",
  Occupied: "tone-charging",
  Charging: "tone-charging",
  SuspendedEV: "tone-waiting",
  SuspendedEVSE: "tone-waiting",
  Reserved: "tone-reserved",
  Faulted: "tone-faulted",
  Unavailable: "tone-off",
};

export function toneOf(status: string): keyof Colours {
  return TONES[status] ?? "tone-off";
}
