/**
 * Kills during writes of notes: each acknowledged note is once in its list, in the activity log and on the live stream.
 */
import { LiveSocket } from "../scripts/live-socket.ts";
import { call, callOk, createEnvironment, inParallel, pause } from "./support/environment.ts";
import { exactly, type Report } from "./support/report.ts";
import { conversationsOf } from "./support/traffic.ts";

export const name = "notes";

/** TRIAL_SMALL=1: a tenth of the load, for a busy machine. */
const TOTAL = process.env.TRIAL_SMALL ? 100 : 1000;
const KILL_AT = [TOTAL / 5, TOTAL / 2];
const CONVERSATIONS = 5;
const CONNECTIONS = 16;
const PATIENCE_MS = 60_000;

export async function run(report: Report): Promise<void> {
  const environment = await createEnvironment();
  try {
    const { url, token } = environment;
    const people = conversationsOf(CONVERSATIONS, 1, Date.now() - 60_000);
    await environment.deliver(people);
    const ids = people.map(({ from }) => environment.conversationId(from));
    const { body: me } = await callOk(`${url}/api/auth/me`, { token });
    const agentId = (me.agent ?? me).id as string;

    let [acknowledged, restarting] = [0, Promise.resolve()];
    const kills = [...KILL_AT];
    /** Retries with the same key until the call is answered. */
    const write = async (n: number): Promise<void> => {
      const content = `${n} @[Admin](${agentId})`;
      for (;;) {
        await restarting;
        const answer = await call(`${url}/api/conversations/${ids[n % CONVERSATIONS]}/notes`, {
          token,
          body: { content },
          headers: { "Idempotency-Key": `note-${n}` },
        }).catch(() => undefined);
        if (answer?.status === 201) break;
        await pause(50);
      }
      acknowledged++;
      if (acknowledged % 100 === 0) report.progress(`${acknowledged} notes`);
      if (kills.length > 0 && acknowledged >= kills[0]!) {
        kills.shift();
        restarting = environment.kill().then(() => environment.start());
      }
    };
    await inParallel(
      Array.from({ length: TOTAL }, (_, n) => n),
      CONNECTIONS,
      write,
    );
    await restarting;

    const listed: string[] = [];
    for (const id of ids) {
      for (let cursor: string | null = ""; cursor !== null;) {
        const { body } = await callOk(
          `${url}/api/conversations/${id}/notes?limit=100${cursor && `&cursor=${cursor}`}`,
          { token },
        );
        listed.push(...body.data.map((note: { id: string }) => note.id));
        cursor = body.next_cursor as string | null;
      }
    }
    exactly(report, `notes, of ${TOTAL}`, new Set(listed).size, TOTAL);
    exactly(report, "doubled", listed.length - new Set(listed).size, 0);

    const until = Date.now() + PATIENCE_MS;
    const logged = async (): Promise<string[]> => {
      const found: string[] = [];
      for (let cursor: string | null = ""; cursor !== null;) {
        const { body } = await callOk(
          `${url}/api/activity-logs?action=note.create&limit=100${cursor && `&cursor=${cursor}`}`,
          { token },
        );
        found.push(...body.data.map((row: { entity_id: string }) => row.entity_id));
        cursor = body.next_cursor as string | null;
      }
      return found;
    };
    let log = await logged();
    while (log.length < TOTAL && Date.now() < until) {
      await pause(500);
      log = await logged();
    }
    exactly(report, "their entries in the log", new Set(log).intersection(new Set(listed)).size, TOTAL);
    exactly(report, "doubled there", log.length - new Set(log).size, 0);

    // A socket that was away during the whole trial and resumes.
    const live = await LiveSocket.open(url, token, 0);
    const heard = (type: string): string[] =>
      live.arrivals
        .filter(({ frame }) => frame.type === type)
        .map(({ frame }) => (frame.data as { note: { id: string } }).note.id);
    while (heard("note.created").length < TOTAL && Date.now() < until) await pause(100);
    exactly(report, "frames of them on the stream", heard("note.created").length, TOTAL);
    exactly(report, "doubled there, too", TOTAL - new Set(heard("note.created")).size, 0);
    exactly(report, "mentions of the author", heard("note.mentioned").length, 0);
    live.close();
    exactly(report, "differences between objects and D1", (await environment.check(ids, 30)).differences.length, 0);
  } finally {
    await environment.close();
  }
}
