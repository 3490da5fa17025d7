// Transactions at the backend; one of them with charts of its meter values.
import { useEffect, useMemo, useState } from "preact/hooks";

import { request, type Schemas } from "../../api/request";
import { Button, Choice } from "../../components/button";
import { Chart, type Line, type Series } from "../../components/chart";
import { Chip } from "../../components/chip";
import { confirmed, Dialog } from "../../components/dialog";
import { Empty, Loading } from "../../components/empty";
import { Listing, type ListingColumn } from "../../components/listing";
import { tell, tellProblem } from "../../components/toast";
import { counted, dayAndClock, energy, since } from "../../format";
import { keepInAddress, linkTo, place } from "../../routes";

type Row = Schemas["TransactionAnswer"];
type Sample = Schemas["MeterSample"];

const STATUSES = [["", "All"], ["in_progress", "In progress"], ["completed", "Completed"], ["pending", "Pending"]] as const;
const PAGE_SIZE = 100;
const MOST_SAMPLES = 2_000;
const AGAIN_MS = 5_000;

export function Transactions() {
  const status = place.value.query.get("status") ?? "";
  const opened = place.value.query.get("transaction");
  const [version, setVersion] = useState(0);
  const columns: readonly ListingColumn<Row>[] = [
    { title: "Transaction", cell: (row) => <a href={linkTo("backend", null, { part: "transactions", status, transaction: row.id })}>{String(row.transactionId ?? row.id)}</a> },
    { title: "Charger", cell: (row) => <a href={linkTo("backend", row.chargeBoxId)}>{row.chargeBoxId}</a> },
    { title: "Status", cell: (row) => <Chip status={toneOf(row.status)} word={row.status.replace("_", " ")} /> },
    { title: "Id tag", cell: (row) => row.idTag ?? "" },
    { title: "Started", cell: (row) => dayAndClock(row.startTime) },
    { title: "Duration", isNumber: true, cell: (row) => durationOf(row) },
    { title: "Energy", isNumber: true, cell: (row) => energyOf(row) },
    { title: "Anomalies", cell: (row) => row.anomalies.length > 0 ? <span class="wrong-word">{row.anomalies.map((one) => one.kind).join(", ")}</span> : "" },
    {
      title: "",
      cell: (row) => row.status === "completed" ? "" : <div class="row"><Button small kind="danger" onClick={() => void stop(row, () => setVersion((before) => before + 1))}>Stop</Button></div>,
    },
  ];
  return (
    <section class="panel" aria-labelledby="transactions">
      <header>
        <h2 id="transactions">Transactions</h2>
        <Choice label="Status" options={STATUSES} value={status as (typeof STATUSES)[number][0]} onChoose={(next) => keepInAddress({ status: next || null })} />
      </header>
      <Listing<Row>
        label="Transactions" path="/api/v1/transactions" query={status ? { status } : {}} field="transactions" keyOf={(row) => row.id} columns={columns} version={version}
        empty={<Empty title="No transaction">Plug a vehicle in at a charger of the <a href={linkTo("yard")}>yard</a>, or start one remotely from a charger’s page.</Empty>}
      />
      {opened && <OneTransaction id={opened} onClose={() => keepInAddress({ transaction: null })} />}
    </section>
  );
}

function OneTransaction({ id, onClose }: { id: string; onClose: () => void }) {
  const [row, setRow] = useState<Row | null>(null);
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    const asked = { path: { transactionId: id }, signal: stop.signal };
    const look = async () => {
      try {
        setRow(await request("get", "/api/v1/transactions/{transactionId}", asked));
        setSamples(await samplesOf(asked));
      } catch (reason) {
        if (stop.signal.aborted) return;
        tellProblem(reason, "The transaction could not be read");
        onClose();
      }
    };
    void look();
    const looking = setInterval(() => void look(), AGAIN_MS);
    return () => {
      stop.abort();
      clearInterval(looking);
    };
  }, [id]);
  const charts = useMemo(() => chartsOf(samples), [samples]);
  return (
    <Dialog title={`Transaction ${String(row?.transactionId ?? "")}`} wide onClose={onClose}>
      {!row ? <Loading what="the transaction" /> : (
        <div class="stack">
          <dl class="facts">
            {factsOf(row).map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
          </dl>
          {row.anomalies.length > 0 && (
            <ul class="stack" aria-label="Anomalies">{row.anomalies.map((one) => <li key={one.kind}><strong>{one.kind}</strong> {one.detail}</li>)}</ul>
          )}
          {charts.map((chart) => (
            <figure key={chart.title}>
              <figcaption class="small">{chart.title}</figcaption>
              <Chart label={`${chart.title}: ${counted(chart.data[0].length, "sample")}`} lines={chart.lines} data={chart.data} />
            </figure>
          ))}
          {charts.length === 0 && <p class="quiet">No meter value has come yet.</p>}
        </div>
      )}
    </Dialog>
  );
}

/** All of its meter values, or the first MOST_SAMPLES. */
async function samplesOf(asked: { path: { transactionId: string }; signal: AbortSignal }): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let total = 1; samples.length < Math.min(total, MOST_SAMPLES);) {
    const query = { limit: PAGE_SIZE, offset: samples.length };
    const found = await request("get", "/api/v1/transactions/{transactionId}/meter-values", { ...asked, query });
    if (found.meterValues.length === 0) break;
    samples.push(...found.meterValues);
    total = found.pagination.total;
  }
  return samples;
}

function factsOf(row: Row): [string, string][] {
  const facts: [string, string | null][] = [
    ["Charger", row.chargeBoxId], ["Status", row.status.replace("_", " ")], ["Id tag", row.idTag], ["Started", dayAndClock(row.startTime)], ["Ended", dayAndClock(row.stopTime)],
    ["Reason", row.stopReason], ["Duration", durationOf(row)], ["Energy", energyOf(row)], ["OCPP", row.ocppVersion],
  ];
  return facts.filter((fact): fact is [string, string] => Boolean(fact[1]));
}

function durationOf(row: Row): string {
  return row.startTime ? since(row.startTime, row.stopTime ? Date.parse(row.stopTime) : Date.now()) : "";
}

/** The API has it in kWh. */
function energyOf(row: Row): string {
  return row.energyDelivered === null ? "" : energy(row.energyDelivered * 1000);
}

interface MeterChart {
  title: string;
  lines: readonly Line[];
  data: Series;
}

const COLOURS = ["--chart-1", "--chart-2", "--chart-3", "--chart-4"];

/** A chart for each measurand; a line for each phase, at most as many as there are colours. */
function chartsOf(samples: readonly Sample[]): MeterChart[] {
  const measurands = [...new Set(samples.filter((one) => typeof one.value === "number").map((one) => one.measurand))].sort();
  return measurands.map((measurand) => {
    const of = samples.filter((one) => one.measurand === measurand && typeof one.value === "number" && one.timestamp);
    const phases = [...new Set(of.map((one) => one.phase ?? ""))].slice(0, COLOURS.length);
    const moments = [...new Set(of.map((one) => Date.parse(one.timestamp!) / 1000))].sort((one, other) => one - other);
    const values = phases.map((phase) => {
      const at = new Map(of.filter((one) => (one.phase ?? "") === phase).map((one) => [Date.parse(one.timestamp!) / 1000, one.value as number]));
      return moments.map((moment) => at.get(moment) ?? null);
    });
    const unit = of[0]?.unit ?? "";
    const lines = phases.map((phase, number): Line => ({ label: phase || measurand, colour: COLOURS[number]!, unit, isFilled: phases.length === 1 }));
    return { title: unit ? `${measurand} (${unit})` : measurand, lines, data: [moments, ...values] };
  });
}

function toneOf(status: Row["status"]): string {
  return { pending: "Preparing", in_progress: "Charging", completed: "off" }[status];
}

async function stop(row: Row, after: () => void): Promise<void> {
  const isSure = await confirmed("Stop this transaction?", `${row.chargeBoxId} is asked to end it (RemoteStopTransaction or RequestStopTransaction).`, "Stop");
  if (!isSure) return;
  try {
    const answer = await request("post", "/api/v1/transactions/{transactionId}/stop", { path: { transactionId: row.id } });
    tell(`${row.chargeBoxId} answered: ${String((answer as { status?: unknown }).status)}`);
    after();
  } catch (reason) {
    tellProblem(reason);
  }
}
