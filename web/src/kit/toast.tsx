import { X } from "lucide-react";
import { Button, IconButton } from "./button";
import { createStore, useStore } from "./store";
import style from "./toast.module.css";

interface Toast {
  id: number;
  text: string;
  tone: "plain" | "bad";
  /** One thing to press. */
  action?: { name: string; run: () => void } | undefined;
}

const toasts = createStore<readonly Toast[]>([]);
let last = 0;
const SECONDS = { plain: 6, bad: 12 };

/** Says something in passing. A message that a person must act on stands where it belongs instead. */
export function toast(text: string, tone: Toast["tone"] = "plain", action?: Toast["action"]): void {
  const id = ++last;
  toasts.update((all) => [...all.filter((one) => one.text !== text).slice(-2), { id, text, tone, action }]);
  setTimeout(() => dismiss(id), SECONDS[tone] * 1000);
}

const dismiss = (id: number): void => toasts.update((all) => all.filter((one) => one.id !== id));

export function Toasts({ closeLabel }: { closeLabel: string }) {
  const all = useStore(toasts);
  return (
    <div className={style.toasts} role="status" aria-live="polite">
      {all.map(({ id, text, tone, action }) => (
        <div key={id} className={`${style.toast} ${style[tone]}`}>
          <p>{text}</p>
          {action && (
            <Button kind="plain" isSmall className={style.action ?? ""} onPress={() => (dismiss(id), action.run())}>
              {action.name}
            </Button>
          )}
          <IconButton label={closeLabel} className={style.close ?? ""} onPress={() => dismiss(id)}>
            <X size={14} />
          </IconButton>
        </div>
      ))}
    </div>
  );
}
