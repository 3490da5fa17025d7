// Asks for the API key, and says what was wrong with the last one.
import { useState } from "preact/hooks";

import { refusal, takeKey } from "./api/key";
import { Button } from "./components/button";
import "./components/field.css";

export function KeyForm() {
  const [given, setGiven] = useState("");
  const wrong = refusal.value;
  return (
    <div class="door">
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault();
          if (given.trim()) takeKey(given.trim());
        }}
      >
        <h1>Open the yard</h1>
        <div class="field">
          <label for="key">API key</label>
          <input id="key" type="password" autocomplete="off" spellcheck={false} required autofocus value={given} aria-invalid={wrong ? true : undefined} aria-describedby={wrong ? "key-wrong" : "key-hint"} onInput={(event) => setGiven(event.currentTarget.value)} />
          {wrong && <p id="key-wrong" class="wrong" role="alert">This key was refused: {wrong}.</p>}
          <p id="key-hint" class="hint">The one in <code>VOLTYARD_TOKEN</code> where the server was started with it. Else it was made when the server first started, and is kept in its data folder: <code>data/token</code> unless told otherwise, <code>demo-data/token</code> for <code>make demo</code>.</p>
        </div>
        <Button kind="main" type="submit">Open</Button>
      </form>
      <p class="quiet small">Everything here can be done over REST as well: <a href="/docs">the API</a>, <a href="/openapi.json">OpenAPI</a>, <a href="/health">health</a>.</p>
    </div>
  );
}
