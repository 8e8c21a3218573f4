import { readKept, keep } from "./storage";
import { createStore } from "./store";

export type Theme = "system" | "light" | "dark";
export const THEMES: readonly Theme[] = ["system", "light", "dark"];

export const theme = createStore<Theme>(readKept<Theme>("theme", "system"));

function show(): void {
  const chosen = theme.get();
  document.documentElement.style.colorScheme = chosen === "system" ? "light dark" : chosen;
}
show();
theme.subscribe(() => {
  keep("theme", theme.get());
  show();
});
