// JSON as a tree that folds. Where a path breaks a rule, the way to it is open and marked.
import { shown } from "../text";

interface Props {
  name?: string;
  value: unknown;
  path: string;
  marked: readonly string[];
  depth: number;
}

const OPEN_DEPTH = 6;
const MOST = 200;

export function Payload({ name, value, path, marked, depth }: Props) {
  const key = name === undefined ? null : <span class="t-key">{shown(name)}: </span>;
  const wrong = marked.includes(path);
  if (typeof value !== "object" || value === null) {
    return <div class={wrong ? "t-wrong" : ""}>{key}<span class={`t-${value === null ? "null" : typeof value}`}>{shown(JSON.stringify(value) ?? "")}</span></div>;
  }
  const list = Array.isArray(value);
  const entries: [string, unknown][] = list ? value.map((one, index) => [String(index), one]) : Object.entries(value);
  const [left, right] = list ? ["[", "]"] : ["{", "}"];
  if (!entries.length) return <div class={wrong ? "t-wrong" : ""}>{key}{left}{right}</div>;
  const leads = marked.some((one) => one.startsWith(path));
  return (
    <details class={wrong ? "t-wrong" : ""} open={depth < OPEN_DEPTH || leads}>
      <summary>{key}{left}<span class="t-folded"> {entries.length} {right}</span></summary>
      <div class="t-inner">
        {entries.slice(0, MOST).map(([inner, one]) => (
          <Payload
            key={inner}
            {...(list ? {} : { name: inner })}
            value={one}
            path={list ? `${path}[${inner}]` : `${path}.${inner}`}
            marked={marked}
            depth={depth + 1}
          />
        ))}
        {entries.length > MOST && <div class="quiet">and {entries.length - MOST} more; copy the frame to see them</div>}
      </div>
      <div>{right}</div>
    </details>
  );
}
