/**
 * Simulates the parts of Meta's Graph API that WhatsApp, Messenger and Instagram use: accepts messages, posts signed webhooks,
 * acts as customers, and injects faults. It uses only web standards, so that it runs in workerd and in Node.
 */
import * as accounts from "./accounts.ts";
import { answerControl } from "./control.ts";
import { createCustomers } from "./customers.ts";
import type { Customers } from "./customers.ts";
import { createDelivery } from "./deliver.ts";
import type { RetryOptions } from "./deliver.ts";
import { graphError } from "./errors.ts";
import { ConnectionLost, createFaults, untilAborted, wait } from "./faults.ts";
import type { Endpoint, FaultControl } from "./faults.ts";
import { createPeople } from "./messaging-people.ts";
import type { People } from "./messaging-people.ts";
import { defaultApps } from "./login-state.ts";
import { answer } from "./routes.ts";
import type { Simulation, StatusDelays } from "./simulation.ts";
import { createState, firstNumber } from "./state.ts";
import type { GraphRequest, GraphState, MessageTemplate, NumberOptions, TemplateOptions } from "./state.ts";
import { actOnTemplate } from "./template-review.ts";
import type { TemplateAction } from "./template-review.ts";
import { addTemplate } from "./templates.ts";

export interface GraphSimulatorOptions {
  /** The address of webhooks, unless an account or number has its own callback. */
  webhookUrl: string;
  /** Signs each webhook over its raw bytes. */
  appSecret: string;
  /** The secret of the app for Instagram's own login, which signs its webhooks; by default `appSecret`. */
  instagramAppSecret?: string;
  /** The token that `verifyWebhook` sends. */
  verifyToken?: string;
  /** Posts a webhook; by default fetch. */
  post?: (request: Request) => Promise<Response>;
  now?: () => number;
  /** The base of media links; by default the request's origin. */
  baseUrl?: string;
  /** Posts sent, delivered and read automatically; by default true. */
  autoStatuses?: boolean;
  statusDelaysMs?: Partial<StatusDelays>;
  /** Retries of webhooks: by default after 200 ms, doubling up to 10 s, 20 attempts. */
  retry?: Partial<RetryOptions>;
  postTimeoutMs?: number;
  maxConcurrentPosts?: number;
  /**
   * True (default): webhooks are posted when due. False: only `settle` posts them, one at a time in order of time and
   * without waiting. Use false in workerd, where a timer ends with the request that set it.
   */
  background?: boolean;
  /** The initial numbers. Others are created at their first use. */
  numbers?: NumberOptions[];
  /** The initial templates. */
  templates?: TemplateOptions[];
  /** The time after which a new template is reviewed; by default it waits for the control. */
  reviewDelayMs?: number;
  /** The most templates on a page of the list; by default 100. */
  templatePage?: number;
  /** Writes mails too from the page at /_sim, by the simulator of mail. */
  mail?: MailDesk;
}

/** Lets the page write a mail as a customer. */
export interface MailDesk {
  /** Addresses of the app. */
  addresses: readonly string[];
  /** The page with the mails. */
  page: string;
  /** Returns the status of the app's answer. Throws TypeError for an unknown address. */
  write(mail: { from: string; to: string; subject: string; text: string }): Promise<{ status: number }>;
}

export interface GraphSimulator {
  fetch(request: Request): Promise<Response>;
  readonly state: GraphState;
  readonly faults: FaultControl;
  readonly customers: Customers;
  /** Reviews, pauses or changes a template, and queues the webhook. */
  actOnTemplate(action: TemplateAction): MessageTemplate;
  /** The people of Messenger and Instagram. */
  readonly people: People;
  /** Runs the handshake with the app's webhook. True if the app echoes the challenge. */
  verifyWebhook(): Promise<boolean>;
  /** Resolves when no webhook is pending. */
  settle(): Promise<void>;
  /** Restores the initial state and drops pending webhooks. */
  reset(): void;
}

export function createGraphSimulator(options: GraphSimulatorOptions): GraphSimulator {
  const now = options.now ?? Date.now;
  const post = options.post ?? ((request: Request) => fetch(request));
  const apps = defaultApps(options.appSecret, options.instagramAppSecret);
  const initialState = (): GraphState => {
    const fresh = createState(options.numbers, apps);
    for (const template of options.templates ?? [])
      addTemplate(fresh, { ...template, wabaId: template.wabaId ?? firstNumber(fresh).wabaId });
    return fresh;
  };
  const state = initialState();
  const faults = createFaults(now);
  const retry = { firstDelayMs: 200, maxDelayMs: 10_000, maxAttempts: 20, ...options.retry };
  const delivery = createDelivery(
    {
      webhookUrl: options.webhookUrl,
      appSecret: options.appSecret,
      instagramAppSecret: options.instagramAppSecret ?? options.appSecret,
      post,
      now,
      retry,
      postTimeoutMs: options.postTimeoutMs ?? 30_000,
      maxConcurrentPosts: options.maxConcurrentPosts ?? 8,
      background: options.background ?? true,
    },
    state,
    faults,
  );
  const simulation: Simulation = {
    state,
    faults,
    delivery,
    now,
    post,
    baseUrl: options.baseUrl,
    appOrigin: new URL(options.webhookUrl).origin,
    autoStatuses: options.autoStatuses ?? true,
    statusDelaysMs: { sent: 30, delivered: 80, read: 200, ...options.statusDelaysMs },
    reviewDelayMs: options.reviewDelayMs,
    templatePage: options.templatePage ?? 100,
  };
  const customers = createCustomers(simulation);
  const people = createPeople(simulation);

  function reset(): void {
    delivery.stop();
    faults.clear();
    // In place, since tests keep a reference to `state`.
    Object.assign(state, initialState());
  }

  return {
    async fetch(request) {
      const url = new URL(request.url);
      if (url.pathname === "/_sim" || url.pathname.startsWith("/_sim/"))
        return answerControl(request, url, { simulation, customers, people, reset, mail: options.mail });
      const record: GraphRequest = { method: request.method, path: url.pathname, status: null, at: now() };
      state.requests.push(record);
      const response = await answerOrFail(request, url, simulation, record);
      record.status = response.status;
      return response;
    },
    state,
    faults,
    customers,
    actOnTemplate: (action) => actOnTemplate(simulation, action),
    people,
    async verifyWebhook() {
      const { ok } = await accounts.verifyCallback(simulation, {
        url: options.webhookUrl,
        verifyToken: options.verifyToken ?? "",
      });
      return ok;
    },
    settle: () => delivery.settle(),
    reset,
  };
}

/** Stands for the host of Instagram's own login. */
const instagramHost = "/graph.instagram.com";

/** Applies faults in the order in which a real request meets them (network, server, limits), then answers. */
async function answerOrFail(
  request: Request,
  url: URL,
  simulation: Simulation,
  record: GraphRequest,
): Promise<Response> {
  const { faults } = simulation;
  const { outage, serverError, rateLimit, latencyMs } = faults.current;
  const isInstagram = url.pathname.startsWith(instagramHost);
  // All API versions answer alike.
  const path = (isInstagram ? url.pathname.slice(instagramHost.length) : url.pathname).replace(
    /^\/v\d+\.\d+(?=\/)/,
    "",
  );
  const concerns = (endpoint: Endpoint = "all") => endpoint === "all" || path.includes(`/${endpoint}`);

  if (faults.strikes(outage)) {
    record.fault = "outage";
    if (outage?.mode === "hang") return untilAborted(request.signal);
    if (outage?.mode === "refuse") throw new ConnectionLost();
    return graphError(2);
  }
  if (latencyMs) await wait(latencyMs, request.signal);
  if (concerns(serverError?.endpoint) && faults.strikes(serverError)) {
    record.fault = "serverError";
    const { gateway, code = 131000, httpStatus } = serverError ?? {};
    if (!gateway) return graphError(code, { httpStatus: httpStatus ?? 500 });
    const html = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";
    return new Response(html, { status: httpStatus ?? 502, headers: { "Content-Type": "text/html" } });
  }
  if (concerns(rateLimit?.endpoint) && faults.strikes(rateLimit)) {
    record.fault = "rateLimit";
    const { code = 130429, httpStatus = 429, retryAfterSeconds } = rateLimit ?? {};
    return graphError(code, { httpStatus, retryAfterSeconds });
  }

  return answer({ request, url, path, isInstagram, simulation, record });
}
