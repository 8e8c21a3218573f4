/** Keeps what is typed while a field is on its way: its letters are no shortcuts, and none is lost. */
let stop: (() => string) | undefined;

export function typeAhead(): void {
  stop?.();
  let text = "";
  const listener = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.stopPropagation();
    if (event.key.length === 1) text += event.key;
  };
  addEventListener("keydown", listener, true);
  stop = () => {
    removeEventListener("keydown", listener, true);
    stop = undefined;
    return text;
  };
}

/** Returns the text typed since `typeAhead`. From now on the field has the keys. */
export const takeTyped = (): string => stop?.() ?? "";
