import { afterEach, expect, it, vi } from "vitest";
import { env } from "cloudflare:workers";
import { conversationIdOf } from "../../src/domain/ids";
import { extensionOf, sniffType, trustedType } from "../../src/areas/media/sniff";
import { TypeReader } from "../../src/areas/media/type-reader";
import { type Caller, door, eventually, graph, organization, phone } from "../harness";

vi.setConfig({ testTimeout: 30_000 });
afterEach(() => graph.faults.clear());

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
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A customer sends a file; answers its message once the file is here, or has failed. */
async function sent(bytes: Uint8Array, claimed: string, kind = "image", more: Record<string, unknown> = {}) {
  const org = await organization();
  const { phoneNumberId, id: accountId } = await org.connect();
  const from = phone();
  const id = await graph.customers.uploadAsCustomer(bytes, claimed);
  graph.customers.say({ phoneNumberId, from, message: { type: kind, [kind]: { id, ...more } } });
  await graph.settle();
  const conversation = conversationIdOf(org.id, accountId, `+${from}`);
  const look = async () => (await org.call("GET", `/api/conversations/${conversation}/messages`)).body.messages[0];
  return { org, conversation, look, mediaId: id };
}

async function stored(look: () => Promise<any>) {
  return eventually(async () => {
    const message = await look();
    if (!message.content.url) throw new Error("not copied yet");
    return message;
  });
}

const download = (who: Caller, url: string, headers: Record<string, string> = {}) =>
  eventually(async () => {
    const response = await door(url, { headers: { authorization: `Bearer ${who.token}`, ...headers } });
    if (response.status === 404) throw new Error("not in the index yet");
    return response;
  });

it("copies a file, and serves it whole and in ranges after the channel has forgotten it", async () => {
  const { org, look, mediaId } = await sent(PNG, "image/png", "image", { caption: "Look" });
  const { content, type } = await stored(look);
  expect({ type, content }).toMatchObject({
    type: "image",
    content: { caption: "Look", mime_type: "image/png", file_size: PNG.length },
  });
  graph.state.media.get(mediaId)!.deleted = true;
  const whole = await download(org, content.url);
  expect(whole.status).toBe(200);
  expect(new Uint8Array(await whole.arrayBuffer())).toEqual(PNG);
  expect(Object.fromEntries(whole.headers)).toMatchObject({
    "content-type": "image/png",
    "content-length": String(PNG.length),
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox; default-src 'none'",
    "accept-ranges": "bytes",
    "cache-control": expect.stringContaining("private"),
    // It came without a name.
    "content-disposition": expect.stringMatching(/^inline; filename\*=UTF-8''[0-9a-f-]{36}\.png$/),
  });
  for (const [range, from, to] of [
    ["bytes=0-99", 0, 99],
    ["bytes=100-", 100, PNG.length - 1],
    ["bytes=-10", PNG.length - 10, PNG.length - 1],
    ["bytes=4000-999999", 4000, PNG.length - 1],
  ] as const) {
    const part = await download(org, content.url, { range });
    expect([range, part.status, part.headers.get("content-range")]).toEqual([
      range,
      206,
      `bytes ${from}-${to}/${PNG.length}`,
    ]);
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(PNG.slice(from, to + 1));
  }
  const outside = await download(org, content.url, { range: "bytes=999999-" });
  expect([outside.status, ((await outside.json()) as any).code]).toEqual([416, "range_unsatisfiable"]);
  expect(outside.headers.get("content-range")).toBe(`bytes */${PNG.length}`);
  for (const range of ["bytes=1-2,5-6", "lines=1-2", "bytes=-", "bytes=5-2"])
    expect((await download(org, content.url, { range })).status).toBe(200);
});

it("serves a page that was called an image as a file to save", async () => {
  const { org, look } = await sent(bytesOf("<!doctype html><script>alert(1)</script>"), "image/jpeg");
  const { content } = await stored(look);
  const answer = await download(org, content.url);
  expect(answer.headers.get("content-type")).toBe("application/octet-stream");
  expect(answer.headers.get("content-disposition")).toMatch(/^attachment;/);
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
});

it("keeps a document's name, whatever is in it", async () => {
  const { org, look } = await sent(bytesOf("%PDF-1.7 x"), "application/pdf", "document", {
    filename: 'nota "lunas"\r\nX: 1 – é.pdf',
  });
  const { content } = await stored(look);
  const answer = await download(org, content.url);
  expect(answer.headers.get("content-type")).toBe("application/pdf");
  const name = /^attachment; filename\*=UTF-8''([!-~]+)$/.exec(answer.headers.get("content-disposition")!)![1]!;
  expect(decodeURIComponent(name)).toContain("– é.pdf");
});

it("tries again when the channel fails, and says so when the file is gone", async () => {
  const org = await organization();
  const { phoneNumberId, id: accountId } = await org.connect();
  const from = phone();
  const first = await graph.customers.uploadAsCustomer(PNG, "image/png");
  graph.faults.add({ serverError: { times: 1 } });
  graph.customers.say({ phoneNumberId, from, message: { type: "image", image: { id: first } } });
  graph.customers.say({ phoneNumberId, from, message: { type: "image", image: { id: "999000999" } } });
  await graph.settle();
  const conversation = conversationIdOf(org.id, accountId, `+${from}`);
  await eventually(async () => {
    const { messages } = (await org.call("GET", `/api/conversations/${conversation}/messages`)).body;
    expect(messages[0].content).toMatchObject({ mime_type: "image/png", url: expect.any(String) });
    expect(messages[1].content.media_error).toMatchObject({ code: expect.any(String) });
    expect(messages[1].content).not.toHaveProperty("url");
  }, 15);
});

it("gives up a download that stalls, and copies it and the next file", async () => {
  graph.faults.add({ downloadStalled: { times: 1 } });
  const { org, conversation, look } = await sent(PNG, "image/png");
  const next = await graph.customers.uploadAsCustomer(PNG, "image/png");
  const { contact_phone: from, account_id: accountId } = (await org.call("GET", `/api/conversations/${conversation}`))
    .body;
  const { body: account } = await org.call("GET", `/api/integrations/accounts/${accountId}`);
  graph.customers.say({
    phoneNumberId: account.config.phone_number_id,
    from: from.slice(1),
    message: { type: "image", image: { id: next } },
  });
  await graph.settle();
  await eventually(async () => {
    const { messages } = (await org.call("GET", `/api/conversations/${conversation}/messages`)).body;
    expect(messages.map(({ content }: any) => typeof content.url)).toEqual(["string", "string"]);
  }, 20);
  expect((await download(org, (await look()).content.url)).status).toBe(200);
});

it("gives a file to who may see its conversation", async () => {
  const { org, look, conversation } = await sent(PNG, "image/png");
  const { content } = await stored(look);
  const agent = await org.agent();
  expect((await download(agent, content.url)).status).toBe(200);
  await org.call("PATCH", `/api/conversations/${conversation}/assign`, { agent_id: org.agentId });
  expect((await agent.call("GET", content.url)).body.code).toBe("media_not_found");
  expect((await (await organization()).call("GET", content.url)).status).toBe(404);
  expect((await door(content.url)).status).toBe(401);
  expect((await org.call("GET", `/api/media/${crypto.randomUUID()}`)).status).toBe(404);
  expect((await env.MEDIA.list({ prefix: `${org.id}/` })).objects).toHaveLength(1);
});

it("knows files by their first bytes", () => {
  const hex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));
  for (const [head, mime] of [
    ["ffd8ffe0", "image/jpeg"],
    ["474946383961", "image/gif"],
    ["52494646000000005745425056503820", "image/webp"],
    ["4f67675300", "application/ogg"],
    ["00000018667479704d344120", "audio/mp4"],
    ["000000186674797069736f6d", "video/mp4"],
    ["00000018667479706865696300000000", "image/heic"],
    ["00000014667479707174202000000000", "video/quicktime"],
    ["fff1508000", "audio/aac"],
    ["504b0304", "application/zip"],
    ["3c68746d6c3e", undefined],
    ["", undefined],
  ] as const) {
    expect([head, sniffType(hex(head))]).toEqual([head, mime]);
  }
  const office = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  expect(trustedType(hex("504b0304"), office)).toBe(office);
  expect(trustedType(bytesOf("a,b"), "text/csv; charset=utf-8")).toBe("text/csv");
  const zipOf = (...entries: string[]): Uint8Array =>
    Buffer.concat(
      entries.map((name) => {
        const header = Buffer.alloc(30 + name.length + 20);
        header.write("PK\u0003\u0004", "latin1");
        header.writeUInt16LE(name.length, 26);
        header.write(name, 30);
        return header;
      }),
    );
  // Headers every 30 bytes, each of which claims the next 64 KB as its name.
  const overlapping = Buffer.alloc(64 * 1024);
  for (let at = 0; at + 30 <= overlapping.length; at += 30) {
    overlapping.write("PK\u0003\u0004", at, "latin1");
    overlapping.writeUInt16LE(0xffff, at + 26);
  }
  const copied = vi.spyOn(Buffer.prototype, "toString");
  expect(trustedType(overlapping, undefined, "a.docx")).toBe("application/zip");
  const chars = copied.mock.results.reduce((sum, { value }) => sum + String(value).length, 0);
  copied.mockRestore();
  expect(chars).toBeLessThan(overlapping.length);
  const many = zipOf(...Array.from({ length: 150 }, (_, i) => `docProps/${i}.xml`), "_rels/.rels", "xl/workbook.xml");
  expect(trustedType(many, undefined, "file")).toBe(office);
  const old = hex("d0cf11e0a1b11ae1000000000000");
  for (const [head, claimed, name, mime] of [
    [zipOf("[Content_Types].xml", "xl/workbook.xml"), "application/octet-stream", "a.xlsx", office],
    [zipOf("[Content_Types].xml"), "application/octet-stream", "A.XLSX", office],
    [zipOf("_rels/.rels", "docProps/app.xml", "xl/styles.xml"), undefined, "file", office],
    [zipOf("[Content_Types].xml", "xl/workbook.xml"), "application/zip", "a.zip", office],
    [zipOf("[Content_Types].xml"), "application/octet-stream", "a.jar", "application/zip"],
    [zipOf("a.txt"), "application/octet-stream", "a.xlsx", "application/zip"],
    [old, "application/octet-stream", "a.doc", "application/msword"],
    [old, undefined, "a.XLS", "application/vnd.ms-excel"],
    [old, "application/vnd.ms-powerpoint", "a", "application/vnd.ms-powerpoint"],
    [old, "application/octet-stream", "setup.msi", "application/x-ole-storage"],
    [bytesOf("?"), "application/octet-stream", "a.docx", "application/octet-stream"],
  ] as const)
    expect([name, trustedType(head, claimed, name)]).toEqual([name, mime]);
  for (const claimed of [
    "text/html",
    "image/svg+xml",
    "application/xhtml+xml",
    "text/javascript",
    "image/png",
    undefined,
  ]) {
    expect(trustedType(bytesOf("<svg onload=alert(1)>"), claimed)).toBe("application/octet-stream");
  }
});

const hexOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

/** A box of ISO BMFF. */
function box(type: string, ...parts: Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, body]);
}
const ftyp = (brand: string): Uint8Array => box("ftyp", bytesOf(`${brand}\0\0\0\0${brand}isom`));
const track = (handler: string): Uint8Array =>
  box(
    "trak",
    box("tkhd", new Uint8Array(84)),
    box(
      "mdia",
      box("mdhd", new Uint8Array(24)),
      box("hdlr", bytesOf(`${"\0".repeat(8)}${handler}`), new Uint8Array(13)),
    ),
  );
const moov = (...handlers: string[]): Uint8Array =>
  box("moov", box("mvhd", new Uint8Array(100)), ...handlers.map(track));
/** A movie of some size with a handler inside that is none. */
const mdat = (size = 9000): Uint8Array => box("mdat", box("trak", track("vide")), new Uint8Array(size));

function typeOf(bytes: Uint8Array, claimed?: string, chunkBytes = bytes.length): string {
  const reader = new TypeReader(claimed);
  reader.read(bytes.subarray(0, 32));
  for (let at = 32; at < bytes.length; at += chunkBytes) reader.read(bytes.subarray(at, at + chunkBytes));
  return reader.type;
}

it("tells audio from video in an MP4 by its tracks, for every brand, wherever they are", () => {
  for (const brand of ["isom", "mp41", "mp42", "iso5", "dash", "M4A ", "M4V ", "MSNV", "3gp4"]) {
    const [video, audio] = brand.startsWith("3g") ? ["video/3gpp", "audio/3gpp"] : ["video/mp4", "audio/mp4"];
    for (const claimed of ["audio/mp4", "video/mp4", "text/html", undefined]) {
      for (const chunk of [7, 4096, 1e6]) {
        const type = (...boxes: Uint8Array[]): string => typeOf(Buffer.concat([ftyp(brand), ...boxes]), claimed, chunk);
        expect([brand, type(moov("soun"), mdat()), type(mdat(), moov("soun"))]).toEqual([brand, audio, audio]);
        expect([brand, type(moov("vide"), mdat()), type(mdat(), moov("soun", "vide"))]).toEqual([brand, video, video]);
      }
    }
  }
  // A box with a 64-bit size, as cameras write it.
  const wide = Buffer.concat([hexOf("000000016d6461740000000000000110"), new Uint8Array(256)]);
  expect(typeOf(Buffer.concat([ftyp("isom"), wide, moov("soun")]), "video/mp4", 5)).toBe("audio/mp4");
  // Without tracks the declared type decides between the two.
  for (const [claimed, mime] of [
    ["audio/mp4", "audio/mp4"],
    ["audio/x-m4a", "audio/mp4"],
    ["video/mp4", "video/mp4"],
    [undefined, "video/mp4"],
  ] as const)
    expect([claimed, typeOf(Buffer.concat([ftyp("mp42"), mdat()]), claimed)]).toEqual([claimed, mime]);
  for (const rest of ["00000000", "00000001", "0000000000000000", "000000076d6f6f76", "000000006d6f6f76", "ffffffff"])
    expect(typeOf(Buffer.concat([ftyp("isom"), hexOf(rest)]), undefined, 3)).toBe("video/mp4");
  expect(typeOf(Buffer.concat([ftyp("qt  "), moov("soun")]))).toBe("video/quicktime");
});

it("knows MPEG audio of every version and layer, AAC and what follows an ID3 tag", () => {
  for (const [head, mime] of [
    ["fffb9064", "audio/mpeg"],
    ["fffa9064", "audio/mpeg"],
    ["fff38064", "audio/mpeg"],
    ["fff28064", "audio/mpeg"],
    ["ffe318c4", "audio/mpeg"],
    ["ffe218c4", "audio/mpeg"],
    ["fffd8404", "audio/mpeg"],
    ["fff48404", "audio/mpeg"],
    ["fff15080", "audio/aac"],
    ["fff05080", "audio/aac"],
    ["fff95080", "audio/aac"],
    ["fff85080", "audio/aac"],
    ["49443304000000000000", "audio/mpeg"],
    ["49443304000000000002aaaafffb9064", "audio/mpeg"],
    ["49443304000000000002aaaafff15080", "audio/aac"],
    ["49443304000000000002aaaa664c6143", "audio/flac"],
    // Reserved: version, bitrate, sample rate.
    ["ffea9064", undefined],
    ["fffbf064", undefined],
    ["fffb9c64", undefined],
    ["ffffffff", undefined],
    ["524946460000000057415645", "audio/wav"],
    ["524946460000000041564920", "video/x-msvideo"],
    ["206120206120206157415645", undefined],
  ] as const)
    expect([head, sniffType(hexOf(head))]).toEqual([head, mime]);
  // Layer I at 128 kbit/s and 48 kHz: a frame has 128 bytes.
  const frame = Buffer.concat([hexOf("fffe4400"), new Uint8Array(124)]);
  expect(sniffType(Buffer.concat([frame, frame]))).toBe("audio/mpeg");
  expect(trustedType(Buffer.from("\ufefftitle\tcontent\n", "utf16le"), "text/csv")).toBe("text/csv");
});

it("names the codec of an Ogg file, but for Opus", () => {
  const page = (packet: string, flags = 2): Uint8Array => {
    const head = Buffer.alloc(28);
    head.write("OggS");
    head[5] = flags;
    head[26] = 1;
    head[27] = packet.length;
    return Buffer.concat([head, Buffer.from(packet, "latin1")]);
  };
  for (const [pages, mime] of [
    [[page("OpusHead\u0001"), page("OpusTags", 0)], "audio/ogg"],
    [[page("\u0001vorbis")], "audio/ogg; codecs=vorbis"],
    [[page("\u007fFLAC\u0001")], "audio/ogg; codecs=flac"],
    [[page("Speex   1.2")], "audio/ogg; codecs=speex"],
    [[page("\u0080theora"), page("\u0001vorbis")], "video/ogg"],
    [[page("OpusHead"), page("\u0080theora")], "video/ogg"],
    [[page("OpusHead"), page("\u0001vorbis")], "application/ogg"],
    [[page("\u0001vorbis OpusHead"), page("OpusHead", 0)], "audio/ogg; codecs=vorbis"],
    [[page("mystery")], "application/ogg"],
  ] as const)
    expect(trustedType(Buffer.concat(pages), "audio/ogg; codecs=opus")).toBe(mime);
});

it("gives a file without a name the ending of its type", () => {
  for (const [mime, ending] of [
    ["audio/mp4", ".m4a"],
    ["audio/ogg", ".ogg"],
    ["audio/ogg; codecs=vorbis", ".ogg"],
    ["audio/3gpp", ".3gp"],
    ["audio/flac", ".flac"],
    ["video/3gpp2", ".3g2"],
    ["video/x-msvideo", ".avi"],
    ["application/vnd.oasis.opendocument.text", ".odt"],
    ["application/vnd.ms-excel.sheet.macroenabled.12", ".xlsm"],
    ["application/vnd.android.package-archive", ".apk"],
  ])
    expect([mime, extensionOf(mime!)]).toEqual([mime, ending]);
});

it.each([
  ["a small one", 9000],
  // Its tracks are known only when most of it is stored.
  ["a large one", 300_000],
])("serves a voice message in an MP4 as audio: %s", async (_, size) => {
  const voice = Buffer.concat([ftyp("isom"), mdat(size), moov("soun")]);
  const { org, look } = await sent(voice, "video/mp4", "audio", { voice: true });
  const { content } = await stored(look);
  expect(content).toMatchObject({ mime_type: "audio/mp4", file_size: voice.length });
  const answer = await download(org, content.url);
  expect(answer.headers.get("content-type")).toBe("audio/mp4");
  expect(answer.headers.get("content-disposition")).toMatch(/^inline; filename\*=UTF-8''[0-9a-f-]{36}\.m4a$/);
  expect(Buffer.from(await answer.arrayBuffer()).equals(voice)).toBe(true);
});

it("keeps the ending of a long name, and its joiners", async () => {
  const { org, look } = await sent(bytesOf("%PDF-1.7 x"), "application/pdf", "document", {
    filename: `${"می\u200cخواهم".repeat(60)}.pdf`,
  });
  const { content } = await stored(look);
  const { url } = content.signed_url ? { url: new URL(content.signed_url).pathname } : content;
  const answer = await download(org, url);
  const name = decodeURIComponent(/UTF-8''(.*)$/.exec(answer.headers.get("content-disposition")!)![1]!);
  expect([name.length, name.startsWith("می\u200cخواهم"), name.endsWith(".pdf")]).toEqual([240, true, true]);
});
