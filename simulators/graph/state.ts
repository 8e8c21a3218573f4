/** The simulator's state as plain data, which tests, trials and the page read. */
import { userIdOf } from "./ids.ts";
import type { MessagingState } from "./messaging-state.ts";
import { createMessagingState } from "./messaging-state.ts";
import { createLogins, defaultApps } from "./login-state.ts";
import type { Logins } from "./login-state.ts";

export type Json = Record<string, unknown>;

/** A message that the Graph API accepted. Refused messages are in `requests` only. */
export interface ReceivedMessage {
  wamid: string;
  phoneNumberId: string;
  /** The recipient's wa_id: digits without plus. Absent if the message went to a business-scoped user id. */
  to?: string;
  /** Set if the message went to `recipient`. */
  recipientUserId?: string;
  /** `to` or `recipient` as the app sent it. */
  input: string;
  type: string;
  /** The whole request body. */
  body: Json;
  biz_opaque_callback_data?: string;
  at: number;
  /** The app got no answer (fault `answerLost`). */
  answerLost: boolean;
  /** The statuses queued as webhooks, in order. */
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
  /** Null: no answer. */
  status: number | null;
  /** The fault that answered instead of the API. */
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
  /** The exact text that is signed and posted. */
  body: string;
  attempts: DeliveryAttempt[];
  outcome: "pending" | "delivered" | "given_up" | "not_subscribed";
  queuedAt: number;
}

export interface Customer {
  /** wa_id; absent for a customer with a username and a hidden number. */
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
  /** Overrides fields of GET /{phone_id}, for example {quality_rating: "RED"}. */
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

export interface MessageTemplate {
  id: string;
  wabaId: string;
  name: string;
  language: string;
  category: string;
  status: string;
  quality: string;
  parameterFormat: string;
  rejectedReason: string;
  components: Json[];
}

/** By default approved, of the first number's account. */
export type TemplateOptions = Pick<MessageTemplate, "name" | "language" | "category" | "components"> &
  Partial<MessageTemplate>;

export interface UploadSession {
  id: string;
  type: string;
  length: number;
  received: Uint8Array<ArrayBuffer>;
  /** Set once the file is complete. */
  handle?: string;
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
  /** By WABA id. A missing WABA counts as subscribed, so that tests need no setup. */
  subscriptions: Map<string, Subscription>;
  media: Map<string, MediaItem>;
  /** By the secret part of the download link. */
  mediaLinks: Map<string, { mediaId: string; expiresAt: number }>;
  /** By phone and by user id. */
  customers: Map<string, Customer>;
  /** Time of a customer's last message in milliseconds, by `account|userId`, for the 24-hour window. */
  lastInboundAt: Map<string, number>;
  /** The thread (`phoneNumberId|userId`) of each message that a reaction may name, by wamid. */
  threads: Map<string, string>;
  /** By `wabaId|id`. */
  templates: Map<string, MessageTemplate>;
  uploads: Map<string, UploadSession>;
  /** Messenger and Instagram. */
  messaging: MessagingState;
  logins: Logins;
}

export function createState(numbers: NumberOptions[] = [], apps: Logins["apps"] = defaultApps("")): GraphState {
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
    templates: new Map(),
    uploads: new Map(),
    messaging: createMessagingState(),
    logins: createLogins(apps),
  };
  for (const number of numbers.length > 0 ? numbers : [defaultNumber]) addNumber(state, number);
  return state;
}

/** Adds a phone number, or replaces it. */
export function addNumber(state: GraphState, options: NumberOptions): PhoneNumber {
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

/** Finds a number, or creates it at its first use, so that tests need no setup. */
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

/** Finds or creates a customer, and adds new facts about them. */
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
