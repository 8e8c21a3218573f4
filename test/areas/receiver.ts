import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { deliveryIdOf } from "../../src/domain/webhook";
import { wakeEndpoint } from "../../src/objects";
import { clock } from "../../src/kit/clock";
import { type Answer, customerWrites, type Org, organization, phone, receivers } from "../harness";

/** An endpoint of somebody else's: keeps what it gets, and answers as it is told. */
export class Receiver {
  readonly host: string;
  /** The requests that came, in their order. */
  readonly got: Received[] = [];
  /** Requests that are unanswered now, and the most that were at once. */
  open = 0;
  mostOpen = 0;
  answer: (request: Received, signal: AbortSignal) => Response | Promise<Response> = () => new Response("taken");

  constructor() {
    this.host = `${crypto.randomUUID()}.example.net`;
    receivers.set(this.host, async (request, signal) => {
      const body = await request.text();
      const headers = Object.fromEntries(request.headers);
      const received: Received = {
        id: headers["webhook-id"]!,
        at: Date.now(),
        headers,
        body,
        payload: JSON.parse(body) as Received["payload"],
      };
      this.got.push(received);
      this.mostOpen = Math.max(this.mostOpen, ++this.open);
      try {
        return await this.answer(received, signal);
      } finally {
        this.open--;
      }
    });
  }

  get url(): string {
    return `https://${this.host}/hook`;
  }

  texts(): string[] {
    return this.got.map(({ payload }) => payload.data.message?.content.text);
  }
}

export interface Received {
  id: string;
  at: number;
  headers: Record<string, string>;
  body: string;
  payload: { type: string; timestamp: string; data: any };
}

/** An answer that never comes: until the caller stops. */
export const hang = (_: Received, signal: AbortSignal): Promise<Response> =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("stopped"))));

/** Throws unless the official library takes it. */
export const verified = (secret: string, { body, headers }: Received): unknown =>
  new Webhook(secret).verify(body, headers);

/** A webhook of the organization, whose events go out from now on. */
export async function subscribe(org: Org, receiver: Receiver, events: string[], more: object = {}): Promise<any> {
  const { status, body }: Answer = await org.call("POST", "/api/webhooks", {
    name: "Hook",
    url: receiver.url,
    events,
    ...more,
  });
  if (status !== 201) throw new Error(`webhook: ${status} ${JSON.stringify(body)}`);
  return body;
}

/** An organization with a number, a webhook for what customers write, and its endpoint. */
export async function shop(more: object = {}) {
  const org = await organization();
  const { id: accountId, phoneNumberId } = await org.connect();
  const receiver = new Receiver();
  const webhook = await subscribe(org, receiver, ["message.received"], more);
  const writes = (text: string, from = phone()): Promise<string> => customerWrites(phoneNumberId, from, text);
  const patch = (body: object) => org.call("PATCH", `/api/webhooks/${webhook.id}`, body);
  return { org, accountId, phoneNumberId, receiver, webhook, writes, patch };
}

/** Due deliveries of a webhook, as the projection writes them: `entities` names whom each is about. */
export async function due(
  org: Org,
  { id }: { id: string },
  entities: readonly string[],
  lane: 0 | 1 = 0,
): Promise<void> {
  const now = clock.now();
  const rows = entities.map((entity, i) => ({
    id: deliveryIdOf(id, crypto.randomUUID(), now, i),
    entity,
    body: JSON.stringify({ type: "message.received", timestamp: "", data: { entity, i } }),
  }));
  await org.tenantDb
    .prepare(
      `INSERT INTO webhook_deliveries (org_id, webhook_id, id, event_type, entity_id, body, lane, next_at)
       SELECT ?1, ?2, r.value ->> 'id', 'message.received', r.value ->> 'entity', r.value ->> 'body', ?5, ?4 FROM json_each(?3) r`,
    )
    .bind(org.id, id, JSON.stringify(rows), now, lane)
    .run();
}

/** Wakes the webhook's endpoint, as the projection does. */
export const wake = ({ id, tenantDbName }: Org, webhook: { id: string }): Promise<void> =>
  wakeEndpoint(
    { env, org: { id, tenantDb: tenantDbName, country: null } } as Parameters<typeof wakeEndpoint>[0],
    webhook.id,
  );
