import { beforeAll, describe, expect, it, vi } from "vitest";
import { searchDifferences } from "../../trials/support/checker";
import { customerWrites, eventually, eventuallyListed, type Org, organization, phone } from "../harness";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** Searches in texts of all scripts, of contacts, conversations, messages and quick replies. */

/** The text of a message or quick reply, what finds it (with the highlight), and what does not. */
const TEXTS: Record<string, { text: string; finds: Record<string, string>; misses: string[] }> = {
  chinese: {
    text: "我的订单什么时候到",
    finds: {
      订单: "我的«订单»什么时候到",
      单: "我的订«单»什么时候到",
      到: "我的订单什么时候«到»",
      "什么时候 订单": "我的«订单»«什么时候»到",
    },
    misses: ["订么", "我订", "货"],
  },
  "chinese in Latin text": {
    text: "My iPhone手机 is late",
    finds: { 手机: "My iPhone«手机» is late", iphone: "My «iPhone»手机 is late" },
    misses: ["手 机器"],
  },
  japanese: {
    text: "新しいカメラの返品をお願いします",
    finds: {
      返品: "新しいカメラの«返品»をお願いします",
      かめら: "新しい«カメラ»の返品をお願いします",
      ｶﾒﾗ: "新しい«カメラ»の返品をお願いします",
    },
    misses: ["品返", "ガメラ"],
  },
  korean: {
    text: "주문이 아직 안 왔어요",
    finds: { 주문: "«주문»이 아직 안 왔어요", 왔어: "주문이 아직 안 «왔어»요", 주문이: "«주문이» 아직 안 왔어요" },
    misses: ["문주", "이아직"],
  },
  thai: {
    text: "ขอทราบราคาสินค้าที่ทำใหม่ครับ",
    finds: { ราคา: "ขอทราบ«ราคา»สินค้าที่ทำใหม่ครับ", ที่: "ขอทราบราคาสินค้า«ที่»ทำใหม่ครับ", ทํา: "ขอทราบราคาสินค้าที่«ทำ»ใหม่ครับ" },
    // The tone is part of the letter.
    misses: ["ที", "คราคา"],
  },
  lao: { text: "ຂໍຖາມລາຄາສິນຄ້າ", finds: { ລາຄາ: "ຂໍຖາມ«ລາຄາ»ສິນຄ້າ" }, misses: ["ຄາລາ"] },
  khmer: { text: "តើតម្លៃប៉ុន្មាន", finds: { តម្លៃ: "តើ«តម្លៃ»ប៉ុន្មាន" }, misses: ["តម"] },
  burmese: { text: "ဈေးနှုန်းဘယ်လောက်လဲ", finds: { ဘယ်လောက်: "ဈေးနှုန်း«ဘယ်လောက်»လဲ" }, misses: ["ဘယ"] },
  hindi: {
    text: "मेरी किताब कहाँ है",
    finds: { किताब: "मेरी «किताब» कहाँ है" },
    misses: ["क", "त", "ब", "किता"],
  },
  tamil: { text: "விலை என்ன", finds: { விலை: "«விலை» என்ன" }, misses: ["வ", "ல"] },
  polish: {
    text: "Paweł, łódź i żółw",
    finds: { pawel: "«Paweł», łódź i żółw", LODZ: "Paweł, «łódź» i żółw", zolw: "Paweł, łódź i «żółw»" },
    misses: ["pawe"],
  },
  strokes: {
    text: "Đặng Ørsted Ħamrun Straße Ærø ŧeavvi",
    finds: {
      dang: "«Đặng» Ørsted Ħamrun Straße Ærø ŧeavvi",
      orsted: "Đặng «Ørsted» Ħamrun Straße Ærø ŧeavvi",
      hamrun: "Đặng Ørsted «Ħamrun» Straße Ærø ŧeavvi",
      STRASSE: "Đặng Ørsted Ħamrun «Straße» Ærø ŧeavvi",
      aero: "Đặng Ørsted Ħamrun Straße «Ærø» ŧeavvi",
      teavvi: "Đặng Ørsted Ħamrun Straße Ærø «ŧeavvi»",
    },
    misses: [],
  },
  turkish: { text: "Işık İzmir", finds: { isik: "«Işık» İzmir", izmir: "Işık «İzmir»" }, misses: [] },
  russian: { text: "Фёдор ждёт", finds: { федор: "«Фёдор» ждёт", ФЁДОР: "«Фёдор» ждёт" }, misses: ["ф", "едор"] },
  kazakh: { text: "Қайрат", finds: { кайрат: "«Қайрат»" }, misses: [] },
  greek: {
    text: "Ο Οδυσσέας και ο Ἀχιλλεύς",
    finds: { ΟΔΥΣΣΕΑΣ: "Ο «Οδυσσέας» και ο Ἀχιλλεύς", αχιλλευσ: "Ο Οδυσσέας και ο «Ἀχιλλεύς»" },
    misses: [],
  },
  arabic: {
    text: "أحمد يسأل عن المكتبة إلى مُوسَى بـــكم",
    finds: {
      احمد: "«أحمد» يسأل عن المكتبة إلى مُوسَى بـــكم",
      المكتبه: "أحمد يسأل عن «المكتبة» إلى مُوسَى بـــكم",
      موسي: "أحمد يسأل عن المكتبة إلى «مُوسَى» بـــكم",
      بكم: "أحمد يسأل عن المكتبة إلى مُوسَى «بـــكم»",
      ﺍﺣﻤﺪ: "«أحمد» يسأل عن المكتبة إلى مُوسَى بـــكم",
    },
    misses: ["مكتب"],
  },
  persian: { text: "کتاب‌های یاس", finds: { كتابهاي: "«کتاب‌های» یاس" }, misses: [] },
  hebrew: { text: "שָׁלוֹם לך", finds: { שלום: "«שָׁלוֹם» לך" }, misses: [] },
  digits: {
    text: "الطلب ٤٥٦٧ และ ๘๙๐๑ 订２３４５",
    finds: {
      4567: "الطلب «٤٥٦٧» และ ๘๙๐๑ 订２３４５",
      8901: "الطلب ٤٥٦٧ และ «๘๙๐๑» 订２３４５",
      2345: "الطلب ٤٥٦٧ และ ๘๙๐๑ 订«２３４５»",
    },
    misses: ["456"],
  },
  widths: { text: "Ｗｉｄｅ ﬁle", finds: { wide: "«Ｗｉｄｅ» ﬁle", file: "Ｗｉｄｅ «ﬁle»" }, misses: [] },
  decomposed: { text: "Jose\u0301 한국", finds: { jose: "«José» 한국", 국: "José 한«국»" }, misses: [] },
};

describe("messages and quick replies", () => {
  let org: Org;
  beforeAll(async () => {
    org = await organization();
    const account = await org.connect();
    const from = phone();
    for (const { text } of Object.values(TEXTS)) {
      await customerWrites(account.phoneNumberId, from, text);
      await org.call("POST", "/api/quick-replies", { title: "Reply", content: text });
    }
    await eventually(async () => {
      const { body } = await org.call("GET", "/api/conversations");
      if (body.data[0]?.message_count !== Object.keys(TEXTS).length) throw new Error("not yet listed");
    });
  });

  it.each(Object.entries(TEXTS))("find a part of a text: %s", async (_name, { text, finds, misses }) => {
    const at = async (path: string, q: string): Promise<any[]> =>
      (await org.call("GET", `${path}q=${encodeURIComponent(q)}`)).body.data;
    for (const [q, snippet] of Object.entries(finds)) {
      expect(
        (await at("/api/messages/search?", q)).map((hit) => hit.snippet),
        q,
      ).toContain(snippet);
      expect(
        (await at("/api/quick-replies?", q)).map((reply) => reply.content),
        q,
      ).toContain(text);
    }
    for (const q of misses) {
      const found = (await at("/api/messages/search?", q)).map((hit) => hit.snippet.replaceAll(/[«»]/g, ""));
      expect(found, q).not.toContain(text.normalize("NFC"));
    }
  });

  it("find the same in one conversation, and what was changed", async () => {
    const [conversation] = (await org.call("GET", "/api/conversations")).body.data;
    const within = (q: string) =>
      org.call("GET", `/api/messages/search?q=${encodeURIComponent(q)}&conversation_id=${conversation.id}`);
    expect((await within("订单")).body.data).toHaveLength(1);
    const found = async (q: string) =>
      (await org.call("GET", `/api/quick-replies?q=${encodeURIComponent(q)}`)).body.data.map((r: any) => r.title);
    const { body: reply } = await org.call("POST", "/api/quick-replies", {
      title: "Grüße",
      content: "欢迎光临",
      category: "Größe 一",
    });
    expect(await found("光临")).toEqual(["Grüße"]);
    // A part of a word that is not written with spaces, and only the beginning of others.
    expect(await found("grus")).toEqual(["Grüße"]);
    expect(await found("rus")).toEqual([]);
    expect(
      (await org.call("GET", `/api/quick-replies?q=gruss&category=${encodeURIComponent("Größe 一")}`)).body.data,
    ).toHaveLength(1);
    await org.call("PATCH", `/api/quick-replies/${reply.id}`, { content: "再见" });
    expect([await found("光临"), await found("再见"), await found("gruss")]).toEqual([[], ["Grüße"], ["Grüße"]]);
    await org.call("PATCH", `/api/quick-replies/${reply.id}`, { content: "plain", title: "plain" });
    expect([await found("再见"), await found("gruss"), await found("plai")]).toEqual([[], [], ["plain"]]);
    expect(await searchDifferences(org.tenantDb)).toEqual([]);
  });

  it("find what a file of quick replies changes", async () => {
    const found = async (q: string) =>
      (await org.call("GET", `/api/quick-replies?q=${encodeURIComponent(q)}`)).body.data.map((r: any) => r.shortcut);
    const bring = (file: string) =>
      org.call("POST", "/api/quick-replies/import", file, { "content-type": "text/csv; charset=utf-8" });
    await bring("title,content,shortcut\nÉtoile,星星很多,/ster\n");
    expect([await found("etoi"), await found("很多")]).toEqual([["/ster"], ["/ster"]]);
    await bring("title,content,shortcut\nSimple,月亮很大,/ster\n");
    expect([await found("etoi"), await found("很多"), await found("simpl"), await found("很大")]).toEqual([
      [],
      [],
      ["/ster"],
      ["/ster"],
    ]);
    expect(await searchDifferences(org.tenantDb)).toEqual([]);
  });
});

describe("contacts and conversations", () => {
  const NAMES: Record<string, { finds: string[]; misses: string[] }> = {
    Paweł: { finds: ["pawel", "PAWEŁ", "paw"], misses: ["awe"] },
    Фёдор: { finds: ["федор", "Фед"], misses: [] },
    "Đặng Ærø": { finds: ["dang aero"], misses: [] },
    Οδυσσέας: { finds: ["ΟΔΥΣΣ"], misses: [] },
    أحمد: { finds: ["احمد", "أحمد"], misses: [] },
    王小明: { finds: ["王", "小明", "明", "王小明"], misses: ["王明"] },
    김민수: { finds: ["민수", "김민"], misses: ["김수"] },
    スズキ: { finds: ["すずき", "ｽｽﾞｷ", "ずき"], misses: ["ススキ"] },
    "สมชาย ที่รัก": { finds: ["ชาย", "ที่รัก"], misses: ["ทีร"] },
    "किरण शर्मा": { finds: ["किरण", "शर्"], misses: ["कर"] },
    "José Ｗｉｄｅ": { finds: ["jose", "wide"], misses: [] },
    // Longer than the part of a run that is indexed from each of its letters.
    สวัสดีครับผมชื่อสมศักดิ์: { finds: ["ครับผมชื่อสมศักดิ์", "สวัสดีครับผมชื่อสมศักดิ์"], misses: ["ครับผมชื่อสมหญิง"] },
  };
  let org: Org;
  beforeAll(async () => {
    org = await organization();
    const account = await org.connect();
    for (const name of Object.keys(NAMES)) await customerWrites(account.phoneNumberId, phone(), "Hi", { name });
    await customerWrites(account.phoneNumberId, "6281234567890", "Hi", { name: "Indonesia" });
    await customerWrites(account.phoneNumberId, "442079460018", "Hi", { name: "Britain" });
    await customerWrites(account.phoneNumberId, "79161234567", "Hi", { name: "Russia" });
    await customerWrites(account.phoneNumberId, "36201234567", "Hi", { name: "Hungary" });
    await customerWrites(account.phoneNumberId, "6599999999", "Hi", { name: "Singapore" });
    await eventuallyListed(org, async () => {
      const { body } = await org.call("GET", "/api/contacts?limit=100");
      if (body.data.length !== Object.keys(NAMES).length + 5) throw new Error("not yet listed");
    });
  });
  const named = async (q: string): Promise<string[][]> => {
    const [contacts, conversations] = await Promise.all(
      ["contacts", "conversations"].map((list) => org.call("GET", `/api/${list}?q=${encodeURIComponent(q)}&limit=100`)),
    );
    return [
      contacts!.body.data.map((contact: any) => contact.name),
      conversations!.body.data.map((conversation: any) => conversation.contact_name),
    ];
  };

  it.each(Object.entries(NAMES))("are found by a part of the name: %s", async (name, { finds, misses }) => {
    for (const q of finds) expect(await named(q), q).toEqual([[name], [name]]);
    for (const q of misses) expect(await named(q), q).toEqual([[], []]);
  });

  it.each([
    ["Indonesia", ["081234567890", "(0812) 3456 7890", "0812-3456-78 90", "٠٨١٢٣٤٥٦٧٨٩٠", "０８１２３４５６７８９０"]],
    ["Indonesia", ["+62 812-3456-7890", "+62 (0)812 3456 7890", "0062 812 3456 7890", "+6281234567890", "3456 7890"]],
    ["Britain", ["020 7946 0018", "(020) 7946 0018", "+44 (0)20 7946 0018"]],
    ["Russia", ["8 916 123-45-67", "8 (916) 123 45 67"]],
    ["Hungary", ["06 20 123 4567"]],
    ["Singapore", ["9999 9999", "+65 9999 9999"]],
  ])("are found by the number as it is written in its country: %s", async (name, numbers) => {
    for (const q of numbers) expect(await named(q), q).toEqual([[name], [name]]);
  });

  it("are not found by the number of another country, and only by what is long enough", async () => {
    expect(await named("0816599999999")).toEqual([[], []]);
    expect(await named("09999 9999")).toEqual([[], []]);
    const status = async (list: string, q: string) =>
      (await org.call("GET", `/api/${list}?q=${encodeURIComponent(q)}`)).status;
    for (const list of ["contacts", "conversations"]) {
      expect([await status(list, "明"), await status(list, "𠮷"), await status(list, "ab")]).toEqual([200, 200, 200]);
      expect([await status(list, "a"), await status(list, "é"), await status(list, "8")]).toEqual([400, 400, 400]);
    }
    expect(await searchDifferences(org.tenantDb)).toEqual([]);
  });
});
