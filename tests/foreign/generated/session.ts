// A session through the client that openapi-typescript and openapi-fetch make: create a charger, plug in,
// charge, stop it from the backend, unplug, delete. Arguments: the server's URL, its key, the endpoint
// of chargers. Compiled with tsc --strict, so a field that the description lacks is an error.
import createClient from "openapi-fetch";
import type { components, paths } from "./voltyard";

const [url, key, chargers] = process.argv.slice(2) as [string, string, string];
const box = "TS-1";
const { GET, POST, DELETE } = createClient<paths>({
  baseUrl: url,
  headers: { Authorization: `Bearer ${key}` },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

async function of<T>(asked: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await asked;
  if (data === undefined) throw new Error(`${response.status}: ${JSON.stringify(error)}`);
  return data;
}

async function until<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  const end = Date.now() + 120_000;
  while (Date.now() < end) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resume) => setTimeout(resume, 100));
  }
  throw new Error(`not within 120 s: ${what}`);
}

type Status = components["schemas"]["ConnectorStateResponse"]["status"];

async function connector(wanted: Status): Promise<void> {
  await until(async () => {
    // 404 and 409 until its runtime runs.
    const { data } = await GET("/ocpp/chargers/{charger_id}/state", {
      params: { path: { charger_id: box } },
    });
    return data?.connectors.find((one) => one.status === wanted);
  }, wanted);
}

await of(POST("/api/v1/chargers", { body: { chargeBoxId: box } }));
await of(
  POST("/ocpp/chargers", {
    body: {
      identity: box,
      brand_slug: "abb",
      model_slug: "terra-184",
      connector_type: "CCS2",
      ocpp_version: "OCPP1.6",
      ws_url: chargers,
      vehicle: { battery_kwh: 77, soc: 20 },
    },
  }),
);
await connector("Available");

const target = { charger_id: box };
const event = { connector_id: 1 };
await of(POST("/ocpp/commands/plug-connector", { body: { target, event } }));
await of(POST("/ocpp/commands/swipe", { body: { target, event: { id_tag: "04A1B2C3" } } }));
await connector("Charging");

const transaction = await until(async () => {
  const query = { chargeBoxId: box, status: "active" as const };
  const { transactions } = await of(GET("/api/v1/transactions", { params: { query } }));
  return transactions[0];
}, "a transaction");
const path = { transactionId: transaction.id };
await of(POST("/api/v1/transactions/{transactionId}/stop", { params: { path } }));
await until(async () => {
  const { status } = await of(GET("/api/v1/transactions/{transactionId}", { params: { path } }));
  return status === "completed" ? status : undefined;
}, "its end");

await of(POST("/ocpp/commands/unplug-connector", { body: { target, event } }));
await connector("Available");
const gone = await DELETE("/ocpp/chargers/{charger_id}", { params: { path: target } });
if (gone.response.status !== 204) throw new Error(`${gone.response.status}`);
const removed = await of(
  DELETE("/api/v1/chargers/{chargeBoxId}", { params: { path: { chargeBoxId: box } } }),
);
console.log(`${removed.chargeBoxId} has charged`);
