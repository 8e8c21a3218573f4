/**
 * Simulates the world of mail: the providers' APIs and events, and customers who write. It uses only web standards, so
 * that it runs in workerd and in Node.
 */
import { type CustomerMail, composeMail } from "./compose.ts";
import { bounceMail, eventRequest, eventsOf, svixHeaders } from "./events.ts";
import { answerProvider } from "./providers.ts";
import { pageOf, panelsOf } from "./page.ts";
import {
  addressIn,
  createState,
  type MailAccount,
  type MailFault,
  type MailState,
  type SentMail,
  type SmtpFault,
} from "./state.ts";

export interface MailSimulatorOptions {
  /** The app's `/webhook/email`. */
  webhookUrl: string;
  /** Posts a webhook; by default fetch. */
  post?: (request: Request) => Promise<Response>;
  now?: () => number;
  accounts?: MailAccount[];
  /** True (default): events are posted by themselves. False: only `settle` posts them. */
  background?: boolean;
  eventDelayMs?: number;
}

export interface MailSimulator {
  fetch(request: Request): Promise<Response>;
  readonly state: MailState;
  register(account: MailAccount): void;
  /** A customer writes. Returns the app's answer and the Message-ID. */
  write(mail: CustomerMail): Promise<{ status: number; messageId: string }>;
  /** The same through Resend, which only announces the mail. */
  announce(mail: CustomerMail): Promise<{ status: number; messageId: string }>;
  /** Takes a mail that a sender of the app transmitted. */
  accept(mail: SentMail): void;
  fail(...faults: MailFault[]): void;
  /** Posts the events that are due. */
  settle(): Promise<void>;
  reset(): void;
}

export function createMailSimulator(options: MailSimulatorOptions): MailSimulator {
  const now = options.now ?? Date.now;
  const post = options.post ?? ((request: Request) => fetch(request));
  const state = createState(options.accounts);
  const { background = true, eventDelayMs = 80, webhookUrl } = options;
  let pending: (() => Promise<void>)[] = [];
  const timers = new Set<ReturnType<typeof setTimeout>>();

  async function posted(request: Request, what: string): Promise<number> {
    const delivery = {
      url: request.url.replace(/secret=[^&]*/, "secret=…"),
      status: null as number | null,
      what,
      at: now(),
    };
    state.deliveries.push(delivery);
    const response = await post(request);
    await response.body?.cancel();
    delivery.status = response.status;
    return response.status;
  }

  function report(mail: SentMail): void {
    const account = state.accounts.get(mail.from);
    if (!account) return;
    const events = eventsOf(mail);
    // In disorder: the last first, and each twice.
    const posts = state.disorder ? [...events].reverse().flatMap((event) => [event, event]) : events;
    const work = async (): Promise<void> => {
      for (const event of posts) {
        mail.events.push(event);
        if (mail.provider === "smtp" || mail.provider === "cloudflare") await write(bounceMail(mail));
        else await posted(await eventRequest(mail, event, account, webhookUrl, now()), `${event} ${mail.subject}`);
      }
    };
    if (!background) return void pending.push(work);
    const timer = setTimeout(() => {
      timers.delete(timer);
      void work().catch((error: unknown) => console.error(error));
    }, eventDelayMs);
    timers.add(timer);
  }

  function accountFor(mail: CustomerMail): MailAccount {
    const to = addressIn(mail.to.split(",")[0]!).replace(/\+[^@]*@/, "@");
    const account = state.accounts.get(to);
    if (!account) throw new TypeError(`The simulator knows no account ${to}.`);
    return account;
  }

  async function write(mail: CustomerMail): Promise<{ status: number; messageId: string }> {
    const { address, inboundSecret } = accountFor(mail);
    const { raw, messageId } = composeMail(mail, now());
    const request = new Request(webhookUrl, {
      method: "POST",
      body: raw,
      headers: {
        "content-type": "message/rfc822",
        authorization: `Basic ${Buffer.from(`${address}:${inboundSecret}`).toString("base64")}`,
      },
    });
    // A transport that has missed our answer delivers again.
    if (state.disorder) await posted(request.clone() as Request, `mail again ${mail.subject ?? ""}`);
    return { status: await posted(request, `mail ${mail.subject ?? ""}`), messageId };
  }

  async function announce(mail: CustomerMail): Promise<{ status: number; messageId: string }> {
    const account = accountFor(mail);
    const { raw, messageId } = composeMail(mail, now());
    const id = crypto.randomUUID();
    state.announced.set(id, raw);
    const data = { email_id: id, from: mail.from, to: [mail.to], subject: mail.subject ?? "", message_id: messageId };
    const body = JSON.stringify({ type: "email.received", created_at: new Date(now()).toISOString(), data });
    const headers = {
      "content-type": "application/json",
      ...(await svixHeaders(body, account.webhookSecret ?? "", now())),
    };
    const request = new Request(webhookUrl, { method: "POST", body, headers });
    return { status: await posted(request, `announced ${mail.subject ?? ""}`), messageId };
  }

  async function control(request: Request, url: URL): Promise<Response> {
    const html = (page: string): Response =>
      new Response(page, { headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" } });
    switch (`${request.method} ${url.pathname.replace(/\/$/, "")}`) {
      case "GET /_sim":
        return html(pageOf(state));
      case "GET /_sim/panels":
        return html(panelsOf(state));
      case "GET /_sim/state":
        return Response.json({
          ...state,
          accounts: [...state.accounts.keys()],
          answers: undefined,
          announced: undefined,
        });
      case "POST /_sim/mails":
        return Response.json(await write((await request.json()) as CustomerMail));
      case "POST /_sim/accounts":
        state.accounts.set(...accountEntry((await request.json()) as MailAccount));
        return Response.json({ success: true });
      case "PUT /_sim/faults":
        state.faults = (await request.json()) as MailFault[];
        return Response.json(state.faults);
      case "PUT /_sim/smtp-faults":
        state.smtpFaults = (await request.json()) as SmtpFault[];
        return Response.json(state.smtpFaults);
      case "PUT /_sim/disorder":
        state.disorder = (await request.json()) === true;
        return Response.json(state.disorder);
      default:
        return Response.json({ error: `The simulator has no ${request.method} ${url.pathname}.` }, { status: 404 });
    }
  }

  return {
    async fetch(request) {
      const url = new URL(request.url);
      if (url.pathname === "/_sim" || url.pathname.startsWith("/_sim/")) {
        try {
          return await control(request, url);
        } catch (error) {
          // The caller is a developer, so the answer has the cause.
          return Response.json({ error: error instanceof Error ? error.message : String(error) }, { status: 400 });
        }
      }
      const fault = request.method === "POST" ? state.faults.shift() : undefined;
      if (fault && fault !== "answer_lost") return faultOf(fault);
      const answer = await answerProvider(request, url.pathname, state, now());
      if (!answer) return Response.json({ name: "not_found", message: "No such endpoint" }, { status: 404 });
      if (answer.accepted) report(answer.accepted);
      if (fault === "answer_lost") throw new Error("the connection was lost");
      return answer.response;
    },
    state,
    register: (account) => void state.accounts.set(...accountEntry(account)),
    write,
    announce,
    accept(mail) {
      state.sent.push(mail);
      report(mail);
    },
    fail: (...faults) => void state.faults.push(...faults),
    async settle() {
      const due = pending;
      pending = [];
      for (const work of due) await work();
    },
    reset() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      pending = [];
      Object.assign(state, createState(options.accounts));
    },
  };
}

const accountEntry = (account: MailAccount): [string, MailAccount] => [account.address.toLowerCase(), account];

function faultOf(fault: Exclude<MailFault, "answer_lost">): Response {
  switch (fault) {
    case "rate_limit":
      return Response.json({ name: "rate_limit_exceeded", message: "Too many requests" }, { status: 429 });
    case "bad_key":
      return Response.json({ name: "invalid_api_key", message: "API key is invalid", ErrorCode: 10 }, { status: 401 });
    default:
      return Response.json({ name: "internal_server_error", message: "Something went wrong" }, { status: 500 });
  }
}
