// Tables of figures of the whole run, such as latencies.
import { shown } from "../trace/text";
import type { PackedReport } from "./model";

export function Figures({ tables }: { tables: PackedReport["tables"] }) {
  return (
    <>
      {tables.map(([title, columns, rows], place) => (
        <section key={place} class="panel r-figures" tabIndex={0} aria-label={shown(title)}>
          <table>
            <caption>{shown(title)}</caption>
            <thead><tr>{columns.map((name, at) => <th key={at} scope="col">{shown(name)}</th>)}</tr></thead>
            <tbody>
              {rows.map((row, at) => <tr key={at}>{row.map((cell, n) => <td key={n}>{shown(cell)}</td>)}</tr>)}
            </tbody>
          </table>
        </section>
      ))}
    </>
  );
}
