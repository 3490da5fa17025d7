// The form for a new charger: its model from the catalogue, its identity, and the CSMS it dials.
import { useEffect, useState } from "preact/hooks";

import type { FieldSchema } from "../../api/operations";
import { request, type Schemas } from "../../api/request";
import { Loading } from "../../components/empty";
import { useOperation } from "../../components/form_dialog";
import { SchemaForm } from "../../components/schema_form";
import { tell, tellProblem } from "../../components/toast";
import { chargers } from "../../live/fleet";
import { locationName, locations, readLocations } from "../../live/locations";

type Brand = Schemas["BrandResponse"];
type Model = Schemas["ModelResponse"];

/** Asked for at once; all the others are asked for under "All settings". */
const FIRST = ["identity", "charge_point_name", "ocpp_version", "ws_url"] as const;
const BY_CATALOGUE = ["brand_slug", "model_slug", "connector_type", "location_id", "location_name"];
const VERSIONS = [["OCPP1.6", "OCPP 1.6"], ["OCPP2.0.1", "OCPP 2.0.1"]] as const;
/** What the server takes where none is given. */
const DEFAULT_VERSION = "OCPP1.6";
const PAGE = 100;

export function ChargerForm({ onMade }: { onMade: (id: string) => void }) {
  const operation = useOperation("POST /ocpp/chargers");
  const [brands, setBrands] = useState<readonly Brand[]>([]);
  const [models, setModels] = useState<readonly Model[]>([]);
  const [brand, setBrand] = useState("");
  const [model, setModel] = useState("");
  const [connector, setConnector] = useState("");
  const [location, setLocation] = useState("");
  const [isAll, setAll] = useState(false);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    request("get", "/ocpp/catalog/brands", { query: { limit: PAGE } }).then((answer) => setBrands(answer.data), (reason) => tellProblem(reason, "The catalogue could not be read"));
    void readLocations().catch(() => undefined);
  }, []);
  useEffect(() => {
    setModel("");
    setModels([]);
    if (!brand) return undefined;
    const stop = new AbortController();
    request("get", "/ocpp/catalog/brands/{brand_slug}/models", { path: { brand_slug: brand }, query: { limit: PAGE }, signal: stop.signal }).then(
      (answer) => { setModels(answer.data); setModel(answer.data[0]?.slug ?? ""); },
      (reason) => { if (!stop.signal.aborted) tellProblem(reason); },
    );
    return () => stop.abort();
  }, [brand]);
  const chosen = models.find((one) => one.slug === model);
  const connectorTypes = chosen?.connector_types ?? [];
  if (!operation?.body) return <Loading what="the form" />;
  return (
    <SchemaForm
      key={`${turn} ${isAll}`} schema={formOf(operation.body, isAll)} initial={{ identity: nextIdentity() }} suggestions={{ ocpp_version: VERSIONS }} verb="Make the charger"
      onSend={async (fields) => {
        const given = { ...fields, ...pick({ brand_slug: brand, model_slug: model, connector_type: connector || (model ? connectorTypes[0] ?? "" : ""), location_id: location }) };
        const answer = await request("post", "/ocpp/chargers", { body: given as Schemas["CreateChargerBody"] });
        tell(`${answer.identity} is on its way`);
        onMade(answer.charger_id);
        setTurn((before) => before + 1);
      }}
    >
      <div class="fields">
        <Pick label="Brand" value={brand} onPick={setBrand} options={[["", "any (ABB Terra AC W22)"], ...brands.map((one) => [one.slug, one.name] as const)]} />
        {brand && <Pick label="Model" value={model} onPick={setModel} options={models.map((one) => [one.slug, modelName(one)] as const)} />}
        {connectorTypes.length > 1 && <Pick label="Connector" value={connector || connectorTypes[0]!} onPick={setConnector} options={connectorTypes.map((one) => [one, one] as const)} />}
        {locations.value.size > 0 && <Pick label="Location" value={location} onPick={setLocation} options={[["", "none"], ...[...locations.value.keys()].map((id) => [id, locationName(id) || id] as const)]} />}
      </div>
      <label class="check"><input type="checkbox" checked={isAll} onChange={(event) => setAll(event.currentTarget.checked)} /> All settings</label>
    </SchemaForm>
  );
}

function Pick({ label, value, options, onPick }: { label: string; value: string; options: readonly (readonly [string, string])[]; onPick: (value: string) => void }) {
  const id = `pick-${label.toLowerCase()}`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onPick(event.currentTarget.value)}>
        {options.map(([one, title]) => <option key={one} value={one}>{title}</option>)}
      </select>
    </div>
  );
}

function modelName(model: Model): string {
  const facts = [model.current_type, model.connector_types?.join(" or ")].filter(Boolean).join(", ");
  return facts ? `${model.name} (${facts})` : model.name;
}

function formOf(body: FieldSchema, isAll: boolean): FieldSchema {
  const properties = body.properties ?? {};
  const names = isAll ? [...FIRST, ...Object.keys(properties).filter((name) => !(FIRST as readonly string[]).includes(name))] : [...FIRST];
  const asked = names.filter((name) => properties[name] && !BY_CATALOGUE.includes(name));
  const shown: Record<string, FieldSchema> = { ...properties, ocpp_version: { ...properties.ocpp_version, default: DEFAULT_VERSION } };
  return { ...body, properties: Object.fromEntries(asked.map((name) => [name, shown[name]!])), required: (body.required ?? []).filter((name) => asked.includes(name)) };
}

function pick(fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));
}

/** The first "CP-n" that no charger of this organization has. */
function nextIdentity(): string {
  const taken = new Set([...chargers.values()].map((charger) => charger.identity));
  for (let number = 1; ; number++) if (!taken.has(`CP-${number}`)) return `CP-${number}`;
}
