import type { Preferences, UpdatePreferences } from "../api/api.gen";
import { call } from "../api/call";
import { toastProblem } from "../api/problems";
import { shortcutsOn } from "../kit/actions";
import { keptStore } from "../kit/kept-store";
import { keep, readKept } from "../kit/storage";
import { createStore, type Store } from "../kit/store";
import { theme } from "../kit/theme";
import { locale, setLocale } from "../kit/words";

/** How an agent works. The server keeps it for every device; this one has a copy, so that it starts without asking. */

/** Whether Enter alone sends. */
export const entersSend = createStore(readKept("enter-sends", false));
entersSend.subscribe(() => void keep("enter-sends", entersSend.get()));

/** Whether a conversation counts as read only once it is answered. */
export const readsByAnswer = createStore(readKept("reads-by-answer", false));
readsByAnswer.subscribe(() => void keep("reads-by-answer", readsByAnswer.get()));

/** Occasions on which an agent is called, each in a way of its own: `off` not at all, `silent` without a sound. */
export const OCCASIONS = ["mine", "unassigned", "mention"] as const;
export type Occasion = (typeof OCCASIONS)[number];
export type Calling = Preferences["sound_mine"];
export const callings: Readonly<Record<Occasion, Store<Calling>>> = {
  mine: keptStore<Calling>("sound-mine", "clear"),
  unassigned: keptStore<Calling>("sound-unassigned", "soft"),
  mention: keptStore<Calling>("sound-mention", "clear"),
};

/** Whether the desktop shows notifications, once the browser allows them. */
export const wantsDesktop = keptStore<boolean>("desktop-notifications", true);

const COPY_OF = "choices-of";
/** Whether the copy is another agent's, or there is none. */
export const areChoicesNew = (agentId: string): boolean => readKept(COPY_OF, "") !== agentId;

/** An answer that was asked for before the agent chose here would take it back. */
let hasChosen = false;

/** Acts here at once. */
export function choose(choice: UpdatePreferences): void {
  hasChosen = true;
  apply(choice);
  call("PATCH /api/preferences", { body: choice }).catch(toastProblem);
}

function apply(chosen: UpdatePreferences): void {
  const { theme: colours, language, shortcuts, enter_sends, read_when, desktop_notifications } = chosen;
  if (colours !== undefined) theme.set(colours);
  if (language !== undefined && language !== "system" && language !== locale.get()) void setLocale(language);
  if (shortcuts !== undefined) shortcutsOn.set(shortcuts);
  if (enter_sends !== undefined) entersSend.set(enter_sends);
  if (read_when !== undefined) readsByAnswer.set(read_when === "answered");
  if (desktop_notifications !== undefined) wantsDesktop.set(desktop_notifications);
  for (const occasion of OCCASIONS) {
    const calling = chosen[`sound_${occasion}`];
    if (calling !== undefined) callings[occasion].set(calling);
  }
}

/** Fetches what the agent has chosen, on whichever device. Without an answer the copy stays. */
export async function adoptChoices(agentId: string): Promise<void> {
  const chosen = await call("GET /api/preferences");
  if (!hasChosen) apply(chosen);
  keep(COPY_OF, agentId);
}
