// What can be done to a charger: each verb is one operation of the OpenAPI document.
import { operations, type FieldSchema } from "../api/operations";

export interface Verb {
  name: string;
  label: string;
  path: string;
  /** It happens at one connector; else to all of the charger. */
  isOfConnector: boolean;
  /** It takes one charger at a time; the others take many in one request. */
  takesOne: boolean;
  isDangerous: boolean;
  group: "vehicle" | "card" | "connector" | "faults" | "power and network" | "charger";
}

function verb(name: string, label: string, group: Verb["group"], options: Partial<Verb> = {}): Verb {
  return { name, label, group, path: `/ocpp/commands/${name}`, isOfConnector: true, takesOne: false, isDangerous: false, ...options };
}

const whole = { isOfConnector: false } as const;

function lifecycle(name: string, label: string, isDangerous = false): Verb {
  return verb(name, label, "charger", { path: `/ocpp/chargers/{charger_id}/${name}-charger`, isOfConnector: false, takesOne: true, isDangerous });
}

export const VERBS: readonly Verb[] = [
  verb("plug-connector", "Plug in", "vehicle"),
  verb("unplug-connector", "Unplug", "vehicle"),
  verb("ev-requests-energy", "Vehicle wants energy", "vehicle"),
  verb("ev-stops-energy", "Vehicle wants no more", "vehicle"),
  verb("pull-cable-at-ev", "Pull cable at the vehicle", "vehicle"),
  verb("swipe", "Swipe card", "card"),
  verb("start-session", "Start session", "card"),
  verb("stop-session", "Stop session", "card"),
  verb("power-update", "Set power", "connector"),
  verb("drift", "Let a value drift", "charger", whole),
  verb("external-limit", "Limit from outside", "charger", whole),
  verb("clear-external-limit", "Lift limit from outside", "charger", whole),
  verb("unlock-connector", "Unlock", "connector"),
  verb("emergency-stop", "Emergency stop", "connector", { isDangerous: true }),
  verb("inject-fault", "Inject fault", "faults", { takesOne: true, isDangerous: true }),
  verb("clear-fault", "Clear faults", "faults", { takesOne: true }),
  verb("power-cut", "Cut power", "power and network", { ...whole, isDangerous: true }),
  verb("power-restore", "Restore power", "power and network", whole),
  verb("network-drop", "Drop network", "power and network", { ...whole, isDangerous: true }),
  verb("network-restore", "Restore network", "power and network", whole),
  verb("clock-skew", "Skew clock", "power and network", whole),
  verb("reboot", "Reboot", "power and network", { ...whole, isDangerous: true }),
  lifecycle("start", "Start"),
  lifecycle("stop", "Stop", true),
  lifecycle("reset", "Reset", true),
];

export function verbNamed(name: string): Verb {
  const found = VERBS.find((one) => one.name === name);
  if (!found) throw new Error(`there is no verb ${name}`);
  return found;
}

const NO_FIELDS: FieldSchema = { type: "object", properties: {} };

/** The schema of its few parameters: the `event` of its body. */
export async function parametersOf(wanted: Verb): Promise<FieldSchema> {
  const operation = (await operations())[`POST ${wanted.path}`];
  return operation?.body?.properties?.event ?? NO_FIELDS;
}

export const OF_CONNECTOR = ["evse_id", "connector_id"] as const;

/** What few need, and no charger of OCPP 1.6 knows: Plug and Charge, and what a vehicle says by ISO 15118. */
export const OF_OCPP_2 = ["contract_chain", "emaid", "exi_action", "exi_request", "charging_needs", "id_token_type"] as const;

const EXAMPLE_CARD = "04A1B2C3";

/** What the form holds at first: a driver has no card to hand, so one is there. */
export function initialOf(verb: Verb, schema: FieldSchema): Record<string, unknown> {
  if (verb.name === "reboot") return { type: "Soft" };
  return schema.properties?.id_tag ? { id_tag: EXAMPLE_CARD } : {};
}
