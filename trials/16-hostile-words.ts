/**
 * Injection payloads in every parameter of every list: each is treated as plain text, finds nothing, and costs no more
 * time. As messages of every channel they are kept as they were written.
 */
import { call, callOk, type Environment, messagesOf } from "./support/environment.ts";
import { onEveryChannel } from "./support/every-channel.ts";
import { atMost, exactly, type Report } from "./support/report.ts";
import { conversationsOf } from "./support/traffic.ts";

export const name = "hostile-words";

/** A word that no row has. */
const HARMLESS = "zqxjkv";
const TRIES = 3;

/** sqlmap's payload families for SQLite, then text that is syntax in LIKE and in FTS5. */
const HOSTILE = [
  "'",
  '"',
  "')",
  "zqxjkv' OR '1'='1",
  'zqxjkv" OR "1"="1',
  "zqxjkv' OR 1=1 -- -",
  "zqxjkv') OR ('1'='1",
  "zqxjkv' AND 8571=8571 AND 'a'='a",
  "zqxjkv' UNION ALL SELECT NULL,NULL,NULL,NULL -- -",
  "zqxjkv' UNION SELECT sql FROM sqlite_master -- -",
  "-1 OR 1=1",
  "1; DROP TABLE conversations",
  "zqxjkv'; DELETE FROM agents; -- -",
  "zqxjkv' AND 1=LIKE('ABCDEFG',UPPER(HEX(RANDOMBLOB(300000000/2)))) -- -",
  "zqxjkv' || (SELECT HEX(RANDOMBLOB(100000000))) || '",
  "(SELECT CASE WHEN (1=1) THEN 1 ELSE json('') END)",
  "zqxjkv%",
  "%zqxjkv",
  "_qxjkv",
  "%",
  "*",
  "zqxjkv*",
  '"zqxjkv" OR "hello"',
  "zqxjkv OR NOT zqxjkv",
  "NEAR(zqxjkv hello, 10)",
  "org_token : *",
  "{title} : zqxjkv",
  "^zqxjkv + *",
  "zqxjkv\u0000' OR 1=1",
  "\\'; SELECT 1",
  "zqxjkv/**/OR/**/1",
  "ʼ OR ʼ1ʼ=ʼ1",
];

interface Parameter {
  path: string;
  parameter: string;
}

export const run = (report: Report): Promise<void> =>
  onEveryChannel(report, async (environment, of) => {
    // The questions to lists do not depend on the channel.
    if (environment.channel.name === "whatsapp") await walk(environment, of);
    await written(environment, of);
  });

async function written(environment: Environment, report: Report): Promise<void> {
  const from = "6281188888888";
  const at = Date.now() - 600_000;
  const messages = HOSTILE.map((text, n) => ({ from, id: `hostile.${n}`, at: at + n * 1000, text }));
  exactly(report, "words taken", (await environment.deliver(messages)) ?? 0, 200);
  const kept = await messagesOf(environment, environment.conversationId(from));
  const expected = HOSTILE.map((text) => text.replaceAll("\0", ""));
  exactly(
    report,
    "words not kept as they were written",
    expected.filter((text, n) => kept[n]?.content.text.replaceAll("\0", "") !== text).length,
    0,
  );
}

async function walk(environment: Environment, report: Report): Promise<void> {
  const { url, token } = environment;
  const from = "6281199999999";
  await environment.deliver(conversationsOf(20, 2, Date.now() - 60_000));
  await environment.deliver([{ from, id: "wamid.1", at: Date.now(), text: "hello" }]);
  for (let n = 0; n < 20; n++)
    await callOk(`${url}/api/quick-replies`, {
      token,
      body: { title: `Title ${n}`, content: "hello", category: "Words" },
    });
  await callOk(`${url}/api/conversations/${environment.conversationId(from)}/notes`, {
    token,
    body: { content: "hello" },
  });

  const rowsOf = async (
    { path, parameter }: Parameter,
    word: string,
  ): Promise<{ status: number; rows: number; ms: number }> => {
    const { status, body, ms } = await call(`${url}${path}?${parameter}=${encodeURIComponent(word)}`, { token });
    const rows = Array.isArray(body) ? body : (body?.data ?? body?.messages ?? []);
    return { status, rows: rows.length, ms };
  };
  const parameters = await parametersOf(url, environment.conversationId(from));
  let [calls, broken, different, slower] = [0, 0, 0, 0];
  for (const one of parameters) {
    report.progress(`${one.path} ${one.parameter}`);
    const usual = await rowsOf(one, HARMLESS);
    for (const word of HOSTILE) {
      const tries = [];
      for (let n = 0; n < TRIES; n++) tries.push(await rowsOf(one, word));
      calls += TRIES;
      if (tries.some(({ status }) => status >= 500)) broken++;
      // A payload is refused with 400, or answered like a word that no row has.
      if (!tries.every(({ status, rows }) => status === 400 || (status === usual.status && rows === usual.rows)))
        different++;
      slower = Math.max(slower, Math.min(...tries.map(({ ms }) => ms)) - usual.ms);
    }
  }
  report.figure("parameters, calls", `${parameters.length}, ${calls}`, "all that take words", parameters.length >= 10);
  exactly(report, "answered with 5xx", broken, 0);
  exactly(report, "found something else than a word that nothing has", different, 0);
  atMost(report, "slower than such a word by", slower, 100, " ms");
  const still = await callOk(`${url}/api/conversations?limit=100`, { token });
  exactly(report, "conversations afterwards", still.body.data.length, 21);
}

/** Every query parameter of every GET operation, from the API document. */
async function parametersOf(url: string, conversationId: string): Promise<Parameter[]> {
  const { body: document } = await callOk(`${url}/openapi.json`);
  // oxlint-disable-next-line typescript/no-explicit-any
  return Object.entries<any>(document.paths)
    .filter(([path, item]) => path.startsWith("/api/") && item.get && !path.endsWith("/live"))
    .flatMap(([path, item]) =>
      (item.get.parameters ?? [])
        .filter((parameter: { in: string }) => parameter.in === "query")
        .map((parameter: { name: string }) => ({
          path: path.replace("{id}", conversationId),
          parameter: parameter.name,
        })),
    );
}
