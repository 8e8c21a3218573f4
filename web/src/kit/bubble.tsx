import type { ReactNode } from "react";
import { Dialog as AriaDialog, Popover, type PopoverProps } from "react-aria-components";
import menu from "./menu.module.css";
import style from "./bubble.module.css";

interface BubbleProps extends Pick<PopoverProps, "triggerRef" | "isOpen" | "onOpenChange" | "placement"> {
  label: string;
  children: ReactNode;
}

/** A small dialog beside what it belongs to. Inside a `DialogTrigger` it needs no `triggerRef`. */
export function Bubble({ label, children, ...props }: BubbleProps) {
  return (
    <Popover {...props} className={`${menu.popover} ${style.popover}`} offset={6}>
      <AriaDialog aria-label={label} className={style.bubble}>
        {children}
      </AriaDialog>
    </Popover>
  );
}
