import { call } from "../../scripts/api-client.ts";
import { compare } from "../compare.ts";
import type { HttpRequest } from "../connection.ts";
import { type Cost, costed } from "../cost.ts";
import { type Figure, throughputFigure } from "../figures.ts";
import { KNOWN_PHONES } from "../seed.ts";
import type { Stage } from "../stage.ts";
import { mailRequest, messagingRequest, type WebhookMessage, webhookRequest } from "../webhook.ts";

interface Ingest {
  channel: string;
  /** The account, which is connected first; the seed has WhatsApp's. */
  config?: Record<string, string>;
  request(stage: Stage, message: WebhookMessage): HttpRequest;
  queries: number;
  /** Undefined: reported. */
  rowsRead: number | undefined;
  note: string;
}

const PAGE_ID = "111899832631525";
const INSTAGRAM_ID = "17841400000000001";
const [ADDRESS, SECRET] = ["support@bench.test", "bench-inbound-secret"];
const ACCESS = { access_token: "bench-token" };
const AS_WHATSAPP = "As WhatsApp's: the bare Worker checks the signature and stores the message.";

const CHANNELS: Ingest[] = [
  {
    channel: "whatsapp",
    request: ({ seed, appSecret }, message) => webhookRequest(seed.phoneNumberId, appSecret, [message]),
    queries: 0,
    rowsRead: 0,
    note: "Both are bounded by one thread, and both sync one commit to the disk for each message, which takes a third of ours and half of the bare one's. The rest of ours is the commit itself (a message, an event, the state: 7 pages against 2) and the call through the app; leaving out all that follows the answer changes little. Turns differ by 0.1 either way.",
  },
  {
    channel: "instagram",
    config: { instagram_id: INSTAGRAM_ID, username: "bench.shop", ...ACCESS },
    request: ({ appSecret }, message) => messagingRequest("instagram", INSTAGRAM_ID, appSecret, message),
    queries: 0,
    rowsRead: 0,
    note: AS_WHATSAPP,
  },
  {
    channel: "messenger",
    config: { page_id: PAGE_ID, page_name: "Bench shop", ...ACCESS },
    request: ({ appSecret }, message) => messagingRequest("messenger", PAGE_ID, appSecret, message),
    queries: 0,
    rowsRead: 0,
    note: AS_WHATSAPP,
  },
  {
    channel: "email",
    config: { address: ADDRESS, provider: "resend", api_key: "bench-key", inbound_secret: SECRET },
    request: (_, message) => mailRequest(ADDRESS, SECRET, message),
    queries: 4,
    rowsRead: undefined,
    note: "The bare Worker keeps the source in R2, finds the thread by a name in D1 in one batch, and stores the message; it reads no MIME.",
  },
];

/** Deliveries of one text message each, for 64 existing conversations of each channel. */
export async function webhook(stage: Stage): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const ingest of CHANNELS) figures.push(await measured(stage, ingest));
  return figures;
}

async function measured(stage: Stage, { channel, config, request: requestOf, note, ...wanted }: Ingest) {
  const { ours, counted, bare, effort, seed } = stage;
  if (config) for (const { url } of [ours, counted]) await connect(url, seed.large.token, { channel, config });
  const request = (n: number): HttpRequest =>
    requestOf(stage, {
      from: KNOWN_PHONES[n % KNOWN_PHONES.length]!,
      text: `Message number ${n} to a shop.`,
      at: Date.now(),
    });
  const costOf = async (n: number): Promise<Cost> => {
    const { path, headers, body } = request(n);
    return (await costed(`${counted.url}${path}`, { headers: headers!, body: body! })).cost;
  };
  // The first message of the person; the second finds the conversation, and the account's route.
  await costOf(0);
  const cost = await costOf(KNOWN_PHONES.length);
  const compared = await compare({ url: ours.url, request }, { url: bare.url, request }, effort);
  const logged = (n: number): HttpRequest => ({ ...request(n), path: "/webhook?log" });
  const withLog =
    channel === "whatsapp"
      ? await compare({ url: ours.url, request }, { url: bare.url, request: logged }, effort)
      : undefined;
  const beside = withLog
    ? ` Beside a bare Worker that also writes each message to one log of the organization it reaches ${withLog.ratio.toFixed(2)} in this run.`
    : "";
  return throughputFigure(
    {
      path: `webhook of ${channel}, text message, known conversation`,
      ratio: 0.6,
      ...wanted,
      objectCalls: 1,
      note: note + beside,
    },
    compared,
    cost,
  );
}

async function connect(url: string, token: string, account: { channel: string; config: object }): Promise<void> {
  const body = { ...account, display_name: "Bench" };
  const { status, body: answer } = await call(`${url}/api/integrations/accounts`, { token, body });
  if (status !== 201 && status !== 409) throw new Error(`${account.channel}: ${status} ${JSON.stringify(answer)}`);
}
