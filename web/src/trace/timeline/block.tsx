// The lanes of one charger: names at the left, the canvas at the right. Drawn only while in sight.
import { effect } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { Store } from "../store";
import { counted, shown } from "../text";
import { coloursOf } from "./colours";
import { drawBlock } from "./draw";
import { blockOf } from "./lanes";

interface Props {
  store: Store;
  charger: number;
  /** Counts changes of the theme. */
  theme: number;
}

export function ChargerBlock({ store, charger, theme }: Props) {
  const { trace } = store;
  const block = useMemo(() => blockOf(trace, charger), [trace, charger]);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [seen, setSeen] = useState(false);
  const [size, setSize] = useState({ width: 0, ratio: 1 });

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const sight = new IntersectionObserver(([entry]) => setSeen(entry?.isIntersecting ?? false), { rootMargin: "200px" });
    const resize = new ResizeObserver(() => setSize({ width: element.clientWidth, ratio: devicePixelRatio }));
    sight.observe(element);
    resize.observe(element);
    return () => {
      sight.disconnect();
      resize.disconnect();
    };
  }, []);

  useEffect(() => effect(() => {
    const window = store.window.value;
    const element = canvas.current;
    if (!element || !seen || !size.width) return;
    element.width = Math.round(size.width * size.ratio);
    element.height = Math.round(block.height * size.ratio);
    const context = element.getContext("2d");
    if (!context) return;
    context.scale(size.ratio, size.ratio);
    drawBlock({ context, width: size.width, colours: coloursOf(element.parentElement ?? element), window }, trace, block);
  }), [seen, size, theme, block]);

  const of = trace.chargers[charger];
  const violations = useMemo(
    () => trace.ofCharger[charger]?.reduce((sum, frame) => sum + trace.violationsOf(frame).length, 0) ?? 0,
    [trace, charger],
  );
  if (!of) return null;
  return (
    <section class="t-block" aria-label={shown(of.name)}>
      <div class="t-names" style={{ height: `${block.height}px` }}>
        {block.lanes.map(({ label, top, height }) => (
          <span class="t-lane" style={{ top: `${top}px`, height: `${height}px` }}>{label}</span>
        ))}
      </div>
      <header class="t-head">
        <h3 title={of.source}>{shown(of.name)}</h3>
        <span class="tiny quiet">{of.version ? `OCPP ${of.version}` : "version not told"}</span>
        <span class="tiny quiet">{counted(trace.ofCharger[charger]?.length ?? 0, "frame")}</span>
        {violations > 0 && (
          <button
            type="button"
            class="t-badge"
            onClick={() => store.narrow({ charger: trace.chargers.length > 1 ? charger : -1, violations: true })}
          >
            {counted(violations, "violation")}
          </button>
        )}
      </header>
      <canvas ref={canvas} class="t-canvas" style={{ height: `${block.height}px` }} aria-hidden="true" />
    </section>
  );
}
