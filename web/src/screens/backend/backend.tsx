// The backend (CSMS): its chargers, transactions, id tags, webhooks, keys and certificates.
import type { ComponentType } from "preact";

import { Empty } from "../../components/empty";
import { Tabs } from "../../components/tabs";
import { linkTo } from "../../routes";
import type { ScreenProps } from "../screens";
import "./backend.css";
import { Certificates } from "./certificates";
import { RegisteredCharger } from "./registered_charger";
import { RegisteredChargers } from "./registered_chargers";
import { IdTags } from "./id_tags";
import { Keys } from "./keys";
import { Transactions } from "./transactions";
import { Webhooks } from "./webhooks";

const PARTS: Readonly<Record<string, { title: string; part: ComponentType }>> = {
  chargers: { title: "Chargers", part: RegisteredChargers },
  transactions: { title: "Transactions", part: Transactions },
  "id-tags": { title: "Id tags", part: IdTags },
  webhooks: { title: "Webhooks", part: Webhooks },
  keys: { title: "API keys", part: Keys },
  certificates: { title: "Certificates", part: Certificates },
};
const TABS = Object.entries(PARTS).map(([name, { title }]) => [name, title] as const);

/** The address of a part of this screen. */
export function partLink(name: string): string {
  return linkTo("backend", null, { part: name === "chargers" ? "" : name });
}

export function Backend({ subject, query }: ScreenProps) {
  const current = subject === null ? query.get("part") ?? "chargers" : "chargers";
  const Part = PARTS[current]?.part;
  return (
    <>
      <h1 class="unseen">Backend</h1>
      <Tabs label="Parts of the backend" tabs={TABS} current={current} hrefOf={partLink} />
      {subject !== null ? <RegisteredCharger chargeBoxId={subject} /> : Part ? <Part /> : (
        <Empty title={`The backend has no “${current}”`} actions={<a class="button" href={partLink("chargers")}>To its chargers</a>} />
      )}
    </>
  );
}
