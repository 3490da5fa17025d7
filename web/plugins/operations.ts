// Gives the page the operations that it makes forms from, out of the OpenAPI document: all that
// change something under PREFIXES, their schemas without references and without null branches.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import type { Plugin } from "vite";

const MODULE = "virtual:operations";
const PREFIXES = [
  "/ocpp/commands/", "/ocpp/chargers", "/ocpp/templates/", "/api/v1/chargers", "/api/v1/transactions", "/api/v1/id-tags",
  "/api/v1/webhooks", "/api/v1/auth/api-keys",
];
const METHODS = ["post", "put", "patch", "delete"] as const;
const KEPT = [
  "type", "description", "enum", "default", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
  "minLength", "maxLength", "pattern", "format", "minItems", "maxItems",
];
const DEEPEST = 8;

type Node = Record<string, any>;

export function operations(path: string): Plugin {
  return {
    name: "operations",
    resolveId: (id) => (id === MODULE ? `\0${MODULE}` : undefined),
    load(id) {
      if (id !== `\0${MODULE}`) return undefined;
      const file = resolve(import.meta.dirname, "..", path);
      this.addWatchFile(file);
      const found = listed(JSON.parse(readFileSync(file, "utf8")) as Node);
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(found))});`;
    },
  };
}

function listed(document: Node): Node {
  const found: Node = {};
  for (const [path, methods] of Object.entries<Node>(document.paths)) {
    if (!PREFIXES.some((prefix) => path.startsWith(prefix))) continue;
    for (const method of METHODS) {
      const operation = methods[method] as Node | undefined;
      if (operation) found[`${method.toUpperCase()} ${path}`] = told(document, operation);
    }
  }
  return found;
}

function told(document: Node, operation: Node): Node {
  const body = operation.requestBody?.content?.["application/json"]?.schema as Node | undefined;
  return {
    summary: operation.summary,
    description: operation.description,
    query: (operation.parameters ?? [])
      .filter((parameter: Node) => parameter.in === "query")
      .map((parameter: Node) => ({
        name: parameter.name,
        required: parameter.required === true,
        schema: { ...plain(document, parameter.schema, 0), description: parameter.description },
      })),
    body: body ? plain(document, body, 0) : null,
  };
}

function plain(document: Node, schema: Node, depth: number): Node {
  if (schema.$ref) return plain(document, named(document, schema.$ref as string), depth);
  const branches = (schema.anyOf ?? schema.oneOf ?? (schema.allOf?.length === 1 ? schema.allOf : undefined)) as Node[] | undefined;
  const rest = branches?.filter((branch) => branch.type !== "null");
  if (rest?.length === 1) {
    const only = plain(document, rest[0]!, depth);
    return schema.description ? { ...only, description: schema.description } : only;
  }
  const kept: Node = Object.fromEntries(KEPT.filter((word) => schema[word] !== undefined && schema[word] !== null).map((word) => [word, schema[word]]));
  if (Array.isArray(kept.type)) kept.type = kept.type.find((word: string) => word !== "null");
  if (schema.const !== undefined) kept.enum = [schema.const];
  if (rest) kept.branches = depth > DEEPEST ? [] : rest.map((branch) => plain(document, branch, depth + 1));
  if (schema.properties && depth <= DEEPEST) {
    kept.properties = Object.fromEntries(
      Object.entries<Node>(schema.properties).map(([name, property]) => [name, plain(document, property, depth + 1)]),
    );
    kept.required = schema.required ?? [];
  }
  if (schema.items && depth <= DEEPEST) kept.items = plain(document, schema.items, depth + 1);
  return kept;
}

function named(document: Node, reference: string): Node {
  return document.components.schemas[reference.split("/").at(-1)!] as Node;
}
