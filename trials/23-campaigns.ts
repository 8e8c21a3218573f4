/**
 * Three campaigns on three numbers, while the platform is killed, answers are lost and the channel limits accounts and
 * pairs: everybody gets one message, and the counts are those of the recipients. Then a campaign without faults: its
 * pace, its memory and what agents notice. Then one that is cancelled.
 *
 * `TRIAL_RECIPIENTS=100000` sends to so many; `TRIAL_PER_SECOND` is the pace of each number.
 */
import type { ReceivedMessage } from "../simulators/graph/state.ts";
import { addTemplate } from "../simulators/graph/templates.ts";
import { callOk, createEnvironment, type Environment, inParallel, pause, percentile } from "./support/environment.ts";
import { atMost, exactly, type Report } from "./support/report.ts";
import { conversationsOf } from "./support/traffic.ts";

export const name = "campaigns";

/** TRIAL_SMALL=1: a fifth of the load, for a busy machine. */
const RECIPIENTS = Number(process.env.TRIAL_RECIPIENTS ?? (process.env.TRIAL_SMALL ? 360 : 1800));
const PER_SECOND = Number(process.env.TRIAL_PER_SECOND ?? (process.env.TRIAL_SMALL ? 8 : 20));
const NUMBERS = 3;
const KILLS = process.env.TRIAL_SMALL ? 4 : 10;
const WABA = "102290129340398";
const MAX_ADDED_AT_ONCE = 10_000;
/** As many as a campaign calls at once. */
const CONNECTIONS = 50;
/** A webhook that began so long ago, and was answered, has been taken. */
const TAKEN_WITHIN_MS = 20_000;

interface Campaign {
  path: string;
  numbers: string[];
}

export async function run(report: Report): Promise<void> {
  const environment = await createEnvironment({ cronEveryMs: 5000 });
  try {
    const accounts = [environment.accountId, ...(await moreNumbers(environment))];
    addTemplate(environment.graph.simulator.state, {
      wabaId: WABA,
      name: "sale",
      language: "en_US",
      category: "MARKETING",
      components: [{ type: "BODY", text: "Hello {{1}}, our sale has begun." }],
    });
    await api(environment, "POST", "/api/wa-templates/sync", {});
    const listed = await api(environment, "GET", "/api/wa-templates?name=sale");
    const shop = { environment, report, templateId: listed.data[0].id as string };
    await faulty(shop, accounts);
    await steady(shop, accounts);
    await cancelled(shop, accounts[0]!);
  } finally {
    await environment.close();
  }
}

interface Shop {
  environment: Environment;
  report: Report;
  templateId: string;
}

// oxlint-disable-next-line typescript/no-explicit-any
async function api({ url, token }: Environment, method: string, path: string, body?: object): Promise<any> {
  return (await callOk(`${url}${path}`, { token, method, ...(body && { body }) })).body;
}

async function moreNumbers(environment: Environment): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 1; i < NUMBERS; i++) {
    const config = { phone_number_id: `20654035224292${i}`, waba_id: WABA, access_token: `trial-token-${i}` };
    const body = { channel: "whatsapp", display_name: `Number ${i}`, config };
    const { id } = await api(environment, "POST", "/api/integrations/accounts", body);
    environment.graph.simulator.state.numbers.get(config.phone_number_id)!.wabaId = WABA;
    ids.push(id);
  }
  return ids;
}

let made = 0;

async function send(
  { environment, templateId }: Shop,
  accountId: string,
  count: number,
  perSecond: number,
): Promise<Campaign> {
  const prefix = `62${811 + made++}`;
  const numbers = Array.from({ length: count }, (_, i) => `${prefix}${String(1_000_000 + i)}`);
  const { id } = await api(environment, "POST", "/api/campaigns", {
    name: `Sale ${made}`,
    template_id: templateId,
    integration_account_id: accountId,
    variables: { "1": "{{contact.name|there}}" },
    messages_per_second: perSecond,
  });
  const path = `/api/campaigns/${id}`;
  for (let at = 0; at < count; at += MAX_ADDED_AT_ONCE) {
    const phones = numbers.slice(at, at + MAX_ADDED_AT_ONCE).map((number) => `+${number}`);
    const { added } = await api(environment, "POST", `${path}/recipients`, { phone_numbers: phones });
    if (added !== phones.length) throw new Error(`only ${added} of ${phones.length} were added`);
  }
  await api(environment, "POST", `${path}/send`, {});
  return { path, numbers };
}

/** How many messages the channel has accepted for each number. */
function accepted({ graph }: Environment): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { to = "" } of graph.simulator.state.messages) counts.set(to, (counts.get(to) ?? 0) + 1);
  return counts;
}

async function faulty(shop: Shop, accounts: readonly string[]): Promise<void> {
  const { environment, report } = shop;
  const each = Math.floor(RECIPIENTS / accounts.length);
  const lost = { mode: "reset" as const, probability: 0.02 };
  environment.fail({ answerLost: lost, rateLimit: { code: 131056, probability: 0.005 } });
  const campaigns: Campaign[] = [];
  const kills: number[] = [];
  for (const accountId of accounts) campaigns.push(await send(shop, accountId, each, PER_SECOND));
  const numbers = campaigns.flatMap((one) => one.numbers);
  const arrived = (): number => {
    const counts = accepted(environment);
    return numbers.filter((number) => counts.has(number)).length;
  };
  for (let kill = 1; kill <= KILLS; kill++) {
    const from = arrived();
    const enough = from + ((numbers.length - from) / (KILLS - kill + 2)) * (0.3 + Math.random());
    await within(120, async () => {
      report.progress(`${arrived()} of ${numbers.length} have their message, ${kill - 1} kills`);
      return arrived() >= Math.min(enough, numbers.length);
    });
    // A burst of refusals for pace.
    environment.fail({ answerLost: lost, rateLimit: { code: kill % 2 === 0 ? 130429 : 80007, seconds: 1 } });
    await pause(300 + Math.random() * 700);
    await environment.kill();
    kills.push(Date.now());
    await environment.start();
    environment.fail({ answerLost: lost, rateLimit: { code: 131056, probability: 0.005 } });
  }
  environment.fail({});
  const isDone = async (): Promise<boolean> => {
    report.progress(`${arrived()} of ${numbers.length} have their message`);
    const now = await Promise.all(campaigns.map(({ path }) => api(environment, "GET", path)));
    return now.every(
      ({ status, read_count }, i) => status === "completed" && read_count === campaigns[i]!.numbers.length,
    );
  };
  await within(600, isDone);
  const messages = new Map<string, ReceivedMessage[]>();
  for (const message of environment.graph.simulator.state.messages)
    messages.set(message.to ?? "", [...(messages.get(message.to ?? "") ?? []), message]);
  const twice = numbers.map((number) => messages.get(number) ?? []).filter(({ length }) => length > 1);
  const isOne = (sent: readonly ReceivedMessage[]): boolean =>
    new Set(sent.map((message) => message.biz_opaque_callback_data)).size === 1;
  exactly(report, "with two messages of their campaign", twice.filter((sent) => !isOne(sent)).length, 0);
  const needless = twice.filter((sent) =>
    sent.some((one, i) => wasNeedless(environment, kills, one, sent[i + 1])),
  ).length;
  exactly(report, "whose message was sent again though its answer had come", needless, 0);
  atMost(report, "whose message was sent twice: under way at a kill", twice.length, KILLS * NUMBERS * CONNECTIONS, "");
  for (const campaign of campaigns) await compare(shop, campaign);
}

/**
 * Whether a message was sent again although the platform knew better: nothing had kept the channel's answer from it, or it
 * had taken a status.
 */
function wasNeedless(
  { graph }: Environment,
  kills: readonly number[],
  { wamid, at, answerLost }: ReceivedMessage,
  next: ReceivedMessage | undefined,
): boolean {
  if (!next) return false;
  const wasInDoubt = answerLost || kills.some((killedAt) => killedAt > at - 1000 && killedAt < next.at);
  const hadStatus = graph.simulator.state.deliveries.some(
    ({ body, attempts }) =>
      body.includes(wamid) && attempts.some((one) => one.status === 200 && one.at + TAKEN_WITHIN_MS < next.at),
  );
  return !wasInDoubt || hadStatus;
}

/** The counts of a campaign are those of its recipients, as the export has them. */
async function compare({ environment, report }: Shop, { path, numbers }: Campaign): Promise<void> {
  const campaign = await api(environment, "GET", path);
  const response = await fetch(`${environment.url}${path}/recipients/export`, {
    headers: { authorization: `Bearer ${environment.token}` },
  });
  const [head = "", ...lines] = (await response.text()).trim().split(/\r?\n/);
  const column = head.split(",").indexOf("status");
  const statuses = lines.map((line) => line.split(",")[column]);
  const counted = (...of: string[]): number => statuses.filter((status) => of.includes(status ?? "")).length;
  const compared = {
    total_recipients: numbers.length,
    sent_count: counted("sent", "delivered", "read"),
    delivered_count: counted("delivered", "read"),
    read_count: counted("read"),
    failed_count: counted("failed"),
    skipped_count: counted("skipped"),
    pending_count: counted("pending", "queued"),
  };
  const differing = Object.entries(compared).flatMap(([field, count]) =>
    campaign[field] === count ? [] : [`${field}: ${campaign[field]}, not ${count}`],
  );
  const value = differing.join(", ") || "none";
  report.figure(`${campaign.name}: counts that differ from its recipients'`, value, "none", differing.length === 0);
  exactly(report, `${campaign.name}: recipients`, lines.length, numbers.length);
  exactly(report, `${campaign.name}: read`, campaign.read_count, numbers.length);
  report.figure(`${campaign.name}: status`, campaign.status, "completed", campaign.status === "completed");
}

async function steady(shop: Shop, accounts: readonly string[]): Promise<void> {
  const { environment, report } = shop;
  const people = conversationsOf(20, 1, Date.now() - 60_000, "62899");
  for (const message of people) await environment.deliver([message]);
  const before = await agentSends(
    environment,
    people.map(({ from }) => from),
  );
  const each = Math.floor(RECIPIENTS / 3 / accounts.length);
  const memory = await environment.memory();
  const startedAt = Date.now();
  const campaigns = await Promise.all(accounts.map((accountId) => send(shop, accountId, each, PER_SECOND)));
  const during = await agentSends(
    environment,
    people.map(({ from }) => from),
  );
  const numbers = campaigns.flatMap((one) => one.numbers);
  let [endedAt, peak] = [0, 0];
  await within(300, async () => {
    peak = Math.max(peak, await environment.memory());
    const counts = accepted(environment);
    const sent = numbers.filter((number) => counts.has(number)).length;
    report.progress(`${sent} of ${numbers.length} sent`);
    endedAt = Date.now();
    return sent === numbers.length;
  });
  const seconds = each / PER_SECOND;
  // The first tokens come a quarter of a second after the first question, and are asked for once the campaign is prepared.
  atMost(
    report,
    `seconds for ${each} on each number at ${PER_SECOND} a second`,
    (endedAt - startedAt) / 1000,
    1.1 * seconds + 3,
    "",
  );
  atMost(report, `memory at most, of ${(memory / 1e6).toFixed(0)} MB before`, peak / memory, 1.5, "x");
  atMost(report, `agents' sends p99 during it, of ${before.toFixed(0)} ms before`, during / before, 1.5, "x");
}

/** The time from an agent's call to the message at the channel, p99. */
async function agentSends(environment: Environment, people: readonly string[]): Promise<number> {
  const times: number[] = [];
  await inParallel(people, 2, async (from, i) => {
    const startedAt = performance.now();
    const text = `Answer ${i} ${Math.random()}`;
    await api(environment, "POST", `/api/conversations/${environment.conversationId(from)}/messages`, {
      type: "text",
      content: { text },
    });
    const isThere = (): boolean =>
      environment.graph.simulator.state.messages.some(
        ({ body }) => (body.text as { body?: string } | undefined)?.body === text,
      );
    await within(20, async () => isThere(), 5);
    times.push(performance.now() - startedAt);
  });
  return percentile(times, 0.99);
}

async function cancelled(shop: Shop, accountId: string): Promise<void> {
  const { environment, report } = shop;
  const { path, numbers } = await send(shop, accountId, 500, PER_SECOND);
  await pause(2000 + Math.random() * 4000);
  await api(environment, "POST", `${path}/cancel`, {});
  await pause(1000);
  const count = (): number => numbers.filter((number) => accepted(environment).has(number)).length;
  const atOnce = count();
  await pause(8000);
  exactly(report, "sent later than a second after the cancellation", count() - atOnce, 0);
  const { pending_count: pending, sent_count: sent, failed_count: failed } = await api(environment, "GET", path);
  exactly(report, "recipients of it that are not counted", numbers.length - pending - sent - failed, 0);
  exactly(report, "counted as sent, beyond those that were", sent - count(), 0);
}

async function within(seconds: number, isTrue: () => Promise<boolean>, everyMs = 250): Promise<void> {
  const until = Date.now() + seconds * 1000;
  while (!(await isTrue().catch(() => false)) && Date.now() < until) await pause(everyMs);
}
