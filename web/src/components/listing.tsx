// A list of the backend, a page at a time, read again and again while it is shown.
import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { type Problem, problemFrom } from "../api/problem";
import { send } from "../api/request";
import { Button } from "./button";
import { Empty, Loading } from "./empty";
import "./listing.css";
import "./table.css";

export interface ListingColumn<Row> {
  title: string;
  cell: (row: Row) => ComponentChildren;
  isNumber?: boolean;
}

interface ListingProps<Row> {
  label: string;
  /** Where it is read: an operation that takes `limit` and `offset` and answers with `pagination`. */
  path: string;
  pathParameters?: Record<string, string>;
  query?: Record<string, string>;
  /** The answer's field that has the rows. */
  field: string;
  keyOf: (row: Row) => string;
  columns: readonly ListingColumn<Row>[];
  empty: ComponentChildren;
  /** Another value has it read at once. */
  version?: number;
}

interface Read<Row> {
  rows: readonly Row[];
  total: number;
}

const PAGE_SIZE = 50;
const AGAIN_MS = 3_000;

export function Listing<Row>(props: ListingProps<Row>) {
  const { label, path, pathParameters = {}, query = {}, field, columns, version = 0 } = props;
  const [offset, setOffset] = useState(0);
  const { read, problem } = useList<Row>(path, pathParameters, { ...query, limit: String(PAGE_SIZE), offset: String(offset) }, field, version);
  const asked = JSON.stringify([path, pathParameters, query]);
  useEffect(() => setOffset(0), [asked]);
  if (!read) return problem ? <Unread problem={problem} /> : <Loading what={label.toLowerCase()} />;
  if (read.total === 0) return <>{props.empty}</>;
  const last = Math.min(offset + read.rows.length, read.total);
  return (
    <>
      {problem && <Unread problem={problem} />}
      <div class="scrolls" role="region" aria-label={label} tabIndex={0}>
        <table class="plain-table listing">
          <thead>
            <tr>{columns.map((column) => <th key={column.title} scope="col" class={column.isNumber ? "number" : ""}>{column.title || <span class="unseen">Actions</span>}</th>)}</tr>
          </thead>
          <tbody>
            {read.rows.map((row) => (
              <tr key={props.keyOf(row)}>
                {columns.map((column) => <td key={column.title} data-title={column.title} class={column.isNumber ? "number" : ""}>{column.cell(row)}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {read.total > PAGE_SIZE && (
        <nav class="row pages" aria-label={`Pages of ${label.toLowerCase()}`}>
          <span class="quiet small">{(offset + 1).toLocaleString("en")} to {last.toLocaleString("en")} of {read.total.toLocaleString("en")}</span>
          <Button small disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - PAGE_SIZE))}>Back</Button>
          <Button small disabled={last >= read.total} onClick={() => setOffset(offset + PAGE_SIZE)}>Further</Button>
        </nav>
      )}
    </>
  );
}

function Unread({ problem }: { problem: Problem }) {
  return <Empty title="It could not be read">{problem.message}. {problem.hint ?? "The page tries again."}</Empty>;
}

/** What the list holds now; read again every AGAIN_MS, one reading at a time. */
function useList<Row>(path: string, pathParameters: Record<string, string>, query: Record<string, string>, field: string, version: number): { read: Read<Row> | null; problem: Problem | null } {
  const [read, setRead] = useState<Read<Row> | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const asked = JSON.stringify([path, pathParameters, query]);
  const now = useRef(asked);
  now.current = asked;
  const look = useCallback(async (signal: AbortSignal) => {
    try {
      const answer = (await send("get", path, { path: pathParameters, query, signal })) as Record<string, unknown>;
      if (now.current !== asked) return;
      setRead({ rows: answer[field] as Row[], total: (answer.pagination as { total: number }).total });
      setProblem(null);
    } catch (reason) {
      if (!signal.aborted) setProblem(problemFrom(reason));
    }
  }, [asked]);
  useEffect(() => {
    const stop = new AbortController();
    let waits = 0;
    const again = async () => {
      await look(stop.signal);
      if (!stop.signal.aborted) waits = setTimeout(() => void again(), AGAIN_MS);
    };
    void again();
    return () => {
      stop.abort();
      clearTimeout(waits);
    };
  }, [look, version]);
  return { read, problem };
}
