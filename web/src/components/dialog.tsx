// A modal dialog; and `confirmed`, which asks before something is destroyed.
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

import { Button } from "./button";
import "./dialog.css";

export function Dialog({ title, onClose, children, wide = false }: { title: string; onClose: () => void; children: ComponentChildren; wide?: boolean }) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    box.current!.showModal();
  }, []);
  return (
    <dialog ref={box} class={wide ? "dialog wide" : "dialog"} aria-labelledby={id} onClose={onClose}>
      <header>
        <h2 id={id}>{title}</h2>
        <Button kind="ghost" small aria-label="Close" onClick={() => box.current!.close()}>✕</Button>
      </header>
      <div class="content">{children}</div>
    </dialog>
  );
}

interface Question {
  title: string;
  text: ComponentChildren;
  verb: string;
  answer: (isSure: boolean) => void;
}

const question = signal<Question | null>(null);

/** Asks; resolves to true where the user is sure. */
export function confirmed(title: string, text: ComponentChildren, verb: string): Promise<boolean> {
  question.value?.answer(false);
  return new Promise((resolve) => {
    question.value = {
      title, text, verb,
      answer: (isSure) => {
        question.value = null;
        resolve(isSure);
      },
    };
  });
}

/** Where `confirmed` asks; once, in the shell. */
export function Confirmation() {
  const asked = question.value;
  if (!asked) return null;
  return (
    <Dialog title={asked.title} onClose={() => asked.answer(false)}>
      <div class="stack">
        <div>{asked.text}</div>
        <div class="row end">
          <Button autofocus onClick={() => asked.answer(false)}>Cancel</Button>
          <Button kind="danger" class="sure" onClick={() => asked.answer(true)}>{asked.verb}</Button>
        </div>
      </div>
    </Dialog>
  );
}
