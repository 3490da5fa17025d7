// A dialog with the form of one operation of the OpenAPI document.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import { operations, type Operation } from "../api/operations";
import { Dialog } from "./dialog";
import { Loading } from "./empty";
import { SchemaForm } from "./schema_form";
import { tellProblem } from "./toast";

interface FormDialogProps {
  title: string;
  /** As "POST /api/v1/id-tags". */
  operation: string;
  verb: string;
  initial?: Record<string, unknown>;
  without?: readonly string[];
  onSend: (body: Record<string, unknown>) => Promise<void>;
  onClose: () => void;
  children?: ComponentChildren;
}

export function FormDialog({ title, operation, verb, initial = {}, without = [], onSend, onClose, children }: FormDialogProps) {
  const found = useOperation(operation, onClose);
  return (
    <Dialog title={title} onClose={onClose}>
      {found ? (
        <SchemaForm schema={found.body ?? { type: "object", properties: {} }} initial={initial} without={without} verb={verb} onSend={onSend}>{children}</SchemaForm>
      ) : <Loading what="the form" />}
    </Dialog>
  );
}

/** One operation, once the document is loaded. */
export function useOperation(name: string, onFailure: () => void = () => undefined): Operation | null {
  const [all, setAll] = useState<Record<string, Operation> | null>(null);
  useEffect(() => {
    operations().then(setAll, (reason) => { tellProblem(reason, "The forms could not be loaded"); onFailure(); });
  }, []);
  return all?.[name] ?? null;
}
