import type { FormEvent, ReactNode } from "react";
import { Form as AriaForm } from "react-aria-components";
import { CircleAlert } from "lucide-react";
import style from "./form.module.css";

/** What went wrong, in words. */
export interface Failure {
  text: string;
  /** By the name of the field. */
  fields: Record<string, string>;
  /** For support; shown small, to copy. */
  reference?: string | undefined;
}

interface FormProps {
  failure: Failure | undefined;
  onSubmit: () => void;
  children: ReactNode;
}

/** A form that shows the API's words: those of a field beside the field, the others above. */
export function Form({ failure, onSubmit, children }: FormProps) {
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <AriaForm className={style.form} onSubmit={submit} {...(failure && { validationErrors: failure.fields })}>
      {failure && <FailureText failure={failure} />}
      {children}
    </AriaForm>
  );
}

export function FailureText({ failure }: { failure: Failure }) {
  return (
    <p className={style.failure} role="alert">
      <CircleAlert size={16} aria-hidden />
      <span>
        {failure.text}
        {failure.reference && <small>{failure.reference}</small>}
      </span>
    </p>
  );
}
