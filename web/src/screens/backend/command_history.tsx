// The commands that a charger was given: the answer to each, and what became of it later.
import { useState } from "preact/hooks";

import type { Schemas } from "../../api/request";
import { Button } from "../../components/button";
import { Chip } from "../../components/chip";
import { Dialog } from "../../components/dialog";
import { Empty } from "../../components/empty";
import { Listing, type ListingColumn } from "../../components/listing";
import { dayAndClock } from "../../format";

type Row = Schemas["CommandAnswer"];

export function CommandHistory({ chargeBoxId, version }: { chargeBoxId: string; version: number }) {
  const [shown, setShown] = useState<Row | null>(null);
  const columns: readonly ListingColumn<Row>[] = [
    { title: "Asked", cell: (row) => dayAndClock(row.askedAt) },
    { title: "Command", cell: (row) => <Button small kind="ghost" onClick={() => setShown(row)}>{row.command}</Button> },
    { title: "Answer", cell: (row) => <Chip status={toneOf(row)} word={row.status} /> },
    { title: "Outcome", cell: (row) => row.isAwaited ? <span class="quiet">waits for {row.awaits ?? "it"}</span> : row.outcome ?? "" },
    { title: "Latency", isNumber: true, cell: (row) => row.latencyMs === null ? "" : `${Math.round(row.latencyMs)} ms` },
  ];
  return (
    <section class="panel" aria-labelledby="history">
      <header><h2 id="history">Commands so far</h2></header>
      <Listing<Row>
        label="Commands" path="/api/v1/chargers/{chargeBoxId}/commands" pathParameters={{ chargeBoxId }} field="commands" keyOf={(row) => row.id}
        columns={columns} version={version} empty={<Empty title="No command yet">Send one: its answer, and what the charger does later, are kept here.</Empty>}
      />
      {shown && (
        <Dialog title={shown.command} wide onClose={() => setShown(null)}>
          <div class="stack">
            <h3>Request</h3>
            <pre class="payload" tabIndex={0}>{JSON.stringify(shown.request, null, 2)}</pre>
            <h3>Answer {shown.errorCode && <span class="quiet">{shown.errorCode}</span>}</h3>
            <pre class="payload" tabIndex={0}>{JSON.stringify(shown.answer, null, 2)}</pre>
          </div>
        </Dialog>
      )}
    </section>
  );
}

function toneOf(row: Row): string {
  return row.succeeded === null ? "pending" : row.succeeded ? "Accepted" : "Rejected";
}
