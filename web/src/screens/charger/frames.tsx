// What went over the wire: each request with its answer, as it comes.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { ask } from "../../api/request";
import { Button, Choice } from "../../components/button";
import { Empty, Loading } from "../../components/empty";
import { tell, tellProblem } from "../../components/toast";
import { counted, preciseClock } from "../../format";
import { keepInAddress, place } from "../../routes";
import { FrameLog, gistOf, payloadOf, type Exchange, type Frame } from "./frame_log";

/** Rows in the page at once; the filter looks at all that are kept. */
const SHOWN = 300;
const NEAR_PX = 40;

const DIRECTIONS = [["", "Both ways"], ["cp_to_csms", "From the charger"], ["csms_to_cp", "To the charger"]] as const;

export function Frames({ chargerId, identity }: { chargerId: string; identity: string }) {
  const log = useMemo(() => new FrameLog(chargerId), [chargerId]);
  const [follows, setFollows] = useState(true);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [most, setMost] = useState(SHOWN);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    log.start();
    return () => log.stop();
  }, [log]);
  const { query } = place.value;
  const direction = query.get("direction") ?? "";
  const words = (query.get("frames") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const onlyBad = query.get("violations") === "only";
  const found = log.exchanges.value.filter(
    (one) => (!direction || one.direction === direction) && (!onlyBad || strays(one)) && words.every((word) => contains(one, word)),
  );
  const shown = found.slice(-most);
  const lastKey = shown.at(-1)?.key;
  useEffect(() => {
    const element = box.current;
    if (follows && element) element.scrollTop = element.scrollHeight;
  }, [follows, lastKey, shown.length]);
  if (!log.isRead.value && !log.problem.value) return <Loading what="the frames" />;
  return (
    <div class="frames">
      <div class="toolbar">
        <input
          type="search" aria-label="Filter frames" placeholder="Action or a word of the payload" value={query.get("frames") ?? ""}
          onInput={(event) => keepInAddress({ frames: event.currentTarget.value })}
        />
        <Choice label="Direction" options={DIRECTIONS} value={direction as "" | "cp_to_csms" | "csms_to_cp"} onChoose={(next) => keepInAddress({ direction: next })} />
        <Button aria-pressed={onlyBad} onClick={() => keepInAddress({ violations: onlyBad ? null : "only" })}>Violations</Button>
        <span class="apart" />
        <Button aria-pressed={follows} onClick={() => setFollows(!follows)}>Follow</Button>
        <Button aria-pressed={log.isPaused.value} onClick={() => { log.isPaused.value = !log.isPaused.value; }}>{log.isPaused.value ? "Paused" : "Pause"}</Button>
        <Button onClick={() => void copy(found)}>Copy</Button>
        <Button onClick={() => void save(chargerId, identity)}>Export</Button>
      </div>
      <p class="quiet tiny count" role="status">
        {counted(found.length, "exchange")}{found.length < log.exchanges.value.length && ` of ${log.exchanges.value.length}`}, {counted(log.total.value, "frame")} kept by the server
        {log.problem.value && <span class="problem"> · {log.problem.value.message}</span>}
      </p>
      {shown.length === 0 ? (
        <Empty title={log.exchanges.value.length === 0 ? "No frames yet" : "No frame is like that"}>
          {log.exchanges.value.length === 0 ? "They come once the charger dials its backend." : "The filters together leave none."}
        </Empty>
      ) : (
        <div
          ref={box} class="exchanges" role="region" aria-label="Frames" tabIndex={0}
          onScroll={(event) => {
            const element = event.currentTarget;
            if (follows && element.scrollHeight - element.scrollTop - element.clientHeight > NEAR_PX) setFollows(false);
          }}
        >
          {shown.length < found.length && <Button small kind="ghost" onClick={() => { setFollows(false); setMost(most + SHOWN); }}>Show earlier ones</Button>}
          {shown.map((one) => (
            <Row
              key={one.key} exchange={one} isOpen={open.has(one.key)}
              onToggle={() => {
                if (!open.has(one.key)) setFollows(false);
                setOpen(toggled(open, one.key));
              }}
            />
          ))}
        </div>
      )}
    </div>
  );
}

function Row({ exchange, isOpen, onToggle }: { exchange: Exchange; isOpen: boolean; onToggle: () => void }) {
  const isOut = exchange.direction === "cp_to_csms";
  const bad = strays(exchange);
  return (
    <div class={`exchange${bad ? " strays" : ""}${exchange.answer?.kind === "error" ? " error" : ""}`}>
      <button type="button" class="summary" aria-expanded={isOpen} onClick={onToggle}>
        <span class="mono quiet at">{preciseClock(exchange.at)}</span>
        <span class={isOut ? "way out" : "way in"}><span aria-hidden="true">{isOut ? "→" : "←"}</span><span class="unseen">{isOut ? "from the charger" : "to the charger"}</span></span>
        <span class="action">{exchange.action}</span>
        <span class="gist mono quiet">{gistOf(exchange.request ?? exchange.answer)}</span>
        <span class="outcome">
          {bad && <span class="rule">violation</span>}
          {exchange.answer?.kind === "error" && <span class="rule">CALLERROR</span>}
          {exchange.request && !exchange.answer && <span class="quiet">no answer yet</span>}
          {exchange.latencyMs !== null && <span class="latency">{exchange.latencyMs.toFixed(exchange.latencyMs < 10 ? 1 : 0)} ms</span>}
        </span>
      </button>
      {isOpen && (
        <div class="details">
          {bad && <p class="verdict">{exchange.verdict}</p>}
          <FramePart title="Request" frame={exchange.request} />
          <FramePart title={exchange.answer?.kind === "error" ? "CALLERROR" : "Answer"} frame={exchange.answer} />
        </div>
      )}
    </div>
  );
}

function FramePart({ title, frame }: { title: string; frame: Frame | null }) {
  if (!frame) return <div class="part"><h3>{title}</h3><p class="quiet small">none</p></div>;
  return (
    <div class="part">
      <div class="row"><h3>{title}</h3><span class="quiet tiny mono">{preciseClock(frame.timestamp)} · {frame.message_id}</span><Button small kind="ghost" onClick={() => void put(frame.message ?? "")}>Copy frame</Button></div>
      <pre tabIndex={0} aria-label={`${title}, payload`}>{payloadOf(frame)}</pre>
    </div>
  );
}

function strays(exchange: Exchange): boolean {
  return exchange.verdict !== "valid";
}

function contains(exchange: Exchange, word: string): boolean {
  return [exchange.action, exchange.request?.message, exchange.answer?.message, exchange.verdict].some((text) => text?.toLowerCase().includes(word));
}

function toggled(open: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(open);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** Those that are filtered, a line a frame: moment, direction, text. */
async function copy(exchanges: readonly Exchange[]): Promise<void> {
  const frames = exchanges.flatMap((one) => [one.request, one.answer]).filter((frame): frame is Frame => frame !== null);
  await put(frames.map((frame) => `${frame.timestamp}\t${frame.direction}\t${frame.message ?? ""}`).join("\n"), counted(frames.length, "frame"));
}

async function put(text: string, what = "the frame"): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    tell(`Copied ${what}`);
  } catch {
    tellProblem(new Error("the browser did not let the page copy; select the text instead"));
  }
}

/** All that the server keeps, a line of JSON each. */
async function save(chargerId: string, identity: string): Promise<void> {
  try {
    const answer = await ask("get", `/ocpp/chargers/${encodeURIComponent(chargerId)}/logs/export`);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = `${identity.replace(/[^\w.-]+/g, "_")}-frames.ndjson`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  } catch (reason) {
    tellProblem(reason, "The frames could not be exported");
  }
}
