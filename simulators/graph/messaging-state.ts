/** Pages of Messenger, accounts of Instagram, and the people who write to them. */
import type { GraphState, Json } from "./state.ts";

export type Platform = "messenger" | "instagram";

export interface MessagingAccount {
  id: string;
  platform: Platform;
  name: string;
  /** Parts of the messenger profile: get_started, persistent_menu. */
  profile: Json;
}

export interface Person {
  id: string;
  platform: Platform;
  name: string;
  username?: string;
  /** False: the profile is refused. */
  consents: boolean;
}

/** A message of a thread, of either side. */
export interface MessagingMessage {
  mid: string;
  account: string;
  person: string;
  from: "person" | "app" | "inbox";
  at: number;
  text?: string;
  attachments?: Json[];
  /** The whole request body of one that the app sent. */
  body?: Json;
  /** The app got no answer, or an error. */
  answerLost: boolean;
  isDeleted: boolean;
  reactions: { by: "person" | "app"; reaction: string }[];
}

export interface SenderAction {
  account: string;
  person: string;
  action: string;
  at: number;
}

export interface MessagingState {
  accounts: Map<string, MessagingAccount>;
  people: Map<string, Person>;
  messages: MessagingMessage[];
  actions: SenderAction[];
  /** Threads (`account|person`) that another program controls. */
  controlledElsewhere: Set<string>;
}

export const createMessagingState = (): MessagingState => ({
  accounts: new Map(),
  people: new Map(),
  messages: [],
  actions: [],
  controlledElsewhere: new Set(),
});

const firstIds: Record<Platform, string> = { messenger: "111899832631525", instagram: "17841400000000001" };

/** Finds an account, or creates it at its first use. */
export function accountOf(state: GraphState, platform: Platform, id = firstIds[platform]): MessagingAccount {
  const found = state.messaging.accounts.get(id);
  if (found) return found;
  const account: MessagingAccount = { id, platform, name: `Demo ${platform}`, profile: {} };
  state.messaging.accounts.set(id, account);
  return account;
}

export function personOf(
  state: GraphState,
  platform: Platform,
  id: string,
  facts: { name?: string | undefined; username?: string | undefined; consents?: boolean | undefined } = {},
): Person {
  const person = state.messaging.people.get(id) ?? { id, platform, name: `Person ${id.slice(-4)}`, consents: true };
  if (facts.name) person.name = facts.name;
  if (facts.username) person.username = facts.username;
  if (facts.consents !== undefined) person.consents = facts.consents;
  state.messaging.people.set(id, person);
  return person;
}

export const threadOf = (account: string, person: string): string => `${account}|${person}`;

/** Messenger's ids begin with "m_", Instagram's with "aWdf". */
export function newMid(platform: Platform): string {
  const random = crypto.randomUUID().replaceAll("-", "");
  return platform === "messenger" ? `m_${random}` : `aWdf${btoa(random)}`;
}
