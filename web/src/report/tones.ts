// Colours of verdicts, by the tones of statuses.
import type { Verdict } from "./model";

const TONES: Record<Verdict, string> = {
  pass: "charging",
  fail: "faulted",
  inconclusive: "waiting",
  error: "reserved",
  "not applicable": "off",
};

export function toneOf(verdict: Verdict): string {
  return TONES[verdict] ?? "off";
}
