// The history of a charger: its log as a trace, the newest part first, read when it is asked for.
import { useEffect, useMemo, useState } from "preact/hooks";

import { problemFrom, type Problem } from "../../api/problem";
import { request, type Schemas } from "../../api/request";
import { Button } from "../../components/button";
import { Empty, Loading } from "../../components/empty";
import { counted, dayAndClock } from "../../format";
import { theme } from "../../theme";
import { Trace, type PackedTrace } from "../../trace/model";
import { createStore } from "../../trace/store";
import { duration } from "../../trace/text";
import { TraceView } from "../../trace/trace_view";
import "../../trace/trace.css";

/** Frames of one part; earlier ones are in the part before it. */
const MOST_FRAMES = 2_000;

export function History({ chargerId }: { chargerId: string }) {
  /** The ends of the parts, from the newest back to the one that is shown. */
  const [ends, setEnds] = useState<readonly (string | null)[]>([null]);
  const [round, setRound] = useState(0);
  const [told, setTold] = useState<Schemas["ChargerTraceResponse"] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isReading, setIsReading] = useState(true);
  const end = ends.at(-1) ?? null;
  useEffect(() => {
    const stop = new AbortController();
    const query = { limit: MOST_FRAMES, ...(end ? { end_date: end } : {}) };
    setIsReading(true);
    request("get", "/ocpp/chargers/{charger_id}/trace", { path: { charger_id: chargerId }, query, signal: stop.signal })
      .then(
        (answer) => { setTold(answer); setProblem(null); },
        (reason: unknown) => { if (!stop.signal.aborted) setProblem(problemFrom(reason)); },
      )
      .finally(() => { if (!stop.signal.aborted) setIsReading(false); });
    return () => stop.abort();
  }, [chargerId, end, round]);
  const trace = useMemo(() => (told ? new Trace(told.data as unknown as PackedTrace) : null), [told]);
  // The same element as before is not gone through again: the screen around it changes every second.
  const view = useMemo(() => trace && <View trace={trace} />, [trace]);
  const again = () => setRound(round + 1);
  if (!trace || !told) {
    if (!problem) return <Loading what="the history" />;
    return <Empty title="The history could not be read" actions={<Button busy={isReading} onClick={again}>Try again</Button>}>{problem.message}</Empty>;
  }
  if (trace.size === 0) {
    return <Empty title="No frames yet" actions={<Button busy={isReading} onClick={again}>Read again</Button>}>They come once the charger dials its backend.</Empty>;
  }
  const earlier = new Date(trace.begin + trace.moment(0)).toISOString();
  return (
    <div class="history">
      <div class="row">
        <p class="small quiet" role="status">
          {counted(trace.size, "frame")} in {duration(trace.duration)} from {dayAndClock(trace.packed.begin)}
          {told.has_more && "; earlier ones are not shown"}
          {problem && <span class="problem"> · {problem.message}</span>}
        </p>
        <span class="apart" />
        <Button small disabled={!told.has_more} busy={isReading} onClick={() => setEnds([...ends, earlier])}>Earlier</Button>
        <Button small disabled={ends.length === 1} busy={isReading} onClick={() => setEnds(ends.slice(0, -1))}>Later</Button>
        <Button small busy={isReading} onClick={again}>Read again</Button>
      </div>
      {view}
    </div>
  );
}

function View({ trace }: { trace: Trace }) {
  const store = useMemo(() => {
    const made = createStore(trace);
    made.utc.value = false; // as everything else on the page
    return made;
  }, [trace]);
  return <TraceView trace={trace} store={store} theme={theme.value === "dark" ? 1 : 0} />;
}
