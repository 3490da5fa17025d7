// The charger's settings (configuration keys, variables), and a way to change them.
import { useEffect, useState } from "preact/hooks";

import { problemFrom } from "../../api/problem";
import { request } from "../../api/request";
import { Button } from "../../components/button";
import { Empty, Loading } from "../../components/empty";
import { tell, tellProblem } from "../../components/toast";
import type { Subject } from "./subject";

interface Setting {
  value?: string | null;
  readonly?: boolean;
}

export function Settings({ subject }: { subject: Subject }) {
  const [settings, setSettings] = useState<Record<string, Setting> | null>(null);
  const [absent, setAbsent] = useState<string | null>(null);
  const [search, setSearch] = useState("");
  const { id } = subject.charger;
  const version = subject.state?.settings_version ?? 0;
  useEffect(() => {
    request("get", "/ocpp/chargers/{charger_id}/configuration", { path: { charger_id: id } }).then(
      (answer) => { setSettings(answer.settings as Record<string, Setting>); setAbsent(null); },
      (reason) => setAbsent(problemFrom(reason).message),
    );
  }, [id, version]);
  if (absent) return <Empty title="Its settings cannot be read now">{absent}. They are there once it runs.</Empty>;
  if (!settings) return <Loading what="the settings" />;
  const found = Object.entries(settings).filter(([name, one]) => `${name} ${one.value ?? ""}`.toLowerCase().includes(search.toLowerCase()));
  return (
    <div class="body stack">
      <input type="search" aria-label="Search settings" placeholder="Name or value" value={search} onInput={(event) => setSearch(event.currentTarget.value)} />
      {found.length === 0 && <Empty title="No setting is like that" />}
      <ul class="settings">
        {found.map(([name, setting]) => <SettingRow key={name} name={name} setting={setting} chargerId={id} onDone={subject.refresh} />)}
      </ul>
    </div>
  );
}

function SettingRow({ name, setting, chargerId, onDone }: { name: string; setting: Setting; chargerId: string; onDone: () => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const now = setting.value ?? "";
  const save = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await request("post", "/ocpp/commands/configuration", { body: { target: { charger_id: chargerId }, event: { configuration: { [name]: typed ?? now } } } });
      tell(`${name} is ${typed ?? now}`);
      setTyped(null);
      onDone();
    } catch (reason) {
      tellProblem(reason, name);
    } finally {
      setBusy(false);
    }
  };
  return (
    <li>
      <span class="name">{name}</span>
      {setting.readonly ? <span class="mono small value">{now} <span class="quiet tiny">read only</span></span> : (
        <form class="row" onSubmit={(event) => void save(event)}>
          <input type="text" aria-label={name} class="mono" value={typed ?? now} onInput={(event) => setTyped(event.currentTarget.value)} />
          {typed !== null && typed !== now && <><Button small kind="main" type="submit" busy={busy}>Set</Button><Button small kind="ghost" onClick={() => setTyped(null)}>Undo</Button></>}
        </form>
      )}
    </li>
  );
}
