// A CSMS made of the package ocpp-rpc in its strict mode, which validates both ways against OCA's
// schemas. It keeps tags and stations that its HTTP API names, and what broke a schema:
//   PUT /stations/ID {password}, DELETE /stations/ID, PUT /tags/TAG {status, parentIdTag, expiryDate}
//   POST /stations/ID/ACTION {payload}    -> what the station answers
//   GET /failures                         -> {calls: {ACTION: count}, failures: [text]}
// It prints the ports of both doors, and ends with its stdin.
"use strict";
const http = require("node:http");
const { RPCServer, createRPCError } = require("ocpp-rpc");

const stations = new Map();
const tags = new Map();
const clients = new Map();
const calls = {};
const failures = [];
let transactions = 0;

const now = () => new Date().toISOString();
const info = (tag) => tags.get(tag) || { status: "Invalid" };
const info201 = ({ idToken }) => {
  const { status, parentIdTag, expiryDate } = info(idToken);
  return {
    status,
    ...(parentIdTag && { groupIdToken: { idToken: parentIdTag, type: "Central" } }),
    ...(expiryDate && { cacheExpiryDateTime: expiryDate }),
  };
};
const answers16 = {
  BootNotification: () => ({ status: "Accepted", interval: 300, currentTime: now() }),
  Heartbeat: () => ({ currentTime: now() }),
  Authorize: ({ idTag }) => ({ idTagInfo: info(idTag) }),
  StartTransaction: ({ idTag }) => ({ transactionId: ++transactions, idTagInfo: info(idTag) }),
  StopTransaction: () => ({}),
  StatusNotification: () => ({}),
  MeterValues: () => ({}),
  DataTransfer: () => ({ status: "UnknownVendorId" }),
  FirmwareStatusNotification: () => ({}),
  DiagnosticsStatusNotification: () => ({}),
  SecurityEventNotification: () => ({}),
  LogStatusNotification: () => ({}),
  SignedFirmwareStatusNotification: () => ({}),
};
const nothing = [
  "ClearedChargingLimit", "FirmwareStatusNotification", "LogStatusNotification", "MeterValues",
  "NotifyChargingLimit", "NotifyCustomerInformation", "NotifyDisplayMessages", "NotifyEvent",
  "NotifyMonitoringReport", "NotifyReport", "PublishFirmwareStatusNotification",
  "ReportChargingProfiles", "ReservationStatusUpdate", "SecurityEventNotification",
  "StatusNotification",
];
const answers201 = {
  ...Object.fromEntries(nothing.map((action) => [action, () => ({})])),
  BootNotification: answers16.BootNotification,
  Heartbeat: answers16.Heartbeat,
  DataTransfer: () => ({ status: "UnknownVendorId" }),
  Authorize: ({ idToken }) => ({ idTokenInfo: info201(idToken) }),
  TransactionEvent: ({ idToken }) => (idToken ? { idTokenInfo: info201(idToken) } : {}),
  SignCertificate: () => ({ status: "Rejected" }),
  GetCertificateStatus: () => ({ status: "Failed" }),
  Get15118EVCertificate: () => ({ status: "Failed", exiResponse: "" }),
  NotifyEVChargingNeeds: () => ({ status: "Rejected" }),
  NotifyEVChargingSchedule: () => ({ status: "Accepted" }),
};
const answers = { "ocpp1.6": answers16, "ocpp2.0.1": answers201 };

const server = new RPCServer({ protocols: Object.keys(answers), strictMode: true, callTimeoutMs: 60000 });
server.auth((accept, reject, { identity, password, protocols }) => {
  const wanted = stations.get(identity);
  if (wanted === undefined) reject(404, "unknown station");
  else if (wanted && (!password || password.toString() !== wanted)) reject(401);
  else accept({}, Object.keys(answers).find((protocol) => protocols.has(protocol)));
});
server.on("client", (client) => {
  clients.set(client.identity, client);
  client.on("strictValidationFailure", ({ error, method, params, result, outbound }) =>
    failures.push(JSON.stringify([outbound, method, params, result, error.details || String(error)])),
  );
  client.handle(({ method, params }) => {
    calls[method] = (calls[method] || 0) + 1;
    const known = answers[client.protocol];
    if (!(method in known)) {
      failures.push(`not implemented: ${method}`);
      throw createRPCError("NotImplemented");
    }
    return known[method](params);
  });
});

async function serve(method, [kind, name, action], body) {
  if (kind === "failures") {
    return { calls, failures };
  } else if (kind === "tags" && method === "PUT") {
    tags.set(name, body);
  } else if (kind === "stations" && method === "PUT") {
    stations.set(name, body.password || "");
  } else if (kind === "stations" && method === "DELETE") {
    stations.delete(name);
  } else if (kind === "stations" && method === "POST" && action) {
    return clients.get(name).call(action, body);
  } else {
    throw new Error("there is no such operation");
  }
  return {};
}

const api = http.createServer(async (request, response) => {
  let text = "";
  for await (const part of request) text += part;
  try {
    const path = request.url.split("/").slice(1).map(decodeURIComponent);
    const answer = await serve(request.method, path, text ? JSON.parse(text) : {});
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
  } catch (error) {
    response.writeHead(502, { "Content-Type": "text/plain" }).end(String(error));
  }
});

(async () => {
  const door = await server.listen(0, "127.0.0.1");
  await new Promise((resolve) => api.listen(0, "127.0.0.1", resolve));
  process.stdout.write(`${door.address().port} ${api.address().port}\n`);
  process.stdin.on("close", () => process.exit(0)).resume();
})();
