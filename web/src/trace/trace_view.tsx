// A trace: time line, frames, the frame chosen, and the state at the moment.
import { useMemo } from "preact/hooks";

import { FilterBar } from "./frames/filter_bar";
import { FrameDetail } from "./frames/frame_detail";
import { FrameList } from "./frames/frame_list";
import type { Trace } from "./model";
import { MomentTable } from "./moment_table";
import { createStore, type Store } from "./store";
import { Timeline } from "./timeline/timeline";

interface Props {
  trace: Trace;
  /** Counts changes of the theme: canvases are drawn anew. */
  theme?: number;
  /** Made by whoever has to know of it; else the view makes its own. */
  store?: Store;
}

export function TraceView({ trace, theme = 0, store }: Props) {
  const own = useMemo(() => store ?? createStore(trace), [store, trace]);
  return (
    <div class="t-view">
      <Timeline store={own} theme={theme} />
      <div class="t-below">
        <section class="panel t-frames" aria-label="List of frames">
          <FilterBar store={own} />
          <FrameList store={own} />
        </section>
        <section class="panel t-chosen" aria-label="Frame chosen">
          <FrameDetail store={own} />
        </section>
        <MomentTable store={own} />
      </div>
    </div>
  );
}
