/** Mails of 25 MB: they are taken whole, and the runtime does not hold them. */
import { createHash, randomBytes } from "node:crypto";
import { composeMail } from "../simulators/mail/compose.ts";
import { CHANNELS, MAIL_ADDRESS, rawDelivery } from "./support/channels.ts";
import { createEnvironment, type Environment, messagesOf, pause } from "./support/environment.ts";
import { exactly, type Report } from "./support/report.ts";

export const name = "large-mail";

const MB = 1e6;
/** In base64 with its line breaks it fills a mail of 25 MB (26,214,400 bytes). */
const FILE_BYTES = 19_000_000;
/** Longer than providers wait, since the disk and the cores of a test machine are shared. */
const TIMEOUT_MS = 120_000;

export async function run(report: Report): Promise<void> {
  const environment = await createEnvironment({ channel: CHANNELS.email });
  try {
    // The first ones take memory for the code and for the heap, whatever their size.
    for (const n of [1, 2, 3]) await checked(report, environment, [await made(`small${n}`, 3 * MB)]);
    for (const n of [1, 2]) await checked(report, environment, [await made(`large${n}`, FILE_BYTES)]);
    await checked(report, environment, [await made("large3", FILE_BYTES)], 25);
    await checked(report, environment, await Promise.all(["a", "b", "c", "d"].map((one) => made(one, FILE_BYTES))));
  } finally {
    await environment.close();
  }
}

interface Made {
  person: string;
  raw: string;
  digest: string;
}

const sha256 = (of: Uint8Array): string => createHash("sha256").update(of).digest("hex");

async function made(person: string, bytes: number): Promise<Made> {
  const content = randomBytes(bytes);
  const { raw } = composeMail(
    {
      from: `${person}@customer.test`,
      to: MAIL_ADDRESS,
      subject: person,
      text: "The plans",
      messageId: `<${person}@customer.test>`,
      references: [`<thread.${person}@customer.test>`],
      attachments: [{ name: "plans.bin", type: "application/x-plan", content }],
    },
    Date.now(),
  );
  return { person, raw, digest: sha256(content) };
}

/** Delivers mails at once, reports the memory that this took, and compares their files. */
async function checked(
  report: Report,
  environment: Environment,
  mails: readonly Made[],
  limit?: number,
): Promise<void> {
  const size = mails.reduce((sum, { raw }) => sum + raw.length, 0) / MB;
  let taken = 0;
  const { before, peak } = await watched(environment, async () => {
    const answers = await Promise.all(mails.map(({ raw }) => environment.post(rawDelivery(raw), TIMEOUT_MS)));
    taken = answers.filter((status) => status === 200).length;
  });
  let same = 0;
  for (const { person, digest } of mails) {
    const [message] = await messagesOf(environment, environment.conversationId(person));
    const file = await fetch(message.content.attachments[0].signed_url);
    if (sha256(new Uint8Array(await file.arrayBuffer())) === digest) same++;
  }
  const names = mails.map(({ person }) => person).join(", ");
  exactly(report, `${names}: answered 200`, taken, mails.length);
  exactly(report, `${names}: files as they were sent`, same, mails.length);
  // Resident memory also has what is garbage, and what the stand-in of R2 holds in the same process.
  const grown = Math.round((peak - before) / MB);
  report.figure(
    `${names}: memory for ${size.toFixed(1)} MB`,
    `${grown} MB on top of ${Math.round(before / MB)}`,
    limit === undefined ? "to be known" : `≤ ${limit} MB`,
    grown <= (limit ?? Number.POSITIVE_INFINITY),
  );
}

/** The runtime's resident memory before and, at most, during the work. */
async function watched(
  environment: Environment,
  work: () => Promise<unknown>,
): Promise<{ before: number; peak: number }> {
  await pause(3000);
  const before = await environment.memory();
  let peak = before;
  const over = new AbortController();
  const watching = (async () => {
    for (; !over.signal.aborted; await pause(10)) peak = Math.max(peak, await environment.memory());
  })();
  await work();
  over.abort();
  await watching;
  return { before, peak };
}
