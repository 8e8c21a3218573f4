/** What the simulator knows and has seen. Plain data: tests and trials read it, the page shows it. */
import { userIdOf } from "./ids.ts";

export type Json = Record<string, unknown>;

/** A message that the Graph API accepted. Refused ones are only in `requests`. */
export interface ReceivedMessage {
  wamid: string;
  phoneNumberId: string;
  /** wa_id of the recipient: digits, no plus. Missing when it was sent to a business-scoped user id. */
  to?: string;
  /** Set when it was sent to `recipient`. */
  recipientUserId?: string;
  /** `to` or `recipient` as the app wrote it. */
  input: string;
  type: string;
  /** The whole request body. */
  body: Json;
  biz_opaque_callback_data?: string;
  at: number;
  /** The app never learnt that it was accepted (fault `answerLost`). */
  answerLost: boolean;
  /** Statuses queued as webhooks so far, in that order. */
  statuses: string[];
}

export interface ReadReceipt {
  phoneNumberId: string;
  messageId: string;
  typing: boolean;
  at: number;
}

export interface GraphRequest {
  method: string;
  path: string;
  /** null: no answer was given. */
  status: number | null;
  /** Which fault answered in place of the API. */
  fault?: string;
  at: number;
}

export interface DeliveryAttempt {
  at: number;
  status: number | null;
  error?: string;
}

export interface WebhookDelivery {
  id: number;
  url: string;
  /** Exactly the text that is signed and posted. */
  body: string;
  attempts: DeliveryAttempt[];
  outcome: "pending" | "delivered" | "given_up" | "not_subscribed";
  queuedAt: number;
}

export interface Customer {
  /** wa_id; missing for a customer with a username who hides the number. */
  phone?: string;
  userId: string;
  name: string;
  username?: string;
}

export interface Callback {
  url: string;
  verifyToken: string;
}

export interface PhoneNumber {
  id: string;
  wabaId: string;
  displayPhoneNumber: string;
  verifiedName: string;
  registered: boolean;
  pin?: string;
  callback?: Callback;
  /** Overrides answers of GET /{phone_id}, e.g. {quality_rating: "RED"}. */
  health: Json;
}

export interface Subscription {
  subscribed: boolean;
  callback?: Callback;
}

export interface MediaItem {
  id: string;
  mimeType: string;
  bytes: Uint8Array<ArrayBuffer>;
  sha256: Uint8Array;
  deleted: boolean;
  at: number;
}

export interface NumberOptions {
  phoneNumberId: string;
  wabaId?: string;
  displayPhoneNumber?: string;
  verifiedName?: string;
  health?: Json;
}

const defaultWabaId = "102290129340398";
const defaultNumber: NumberOptions = { phoneNumberId: "106540352242922", displayPhoneNumber: "15550783881" };

export interface GraphState {
  messages: ReceivedMessage[];
  readReceipts: ReadReceipt[];
  requests: GraphRequest[];
  deliveries: WebhookDelivery[];
  numbers: Map<string, PhoneNumber>;
  /** By WABA id. A WABA that is not here counts as subscribed, so that nothing has to be set up first. */
  subscriptions: Map<string, Subscription>;
  media: Map<string, MediaItem>;
  /** Download links by their secret part. */
  mediaLinks: Map<string, { mediaId: string; expiresAt: number }>;
  /** By phone and by user id. */
  customers: Map<string, Customer>;
  /** When a customer last wrote, by `phoneNumberId|userId`: the 24-hour window. */
  lastInboundAt: Map<string, number>;
  /** What may be reacted to: messages by their wamid, each with its thread, `phoneNumberId|userId`. */
  threads: Map<string, string>;
}

export function createState(numbers: NumberOptions[] = []): GraphState {
  const state: GraphState = {
    messages: [],
    readReceipts: [],
    requests: [],
    deliveries: [],
    numbers: new Map(),
    subscriptions: new Map(),
    media: new Map(),
    mediaLinks: new Map(),
    customers: new Map(),
    lastInboundAt: new Map(),
    threads: new Map(),
  };
  for (const number of numbers.length > 0 ? numbers : [defaultNumber]) addNumber(state, number);
  return state;
}

function addNumber(state: GraphState, options: NumberOptions): PhoneNumber {
  const number: PhoneNumber = {
    id: options.phoneNumberId,
    wabaId: options.wabaId ?? defaultWabaId,
    displayPhoneNumber: options.displayPhoneNumber ?? "1555" + options.phoneNumberId.slice(-7).padStart(7, "0"),
    verifiedName: options.verifiedName ?? "Demo business",
    registered: true,
    health: options.health ?? {},
  };
  state.numbers.set(number.id, number);
  return number;
}

/** Numbers need no set-up: one that the app uses for the first time exists from then on. */
export function numberOf(state: GraphState, phoneNumberId: string): PhoneNumber {
  return state.numbers.get(phoneNumberId) ?? addNumber(state, { phoneNumberId });
}

export function firstNumber(state: GraphState): PhoneNumber {
  for (const number of state.numbers.values()) return number;
  return addNumber(state, defaultNumber);
}

export function isWaba(state: GraphState, id: string): boolean {
  return state.subscriptions.has(id) || [...state.numbers.values()].some((number) => number.wabaId === id);
}

interface CustomerIdentity {
  phone?: string | undefined;
  userId?: string | undefined;
  name?: string | undefined;
  username?: string | undefined;
}

/** Finds or makes the customer, and learns what is new about them. */
export function customerOf(state: GraphState, identity: CustomerIdentity): Customer {
  const found =
    (identity.phone && state.customers.get(identity.phone)) ||
    (identity.userId && state.customers.get(identity.userId));
  const address = identity.phone ?? identity.userId ?? "";
  const customer: Customer = found || {
    userId: identity.userId ?? userIdOf(address),
    name: `Customer ${address.slice(-4)}`,
  };
  if (identity.phone) customer.phone = identity.phone;
  if (identity.userId) customer.userId = identity.userId;
  if (identity.name) customer.name = identity.name;
  if (identity.username) customer.username = identity.username;
  if (customer.phone) state.customers.set(customer.phone, customer);
  state.customers.set(customer.userId, customer);
  return customer;
}
