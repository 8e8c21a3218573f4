import type { ReactNode, Ref } from "react";
import { Button as AriaButton, type ButtonProps, Tooltip, TooltipTrigger } from "react-aria-components";
import style from "./button.module.css";

interface Look {
  /** `go`: the one primary action of a screen. */
  kind?: "go" | "quiet" | "plain" | "bad";
  isSmall?: boolean;
  /** The key that does the same, shown on the button. */
  hint?: string | undefined;
  ref?: Ref<HTMLButtonElement>;
  children: ReactNode;
}

export function Button({
  kind = "quiet",
  isSmall,
  hint,
  children,
  className,
  ...props
}: Omit<ButtonProps, "children" | "style"> & Look) {
  const classes = [style.button, style[kind], isSmall && style.small, typeof className === "string" && className];
  return (
    <AriaButton {...props} className={classes.filter(Boolean).join(" ")}>
      {children}
      {hint !== undefined && <kbd className={style.key}>{hint}</kbd>}
    </AriaButton>
  );
}

interface IconButtonProps extends Omit<ButtonProps, "children" | "aria-label" | "style"> {
  /** Its name, for the eye on hover and for screen readers. */
  label: string;
  hint?: string | undefined;
  ref?: Ref<HTMLButtonElement>;
  children: ReactNode;
}

export function IconButton({ label, hint, children, className, ...props }: IconButtonProps) {
  return (
    <TooltipTrigger delay={500} closeDelay={0}>
      <AriaButton
        {...props}
        aria-label={label}
        className={[style.icon, typeof className === "string" ? className : ""].filter(Boolean).join(" ")}
      >
        {children}
      </AriaButton>
      <Tooltip className={style.tip!} offset={6}>
        {label}
        {hint !== undefined && <kbd className={style.key}>{hint}</kbd>}
      </Tooltip>
    </TooltipTrigger>
  );
}
