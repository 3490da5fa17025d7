// Parts of a screen of which one is shown, each a link of its own.
import "./tabs.css";

export function Tabs({ label, tabs, current, hrefOf }: { label: string; tabs: readonly (readonly [name: string, title: string])[]; current: string; hrefOf: (name: string) => string }) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(([name, title]) => <a key={name} href={hrefOf(name)} aria-current={name === current ? "page" : undefined}>{title}</a>)}
    </nav>
  );
}
