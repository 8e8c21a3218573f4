import { call } from "../api/call";
import { shortcutsOn } from "../kit/actions";
import { keep, readKept } from "../kit/storage";
import { createStore } from "../kit/store";
import { theme } from "../kit/theme";
import { locale, setLocale } from "../kit/words";

/** How an agent works, kept on the device. */

/** Whether Enter alone sends. */
export const entersSend = createStore(readKept("enter-sends", false));
entersSend.subscribe(() => void keep("enter-sends", entersSend.get()));

/** Whether a conversation counts as read only once it is answered. */
export const readsByAnswer = createStore(readKept("reads-by-answer", false));
readsByAnswer.subscribe(() => void keep("reads-by-answer", readsByAnswer.get()));

/** On a device that an agent uses for the first time, what they have chosen elsewhere applies. */
export async function adoptChoices(agentId: string): Promise<void> {
  const key = `choices-of:${agentId}`;
  if (readKept(key, false)) return;
  const chosen = await call("GET /api/preferences");
  if (chosen.theme !== "system") theme.set(chosen.theme);
  if (chosen.language !== "system" && chosen.language !== locale.get()) await setLocale(chosen.language);
  if (!chosen.shortcuts) shortcutsOn.set(false);
  if (chosen.read_when === "answered") readsByAnswer.set(true);
  keep(key, true);
}
