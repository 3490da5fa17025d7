// A secret that is shown once, to be copied now.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";

export function Once({ title, text, onClose, children }: { title: string; text: string; onClose: () => void; children: ComponentChildren }) {
  const [isCopied, setCopied] = useState(false);
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="stack">
        <p>{children} It is not shown again.</p>
        <code class="secret">{text}</code>
        <div class="row end">
          <Button onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true), () => undefined)}>{isCopied ? "Copied" : "Copy"}</Button>
          <Button kind="main" onClick={onClose}>I have it</Button>
        </div>
      </div>
    </Dialog>
  );
}
