import { CircleAlert } from "lucide-react";
import style from "./form.module.css";

/** An error in words. */
export interface Failure {
  text: string;
  /** By the name of the field. */
  fields: Record<string, string>;
  /** For support; shown small, to copy. */
  reference?: string | undefined;
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
