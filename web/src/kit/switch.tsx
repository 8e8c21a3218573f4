import type { ReactNode } from "react";
import { Switch as AriaSwitch, type SwitchProps } from "react-aria-components";
import style from "./field.module.css";

export function Switch({
  children,
  ...props
}: Omit<SwitchProps, "children" | "style" | "className"> & { children: ReactNode }) {
  return (
    <AriaSwitch {...props} className={style.switch!}>
      <span className={style.track} />
      <span>{children}</span>
    </AriaSwitch>
  );
}
