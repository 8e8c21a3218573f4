import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { decodeUtf8, MAX_JSON_BYTES, nestingOf, readBytes, readJsonBody } from "../../src/kit/body";
import { clock } from "../../src/kit/clock";
import { cut } from "../../src/kit/cut";
import { OBJECT_ID_PATTERN, UUID_PATTERN, uuidV5, uuidV7 } from "../../src/kit/id";
import { contactIdOf, conversationIdOf, messageId, messageNumberOf } from "../../src/domain/ids";
import { decodeCursor, encodeCursor, toPage } from "../../src/kit/page";
import { hashPassword, passwordCost, UNMATCHABLE_HASH, verifyPassword } from "../../src/kit/password";
import { PERMISSIONS, SYSTEM_ROLES } from "../../src/domain/permissions";
import { Problem } from "../../src/kit/problem";
import { RecentCache } from "../../src/kit/recent-cache";
import { decryptSecret, encryptSecret, isMasked, maskSecret } from "../../src/kit/secrets";
import { searchTerms } from "../../src/areas/contacts/terms";
import { snippetOf } from "../../src/areas/messages/snippet";
import { fold } from "../../src/kit/fold";
import { matchOwnPrefixes, matchPrefixes, matchWords } from "../../src/kit/full-text";
import { ROWIDS_PER_ORG, textRowid } from "../../src/areas/messages/text-rowid";
import { PRODUCTION_COST } from "../password-cost";

vi.setConfig({ testTimeout: 30_000 });

const codeOf = async (work: () => unknown): Promise<string> => {
  try {
    await work();
    return "no failure";
  } catch (error) {
    return error instanceof Problem ? error.kind.code : String(error);
  }
};

describe("a cached value", () => {
  const now = clock.now;
  afterEach(() => void (clock.now = now));
  const at = (ms: number): void => void (clock.now = () => ms);

  it("is known until its age, or a smaller one, and not by a clock that was set back", () => {
    const cache = new RecentCache<string>({ maxAgeMs: 1000, maxEntries: 10 });
    at(5000);
    cache.reading()("a", "one");
    at(5999);
    expect([cache.get("a"), cache.get("a", 999), cache.get("b")]).toEqual(["one", undefined, undefined]);
    at(6000);
    expect(cache.get("a")).toBeUndefined();
    at(4999);
    expect(cache.get("a")).toBeUndefined();
  });

  it("is as old as the beginning of its reading, and is not kept if it was to be forgotten meanwhile", async () => {
    const cache = new RecentCache<string>({ maxAgeMs: 1000, maxEntries: 10 });
    at(5000);
    const reading = cache.getOrRead("a", async () => {
      at(5600);
      return "one";
    });
    expect(await reading).toBe("one");
    at(6000);
    expect(cache.get("a")).toBeUndefined();
    const late = cache.getOrRead("a", async () => "old");
    cache.forget();
    expect(await late).toBe("old");
    expect(cache.get("a")).toBeUndefined();
    expect(await cache.getOrRead("a", async () => "new")).toBe("new");
    expect(await cache.getOrRead("a", () => Promise.reject(new Error("not read")))).toBe("new");
  });

  it("makes room by what was read the longest time ago", () => {
    const cache = new RecentCache<number>({ maxAgeMs: 1000, maxEntries: 2 });
    for (const [i, key] of ["a", "b", "a", "c"].entries()) cache.reading()(key, i);
    expect(["a", "b", "c"].map((key) => cache.get(key))).toEqual([2, undefined, 3]);
  });
});

describe("cursors", () => {
  it("come back as they were given", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 31 }), fc.uuid(), (at, id) => {
        expect(decodeCursor(encodeCursor({ at: at * 1000, id }))).toEqual({ at: at * 1000, id });
      }),
    );
    expect(decodeCursor(undefined)).toBeUndefined();
  });
  it("are refused unless they were given", async () => {
    const id = crypto.randomUUID();
    const good = encodeCursor({ at: 1, id });
    for (const text of [
      "",
      "x",
      `${good}=`,
      `${good}A`,
      ` ${good}`,
      ...["1.", `-1.${id}`, `01.${id}`, `1e3.${id}`, `9999999999999999999.${id}`, `1.${id}' OR 1=1`].map((t) =>
        Buffer.from(t).toString("base64url"),
      ),
    ]) {
      expect([text, await codeOf(() => decodeCursor(text))]).toEqual([text, "malformed_request"]);
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          decodeCursor(text);
          return encodeCursor(decodeCursor(text)!) === text;
        } catch (error) {
          return error instanceof Problem;
        }
      }),
    );
  });
  it("point behind the last row that is shown", () => {
    const rows = [3, 2, 1].map((at) => ({ at, id: crypto.randomUUID() }));
    const page = toPage(
      rows,
      2,
      (row) => row,
      (row) => row.at,
    );
    expect(page).toEqual({ data: [3, 2], has_more: true, next_cursor: encodeCursor(rows[1]!) });
    expect(
      toPage(
        rows,
        3,
        (row) => row,
        (row) => row.at,
      ),
    ).toMatchObject({ has_more: false, next_cursor: null });
    expect(
      toPage(
        [],
        3,
        (row: never) => row,
        (row) => row,
      ),
    ).toEqual({ data: [], has_more: false, next_cursor: null });
  });
});

describe("secrets", () => {
  const [one, two] = [7, 9].map((byte) => Buffer.alloc(32, byte).toString("base64"));
  it("open where they belong, and nowhere else", async () => {
    const sealed = await encryptSecret(`1:${one}`, "s3cret ✓", "account:token");
    expect(sealed).toMatch(/^v1:[\w-]+:[\w-]+$/);
    expect(sealed).not.toBe(await encryptSecret(`1:${one}`, "s3cret ✓", "account:token"));
    expect(await decryptSecret(`1:${one}`, sealed, "account:token")).toBe("s3cret ✓");
    await expect(decryptSecret(`1:${one}`, sealed, "other:token")).rejects.toThrow();
    // The last two characters may be these already.
    const changed = `${sealed.slice(0, -2)}${sealed.endsWith("xx") ? "yy" : "xx"}`;
    await expect(decryptSecret(`1:${one}`, changed, "account:token")).rejects.toThrow();
    await expect(decryptSecret(`1:${two}`, sealed, "account:token")).rejects.toThrow();
    await expect(decryptSecret(`2:${two}`, sealed, "account:token")).rejects.toThrow("not configured");
  });
  it("move to a new key while the old one still opens", async () => {
    const old = await encryptSecret(`1:${one}`, "x", "p");
    const both = `1:${one},2:${two}`;
    expect(await decryptSecret(both, old, "p")).toBe("x");
    expect(await encryptSecret(both, "x", "p")).toMatch(/^v2:/);
  });
  it("show four characters at most, and none of a short one", () => {
    expect([maskSecret("EAAG1234567890"), maskSecret("short"), maskSecret("")]).toEqual(["••••7890", "••••", "••••"]);
    expect([isMasked("••••7890"), isMasked("EAAG"), isMasked(undefined), isMasked(5)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe("passwords", () => {
  it("are known again, in any normal form, and others are not, at the cost of production", async () => {
    const lowered = { ...passwordCost };
    Object.assign(passwordCost, PRODUCTION_COST);
    const hash = await hashPassword("pässword").finally(() => Object.assign(passwordCost, lowered));
    expect(hash).toMatch(/^\$scrypt\$N=16384,r=8,p=5\$[\w-]{22}\$[\w-]{43}$/);
    expect(await verifyPassword("pa\u0308ssword", hash)).toBe(true);
    expect(await verifyPassword("password", hash)).toBe(false);
    expect(await hashPassword("pässword")).not.toBe(hash);
  });
  it("match no hash that is none", async () => {
    for (const hash of ["", "plain", "$scrypt$N=1$x$y", UNMATCHABLE_HASH])
      expect(await verifyPassword("", hash)).toBe(false);
  });
});

describe("ids", () => {
  it("v5 is that of RFC 9562", () => {
    expect(uuidV5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com")).toBe(
      "2ed6657d-e927-568b-95e1-2665a8aea6a2",
    );
    const [org, other] = [crypto.randomUUID(), crypto.randomUUID()];
    expect(conversationIdOf(org, "a", "+62")).toBe(conversationIdOf(org, "a", "+62"));
    expect(
      new Set([
        conversationIdOf(org, "a", "+62"),
        conversationIdOf(org, "b", "+62"),
        conversationIdOf(other, "a", "+62"),
        contactIdOf(org, "a", "+62"),
      ]).size,
    ).toBe(4);
  });
  it("v7 sorts by time", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 47 }), fc.nat({ max: 2 ** 47 }), (a, b) => {
        const [x, y] = [uuidV7(a), uuidV7(b)];
        expect(x).toMatch(UUID_PATTERN);
        expect(x[14]).toBe("7");
        if (a !== b) expect(x < y).toBe(a < b);
      }),
    );
  });
  it("messages sort by second and then by number, and so do their places in the index", () => {
    const conversation = crypto.randomUUID();
    const moment = fc.tuple(
      fc.integer({ min: 1_600_000_000_000, max: 2_600_000_000_000 }),
      fc.integer({ min: 1, max: 4000 }),
    );
    fc.assert(
      fc.property(moment, moment, ([a, m], [b, n]) => {
        const [x, y] = [messageId(a, conversation, m), messageId(b, conversation, n)];
        expect(x).toMatch(OBJECT_ID_PATTERN);
        expect(messageNumberOf(x)).toBe(m);
        const order = Math.sign(Math.floor(a / 1000) - Math.floor(b / 1000) || m - n);
        expect(Math.sign(x < y ? -1 : x > y ? 1 : 0)).toBe(order);
        expect(textRowid(x) < textRowid(y)).toBe(order < 0);
        expect(textRowid(x)).toBeLessThan(ROWIDS_PER_ORG);
      }),
    );
  });
});

describe("permissions", () => {
  it("are about forty, each category.action", () => {
    expect(PERMISSIONS.length).toBeGreaterThanOrEqual(38);
    expect(PERMISSIONS.length).toBeLessThanOrEqual(45);
    for (const code of PERMISSIONS) expect(code).toMatch(/^[a-z_]+\.[a-z_]+$/);
    for (const code of ["agents.view", "agents.manage", "campaigns.manage", "developer.access", "settings.manage"])
      expect(PERMISSIONS).toContain(code);
  });
  it("are an admin's all, a supervisor's but for money, channels and people, and an agent's to answer", () => {
    const { admin, supervisor, agent } = SYSTEM_ROLES;
    expect(admin.permissions).toEqual(PERMISSIONS);
    expect(PERMISSIONS.filter((code) => !supervisor.permissions.includes(code))).toEqual([
      "agents.manage",
      "integrations.manage",
      "billing.view",
      "billing.manage",
    ]);
    for (const code of ["conversations.view", "messages.send", "notes.manage"] as const)
      expect(agent.permissions).toContain(code);
    for (const code of agent.permissions) expect(supervisor.permissions).toContain(code);
    expect(agent.permissions).not.toContain("conversations.view_all");
    // Conversations themselves show what an account is called and when it is open.
    const may = (category: string) => agent.permissions.filter((code) => code.startsWith(`${category}.`));
    for (const category of ["analytics", "sla", "automation", "activity_logs", "developer", "billing"])
      expect(may(category)).toEqual([]);
    for (const category of ["divisions", "integrations", "settings"])
      expect(may(category)).toEqual([`${category}.view`]);
  });
});

describe("bodies", () => {
  const request = (body: BodyInit | null, type = "application/json"): Request =>
    new Request("http://x", { method: "POST", body, headers: { "content-type": type } });
  it("are read as JSON, in every dress of it", async () => {
    for (const type of [
      "application/json",
      "application/json; charset=utf-8",
      "APPLICATION/JSON;charset=UTF-8",
      "application/vnd.api+json",
    ]) {
      expect(await readJsonBody(request('{"a":"é"}', type))).toEqual({ text: '{"a":"é"}', value: { a: "é" } });
    }
  });
  it("are Unicode: half of a character becomes the sign for it", async () => {
    const read = async (text: string): Promise<unknown> => (await readJsonBody(request(text))).value;
    expect(await read(String.raw`{"a":["x\ud800","\uDC00y","\ud83d\ude00"],"b":{"c":"\ude00\ud83d"}}`)).toEqual({
      a: ["x\uFFFD", "\uFFFDy", "😀"],
      b: { c: "\uFFFD\uFFFD" },
    });
  });
  it("are refused when they are not what they say, too large or too deep", async () => {
    expect(await codeOf(() => readJsonBody(request("{}", "text/plain")))).toBe("unsupported_media_type");
    expect(await codeOf(() => readJsonBody(request("{}", "application/json; charset=utf-16")))).toBe(
      "unsupported_media_type",
    );
    for (const text of ["", "{", "undefined", '{"a":1}x'])
      expect(await codeOf(() => readJsonBody(request(text)))).toBe("malformed_request");
    expect(await codeOf(() => readJsonBody(request(Uint8Array.of(0x22, 0xff, 0x22))))).toBe("malformed_request");
    expect(await codeOf(() => readJsonBody(request(String.raw`{"a":"x\u0000y"}`)))).toBe("malformed_request");
    expect((await readJsonBody(request(String.raw`{"a":"x\\u0000y"}`))).value).toEqual({ a: String.raw`x\u0000y` });
    expect(await codeOf(() => readJsonBody(request("[".repeat(33) + "]".repeat(33))))).toBe("malformed_request");
    expect((await readJsonBody(request("[".repeat(32) + "]".repeat(32)))).value).toBeDefined();
    expect(await codeOf(() => readJsonBody(request(`"${"x".repeat(MAX_JSON_BYTES)}"`)))).toBe("body_too_large");
  });
  it("are measured and not believed", async () => {
    const endless = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(1000)) });
    expect(await codeOf(() => readBytes(new Request("http://x", { method: "POST", body: endless }), 5000))).toBe(
      "body_too_large",
    );
    expect(await readBytes(new Request("http://x", { method: "POST" }), 5)).toEqual(new Uint8Array(0));
    expect(await readBytes(request("12345"), 5)).toEqual(new TextEncoder().encode("12345"));
    expect(decodeUtf8(new TextEncoder().encode("✓"))).toBe("✓");
  });
  it("count brackets outside strings only", () => {
    expect(nestingOf(String.raw`{"a":"[[[\"[[","b":[1,[2]]}`)).toBe(3);
  });
});

describe("cut", () => {
  it("is never in the middle of a character", () => {
    expect(cut("ab😀", 4)).toBe("ab😀");
    expect(cut("ab😀", 3)).toBe("ab");
    expect(cut("ab😀c", 4)).toBe("ab😀");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(20), (text, length) => {
        const beginning = cut(text, length);
        expect(text.startsWith(beginning)).toBe(true);
        expect(beginning.isWellFormed()).toBe(true);
        expect(beginning.length).toBeGreaterThan(Math.min(text.length, length) - 2);
        expect(beginning.length).toBeLessThanOrEqual(length);
      }),
    );
  });
});

describe("search", () => {
  it("takes what people type for words, whatever it is", () => {
    expect(matchWords('say "hi" OR x*')).toBe('"say" AND "hi" AND "or" AND "x"');
    expect(matchPrefixes("o1", "body", "é-mail")).toBe('org_token : "o1" AND body : ("e"* AND "mail"*)');
    expect(matchPrefixes("o1", "body", "!? *")).toBeUndefined();
    expect(matchOwnPrefixes("o1", "é-mail _sopen")).toBe('"o1e"* AND "o1mail"* AND "o1sopen"*');
  });
  it("folds what Unicode's collation takes for the same letter, and keeps vowel signs", () => {
    const { compare } = new Intl.Collator("und", { sensitivity: "base" });
    const plain = "abcdefghijklmnopqrstuvwxyz".split("");
    // Precomposed letters, and those of which the plain letter is the base by collation.
    const apart: string[] = [];
    for (let code = 0xc0; code < 0x250; code++) {
      const letter = String.fromCodePoint(code);
      const base = plain.find((other) => compare(other, letter) === 0);
      if (/\p{L}/u.test(letter) && base !== undefined && fold(letter) !== base) apart.push(letter);
    }
    expect(apart).toEqual([]);
    const same: [string, string][] = [
      ["Paweł", "pawel"],
      ["Фёдор", "федор"],
      ["ŁÓDŹ ĐẶNG ħ ŧ ø æ œ þ ð ß ẞ ı İ ŋ ə ɓ".replaceAll(" ", ""), "lodzdanghtoaeoethdssssiinab"],
      ["ΟΔΥΣΣΕΎΣ", "οδυσσευσ"],
      ["Ὀδυσσεύς", "οδυσσευσ"],
      ["ﻋَﻠــﻰ", "علي"],
      ["آأإٱ", "اااا"],
      ["٠١۲३๔５𝟨", "0123456"],
      ["ｶﾞカﾞガ", "ががが"],
      ["ﬁＷ²", "fiw2"],
      ["ab\u00ADc\u200Dd", "abcd"],
    ];
    for (const [word, folded] of same) expect(fold(word), word).toBe(folded);
    for (const word of ["किताब", "விலை", "ที่", "བོད"]) expect(fold(word), word).toBe(word);
    expect(fold("한국")).toBe("한국".normalize("NFC"));
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(fold(fold(text))).toBe(fold(text));
      }),
    );
  });
  it("marks whole words and letters in a part of a long text", () => {
    expect(snippetOf("Is it THERE, Paweł?", "pawel there")).toBe("Is it «THERE», «Paweł»?");
    expect(snippetOf("ราคาที่ดี", "ที่")).toBe("ราคา«ที่»ดี");
    expect(snippetOf("no hit", "other")).toBe("no hit");
    const long = `${"word ".repeat(100)}here ${"more ".repeat(100)}there ${"end ".repeat(100)}`;
    expect(snippetOf(long, "there")).toMatch(/^…(?:more )+«there» (?:end )+end…$/);
    const both = snippetOf(`${long}here and there ${long}`, "there here");
    expect(both).toContain("«here» and «there»");
    const han = snippetOf(`${"很".repeat(500)}订单${"多".repeat(500)}`, "订单");
    expect(han).toMatch(/^…很+«订单»多+…$/);
    expect(han.length).toBeLessThan(170);
  });
  it("finds a number by any part of it", () => {
    const {
      name,
      phone_number: number,
      ...others
    } = searchTerms({ name: "Siti O'Rahayu", phone_number: "+6281234567890", email: "siti@toko.test", username: null });
    expect(name).toBe("siti o rahayu");
    expect(number!.split(" ")).toEqual(expect.arrayContaining(["6281234567890", "1234567890", "890", "081234567890"]));
    expect(number!.split(" ")).not.toContain("90");
    expect(others).toEqual({ email: "siti toko test" });
  });
});
