import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { everyMinute } from "../minute";
import { publicContext } from "../../src/app";
import { clock, HOUR, MINUTE } from "../../src/kit/clock";
import { type Answer, call, type Caller, door, type Org, organization } from "../harness";
import { expectProblem } from "../problem";

vi.setConfig({ testTimeout: 60_000 });

const MIB = 1024 * 1024;
const PNG = new Uint8Array([
  0x89,
  0x50,
  0x4e,
  0x47,
  0x0d,
  0x0a,
  0x1a,
  0x0a,
  ...Array.from({ length: 4000 }, (_, i) => i % 251),
]);
const PDF = new TextEncoder().encode("%PDF-1.7 x");
const html = new TextEncoder().encode("<!doctype html><script>alert(1)</script>");
const svg = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>');

let org: Org;
beforeAll(async () => {
  org = await organization();
});
const { now } = clock;
afterEach(() => {
  clock.now = now;
});

function form(bytes: Uint8Array, name = "a.png", type = "image/png"): FormData {
  const made = new FormData();
  made.append("file", new File([bytes as Uint8Array<ArrayBuffer>], name, { type }));
  return made;
}

async function post(who: Caller, path: string, body: BodyInit, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await door(path, {
    method: "POST",
    headers: { authorization: `Bearer ${who.token}`, ...headers },
    body,
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const upload = (body: BodyInit, headers?: Record<string, string>): Promise<Answer> =>
  post(org, "/api/media", body, headers);
const open = (path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Response> =>
  door(new URL(path, "http://app.test").pathname, { method, headers });
const keys = async (of: Org): Promise<string[]> =>
  (await env.MEDIA.list({ prefix: `${of.id}/` })).objects.map(({ key }) => key);
const rows = async (of: Org): Promise<any[]> =>
  (await of.tenantDb.prepare("SELECT * FROM uploads WHERE org_id = ?").bind(of.id).all()).results;

/** A form as it goes over the wire, in chunks of any size, and cut off where one likes. */
function raw(parts: (string | Uint8Array)[], chunkBytes = Infinity, cutAt = Infinity): ReadableStream<Uint8Array> {
  const whole = Buffer.concat(parts.map((part) => Buffer.from(part as string))).subarray(0, cutAt);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= whole.length) return controller.close();
      const end = Math.min(at + chunkBytes, whole.length);
      controller.enqueue(new Uint8Array(whole.subarray(at, end)));
      at = end;
    },
  });
}
const multipart = { "content-type": "multipart/form-data; boundary=xyz" };
const filePart =
  '--xyz\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n';

it("keeps a file, says what it is, and serves it to its uploader and by a link", async () => {
  const { status, body } = await upload(form(PNG, "C:\\photos\\Bunga – é.png", "text/html"));
  expect([status, body]).toEqual([
    201,
    {
      media_id: expect.any(String),
      mime_type: "image/png",
      file_size: PNG.length,
      filename: "Bunga – é.png",
      url: expect.stringMatching(/^http:\/\/app\.test\/files\//),
    },
  ]);
  const direct = await door(`/api/media/${body.media_id}`, { headers: { authorization: `Bearer ${org.token}` } });
  const linked = await open(body.url);
  for (const response of [direct, linked]) {
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "image/png"]);
    expect(response.headers.get("content-disposition")).toBe(
      `inline; filename*=UTF-8''${encodeURIComponent("Bunga – é.png")}`,
    );
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("content-security-policy")).toBe("sandbox; default-src 'none'");
    expect(response.headers.get("cache-control")).toMatch(/^private, max-age=\d+$/);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(PNG);
  }
  const { body: log } = await org.call("GET", `/api/activity-logs?entity_type=media&entity_id=${body.media_id}`);
  expect(log.data).toMatchObject([
    { action: "media.uploaded", changes: { filename: [null, "Bunga – é.png"], file_size: [null, PNG.length] } },
  ]);
});

it("answers a lasting public link, which needs nothing and says nothing of its place", async () => {
  const { status, body } = await post(org, "/api/media/upload", form(PNG, "logo.png"));
  expect([status, body.mime_type]).toEqual([201, "image/png"]);
  clock.now = () => now() + 5 * 365 * 24 * HOUR;
  const response = await open(body.url);
  expect([response.status, response.headers.get("cache-control")]).toEqual([
    200,
    "public, max-age=31536000, immutable",
  ]);
  expect(response.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
  expect(response.headers.get("set-cookie")).toBeNull();
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(PNG);
  const token = body.url.split("/").at(-1) as string;
  expectProblem(
    await call("GET", `/files/${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`),
    404,
    "media_not_found",
  );
});

it("costs one query by its id, and none by its link", async () => {
  const { body } = await upload(form(PNG));
  const costOf = async (path: string): Promise<string | null> => {
    const response = await door(path, { headers: { authorization: `Bearer ${org.token}` } });
    await response.body?.cancel();
    return response.headers.get("server-timing");
  };
  await costOf("/api/auth/me");
  expect(await costOf(`/api/media/${body.media_id}`)).toMatch(/d1_queries;desc="1", d1_rows_read;desc="[1-3]"/);
  expect(await costOf(new URL(body.url).pathname)).toContain('d1_queries;desc="0"');
});

describe("a link", () => {
  it("ends: after an hour it may, after two it has", async () => {
    const { body } = await upload(form(PNG));
    clock.now = () => now() + HOUR - MINUTE;
    expect((await open(body.url)).status).toBe(200);
    clock.now = () => now() + 2 * HOUR + MINUTE;
    expectProblem(await call("GET", new URL(body.url).pathname), 410, "media_link_expired");
  });

  it("cannot be changed, nor made by somebody else", async () => {
    const { body } = await upload(form(PNG));
    const [what = "", signature = ""] = body.url.split("/").at(-1).split(".");
    const [expires = "", ...key] = Buffer.from(what, "base64url").toString().split(":");
    const packed = (text: string): string => Buffer.from(text).toString("base64url");
    const other = await organization();
    const { body: theirs } = await post(other, "/api/media", form(PDF, "secret.pdf"));
    const theirKey = Buffer.from(theirs.url.split("/").at(-1).split(".")[0], "base64url").toString().split(":")[1];
    for (const forged of [
      `${packed(`${Number(expires) + 3600}:${key.join(":")}`)}.${signature}`,
      `${packed(`${expires}:${theirKey}`)}.${signature}`,
      `${what}.${signature.slice(0, -1)}${signature.endsWith("A") ? "B" : "A"}`,
      `${what}.${"A".repeat(43)}`,
    ]) {
      expectProblem(await call("GET", `/files/${forged}`), 404, "media_not_found", forged);
    }
    for (const broken of [what, `${what}.`, `${what}.${signature}x`, "x", "a".repeat(5000)])
      expect([400, 404]).toContain((await open(`/files/${broken}`)).status);
  });

  it("serves ranges, and says what has not changed", async () => {
    const { body } = await upload(form(PNG));
    for (const path of [new URL(body.url).pathname, `/api/media/${body.media_id}`]) {
      const get = (headers: Record<string, string>, method = "GET") =>
        door(path, { method, headers: { authorization: `Bearer ${org.token}`, ...headers } });
      const whole = await get({});
      const etag = whole.headers.get("etag")!;
      await whole.body?.cancel();
      const part = await get({ range: "bytes=8-17" });
      expect([part.status, part.headers.get("content-range"), part.headers.get("content-length")]).toEqual([
        206,
        `bytes 8-17/${PNG.length}`,
        "10",
      ]);
      expect(new Uint8Array(await part.arrayBuffer())).toEqual(PNG.slice(8, 18));
      expect((await get({ range: "bytes=-1" })).headers.get("content-range")).toBe(
        `bytes ${PNG.length - 1}-${PNG.length - 1}/${PNG.length}`,
      );
      expect((await get({ range: `bytes=${PNG.length}-` })).status).toBe(416);
      expect((await get({ range: "bytes=0-1", "if-range": etag })).status).toBe(206);
      const changed = await get({ range: "bytes=0-1", "if-range": '"another"' });
      expect([changed.status, (await changed.arrayBuffer()).byteLength]).toEqual([200, PNG.length]);
      for (const tags of [etag, `"x", W/${etag}`, "*"]) {
        const same = await get({ "if-none-match": tags });
        expect([tags, same.status, await same.text(), same.headers.get("etag")]).toEqual([tags, 304, "", etag]);
      }
      const other = await get({ "if-none-match": '"x"' });
      expect([other.status, (await other.arrayBuffer()).byteLength]).toEqual([200, PNG.length]);
      const head = await get({}, "HEAD");
      expect([head.status, await head.text(), head.headers.get("etag")]).toEqual([200, "", etag]);
    }
  });
});

describe("a file that a browser could run", () => {
  it.each([
    ["HTML", html, "text/html", "a.html"],
    ["HTML called an image", html, "image/png", "a.png"],
    ["SVG", svg, "image/svg+xml", "a.svg"],
    ["SVG called text", svg, "text/xml", "a.xml"],
    ["a script", new TextEncoder().encode("alert(1)"), "text/javascript", "a.js"],
  ])("%s is a file to save, wherever it is opened", async (_, bytes, type, name) => {
    for (const path of ["/api/media", "/api/media/upload"]) {
      const { body } = await post(org, path, form(bytes, name, type));
      expect(body.mime_type).toBe("application/octet-stream");
      const direct = await door(`/api/media/${body.media_id}`, { headers: { authorization: `Bearer ${org.token}` } });
      for (const response of [direct, await open(body.url)]) {
        expect(response.headers.get("content-type")).toBe("application/octet-stream");
        expect(response.headers.get("content-disposition")).toMatch(/^attachment; /);
        expect(response.headers.get("x-content-type-options")).toBe("nosniff");
        expect(response.headers.get("content-security-policy")).toBe("sandbox; default-src 'none'");
        await response.body?.cancel();
      }
    }
  });

  it("a long name keeps its ending, and the joiners of scripts and emoji stay", async () => {
    for (const [given, kept] of [
      [`${"x".repeat(300)}.pdf`, `${"x".repeat(236)}.pdf`],
      ["نامه\u200cها.pdf", "نامه\u200cها.pdf"],
      ["क्\u200dष 👩\u200d💻.pdf", "क्\u200dष 👩\u200d💻.pdf"],
      ["in\u202evoice\u00ad.pdf", "invoice.pdf"],
      ["\u200d\u200c", "file"],
      [`${"x".repeat(300)}. and a rest that is no ending`, "x".repeat(240)],
    ])
      expect((await upload(form(PDF, given, "application/pdf"))).body.filename).toBe(kept);
  });

  it("a large MP4 whose tracks stand at its end is what they say", async () => {
    const soundOnly = Buffer.concat([
      Buffer.from("\0\0\0\u0010ftypisom\0\0\0\0", "latin1"),
      Buffer.from("00600008", "hex"),
      Buffer.from("mdat"),
      new Uint8Array(6 * MIB),
      Buffer.from("\0\0\0\u0034moov\0\0\0\u002ctrak\0\0\0\u0024mdia\0\0\0\u001chdlr", "latin1"),
      Buffer.from("\0\0\0\0\0\0\0\0soun\0\0\0\0\0\0\0\0", "latin1"),
    ]);
    for (const path of ["/api/media", "/api/media/upload"]) {
      const { body } = await post(org, path, form(soundOnly, "a.mp4", "video/mp4"));
      expect(body).toMatchObject({ mime_type: "audio/mp4", file_size: soundOnly.length });
      const direct = await door(`/api/media/${body.media_id}`, { headers: { authorization: `Bearer ${org.token}` } });
      for (const response of [direct, await open(body.url)]) {
        expect(response.headers.get("content-type")).toBe("audio/mp4");
        expect(response.headers.get("content-disposition")).toContain("a.mp4");
        expect(Buffer.from(await response.arrayBuffer()).equals(soundOnly)).toBe(true);
      }
      expect((await rows(org)).find(({ id }) => id === body.media_id).mime_type).toBe("audio/mp4");
    }
  });

  it("a name does not get out of its header", async () => {
    const { body } = await upload(
      raw([filePart.replace("a.png", 'x\\"; filename=evil.html; %0D%0ASet-Cookie: a=b; y'), PNG, "\r\n--xyz--"]),
      multipart,
    );
    const response = await open(body.url);
    expect(response.headers.get("set-cookie")).toBeNull();
    expect(response.headers.get("content-disposition")).toMatch(/^inline; filename\*=UTF-8''[\w%.~!*'()-]+$/);
    await response.body?.cancel();
  });
});

describe("refused", () => {
  it.each([
    ["JSON", JSON.stringify({}), { "content-type": "application/json" }, 415, "unsupported_media_type"],
    ["no body", "", {}, 415, "unsupported_media_type"],
    ["the file itself", PNG, { "content-type": "image/png" }, 415, "unsupported_media_type"],
    ["a form without a boundary", "x", { "content-type": "multipart/form-data" }, 415, "unsupported_media_type"],
    ["an empty boundary", "x", { "content-type": "multipart/form-data; boundary=" }, 400, "malformed_request"],
    [
      "a boundary that is too long",
      "x",
      { "content-type": `multipart/form-data; boundary=${"x".repeat(71)}` },
      400,
      "malformed_request",
    ],
    ["an empty form", "", multipart, 400, "malformed_request"],
    ["a form that ends in the file", raw([filePart, PNG]), multipart, 400, "malformed_request"],
    ["a form that ends in a header", raw([filePart.slice(0, 60)]), multipart, 400, "malformed_request"],
    ["a header without an end", raw(["--xyz\r\n", "x".repeat(100_000)], 1000), multipart, 400, "malformed_request"],
    [
      "a part without a name",
      raw(["--xyz\r\nContent-Disposition: form-data\r\n\r\nx\r\n--xyz--"]),
      multipart,
      400,
      "malformed_request",
    ],
    ["no part", raw(["--xyz--"]), multipart, 422, "invalid_request"],
    ["an empty file", raw([filePart, "\r\n--xyz--"]), multipart, 422, "invalid_request"],
    [
      "a field that is no file",
      raw(['--xyz\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--xyz--']),
      multipart,
      422,
      "invalid_request",
    ],
    [
      "an unknown field",
      raw(['--xyz\r\nContent-Disposition: form-data; name="title"\r\n\r\nx\r\n--xyz--']),
      multipart,
      422,
      "invalid_request",
    ],
    ["two files", raw([filePart, PNG, `\r\n${filePart}`, PNG, "\r\n--xyz--"]), multipart, 422, "invalid_request"],
    [
      "a length that is too much",
      raw([filePart, PNG, "\r\n--xyz--"]),
      { ...multipart, "content-length": String(101 * MIB) },
      413,
      "body_too_large",
    ],
  ] as [string, BodyInit, Record<string, string>, number, string][])(
    "%s, and nothing of it stays",
    async (_, body, headers, status, code) => {
      const own = await organization();
      expectProblem(await post(own, "/api/media", body, headers), status, code);
      expect([await keys(own), await rows(own)]).toEqual([[], []]);
    },
  );

  it("more than 100 MiB, also where the length is not said, and nothing of it stays", async () => {
    const own = await organization();
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent === 0) controller.enqueue(Buffer.from(filePart));
        if (sent > 110 * MIB) return controller.close();
        controller.enqueue(new Uint8Array(MIB / 4));
        sent += MIB / 4;
      },
    });
    expectProblem(await post(own, "/api/media", endless, multipart), 413, "body_too_large");
    expect(sent).toBeLessThan(102 * MIB);
    expect([await keys(own), await rows(own)]).toEqual([[], []]);
  });

  it("with a cookie, from another site", async () => {
    const cookie = { cookie: `omnistream_session=${org.token}` };
    const send = (headers: Record<string, string>) =>
      door("/api/media", { method: "POST", headers: { ...cookie, ...headers }, body: form(PNG) });
    for (const headers of [{}, { origin: "https://evil.test" }] as Record<string, string>[])
      expect((await send(headers)).status).toBe(403);
    expect((await send({ origin: "http://app.test" })).status).toBe(201);
  });

  it("without the right, and with a key that only reads", async () => {
    expectProblem(
      await call("POST", "/api/media", "", { "content-type": "multipart/form-data; boundary=x" }),
      401,
      "unauthenticated",
    );
    const reader = await org.apiKey(org.agentId, "read");
    const response = await door("/api/media", {
      method: "POST",
      headers: { "x-api-key": reader.token },
      body: form(PNG),
    });
    expect(response.status).toBe(403);
    const sender = await org.apiKey(org.agentId, "messaging");
    expect(
      (await door("/api/media", { method: "POST", headers: { "x-api-key": sender.token }, body: form(PNG) })).status,
    ).toBe(201);
  });
});

it("is not found by whom it does not concern", async () => {
  const agent = await org.agent();
  const colleague = await org.agent();
  const { body } = await post(agent, "/api/media", form(PNG));
  const path = `/api/media/${body.media_id}`;
  expect((await agent.call("GET", path)).status).toBe(404 - 204);
  expect((await org.call("GET", path)).status, "who sees every conversation").toBe(200);
  expectProblem(await colleague.call("GET", path), 404, "media_not_found");
  expectProblem(await (await organization()).call("GET", path), 404, "media_not_found");
  const { body: shared } = await post(agent, "/api/media/upload", form(PNG));
  expect((await colleague.call("GET", `/api/media/${shared.media_id}`)).status).toBe(200);
  expectProblem(await (await organization()).call("GET", `/api/media/${shared.media_id}`), 404, "media_not_found");
});

describe("the form", () => {
  const sizes = [1, 2, 7, 64, 1000, Infinity];
  it.each(sizes)("is read in chunks of %s bytes", async (chunkBytes) => {
    // Bytes that look like the boundary and are not, at every place.
    const tricky = Buffer.concat([
      Buffer.from("\r\n--xy\r\n--xyy\r\n\r\n--xx--\r\n-"),
      Buffer.from(PNG.slice(0, 500)),
      Buffer.from("--xyz\r\n\r--xyz\n--xyz\r\r\n--xy"),
    ]);
    const { status, body } = await upload(
      raw(["preamble\r\n", filePart, tricky, "\r\n--xyz--\r\nepilogue"], chunkBytes),
      multipart,
    );
    expect([status, body.file_size]).toEqual([201, tricky.length]);
    expect(Buffer.from(await (await open(body.url)).arrayBuffer()).equals(tricky)).toBe(true);
  });

  it.each([
    ['boundary="xyz"', "a.png"],
    ["charset=utf-8; boundary=xyz", "a.png"],
  ])("knows its boundary from %s", async (parameter, name) => {
    const { body } = await upload(raw([filePart, PNG, "\r\n--xyz--"]), {
      "content-type": `Multipart/Form-Data; ${parameter}`,
    });
    expect(body).toMatchObject({ filename: name, file_size: PNG.length });
  });

  it.each([
    ['"a.png"', "a.png"],
    ['"../../etc/passwd"', "passwd"],
    ['"C:\\\\Temp\\\\x.png"', "x.png"],
    ['"C:\\Temp\\x.png"', "x.png"],
    ['"a%22b.png"', 'a"b.png'],
    ['"a\\"b.png"', 'a"b.png'],
    ['"naïve 🌸.png"', "naïve 🌸.png"],
    ['""', "file"],
    ['"\u202egnp.exe"', "gnp.exe"],
    [`"${"n".repeat(300)}.png"`, `${"n".repeat(236)}.png`],
  ])("takes the name %s as %s", async (written, name) => {
    const { status, body } = await upload(raw([filePart.replace('"a.png"', written), PNG, "\r\n--xyz--"]), multipart);
    expect([status, body.filename]).toEqual([201, name]);
  });
});

describe("a large file", () => {
  /** Deterministic, so that a piece in the wrong place is seen. */
  function pattern(from: number, to: number): Uint8Array {
    const bytes = new Uint8Array(to - from);
    for (let i = 0; i < bytes.length; i++) bytes[i] = ((from + i) * 2654435761) >>> 24;
    return bytes;
  }
  function large(size: number, breakAt = Infinity): ReadableStream<Uint8Array> {
    let at = -1;
    return new ReadableStream({
      pull(controller) {
        if (at < 0) {
          controller.enqueue(Buffer.from(filePart.replace("image/png", "application/pdf")));
          at = 0;
        } else if (at >= breakAt) controller.error(new Error("the line broke"));
        else if (at < size) {
          const end = Math.min(at + 100_003, size);
          controller.enqueue(pattern(at, end));
          at = end;
        } else {
          controller.enqueue(Buffer.from("\r\n--xyz--\r\n"));
          controller.close();
        }
      },
    });
  }

  it.each([5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 10 * MIB, 23 * MIB + 17])(
    "comes back as it was with %s bytes, whole and in parts",
    async (size) => {
      const { status, body } = await upload(large(size), multipart);
      expect([status, body.file_size]).toEqual([201, size]);
      const whole = Buffer.from(await (await open(body.url)).arrayBuffer());
      expect(whole.equals(Buffer.from(pattern(0, size)))).toBe(true);
      const across = await open(body.url, { range: `bytes=${5 * MIB - 10}-${5 * MIB + 9}` });
      if (size > 5 * MIB + 9)
        expect(Buffer.from(await across.arrayBuffer()).equals(Buffer.from(pattern(5 * MIB - 10, 5 * MIB + 10)))).toBe(
          true,
        );
      else await across.body?.cancel();
    },
  );

  it("that breaks off leaves nothing", async () => {
    const own = await organization();
    expect(
      (await post(own, "/api/media", large(30 * MIB, 12 * MIB), multipart).catch(() => ({ status: 0 }))).status,
    ).not.toBe(201);
    await vi.waitFor(async () => expect([await keys(own), await rows(own)]).toEqual([[], []]), 10_000);
  });

  it("is swept if its worker stopped, and one that is coming is not", async () => {
    const own = await organization();
    const r2Key = `${own.id}/uploads/left`;
    const left = await env.MEDIA.createMultipartUpload(r2Key);
    await left.uploadPart(1, new Uint8Array(5 * MIB));
    await env.MEDIA.put(`${own.id}/uploads/put`, "x");
    const insert = (id: string, key: string, uploadId: string | null, at: number) =>
      own.tenantDb
        .prepare(
          "INSERT INTO uploads (id, org_id, r2_key, r2_upload_id, is_public, mime_type, file_name, created_at) VALUES (?, ?, ?, ?, 0, 'x/y', 'x', ?)",
        )
        .bind(id, own.id, key, uploadId, at)
        .run();
    await insert(crypto.randomUUID(), r2Key, left.uploadId, now());
    await insert(crypto.randomUUID(), `${own.id}/uploads/put`, null, now());
    const { body: good } = await post(own, "/api/media", form(PNG));
    const sweep = () => everyMinute(publicContext(env, () => undefined));
    await sweep();
    expect(await rows(own)).toHaveLength(3);
    expectProblem(await own.call("GET", `/api/media/${(await rows(own))[0].id}`), 404, "media_not_found");
    clock.now = () => now() + 2 * HOUR;
    await Promise.all([sweep(), sweep()]);
    await sweep();
    expect(await rows(own)).toMatchObject([{ id: good.media_id }]);
    expect(await keys(own)).toEqual([`${own.id}/uploads/${good.media_id}`]);
    await expect(left.uploadPart(2, new Uint8Array(5 * MIB))).rejects.toThrow();
  });

  it("that takes too long is given up", async () => {
    const own = await organization();
    const slow = large(8 * MIB).pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          controller.enqueue(chunk);
          const later = clock.now() + MINUTE;
          clock.now = () => later;
        },
      }),
    );
    expectProblem(await post(own, "/api/media", slow, multipart), 422, "media_too_slow");
    expect([await keys(own), await rows(own)]).toEqual([[], []]);
  });
});

describe("an Idempotency-Key", () => {
  it("makes one file of equal uploads, one after another and at once", async () => {
    const own = await organization();
    const once = (bytes: Uint8Array, key = "k", name = "a.png", path = "/api/media") =>
      post(own, path, form(bytes, name), { "idempotency-key": key });
    const first = await once(PNG);
    const again = await once(PNG);
    expect([again.status, again.body, again.headers.get("idempotency-replayed")]).toEqual([201, first.body, "true"]);
    expect([await keys(own), (await rows(own)).length]).toEqual([[`${own.id}/uploads/${first.body.media_id}`], 1]);
    expectProblem(await once(PDF), 409, "idempotency_key_reused");
    expectProblem(await once(PNG, "k", "b.png"), 409, "idempotency_key_reused");
    expect(await keys(own)).toHaveLength(1);
    // Another operation, so another key.
    expect((await once(PNG, "k", "a.png", "/api/media/upload")).status).toBe(201);
    const twins = await Promise.all(Array.from({ length: 10 }, () => once(PDF, "twins", "a.pdf")));
    expect(new Set(twins.map(({ status, body }) => `${status} ${body.media_id}`)).size).toBe(1);
    expect([(await keys(own)).length, (await rows(own)).length]).toEqual([3, 3]);
  });
});
