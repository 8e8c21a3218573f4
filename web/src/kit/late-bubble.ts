import { type RefObject, useRef, useState } from "react";

/** Where a bubble stands that has a file of its own. */
export interface Beside {
  triggerRef: RefObject<HTMLButtonElement | null>;
  isOpen: true;
  onOpenChange: (isOpen: boolean) => void;
}

/** The properties of a button and, while it is open, those of the bubble that is fetched when the button is pressed. */
export function useLateBubble() {
  const triggerRef = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const beside: Beside | undefined = isOpen ? { triggerRef, isOpen, onOpenChange: setOpen } : undefined;
  return {
    button: {
      ref: triggerRef,
      "aria-haspopup": "dialog" as const,
      "aria-expanded": isOpen,
      onPress: () => setOpen(true),
    },
    beside,
  };
}
