// Chargers registered at the backend, simulated or real.
import { useState } from "preact/hooks";

import { request, type Schemas } from "../../api/request";
import { Button } from "../../components/button";
import { Chip } from "../../components/chip";
import { Empty } from "../../components/empty";
import { FormDialog } from "../../components/form_dialog";
import { Listing, type ListingColumn } from "../../components/listing";
import { tell } from "../../components/toast";
import { dayAndClock } from "../../format";
import { linkTo, place } from "../../routes";

type Row = Schemas["ChargerSummary"];

const COLUMNS: readonly ListingColumn<Row>[] = [
  { title: "Charger", cell: (row) => <a href={linkTo("backend", row.chargeBoxId)}>{row.chargeBoxId}</a> },
  { title: "Status", cell: (row) => <Chip status={row.isOnline ? "Accepted" : "offline"} word={row.status} /> },
  { title: "Name", cell: (row) => row.name ?? "" },
  { title: "Vendor and model", cell: (row) => [row.vendor, row.model].filter(Boolean).join(" ") },
  { title: "OCPP", cell: (row) => row.ocppVersion ?? "" },
  { title: "Location", cell: (row) => row.location ?? "" },
  { title: "Last Heartbeat", cell: (row) => dayAndClock(row.lastHeartbeat) },
];

export function RegisteredChargers() {
  const [isAsked, setAsked] = useState(place.value.query.has("register"));
  const [version, setVersion] = useState(0);
  const register = <Button kind="main" small onClick={() => setAsked(true)}>Register a charger</Button>;
  return (
    <section class="panel" aria-labelledby="registered">
      <header>
        <h2 id="registered">Registered chargers</h2>
        {register}
      </header>
      <Listing<Row>
        label="Registered chargers" path="/api/v1/chargers" field="chargers" keyOf={(row) => row.id} columns={COLUMNS} version={version}
        empty={
          <Empty title="No charger is registered" actions={register}>
            A charger that is not registered is refused. Register it by the identity that its URL ends in; who has knocked in vain is at the <a href={linkTo("doorbell")}>doorbell</a>.
          </Empty>
        }
      />
      {isAsked && (
        <FormDialog
          title="Register a charger" operation="POST /api/v1/chargers" verb="Register" initial={{ chargeBoxId: place.value.query.get("register") || undefined }}
          onClose={() => setAsked(false)}
          onSend={async (body) => {
            await request("post", "/api/v1/chargers", { body: body as Schemas["RegisterChargerBody"] });
            setAsked(false);
            setVersion((before) => before + 1);
            tell(`${String(body.chargeBoxId)} is registered and may connect`);
          }}
        />
      )}
    </section>
  );
}
