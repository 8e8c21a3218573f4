/** The page at /_sim: write as a customer, and see which mails they get. */
import type { MailState } from "./state.ts";

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#e2e5e3, #33403a); --card: light-dark(#fff, #18211d); --accent: #128c5e; }
* { box-sizing: border-box; } body { margin: 0; font: 14px/1.45 system-ui, sans-serif; background: light-dark(#f4f6f5, #0f1613); }
main { display: grid; grid-template-columns: 320px minmax(0, 1fr); gap: 18px; padding: 18px 24px; } h1 { font-size: 17px; color: var(--accent); margin: 14px 24px 0; }
form, section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px; margin-bottom: 16px; }
label { display: block; margin-bottom: 8px; } input, textarea { width: 100%; font: inherit; padding: 6px 8px; border: 1px solid var(--line); border-radius: 6px; color: inherit; background: transparent; }
button { font: inherit; padding: 5px 14px; border: 0; border-radius: 6px; background: var(--accent); color: #fff; } pre { white-space: pre-wrap; margin: 4px 0 0; }
@media (max-width: 800px) { main { grid-template-columns: 1fr; } }`;

const SCRIPT = `
const form = document.getElementById("write");
form.onsubmit = async (event) => {
  event.preventDefault();
  const fields = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
  const answer = await fetch("/_sim/mails", { method: "POST", body: JSON.stringify(fields) });
  const { error, status, messageId } = await answer.json();
  form.querySelector("output").textContent = error ?? "answered " + status + ", " + messageId;
  refresh();
};
document.addEventListener("click", ({ target }) => {
  if (!target.dataset.answer) return;
  const { to, subject, id } = JSON.parse(target.dataset.answer);
  form.to.value = to; form.subject.value = subject; form.inReplyTo.value = id; form.text.focus();
});
const refresh = async () => { document.getElementById("panels").innerHTML = await (await fetch("/_sim/panels")).text(); };
setInterval(() => document.hidden || refresh(), 2000);`;

export function pageOf(state: MailState): string {
  const [to = "support@demo.test"] = state.accounts.keys();
  const field = (name: string, label: string, value = ""): string =>
    `<label>${label}<input name="${name}" value="${escape(value)}"></label>`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Mail</title><style>${STYLE}</style><h1>Mail: write as a customer, see what they get</h1>
<main><form id="write">${field("from", "From", "Rina <rina@customer.test>")}${field("to", "To", to)}${field("cc", "Cc")}${field("subject", "Subject", "My order 4711")}${field("inReplyTo", "In reply to")}
<label>Text<textarea name="text" rows="5">Where is it?</textarea></label><label>HTML<textarea name="html" rows="3"></textarea></label><button>Send</button> <output></output></form>
<div id="panels">${panelsOf(state)}</div></main><script>${SCRIPT}</script></html>`;
}

export function panelsOf({ sent, deliveries }: MailState): string {
  const mails = sent
    .toReversed()
    .slice(0, 30)
    .map((mail) => {
      const answer = JSON.stringify({ to: mail.replyTo || mail.from, subject: mail.subject, id: mail.messageId });
      return `<section><b>${escape(mail.subject)}</b> to ${escape(mail.to.join(", "))} by ${mail.provider} · ${escape(mail.events.join(", "))}
<pre>${escape(mail.text.slice(0, 2000))}</pre>${mail.attachments.map(({ name, bytes }) => `${escape(name)} (${bytes} bytes)`).join(", ")} <button data-answer="${escape(answer)}">Answer</button></section>`;
    });
  const posted = deliveries
    .toReversed()
    .slice(0, 20)
    .map(({ what, status }) => `<div>${status ?? "…"} ${escape(what)}</div>`);
  return `${mails.join("") || "<section>Nothing was sent yet.</section>"}<section>${posted.join("")}</section>`;
}
