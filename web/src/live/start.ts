import type { Profile } from "../api/api.gen";
import { failureOf } from "../api/problems";
import { ApiProblem } from "../api/call";
import { loadSession } from "../api/session";
import { adoptChoices, areChoicesNew } from "./choices";
import { startInbox } from "./inbox";
import { startOutbox } from "./outbox";
import { putMessage, putNote, startThreads } from "./threads";

const PRESENCE_MS = 2000;

/** Begins everything that is live for this agent. Returns a function that ends it. */
export function startLive(profile: Profile): () => void {
  // An open socket makes the agent available, unless they have said otherwise.
  const presence = setTimeout(() => void loadSession().catch(() => undefined), PRESENCE_MS);
  // The list comes first, unless the device does not know how this agent works.
  const adopt = (): void => void adoptChoices(profile.id).catch(() => undefined);
  const choices = setTimeout(adopt, areChoicesNew(profile.id) ? 0 : PRESENCE_MS);
  const seesInbox = profile.permissions.includes("conversations.view");
  // Nobody is called in the first moments; what calls is fetched when the inbox is there.
  const notices = setTimeout(() => seesInbox && void beginNotices().catch(() => undefined), PRESENCE_MS);
  const beginNotices = async (): Promise<void> => {
    // Lost on the way, it waits for the next load of the page: nobody is interrupted for it.
    const { startNotices } = await import("./notices");
    const stop = await startNotices(profile);
    if (isOver) stop();
    else stops.push(stop);
  };
  let isOver = false;
  const stops = [
    () => (clearTimeout(presence), clearTimeout(choices), clearTimeout(notices)),
    startThreads(),
    // Without the right the live inbox is refused.
    seesInbox ? startInbox(profile) : () => undefined,
    startOutbox(profile.id, {
      onMessage: putMessage,
      onNote: (note) => putNote({ ...note, agent_name: note.agent_name ?? profile.full_name }),
      explain: (error) => ({
        code: error instanceof ApiProblem ? error.code : "unexpected_answer",
        text: failureOf(error).text,
        fields: failureOf(error).fields,
      }),
    }),
  ];
  return () => {
    isOver = true;
    for (const stop of stops) stop();
  };
}
