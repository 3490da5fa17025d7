// A small form made from a schema of the OpenAPI document. What is left empty is not sent.
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";

import type { FieldSchema } from "../api/operations";
import { Problem, problemFrom } from "../api/problem";
import { Button } from "./button";
import "./field.css";

type Fields = Record<string, unknown>;

interface SchemaFormProps {
  schema: FieldSchema;
  /** What the fields hold at first. */
  initial?: Fields;
  /** Fields that are not asked for. */
  without?: readonly string[];
  /** Fields that few need: they are under "More". */
  folded?: readonly string[];
  /** Values to offer for a field of text, by its name. */
  suggestions?: Record<string, readonly (readonly [value: string, label: string])[]>;
  verb: string;
  isDangerous?: boolean;
  /** Sends it. What it throws is shown in the form, at the field where it belongs to one. */
  onSend: (value: Fields) => Promise<void>;
  children?: ComponentChildren;
}

export function SchemaForm({ schema, initial = {}, without = [], folded = [], suggestions = {}, verb, isDangerous = false, onSend, children }: SchemaFormProps) {
  const [value, setValue] = useState<Fields>(initial);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const asked = inOrder(schema).filter(([name]) => !without.includes(name));
  const known = new Set(asked.map(([name]) => name));

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await onSend(pruned(value));
    } catch (reason) {
      setProblem(problemFrom(reason));
    } finally {
      setBusy(false);
    }
  }

  const wrong = (name: string) => Object.entries(problem?.fields ?? {}).find(([field]) => field === name || field.endsWith(`.${name}`))?.[1];
  const isToldAbove = problem !== null && !Object.keys(problem.fields).some((field) => known.has(field.split(".").at(-1)!));
  const more = asked.filter(([name]) => folded.includes(name) && !schema.required?.includes(name));
  const shown = asked.filter((one) => !more.includes(one));
  const fieldOf = ([name, field]: [string, FieldSchema]) => (
    <SchemaField
      key={name}
      name={name}
      schema={field}
      isRequired={schema.required?.includes(name) ?? false}
      value={value[name]}
      wrong={wrong(name)}
      suggestions={suggestions[name]}
      onChange={(next) => setValue((before) => ({ ...before, [name]: next }))}
    />
  );
  return (
    <form class="stack" onSubmit={(event) => void submit(event)}>
      {children}
      {shown.length > 0 && <div class="fields">{shown.map(fieldOf)}</div>}
      {more.length > 0 && (
        <details open={more.some(([name]) => wrong(name) !== undefined)}>
          <summary>More</summary>
          <div class="fields">{more.map(fieldOf)}</div>
        </details>
      )}
      {isToldAbove && (
        <p role="alert" class="problem">
          {problem.message} {problem.hint && <span class="quiet">{problem.hint}</span>}
        </p>
      )}
      <div class="row end">
        <Button type="submit" kind={isDangerous ? "danger" : "main"} busy={busy}>{verb}</Button>
      </div>
    </form>
  );
}

/** What must be given first, then the plain fields, then those that take the most room. */
function inOrder(schema: FieldSchema): [string, FieldSchema][] {
  const rank = ([name, field]: [string, FieldSchema]) => {
    const shape = shapeOf(field);
    return (schema.required?.includes(name) ? 0 : 2) + (shape === "object" || shape === "json" ? 1 : 0);
  };
  return Object.entries(schema.properties ?? {}).sort((one, other) => rank(one) - rank(other));
}

interface SchemaFieldProps {
  name: string;
  schema: FieldSchema;
  isRequired: boolean;
  value: unknown;
  wrong?: string | undefined;
  suggestions?: readonly (readonly [string, string])[] | undefined;
  onChange: (value: unknown) => void;
}

export function SchemaField({ name, schema, isRequired, value, wrong, suggestions, onChange }: SchemaFieldProps) {
  const id = useId();
  const shape = shapeOf(schema);
  const described = [schema.description && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(" ") || undefined;
  const common = { id, name, required: isRequired, "aria-describedby": described, "aria-invalid": wrong ? true : undefined } as const;
  const label = words(name) + (isRequired ? " *" : "");
  const notes = (
    <>
      {schema.description && <p class="hint" id={`${id}-hint`}>{schema.description}</p>}
      {wrong && <p class="wrong" id={`${id}-wrong`}>{wrong}</p>}
    </>
  );
  if (shape === "boolean") {
    return (
      <div class="field">
        <label class="check" for={id}>
          <input type="checkbox" {...common} required={false} checked={value === undefined ? schema.default === true : value === true} onChange={(event) => onChange(event.currentTarget.checked)} />
          {words(name)}
        </label>
        {notes}
      </div>
    );
  }
  if (shape === "object" && schema.properties && Object.keys(schema.properties).length > 0) {
    const inner = (value ?? {}) as Fields;
    return (
      <fieldset class="field whole">
        <legend class="label">{label}</legend>
        <div class="fields">
          {Object.entries(schema.properties).map(([inside, field]) => (
            <SchemaField
              key={inside} name={inside} schema={field} isRequired={isRequired && (schema.required?.includes(inside) ?? false)}
              value={inner[inside]} onChange={(next) => onChange({ ...inner, [inside]: next })}
            />
          ))}
        </div>
        {notes}
      </fieldset>
    );
  }
  return (
    <div class={shape === "json" || shape === "object" ? "field whole" : "field"}>
      <label for={id}>{label}</label>
      {shape === "choice" ? (
        <select {...common} value={String(value ?? schema.default ?? "")} onChange={(event) => onChange(chosen(schema, event.currentTarget.value))}>
          {!(isRequired && schema.default !== undefined) && <option value="">{isRequired ? "choose…" : "left out"}</option>}
          {schema.enum!.map((one) => <option key={one} value={String(one)}>{String(one)}</option>)}
        </select>
      ) : shape === "number" ? (
        <input
          type="number" {...common} inputMode="decimal" step={schema.type === "integer" ? 1 : "any"} min={schema.minimum ?? schema.exclusiveMinimum} max={schema.maximum}
          value={value === undefined ? "" : String(value)} placeholder={placeholder(schema)}
          onInput={(event) => onChange(event.currentTarget.value === "" ? undefined : event.currentTarget.valueAsNumber)}
        />
      ) : shape === "text" ? (
        <>
          <input
            type="text" {...common} autocomplete="off" spellcheck={false} minLength={schema.minLength} maxLength={schema.maxLength} list={suggestions && `${id}-list`}
            value={typeof value === "string" ? value : ""} placeholder={placeholder(schema)}
            onInput={(event) => onChange(event.currentTarget.value || undefined)}
          />
          {suggestions && (
            <datalist id={`${id}-list`}>
              {suggestions.map(([one, told]) => <option key={one} value={one}>{told}</option>)}
            </datalist>
          )}
        </>
      ) : (
        <JsonField common={common} value={value} onChange={onChange} />
      )}
      {notes}
    </div>
  );
}

/** What no plain field can hold: a list or an object, as JSON. */
function JsonField({ common, value, onChange }: { common: object; value: unknown; onChange: (value: unknown) => void }) {
  const [text, setText] = useState(value === undefined ? "" : JSON.stringify(value, null, 2));
  return (
    <textarea
      {...common} rows={3} spellcheck={false} value={text} placeholder="as JSON"
      onInput={(event) => {
        const given = event.currentTarget.value;
        setText(given);
        const read = readJson(given);
        event.currentTarget.setCustomValidity(read.isGood ? "" : "This is not JSON yet.");
        if (read.isGood) onChange(read.value);
      }}
    />
  );
}

function readJson(text: string): { isGood: boolean; value?: unknown } {
  if (text.trim() === "") return { isGood: true, value: undefined };
  try {
    return { isGood: true, value: JSON.parse(text) as unknown };
  } catch {
    return { isGood: false };
  }
}

type Shape = "boolean" | "choice" | "number" | "text" | "object" | "json";

function shapeOf(schema: FieldSchema): Shape {
  if (schema.enum) return "choice";
  switch (schema.type) {
    case "boolean": return "boolean";
    case "integer":
    case "number": return "number";
    case "string": return "text";
    case "object": return schema.properties ? "object" : "json";
    default: return schema.branches?.some((branch) => branch.type === "string") ? "text" : "json";
  }
}

function chosen(schema: FieldSchema, text: string): unknown {
  return text === "" ? undefined : schema.enum!.find((one) => String(one) === text);
}

function placeholder(schema: FieldSchema): string {
  return schema.default === undefined || schema.default === null || schema.default === "" ? "" : String(schema.default);
}

const SPELLED: Readonly<Record<string, string>> = {
  csms: "CSMS", emaid: "eMAID", ev: "EV", evse: "EVSE", exi: "EXI", iccid: "ICCID", imsi: "IMSI", ocpp: "OCPP", soc: "SoC", tls: "TLS", url: "URL", ws: "WebSocket",
};

/** Units that end the name of a field. */
const UNITS: Readonly<Record<string, string>> = {
  a: "A", kw: "kW", kwh: "kWh", ms: "ms", percent: "%", s: "s", seconds: "s", v: "V", w: "W", wh: "Wh",
};

/** `recover_after_s` as "Recover after (s)"; `chargeBoxId` as "Charge box id"; `ws_url` as "WebSocket URL". */
export function words(name: string): string {
  const apart = name.replace(/_/g, " ").replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase().split(" ");
  const unit = apart.length > 1 ? UNITS[apart.at(-1)!] : undefined;
  const spelled = (unit ? apart.slice(0, -1) : apart).map((word) => SPELLED[word] ?? word).join(" ");
  return (spelled.startsWith("eMAID") ? spelled : spelled.charAt(0).toUpperCase() + spelled.slice(1)) + (unit ? ` (${unit})` : "");
}

/** Without what was left empty, at any depth. */
function pruned(value: Fields): Fields {
  const kept = Object.entries(value)
    .filter(([, one]) => one !== undefined && one !== "")
    .map(([name, one]) => [name, isPlainObject(one) ? pruned(one) : one] as const)
    .filter(([, one]) => !(isPlainObject(one) && Object.keys(one).length === 0));
  return Object.fromEntries(kept);
}

function isPlainObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
