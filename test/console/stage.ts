import { randomUUID } from "node:crypto";
import { type Browser, type BrowserContext, chromium, type Page, type WebSocketRoute } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, inject, it } from "vitest";
import { callOk } from "../../scripts/api-client.ts";

/** The stage of a flow: an organization of its own, its people, and browsers that forgive nothing. */

const stage = inject("stage");
const PASSWORD = "flow-password";
let browser: Browser | undefined;
let contexts: BrowserContext[] = [];
let faults: string[] = [];

beforeAll(async () => {
  if (stage) browser = await chromium.connect(stage.browser);
});
afterAll(async () => {
  await browser?.close();
});
afterEach(async () => {
  await Promise.all(contexts.map((context) => context.close()));
  contexts = [];
  const found = faults;
  faults = [];
  expect(found, "the console's own faults").toEqual([]);
});

/** A flow in a real browser; skipped where there is none (setup.ts says so). */
export const flow = (name: string, run: (org: Org) => Promise<void>): void =>
  // oxlint-disable-next-line vitest/valid-title -- the flow says it
  it.skipIf(stage === undefined)(name, async () => run(await makeOrg()));

export interface Person {
  id: string;
  email: string;
  token: string;
  name: string;
}

export interface Org {
  /** Opens the deployment's operator calls. */
  operatorToken: string;
  admin: Person;
  accountId: string;
  /** The id that Meta gives its number. */
  numberId: string;
  wabaId: string;
  /** Calls the control plane of Meta's simulator, at a path below /_sim. */
  sim: (path: string, options?: { method?: string; body?: unknown }) => Promise<any>;
  /** The messages that a customer's phone got, in Meta's format. */
  received: (phone: string) => Promise<Record<string, any>[]>;
  /** Calls the API as somebody. */
  api: (path: string, options?: { as?: Person; method?: string; body?: unknown }) => Promise<any>;
  agent: (name: string, role?: string) => Promise<Person>;
  /** A customer writes on WhatsApp. Returns when it is in lists. */
  customer: (
    name: string,
    text: string | Record<string, unknown>,
    phone?: string,
    phoneNumberId?: string,
    at?: number,
  ) => Promise<{ phone: string; id: string }>;
  /** Opens the console as somebody, at a path below /app. */
  open: (who: Person, path?: string, options?: OpenOptions) => Promise<Page>;
}

interface OpenOptions {
  width?: number;
  height?: number;
  colorScheme?: "light" | "dark";
  locale?: string;
  /** Matches the browser's reports that this flow causes on purpose. */
  expects?: RegExp;
  /** Before the console is opened. */
  prepare?: (page: Page) => Promise<unknown>;
}

const phoneOf = (): string => `62812${String(Math.floor(Math.random() * 1e8)).padStart(8, "0")}`;

async function makeOrg(): Promise<Org> {
  const { app, graph, operatorToken } = stage!;
  const mark = randomUUID().slice(0, 8);
  const email = `admin-${mark}@flow.test`;
  const { body: session } = await callOk(`${app}/api/auth/register`, {
    body: { org_name: `Toko ${mark}`, admin_email: email, admin_password: PASSWORD },
    // Registrations are limited by address.
    headers: { "cf-connecting-ip": `10.0.${Math.floor(Math.random() * 255)}.${Math.floor(Math.random() * 255)}` },
  });
  const admin: Person = { id: session.agent.id, email, token: session.token, name: session.agent.full_name };
  const api: Org["api"] = async (path, { as = admin, method, body } = {}) =>
    (await callOk(`${app}${path}`, { token: as.token, ...(method && { method }), ...(body !== undefined && { body }) }))
      .body;
  const sim: Org["sim"] = async (path, options = {}) => (await callOk(`${graph}/_sim${path}`, options)).body;
  const number = String(Math.floor(1e14 + Math.random() * 9e14));
  const wabaId = `9${number.slice(1)}`;
  await sim("/numbers", { body: { phoneNumberId: number, wabaId } });
  const account = await api("/api/integrations/accounts", {
    body: {
      channel: "whatsapp",
      display_name: "Toko Biru",
      config: { phone_number_id: number, waba_id: wabaId, access_token: "t" },
    },
  });

  const findConversation = async (phone: string): Promise<string> => {
    for (let tries = 0; tries < 100; tries++) {
      const { data } = await api(`/api/conversations?q=${phone}`);
      if (data.length > 0) return data[0].id;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${phone} is in no list`);
  };
  return {
    operatorToken,
    admin,
    accountId: account.id,
    numberId: number,
    wabaId,
    api,
    sim,
    async received(phone) {
      const { messages } = await sim("/state");
      return messages.flatMap((one: { to: string; body: object }) => (one.to === phone ? [one.body] : []));
    },
    async agent(name, role = "agent") {
      const own = `${randomUUID().slice(0, 8)}@flow.test`;
      const made = await api("/api/agents", { body: { email: own, password: PASSWORD, full_name: name, role } });
      const { body } = await callOk(`${app}/api/auth/login`, { body: { email: own, password: PASSWORD } });
      return { id: made.id, email: own, token: body.token, name };
    },
    async customer(name, text, phone = phoneOf(), phoneNumberId = number, at) {
      const message = typeof text === "string" ? { text } : { message: text };
      await sim("/customers", { body: { from: phone, name, phoneNumberId, ...message, ...(at && { at }) } });
      return { phone, id: await findConversation(phone) };
    },
    async open(who, path = "/", options = {}) {
      const page = await newPage(options);
      await options.prepare?.(page);
      await page.request.post(`${app}/api/auth/login`, {
        data: { email: who.email, password: PASSWORD },
        headers: { origin: app },
      });
      await page.goto(`${app}/app${path}`);
      return page;
    },
  };
}

async function newPage({
  width = 1440,
  height = 900,
  colorScheme = "light",
  locale = "en-GB",
  expects,
}: OpenOptions): Promise<Page> {
  const context = await browser!.newContext({
    viewport: { width, height },
    colorScheme,
    locale,
    hasTouch: width < 700,
    isMobile: width < 700,
  });
  contexts.push(context);
  return watched(await context.newPage(), expects);
}

/** Another tab of the same browser: one session, one storage. */
export async function openBeside(page: Page, path: string): Promise<Page> {
  const tab = watched(await page.context().newPage());
  await tab.goto(`${stage!.app}/app${path}`);
  return tab;
}

function watched(page: Page, expects?: RegExp): Page {
  const { host } = new URL(stage!.app);
  const fault = (text: string, url = ""): void => void (expects?.test(text) || faults.push(`${text} ${url}`.trim()));
  page.on(
    "console",
    (message) => message.type() === "error" && fault(`console: ${message.text()}`, message.location().url),
  );
  page.on("pageerror", (error) => fault(`uncaught: ${error.message}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.host !== host && ["http:", "https:", "ws:", "wss:"].includes(url.protocol))
      fault(`foreign request: ${request.url()}`);
  });
  return page;
}

/** Does what is due by now, as happens each minute. */
export async function minute(): Promise<void> {
  const { status } = await fetch(stage!.minute);
  expect(status).toBe(200);
}

export const login = { password: PASSWORD };

/** The network of a page, to be cut: its sockets too, which the browser's own switch leaves open. */
export interface Network {
  /** The first frame of each socket of the inbox, from the oldest: `hello` or `resync`. */
  begun: string[];
  cut(): Promise<void>;
  restore(): Promise<void>;
}

export async function networkOf(page: Page): Promise<Network> {
  const sockets = new Set<WebSocketRoute>();
  const begun: string[] = [];
  let isCut = false;
  await page.routeWebSocket(/\/api\//, (socket) => {
    if (isCut) return void socket.close({ code: 1001 });
    const server = socket.connectToServer();
    server.onMessage((text) => {
      const { type } = String(text).startsWith("{") ? JSON.parse(String(text)) : {};
      if (socket.url().includes("/api/live") && (type === "hello" || type === "resync")) begun.push(type);
      socket.send(text);
    });
    sockets.add(socket);
  });
  return {
    begun,
    async cut() {
      isCut = true;
      await page.context().setOffline(true);
      await Promise.all([...sockets].map((socket) => socket.close({ code: 1001 })));
      sockets.clear();
    },
    async restore() {
      isCut = false;
      await page.context().setOffline(false);
    },
  };
}

/** Waits until the function does not throw. */
export async function eventually(check: () => Promise<void> | void, ms = 30_000): Promise<void> {
  const until = Date.now() + ms;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** The rows of the list, from top to bottom: their names. */
export const rowNames = (page: Page): Promise<string[]> =>
  page.locator("ul[aria-label=Conversations] > li").evaluateAll((items) =>
    items
      .map((item) => ({ top: item.getBoundingClientRect().top, name: item.querySelector("bdi")?.textContent ?? "" }))
      .sort((one, other) => one.top - other.top)
      .map(({ name }) => name),
  );

/** Submits a template of the organization, which Meta approves. */
export async function approveTemplate(org: Org, name: string, components: object[]): Promise<void> {
  await org.api("/api/wa-templates", { body: { name, language: "en_US", category: "UTILITY", components } });
  await org.sim("/templates", { body: { name, wabaId: org.wabaId, do: "approve" } });
  await eventually(async () =>
    expect((await org.api("/api/wa-templates")).data).toContainEqual(
      expect.objectContaining({ name, status: "APPROVED" }),
    ),
  );
}

export const row = (page: Page, name: string) => page.locator("ul[aria-label=Conversations] a", { hasText: name });
export const bubble = (page: Page, text: string) => page.locator("[role=log] article", { hasText: text });
export const replyField = (page: Page) => page.getByRole("textbox", { name: "Reply", exact: true });
