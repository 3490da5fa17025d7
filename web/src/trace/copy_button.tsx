// A button that copies a text.
import { useState } from "preact/hooks";

export function CopyButton({ text, what }: { text: string; what: string }) {
  const idle = `Copy ${what}`;
  const [said, say] = useState(idle);
  async function copy(): Promise<void> {
    say((await copied(text)) ? "Copied" : "Not allowed here");
    setTimeout(() => say(idle), 2000);
  }
  return <button type="button" class="button compact ghost" onClick={() => void copy()} aria-live="polite">{said}</button>;
}

/** A file may not have the clipboard's API; the older way needs a selection. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
