/** POST /{id}/messages: of a phone number, or of a page or Instagram account. Meta: Cloud API, messages. */
import { queueStatuses } from "./customers.ts";
import { graphError } from "./errors.ts";
import { ConnectionLost, untilAborted } from "./faults.ts";
import type { RecipientFault } from "./faults.ts";
import { digitsOf, newMessageId } from "./ids.ts";
import { sendMessaging } from "./messaging-send.ts";
import { messageTypeOf, refuseMessage } from "./message-rules.ts";
import { readBody } from "./parameters.ts";
import type { GraphCall, Simulation } from "./simulation.ts";
import type { Customer, Json, ReceivedMessage } from "./state.ts";
import { customerOf, numberOf } from "./state.ts";
import { refuseTemplateMessage } from "./template-send.ts";

const windowMs = 24 * 60 * 60 * 1000;

export async function postMessage(call: GraphCall): Promise<Response> {
  const { request, id, simulation, record } = call;
  const { state, faults } = simulation;
  const body = await readBody(request);
  if (!body) return graphError(100, { details: "The body must be a JSON object." });
  if (typeof body.recipient === "object") return sendMessaging(call, body);
  if (body.status !== undefined) return markRead(simulation, id, body);

  const refusal = refuseMessage(body, (mediaId) => state.media.get(mediaId)?.deleted === false);
  if (refusal) return graphError(refusal.code, refusal);
  const number = numberOf(state, id);
  if (!number.registered) return graphError(133010);

  const input = `${(body.to || body.recipient) as string | number}`;
  const digits = body.to ? digitsOf(input) : undefined;
  const phone = digits && (faults.current.waIds?.[digits] ?? digits);
  if (phone && phone === digitsOf(number.displayPhoneNumber)) return graphError(131021);
  const customer = customerOf(state, { phone, userId: phone ? undefined : input });

  const type = messageTypeOf(body) ?? "text";
  const misfit = type === "template" ? refuseTemplateMessage(state, number.wabaId, body) : undefined;
  if (misfit) return graphError(misfit.code, misfit);
  const failure = failureOf(simulation, id, customer, digits, type, body);
  if (failure && failure.as !== "status") return graphError(failure.code);

  const accepted = accept(simulation, { phoneNumberId: id, input, type, body, phone, customer });
  if (simulation.autoStatuses || failure) queueStatuses(simulation, accepted.wamid, failure?.code);
  if (faults.strikes(faults.current.answerLost)) {
    record.fault = "answerLost";
    accepted.answerLost = true;
    if (faults.current.answerLost?.mode === "hang") return untilAborted(request.signal);
    throw new ConnectionLost();
  }
  return Response.json({
    messaging_product: "whatsapp",
    contacts: [{ input, ...(phone && { wa_id: phone }), user_id: customer.userId }],
    messages: [{ id: accepted.wamid, message_status: "accepted" }],
  });
}

interface Acceptance {
  phoneNumberId: string;
  input: string;
  type: string;
  body: Json;
  phone: string | undefined;
  customer: Customer;
}

function accept(
  { state, now }: Simulation,
  { phoneNumberId, input, type, body, phone, customer }: Acceptance,
): ReceivedMessage {
  const callbackData = body.biz_opaque_callback_data;
  const message: ReceivedMessage = {
    wamid: newMessageId(phone ?? customer.userId, "outbound"),
    phoneNumberId,
    ...(phone ? { to: phone } : { recipientUserId: customer.userId }),
    input,
    type,
    body,
    ...(typeof callbackData === "string" && { biz_opaque_callback_data: callbackData }),
    at: now(),
    answerLost: false,
    statuses: [],
  };
  state.messages.push(message);
  if (type !== "reaction") state.threads.set(message.wamid, `${phoneNumberId}|${customer.userId}`);
  return message;
}

/**
 * The failure of a send: a recipient fault, a reaction to an unknown message, or a closed window; undefined if it
 * succeeds.
 */
function failureOf(
  simulation: Simulation,
  phoneNumberId: string,
  customer: Customer,
  digits: string | undefined,
  type: string,
  body: Json,
): Pick<RecipientFault, "code" | "as"> | undefined {
  const { faults, state, now } = simulation;
  const addresses = ["*", digits, customer.phone, customer.userId];
  const chosen = faults.current.recipients?.find(
    (fault) => addresses.includes(fault.to === "*" ? "*" : fault.to.replace(/^\+/, "")) && faults.strikes(fault),
  );
  if (chosen) return chosen;
  const thread = `${phoneNumberId}|${customer.userId}`;
  // Meta accepts the reaction and reports the unknown message by webhook. Meta: Cloud API, reaction messages.
  if (type === "reaction" && state.threads.get(String((body.reaction as Json).message_id)) !== thread)
    return { code: 131009, as: "status" };
  const form = faults.current.enforceWindow;
  if (!form || type === "template") return undefined;
  const lastInboundAt = state.lastInboundAt.get(thread);
  return lastInboundAt !== undefined && now() - lastInboundAt < windowMs ? undefined : { code: 131047, as: form };
}

/**
 * Takes a read receipt, with or without a typing indicator. Meta: Cloud API, mark messages as read, typing indicators.
 */
function markRead({ state, now }: Simulation, phoneNumberId: string, body: Json): Response {
  if (body.messaging_product !== "whatsapp")
    return graphError(100, { message: "(#100) The parameter messaging_product is required." });
  if (body.status !== "read") return graphError(100, { message: "(#100) Param status must be one of {READ}." });
  if (typeof body.message_id !== "string" || body.message_id === "") {
    return graphError(100, { message: "(#100) The parameter message_id is required." });
  }
  state.readReceipts.push({
    phoneNumberId,
    messageId: body.message_id,
    typing: body.typing_indicator !== undefined,
    at: now(),
  });
  return Response.json({ success: true });
}
