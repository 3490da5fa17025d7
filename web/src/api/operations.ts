// The operations that forms are made from, out of the OpenAPI document (plugins/operations.ts).

/** A JSON schema without references: what a form needs of it. */
export interface FieldSchema {
  type?: "string" | "number" | "integer" | "boolean" | "object" | "array";
  description?: string;
  enum?: (string | number)[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
  properties?: Record<string, FieldSchema>;
  required?: string[];
  items?: FieldSchema;
  /** It may be any of these. */
  branches?: FieldSchema[];
}

export interface Operation {
  summary: string;
  description?: string;
  query: { name: string; required: boolean; schema: FieldSchema }[];
  body: FieldSchema | null;
}

let loaded: Promise<Record<string, Operation>> | undefined;

/** All of them, by "POST /ocpp/commands/swipe"; loaded once, when the first form is wanted. */
export function operations(): Promise<Record<string, Operation>> {
  loaded ??= import("virtual:operations").then((module) => module.default);
  return loaded;
}
