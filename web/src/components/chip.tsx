// A status as a dot of its colour and the word.
import "./chip.css";

const TONES: Record<string, string> = {
  Available: "available",
  Preparing: "preparing", Occupied: "preparing", EVConnected: "preparing", Idle: "preparing", Pending: "preparing", Provisioning: "preparing", queued: "preparing", delivered: "preparing", pending: "preparing",
  Charging: "charging", Accepted: "charging", READY: "charging", completed: "charging", succeeded: "charging", valid: "charging",
  SuspendedEV: "waiting", SuspendedEVSE: "waiting", Finishing: "waiting", lenient: "waiting", expired: "waiting",
  Reserved: "reserved",
  Faulted: "faulted", Failed: "faulted", Rejected: "faulted", failed: "faulted", invalid: "faulted",
};

export function toneOf(status: string): string {
  return TONES[status] ?? "off";
}

export function Chip({ status, word = status }: { status: string; word?: string }) {
  return <span class={`chip tone-${toneOf(status)}`}>{word}</span>;
}
