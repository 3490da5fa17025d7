// Id tags: who may charge, and where.
import { useState } from "preact/hooks";

import { request, type Schemas } from "../../api/request";
import { Button } from "../../components/button";
import { Chip } from "../../components/chip";
import { confirmed } from "../../components/dialog";
import { Empty } from "../../components/empty";
import { FormDialog } from "../../components/form_dialog";
import { Listing, type ListingColumn } from "../../components/listing";
import { tell, tellProblem } from "../../components/toast";
import { dayAndClock } from "../../format";

type Row = Schemas["IdTagAnswer"];

export function IdTags() {
  const [isAsked, setAsked] = useState(false);
  const [version, setVersion] = useState(0);
  const again = () => setVersion((before) => before + 1);
  const add = <Button kind="main" small onClick={() => setAsked(true)}>Add an id tag</Button>;
  const columns: readonly ListingColumn<Row>[] = [
    { title: "Id tag", cell: (row) => <code>{row.idTag}</code> },
    { title: "Status", cell: (row) => <Chip status={row.status === "active" ? "Accepted" : "Rejected"} word={row.status} /> },
    { title: "Name", cell: (row) => row.name ?? "" },
    { title: "Type", cell: (row) => row.idTagType ?? "" },
    { title: "Parent", cell: (row) => row.parentIdTag ?? "" },
    { title: "Chargers", cell: (row) => row.chargeBoxIds?.join(", ") ?? "all" },
    { title: "Expires", cell: (row) => dayAndClock(row.expiryDate) || "never" },
    {
      title: "",
      cell: (row) => (
        <div class="row">
          <Button small onClick={() => void turn(row, again)}>{row.status === "active" ? "Block" : "Allow"}</Button>
          <Button small kind="danger" onClick={() => void remove(row, again)}>Delete</Button>
        </div>
      ),
    },
  ];
  return (
    <section class="panel" aria-labelledby="id-tags">
      <header>
        <h2 id="id-tags">Id tags</h2>
        {add}
      </header>
      <Listing<Row>
        label="Id tags" path="/api/v1/id-tags" field="idTags" keyOf={(row) => row.id} columns={columns} version={version}
        empty={<Empty title="No id tags" actions={add}>While there are none, every card may charge. From the first one on, cards that are not listed are refused; the setting <code>unknownIdTags</code> changes that.</Empty>}
      />
      {isAsked && (
        <FormDialog
          title="Add an id tag" operation="POST /api/v1/id-tags" verb="Add" onClose={() => setAsked(false)}
          onSend={async (body) => {
            await request("post", "/api/v1/id-tags", { body: body as Schemas["NewIdTagBody"] });
            setAsked(false);
            again();
            tell(`${String(body.idTag)} is added`);
          }}
        />
      )}
    </section>
  );
}

async function turn(row: Row, after: () => void): Promise<void> {
  try {
    await request("patch", "/api/v1/id-tags/{idTag}", { path: { idTag: row.idTag }, body: { status: row.status === "active" ? "blocked" : "active" } });
    after();
  } catch (reason) {
    tellProblem(reason);
  }
}

async function remove(row: Row, after: () => void): Promise<void> {
  if (!(await confirmed(`Delete ${row.idTag}?`, "Chargers that ask for it are answered as for an unknown tag.", "Delete"))) return;
  try {
    await request("delete", "/api/v1/id-tags/{idTag}", { path: { idTag: row.idTag } });
    after();
  } catch (reason) {
    tellProblem(reason);
  }
}
