/** `npm run demo`: plays customers of every channel and a team against a running `npm run dev`, over HTTP and a live socket. */
import { randomUUID } from "node:crypto";
import { type Answer, type Call, call, callOk } from "./api-client.ts";
import { agent, phoneNumberId } from "./demo-account.ts";
import {
  app,
  check,
  heading,
  measured,
  newPhone,
  result,
  rowsOf,
  say,
  simulator,
  type SimulatorState,
  simulatorState,
  untilUp,
} from "./demo-stage.ts";
import { playChannels } from "./demo-channels.ts";
import { playMail } from "./demo-mail.ts";
import { playClosedWindow, showInbox } from "./demo-window.ts";
import { playTeam } from "./demo-team.ts";
import { type Arrival, LiveSocket } from "./live-socket.ts";
import { bold, cyan, dim, milliseconds, red, table } from "./terminal.ts";

interface Conversation {
  id: string;
  contact_name: string | null;
  unread_count: number;
}
interface Message {
  _id: string;
  external_id: string | null;
  direction: string;
  status: string;
}
const customers = [
  { name: "Budi", from: newPhone(), text: "Halo, is the blue one still there?" },
  { name: "Sari", from: newPhone(), text: "Where is my order 4711?" },
];
const reply = "Yes, two are left. Shall I keep one for you?";

const counted: string[][] = [];
const STATUSES = ["queued", "sending", "sent", "delivered", "read"];

try {
  await untilUp();
  setTimeout(() => {
    console.error(red("The demo has not ended after two minutes."));
    process.exit(1);
  }, 120_000).unref();
  const faultsBefore = (await simulatorState()).faults;
  try {
    await play();
    const ids = await playChannels();
    const mailId = await playMail();
    ids.push(await playClosedWindow(), ...(mailId === undefined ? [] : [mailId]));
    await showInbox(ids);
    await playTeam();
    printMeasured();
  } finally {
    await call(`${simulator}/_sim/faults`, { method: "PUT", body: faultsBefore });
  }
} catch (error) {
  result.failures += 1;
  console.error(red(explained(error)));
}
// Not `process.exitCode`, since an open socket would keep the process alive.
process.exit(result.failures === 0 ? 0 : 1);

async function play(): Promise<void> {
  const login = await callOk(`${app}/api/auth/login`, { body: agent });
  const { token } = login.body as { token: string };
  const asAgent = (path: string, options: Call = {}) => callOk(app + path, { token, ...options });
  say("Ana Agent", "logs in", login);
  const openedAt = performance.now();
  const live = await LiveSocket.open(app, token);
  measured.push(["opens the live inbox", milliseconds(performance.now() - openedAt), ""]);

  heading("Two customers write, and the channel delivers everything twice");
  await callOk(`${simulator}/_sim/faults`, { method: "PUT", body: { duplicateWebhooks: true, reverseStatuses: true } });
  const seenBefore = (await simulatorState()).deliveries.length;
  const writtenAt = performance.now();
  const items = customers.map(({ from, name, text }) => ({ from, name, text, phoneNumberId }));
  const { ids } = (await callOk(`${simulator}/_sim/batch`, { body: { items } })).body as { ids: string[] };
  const received = (id: string) => (arrival: Arrival) =>
    arrival.frame.type === "message.received" && arrival.frame.message?.external_id === id;
  for (const [index, { name, text }] of customers.entries()) {
    const { at, frame } = await live.until(received(ids[index] ?? ""), `the message of ${name}`);
    console.log(`  ${cyan(name)} writes “${text}”`);
    console.log(`    on the agent's screen after ${bold(milliseconds(at - writtenAt))} ${dim(frame.type)}`);
    measured.push([`${name}: written → on screen`, milliseconds(at - writtenAt), ""]);
  }
  await callOk(`${simulator}/_sim/settle`, { method: "POST" });
  const inbound = (await simulatorState()).deliveries.slice(seenBefore);
  check(
    `the channel posted the same delivery ${inbound.length} times; all answered 200`,
    inbound.length > 1 && inbound.every(({ outcome }) => outcome === "delivered"),
  );

  heading("The agent reads");
  const { list, conversations } = await untilListed(
    asAgent,
    ids.map((id) => live.arrivals.find(received(id))?.frame.conversation_id ?? ""),
  );
  const [first] = conversations;
  if (!first) throw new Error("the list is empty");
  say("Ana Agent", `lists the open conversations and finds both`, list);
  measured.push(["written → in the list, at the latest", milliseconds(performance.now() - writtenAt), ""]);
  const opened = await asAgent(`/api/conversations/${first.id}/messages`);
  const messages = rowsOf<Message>(opened);
  say("Ana Agent", `opens ${first.contact_name ?? first.id}: ${messages.length} message`, opened);
  say("Ana Agent", "has read it", await asAgent(`/api/conversations/${first.id}/read`, { method: "POST" }));
  const isNew = ({ frame }: Arrival) =>
    frame.type === "message.received" && ids.includes(frame.message?.external_id ?? "");
  const stored = messages.filter(({ external_id }) => external_id === ids[0]);
  const duplicates = () => live.arrivals.filter(isNew).length - ids.length + stored.length - 1;
  check(`duplicates seen: ${duplicates()}`, duplicates() === 0);

  heading("The agent answers; the browser, unsure, sends it twice");
  const sendOnce = { body: { type: "text", content: { text: reply } }, headers: { "Idempotency-Key": randomUUID() } };
  const sentAt = performance.now();
  const [sent, again] = [
    await asAgent(`/api/conversations/${first.id}/messages`, sendOnce),
    await asAgent(`/api/conversations/${first.id}/messages`, sendOnce),
  ];
  say("Ana Agent", `answers “${reply}”`, sent);
  const outgoing = sent.body as Message;
  check(
    "the same key twice is one message",
    outgoing._id !== undefined && outgoing._id === (again.body as Message)._id,
  );
  const ofOutgoing = ({ frame }: Arrival) => frame.message?._id === outgoing._id;
  const read = await live.until(
    (arrival) => ofOutgoing(arrival) && arrival.frame.message?.status === "read",
    "the read tick",
  );
  measured.push(["answered → read by the customer, on screen", milliseconds(read.at - sentAt), ""]);
  await callOk(`${simulator}/_sim/settle`, { method: "POST" });
  const after = await simulatorState();
  const accepted = after.messages.filter(({ to }) => to === customers[0]?.from);
  check(`the channel got ${accepted.length} message`, accepted.length === 1);
  console.log(`  the channel reported ${reportedOrder(after, accepted[0]?.wamid)}`);
  const ticks = live.arrivals
    .filter(ofOutgoing)
    .map(({ at, frame }) => ({ status: frame.message?.status ?? "", ms: at - sentAt }));
  const climbs = ticks.every(
    ({ status }, index) => index === 0 || STATUSES.indexOf(status) >= STATUSES.indexOf(ticks[index - 1]?.status ?? ""),
  );
  check(
    `the ticks on her screen only climb: ${ticks.map(({ status, ms }) => `${status} ${dim(milliseconds(ms))}`).join(", ")}`,
    climbs,
  );
  const final = rowsOf<Message>(await asAgent(`/api/conversations/${first.id}/messages`)).find(
    ({ _id }) => _id === outgoing._id,
  );
  check(`and the message stays “${final?.status ?? "missing"}”`, final?.status === "read");
  live.close();

  counted.push(
    ["messages in", String(ids.length)],
    ["webhooks posted for them", String(inbound.length)],
    ["duplicates seen", String(duplicates())],
  );
}

function printMeasured(): void {
  heading("Measured now");
  console.log(`${table([["", "time", "D1 queries"], ...measured])}\n`);
  console.log(`${table(counted)}\n`);
}

/** Reads the list until both conversations are in it: D1 follows the objects with a short delay. */
async function untilListed(asAgent: (path: string) => Promise<Answer>, wanted: string[]) {
  const startedAt = performance.now();
  for (;;) {
    const list = await asAgent("/api/conversations?status=open");
    const conversations = wanted.flatMap((id) => rowsOf<Conversation>(list).find((row) => row.id === id) ?? []);
    if (conversations.length === wanted.length) return { list, conversations };
    if (performance.now() - startedAt > 5000) throw new Error("the conversations are not in the list after 5 s");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** The order in which a message's statuses were posted. */
function reportedOrder(state: SimulatorState, wamid: string | undefined): string {
  const posts = state.deliveries.flatMap(({ body, attempts }) => {
    const { entry } = JSON.parse(body) as {
      entry: { changes?: { value: { statuses?: { id: string; status: string }[] } }[] }[];
    };
    const statuses = entry.flatMap(({ changes = [] }) => changes.flatMap(({ value }) => value.statuses ?? []));
    return statuses.filter(({ id }) => id === wamid).map(({ status }) => ({ status, at: attempts[0]?.at ?? 0 }));
  });
  return [...new Set(posts.sort((a, b) => a.at - b.at).map(({ status }) => status))].join(", then ");
}

function explained(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const refused =
    (error.cause as NodeJS.ErrnoException | AggregateError | undefined)?.message ??
    (error.cause as { code?: string } | undefined)?.code;
  if (error.message === "fetch failed")
    return `Nothing answers at ${app} or ${simulator} (${refused}). Start it with \`npm run dev\` in another terminal, and give both the same PORT and GRAPH_PORT.`;
  return error.message;
}
