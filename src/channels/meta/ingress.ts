import { decodeUtf8, nestingOf, readJson } from "../../kit/body";
import type { Channel, Ingress } from "../channel";
import { isRecord } from "../json";
import { isSignature, verifySignature } from "./signature";

const MAX_DEPTH = 64;

/**
 * Meta's webhooks: WhatsApp, Instagram and Messenger share one address, signature and envelope; `object` tells them
 * apart.
 */
export function metaIngress(channelOfObject: Readonly<Record<string, Channel>>): Ingress {
  return {
    name: "meta",
    // Meta: "payloads of up to 3 MB".
    maxBytes: 3 * 1024 * 1024,
    maxBytesOfAccount: 256 * 1024,
    // Instagram's login is a separate app with its own secret.
    secrets: ({ META_APP_SECRET, INSTAGRAM_APP_SECRET }) =>
      [META_APP_SECRET, INSTAGRAM_APP_SECRET].flatMap((secret) => (secret ? [secret] : [])),
    isSigned: ({ headers }) => isSignature(headers.get("x-hub-signature-256")),
    verify: ({ body, headers }, secrets) => verifySignature(body, headers.get("x-hub-signature-256"), secrets),
    read: async ({ body }) => readPayload(body),
    channelOf(payload) {
      const object = isRecord(payload) ? payload.object : undefined;
      return typeof object === "string" && Object.hasOwn(channelOfObject, object) ? channelOfObject[object] : undefined;
    },
  };
}

function readPayload(body: Uint8Array): unknown {
  const text = decodeUtf8(body);
  if (nestingOf(text) > MAX_DEPTH) throw new Error("the payload is nested too deeply");
  return LARGE_INTEGER.test(text) ? withExactIds(text) : readJson(text);
}

const LARGE_INTEGER = /[:[,]\s*\d{16,}/;

/** Meta: ids of templates and apps are numbers, of which a double would not hold every digit: such become texts. */
function withExactIds(text: string): unknown {
  const exact = (_: string, value: unknown, context?: { source?: string }): unknown => {
    if (typeof value === "string") return value.toWellFormed();
    const isExact = typeof value !== "number" || Number.isSafeInteger(value) || !/^\d+$/.test(context?.source ?? "");
    return isExact ? value : context!.source;
  };
  return JSON.parse(text, exact);
}
