import type { ReactElement, ReactNode } from "react";
import { Menu as AriaMenu, MenuItem, MenuTrigger, Popover, type PopoverProps, Separator } from "react-aria-components";
import style from "./menu.module.css";

export interface MenuEntry {
  id: string;
  name: string;
  icon?: ReactNode;
  /** The key that does the same. */
  hint?: string | undefined;
  isBad?: boolean;
  /** A line above it. */
  begins?: boolean;
  run: () => void;
}

interface MenuProps {
  label: string;
  entries: readonly MenuEntry[];
  /** The button that opens it. */
  children: ReactElement;
  placement?: PopoverProps["placement"];
  isOpen?: boolean;
  onOpenChange?: (isOpen: boolean) => void;
}

export function Menu({ label, entries, children, placement = "bottom end", isOpen, onOpenChange }: MenuProps) {
  return (
    <MenuTrigger {...(isOpen !== undefined && { isOpen })} {...(onOpenChange && { onOpenChange })}>
      {children}
      <Popover className={style.popover} offset={4} placement={placement}>
        <AriaMenu
          aria-label={label}
          className={style.list}
          onAction={(key) => entries.find(({ id }) => id === key)?.run()}
        >
          {entries.flatMap(({ id, name, icon, hint, isBad, begins }) => [
            ...(begins ? [<Separator key={`before ${id}`} className={style.line} />] : []),
            <MenuItem key={id} id={id} textValue={name} className={`${style.item} ${isBad ? style.bad : ""}`}>
              {icon}
              <span className={style.name}>{name}</span>
              {hint !== undefined && <kbd className={style.hint}>{hint}</kbd>}
            </MenuItem>,
          ])}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}
