// How far the chargers of a new location have come.
import { useEffect, useState } from "preact/hooks";

import { problemFrom } from "../../api/problem";
import { request, type Schemas } from "../../api/request";
import { Button } from "../../components/button";
import { tellProblem } from "../../components/toast";
import { counted } from "../../format";
import { linkTo } from "../../routes";
import type { Furnished } from "./location_form";

type Job = Schemas["LocationChargerBulkStatusResponse"];

interface Results {
  created_count?: number;
  failed?: { identity: string; error: string }[];
}

const AGAIN_MS = 1_000;

export function LocationProgress({ furnished }: { furnished: Furnished }) {
  const [job, setJob] = useState<Job | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const path = { location_id: furnished.locationId, job_id: furnished.jobId };
  useEffect(() => {
    const stop = new AbortController();
    let waits = 0;
    const look = async () => {
      try {
        const now = await request("get", "/ocpp/locations/{location_id}/chargers/jobs/{job_id}", { path, signal: stop.signal });
        setJob(now);
        setTrouble(null);
        if (isOver(now)) return;
      } catch (reason) {
        if (stop.signal.aborted) return;
        const problem = problemFrom(reason);
        setTrouble(problem.message);
        if (problem.status === 404) return;
      }
      if (!stop.signal.aborted) waits = setTimeout(() => void look(), AGAIN_MS);
    };
    void look();
    return () => {
      stop.abort();
      clearTimeout(waits);
    };
  }, [furnished.jobId]);
  const results: Results = job?.results ?? {};
  const made = results.created_count ?? 0;
  const failed = results.failed ?? [];
  return (
    <article class="stack">
      <h3><a href={linkTo("yard", null, { location: furnished.locationId })}>{furnished.name}</a></h3>
      <p class="small" role="status">{made} of {counted(furnished.chargers, "charger")} made{failed.length > 0 && `, ${failed.length} failed`}</p>
      <progress max={furnished.chargers} value={made} aria-label="Progress" />
      {failed.length > 0 && <ul class="small">{failed.slice(0, 10).map((one) => <li key={one.identity}><strong>{one.identity}</strong> {one.error}</li>)}</ul>}
      {(trouble ?? job?.error?.message) && <p class="problem">{trouble ?? job?.error?.message}</p>}
      {job && !isOver(job) && <div class="row end"><Button small kind="danger" onClick={() => void cancel(path)}>Stop making them</Button></div>}
    </article>
  );
}

function isOver(job: Job): boolean {
  return job.status === "READY" || job.status === "FAILED";
}

async function cancel(path: { location_id: string; job_id: string }): Promise<void> {
  try {
    await request("delete", "/ocpp/locations/{location_id}/chargers/jobs/{job_id}", { path });
  } catch (reason) {
    tellProblem(reason);
  }
}
