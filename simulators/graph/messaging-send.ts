/** POST /{page or Instagram account}/messages. Meta: Send API; Instagram messaging API. */
import { graphError } from "./errors.ts";
import { ConnectionLost, untilAborted } from "./faults.ts";
import { refuseBody, urlsOf } from "./messaging-rules.ts";
import type { MessagingAccount, MessagingMessage, Platform } from "./messaging-state.ts";
import { accountOf, newMid, threadOf } from "./messaging-state.ts";
import { queueEvent } from "./messaging-webhook.ts";
import type { GraphCall, Simulation } from "./simulation.ts";
import type { Json } from "./state.ts";

const dayMs = 24 * 60 * 60 * 1000;
/** Meta: HUMAN_AGENT. */
const humanAgentMs = 7 * dayMs;
const outsideWindow: Record<Platform, number> = { messenger: 2018278, instagram: 2534022 };

export async function sendMessaging(call: GraphCall, body: Json): Promise<Response> {
  const { id, simulation, record, request } = call;
  const { state, faults } = simulation;
  const known = state.messaging.accounts.get(id);
  const account = known ?? accountOf(state, call.isInstagram ? "instagram" : "messenger", id);
  const { platform } = account;
  const person = (body.recipient as { id?: unknown } | null)?.id;
  if (typeof person !== "string") return graphError(100, { message: "(#100) Param recipient must be non-empty." });
  if (!state.messaging.people.has(person))
    return graphError(100, { message: "(#100) No matching user found", subcode: 2018001 });
  if (body.sender_action !== undefined) return act(simulation, account, person, body);

  const refusal = refuseBody(platform, body);
  if (refusal) return graphError(refusal.code, refusal);
  const thread = threadOf(id, person);
  const fault = faults.current.recipients?.find(({ to }) => to === "*" || to === person);
  if (fault && faults.strikes(fault)) return graphError(fault.code, { subcode: fault.subcode });
  if (state.messaging.controlledElsewhere.has(thread))
    return graphError(10, { message: "(#10) The app does not control the thread", subcode: 2018300 });
  if (faults.current.enforceWindow) {
    const age = simulation.now() - (state.lastInboundAt.get(thread) ?? 0);
    if (age >= (body.tag === "HUMAN_AGENT" ? humanAgentMs : dayMs))
      return graphError(10, {
        message: "(#10) This message is sent outside of allowed window.",
        subcode: outsideWindow[platform],
      });
  }
  const unreachable = await unreachableOf(simulation, body);
  if (unreachable !== undefined)
    return graphError(100, {
      message: `(#100) Failed to fetch the file from the url: ${unreachable}`,
      subcode: 2018008,
    });

  const message = accept(simulation, account, person, body);
  if (simulation.autoStatuses) queueReceipts(simulation, account, message);
  if (faults.strikes(faults.current.unknownError)) {
    record.fault = "unknownError";
    message.answerLost = true;
    return graphError(1, { message: "An unexpected error has occurred.", subcode: 1_357_046 });
  }
  if (faults.strikes(faults.current.answerLost)) {
    record.fault = "answerLost";
    message.answerLost = true;
    if (faults.current.answerLost?.mode === "hang") return untilAborted(request.signal);
    throw new ConnectionLost();
  }
  return Response.json({ recipient_id: person, message_id: message.mid });
}

/** Files of the app itself are fetched, so that a link that needs a session fails here too. */
async function unreachableOf({ post, appOrigin }: Simulation, body: Json): Promise<string | undefined> {
  for (const url of urlsOf(body)) {
    if (!URL.canParse(url)) return url;
    if (new URL(url).origin !== appOrigin) continue;
    const response = await post(new Request(url));
    await response.arrayBuffer();
    if (!response.ok) return `HTTP ${response.status}`;
  }
  return undefined;
}

function accept({ state, now }: Simulation, account: MessagingAccount, person: string, body: Json): MessagingMessage {
  const { text, attachment, attachments } = body.message as Json;
  const files = (attachments ?? (attachment === undefined ? undefined : [attachment])) as Json[] | undefined;
  const message: MessagingMessage = {
    mid: newMid(account.platform),
    account: account.id,
    person,
    from: "app",
    at: now(),
    ...(typeof text === "string" && { text }),
    ...(files && { attachments: files }),
    body,
    answerLost: false,
    isDeleted: false,
    reactions: [],
  };
  state.messaging.messages.push(message);
  return message;
}

/** The echo, and what the person's phone reports. Instagram reports no delivery. */
function queueReceipts(simulation: Simulation, account: MessagingAccount, message: MessagingMessage): void {
  const { statusDelaysMs: delays, faults } = simulation;
  const { mid, person, at, text, attachments, body } = message;
  const metadata = (body?.message as Json | undefined)?.metadata;
  const fromPerson = { sender: { id: person }, recipient: { id: account.id } };
  const echo = {
    sender: { id: account.id },
    recipient: { id: person },
    timestamp: at,
    message: {
      mid,
      is_echo: true,
      ...(account.platform === "messenger" && { app_id: 1000000000000001 }),
      ...(text !== undefined && { text }),
      ...(attachments && { attachments }),
      ...(typeof metadata === "string" && { metadata }),
    },
  };
  const events: [event: Json, delayMs: number][] =
    account.platform === "messenger"
      ? [
          [echo, delays.sent],
          [
            { ...fromPerson, timestamp: at + delays.delivered, delivery: { mids: [mid], watermark: at } },
            delays.delivered,
          ],
          [{ ...fromPerson, timestamp: at + delays.read, read: { watermark: at } }, delays.read],
        ]
      : [
          [echo, delays.sent],
          [{ ...fromPerson, timestamp: at + delays.read, read: { mid } }, delays.read],
        ];
  const posted = events.map(([, delayMs]) => delayMs);
  if (faults.current.reverseStatuses) posted.reverse();
  events.forEach(([event], index) => queueEvent(simulation, account, event, { delayMs: posted[index] ?? 0 }));
}

const actions = new Set(["typing_on", "typing_off", "mark_seen", "react", "unreact"]);

function act({ state, now }: Simulation, account: MessagingAccount, person: string, body: Json): Response {
  const action = String(body.sender_action);
  if (!actions.has(action)) return graphError(100, { message: "(#100) Param sender_action is not valid." });
  if (action === "react" || action === "unreact") {
    const { message_id: mid, reaction } = (body.payload ?? {}) as Json;
    const target = state.messaging.messages.find((message) => message.mid === mid);
    if (!target) return graphError(100, { message: "(#100) Message not found", subcode: 2018001 });
    target.reactions = target.reactions.filter(({ by }) => by !== "app");
    if (action === "react") target.reactions.push({ by: "app", reaction: String(reaction) });
  }
  state.messaging.actions.push({ account: account.id, person, action, at: now() });
  return Response.json({ recipient_id: person });
}
