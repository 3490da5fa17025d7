// A table that has only the rows in sight in the page, however many there are.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import "./table.css";

export interface Column {
  name: string;
  title: ComponentChildren;
  /** A CSS track: "minmax(8rem, 1fr)". */
  width: string;
  isNumber?: boolean;
  /** What to sort by where its heading is pressed. */
  sort?: string;
  /** Left out where the table is narrower than this. */
  from?: number;
}

interface TableProps<Row> {
  label: string;
  columns: readonly Column[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** The cells of a row, one for each column that is shown. */
  cells: (row: Row, columns: readonly Column[], index: number) => ComponentChildren;
  rowHeight?: number;
  sortedBy?: string;
  onSort?: (sort: string) => void;
  isChosen?: (row: Row) => boolean;
  onOpen?: (row: Row) => void;
  /** The height it takes at most; beyond it, it scrolls inside. */
  height?: string;
}

const BEYOND = 6;

export function VirtualTable<Row>(props: TableProps<Row>) {
  const { label, rows, rowHeight = 40, sortedBy, onSort } = props;
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600, width: 1200 });
  useLayoutEffect(() => {
    const element = box.current!;
    const see = () => setView({ top: element.scrollTop, height: element.clientHeight, width: element.clientWidth });
    see();
    const watch = new ResizeObserver(see);
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    const element = box.current!;
    let waits = 0;
    const scrolled = () => {
      waits ||= requestAnimationFrame(() => {
        waits = 0;
        setView({ top: element.scrollTop, height: element.clientHeight, width: element.clientWidth });
      });
    };
    element.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      element.removeEventListener("scroll", scrolled);
      cancelAnimationFrame(waits);
    };
  }, []);
  const columns = props.columns.filter((column) => (column.from ?? 0) <= view.width);
  const first = Math.max(0, Math.min(Math.floor(view.top / rowHeight), rows.length - 1) - BEYOND);
  const shown = rows.slice(first, first + Math.ceil(view.height / rowHeight) + 2 * BEYOND);
  const tracks = { "--tracks": columns.map((column) => column.width).join(" "), "--height": `${rowHeight}px` } as Record<string, string>;
  return (
    <div
      ref={box} class="virtual" role="table" aria-label={label} aria-rowcount={rows.length + 1} aria-colcount={columns.length} tabIndex={0}
      style={{ ...tracks, maxHeight: props.height ?? "none" }}
    >
      <div role="rowgroup" class="head">
        <div role="row" aria-rowindex={1} class="line">
          {columns.map((column) => (
            <div key={column.name} role="columnheader" class={column.isNumber ? "number" : ""} aria-sort={sortWord(column, sortedBy)}>
              {column.sort && onSort ? (
                <button type="button" onClick={() => onSort(turned(column.sort!, sortedBy))}>
                  {column.title}
                  <span aria-hidden="true">{arrow(column, sortedBy)}</span>
                </button>
              ) : column.title}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" class="rows" style={{ height: `${rows.length * rowHeight}px` }}>
        {shown.map((row, offset) => (
          <div
            key={props.keyOf(row)} role="row" aria-rowindex={first + offset + 2} class={`line${props.isChosen?.(row) ? " chosen" : ""}`}
            style={{ transform: `translateY(${(first + offset) * rowHeight}px)` }}
            onDblClick={props.onOpen && (() => props.onOpen!(row))}
          >
            {props.cells(row, columns, first + offset)}
          </div>
        ))}
      </div>
    </div>
  );
}

export function Cell({ children, isNumber = false, class: more = "" }: { children?: ComponentChildren; isNumber?: boolean; class?: string }) {
  return <div role="cell" class={`${isNumber ? "number " : ""}${more}`}>{children}</div>;
}

function turned(sort: string, now: string | undefined): string {
  return now === sort ? `-${sort}` : sort;
}

function sortWord(column: Column, now: string | undefined): "ascending" | "descending" | "none" | undefined {
  if (!column.sort) return undefined;
  return now === column.sort ? "ascending" : now === `-${column.sort}` ? "descending" : "none";
}

function arrow(column: Column, now: string | undefined): string {
  return now === column.sort ? " ↑" : now === `-${column.sort}` ? " ↓" : "";
}
