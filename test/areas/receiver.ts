import { Webhook } from "standardwebhooks";
import { type Answer, type Org, receivers } from "../harness";

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
