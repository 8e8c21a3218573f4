import type { ReactNode } from "react";
import { Checkbox as AriaCheckbox, type CheckboxProps } from "react-aria-components";
import { Check } from "lucide-react";
import style from "./field.module.css";

export function Checkbox({
  children,
  ...props
}: Omit<CheckboxProps, "children" | "style" | "className"> & { children: ReactNode }) {
  return (
    <AriaCheckbox {...props} className={style.check!}>
      <span className={style.box}>
        <Check size={12} strokeWidth={3} aria-hidden />
      </span>
      <span>{children}</span>
    </AriaCheckbox>
  );
}
