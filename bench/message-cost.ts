/** Measures what the platform does for one message of each kind, until nothing is pending. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callOk } from "../scripts/api-client.ts";
import { bundleWorker } from "../scripts/bundle.ts";
import { developmentSecrets } from "../scripts/development-secrets.ts";
import { startPlatform } from "../scripts/platform.ts";
import type { GraphSimulator } from "../simulators/graph/app.ts";
import { serveGraphSimulator } from "../simulators/graph/serve.ts";
import { addTemplate } from "../simulators/graph/templates.ts";
import { inParallel } from "../trials/support/environment.ts";
import { Audience } from "./audience.ts";
import type { Counts, Statement } from "./meter/counts.ts";
import { Meter, meterEntry } from "./meter/meter.ts";

/**
 * Conversations per kind. A count that is no multiple of it is of the batch: more than any one statement writes for a
 * whole batch, and few enough for one batch of the consumer.
 */
export const CONVERSATIONS = 50;
/** Longer than the commit of a send and shorter than the wait before the consumer is woken, as of Meta's. */
const GRAPH_MS = 50;
const PHONE_NUMBER_ID = "106540352242922";
const WABA_ID = "102290129340398";

/** Units of the platform that have a price. */
export interface Units {
  d1RowsWritten: number;
  d1RowsRead: number;
  /** Round trips of each message; a batch is one. They have no price. */
  d1Queries: number;
  /** Rows written in the conversation's object, with alarms. */
  conversationRows: number;
  /** The alarms that were set, a part of these. */
  conversationAlarms: number;
  /** Rows written in the organization's objects (live inbox, allocation), with alarms. */
  streamRows: number;
  streamAlarms: number;
  /** Rows written in the campaign's object, with those of its recipients. */
  campaignRows: number;
  /** Calls and alarms. */
  objectRequests: number;
  queueOperations: number;
  /** Requests and runs of the consumer. */
  workerRequests: number;
  /** R2's operations of class A and of class B. */
  r2Writes: number;
  r2Reads: number;
}

export interface KindCost {
  kind: string;
  /** For each message. */
  each: Units;
  /** Beside that, once for all messages that one run of the consumer takes. */
  batch: Units;
  statements: Statement[];
}

interface Scene {
  url: string;
  token: string;
  colleagueId: string;
  templateId: string;
  simulator: GraphSimulator;
  phones: string[];
  /** By phone; known once the conversations are. */
  ids: string[];
}

type Act = (scene: Scene, phone: string, index: number) => Promise<unknown>;

const say = ({ simulator }: Scene, from: string): string =>
  simulator.customers.say({ from, text: "Is the blue one still there?", name: `Customer ${from}` });

const api =
  (path: string, body?: unknown, method?: string): Act =>
  ({ url, token, ids }, _phone, i) =>
    callOk(`${url}/api/conversations/${ids[i]}/${path}`, {
      token,
      ...(body !== undefined && { body }),
      ...(method && { method }),
    });

const status =
  (name: string): Act =>
  async ({ simulator }, phone) => {
    const { wamid } = simulator.state.messages.findLast((message) => message.to?.endsWith(phone))!;
    simulator.customers.emitStatuses(wamid, [name]);
  };

const send = api("messages", { type: "text", content: { text: "Yes, two are left. Shall I keep one for you?" } });

/** Sends a campaign to everybody. */
const campaign: Act = async ({ url, token, templateId, phones }, _phone, i) => {
  if (i > 0) return;
  const created = await callOk(`${url}/api/campaigns`, { token, body: { name: "Sale", template_id: templateId } });
  const path = `${url}/api/campaigns/${(created.body as { id: string }).id}`;
  const people = phones.map((phone) => `+${phone}`);
  await callOk(`${path}/recipients`, { token, body: { phone_numbers: people } });
  await callOk(`${path}/send`, { token, body: {} });
};

/** In this order each finds the state that it needs. */
const KINDS: Record<string, Act> = {
  "inbound, new conversation": async (scene, phone) => say(scene, phone),
  "inbound, known conversation": async (scene, phone) => say(scene, phone),
  "sent, first answer": send,
  "status sent": status("sent"),
  "status delivered": status("delivered"),
  "status read": status("read"),
  "sent, later": send,
  note: api("notes", { content: "Asks for the blue one." }),
  assignment: (scene, phone, i) => api("assign", { agent_id: scene.colleagueId }, "PATCH")(scene, phone, i),
  resolve: api("status", { status: "resolved" }, "PATCH"),
  "campaign message": campaign,
  "its status sent": status("sent"),
  "its status delivered": status("delivered"),
  "its status read": status("read"),
  "read: list of 50 conversations": ({ url, token }) => callOk(`${url}/api/conversations?limit=50`, { token }),
  "read: page of messages": api("messages?limit=50"),
  "read: search of messages": ({ url, token }) => callOk(`${url}/api/messages/search?q=blue&limit=50`, { token }),
};

/** A campaign also writes its progress once a second, however many it sends to: these rows are left out. */
const OF_CAMPAIGN = Object.keys(KINDS).filter((kind) => /^campaign|^its/.test(kind));

export async function measureMessages(progress: (text: string) => void = () => {}): Promise<KindCost[]> {
  const directory = await mkdtemp(join(tmpdir(), "omnistream-cost-"));
  const secrets = developmentSecrets();
  let offsetMs = 0;
  let platformUrl = "";
  const graph = await serveGraphSimulator({
    port: 0,
    webhookUrl: "http://127.0.0.1:9/webhook",
    appSecret: secrets.META_APP_SECRET,
    autoStatuses: false,
    now: () => Date.now() + offsetMs,
    post: async (request) =>
      fetch(`${platformUrl}${new URL(request.url).pathname}`, {
        method: "POST",
        headers: request.headers,
        body: await request.text(),
      }),
  });
  const failed: string[] = [];
  progress("bundling and starting the product with a meter");
  const platform = await startPlatform({
    bundle: await bundleWorker(join(directory, "bundle")),
    entry: meterEntry(),
    vars: { ENVIRONMENT: "production", PUBLIC_URL: "http://127.0.0.1", GRAPH_API_URL: graph.url, ...secrets },
    onLog: ({ message, level }) => {
      if (level === "error" || level === "warn") failed.push(message);
    },
  });
  platformUrl = platform.url;
  let audience: Audience | undefined;
  try {
    const { url } = platform;
    const meter = new Meter(url);
    const scene: Scene = { url, simulator: graph.simulator, ...(await openShop(url, graph.simulator)), ids: [] };
    audience = await Audience.gather(`${url}/api/live`, 1, { authorization: `Bearer ${scene.token}` });
    graph.simulator.faults.set({ latencyMs: GRAPH_MS });
    await meter.slow();
    await meter.settle();
    const costs: KindCost[] = [];
    for (const [kind, act] of Object.entries(KINDS)) {
      progress(kind);
      // The session and the rules of windows are then in the isolate's caches, which parallel requests would fill by chance.
      await callOk(`${url}/api/conversations?limit=1`, { token: scene.token });
      offsetMs = (await meter.now()) - Date.now();
      await meter.reset();
      await inParallel(scene.phones, 16, async (phone, i) => void (await act(scene, phone, i)));
      await graph.simulator.settle();
      await meter.settle();
      costs.push(costOf(kind, await meter.counts()));
      if (scene.ids.length === 0) scene.ids = await idsOf(scene);
      if (failed.length > 0) throw new Error(`${kind}: the product logged errors:\n${failed.join("\n")}`);
    }
    return costs;
  } finally {
    audience?.leave();
    await platform.close();
    await graph.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Registers an organization with two agents and a WhatsApp number. */
async function openShop(
  url: string,
  { state }: GraphSimulator,
): Promise<Pick<Scene, "token" | "colleagueId" | "templateId" | "phones">> {
  const { body } = await callOk(`${url}/api/auth/register`, {
    body: { org_name: "Shop", admin_email: "admin@shop.test", admin_password: "shop-password" },
  });
  const { token } = body as { token: string };
  await callOk(`${url}/api/integrations/accounts`, {
    token,
    body: {
      channel: "whatsapp",
      display_name: "Shop",
      config: { phone_number_id: PHONE_NUMBER_ID, waba_id: WABA_ID, access_token: "shop-token" },
    },
  });
  addTemplate(state, {
    wabaId: WABA_ID,
    name: "sale",
    language: "en_US",
    category: "MARKETING",
    components: [{ type: "BODY", text: "Our sale has begun." }],
  });
  await callOk(`${url}/api/wa-templates/sync`, { token, body: {} });
  const templates = await callOk(`${url}/api/wa-templates?name=sale`, { token });
  const colleague = await callOk(`${url}/api/agents`, {
    token,
    body: { email: "colleague@shop.test", password: "shop-password", full_name: "Ana Agent", role: "agent" },
  });
  return {
    token,
    colleagueId: (colleague.body as { id: string }).id,
    templateId: (templates.body as { data: { id: string }[] }).data[0]!.id,
    phones: Array.from({ length: CONVERSATIONS }, (_, i) => `62817${String(i).padStart(7, "0")}`),
  };
}

async function idsOf({ url, token, phones }: Scene): Promise<string[]> {
  const { body } = await callOk(`${url}/api/conversations?limit=100`, { token });
  const byPhone = new Map(
    (body.data as { id: string; contact_phone: string }[]).map((one) => [one.contact_phone, one.id]),
  );
  return phones.map((phone) => byPhone.get(`+${phone}`)!);
}

/** Divides the counts into those of each message and those of the batch, statement by statement. */
function costOf(kind: string, counts: Counts): KindCost {
  // Rounded, since it depends on chance which of several requests fills a cache.
  const roundTrips = Object.values(counts.roundTrips).reduce((total, n) => total + Math.round(n / CONVERSATIONS), 0);
  const sum = (part: (n: number) => number): Units => {
    const rows = (of: "rowsWritten" | "rowsRead", stores: readonly string[]): number =>
      counts.statements
        .filter(({ store }) => stores.includes(store))
        .reduce((total, statement) => total + part(statement[of]), 0);
    const all = (of: Record<string, number>, names = Object.keys(of)): number =>
      names.reduce((total, name) => total + part(of[name] ?? 0), 0);
    const organization = ["inbox", "routing"];
    const campaignRows = counts.statements
      .filter(({ store }) => store === "campaign")
      .reduce((total, { rowsWritten }) => total + rowsWritten, 0);
    // Events that arrive within 4 ms share a row, which depends on chance: as many rows as calls, at most.
    const publishedRows = all(counts.objectRequests, ["inbox"]);
    const conversationAlarms = all(counts.alarmsSet, ["conversation"]);
    const streamAlarms = all(counts.alarmsSet, organization);
    return {
      d1RowsWritten: rows("rowsWritten", ["D1"]),
      d1RowsRead: rows("rowsRead", ["D1"]),
      d1Queries: roundTrips,
      conversationRows: rows("rowsWritten", ["conversation"]) + conversationAlarms,
      conversationAlarms,
      streamRows: publishedRows + streamAlarms,
      streamAlarms,
      // Whichever statement writes a recipient's row depends on how fast the channel answers.
      campaignRows: part(campaignRows),
      objectRequests: all(counts.objectRequests),
      queueOperations: 3 * part(counts.queueMessages),
      workerRequests: part(counts.requests) + part(counts.queueRuns.length),
      r2Writes: all(counts.r2, ["put", "list"]),
      r2Reads: all(counts.r2, ["get", "head"]),
    };
  };
  return {
    kind,
    each: sum((n) => Math.floor(n / CONVERSATIONS)),
    batch: sum(OF_CAMPAIGN.includes(kind) ? () => 0 : (n) => n % CONVERSATIONS),
    statements: counts.statements,
  };
}
