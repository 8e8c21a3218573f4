import { createGraphSimulator } from "../../simulators/graph/app.ts";
import type { GraphSimulatorOptions } from "../../simulators/graph/app.ts";

export const graph = "https://graph.facebook.com/v24.0";
export const number = "106540352242922";
export const secret = "app-secret";

interface Posted {
  raw: string;
  signature: string | null;
  value: Record<string, unknown>;
  entries: {
    changes: { field: string; value: { messages?: { id: string }[]; statuses?: { id: string; status: string }[] } }[];
  }[];
}

/** A simulator whose webhooks end up in `posted`; `answers` are the statuses the app gives first, then 200. */
export function start(options: Partial<GraphSimulatorOptions> = {}, answers: number[] = []) {
  const posted: Posted[] = [];
  const simulator = createGraphSimulator({
    webhookUrl: "http://app.test/webhook",
    appSecret: secret,
    background: false,
    post: async (request) => {
      const raw = await request.text();
      const { entry } = JSON.parse(raw) as { entry: Posted["entries"] };
      const value = entry[0]?.changes[0]?.value ?? {};
      posted.push({ raw, signature: request.headers.get("X-Hub-Signature-256"), value, entries: entry });
      return new Response(null, { status: answers.shift() ?? 200 });
    },
    ...options,
  });
  const call = (path: string, init: RequestInit = {}, token = "token") =>
    simulator.fetch(
      new Request(graph + path, { ...init, headers: { Authorization: `Bearer ${token}`, ...init.headers } }),
    );
  const post = (path: string, body: unknown, token?: string) =>
    call(path, { method: "POST", body: JSON.stringify(body) }, token);
  const send = (body = "Hello", to = "+6281234567890") =>
    post(`/${number}/messages`, {
      messaging_product: "whatsapp",
      to,
      type: "text",
      text: { body },
      biz_opaque_callback_data: "m1",
    });
  const statuses = () =>
    posted
      .flatMap(({ value }) => (value.statuses as { status: string }[] | undefined) ?? [])
      .map(({ status }) => status);
  return { simulator, posted, call, post, send, statuses };
}

export async function errorOf(response: Response) {
  const { error } = (await response.json()) as { error: { code: number } };
  return { status: response.status, code: error.code };
}
