import type { ChannelUpdate } from "../channel";
import { entryOf } from "./account-value";
import { partyOf } from "./party";
import { type ContactPayload, preferencePayload } from "./payload";

/** Meta: Cloud API webhook `user_preferences`: a person stops or resumes marketing messages. */

const ACCEPTS: Readonly<Record<string, boolean>> = { stop: false, resume: true };

export function marketingChoice(account: string, raw: unknown, contacts: readonly ContactPayload[]): ChannelUpdate {
  const unknown: ChannelUpdate = { kind: "unknown", account, reason: "user_preferences", raw };
  const parsed = preferencePayload.safeParse(raw);
  if (!parsed.success || parsed.data.category !== "marketing_messages") return unknown;
  const { timestamp: at, value, wa_id: address, user_id: userId, parent_user_id: parentUserId } = parsed.data;
  const accepts = entryOf(ACCEPTS, value);
  const from = partyOf({ address, userId, parentUserId }, contacts);
  if (accepts === undefined || from === undefined) return unknown;
  return { kind: "marketing_choice", account, from, externalId: `marketing:${at}:${value}`, at, accepts };
}
