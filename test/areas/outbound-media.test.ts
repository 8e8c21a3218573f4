import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { GraphFaults } from "../../simulators/graph/faults.ts";
import { publicContext } from "../../src/app";
import { everyMinute } from "../minute";
import { clock, HOUR } from "../../src/kit/clock";
import {
  type Answer,
  type Caller,
  conversationWith,
  customerWrites,
  door,
  eventually,
  graph,
  type Org,
  organization,
  phone,
} from "../harness";
import { expectProblem } from "../problem";

vi.setConfig({ testTimeout: 60_000 });

const MIB = 1024 * 1024;
const filled = (head: number[] | string, size: number): Uint8Array => {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = i % 251;
  bytes.set(typeof head === "string" ? new TextEncoder().encode(head) : head);
  return bytes;
};
const PNG = filled([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], 4000);
const JPEG = filled([0xff, 0xd8, 0xff, 0xe0], 3000);
const WEBP = filled("RIFF\0\0\0\0WEBPVP8 ", 2000);
/** The first page of an Ogg file, whose only packet begins like this. */
const ogg = (codec: string): Uint8Array => filled(`OggS\0\u0002${"\0".repeat(20)}\u0001\u0013${codec}`, 2000);
const OGG = ogg("OpusHead");
const MP4 = filled("\0\0\0\u0018ftypisom", 2000);
const PDF = filled("%PDF-1.7", 2000);

let org: Org;
let phoneNumberId: string;
beforeAll(async () => {
  org = await organization();
  ({ phoneNumberId } = await org.connect());
});
afterEach(() => graph.faults.clear());

async function uploaded(
  bytes: Uint8Array,
  type: string,
  name: string,
  who: Caller = org,
  path = "/api/media",
): Promise<string> {
  const body = new FormData();
  body.append("file", new File([bytes as Uint8Array<ArrayBuffer>], name, { type }));
  const response = await door(path, { method: "POST", headers: { authorization: `Bearer ${who.token}` }, body });
  expect(response.status).toBe(201);
  return ((await response.json()) as { media_id: string }).media_id;
}

interface Thread {
  id: string;
  from: string;
}
async function thread(): Promise<Thread> {
  const from = phone();
  await customerWrites(phoneNumberId, from);
  return { id: (await conversationWith(org, from)).id, from };
}
const say = (
  { id }: Thread,
  type: string,
  content: object,
  who: Caller = org,
  headers: Record<string, string> = {},
): Promise<Answer> => who.call("POST", `/api/conversations/${id}/messages`, { type, content }, headers);
const accepted = ({ from }: Thread) => graph.state.messages.filter((message) => message.to === from);
const uploads = (): number =>
  graph.state.requests.filter(({ method, path }) => method === "POST" && path.endsWith(`/${phoneNumberId}/media`))
    .length;
async function ours({ id }: Thread): Promise<any[]> {
  const { body } = await org.call("GET", `/api/conversations/${id}/messages`);
  return body.messages.filter((message: any) => message.direction === "outbound");
}
async function arrived(where: Thread, count = 1, seconds = 25): Promise<any[]> {
  return eventually(async () => {
    await graph.settle();
    const messages = await ours(where);
    expect(messages.map(({ status }) => status)).toEqual(Array.from({ length: count }, () => "read"));
    return messages;
  }, seconds);
}

/** The beginning of a zip, as a spreadsheet program writes it: what it is called and no more. */
function zip(entry: string): Uint8Array {
  const bytes = filled([0x50, 0x4b, 0x03, 0x04], 2000);
  bytes.set([entry.length, 0], 26);
  bytes.set(new TextEncoder().encode(entry), 30);
  return bytes;
}
const OFFICE = "application/vnd.openxmlformats-officedocument";

it.each([
  [zip("[Content_Types].xml"), "report.xlsx", `${OFFICE}.spreadsheetml.sheet`],
  [zip("[Content_Types].xml"), "letter.docx", `${OFFICE}.wordprocessingml.document`],
  [filled([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], 2000), "old.ppt", "application/vnd.ms-powerpoint"],
])("an Office file that came without a type is sent as what it is %#", async (bytes, name, mimeType) => {
  const where = await thread();
  const { status, body } = await say(where, "document", {
    media_id: await uploaded(bytes, "application/octet-stream", name),
  });
  expect([status, body]).toMatchObject([201, { content: { mime_type: mimeType, file_name: name } }]);
  await arrived(where);
});

describe("a file is given to the channel, and the message names it", () => {
  it.each([
    ["image", JPEG, "image/jpeg", "a.jpg", { caption: "Look" }, { caption: "Look" }],
    ["image", PNG, "image/png", "a.png", {}, {}],
    ["video", MP4, "video/mp4", "a.mp4", { caption: "Watch" }, { caption: "Watch" }],
    ["audio", OGG, "audio/ogg", "a.ogg", {}, {}],
    ["audio", MP4, "audio/mp4", "a.m4a", {}, {}],
    ["audio", filled([0xff, 0xfa, 0x90, 0x64], 2000), "audio/mpeg", "a.mp3", {}, {}],
    ["sticker", WEBP, "image/webp", "a.webp", {}, {}],
    ["sticker", filled("RIFF\0\0\0\0WEBPVP8X\n\0\0\0\u0002", 300_000), "image/webp", "moving.webp", {}, {}],
    ["document", PDF, "application/pdf", "Nota.pdf", {}, { filename: "Nota.pdf" }],
    [
      "document",
      PDF,
      "application/pdf",
      "Nota.pdf",
      { file_name: "Invoice 7.pdf", caption: "Yours" },
      { filename: "Invoice 7.pdf", caption: "Yours" },
    ],
    ["document", new TextEncoder().encode("a,b\n1,2\n"), "text/csv", "table.csv", {}, { filename: "table.csv" }],
  ] as [string, Uint8Array, string, string, object, object][])(
    "%s %#",
    async (type, bytes, mimeType, name, more, sent) => {
      const where = await thread();
      const id = await uploaded(bytes, mimeType, name);
      const { status, body } = await say(where, type, { media_id: id, ...more });
      expect([status, body]).toMatchObject([
        201,
        { type, content: { media_id: id, mime_type: mimeType, file_size: bytes.length, ...more } },
      ]);
      const [message] = await arrived(where);
      const [{ body: request }] = accepted(where) as unknown as [{ body: any }];
      expect(request).toMatchObject({ type, [type]: sent });
      expect(Object.keys(request[type]).toSorted()).toEqual(["id", ...Object.keys(sent)].toSorted());
      const there = graph.state.media.get(request[type].id)!;
      expect(there.mimeType).toBe(mimeType === "text/csv" ? "text/plain" : mimeType);
      expect(Buffer.from(there.bytes).equals(Buffer.from(bytes))).toBe(true);

      // As everybody sees it who sees the conversation, and as a browser does that has no header to send.
      const agent = await org.agent();
      const [theirs] = (await agent.call("GET", `/api/conversations/${where.id}/messages`)).body.messages.filter(
        (each: any) => each._id === message._id,
      );
      for (const [url, headers] of [
        [theirs.content.url, { authorization: `Bearer ${agent.token}` }],
        [new URL(theirs.content.signed_url).pathname, {}],
      ] as [string, Record<string, string>][]) {
        await eventually(async () => {
          const response = await door(url, { headers });
          expect([url, response.status]).toEqual([url, 200]);
          expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true);
        });
      }
    },
  );

  it("a large document streams there and comes whole", { timeout: 120_000 }, async () => {
    const where = await thread();
    const bytes = filled("%PDF-1.7", 40 * MIB);
    expect(
      (await say(where, "document", { media_id: await uploaded(bytes, "application/pdf", "large.pdf") })).status,
    ).toBe(201);
    await arrived(where, 1, 60);
    const there = graph.state.media.get((accepted(where)[0]!.body as any).document.id)!;
    expect(Buffer.from(there.bytes).equals(Buffer.from(bytes))).toBe(true);
  });
});

describe("the channel's limits are known before anything is sent", () => {
  // Nothing is sent here, so one conversation is enough.
  let silent: Thread;
  beforeAll(async () => {
    silent = await thread();
  });
  const moving = "RIFF\0\0\0\0WEBPVP8X\n\0\0\0\u0002";
  it.each([
    [
      "an image that is too large",
      "image",
      filled([0xff, 0xd8, 0xff], 5 * MIB + 1),
      "image/jpeg",
      "content.file_size",
      "5242880",
    ],
    ["a sticker that is too large", "sticker", filled(moving, 501 * 1024), "image/webp", "content.file_size", "512000"],
    [
      "a sticker that does not move and is too large for one",
      "sticker",
      filled("RIFF\0\0\0\0WEBPVP8 ", 101 * 1024),
      "image/webp",
      "content.file_size",
      "102400",
    ],
    [
      "a photo as a telephone keeps it",
      "image",
      filled("\0\0\0\u0018ftypheic", 100),
      "image/heic",
      "content.mime_type",
      "image/heic",
    ],
    ["a webp as an image", "image", WEBP, "image/webp", "content.mime_type", "image/jpeg, image/png"],
    ["Ogg with Vorbis", "audio", ogg("\u0001vorbis"), "audio/ogg", "content.mime_type", "only with the codec Opus"],
    ["Ogg with FLAC", "audio", ogg("\u007fFLAC"), "audio/ogg; codecs=opus", "content.mime_type", "codecs=flac"],
    ["Ogg of an unknown codec", "audio", ogg("?"), "audio/ogg", "content.mime_type", "application/ogg"],
    ["a PDF as an image", "image", PDF, "image/png", "content.mime_type", "application/pdf"],
    [
      "a page called an image",
      "image",
      new TextEncoder().encode("<html>"),
      "image/png",
      "content.mime_type",
      "application/octet-stream",
    ],
    ["a zip", "document", filled("PK\u0003\u0004", 100), "application/zip", "content.mime_type", "application/pdf"],
    ["a caption on audio", "audio", OGG, "audio/ogg", "content.caption", "caption"],
  ] as [string, string, Uint8Array, string, string, string][])("%s", async (_, type, bytes, mimeType, field, words) => {
    const id = await uploaded(bytes, mimeType, "file");
    const answer = await say(silent, type, {
      media_id: id,
      ...(field === "content.caption" && { caption: "x" }),
      ...(field !== "content.caption" && { mime_type: "image/png", file_size: 1 }),
    });
    expectProblem(answer, 422, "message_not_allowed");
    expect(answer.body.errors).toEqual([{ field, message: expect.stringContaining(words) }]);
    expect([await ours(silent), accepted(silent)]).toEqual([[], []]);
  });

  it("a file of another message may be sent by whom may see it, and by nobody else", async () => {
    const [from, to] = [await thread(), await thread()];
    graph.customers.say({
      phoneNumberId,
      from: from.from,
      message: { type: "image", image: { id: await graph.customers.uploadAsCustomer(PNG, "image/png") } },
    });
    await graph.settle();
    const id: string = await eventually(async () => {
      const { body } = await org.call("GET", `/api/conversations/${from.id}/messages`);
      const { media_id } = body.messages.at(-1).content;
      if (!media_id || (await org.call("GET", `/api/media/${media_id}`)).status !== 200)
        throw new Error("not copied yet");
      return media_id;
    });
    await org.call("PATCH", `/api/conversations/${from.id}/assign`, { agent_id: org.agentId });
    expectProblem(await say(to, "image", { media_id: id }, await org.agent()), 422, "message_not_allowed");
    expect((await say(to, "image", { media_id: id })).status).toBe(201);
    await arrived(to);
    const there = graph.state.media.get((accepted(to)[0]!.body as any).image.id)!;
    expect(Buffer.from(there.bytes).equals(Buffer.from(PNG))).toBe(true);
  });

  it("a file that is not there, or not the caller's", async () => {
    const where = await thread();
    const [ana, bob, other] = [await org.agent(), await org.agent(), await organization()];
    const [anas, theirs] = [
      await uploaded(PNG, "image/png", "a.png", ana),
      await uploaded(PNG, "image/png", "a.png", other),
    ];
    for (const id of [crypto.randomUUID(), theirs, "x", 7, {}, "' OR 1=1"]) {
      const answer = await say(where, "image", { media_id: id });
      expectProblem(answer, 422, "message_not_allowed", JSON.stringify(id));
      expect(answer.body.errors).toEqual([{ field: "content.media_id", message: "the file does not exist" }]);
    }
    expectProblem(await say(where, "image", { media_id: anas }, bob), 422, "message_not_allowed");
    expectProblem(
      await say(where, "image", { media_id: anas, url: "https://example.com/a.png" }, ana),
      422,
      "message_not_allowed",
    );
    expect((await say(where, "image", { media_id: anas }, ana)).status).toBe(201);
    const shared = await uploaded(PNG, "image/png", "a.png", ana, "/api/media/upload");
    expect((await say(where, "image", { media_id: shared }, bob)).status).toBe(201);
    await arrived(where, 2);
  });

  it.each([
    "http://example.com/a.png",
    "https://127.0.0.1/a.png",
    "https://2130706433/",
    "https://[::ffff:127.0.0.1]/",
    "https://169.254.169.254/latest/meta-data",
    "https://localhost/a.png",
    "https://metadata.google.internal/",
    "https://user:pass@example.com/",
    "https://example.com:22/",
    "file:///etc/passwd",
    "/api/media/x",
  ])("the address %s", async (url) => {
    const before = graph.state.requests.length;
    const answer = await say(silent, "image", { url });
    expectProblem(answer, 422, "message_not_allowed");
    expect(answer.body.errors).toEqual([{ field: "content.url", message: expect.any(String) }]);
    expect([await ours(silent), graph.state.requests.length]).toEqual([[], before]);
  });

  it("an address in a header, at any depth", async () => {
    const link = "https://169.254.169.254/latest/meta-data";
    const parameters = [{ type: "image", image: { link } }];
    const template = await say(silent, "template", {
      name: "hello",
      language: "en",
      components: [{ type: "header", parameters }],
    });
    const body = { text: "Choose" };
    const action = { buttons: [{ type: "reply", reply: { id: "1", title: "One" } }] };
    const interactive = await say(silent, "interactive", {
      interactive: { type: "button", header: { type: "image", image: { link } }, body, action },
    });
    for (const answer of [template, interactive]) {
      expectProblem(answer, 422, "message_not_allowed");
      expect(answer.body.errors).toEqual([
        { field: expect.stringMatching(/\.image\.link$/), message: "Has to be on the public internet" },
      ]);
    }
  });

  it("a public address goes to the channel as it is, and is not fetched by us", async () => {
    const where = await thread();
    expect((await say(where, "image", { url: "https://example.com/a.png", caption: "Look" })).status).toBe(201);
    await arrived(where);
    expect(accepted(where)[0]!.body.image).toEqual({ link: "https://example.com/a.png", caption: "Look" });
  });
});

describe("an upload may be repeated, a message may not", () => {
  it.each([
    ["the upload fails twice", { serverError: { endpoint: "media", times: 2 } }, 3],
    ["the upload meets a gateway that fails", { serverError: { endpoint: "media", gateway: true, times: 1 } }, 2],
    ["the upload is limited", { rateLimit: { endpoint: "media", code: 80007, times: 1, retryAfterSeconds: 1 } }, 2],
    ["the channel refuses connections", { outage: { mode: "refuse", seconds: 2 } }, undefined],
    ["the channel is silent", { outage: { mode: "hang", times: 1 } }, 2],
    [
      "the send is limited: the upload is used again",
      { rateLimit: { endpoint: "messages", code: 130429, times: 2 } },
      1,
    ],
    ["the send's answer is lost: the upload is used again", { answerLost: { mode: "reset", times: 1 } }, 1],
    ["the upload's answer is lost", { uploadLost: { times: 1 } }, 2],
  ] as [string, GraphFaults, number | undefined][])("%s", async (_, faults, times) => {
    const where = await thread();
    const id = await uploaded(PNG, "image/png", "a.png");
    const before = uploads();
    graph.faults.set(faults);
    expect((await say(where, "image", { media_id: id })).status).toBe(201);
    expect((await say(where, "text", { text: "after it" })).status).toBe(201);
    await arrived(where, 2, 30);
    expect(accepted(where).map(({ type }) => type)).toEqual(["image", "text"]);
    if (times !== undefined) expect(uploads() - before).toBe(times);
  });

  it.each([
    ["Meta cannot take it", { serverError: { endpoint: "media", code: 131053, httpStatus: 400, times: 1 } }, "131053"],
    [
      "Meta does not know the kind",
      { serverError: { endpoint: "media", code: 100, httpStatus: 400, times: 1 } },
      "100",
    ],
    ["Meta says so later", { recipients: [{ to: "*", code: 131053, as: "status", times: 1 }] }, "131053"],
  ] as [string, GraphFaults, string][])(
    "fails with the channel's words, and the next goes on: %s",
    async (_, faults, code) => {
      const where = await thread();
      graph.faults.set(faults);
      await say(where, "image", { media_id: await uploaded(PNG, "image/png", "a.png") });
      await say(where, "text", { text: "after it" });
      await eventually(async () => {
        await graph.settle();
        expect((await ours(where)).map(({ status }) => status)).toEqual(["failed", "read"]);
      });
      expect((await ours(where))[0].failure).toMatchObject({ code, title: expect.stringMatching(/\w{3}/) });
    },
  );

  it("fails when the file is gone", async () => {
    const where = await thread();
    const id = await uploaded(PNG, "image/png", "a.png");
    await env.MEDIA.delete(`${org.id}/uploads/${id}`);
    await say(where, "image", { media_id: id });
    await eventually(async () =>
      expect(await ours(where)).toMatchObject([{ status: "failed", failure: { code: "media_gone" } }]),
    );
  });

  it("goes out once although the object stops while it uploads", async () => {
    const where = await thread();
    const id = await uploaded(PNG, "image/png", "a.png");
    const before = uploads();
    graph.faults.set({ outage: { mode: "hang", times: 1 } });
    await say(where, "image", { media_id: id });
    await say(where, "text", { text: "after it" });
    await eventually(async () => expect(uploads() - before).toBe(1));
    await evictDurableObject(
      env.CONVERSATION.getByName(`${org.id}:${where.id}`) as unknown as Parameters<typeof evictDurableObject>[0],
    );
    await arrived(where, 2, 30);
    expect(accepted(where).map(({ type }) => type)).toEqual(["image", "text"]);
  });

  it("answers the same for the same key", async () => {
    const where = await thread();
    const id = await uploaded(PNG, "image/png", "a.png");
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => say(where, "image", { media_id: id }, org, { "idempotency-key": "once" })),
    );
    expect(new Set(answers.map(({ body }) => body._id)).size).toBe(1);
    await arrived(where);
    expect(accepted(where)).toHaveLength(1);
  });
});

it("a file can be scheduled by whom it belongs to, and is held against the limits at once", async () => {
  const where = await thread();
  const [ana, bob] = [await org.agent(), await org.agent()];
  const id = await uploaded(PNG, "image/png", "a.png", ana);
  const { now } = clock;
  const schedule = (who: Caller, type: string) =>
    who.call("POST", `/api/conversations/${where.id}/scheduled-messages`, {
      type,
      content: { media_id: id, ...(type === "image" && { caption: "Later" }) },
      scheduled_at: new Date(now() + HOUR).toISOString(),
    });
  expectProblem(await schedule(bob, "image"), 422, "message_not_allowed");
  expectProblem(await schedule(ana, "sticker"), 422, "message_not_allowed");
  expect((await schedule(ana, "image")).status).toBe(201);
  clock.now = () => now() + HOUR;
  try {
    await everyMinute(publicContext(env, () => undefined));
    await eventually(async () =>
      expect(accepted(where)).toMatchObject([
        { type: "image", body: { image: { id: expect.any(String), caption: "Later" } } },
      ]),
    );
  } finally {
    clock.now = now;
  }
});
