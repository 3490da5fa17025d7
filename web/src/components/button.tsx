import type { ButtonHTMLAttributes, ComponentChildren } from "preact";

import "./button.css";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: "plain" | "main" | "danger" | "ghost";
  small?: boolean;
  busy?: boolean;
  children: ComponentChildren;
}

export function Button({ kind = "plain", small = false, busy = false, class: more, disabled, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      class={`button ${kind}${small ? " compact" : ""}${more ? ` ${String(more)}` : ""}`}
      aria-busy={busy}
      disabled={Boolean(disabled) || busy}
      {...rest}
    >
      {children}
    </button>
  );
}

/** One of a few: a group of buttons of which one is pressed. */
export function Choice<T extends string>({ label, options, value, onChoose }: {
  label: string;
  options: readonly (readonly [T, string])[];
  value: T;
  onChoose: (value: T) => void;
}) {
  return (
    <div class="choice" role="group" aria-label={label}>
      {options.map(([name, word]) => (
        <button key={name} type="button" aria-pressed={name === value} onClick={() => onChoose(name)}>
          {word}
        </button>
      ))}
    </div>
  );
}

/** On or off at once, as a switch is. */
export function Switch({ label, isOn, busy = false, onChange }: { label: string; isOn: boolean; busy?: boolean; onChange: (isOn: boolean) => void }) {
  return (
    <button type="button" class="switch" role="switch" aria-checked={isOn} aria-label={label} aria-busy={busy} disabled={busy} onClick={() => onChange(!isOn)}>
      <span />
    </button>
  );
}
