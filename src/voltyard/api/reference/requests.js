// Sends requests to this server, as their forms say, and shows the answers. The forms are made of
// /openapi.json when they are opened. The key is kept in this tab, in sessionStorage.
const KEY = "voltyard-key";
const LONGEST_SHOWN = 200_000; // characters of an answer; of a stream the newest stay

const keyField = document.getElementById("key");
keyField.value = sessionStorage.getItem(KEY) ?? "";
keyField.addEventListener("input", () => sessionStorage.setItem(KEY, keyField.value.trim()));

let described = null;
const description = () => (described ??= fetch("/openapi.json").then((answer) => answer.json()));

function made(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

function field(parameter) {
  const { schema = {} } = parameter;
  const shown = parameter.example ?? schema.example ?? schema.default ?? "";
  const input = made("input", {
    name: parameter.name,
    required: parameter.required === true,
    placeholder: schema.enum ? schema.enum.join(" | ") : String(shown),
    autocomplete: "off",
    spellcheck: false,
  });
  input.dataset.in = parameter.in;
  return made("label", {}, `${parameter.name} `, made("small", {}, parameter.in), input);
}

function form(operation) {
  const parameters = (operation.parameters ?? []).map(field);
  const fields = made("div", { className: "inputs" }, ...parameters);
  const content = operation.requestBody?.content ?? {};
  const [type] = Object.keys(content);
  if (type === "application/json") {
    const body = made("textarea", { name: "body", spellcheck: false });
    body.value = JSON.stringify(content[type].example ?? {}, null, 2);
    body.rows = Math.min(20, body.value.split("\n").length + 1);
    body.dataset.type = type;
    fields.append(made("label", { className: "body" }, "body", body));
  } else if (type !== undefined) {
    const file = made("input", { name: "body", type: "file" });
    file.dataset.type = type;
    fields.append(made("label", { className: "body" }, "body", file));
  }
  const send = made("button", { type: "submit" }, "Send");
  const stop = made("button", { type: "button", hidden: true }, "Stop");
  const answer = made("div", { className: "answer" });
  answer.setAttribute("aria-live", "polite");
  return made("form", {}, fields, send, " ", stop, answer);
}

function request(article, inputs) {
  let path = article.dataset.path;
  const query = new URLSearchParams();
  const headers = new Headers();
  const options = { method: article.dataset.method, headers, cache: "no-store" };
  for (const input of inputs) {
    if (input.name === "body") {
      const body = input.type === "file" ? input.files[0] : input.value.trim();
      if (!body) continue;
      options.body = body;
      headers.set("Content-Type", input.dataset.type);
    } else if (input.value !== "" && input.dataset.in === "path") {
      path = path.replace(`{${input.name}}`, encodeURIComponent(input.value));
    } else if (input.value !== "" && input.dataset.in === "query") {
      query.append(input.name, input.value);
    } else if (input.value !== "" && input.dataset.in === "header") {
      headers.set(input.name, input.value);
    }
  }
  if (keyField.value.trim()) headers.set("Authorization", `Bearer ${keyField.value.trim()}`);
  const text = query.toString();
  return [text ? `${path}?${text}` : path, options];
}

function pretty(text, type) {
  if (!type.includes("json") || type.includes("ndjson")) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

// A stream is shown while it comes; of what never ends, the newest stays.
async function read(response, show) {
  const decoder = new TextDecoder();
  let text = "";
  for (const reader = response.body?.getReader(); reader !== undefined; ) {
    const { done, value } = await reader.read();
    text += decoder.decode(value, { stream: !done });
    if (text.length > LONGEST_SHOWN) text = text.slice(-LONGEST_SHOWN);
    show(text);
    if (done) break;
  }
  return text;
}

async function send(article, inputs, stop, answer) {
  const [url, options] = request(article, inputs);
  const stopping = new AbortController();
  stop.onclick = () => stopping.abort();
  stop.hidden = false;
  const status = made("p", { className: "status" }, "...");
  const body = made("pre", { tabIndex: 0 }); // it scrolls, with the keyboard too
  answer.replaceChildren(status, body);
  const began = performance.now();
  try {
    const response = await fetch(url, { ...options, signal: stopping.signal });
    const took = `${Math.round(performance.now() - began)} ms`;
    status.textContent = `${response.status} ${response.statusText}, ${took}`;
    const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    body.before(
      made("details", {}, made("summary", {}, "headers"), made("pre", { tabIndex: 0 }, headers)),
    );
    const type = response.headers.get("Content-Type") ?? "";
    const text = await read(response, (so_far) => { body.textContent = so_far; });
    body.textContent = pretty(text, type);
  } catch (error) {
    status.textContent += stopping.signal.aborted ? " (stopped)" : ` ${error.message}`;
  } finally {
    stop.hidden = true;
  }
}

async function open(article, holder) {
  const { paths } = await description();
  const filled = form(paths[article.dataset.path][article.dataset.method.toLowerCase()]);
  const [, stop] = filled.querySelectorAll("button");
  filled.addEventListener("submit", (event) => {
    event.preventDefault();
    const inputs = filled.querySelectorAll("input, textarea");
    send(article, inputs, stop, filled.querySelector(".answer"));
  });
  holder.append(filled);
}

for (const article of document.querySelectorAll("article")) {
  const holder = made("details", { className: "send" }, made("summary", {}, "send a request"));
  holder.addEventListener("toggle", () => open(article, holder), { once: true });
  article.querySelector("pre.request").after(holder);
}
