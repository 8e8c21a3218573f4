/**
 * Mails of many threads, shuffled and each twice, with kills between: every mail is once in its thread, as a threader
 * says that knows only which mail names which.
 */
import { type CustomerMail, composeMail } from "../simulators/mail/compose.ts";
import { CHANNELS, MAIL_ADDRESS, rawDelivery } from "./support/channels.ts";
import { callOk, createEnvironment, type Environment, inParallel, messagesOf, pause } from "./support/environment.ts";
import { exactly, type Report } from "./support/report.ts";
import { shuffled } from "./support/traffic.ts";

export const name = "mail-threads";

/** TRIAL_SMALL=1: a tenth of the load, for a busy machine. */
const [THREADS, EACH] = [process.env.TRIAL_SMALL ? 20 : 200, 50];
const [KILLS, CONNECTIONS] = [5, 16];
const MINUTE = 60_000;
/** Several people use each of them. */
const SUBJECTS = ["Invoice", "My order", "Question", "Rechnung Nr. 7", "Perihal pesanan"];

export async function run(report: Report): Promise<void> {
  const environment = await createEnvironment({ channel: CHANNELS.email });
  try {
    const mails = threads();
    const startedAt = Date.now();
    const killed = await delivered(environment, shuffled([...mails, ...mails], 1), report);
    const seconds = (Date.now() - startedAt) / 1000;
    report.figure("mails a second, with the kills", Math.round((2 * mails.length) / seconds), "to be known", true);
    exactly(report, "kills", killed, KILLS);

    const findings = await environment.check([], 120);
    exactly(report, "differences between objects and D1", findings.differences.length, 0);
    await environment.start();
    report.progress("comparing with the threader");
    const found = await conversations(environment);
    const of = new Map(found.flatMap((ids, n) => ids.map((id) => [id, n] as const)));
    exactly(report, "mails", found.flat().length, mails.length);
    exactly(report, "mails missing", mails.filter(({ messageId }) => !of.has(bare(messageId!))).length, 0);
    const expected = threaded(mails);
    exactly(report, "threads by the threader", expected.length, THREADS);
    exactly(report, "threads", found.length, expected.length);
    exactly(
      report,
      "threads that are divided",
      expected.filter((ids) => new Set(ids.map((id) => of.get(id))).size > 1).length,
      0,
    );
    const thread = new Map(expected.flatMap((ids, n) => ids.map((id) => [id, n] as const)));
    exactly(
      report,
      "threads that are mixed",
      found.filter((ids) => new Set(ids.map((id) => thread.get(id))).size > 1).length,
      0,
    );
  } finally {
    await environment.close();
  }
}

const bare = (id: string): string => id.replaceAll(/[<>]/g, "");

/** Threads as programs write them: each names its chain in another way, and two people write in turns. */
function threads(): CustomerMail[] {
  const startAt = Date.now() - 6 * 60 * MINUTE;
  return Array.from({ length: THREADS }, (_, t) => {
    const people = [`person${t}@customer.test`, `colleague${t}@office.test`];
    const ids: string[] = [];
    return Array.from({ length: EACH }, (__, n): CustomerMail => {
      const [from, other] = n % 3 === 2 ? people.toReversed() : people;
      // Some branch: an answer to an earlier mail than the last.
      const parent = n === 0 ? undefined : ids[t % 4 === 3 && n % 7 === 0 ? Math.floor(n / 2) : n - 1]!;
      const chain = ids.slice(0, n);
      const messageId = `<${t}.${n}.${crypto.randomUUID()}@${from!.split("@")[1]}>`;
      ids.push(messageId);
      const subject = `${SUBJECTS[t % SUBJECTS.length]!} ${Math.floor(t / 40)}`;
      return {
        from: from!,
        to: `${MAIL_ADDRESS}, ${other}`,
        subject: n === 0 ? subject : `${["Re", "RE", "AW", "Fwd"][n % 4]}: ${subject}`,
        text: `Mail ${n} of ${t}`,
        messageId,
        date: new Date(startAt + n * MINUTE).toUTCString(),
        ...(parent !== undefined && { inReplyTo: parent }),
        // The whole chain, its ends, or none.
        ...(parent !== undefined && t % 3 === 0 && { references: chain }),
        ...(parent !== undefined && t % 3 === 1 && { references: [...new Set([chain[0]!, ...chain.slice(-3)])] }),
      };
    });
  }).flat();
}

/** The threads by References and In-Reply-To alone: mails that name one another belong together. */
function threaded(mails: readonly CustomerMail[]): string[][] {
  const parents = new Map<string, string>();
  const rootOf = (id: string): string => {
    const parent = parents.get(id) ?? id;
    if (parent === id) return id;
    const root = rootOf(parent);
    parents.set(id, root);
    return root;
  };
  for (const { messageId, inReplyTo, references = [] } of mails)
    for (const id of [messageId!, ...references, ...(inReplyTo === undefined ? [] : [inReplyTo])])
      parents.set(rootOf(bare(id)), rootOf(bare(messageId!)));
  return [
    ...Map.groupBy(
      mails.map(({ messageId }) => bare(messageId!)),
      rootOf,
    ).values(),
  ];
}

/** Delivers all, each until it is answered 200. Returns the number of kills. */
async function delivered(environment: Environment, mails: readonly CustomerMail[], report: Report): Promise<number> {
  let [answered, killed, restarting] = [0, 0, Promise.resolve()];
  await inParallel(mails, CONNECTIONS, async (mail) => {
    const { raw } = composeMail(mail, Date.now());
    for (;;) {
      await restarting;
      if ((await environment.post(rawDelivery(raw))) === 200) break;
      await pause(50);
    }
    answered++;
    if (answered % 100 === 0) report.progress(`${answered} of ${mails.length}`);
    if (killed < KILLS && answered >= ((killed + 1) * mails.length) / (KILLS + 1)) {
      killed++;
      restarting = environment.kill().then(() => environment.start());
    }
  });
  await restarting;
  return killed;
}

/** The ids of the mails of each conversation. */
async function conversations(environment: Environment): Promise<string[][]> {
  const ids: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const path = `/api/conversations?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const { body } = await callOk(`${environment.url}${path}`, { token: environment.token });
    ids.push(...body.data.map(({ id }: { id: string }) => id));
    cursor = body.next_cursor;
  }
  const found: string[][] = [];
  await inParallel(ids, 8, async (id) => {
    found.push((await messagesOf(environment, id)).map((message) => message.external_id as string));
  });
  return found;
}
