// Requests to the REST API, typed by the OpenAPI document.
import type { components, paths } from "../../build/openapi";
import { forgetKey, key } from "./key";
import { Problem, problemFrom, problemOf } from "./problem";

export type Schemas = components["schemas"];

type Method = "get" | "post" | "put" | "patch" | "delete";
export type PathWith<M extends Method> = { [P in keyof paths]: paths[P][M] extends { responses: unknown } ? P : never }[keyof paths];
type Json<T> = T extends { content: { "application/json": infer J } } ? J : undefined;
type Answer<O> = O extends { responses: infer R } ? Json<R[Extract<keyof R, 200 | 201 | 202>]> : never;
type Part<O, Name extends "path" | "query"> = O extends { parameters: infer A } ? (Name extends keyof A ? NonNullable<A[Name]> : never) : never;
type Body<O> = O extends { requestBody?: infer B } ? Json<NonNullable<B>> : never;

export interface Asked<O> {
  path?: Part<O, "path">;
  query?: Part<O, "query">;
  body?: Body<O>;
  signal?: AbortSignal;
}

/** Asks for one of the operations in the OpenAPI document. Throws Problem. */
export function request<M extends Method, P extends PathWith<M>>(
  method: M,
  path: P,
  asked: Asked<paths[P][M]> = {},
): Promise<Answer<paths[P][M]>> {
  return send(method, path as string, asked as Untyped) as Promise<Answer<paths[P][M]>>;
}

export interface Untyped {
  path?: Record<string, string | number>;
  query?: Record<string, unknown>;
  body?: unknown;
  signal?: AbortSignal;
}

/** The same, for what a form made from the document has filled in. Throws Problem. */
export async function send(method: string, path: string, asked: Untyped = {}): Promise<unknown> {
  const answer = await ask(method, addressOf(path, asked), asked);
  if (answer.status === 204) return undefined;
  const type = answer.headers.get("content-type") ?? "";
  return type.startsWith("application/json") ? answer.json() : answer.text();
}

/** The answer as it comes: a stream, or a file. Throws Problem. */
export async function ask(method: string, address: string, asked: Untyped & { headers?: Record<string, string> } = {}): Promise<Response> {
  const used = key.value;
  const headers: Record<string, string> = { Authorization: `Bearer ${used ?? ""}`, ...asked.headers };
  const options: RequestInit = { method: method.toUpperCase(), headers };
  if (asked.signal) options.signal = asked.signal;
  if (asked.body !== undefined) {
    headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(asked.body);
  }
  let answer: Response;
  try {
    answer = await fetch(address, options);
  } catch (reason) {
    if (asked.signal?.aborted) throw reason;
    throw problemFrom(reason);
  }
  if (answer.ok) return answer;
  const problem = await problemOf(answer);
  if (answer.status === 401 && key.value === used) forgetKey(problem.message);
  throw problem;
}

export function addressOf(path: string, asked: Pick<Untyped, "path" | "query">): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = asked.path?.[name];
    if (value === undefined) throw new Problem(0, `the path needs ${name}`);
    return encodeURIComponent(String(value));
  });
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked.query ?? {})) {
    if (value === undefined || value === null || value === "") continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  const told = query.toString();
  return told ? `${filled}?${told}` : filled;
}
