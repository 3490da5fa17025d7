// What a failed request says: the gateway's {detail} and the backend's {error}, as one shape.

export class Problem extends Error {
  constructor(
    /** The HTTP status; 0 where the server did not answer. */
    readonly status: number,
    message: string,
    /** What to do about it, where that is known. */
    readonly hint: string | null = null,
    readonly code: string | null = null,
    /** What is wrong with single fields, by their name. */
    readonly fields: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

interface FieldError {
  field?: string;
  message?: string;
}

export async function problemOf(answer: Response): Promise<Problem> {
  const body = (await answer.json().catch(() => null)) as Record<string, unknown> | null;
  const error = (body?.error ?? null) as { code?: string; message?: string; hint?: string; details?: FieldError[] } | null;
  if (error?.message) {
    const { message, hint } = parted(error.message);
    const fields = fieldsOf(error.details);
    const told = Object.entries(fields).map(([name, why]) => `${name}: ${why}`).join("; ");
    return new Problem(answer.status, message, error.hint ?? hint ?? (told || null), error.code ?? null, fields);
  }
  const detail = body?.detail;
  if (typeof detail === "string") {
    const { message, hint } = parted(detail);
    return new Problem(answer.status, message, hint);
  }
  if (Array.isArray(detail)) {
    const fields = fieldsOf(detail as FieldError[]);
    const told = Object.entries(fields).map(([name, message]) => `${name}: ${message}`);
    return new Problem(answer.status, told.join("; ") || "the request is malformed", null, null, fields);
  }
  return new Problem(answer.status, `the server answered ${answer.status}`);
}

export function problemFrom(reason: unknown): Problem {
  if (reason instanceof Problem) return reason;
  if (reason instanceof TypeError) return new Problem(0, "the server does not answer", "See that it runs; the page tries again.");
  return new Problem(0, reason instanceof Error ? reason.message : String(reason));
}

function fieldsOf(details: FieldError[] | undefined): Record<string, string> {
  return Object.fromEntries((details ?? []).filter((one) => one.field).map((one) => [one.field!, one.message ?? ""]));
}

/** "it is wrong (do this)": errors have their hint in brackets at the end. */
function parted(text: string): { message: string; hint: string | null } {
  const found = /^(.*\S) \(([^()]+)\)$/s.exec(text);
  return found ? { message: found[1]!, hint: found[2]! } : { message: text, hint: null };
}
