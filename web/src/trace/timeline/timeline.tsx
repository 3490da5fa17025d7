// The time line: overview, axis, and the lanes of each charger under one cursor.
import { useComputed, useSignalEffect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";

import { stateAt } from "../state_at";
import type { Store } from "../store";
import { duration, power, shown } from "../text";
import { ChargerBlock } from "./block";
import { Overview } from "./overview";
import { ticks } from "./ticks";

const TICK_PX = 86;
const NEAR_PX = 6;
const DRAG_PX = 4;
const ZOOM = 1.6;

export function Timeline({ store, theme }: { store: Store; theme: number }) {
  const { trace } = store;
  const field = useRef<HTMLDivElement>(null);
  const cursor = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);

  useEffect(() => {
    const element = field.current;
    if (!element) return;
    const resize = new ResizeObserver(() => setWidth(element.clientWidth - leftOf(element)));
    resize.observe(element);
    element.addEventListener("wheel", wheel, { passive: false });
    return () => {
      resize.disconnect();
      element.removeEventListener("wheel", wheel);
    };
  }, []);

  useSignalEffect(() => {
    const { from, to } = store.window.value;
    const at = store.moment.value;
    if (!cursor.current) return;
    const share = (at - from) / (to - from);
    cursor.current.classList.toggle("away", share < 0 || share > 1);
    cursor.current.style.setProperty("--at", String(Math.min(1, Math.max(0, share))));
  });

  function momentAt(clientX: number): number {
    const element = field.current;
    if (!element) return 0;
    const left = leftOf(element);
    const box = element.getBoundingClientRect();
    const { from, to } = store.window.value;
    return from + ((clientX - box.left - left) / (element.clientWidth - left)) * (to - from);
  }

  function wheel(event: WheelEvent): void {
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    const onAxis = (event.target as HTMLElement).closest(".t-axis") !== null;
    if (event.ctrlKey || event.metaKey || onAxis) {
      event.preventDefault();
      store.zoom(Math.exp(Math.max(-50, Math.min(50, event.deltaY)) * 0.006), momentAt(event.clientX));
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      store.pan(sideways / 800);
    }
  }

  function pressed(event: PointerEvent): void {
    const element = field.current;
    if (event.button !== 0 || !element || (event.target as HTMLElement).closest("button, .t-names, .t-head")) return;
    const start = { x: event.clientX, window: store.window.value };
    let dragged = false;
    const moved = (move: PointerEvent): void => {
      if (Math.abs(move.clientX - start.x) > DRAG_PX) dragged = true;
      if (!dragged) return;
      const { from, to } = start.window;
      const by = ((start.x - move.clientX) / width) * (to - from);
      store.show({ from: from + by, to: to + by });
    };
    const released = (up: PointerEvent): void => {
      element.removeEventListener("pointermove", moved);
      element.removeEventListener("pointerup", released);
      element.removeEventListener("pointercancel", released);
      cursor.current?.focus({ preventScroll: true });
      if (!dragged && up.type === "pointerup") picked(up);
    };
    element.addEventListener("pointermove", moved);
    element.addEventListener("pointerup", released);
    element.addEventListener("pointercancel", released);
  }

  /** A frame near the pointer, of the charger under it; else the moment itself. */
  function picked(event: PointerEvent): void {
    const at = momentAt(event.clientX);
    const blocks = [...(field.current?.querySelectorAll(".t-block") ?? [])];
    const block = (event.target as HTMLElement).closest(".t-block");
    const charger = block ? blocks.indexOf(block) : -1;
    const { from, to } = store.window.value;
    const near = (NEAR_PX / width) * (to - from);
    let best = -1;
    for (const frame of store.listed.value) {
      const away = Math.abs(trace.moment(frame) - at);
      if (away > near || (charger >= 0 && trace.charger(frame) !== charger)) continue;
      const wrong = trace.violationsOf(frame).length > 0;
      const bestWrong = best >= 0 && trace.violationsOf(best).length > 0;
      if (best < 0 || (wrong && !bestWrong) || (wrong === bestWrong && away < Math.abs(trace.moment(best) - at))) best = frame;
    }
    if (best >= 0) store.choose(best);
    else store.pick(at);
  }

  function keyed(event: KeyboardEvent): void {
    const acts: Record<string, () => void> = {
      ArrowRight: () => (event.shiftKey ? store.pan(0.2) : store.step(1)),
      ArrowLeft: () => (event.shiftKey ? store.pan(-0.2) : store.step(-1)),
      PageDown: () => store.step(10),
      PageUp: () => store.step(-10),
      Home: () => store.step(-trace.size),
      End: () => store.step(trace.size),
      "+": () => store.zoom(1 / ZOOM),
      "=": () => store.zoom(1 / ZOOM),
      "-": () => store.zoom(ZOOM),
      "0": () => store.fit(),
    };
    const act = acts[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  }

  const told = useComputed(() => toldAt(store));
  const { from, to } = store.window.value;
  const shownTicks = ticks(trace.begin, from, to, ((to - from) / width) * TICK_PX, store.clock.value);
  const limited = trace.chargers.some((one) => one.limits.length > 0);
  return (
    <section class="panel t-timeline" aria-label="Time line">
      <header>
        <h2>Time line</h2>
        <span class="small quiet t-span">{duration(to - from)} shown</span>
        <div class="row t-tools">
          <button type="button" class="button compact" onClick={() => store.step(-1)} aria-label="Frame before">‹ frame</button>
          <button type="button" class="button compact" onClick={() => store.step(1)} aria-label="Frame after">frame ›</button>
          <button type="button" class="button compact" onClick={() => store.zoom(ZOOM)} aria-label="Zoom out">−</button>
          <button type="button" class="button compact" onClick={() => store.zoom(1 / ZOOM)} aria-label="Zoom in">+</button>
          <button type="button" class="button compact" onClick={() => store.fit()}>Fit</button>
        </div>
      </header>
      <Overview store={store} theme={theme} />
      <div
        ref={field}
        class="t-field"
        onKeyDown={keyed}
        onPointerDown={pressed}
      >
        <div class="t-axis">
          {shownTicks.map(({ at, label }) => (
            <span key={at} style={{ left: `${((at - from) / (to - from)) * 100}%` }}>{label}</span>
          ))}
        </div>
        {trace.chargers.map((_, charger) => (
          <ChargerBlock key={charger} store={store} charger={charger} theme={theme} />
        ))}
        <div
          ref={cursor}
          class="t-cursor"
          tabIndex={0}
          role="slider"
          aria-label="Moment"
          aria-valuemin={0}
          aria-valuemax={Math.round(trace.duration)}
          aria-valuenow={Math.round(store.moment.value)}
          aria-valuetext={told.value}
        >
          <span>{store.clock.value.exact(trace.begin + store.moment.value)}</span>
        </div>
      </div>
      <p class="tiny quiet t-legend">
        <span><i style={{ color: "var(--tone-preparing)" }} />from the charger, above the line</span>
        <span><i style={{ color: "var(--tone-available)" }} />from the CSMS, below</span>
        <span><i style={{ color: "var(--tone-faulted)" }} />CALLERROR, or not a frame</span>
        {limited && <span><i class="dashed" style={{ color: "var(--tone-waiting)" }} />limit of charging profiles</span>}
        {trace.violationCount > 0 && <span><b>▲</b>violation</span>}
      </p>
      <p class="tiny quiet t-hint">
        Click picks a moment, drag moves, <kbd>Ctrl</kbd> + wheel zooms, <kbd>Shift</kbd> + wheel moves.
        Keys: <kbd>←</kbd> <kbd>→</kbd> frame by frame, <kbd>+</kbd> <kbd>−</kbd> <kbd>0</kbd> zoom.
      </p>
    </section>
  );
}

/** The width of the lanes' names. */
function leftOf(element: HTMLElement): number {
  return Number.parseFloat(getComputedStyle(element).getPropertyValue("--names")) || 0;
}

/** The moment in words, for those who cannot see the lanes. */
function toldAt(store: Store): string {
  const { trace } = store;
  const at = store.moment.value;
  const frame = store.chosen.value;
  const when = store.clock.value.exact(trace.begin + at);
  const charger = frame >= 0 ? trace.charger(frame) : 0;
  const of = trace.chargers[charger];
  if (!of) return when;
  const places = stateAt(of, at).places.map((one) =>
    [one.label, one.status, one.power === null ? null : power(one.power)].filter(Boolean).join(" "),
  );
  const last = frame >= 0 ? `, ${trace.action(frame)}` : "";
  return `${when}${last}, ${shown(of.name)}: ${places.join("; ")}`;
}
