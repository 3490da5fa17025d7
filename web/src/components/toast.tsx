// Messages of what was done and what went wrong; screen readers read them.
import { signal } from "@preact/signals";

import { problemFrom } from "../api/problem";
import { Button } from "./button";
import "./toast.css";

interface Toast {
  number: number;
  kind: "done" | "failed";
  text: string;
  hint: string | null;
}

const SHOWN_MS = 6_000;
const MOST_SHOWN = 5;

const toasts = signal<Toast[]>([]);
let last = 0;

export function tell(text: string): void {
  show({ number: ++last, kind: "done", text, hint: null });
}

/** Shows what went wrong, and what to do; stays until it is dismissed. A wrong key shows its form instead. */
export function tellProblem(reason: unknown, what?: string): void {
  const problem = problemFrom(reason);
  if (problem.status === 401) return;
  show({ number: ++last, kind: "failed", text: what ? `${what}: ${problem.message}` : problem.message, hint: problem.hint });
}

function show(toast: Toast): void {
  const others = toasts.value.filter((one) => one.text !== toast.text);
  toasts.value = [...others, toast].slice(-MOST_SHOWN);
  if (toast.kind === "done") setTimeout(() => dismiss(toast.number), SHOWN_MS);
}

function dismiss(number: number): void {
  toasts.value = toasts.value.filter((toast) => toast.number !== number);
}

export function Toasts() {
  return (
    <div class="toasts" role="log" aria-live="polite" aria-label="Messages">
      {toasts.value.map((toast) => (
        <div key={toast.number} class={`toast ${toast.kind}`} role={toast.kind === "failed" ? "alert" : undefined}>
          <div>
            <p>{toast.text}</p>
            {toast.hint && <p class="quiet">{toast.hint}</p>}
          </div>
          <Button kind="ghost" small aria-label="Dismiss" onClick={() => dismiss(toast.number)}>✕</Button>
        </div>
      ))}
    </div>
  );
}
