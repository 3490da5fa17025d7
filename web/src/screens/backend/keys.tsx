// API keys: what each may do, when and from where it was last used.
import { useState } from "preact/hooks";

import { request, type Schemas } from "../../api/request";
import { Button } from "../../components/button";
import { confirmed } from "../../components/dialog";
import { Empty } from "../../components/empty";
import { FormDialog } from "../../components/form_dialog";
import { Listing, type ListingColumn } from "../../components/listing";
import { tellProblem } from "../../components/toast";
import { dayAndClock } from "../../format";
import { Once } from "./once";

type Row = Schemas["KeyAnswer"];

export function Keys() {
  const [isAsked, setAsked] = useState(false);
  const [made, setMade] = useState<string | null>(null);
  const [version, setVersion] = useState(0);
  const again = () => setVersion((before) => before + 1);
  const add = <Button kind="main" small onClick={() => setAsked(true)}>Make a key</Button>;
  const columns: readonly ListingColumn<Row>[] = [
    { title: "Name", cell: (row) => row.name },
    { title: "Begins with", cell: (row) => <code>{row.prefix}</code> },
    { title: "Scopes", cell: (row) => row.scopes.join(", ") },
    { title: "Addresses", cell: (row) => row.addresses.join(", ") || "any" },
    { title: "Last used", cell: (row) => row.lastUsed ? `${dayAndClock(row.lastUsed)}${row.lastUsedFrom ? `, from ${row.lastUsedFrom}` : ""}` : "never" },
    { title: "Uses", isNumber: true, cell: (row) => row.uses.toLocaleString("en") },
    { title: "Expires", cell: (row) => dayAndClock(row.expiresAt) || "never" },
    { title: "", cell: (row) => <div class="row"><Button small kind="danger" onClick={() => void revoke(row, again)}>Revoke</Button></div> },
  ];
  return (
    <section class="panel" aria-labelledby="keys">
      <header>
        <h2 id="keys">API keys</h2>
        {add}
      </header>
      <Listing<Row> label="API keys" path="/api/v1/auth/api-keys" field="apiKeys" keyOf={(row) => row.id} columns={columns} version={version} empty={<Empty title="No keys" actions={add} />} />
      {isAsked && (
        <FormDialog
          title="Make a key" operation="POST /api/v1/auth/api-keys" verb="Make" onClose={() => setAsked(false)}
          onSend={async (body) => {
            const answer = await request("post", "/api/v1/auth/api-keys", { body: body as Schemas["KeyBody"] });
            setAsked(false);
            setMade(answer.key);
            again();
          }}
        />
      )}
      {made && <Once title="The new key" text={made} onClose={() => setMade(null)}>Keep it where your program reads it.</Once>}
    </section>
  );
}

async function revoke(row: Row, after: () => void): Promise<void> {
  if (!(await confirmed(`Revoke “${row.name}”?`, "Whoever uses this key is refused from now on.", "Revoke"))) return;
  try {
    await request("delete", "/api/v1/auth/api-keys/{keyId}", { path: { keyId: row.id } });
    after();
  } catch (reason) {
    tellProblem(reason);
  }
}
