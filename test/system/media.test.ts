import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, it } from "vitest";
import { callOk, createEnvironment, type Environment, messagesOf, pause } from "../../trials/support/environment.ts";
import { deliveryOf } from "../../trials/support/traffic.ts";

/**
 * What large uploads cost in memory: all that the runtime holds, as the operating system counts it, what the garbage collector has not
 * yet taken back included. Held whole, they would take three times the bound. (Downloads are not measured: R2's stand-in on this machine
 * reads a file to its end into memory, however slowly it is taken from it, also with nothing of ours in between.)
 */

const MIB = 1024 * 1024;
const SIZE = 96 * MIB;
const BOUND = 2 * SIZE;

let environment: Environment;
beforeAll(async () => {
  environment = await createEnvironment();
  // What the first of everything takes is not the file's.
  await upload(SIZE);
});
afterAll(() => environment?.close());

const BOUNDARY = "large";
const chunk = Buffer.alloc(MIB);
for (let i = 0; i < chunk.length; i++) chunk[i] = (i * 2_654_435_761) >>> 24;

function* form(size: number): Generator<Buffer> {
  yield Buffer.from(`--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="large.pdf"\r\ncontent-type: application/pdf\r\n\r\n`);
  yield Buffer.from("%PDF-1.7\n");
  for (let left = size - 9; left > 0; left -= chunk.length) yield chunk.subarray(0, left);
  yield Buffer.from(`\r\n--${BOUNDARY}--\r\n`);
}

function digestOf(size: number): string {
  const hash = createHash("sha256").update("%PDF-1.7\n");
  for (let left = size - 9; left > 0; left -= chunk.length) hash.update(chunk.subarray(0, left));
  return hash.digest("hex");
}

async function upload(size: number): Promise<{ media_id: string; file_size: number; url: string }> {
  const init = {
    method: "POST",
    headers: { authorization: `Bearer ${environment.token}`, "content-type": `multipart/form-data; boundary=${BOUNDARY}` },
    body: Readable.toWeb(Readable.from(form(size))),
    duplex: "half",
  };
  const response = await fetch(`${environment.url}/api/media`, init as unknown as RequestInit);
  expect(response.status).toBe(201);
  return (await response.json()) as { media_id: string; file_size: number; url: string };
}

async function download(id: string): Promise<string> {
  const response = await fetch(`${environment.url}/api/media/${id}`, { headers: { authorization: `Bearer ${environment.token}` } });
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
  const files = await watched("uploads", () => Promise.all(six.map(() => upload(SIZE))));
  expect(files.map(({ file_size }) => file_size)).toEqual(six.map(() => SIZE));
  const id = files[0]!.media_id;
  const digest = digestOf(SIZE);
  expect(await download(id)).toBe(digest);

  const from = "6281100000001";
  expect(await environment.deliver(deliveryOf(environment.phoneNumberId, [{ from, id: "wamid.1", at: Date.now(), text: "Hello" }]))).toBe(200);
  const conversation = environment.conversationId(from);
  const body = { type: "document", content: { media_id: id } };
  await callOk(`${environment.url}/api/conversations/${conversation}/messages`, { token: environment.token, body });
  for (let tries = 0; (await messagesOf(environment, conversation))[1].external_id === null; tries++) {
    expect(tries, "it was not sent in time").toBeLessThan(600);
    await pause(100);
  }
  const received = [...environment.graph.simulator.state.media.values()].map(({ bytes }) => createHash("sha256").update(bytes).digest("hex"));
  expect(received).toEqual([digest]);
});
