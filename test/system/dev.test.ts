import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { root } from "../../scripts/bundle.ts";

/** `npm run dev` from an empty state, as whoever calls it at once sees it. */

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

interface Dev {
  url: string;
  output: () => string;
  process: ChildProcess;
}

async function startDev(env: Record<string, string>): Promise<Dev> {
  const [port, graphPort, mailPort] = [await freePort(), await freePort(), await freePort()];
  const stateDir = await mkdtemp(join(tmpdir(), "dev-"));
  undo.push(() => rm(stateDir, { recursive: true, force: true }));
  const child = spawn(process.execPath, [join(root, "scripts", "dev.ts")], {
    cwd: root,
    env: {
      ...process.env,
      NO_COLOR: "1",
      PORT: `${port}`,
      GRAPH_PORT: `${graphPort}`,
      MAIL_PORT: `${mailPort}`,
      STATE_DIR: stateDir,
      ...env,
    },
  });
  undo.push(async () => {
    if (child.exitCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "exit");
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (output += text.toString()));
  return { url: `http://127.0.0.1:${port}`, output: () => output, process: child };
}

/** Asks until `done`, and returns the answers. Throws when the process ends. */
async function askUntil(dev: Dev, done: () => boolean): Promise<string[]> {
  const answers: string[] = [];
  while (!done()) {
    if (dev.process.exitCode !== null) throw new Error(`ended: ${dev.output()}`);
    const response = await fetch(`${dev.url}/health`).catch(() => undefined);
    if (response) answers.push(`${response.status} ${await response.text()}`);
    await new Promise((resolve) => setTimeout(resolve, response ? 20 : 2));
  }
  return answers;
}

it("listens only when its databases are migrated", async () => {
  const dev = await startDev({});
  const answers = await askUntil(dev, () => dev.output().includes("is up"));
  expect(answers.length).toBeGreaterThan(0);
  expect([...new Set(answers)]).toEqual(['200 {"status":"ok","databases":3}']);
  expect(dev.output()).not.toContain("could not be reached");
});

it("has an approved template of each category, which a newcomer sends", async () => {
  const dev = await startDev({});
  await askUntil(dev, () => dev.output().includes("is up"));
  const api = async (path: string, body?: object, token?: string): Promise<any> => {
    const response = await fetch(path.startsWith("http") ? path : `${dev.url}${path}`, {
      method: body ? "POST" : "GET",
      headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return response.json();
  };
  const { token } = await api("/api/auth/login", { email: "admin@demo.test", password: "demo-password" });
  const { data } = await api("/api/wa-templates?status=APPROVED", undefined, token);
  expect(data.map(({ category }: { category: string }) => category).toSorted()).toEqual([
    "AUTHENTICATION",
    "MARKETING",
    "UTILITY",
  ]);
  const simulator = /http:\/\/localhost:\d+\/_sim/.exec(dev.output())![0];
  await api(`${simulator}/customers`, { from: "6281234567890", text: "Hello" });
  let conversation: { id: string } | undefined;
  for (let i = 0; i < 100 && !conversation; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    [conversation] = (await api("/api/conversations", undefined, token)).data;
  }
  const sent = await api(
    `/api/conversations/${conversation!.id}/messages`,
    {
      type: "template",
      content: {
        name: "summer_sale",
        language: "en_US",
        components: [{ type: "body", parameters: [{ type: "text", text: "{{contact.name|friend}}" }] }],
      },
    },
    token,
  );
  expect(sent.content.text).toMatch(/^Hi \S.*! Our summer sale has begun\.\n\[No more offers\]\n\[Shop now\]$/);
  expect(sent.content.components[0].parameters[0].image.link).toBe("https://example.com/summer-sale.png");
});

it("writes as a customer of every channel, also over a kept state", async () => {
  const before = await startDev({});
  await askUntil(before, () => before.output().includes("is up"));
  before.process.kill("SIGTERM");
  await once(before.process, "exit");
  const dev = await startDev({ STATE_DIR: /state +(\S+)/.exec(before.output())![1]! });
  await askUntil(dev, () => dev.output().includes("is up"));
  const simulator = /http:\/\/localhost:\d+\/_sim/.exec(dev.output())![0];
  const page = await (await fetch(simulator)).text();
  const offered = Array.from(page.matchAll(/<option value="(whatsapp|instagram|messenger|email) ([^"]+)"/g));
  expect(offered.map(([, channel]) => channel)).toEqual(["whatsapp", "instagram", "messenger", "email"]);
  const write = async (path: string, body: object): Promise<void> =>
    expect((await fetch(`${simulator}${path}`, { method: "POST", body: JSON.stringify(body) })).status).toBe(200);
  await write("/customers", { from: "6281234567890", text: "Hello" });
  for (const platform of ["instagram", "messenger"])
    await write("/people", { platform, from: "8801", name: "Dewi", text: "Hello" });
  await write("/mails", { from: "Rina <rina@customer.test>", to: offered[3]![2], subject: "Hello", text: "Hello" });
  const login = await fetch(`${dev.url}/api/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "agent@demo.test", password: "demo-password" }),
  });
  const { token } = (await login.json()) as { token: string };
  let channels: string[] = [];
  for (let i = 0; i < 100 && channels.length < 4; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const list = await fetch(`${dev.url}/api/conversations`, { headers: { authorization: `Bearer ${token}` } });
    const { data } = (await list.json()) as { data: { contact_channel: string }[] };
    channels = data.map(({ contact_channel: channel }) => channel).toSorted();
  }
  expect(channels).toEqual(["email", "instagram", "messenger", "whatsapp"]);
});

it("starts without a Graph API, and says so in one line", async () => {
  const nowhere = `http://127.0.0.1:${await freePort()}`;
  const dev = await startDev({ GRAPH_API_URL: nowhere });
  await askUntil(dev, () => dev.output().includes("could not be reached"));
  expect(dev.output()).toContain("is up");
  expect(dev.output().match(/.*could not be reached.*/g)).toEqual([expect.stringContaining(nowhere)]);
  expect((await fetch(`${dev.url}/health`)).status).toBe(200);
  expect(dev.process.exitCode).toBeNull();
});

it("is waited for by a demo that is started with it", async () => {
  const dev = await startDev({});
  const waiting = spawn(
    process.execPath,
    ["--input-type=module", "-e", `await (await import("${join(root, "scripts", "demo-stage.ts")}")).untilUp();`],
    { env: { ...process.env, PORT: new URL(dev.url).port } },
  );
  expect(await once(waiting, "exit")).toEqual([0, null]);
  const login = await fetch(`${dev.url}/api/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "agent@demo.test", password: "demo-password" }),
  });
  const { token } = (await login.json()) as { token: string };
  const templates = await fetch(`${dev.url}/api/wa-templates?status=APPROVED`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(((await templates.json()) as { data: unknown[] }).data).toHaveLength(3);
});
