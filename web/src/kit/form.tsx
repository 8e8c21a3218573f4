import type { FormEvent, ReactNode } from "react";
import { Form as AriaForm } from "react-aria-components";
import { type Failure, FailureText } from "./failure";
import style from "./form.module.css";

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
