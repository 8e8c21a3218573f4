import { keep, readKept } from "./storage";
import { createStore, type Store } from "./store";

/** A value that this browser keeps, the same in all of its tabs. */
export function keptStore<T extends string | number | boolean>(key: string, otherwise: T): Store<T> {
  const store = createStore<T>(readKept(key, otherwise));
  store.subscribe(() => void keep(key, store.get()));
  addEventListener("storage", (event) => event.key === key && store.set(readKept(key, otherwise)));
  return store;
}
