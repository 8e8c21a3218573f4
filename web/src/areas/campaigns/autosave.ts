import { useEffect, useRef, useState } from "react";
import { failureOf } from "../../api/problems";
import type { Failure } from "../../kit/failure";

const PAUSE_MS = 600;

export interface Autosave<T> {
  value: T;
  set: (value: T) => void;
  /** Keeps what is not kept yet; throws what the API says. */
  flush: () => Promise<void>;
  state: "kept" | "writing" | "failed";
  failure: Failure | undefined;
}

/** A value that is kept while one writes, one call after the other, so that an earlier one never wins. */
export function useAutosave<T>(initial: T, keep: (value: T) => Promise<unknown>): Autosave<T> {
  const [value, setValue] = useState(initial);
  const [state, setState] = useState<Autosave<T>["state"]>("kept");
  const [failure, setFailure] = useState<Failure>();
  const latest = useRef({ value: initial, keep, isKept: true });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const chain = useRef<Promise<void>>(Promise.resolve());
  useEffect(() => void (latest.current.keep = keep));

  const write = async (): Promise<void> => {
    const now = latest.current;
    if (now.isKept) return;
    now.isKept = true;
    try {
      await now.keep(now.value);
      if (now.isKept) setState("kept");
      setFailure(undefined);
    } catch (error) {
      now.isKept = false;
      setState("failed");
      setFailure(failureOf(error));
      throw error;
    }
  };
  const flush = (): Promise<void> => {
    clearTimeout(timer.current);
    const next = chain.current.catch(() => undefined).then(write);
    chain.current = next;
    return next;
  };
  // Leaving the screen saves.
  useEffect(() => () => void flush().catch(() => undefined), []);
  return {
    value,
    set(next) {
      latest.current.value = next;
      latest.current.isKept = false;
      setValue(next);
      setState("writing");
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void flush().catch(() => undefined), PAUSE_MS);
    },
    flush,
    state,
    failure,
  };
}
