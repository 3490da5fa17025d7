// Webhooks, and what was delivered to each.
import { useState } from "preact/hooks";

import { request, type Schemas } from "../../api/request";
import { Button } from "../../components/button";
import { Chip } from "../../components/chip";
import { confirmed, Dialog } from "../../components/dialog";
import { Empty } from "../../components/empty";
import { FormDialog } from "../../components/form_dialog";
import { Listing, type ListingColumn } from "../../components/listing";
import { tell, tellProblem } from "../../components/toast";
import { dayAndClock } from "../../format";
import { Once } from "./once";

type Row = Schemas["WebhookAnswer"];
type Delivery = Schemas["DeliveryAnswer"];

export function Webhooks() {
  const [isAsked, setAsked] = useState(false);
  const [shown, setShown] = useState<Row | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const [version, setVersion] = useState(0);
  const again = () => setVersion((before) => before + 1);
  const add = <Button kind="main" small onClick={() => setAsked(true)}>Make a webhook</Button>;
  const columns: readonly ListingColumn<Row>[] = [
    { title: "URL", cell: (row) => <Button small kind="ghost" onClick={() => setShown(row)}>{row.url}</Button> },
    { title: "Status", cell: (row) => <Chip status={row.status === "active" ? "Accepted" : row.status === "paused" ? "Failed" : "off"} word={row.status} /> },
    { title: "Events", cell: (row) => row.events.join(", ") },
    { title: "Why paused", cell: (row) => row.pauseReason ?? "" },
    {
      title: "",
      cell: (row) => (
        <div class="row">
          {row.status !== "active" && <Button small onClick={() => void act(() => request("patch", "/api/v1/webhooks/{webhookId}", { path: { webhookId: row.id }, body: { enabled: true } }), again)}>Resume</Button>}
          <Button small onClick={() => void ping(row)}>Ping</Button>
          <Button small kind="danger" onClick={() => void remove(row, again)}>Delete</Button>
        </div>
      ),
    },
  ];
  return (
    <section class="panel" aria-labelledby="webhooks">
      <header>
        <h2 id="webhooks">Webhooks</h2>
        {add}
      </header>
      <Listing<Row>
        label="Webhooks" path="/api/v1/webhooks" field="webhooks" keyOf={(row) => row.id} columns={columns} version={version}
        empty={<Empty title="No webhooks" actions={add}>A webhook sends the events you choose to a URL of yours: signed, by POST, and again until they arrive.</Empty>}
      />
      {isAsked && (
        <FormDialog
          title="Make a webhook" operation="POST /api/v1/webhooks" verb="Make" onClose={() => setAsked(false)}
          onSend={async (body) => {
            const made = await request("post", "/api/v1/webhooks", { body: body as Schemas["WebhookBody"] });
            setAsked(false);
            setSecret(made.secret);
            again();
          }}
        />
      )}
      {secret && <Once title="The webhook's secret" text={secret} onClose={() => setSecret(null)}>Your receiver checks the signatures with it.</Once>}
      {shown && <Deliveries webhook={shown} onClose={() => setShown(null)} />}
    </section>
  );
}

function Deliveries({ webhook, onClose }: { webhook: Row; onClose: () => void }) {
  const [version, setVersion] = useState(0);
  const columns: readonly ListingColumn<Delivery>[] = [
    { title: "Event", cell: (row) => row.event },
    { title: "Status", cell: (row) => <Chip status={row.status} /> },
    { title: "HTTP", isNumber: true, cell: (row) => row.statusCode ?? "" },
    { title: "Attempts", isNumber: true, cell: (row) => row.attempts },
    { title: "At", cell: (row) => dayAndClock(row.lastAttemptAt ?? row.createdAt) },
    { title: "Why not", cell: (row) => row.error ?? "" },
    {
      title: "",
      cell: (row) => (
        <div class="row">
          <Button
            small
            onClick={() => void act(
              () => request("post", "/api/v1/webhooks/{webhookId}/resend", { path: { webhookId: webhook.id }, body: { eventId: row.eventId } }),
              () => { setVersion((before) => before + 1); tell(`${row.event} is sent again`); },
            )}
          >
            Resend
          </Button>
        </div>
      ),
    },
  ];
  return (
    <Dialog title={`Deliveries to ${webhook.url}`} wide onClose={onClose}>
      <Listing<Delivery>
        label="Deliveries" path="/api/v1/webhooks/{webhookId}/deliveries" pathParameters={{ webhookId: webhook.id }} field="deliveries" keyOf={(row) => row.id}
        columns={columns} version={version} empty={<Empty title="Nothing was delivered yet">An event of those it has chosen is sent at once. A ping tries the way.</Empty>}
      />
    </Dialog>
  );
}

async function ping(row: Row): Promise<void> {
  await act(async () => {
    const made = await request("post", "/api/v1/webhooks/{webhookId}/test", { path: { webhookId: row.id } });
    tell(made.status === "delivered" ? `${row.url} took the ping (HTTP ${made.statusCode})` : `The ping is ${made.status}: ${made.error ?? ""}`);
  });
}

async function remove(row: Row, after: () => void): Promise<void> {
  if (await confirmed("Delete this webhook?", `${row.url} is told of nothing any more.`, "Delete")) {
    await act(() => request("delete", "/api/v1/webhooks/{webhookId}", { path: { webhookId: row.id } }), after);
  }
}

async function act(work: () => Promise<unknown>, after: () => void = () => undefined): Promise<void> {
  try {
    await work();
    after();
  } catch (reason) {
    tellProblem(reason);
  }
}
