// Cards in a grid, in parts with headings, of which only the rows in sight are in the page.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import "./grid.css";

interface GridPart<Item> {
  key: string;
  title: ComponentChildren | null;
  items: readonly Item[];
}

interface GridProps<Item> {
  label: string;
  parts: readonly GridPart<Item>[];
  keyOf: (item: Item) => string;
  item: (item: Item) => ComponentChildren;
  itemHeight: number;
  /** At least this wide; they share what is left. */
  itemWidth: number;
  height: string;
}

interface Band<Item> {
  key: string;
  top: number;
  height: number;
  title: ComponentChildren | null;
  items: readonly Item[];
}

const GAP = 10;
const TITLE_HEIGHT = 34;
const BEYOND_PX = 400;

export function VirtualGrid<Item>({ label, parts, keyOf, item, itemHeight, itemWidth, height }: GridProps<Item>) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800, width: 900 });
  useLayoutEffect(() => {
    const element = box.current!;
    const see = () => setView({ top: element.scrollTop, height: element.clientHeight, width: element.clientWidth });
    see();
    const watch = new ResizeObserver(see);
    watch.observe(element);
    element.addEventListener("scroll", see, { passive: true });
    return () => {
      watch.disconnect();
      element.removeEventListener("scroll", see);
    };
  }, []);
  const across = Math.max(1, Math.floor((view.width - GAP) / (itemWidth + GAP)));
  const bands = useMemo(() => banded(parts, across, itemHeight), [parts, across, itemHeight]);
  const last = bands.at(-1);
  const inSight = bands.filter((band) => band.top + band.height > view.top - BEYOND_PX && band.top < view.top + view.height + BEYOND_PX);
  return (
    <div ref={box} class="virtual-grid" role="region" aria-label={label} tabIndex={0} style={{ maxHeight: height }}>
      <div class="bands" style={{ height: `${last ? last.top + last.height : 0}px` }}>
        {inSight.map((band) => (
          <div key={band.key} class="band" style={{ transform: `translateY(${band.top}px)`, gridTemplateColumns: `repeat(${across}, minmax(0, 1fr))`, height: `${band.height - GAP}px` }}>
            {band.title !== null ? <h3 class="band-title">{band.title}</h3> : band.items.map((one) => <div key={keyOf(one)}>{item(one)}</div>)}
          </div>
        ))}
      </div>
    </div>
  );
}

function banded<Item>(parts: readonly GridPart<Item>[], across: number, itemHeight: number): Band<Item>[] {
  const bands: Band<Item>[] = [];
  let top = GAP;
  const add = (key: string, height: number, title: ComponentChildren | null, items: readonly Item[]) => {
    bands.push({ key, top, height: height + GAP, title, items });
    top += height + GAP;
  };
  for (const part of parts) {
    if (part.title !== null) add(`title ${part.key}`, TITLE_HEIGHT - GAP, part.title, []);
    for (let from = 0; from < part.items.length; from += across) {
      add(`${part.key} ${from}`, itemHeight, null, part.items.slice(from, from + across));
    }
  }
  return bands;
}
