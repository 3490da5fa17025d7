// The charger's display: the messages that its CSMS has set, those that it shows now first.
import { Chip } from "../../components/chip";
import { dayAndClock } from "../../format";
import type { Subject } from "./subject";

type Message = NonNullable<NonNullable<Subject["state"]>["display_messages"]>[number];

export function Display({ subject }: { subject: Subject }) {
  const messages = subject.state?.display_messages ?? [];
  if (messages.length === 0) return null;
  const ordered = [...messages].sort((one, other) => Number(other.is_shown) - Number(one.is_shown));
  return (
    <section class="panel" aria-label="Display">
      <header><h2>Display</h2></header>
      <ul class="body display">
        {ordered.map((message) => (
          <li key={message.id}>
            <Chip status={message.is_shown ? "Available" : "Unavailable"} word={message.is_shown ? "Shown" : "Waits"} />
            <span class={message.is_shown ? "" : "quiet"}>{message.content}</span>
            <small class="quiet">{when(message)}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The conditions under which it is shown, in a few words. */
function when(message: Message): string {
  return [
    `${message.id}`,
    message.priority,
    message.state,
    message.starts_at && `from ${dayAndClock(message.starts_at)}`,
    message.ends_at && `until ${dayAndClock(message.ends_at)}`,
    message.transaction_id && `in ${message.transaction_id}`,
  ].filter(Boolean).join(" · ");
}
