// The form for a location and its chargers from a template.
import { useEffect, useState } from "preact/hooks";

import { request, type Schemas } from "../../api/request";
import { Loading } from "../../components/empty";
import { useOperation } from "../../components/form_dialog";
import { SchemaForm } from "../../components/schema_form";
import { tell, tellProblem } from "../../components/toast";
import { counted } from "../../format";
import { readLocations } from "../../live/locations";

type Template = Schemas["LocationTemplateResponse"];

export interface Furnished {
  name: string;
  locationId: string;
  jobId: string;
  chargers: number;
}

const EXAMPLE = { name: "My site", address: "1 Main Street", city: "Berlin", country: "DE", coordinates: { latitude: 52.52, longitude: 13.405 } };

export function LocationForm({ onMade }: { onMade: (furnished: Furnished) => void }) {
  const operation = useOperation("POST /ocpp/templates/locations/{slug}");
  const [templates, setTemplates] = useState<readonly Template[]>([]);
  const [slug, setSlug] = useState("");
  useEffect(() => {
    request("get", "/ocpp/templates/locations", { query: { limit: 100 } }).then(
      (answer) => { setTemplates(answer.data); setSlug((before) => before || (answer.data[0]?.slug ?? "")); },
      (reason) => tellProblem(reason, "The templates could not be read"),
    );
  }, []);
  const chosen = templates.find((one) => one.slug === slug);
  if (!operation?.body || !chosen) return <Loading what="the templates" />;
  return (
    <SchemaForm
      schema={operation.body} initial={{ ...EXAMPLE, country: chosen.country || EXAMPLE.country }} verb={`Make ${counted(chosen.chargers, "charger")}`}
      onSend={async (fields) => {
        const answer = await request("post", "/ocpp/templates/locations/{slug}", { path: { slug }, body: fields as Schemas["FurnishLocationBody"] });
        tell(`${String(fields.name)} is on its way`);
        onMade({ name: String(fields.name), locationId: answer.location_id, jobId: answer.job_id, chargers: chosen.chargers });
        void readLocations().catch(() => undefined);
      }}
    >
      <fieldset class="templates">
        <legend class="unseen">Template</legend>
        {templates.map((one) => (
          <label key={one.slug}>
            <input type="radio" name="template" value={one.slug} checked={one.slug === slug} onChange={() => setSlug(one.slug)} />
            <strong>{one.name}</strong>
            <span class="small">{counted(one.chargers, "charger")}: {one.charger_groups.map((group) => `${group.count} × ${group.connector_type} ${group.nominal_kw} kW`).join(", ")}</span>
            <span class="quiet tiny">{one.description}</span>
          </label>
        ))}
      </fieldset>
    </SchemaForm>
  );
}
