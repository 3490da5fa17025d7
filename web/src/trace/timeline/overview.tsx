// The whole trace in one strip, with the window in it that the lanes show.
import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";

import type { Store } from "../store";
import { coloursOf } from "./colours";

const HEIGHT = 40;

export function Overview({ store, theme }: { store: Store; theme: number }) {
  const { trace } = store;
  const canvas = useRef<HTMLCanvasElement>(null);
  const brush = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const resize = new ResizeObserver(() => setWidth(element.clientWidth));
    resize.observe(element);
    return () => resize.disconnect();
  }, []);

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context || !width) return;
    const colours = coloursOf(element.parentElement ?? element);
    const ratio = devicePixelRatio;
    element.width = Math.round(width * ratio);
    element.height = Math.round(HEIGHT * ratio);
    context.scale(ratio, ratio);
    const bins = new Float64Array(Math.max(1, Math.floor(width / 3)));
    const wrong = new Set<number>();
    for (let frame = 0; frame < trace.size; frame++) {
      const bin = Math.min(bins.length - 1, Math.floor((trace.moment(frame) / trace.duration) * bins.length));
      bins[bin] = (bins[bin] ?? 0) + 1;
      if (trace.violationsOf(frame).length) wrong.add(bin);
    }
    const most = Math.sqrt(bins.reduce((found, count) => Math.max(found, count), 1));
    bins.forEach((count, bin) => {
      if (!count) return;
      const height = Math.max(2, (Math.sqrt(count) / most) * (HEIGHT - 12));
      context.fillStyle = colours["line-strong"];
      context.globalAlpha = 0.75;
      context.fillRect((bin / bins.length) * width, HEIGHT - height, width / bins.length - 0.6, height);
      context.globalAlpha = 1;
      if (wrong.has(bin)) {
        context.fillStyle = colours["tone-faulted"];
        context.fillRect((bin / bins.length) * width - 0.5, 0, 3, 6);
      }
    });
  }, [trace, width, theme]);

  useSignalEffect(() => {
    const { from, to } = store.window.value;
    if (!brush.current) return;
    const left = Math.max(0, from / trace.duration);
    const right = Math.min(1, to / trace.duration);
    brush.current.style.left = `${left * 100}%`;
    brush.current.style.width = `${Math.max(0.3, (right - left) * 100)}%`;
  });

  function dragged(event: PointerEvent): void {
    const strip = event.currentTarget as HTMLElement;
    if (event.type === "pointermove" && !strip.hasPointerCapture(event.pointerId)) return;
    if (event.type === "pointerdown") strip.setPointerCapture(event.pointerId);
    const box = strip.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * trace.duration;
    const { from, to } = store.window.value;
    if (to - from >= trace.duration) store.pick(at);
    else store.show({ from: at - (to - from) / 2, to: at + (to - from) / 2 });
  }

  return (
    <div class="t-overview" onPointerDown={dragged} onPointerMove={dragged}>
      <canvas ref={canvas} style={{ height: `${HEIGHT}px` }} aria-hidden="true" />
      <div ref={brush} class="t-brush" />
    </div>
  );
}
