import type { ReactNode } from "react";
import { Button } from "react-aria-components";
import { X } from "lucide-react";
import style from "./chip.module.css";

export type Tone = "plain" | "warn" | "bad" | "good" | "set";

export function Chip({ tone = "plain", children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span className={`${style.chip} ${style[tone]}`} data-tone={tone}>
      {children}
    </span>
  );
}

/** A chip that can be taken away. */
export function RemovableChip({
  label,
  onRemove,
  children,
}: {
  label: string;
  onRemove: () => void;
  children: ReactNode;
}) {
  return (
    <span className={`${style.chip} ${style.set} ${style.removable}`}>
      {children}
      <Button className={style.remove!} aria-label={label} onPress={onRemove}>
        <X size={11} />
      </Button>
    </span>
  );
}

export const addChipClass = `${style.chip} ${style.add}`;
