/** The page at /_sim for developers. All panels are rendered here, so that one function escapes all values. */
import type { MailDesk } from "./app.ts";
import type { GraphFaults } from "./faults.ts";
import { script, styles } from "./page-assets.ts";
import type { MessagingMessage } from "./messaging-state.ts";
import type { GraphRequest, GraphState, Json, ReceivedMessage, WebhookDelivery } from "./state.ts";
import { firstNumber } from "./state.ts";

const shownRows = 50;

class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function escape(value: unknown): string {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(escape).join("");
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return (typeof value === "string" ? value : value == null ? "" : JSON.stringify(value)).replace(
    /[&<>"']/g,
    (character) => entities[character] ?? character,
  );
}

/** Escapes every value of the template, except Markup that this function made. */
function html(parts: TemplateStringsArray, ...values: unknown[]): Markup {
  return new Markup(parts.reduce((text, part, index) => text + escape(values[index - 1]) + part));
}

function time(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}

/** The text of a message, or a summary for other types. */
function summaryOf(body: Json, type: string): string {
  const part = body[type] as { body?: string; caption?: string; name?: string; emoji?: string } | undefined;
  return part?.body ?? part?.caption ?? part?.name ?? part?.emoji ?? JSON.stringify(body[type] ?? {});
}

function messageRow(message: ReceivedMessage): Markup {
  return html`<tr>
    <td>${time(message.at)}</td>
    <td>${message.to ?? message.recipientUserId}</td>
    <td><span class="tag">${message.type}</span></td>
    <td class="wide">
      ${summaryOf(message.body, message.type)}
      <div class="faint">${message.wamid}</div>
    </td>
    <td>${message.statuses.join(" → ")}${message.answerLost ? html` <span class="tag bad">answer lost</span>` : ""}</td>
  </tr>`;
}

function threadRow({ at, person, from, text, attachments, mid, reactions, answerLost }: MessagingMessage): Markup {
  return html`<tr>
    <td>${time(at)}</td>
    <td>${person}</td>
    <td><span class="tag">${from}</span>${answerLost ? html` <span class="tag bad">answer lost</span>` : ""}</td>
    <td class="wide">
      ${text ?? attachments ?? ""} ${reactions.map(({ reaction }) => reaction).join(" ")}
      <div class="faint">${mid}</div>
    </td>
  </tr>`;
}

function deliveryRow({ id, queuedAt, outcome, attempts, body }: WebhookDelivery): Markup {
  const tone = outcome === "delivered" ? "good" : outcome === "pending" ? "" : "bad";
  const answers = attempts
    .slice(-6)
    .map(({ status, error }) => status ?? error ?? "no answer")
    .join(", ");
  return html`<tr>
    <td>${time(queuedAt)}</td>
    <td>#${id}</td>
    <td><span class="tag ${tone}">${outcome.replace("_", " ")}</span></td>
    <td>${attempts.length}× ${answers}</td>
    <td class="wide">
      <details>
        <summary>${kindsOf(body)}</summary>
        <pre>${body}</pre>
      </details>
    </td>
  </tr>`;
}

function requestRow({ at, method, path, status, fault }: GraphRequest): Markup {
  return html`<tr>
    <td>${time(at)}</td>
    <td class="wide">${method} ${path}</td>
    <td>${status ?? "none"}</td>
    <td>${fault}</td>
  </tr>`;
}

function kindsOf(body: string): string {
  const { entry } = JSON.parse(body) as { entry: { changes?: { field: string; value: Json }[] }[] };
  const kinds = entry
    .flatMap(({ changes, ...other }) => changes ?? eventsOf(other))
    .flatMap(({ field, value }) => {
      if (Array.isArray(value.messages))
        return (value.messages as Json[]).map(
          (message) => `${String(message.type)}: ${summaryOf(message, String(message.type))}`,
        );
      if (Array.isArray(value.statuses)) return (value.statuses as Json[]).map((status) => String(status.status));
      return field;
    });
  return kinds.slice(0, 5).join(", ") + (kinds.length > 5 ? ` and ${kinds.length - 5} more` : "");
}

/** The events of Messenger and Instagram: each is named by its part. */
function eventsOf(entry: Json): { field: string; value: Json }[] {
  const events = [entry.messaging, entry.standby].flatMap((list) => (Array.isArray(list) ? (list as Json[]) : []));
  return [...events, ...(entry.value ? [entry.value as Json] : [])].map((event) => ({
    field: Object.keys(event).find((key) => !["sender", "recipient", "timestamp"].includes(key)) ?? "event",
    value: {},
  }));
}

function table(title: string, count: number, head: string[], rows: Markup[]): Markup {
  const none = html`<tr>
    <td colspan="${head.length}" class="faint">Nothing yet.</td>
  </tr>`;
  return html`<section>
    <h2>${title} <span class="count">${count}</span></h2>
    <table>
      <thead>
        <tr>
          ${head.map((cell) => html`<th>${cell}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.length > 0 ? rows : none}
      </tbody>
    </table>
  </section>`;
}

function newest<Row>(rows: Row[]): Row[] {
  return rows.slice(-shownRows).reverse();
}

export function renderPanels(state: GraphState, faults: GraphFaults): string {
  const failed = newest(state.requests.filter(({ status, fault }) => fault || status === null || status >= 400)).slice(
    0,
    10,
  );
  const active = Object.keys(faults).length > 0;
  return html`<p class="${active ? "alert" : "faint"}">
      ${active ? `Faults: ${JSON.stringify(faults)}` : "No fault is set."}
    </p>
    ${table("Messages from the app", state.messages.length, ["Time", "To", "Type", "Message", "Statuses"], newest(state.messages).map(messageRow))}
    ${table("Threads of Instagram and Messenger", state.messaging.messages.length, ["Time", "Person", "From", "Message"], newest(state.messaging.messages).map(threadRow))}
    ${table("Webhooks to the app", state.deliveries.length, ["Time", "", "Outcome", "Answers", "Content"], newest(state.deliveries).map(deliveryRow))}
    ${table("Refused or failed requests", failed.length, ["Time", "Request", "Answer", "Fault"], failed.map(requestRow))}`
    .text;
}

export function renderPage(state: GraphState, faults: GraphFaults, mail?: MailDesk): string {
  const numbers = [
    ...[...state.numbers.values()].map(({ id, verifiedName }) => ["whatsapp", id, verifiedName]),
    ...[...state.messaging.accounts.values()].map(({ platform, id, name }) => [platform, id, name]),
    ...(mail?.addresses.map((address) => ["email", address, "mail"]) ?? []),
  ].map(([channel, id, name]) => html`<option value="${channel} ${id}">${channel}: ${name} (${id})</option>`);
  const last = [...state.customers.values()].at(-1);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Meta simulator</title>
        <style>
          ${new Markup(styles)}
        </style>
      </head>
      <body>
        <header>
          <h1>Meta simulator</h1>
          <span class="faint"
            >stands in for the Graph API of Meta; number ${firstNumber(state).displayPhoneNumber}</span
          >
          ${mail ? html`<a href="${mail.page}">Mails</a>` : ""}
        </header>
        <main>
          <aside>
            <form id="say">
              <h2>Write as a customer</h2>
              <label
                ><span>To</span
                ><select name="to">
                  ${numbers}
                </select></label
              >
              <label
                ><span id="who">Phone</span><input name="from" value="${last?.phone ?? "628123456789"}" required
              /></label>
              <label><span>Name</span><input name="name" value="${last?.name ?? "Siti Rahma"}" /></label>
              <label data-of="email"><span>Subject</span><input name="subject" value="My order 4711" /></label>
              <label
                ><span>Message</span
                ><textarea name="text" rows="3" required>Hello! Is the blue one still available?</textarea>
              </label>
              <label data-of="instagram messenger"
                ><span>As</span
                ><select name="act">
                  <option value="message">a message</option>
                  <option value="story">an answer to a story</option>
                  <option value="postback">a tap on a button</option>
                  <option value="inbox">the business, in its own inbox</option>
                </select></label
              >
              <button>Send</button> <output></output>
            </form>
            <form id="faults">
              <h2>Faults</h2>
              <label
                ><span>As JSON</span
                ><textarea name="json" rows="6" spellcheck="false">${JSON.stringify(faults, null, 2)}</textarea>
              </label>
              <p class="presets">
                ${presets.map(([label, preset]) => html`<button type="button" data-faults="${JSON.stringify(preset)}">${label}</button> `)}
              </p>
              <button>Set</button> <output></output>
            </form>
          </aside>
          <div id="panels">${new Markup(renderPanels(state, faults))}</div>
        </main>
        <script>
          ${new Markup(script)};
        </script>
      </body>
    </html>`.text;
}

const presets: [label: string, faults: GraphFaults][] = [
  ["None", {}],
  ["Slow, 3 s", { latencyMs: 3000 }],
  ["Down for 30 s", { outage: { mode: "refuse", seconds: 30 } }],
  ["Rate limit, next 5", { rateLimit: { times: 5, retryAfterSeconds: 2 } }],
  ["Lose next answer", { answerLost: { times: 1 } }],
  ["Not on WhatsApp", { recipients: [{ to: "*", code: 131026, as: "status" }] }],
  ["24-hour window", { enforceWindow: "answer" }],
  ["Twice and backwards", { duplicateWebhooks: true, reverseStatuses: true }],
];
