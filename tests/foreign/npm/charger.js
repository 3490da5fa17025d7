// A 1.6 charger made of the package ocpp-rpc, driven by lines of JSON on stdin:
//   {"call": action, "payload": {...}}    -> {"result": {...}} or {"error": code}
//   {"script": {action: payload, ...}}    -> {"scripted": n}; how it answers from then on
//   {"asked": action}                     -> {"asked": [payload, ...]}
// It ends with its stdin. In strict mode ocpp-rpc validates both ways against OCA's schemas.
"use strict";
const readline = require("node:readline");
const { RPCClient, createRPCError } = require("ocpp-rpc");

const [endpoint, identity, password] = process.argv.slice(2);
const asked = [];
let script = {};

const client = new RPCClient({
  endpoint,
  identity,
  password: password || undefined,
  protocols: ["ocpp1.6"],
  strictMode: true,
  reconnect: false,
  callTimeoutMs: 10000,
});

client.handle(({ method, params }) => {
  asked.push([method, params]);
  if (!(method in script)) throw createRPCError("NotImplemented");
  return script[method];
});
client.on("strictValidationFailure", ({ error }) => {
  process.stderr.write(`strict: ${error && error.message}\n`);
});

function say(line) {
  process.stdout.write(JSON.stringify(line) + "\n");
}

async function serve(line) {
  const wish = JSON.parse(line);
  if (wish.script) {
    script = wish.script;
    say({ scripted: Object.keys(script).length });
  } else if (wish.asked) {
    say({ asked: asked.filter(([method]) => method === wish.asked).map(([, params]) => params) });
  } else {
    try {
      say({ result: await client.call(wish.call, wish.payload) });
    } catch (error) {
      say({ error: error.rpcErrorCode || String(error) });
    }
  }
}

client.connect().then(
  () => {
    say({ connected: client.protocol });
    const lines = readline.createInterface({ input: process.stdin });
    let turn = Promise.resolve();
    lines.on("line", (line) => {
      turn = turn.then(() => serve(line));
    });
    lines.on("close", () => turn.then(() => client.close()).then(() => process.exit(0)));
  },
  (error) => {
    say({ refused: error.code || String(error) });
    process.exit(1);
  },
);
