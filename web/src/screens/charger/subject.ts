// The charger that the screen is about: read at once, kept up to date by the samples of the stream,
// and read again where more than a reading has changed.
import { effect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";

import { problemFrom, type Problem } from "../../api/problem";
import { request, type Schemas } from "../../api/request";
import type { Charger } from "../../live/charger";
import { chargers, members } from "../../live/fleet";
import { Readings } from "./readings";

type State = Schemas["ChargerStateResponse"];

export interface Subject {
  charger: Schemas["ListedChargerResponse"];
  /** Null where no runtime runs. */
  state: State | null;
  readings: Readings;
  refresh: () => void;
}

const EVERY_MS = 1_000;
/** Rounds from one reading to the next, for what no sample tells: its queue, its firmware, why it is away. */
const SELDOM = 5;

export function useSubject(named: string): { subject: Subject | null; problem: Problem | null } {
  const [subject, setSubject] = useState<Subject | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const refresh = useRef<() => void>(() => undefined);
  useEffect(() => {
    const readings = new Readings();
    let id: string | null = null;
    let rounds = 0;
    let isReading = false;
    let isAskedAgain = false;
    let isOver = false;
    const read = async () => {
      if (isReading) {
        isAskedAgain = true;
        return;
      }
      isReading = true;
      isAskedAgain = false;
      try {
        const charger = await request("get", "/ocpp/chargers/{charger_id}", { path: { charger_id: named }, query: { include: "state" } });
        if (readings.isEmpty) await readings.readHistory(charger.id);
        if (isOver) return;
        id = charger.id;
        const state = charger.state ?? null;
        if (state) readings.add(state);
        setSubject({ charger, state, readings, refresh: () => refresh.current() });
        setProblem(null);
      } catch (reason) {
        if (!isOver) setProblem(problemFrom(reason));
      } finally {
        isReading = false;
        if (isAskedAgain && !isOver) void read();
      }
    };
    refresh.current = () => void read();
    void read();
    const timer = setInterval(() => {
      // One that the stream tells nothing of here is asked for each time.
      const isFollowed = id !== null && chargers.has(id);
      if (!document.hidden && rounds++ % (isFollowed ? SELDOM : 1) === 0) void read();
    }, EVERY_MS);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [named]);
  const id = subject?.charger.id;
  useEffect(() => {
    if (id === undefined) return undefined;
    let before: string | null = null;
    return effect(() => {
      void members.value;
      const known = chargers.get(id);
      if (!known) return;
      void known.changed.value;
      const now = conditionOf(known);
      if (before !== null && now !== before) refresh.current();
      else if (known.sampledAt !== null) setSubject((shown) => shown && sampled(shown, known, known.sampledAt!));
      before = now;
    });
  }, [id]);
  return { subject, problem };
}

/** All but the readings. */
function conditionOf(known: Charger): string {
  const connectors = known.connectors.map((one) => [one.status, one.transactionId, one.chargingState]);
  return JSON.stringify([known.provisioning, known.runs, known.connected, known.bootStatus, connectors]);
}

/** With the readings of the newest sample. */
function sampled(shown: Subject, known: Charger, at: string): Subject {
  if (!shown.state || Date.parse(at) <= Date.parse(shown.state.at)) return shown;
  const connectors = shown.state.connectors.map((one) => {
    const sample = known.connectors.find((other) => other.evseId === one.evse_id && other.connectorId === one.connector_id);
    if (!sample) return one;
    return { ...one, power_w: sample.powerW, current_a: sample.currentA ?? one.current_a, soc_percent: sample.soc, energy_wh: sample.energyWh, limit_w: sample.limitW };
  });
  const state: State = { ...shown.state, at, connectors };
  shown.readings.add(state);
  return { ...shown, state };
}
