import type { PersonAct } from "../simulators/graph/messaging-people.ts";
import type { Platform } from "../simulators/graph/messaging-state.ts";
import { type Caller, door, eventually, graph, type Org, projected } from "./harness";
import { conversationIdOf } from "../src/domain/ids";

/** Helpers of the suites of Messenger and Instagram. */

const digits = (): string => String(Math.floor(1e15 + Math.random() * 8e15));
/** A person's id, scoped to an account. */
export const personId = digits;

export interface Page {
  org: Org;
  platform: Platform;
  /** Ours. */
  id: string;
  /** The channel's. */
  account: string;
  /** The person does this, and the deliveries are posted. Returns the mid. */
  act(from: string, act: Partial<PersonAct>): Promise<string>;
  /** The conversation with a person, whether or not D1 knows it. */
  conversationOf(person: string): string;
}

/** A page or an Instagram account, connected through the API. */
export async function connected(org: Org, platform: Platform, config: Record<string, string> = {}): Promise<Page> {
  const account = digits();
  const idField = platform === "messenger" ? "page_id" : "instagram_id";
  const { status, body } = await org.call("POST", "/api/integrations/accounts", {
    channel: platform,
    display_name: "Shop",
    config: { [idField]: account, access_token: `token-${account}`, ...config },
  });
  if (status !== 201) throw new Error(`connect: ${status} ${JSON.stringify(body)}`);
  return {
    org,
    platform,
    id: body.id,
    account,
    act: async (from, act) => {
      const mid = graph.people.act({ platform, account, from, ...act });
      await graph.settle();
      return mid;
    },
    conversationOf: (person) => conversationIdOf(org.id, body.id, person),
  };
}

/** A new person writes. */
export async function begin(
  page: Page,
  text = "Hello",
  at = Date.now(),
): Promise<{ person: string; id: string; mid: string }> {
  const person = personId();
  const mid = await page.act(person, { text, at });
  return { person, id: page.conversationOf(person), mid };
}

/** The messages that the channel has accepted from us for a person. */
export const sentTo = (person: string) =>
  graph.state.messaging.messages.filter((message) => message.person === person && message.from === "app");

/** The thread, oldest first. */
export async function thread(caller: Caller, conversationId: string): Promise<any[]> {
  const { status, body } = await caller.call("GET", `/api/conversations/${conversationId}/messages`);
  if (status !== 200) throw new Error(`messages: ${status}`);
  return body.messages;
}

export async function conversation(caller: Caller, conversationId: string): Promise<any> {
  const { status, body } = await caller.call("GET", `/api/conversations/${conversationId}`);
  if (status !== 200) throw new Error(`conversation: ${status}`);
  return body;
}

/** The id of an uploaded image of one pixel. */
export async function uploaded({ token }: Org, type: "image/png" | "image/gif" | "image/webp"): Promise<string> {
  const words = {
    "image/png": "\x89PNG\r\n\x1a\n",
    "image/gif": "GIF89a\x01\0",
    "image/webp": "RIFF\x0c\0\0\0WEBPVP8 ",
  };
  const form = new FormData();
  form.set("file", new File([Buffer.from(words[type], "latin1")], "a", { type }));
  const headers = { authorization: `Bearer ${token}` };
  const response = await door("/api/media", { method: "POST", body: form, headers });
  return ((await response.json()) as { media_id: string }).media_id;
}

export const send = (caller: Caller, conversationId: string, type: string, content: object, more: object = {}) =>
  caller.call("POST", `/api/conversations/${conversationId}/messages`, { type, content, ...more });

/** Waits until the message has the status, and posts what the channel reports meanwhile. */
export const untilStatus = (caller: Caller, conversationId: string, id: string, status: string): Promise<any> =>
  eventually(async () => {
    await graph.settle();
    const message = (await thread(caller, conversationId)).find((each) => each._id === id);
    if (message?.status !== status) throw new Error(`${id} is ${message?.status} ${JSON.stringify(message?.failure)}`);
    return message;
  });

/** Waits until the name is known. */
export const untilNamed = (page: Page, person: string): Promise<any> =>
  eventually(async () => {
    const found = await conversation(page.org, page.conversationOf(person));
    if (found.contact_name === null) throw new Error("no name yet");
    await projected(page.org, found.id);
    return found;
  });
