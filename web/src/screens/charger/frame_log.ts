// The frames of one charger: asked for as they come, each request paired with its answer.
import { signal } from "@preact/signals";

import { problemFrom, type Problem } from "../../api/problem";
import { request, type Schemas } from "../../api/request";

export type Frame = Schemas["ChargerLogEntry"];

/** A request and its answer; an answer alone where its request is older than what is kept. */
export interface Exchange {
  key: string;
  request: Frame | null;
  answer: Frame | null;
  action: string;
  direction: Frame["direction"];
  at: string;
  latencyMs: number | null;
  /** The worst of the two verdicts. */
  verdict: string;
}

const EVERY_MS = 1_000;
const FIRST_READ = 500;
const NEXT_READ = 200;
/** Beyond it the oldest are let go; an export has all of them. */
const MOST_KEPT = 2_000;

export class FrameLog {
  readonly exchanges = signal<readonly Exchange[]>([]);
  readonly total = signal(0);
  readonly problem = signal<Problem | null>(null);
  readonly isRead = signal(false);
  readonly isPaused = signal(false);

  private readonly byKey = new Map<string, Exchange>();
  private readonly seen = new Set<string>();
  private timer = 0;
  private isReading = false;

  constructor(private readonly chargerId: string) {}

  start(): void {
    void this.read();
    this.timer = setInterval(() => void this.read(), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async read(): Promise<void> {
    if (this.isReading || this.isPaused.value || document.hidden) return;
    this.isReading = true;
    try {
      const limit = this.isRead.value ? NEXT_READ : FIRST_READ;
      const answer = await request("get", "/ocpp/chargers/{charger_id}/logs", { path: { charger_id: this.chargerId }, query: { limit } });
      if (this.isPaused.value) return;
      this.take(answer.data);
      this.total.value = answer.total;
      this.problem.value = null;
      this.isRead.value = true;
    } catch (reason) {
      this.problem.value = problemFrom(reason);
    } finally {
      this.isReading = false;
    }
  }

  /** The newest first, as the server answers. */
  private take(frames: readonly Frame[]): void {
    let isNew = false;
    for (const frame of frames.toReversed()) {
      const name = `${frame.timestamp} ${frame.direction} ${frame.kind} ${frame.message_id}`;
      if (this.seen.has(name)) continue;
      this.seen.add(name);
      isNew = true;
      this.pair(frame, name);
    }
    if (!isNew) return;
    const sorted = [...this.byKey.values()].sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
    for (const old of sorted.splice(0, Math.max(0, sorted.length - MOST_KEPT))) this.byKey.delete(old.key);
    if (this.seen.size > 4 * MOST_KEPT) {
      const kept = [...this.seen].slice(-2 * MOST_KEPT);
      this.seen.clear();
      for (const one of kept) this.seen.add(one);
    }
    this.exchanges.value = sorted;
  }

  private pair(frame: Frame, name: string): void {
    const isCall = frame.kind === "call";
    // An answer goes the other way, with the id of what it answers.
    const asks = isCall === (frame.direction === "cp_to_csms") ? "cp_to_csms" : "csms_to_cp";
    const ids = `${asks} ${frame.message_id}`;
    const open = this.byKey.get(ids);
    const fits = frame.message_id !== "" && open !== undefined && (isCall ? open.request === null : open.answer === null);
    const before = fits ? open : undefined;
    const key = open !== undefined && !fits ? name : ids;
    const exchange: Exchange = {
      key,
      request: isCall ? frame : (before?.request ?? null),
      answer: isCall ? (before?.answer ?? null) : frame,
      action: frame.action || before?.action || "?",
      direction: asks,
      at: (isCall ? frame.timestamp : before?.at) ?? frame.timestamp ?? "",
      latencyMs: frame.latency_ms ?? before?.latencyMs ?? null,
      verdict: worst(frame.verdict, before?.request?.verdict ?? before?.answer?.verdict),
    };
    this.byKey.set(key, exchange);
  }
}

/** Known verdicts, the best first, the rule after a colon; one that is not among them is worst. */
const VERDICTS = ["valid", "lenient"];

function worst(one: string, other: string | undefined): string {
  return other === undefined || rank(one) >= rank(other) ? one : other;
}

function rank(verdict: string): number {
  const found = VERDICTS.indexOf(verdict.split(":", 1)[0]!);
  return found < 0 ? VERDICTS.length : found;
}

/** The payload in an OCPP-J frame, for reading; the text itself where it is none. */
export function payloadOf(frame: Frame): string {
  const text = frame.message ?? "";
  try {
    const parts = JSON.parse(text) as unknown[];
    if (!Array.isArray(parts)) return text;
    const payload = frame.kind === "call" ? parts[3] : frame.kind === "result" ? parts[2] : parts.slice(2);
    return JSON.stringify(payload, null, 2);
  } catch {
    return text;
  }
}

/** A few words of the payload, for a line of the list. */
export function gistOf(frame: Frame | null): string {
  if (!frame) return "";
  const text = frame.message ?? "";
  const start = frame.kind === "call" ? text.indexOf("{") : text.indexOf("{", 4);
  return start < 0 ? text : text.slice(start).replace(/\]$/, "");
}
