// The shell: navigation, the state of the connection, the form for the key, and one screen.
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { key } from "./api/key";
import { Confirmation } from "./components/dialog";
import { Empty, Loading } from "./components/empty";
import { tellProblem, Toasts } from "./components/toast";
import { KeyForm } from "./key_form";
import { connection } from "./live/connection";
import { keepFleet } from "./live/fleet";
import { linkTo, place } from "./routes";
import { SCREENS, type ScreenProps } from "./screens/screens";
import { theme, turnTheme } from "./theme";
import { Button } from "./components/button";

export function App() {
  const hasKey = key.value !== null;
  useEffect(() => {
    if (!hasKey) return undefined;
    const stop = new AbortController();
    void keepFleet(stop.signal);
    return () => stop.abort();
  }, [key.value]);
  return (
    <div class="shell">
      <a class="skip" href="#content" onClick={(event) => { event.preventDefault(); document.getElementById("content")?.focus(); }}>Skip to the content</a>
      <Bar hasKey={hasKey} />
      <main id="content" tabIndex={-1}>{hasKey ? <CurrentScreen /> : <KeyForm />}</main>
      <Toasts />
      <Confirmation />
    </div>
  );
}

function Bar({ hasKey }: { hasKey: boolean }) {
  return (
    <header class="bar">
      <a class="brand" href={linkTo("yard")}>
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="7" fill="#10252b" />
          <path d="M18.5 4 7 18.5h8L13 28l12-15.5h-8.5z" fill="#3ddc97" />
        </svg>
        Voltyard
      </a>
      {hasKey && (
        <nav aria-label="Screens">
          {Object.entries(SCREENS).filter(([, screen]) => screen.isListed).map(([name, screen]) => (
            <a key={name} href={linkTo(name)} aria-current={isWithin(name) ? "page" : undefined}>{screen.title}</a>
          ))}
        </nav>
      )}
      <div class="tools">
        {hasKey && <Liveness />}
        <a class="elsewhere" href="/docs">API</a>
        <Button kind="ghost" small aria-label={`Use the ${theme.value === "dark" ? "light" : "dark"} theme`} onClick={turnTheme}>
          {theme.value === "dark" ? "☀" : "☾"}
        </Button>
      </div>
    </header>
  );
}

/** A charger is within the yard. */
function isWithin(name: string): boolean {
  const { screen } = place.value;
  return screen === name || (name === "yard" && screen === "charger");
}

const WORDS = { connecting: "connecting", open: "live", lost: "connection lost, trying again" } as const;
const TONES = { connecting: "waiting", open: "", lost: "lost" } as const;

function Liveness() {
  return <span class={`live ${TONES[connection.value]}`} role="status">{WORDS[connection.value]}</span>;
}

const loaded = signal<Record<string, ComponentType<ScreenProps>>>({});

function CurrentScreen() {
  const { screen: name, subject, query } = place.value;
  const screen = SCREENS[name];
  const [failed, setFailed] = useState(false);
  const before = useRef<string | null>(null);
  useEffect(() => {
    document.title = screen ? `${subject ? `${subject} · ` : ""}${screen.title} · Voltyard` : "Voltyard";
    // Who navigates with the keyboard or a screen reader goes on at the new screen.
    const now = `${name}/${subject ?? ""}`;
    if (before.current !== null && before.current !== now) document.getElementById("content")?.focus({ preventScroll: true });
    before.current = now;
  }, [name, subject]);
  useEffect(() => {
    setFailed(false);
    if (!screen || loaded.value[name]) return;
    screen.load().then(
      (component) => { loaded.value = { ...loaded.value, [name]: component }; },
      (reason) => { setFailed(true); tellProblem(reason, "This screen could not be loaded"); },
    );
  }, [name]);
  if (!screen) return <Empty title={`There is no screen “${name}”`} actions={<a class="button" href={linkTo("yard")}>To the yard</a>} />;
  const Component = loaded.value[name];
  if (failed) return <Empty title="This screen could not be loaded" actions={<Button onClick={() => location.reload()}>Load the page again</Button>}>The server may have been renewed meanwhile.</Empty>;
  return Component ? <Component key={subject ?? ""} subject={subject} query={query} /> : <Loading what={screen.title} />;
}
