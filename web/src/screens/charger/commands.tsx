// The queue of commands, and those that had their result.
import { useEffect, useState } from "preact/hooks";

import { request, type Schemas } from "../../api/request";
import { Button } from "../../components/button";
import { Chip } from "../../components/chip";
import { Empty, Loading } from "../../components/empty";
import { tell, tellProblem } from "../../components/toast";
import { clock } from "../../format";

type Command = Schemas["CommandResponse"];

const EVERY_MS = 2_000;
const SHOWN = 50;
const WAITING = new Set(["queued", "pending"]);

export function Commands({ chargerId }: { chargerId: string }) {
  const [commands, setCommands] = useState<Command[] | null>(null);
  useEffect(() => {
    let isOver = false;
    const read = async () => {
      try {
        const answer = await request("get", "/ocpp/commands", { query: { charger_id: chargerId, limit: SHOWN } });
        if (!isOver) setCommands(answer.data);
      } catch (reason) {
        tellProblem(reason, "The commands could not be read");
      }
    };
    void read();
    const timer = setInterval(() => void read(), EVERY_MS);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [chargerId]);
  if (!commands) return <Loading what="the commands" />;
  if (commands.length === 0) return <Empty title="No commands yet">Each button above, and each request to <code>/ocpp/commands</code>, leaves one here with its result.</Empty>;
  return (
    <div class="scrolls body" tabIndex={0} role="region" aria-label="Commands">
      <table class="plain-table">
        <thead><tr><th scope="col">At</th><th scope="col">Command</th><th scope="col">Parameters</th><th scope="col">Status</th><th scope="col">Result</th></tr></thead>
        <tbody>
          {commands.map((command) => (
            <tr key={command.id}>
              <td class="nowrap quiet">{clock(command.created_at)}</td>
              <td class="nowrap">{command.event_type}</td>
              <td class="mono tiny">{brief(command.payload)}</td>
              <td class="nowrap">
                <Chip status={command.status} />{" "}
                {WAITING.has(command.status) && <Button small onClick={() => void cancel(command)}>Cancel</Button>}
              </td>
              <td class="small">{command.error ? <span class="problem">{command.error.message}</span> : <span class="mono tiny">{brief(command.result)}</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const BRIEF_CHARACTERS = 160;

function brief(value: object | null | undefined): string {
  if (!value || Object.keys(value).length === 0) return "";
  const text = Object.entries(value).map(([name, one]) => `${name}: ${typeof one === "string" ? one : JSON.stringify(one)}`).join(", ");
  return text.length > BRIEF_CHARACTERS ? `${text.slice(0, BRIEF_CHARACTERS)}…` : text;
}

async function cancel(command: Command): Promise<void> {
  try {
    await request("delete", "/ocpp/commands/{command_id}", { path: { command_id: command.id } });
    tell(`${command.event_type} is cancelled`);
  } catch (reason) {
    tellProblem(reason);
  }
}
