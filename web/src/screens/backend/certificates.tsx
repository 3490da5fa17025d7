// Certificates that the backend has issued to chargers.
import { useState } from "preact/hooks";

import { request, type Schemas } from "../../api/request";
import { Button } from "../../components/button";
import { Chip } from "../../components/chip";
import { confirmed } from "../../components/dialog";
import { Empty } from "../../components/empty";
import { Listing, type ListingColumn } from "../../components/listing";
import { tellProblem } from "../../components/toast";
import { dayAndClock } from "../../format";
import { linkTo } from "../../routes";

type Row = Schemas["CertificateAnswer"];

export function Certificates() {
  const [version, setVersion] = useState(0);
  const columns: readonly ListingColumn<Row>[] = [
    { title: "Charger", cell: (row) => <a href={linkTo("backend", row.chargeBoxId)}>{row.chargeBoxId}</a> },
    { title: "Status", cell: (row) => <Chip status={row.status === "valid" ? "valid" : row.status === "revoked" ? "Rejected" : "expired"} word={row.status} /> },
    { title: "Common name", cell: (row) => row.commonName },
    { title: "Serial number", cell: (row) => <code>{row.serialNumber}</code> },
    { title: "Issued", cell: (row) => dayAndClock(row.issuedAt) },
    { title: "Valid until", cell: (row) => dayAndClock(row.notAfter) },
    { title: "", cell: (row) => row.status === "valid" ? <div class="row"><Button small kind="danger" onClick={() => void revoke(row, () => setVersion((before) => before + 1))}>Revoke</Button></div> : row.revocationReason ?? "" },
  ];
  return (
    <section class="panel" aria-labelledby="certificates">
      <header><h2 id="certificates">Certificates of chargers</h2></header>
      <Listing<Row>
        label="Certificates" path="/api/v1/certificates" field="certificates" keyOf={(row) => row.id} columns={columns} version={version}
        empty={<Empty title="No certificate was issued">A charger asks for one with SignCertificate; tell it to with the command “Have the charger send a message”.</Empty>}
      />
    </section>
  );
}

async function revoke(row: Row, after: () => void): Promise<void> {
  if (!(await confirmed(`Revoke the certificate of ${row.chargeBoxId}?`, "It opens the charger socket no more; a link that uses it is closed.", "Revoke"))) return;
  try {
    await request("post", "/api/v1/certificates/{certificateId}/revoke", { path: { certificateId: row.id }, body: {} });
    after();
  } catch (reason) {
    tellProblem(reason);
  }
}
