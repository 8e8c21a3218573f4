import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  callOk,
  createEnvironment,
  type Environment,
  inParallel,
  messagesOf,
  pause,
} from "../../trials/support/environment.ts";

/**
 * Measures the memory of large uploads: all that the runtime holds, as the operating system counts it, what the garbage collector has not
 * yet taken back included. Held whole, they would take three times the bound. (Downloads are not measured: R2's stand-in on this machine
 * reads a file to its end into memory, however slowly it is taken from it, also with nothing of ours in between.)
 */

const MIB = 1024 * 1024;
const SIZE = 96 * MIB;
const BOUND = 2 * SIZE;

let environment: Environment;
beforeAll(async () => {
  // A status that met a dead platform comes again well within the time that a send without an answer waits for it.
  environment = await createEnvironment({
    vars: { SEND_RECONCILE_SECONDS: "10" },
    graph: { retry: { maxDelayMs: 1000, maxAttempts: 100 } },
  });
  // The first of everything takes memory that is not the file's.
  await upload(form(SIZE));
});
afterAll(() => environment?.close());

const BOUNDARY = "large";
const chunk = Buffer.alloc(MIB);
for (let i = 0; i < chunk.length; i++) chunk[i] = (i * 2_654_435_761) >>> 24;

function* form(size: number): Generator<Buffer> {
  yield Buffer.from(
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="large.pdf"\r\ncontent-type: application/pdf\r\n\r\n`,
  );
  yield Buffer.from("%PDF-1.7\n");
  for (let left = size - 9; left > 0; left -= chunk.length) yield chunk.subarray(0, left);
  yield Buffer.from(`\r\n--${BOUNDARY}--\r\n`);
}

function digestOf(size: number): string {
  const hash = createHash("sha256").update("%PDF-1.7\n");
  for (let left = size - 9; left > 0; left -= chunk.length) hash.update(chunk.subarray(0, left));
  return hash.digest("hex");
}

/** Begins, and says so, and goes no further. */
async function* halfForm(begun: () => void): AsyncGenerator<Buffer> {
  let parts = 0;
  for (const part of form(SIZE)) {
    if (parts++ === 12) {
      begun();
      await new Promise(() => {});
    }
    yield part;
  }
}

async function upload(
  parts: Iterable<Buffer> | AsyncIterable<Buffer>,
): Promise<{ media_id: string; file_size: number; url: string }> {
  const init = {
    method: "POST",
    headers: {
      authorization: `Bearer ${environment.token}`,
      "content-type": `multipart/form-data; boundary=${BOUNDARY}`,
    },
    body: Readable.toWeb(Readable.from(parts)),
    duplex: "half",
  };
  const response = await fetch(`${environment.url}/api/media`, init as unknown as RequestInit);
  expect(response.status).toBe(201);
  return (await response.json()) as { media_id: string; file_size: number; url: string };
}

async function download(id: string): Promise<string> {
  const response = await fetch(`${environment.url}/api/media/${id}`, {
    headers: { authorization: `Bearer ${environment.token}` },
  });
  const hash = createHash("sha256");
  for await (const part of response.body!) hash.update(part);
  return hash.digest("hex");
}

/** Does the work, and answers by how much the runtime had grown at most while it did. */
async function watched<T>(what: string, work: () => Promise<T>): Promise<T> {
  const before = await environment.memory();
  let peak = before;
  const over = new AbortController();
  const watching = (async () => {
    while (!over.signal.aborted) {
      peak = Math.max(peak, await environment.memory());
      await pause(5);
    }
  })();
  try {
    return await work();
  } finally {
    over.abort();
    await watching;
    console.log(`${what}: ${Math.round((peak - before) / MIB)} MiB on top of ${Math.round(before / MIB)} MiB`);
    expect(peak - before, what).toBeLessThan(BOUND);
  }
}

it("takes six files of 96 MiB at once in the room of two, and gives one back and sends it whole", async () => {
  const six = [1, 2, 3, 4, 5, 6];
  const files = await watched("uploads", () => Promise.all(six.map(() => upload(form(SIZE)))));
  expect(files.map(({ file_size }) => file_size)).toEqual(six.map(() => SIZE));
  const id = files[0]!.media_id;
  const digest = digestOf(SIZE);
  expect(await download(id)).toBe(digest);

  const from = "6281100000001";
  expect(await environment.deliver([{ from, id: "wamid.1", at: Date.now(), text: "Hello" }])).toBe(200);
  const conversation = environment.conversationId(from);
  const body = { type: "document", content: { media_id: id } };
  await callOk(`${environment.url}/api/conversations/${conversation}/messages`, { token: environment.token, body });
  for (let tries = 0; (await messagesOf(environment, conversation))[1].external_id === null; tries++) {
    expect(tries, "it was not sent in time").toBeLessThan(600);
    await pause(100);
  }
  const received = [...environment.graph.simulator.state.media.values()].map(({ bytes }) =>
    createHash("sha256").update(bytes).digest("hex"),
  );
  expect(received).toEqual([digest]);
});

it(
  "sends every file once, and keeps nothing of what was never uploaded whole, when it is killed four times",
  { timeout: 300_000 },
  async () => {
    const people = Array.from({ length: 20 }, (_, n) => `62822${String(n).padStart(8, "0")}`);
    const inbound = people.map((from) => ({ from, id: `wamid.${from}`, at: Date.now(), text: "Hello" }));
    expect(await environment.deliver(inbound)).toBe(200);
    const { media_id } = await upload(form(300_000));
    const { simulator } = environment.graph;
    const sentBefore = simulator.state.messages.length;
    simulator.faults.set({ latencyMs: 40 });

    const tasks = people.flatMap((from) => [1, 2].map((n) => ({ from, n })));
    let done = 0;
    const killing = (async () => {
      for (let kill = 1; kill <= 4; kill++) {
        while (done < (tasks.length * (kill - 0.5)) / 5) await pause(2);
        const begun = Promise.withResolvers<void>();
        const cut = upload(halfForm(begun.resolve)).catch(() => undefined);
        await Promise.race([begun.promise, cut]);
        await pause(50 + Math.random() * 150);
        await environment.kill();
        await cut;
        await environment.start();
      }
    })();
    await inParallel(tasks, 4, async ({ from, n }) => {
      const path = `/api/conversations/${environment.conversationId(from)}/messages`;
      const call = {
        token: environment.token,
        headers: { "idempotency-key": `${from}-${n}` },
        body: { type: "document", content: { media_id, caption: String(n) } },
      };
      // The client does not know what became of a call that broke, and makes it again.
      while (!(await callOk(`${environment.url}${path}`, call).catch(() => undefined))) await pause(100);
      done++;
    });
    await killing;
    simulator.faults.clear();

    for (const from of people) {
      for (let tries = 0; ; tries++) {
        const ours = (await messagesOf(environment, environment.conversationId(from))).filter(
          ({ direction }) => direction === "outbound",
        );
        if (ours.length === 2 && ours.every(({ status }) => status === "read")) break;
        expect(tries, JSON.stringify(ours.map(({ status, failure }) => [status, failure]))).toBeLessThan(600);
        await pause(100);
      }
    }
    const sent = simulator.state.messages
      .slice(sentBefore)
      .map(({ to, body }) => `${to} ${(body.document as { caption: string }).caption}`);
    expect(sent.toSorted()).toEqual(tasks.map(({ from, n }) => `${from} ${n}`).toSorted());

    await environment.inspect(async ({ miniflare, runCron }, { tenantDatabases }) => {
      const uploads = async (): Promise<{ r2_key: string; state: string }[]> =>
        (
          await Promise.all(
            tenantDatabases.map((db) =>
              db.prepare("SELECT r2_key, state FROM uploads").all<{ r2_key: string; state: string }>(),
            ),
          )
        ).flatMap(({ results }) => results);
      expect((await uploads()).filter(({ state }) => state === "uploading").length).toBeGreaterThan(0);
      for (const db of tenantDatabases)
        await db.prepare("UPDATE uploads SET created_at = 0 WHERE state = 'uploading'").run();
      await runCron();
      const bucket = ((await miniflare.getBindings()) as { MEDIA: R2Bucket }).MEDIA;
      const kept = (await bucket.list({ prefix: `${environment.orgId}/uploads/` })).objects.map(({ key }) => key);
      expect((await uploads()).map(({ r2_key, state }) => `${state} ${r2_key}`).toSorted()).toEqual(
        kept.map((key) => `stored ${key}`).toSorted(),
      );
    });
  },
);
