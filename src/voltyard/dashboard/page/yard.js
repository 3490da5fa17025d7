// The page is a client of the API like any other: it holds a key and asks once a second.

const REFRESH_MS = 1000;
const SHOWN_CHARGERS = 24;
const SHOWN_FRAMES = 40;

const TONES = {
  Available: "available", Preparing: "busy", Occupied: "busy", EVConnected: "busy", Idle: "busy", Charging: "charging",
  SuspendedEV: "waiting", SuspendedEVSE: "waiting", Finishing: "waiting", Reserved: "waiting",
  Unavailable: "off", Faulted: "broken",
};

const by = (id) => document.getElementById(id);
let key = keyFromAddress() ?? sessionStorage.getItem("voltyard-key");
let selected = null;

class Refused extends Error {}

function keyFromAddress() {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (given) {
    sessionStorage.setItem("voltyard-key", given);
    history.replaceState(null, "", location.pathname); // a key does not stay in the address bar
  }
  return given;
}

async function get(path) {
  const answer = await fetch(path, { headers: { Authorization: `Bearer ${key}` } });
  if (answer.status === 401 || answer.status === 403) throw new Refused();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}

async function refresh() {
  const list = await get(`/ocpp/chargers?limit=${SHOWN_CHARGERS}`);
  list.data.sort((one, other) => one.identity.localeCompare(other.identity));
  const states = await Promise.all(
    list.data.map((charger) => get(`/ocpp/chargers/${encodeURIComponent(charger.id)}/state`).catch(unknownUnlessRefused)),
  );
  if (!list.data.some((charger) => charger.id === selected)) selected = list.data[0]?.id ?? null;
  const [logs, ledger] = await Promise.all([
    selected ? get(`/ocpp/chargers/${encodeURIComponent(selected)}/logs?limit=${SHOWN_FRAMES}`) : { data: [] },
    get("/api/v1/transactions?limit=12"),
  ]);
  showChargers(list.data, states);
  showSummary(list, states);
  showWire(logs.data, list.data.find((charger) => charger.id === selected));
  showTransactions(ledger.transactions);
}

function unknownUnlessRefused(error) {
  if (error instanceof Refused) throw error;
  return null; // its runtime is stopped or on its way; the card says so
}

function showSummary(list, states) {
  const connectors = states.flatMap((state) => state?.connectors ?? []);
  const power = connectors.reduce((sum, connector) => sum + connector.power_w, 0);
  const up = states.filter((state) => state?.connected).length;
  const charging = connectors.filter((connector) => connector.transaction).length;
  by("summary").className = "";
  by("summary").textContent =
    `${list.total} ${list.total === 1 ? "charger" : "chargers"}, ${up} connected, ${charging} in transaction, ${(power / 1000).toFixed(1)} kW`;
}

function showChargers(chargers, states) {
  by("nobody").hidden = chargers.length > 0;
  const cards = new Map([...by("chargers").children].map((card) => [card.dataset.id, card]));
  chargers.forEach((charger, position) => {
    const card = cards.get(charger.id) ?? newCard(charger.id);
    cards.delete(charger.id);
    fillCard(card, charger, states[position]);
    if (by("chargers").children[position] !== card) by("chargers").insertBefore(card, by("chargers").children[position]);
  });
  for (const gone of cards.values()) gone.remove();
}

function newCard(id) {
  const card = by("charger").content.firstElementChild.cloneNode(true);
  card.dataset.id = id;
  const select = () => { selected = id; void round(); };
  card.addEventListener("click", select);
  card.addEventListener("keydown", (press) => { if (press.key === "Enter" || press.key === " ") select(); });
  return card;
}

function fillCard(card, charger, state) {
  card.setAttribute("aria-selected", String(charger.id === selected));
  card.querySelector("h3").textContent = charger.name ?? charger.identity;
  card.querySelector(".version").textContent = charger.ocpp_version ?? "";
  const identity = charger.name && charger.name !== charger.identity ? charger.identity : null;
  card.querySelector(".what").textContent = [identity, charger.vendor_name, charger.model].filter(Boolean).join(" · ");
  const connection = card.querySelector(".connection");
  connection.textContent = !state ? "stopped" : state.connected ? state.boot_status : "offline";
  connection.classList.toggle("up", Boolean(state?.connected) && state.boot_status === "Accepted");
  const rows = (state?.connectors ?? []).map(connectorRow);
  card.querySelector(".connectors").replaceChildren(...rows);
}

function connectorRow(connector) {
  const row = by("connector").content.firstElementChild.cloneNode(true);
  // Occupied is all that 2.x says of a connector; its transaction knows more.
  const status = connector.status === "Occupied" ? connector.transaction?.charging_state ?? "Occupied" : connector.status;
  row.style.setProperty("--tone", `var(--${TONES[status] ?? "off"})`);
  row.querySelector(".number").textContent = connector.evse_id;
  row.querySelector(".status").textContent = status;
  const charge = connector.soc_percent;
  row.querySelector(".reading").textContent =
    charge == null ? "" : `${(connector.power_w / 1000).toFixed(1)} kW  ${Math.round(charge)} %`;
  row.querySelector("meter").value = charge ?? 0;
  row.querySelector("meter").style.visibility = charge == null ? "hidden" : "visible";
  return row;
}

function showWire(frames, charger) {
  by("wire-of").textContent = charger?.identity ?? "";
  by("wire").replaceChildren(...frames.map((frame) => {
    const line = document.createElement("li");
    line.className = frame.direction;
    const moment = document.createElement("time");
    moment.textContent = frame.timestamp.slice(11, 19);
    const action = document.createElement("b");
    action.textContent = `${frame.direction === "cp_to_csms" ? "→" : "←"} ${frame.action}`;
    line.append(moment, action, frame.message ?? "");
    return line;
  }));
}

function showTransactions(transactions) {
  by("transactions").replaceChildren(...transactions.map((transaction) => {
    const row = document.createElement("tr");
    const cells = [
      [transaction.transactionId ?? transaction.id], [transaction.chargeBoxId], [transaction.idTag], [transaction.status],
      [transaction.energyDelivered?.toFixed(3), "number"], [transaction.durationMinutes, "number"], [transaction.stopReason],
    ];
    row.append(...cells.map(([text, kind]) => {
      const cell = document.createElement("td");
      cell.textContent = text ?? "";
      if (kind) cell.className = kind;
      return cell;
    }));
    return row;
  }));
}

function askForKey() {
  sessionStorage.removeItem("voltyard-key");
  key = null;
  by("door").hidden = false;
  by("yard").hidden = true;
  by("summary").textContent = "a key is needed";
}

let running = false;
async function round() {
  if (running || !key) return;
  running = true;
  try {
    await refresh();
  } catch (error) {
    if (error instanceof Refused) askForKey();
    else {
      by("summary").className = "lost";
      by("summary").textContent = "the server does not answer; still trying";
    }
  } finally {
    running = false;
  }
}

function open() {
  by("door").hidden = true;
  by("yard").hidden = false;
  void round();
}

by("door").addEventListener("submit", (submission) => {
  submission.preventDefault();
  key = by("key").value.trim();
  sessionStorage.setItem("voltyard-key", key);
  by("key").value = "";
  open();
});

if (key) open();
else askForKey();
setInterval(() => { if (!document.hidden) void round(); }, REFRESH_MS);
