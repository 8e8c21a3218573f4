import { z } from "@hono/zod-openapi";
import {
  ChannelError,
  type ConnectedAccount,
  type ConnectOptions,
  type OpenedFile,
  type OutboundFile,
  type OutboundMessage,
  type Party,
  PinRefusedError,
  type SendReceipt,
} from "../channel";
import { defined, textOf } from "../json";
import { type GraphEndpoint, graphCall, graphUpload, openGraphFile } from "../meta/graph";
import { requireSubscribed } from "../meta/subscription";
import { digitsOf } from "./account-event";
import type { WhatsappConfig } from "./config";
import { toReadReceipt, toRequest } from "./outbound";
import { phoneOf } from "./party";

/** Meta: Cloud API, the calls that conversations need. */

const sendAnswer = z.looseObject({
  messages: z.array(z.looseObject({ id: z.string().min(1) })).min(1),
  contacts: z
    .array(z.looseObject({ wa_id: z.unknown(), user_id: z.unknown() }))
    .optional()
    .catch(undefined),
});

export async function send(
  endpoint: GraphEndpoint,
  { access_token, phone_number_id }: WhatsappConfig,
  to: Party,
  message: OutboundMessage,
): Promise<SendReceipt> {
  const answer = await graphCall(endpoint, access_token, "POST", `${phone_number_id}/messages`, toRequest(to, message));
  const parsed = sendAnswer.safeParse(answer);
  // Accepted but without an id: the message's status will carry our own id.
  if (!parsed.success) {
    throw new ChannelError("ambiguous", {
      code: "no_message_id",
      title: "The channel accepted the message without naming it",
    });
  }
  const { messages, contacts } = parsed.data;
  const [contact] = contacts ?? [];
  const address = phoneOf(textOf(contact?.wa_id));
  const userId = textOf(contact?.user_id);
  return {
    externalId: messages[0]?.id ?? "",
    ...(address !== undefined && { address }),
    ...(userId !== undefined && { userId }),
  };
}

export async function markRead(
  endpoint: GraphEndpoint,
  { access_token, phone_number_id }: WhatsappConfig,
  externalId: string,
): Promise<void> {
  await graphCall(endpoint, access_token, "POST", `${phone_number_id}/messages`, toReadReceipt(externalId), {
    idempotent: true,
  });
}

/** Meta: Cloud API, media: resolves an id to an address that is valid for five minutes and needs the token. */
export async function openMedia(
  endpoint: GraphEndpoint,
  { access_token }: WhatsappConfig,
  externalId: string,
): Promise<OpenedFile> {
  // An expired address is replaced once.
  const opened =
    (await openOnce(endpoint, access_token, externalId)) ?? (await openOnce(endpoint, access_token, externalId));
  if (opened === undefined)
    throw new ChannelError("rejected_media", { code: "media_gone", title: "The channel no longer has the file" });
  const { media, file } = opened;
  const mimeType = textOf(media.mime_type) ?? file.headers.get("content-type") ?? undefined;
  const sizeBytes = Number(textOf(media.file_size) ?? file.headers.get("content-length") ?? Number.NaN);
  return {
    body: file.body,
    ...(mimeType !== undefined && { mimeType }),
    ...(Number.isSafeInteger(sizeBytes) && sizeBytes >= 0 && { sizeBytes }),
  };
}

/** Meta: Cloud API, upload media: the id is valid for 30 days, longer than any message waits. */
export async function uploadMedia(
  endpoint: GraphEndpoint,
  { access_token, phone_number_id }: WhatsappConfig,
  file: OutboundFile,
): Promise<string> {
  // Meta does not accept text/csv.
  const mimeType = file.mimeType === "text/csv" ? "text/plain" : file.mimeType;
  const answer = await graphUpload(
    endpoint,
    access_token,
    `${phone_number_id}/media`,
    { messaging_product: "whatsapp", type: mimeType },
    { ...file, mimeType },
  );
  const id = textOf(answer.id);
  if (id === undefined)
    throw new ChannelError("transient", { code: "no_media_id", title: "The channel took the file without naming it" });
  return id;
}

async function openOnce(endpoint: GraphEndpoint, token: string, externalId: string) {
  const media = await graphCall(endpoint, token, "GET", encodeURIComponent(externalId));
  const url = textOf(media.url);
  if (url === undefined)
    throw new ChannelError("rejected_media", { code: "media_url", title: "The channel gave no address for the file" });
  const file = await openGraphFile(endpoint, token, url);
  return file && { media, file };
}

/** Subscribes our app to the events of the number's account, and registers the number for sending. */
export async function connect(
  endpoint: GraphEndpoint,
  { access_token, phone_number_id, waba_id }: WhatsappConfig,
  { pin }: ConnectOptions = {},
): Promise<ConnectedAccount> {
  const number = await numberOf(endpoint, access_token, phone_number_id);
  const state = textOf(number?.status);
  const subscribe = () =>
    graphCall(endpoint, access_token, "POST", `${waba_id}/subscribed_apps`, undefined, { idempotent: true });
  requireSubscribed(await subscribe());
  if (state !== "CONNECTED") await register(endpoint, access_token, phone_number_id, state, pin);
  return defined({
    displayNumber: digitsOf(number?.display_phone_number),
    qualityRating: textOf(number?.quality_rating),
    verifiedName: textOf(number?.verified_name),
  });
}

/** `undefined` if the channel does not report it. Read first, because a connected number must not get another PIN. */
async function numberOf(
  endpoint: GraphEndpoint,
  token: string,
  phoneNumberId: string,
): Promise<Record<string, unknown> | undefined> {
  try {
    return await graphCall(
      endpoint,
      token,
      "GET",
      `${phoneNumberId}?fields=status,display_phone_number,quality_rating,verified_name`,
    );
  } catch (error) {
    if (error instanceof ChannelError && error.failureClass === "invalid") return undefined;
    throw error;
  }
}

/** 133005: the PIN is wrong. 133008, 133009: too many wrong ones. */
const PIN_ERRORS = new Set(["133005", "133008", "133009"]);

async function register(
  endpoint: GraphEndpoint,
  token: string,
  phoneNumberId: string,
  state: string | undefined,
  givenPin: string | undefined,
): Promise<void> {
  // The PIN of two-step verification, which registering enables. It is not stored: the owner can set another in
  // WhatsApp Manager.
  const pin = givenPin ?? String((crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % 1_000_000).padStart(6, "0");
  try {
    await graphCall(
      endpoint,
      token,
      "POST",
      `${phoneNumberId}/register`,
      { messaging_product: "whatsapp", pin },
      { idempotent: true },
    );
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    const isAboutPin = PIN_ERRORS.has(error.failure.code);
    // Its owner registered the number, with a PIN that we do not know. A state that says that the number is not
    // connected, or a PIN that somebody entered, makes this a real error.
    if (saysRegistered(error) || (isAboutPin && state === undefined && givenPin === undefined)) return;
    throw isAboutPin ? new PinRefusedError(error) : error;
  }
}

function saysRegistered({ failure }: ChannelError): boolean {
  return `${failure.title} ${failure.detail ?? ""}`.toLowerCase().includes("already registered");
}
