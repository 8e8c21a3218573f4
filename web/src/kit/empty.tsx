import type { ReactNode } from "react";
import style from "./empty.module.css";

interface EmptyProps {
  icon?: ReactNode;
  title: string;
  /** Says what would be here, and why it is not. */
  text?: ReactNode;
  /** The one next step. */
  action?: ReactNode;
}

export function Empty({ icon, title, text, action }: EmptyProps) {
  return (
    <div className={style.empty}>
      {icon}
      <h2>{title}</h2>
      {text !== undefined && <p>{text}</p>}
      {action}
    </div>
  );
}
