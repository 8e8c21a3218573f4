/**
 * Mails of 25 MB: they are taken whole, and the runtime does not hold them. Beside it a Worker that only streams the same
 * bytes to R2 and back, since R2's stand-in runs in the same process.
 */
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { composeMail } from "../simulators/mail/compose.ts";
import { CHANNELS, MAIL_ADDRESS, rawDelivery } from "./support/channels.ts";
import { createEnvironment, type Environment, messagesOf, pause } from "./support/environment.ts";
import { memoryOf, urlOf } from "./support/process.ts";
import { atMost, exactly, type Report } from "./support/report.ts";

export const name = "large-mail";

const MB = 1e6;
/** In base64 with its line breaks it fills a mail of 25 MB (26,214,400 bytes). */
const FILE_BYTES = 19_000_000;
/** Memory of a mail beside that of any Worker that stores it: a part of an upload is 5 MiB. */
const MAX_OWN_MB = 8;
/** Longer than providers wait, since the disk and the cores of a test machine are shared. */
const TIMEOUT_MS = 120_000;

export async function run(report: Report): Promise<void> {
  const environment = await createEnvironment({ channel: CHANNELS.email });
  try {
    // The first ones take memory for the code and for the heap, whatever their size.
    const bare = await bareGrowth();
    report.figure("a Worker that only streams 25 MB to R2 and back", `${bare.one} MB`, "for comparison", true);
    report.figure("the same, four at once", `${bare.four} MB`, "for comparison", true);
    for (const n of [1, 2, 3]) await checked(report, environment, [await made(`small${n}`, 3 * MB)]);
    for (const n of [1, 2]) await checked(report, environment, [await made(`large${n}`, FILE_BYTES)]);
    const one = await checked(report, environment, [await made("large3", FILE_BYTES)]);
    const mails = await Promise.all(["a", "b", "c", "d"].map((person) => made(person, FILE_BYTES)));
    const four = await checked(report, environment, mails);
    atMost(report, "memory for one, beyond the bare Worker", one - bare.one, MAX_OWN_MB, " MB");
    atMost(report, "memory for each of four, beyond the bare Worker", (four - bare.four) / 4, MAX_OWN_MB, " MB");
  } finally {
    await environment.close();
  }
}

/** How much the bare Worker's process grows, in MB, after as many as ours takes before. */
async function bareGrowth(): Promise<{ one: number; four: number }> {
  const directory = await mkdtemp(join(tmpdir(), "omnistream-bare-"));
  const child = spawn(process.execPath, [join(import.meta.dirname, "support/bare-store.ts"), directory], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    const url = await urlOf(child);
    const memory = (): Promise<number> => memoryOf(child.pid);
    const post = async (bytes: number): Promise<void> => {
      const { ok } = await fetch(url, { method: "POST", body: randomBytes(bytes) });
      if (!ok) throw new Error("the bare Worker failed");
    };
    const grown = async (count: number, bytes: number): Promise<number> => {
      const { before, peak } = await watched(memory, () =>
        Promise.all(Array.from({ length: count }, () => post(bytes))),
      );
      return Math.round((peak - before) / MB);
    };
    for (const bytes of [3 * MB, 3 * MB, 3 * MB, 25 * MB, 25 * MB]) await post(bytes);
    return { one: await grown(1, 25 * MB), four: await grown(4, 25 * MB) };
  } finally {
    child.stdin.end();
    await ended;
    await rm(directory, { recursive: true, force: true });
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

/** Delivers mails at once, reports and returns the MB of memory that this took, and compares their files. */
async function checked(report: Report, environment: Environment, mails: readonly Made[]): Promise<number> {
  const size = mails.reduce((sum, { raw }) => sum + raw.length, 0) / MB;
  let taken = 0;
  const { before, peak } = await watched(
    () => environment.memory(),
    async () => {
      const answers = await Promise.all(mails.map(({ raw }) => environment.post(rawDelivery(raw), TIMEOUT_MS)));
      taken = answers.filter((status) => status === 200).length;
    },
  );
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
    "to be known",
    true,
  );
  return grown;
}

/** The runtime's resident memory before and, at most, during the work. */
async function watched(
  memory: () => Promise<number>,
  work: () => Promise<unknown>,
): Promise<{ before: number; peak: number }> {
  await pause(3000);
  const before = await memory();
  let peak = before;
  const over = new AbortController();
  const watching = (async () => {
    for (; !over.signal.aborted; await pause(10)) peak = Math.max(peak, await memory());
  })();
  await work();
  over.abort();
  await watching;
  return { before, peak };
}
