// What is said where there is nothing: why, and what to do next.
import type { ComponentChildren } from "preact";

import "./empty.css";

export function Empty({ title, children, actions }: { title: string; children?: ComponentChildren; actions?: ComponentChildren }) {
  return (
    <div class="empty">
      <svg viewBox="0 0 48 32" width="48" height="32" aria-hidden="true">
        <path d="M2 24h12c8 0 4-16 12-16h6" fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" />
        <rect x="32" y="3" width="10" height="10" rx="2.5" fill="none" stroke="currentColor" stroke-width="2.5" />
        <path d="M42 6h4M42 10h4" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" />
      </svg>
      <p class="title">{title}</p>
      {children && <div class="quiet">{children}</div>}
      {actions && <div class="row">{actions}</div>}
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return <p class="loading quiet" role="status">Reading {what}…</p>;
}
