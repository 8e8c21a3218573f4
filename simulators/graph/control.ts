/**
 * The control plane under /_sim: the methods of the simulator over HTTP. It needs no token, and faults do not apply.
 */
import type { MailDesk } from "./app.ts";
import type { BatchItem, CustomerMessage, Customers } from "./customers.ts";
import type { GraphFaults } from "./faults.ts";
import type { People, PersonAct } from "./messaging-people.ts";
import { expireCodes, revokeTokens } from "./login-state.ts";
import { renderPage, renderPanels } from "./page.ts";
import { readBody } from "./parameters.ts";
import type { Simulation } from "./simulation.ts";
import { addNumber } from "./state.ts";
import type { GraphState, Json } from "./state.ts";
import { actOnTemplate } from "./template-review.ts";
import type { TemplateAction } from "./template-review.ts";
import type { BatchSplit } from "./webhook.ts";

interface Controls {
  mail: MailDesk | undefined;
  simulation: Simulation;
  customers: Customers;
  people: People;
  reset(): void;
}

export async function answerControl(request: Request, url: URL, controls: Controls): Promise<Response> {
  try {
    return await control(request, url, controls);
  } catch (error) {
    // The caller is a developer, so the answer has the cause.
    if (error instanceof TypeError || error instanceof RangeError)
      return Response.json({ error: error.message }, { status: 400 });
    throw error;
  }
}

async function control(
  request: Request,
  url: URL,
  { simulation, customers, people, reset, mail }: Controls,
): Promise<Response> {
  const { state, faults } = simulation;
  switch (`${request.method} ${url.pathname.replace(/\/$/, "")}`) {
    case "GET /_sim":
      return html(renderPage(state, faults.current, mail));
    case "GET /_sim/panels":
      return html(renderPanels(state, faults.current));
    case "GET /_sim/state":
      return Response.json(stateJson(state, faults.current));
    case "POST /_sim/customers":
      return Response.json({ id: customers.say((await bodyOf(request)) as unknown as CustomerMessage) });
    case "POST /_sim/people":
      return Response.json({ id: people.act((await bodyOf(request)) as unknown as PersonAct) });
    case "POST /_sim/mails": {
      if (!mail) throw new TypeError("No simulator of mail is beside this one.");
      const { from, to, subject, text } = (await bodyOf(request)) as Record<string, string>;
      const { status } = await mail.write({ from: from ?? "", to: to ?? "", subject: subject ?? "", text: text ?? "" });
      if (status >= 400) throw new TypeError(`The app answered ${status}.`);
      return Response.json({ status });
    }
    case "POST /_sim/batch": {
      const { items, split } = await bodyOf(request);
      if (!Array.isArray(items)) throw new TypeError("`items` must be an array of messages and statuses.");
      return Response.json({
        ids: customers.deliverBatch(items as BatchItem[], { split: (split as BatchSplit | undefined) ?? "none" }),
      });
    }
    case "POST /_sim/statuses": {
      const { wamid, statuses, code } = await bodyOf(request);
      if (typeof wamid !== "string" || !Array.isArray(statuses))
        throw new TypeError("`wamid` and `statuses` are required.");
      customers.emitStatuses(wamid, statuses.map(String), typeof code === "number" ? { code } : {});
      return Response.json({ success: true });
    }
    case "POST /_sim/numbers": {
      const { phoneNumberId, wabaId } = await bodyOf(request);
      if (typeof phoneNumberId !== "string" || typeof wabaId !== "string")
        throw new TypeError("`phoneNumberId` and `wabaId` are required.");
      return Response.json({ id: addNumber(state, { phoneNumberId, wabaId }).id });
    }
    case "POST /_sim/changes": {
      const { field, value, wabaId } = await bodyOf(request);
      if (typeof field !== "string" || typeof value !== "object")
        throw new TypeError("`field` and `value` are required.");
      customers.deliverChange({ field, value: value as Json, ...(typeof wabaId === "string" && { wabaId }) });
      return Response.json({ success: true });
    }
    case "POST /_sim/templates":
      return Response.json(actOnTemplate(simulation, (await bodyOf(request)) as TemplateAction));
    case "POST /_sim/media": {
      const mimeType = request.headers.get("Content-Type") ?? "application/octet-stream";
      return Response.json({
        id: await customers.uploadAsCustomer(new Uint8Array(await request.arrayBuffer()), mimeType),
      });
    }
    case "POST /_sim/logins": {
      const { revoke, expireCodes: expire } = await bodyOf(request);
      if (expire === true) expireCodes(state.logins);
      return Response.json({ revoked: typeof revoke === "string" ? revokeTokens(state.logins, revoke) : 0 });
    }
    case "PUT /_sim/faults":
      faults.set((await bodyOf(request)) as GraphFaults);
      return Response.json(faults.current);
    case "PATCH /_sim/faults":
      faults.add((await bodyOf(request)) as GraphFaults);
      return Response.json(faults.current);
    case "DELETE /_sim/faults":
      faults.clear();
      return Response.json(faults.current);
    case "POST /_sim/settle":
      await simulation.delivery.settle();
      return Response.json({ success: true });
    case "POST /_sim/reset":
      reset();
      return Response.json({ success: true });
    default:
      return Response.json({ error: `The simulator has no ${request.method} ${url.pathname}.` }, { status: 404 });
  }
}

/** Parses JSON whatever the content type, since curl sends a form's by default. */
async function bodyOf(request: Request): Promise<Json> {
  const headers = new Headers(request.headers);
  headers.set("Content-Type", "application/json");
  const body = await readBody(new Request(request, { headers }));
  if (!body) throw new TypeError("The body must be a JSON object.");
  return body;
}

function html(text: string): Response {
  return new Response(text, {
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy":
        "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'",
      "Cache-Control": "no-store",
    },
  });
}

function stateJson(state: GraphState, faults: GraphFaults): Json {
  const count = (outcome: string) => state.deliveries.filter((delivery) => delivery.outcome === outcome).length;
  return {
    counts: {
      messages: state.messages.length,
      requests: state.requests.length,
      deliveries: state.deliveries.length,
      pending: count("pending"),
      delivered: count("delivered"),
      given_up: count("given_up"),
    },
    faults,
    messages: state.messages,
    readReceipts: state.readReceipts,
    deliveries: state.deliveries,
    requests: state.requests,
    numbers: [...state.numbers.values()].map(({ pin: _secret, ...number }) => number),
    subscriptions: Object.fromEntries(state.subscriptions),
    customers: [...new Set(state.customers.values())],
    templates: [...state.templates.values()],
    messaging: {
      accounts: [...state.messaging.accounts.values()],
      people: [...state.messaging.people.values()],
      messages: state.messaging.messages,
      actions: state.messaging.actions,
    },
    media: [...state.media.values()].map(({ id, mimeType, bytes, deleted, at }) => ({
      id,
      mimeType,
      bytes: bytes.byteLength,
      deleted,
      at,
    })),
  };
}
