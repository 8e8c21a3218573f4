import { navigate, useHistoryState } from "wouter/use-browser-location";

interface Step {
  areDetailsOpen?: boolean;
}

/** Opens the details as a step of the history: where they are a screen of their own, a phone's Back leads out of them. */
export function useDetailsOpen(): [boolean, (isOpen: boolean) => void] {
  const isOpen = useHistoryState<Step | null>()?.areDetailsOpen === true;
  const setOpen = (next: boolean): void => {
    if (next === isOpen) return;
    if (isOpen) return history.back();
    const { pathname, search, hash } = location;
    navigate(`${pathname}${search}${hash}`, { state: { areDetailsOpen: true } satisfies Step });
  };
  return [isOpen, setOpen];
}
