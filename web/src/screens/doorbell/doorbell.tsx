// Chargers that were refused at the backend's charger socket, and what to do about each.
import { useState } from "preact/hooks";

import { request, type Schemas } from "../../api/request";
import { Button } from "../../components/button";
import { confirmed } from "../../components/dialog";
import { Empty } from "../../components/empty";
import { Listing, type ListingColumn } from "../../components/listing";
import { words } from "../../components/schema_form";
import { tell, tellProblem } from "../../components/toast";
import { counted, dayAndClock, since } from "../../format";
import { linkTo } from "../../routes";
import "./doorbell.css";

type Row = Schemas["RefusalAnswer"];

/** Where registering the charger is what is missing. */
const UNREGISTERED = new Set<string>(["not_registered"]);

export function Doorbell() {
  const [version, setVersion] = useState(0);
  const again = () => setVersion((before) => before + 1);
  const columns: readonly ListingColumn<Row>[] = [
    { title: "Identity", cell: (row) => row.registered && row.identity ? <a href={linkTo("backend", row.identity)}>{row.identity}</a> : <strong>{row.identity ?? "none given"}</strong> },
    {
      title: "Why it was refused",
      cell: (row) => (
        <div class="why">
          <p class="reason">{words(row.reason)}</p>
          <p class="quiet">{beyond(words(row.reason), row.hint)}</p>
        </div>
      ),
    },
    { title: "From", cell: (row) => <code>{row.address}</code> },
    { title: "Offered", cell: (row) => row.offeredSubprotocols.join(", ") || "nothing" },
    { title: "Times", isNumber: true, cell: (row) => row.count.toLocaleString("en") },
    { title: "Last", cell: (row) => row.lastAt ? <time dateTime={row.lastAt} title={dayAndClock(row.lastAt)}>{since(row.lastAt)} ago</time> : "" },
    {
      title: "",
      cell: (row) => (
        <div class="row">
          {UNREGISTERED.has(row.reason) && row.identity && !row.registered && <Button small kind="main" onClick={() => void register(row.identity!, again)}>Register</Button>}
          <Button small onClick={() => void forget(row, again)}>Forget</Button>
        </div>
      ),
    },
  ];
  return (
    <>
      <h1 class="unseen">Doorbell</h1>
      <section class="panel" aria-labelledby="refused">
        <header>
          <h2 id="refused">Refused chargers</h2>
          <Button small onClick={() => void forgetAll(again)}>Forget all</Button>
        </header>
        <Listing<Row>
          label="Refused chargers" path="/api/v1/refusals" field="refusals" keyOf={(row) => row.id} columns={columns} version={version}
          empty={
            <Empty title="No charger was refused">
              When one dials the backend and is not let in, it is here within seconds: its identity, its address, the reason, and what to do.
            </Empty>
          }
        />
      </section>
    </>
  );
}

/** The hint without the reason, where it begins with that. */
function beyond(reason: string, hint: string): string {
  if (!hint.toLowerCase().startsWith(reason.toLowerCase())) return hint;
  return hint.slice(reason.length).replace(/^[:;,]\s*/, "");
}

async function register(identity: string, after: () => void): Promise<void> {
  try {
    await request("post", "/api/v1/chargers", { body: { chargeBoxId: identity } });
    tell(`${identity} is registered; it is let in when it dials again`);
    after();
  } catch (reason) {
    tellProblem(reason);
  }
}

async function forget(row: Row, after: () => void): Promise<void> {
  try {
    await request("delete", "/api/v1/refusals/{refusalId}", { path: { refusalId: row.id } });
    after();
  } catch (reason) {
    tellProblem(reason);
  }
}

async function forgetAll(after: () => void): Promise<void> {
  if (!(await confirmed("Forget all refusals?", "Who is refused again is listed again.", "Forget all"))) return;
  try {
    const { forgotten } = await request("delete", "/api/v1/refusals");
    tell(`${counted(forgotten, "refusal")} forgotten`);
    after();
  } catch (reason) {
    tellProblem(reason);
  }
}
