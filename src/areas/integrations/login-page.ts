import { createHash } from "node:crypto";

/**
 * The page to which a channel's dialog returns, and from which it can be opened. It completes the login with the
 * session of the browser, and asks for what is missing: pages, a number, a PIN. It loads nothing from elsewhere, and
 * shows texts only as texts.
 */

const STYLE = `
:root { color-scheme: light dark; font: 1.0625rem/1.5 system-ui, sans-serif; }
body { margin: 0; padding: 1rem; }
main { max-width: 32rem; margin: 2rem auto; }
h1 { font-size: 1.375rem; }
label { display: block; padding: .375rem 0; }
button, input:not([type=checkbox], [type=radio]) { font: inherit; padding: .5rem 1rem; }
`;

const SCRIPT = `
const channel = location.pathname.split("/")[2];
const path = "/api/integrations/" + channel + "/" + (channel === "whatsapp" ? "embedded-signup" : "oauth");
const form = document.querySelector("form");
const query = Object.fromEntries(new URLSearchParams(location.search));
// The code must not stay in the address.
history.replaceState(null, "", location.pathname);

const call = async (method, url, body) => {
  const answer = await window.fetch(url, { method, headers: body && { "content-type": "application/json" }, body: body && JSON.stringify(body) });
  return { status: answer.status, body: await answer.json() };
};
const say = (text) => { document.querySelector("output").textContent = text; };
const done = (text) => {
  say(text);
  opener?.postMessage({ type: "omnistream.connected", channel }, location.origin);
  // The console's policy cuts the tie between the windows.
  new BroadcastChannel("omnistream.connected").postMessage({ channel });
};
// Replaces the form: fields of [type, name, value, text], and what happens with their values.
const ask = (fields, button, submit) => {
  form.replaceChildren(...fields.map(([type, name, value, text, checked]) => {
    const label = document.createElement("label"), input = document.createElement("input");
    Object.assign(input, { type, name, value, checked: checked === true });
    label.append(...(type === "text" ? [text + " ", input] : [input, " " + text]));
    return label;
  }), Object.assign(document.createElement("button"), { textContent: button }));
  form.onsubmit = (event) => {
    event.preventDefault();
    const given = new FormData(form);
    form.replaceChildren();
    say("One moment …");
    submit(given);
  };
};

const begin = async () => {
  const { status, body } = await call("GET", path);
  if (status === 401) return say("Log in first, then reload this page.");
  if (status !== 200) return say(body.detail ?? body.title);
  if (!body.authorize_url) return say("This deployment has no app for this login.");
  say("");
  ask([], "Continue", () => location.assign(body.authorize_url));
};
const choosePages = ({ state, pages }) => {
  if (pages.length === 0) return say("The login opens no page.");
  say("Which pages shall be connected?");
  const free = pages.filter((page) => page.can_subscribe);
  ask(free.map((page) => ["checkbox", "page", page.page_id, page.name, true]), "Connect", async (given) => {
    const { status, body } = await call("POST", "/api/integrations/messenger/pages/subscribe", { state, page_ids: given.getAll("page") });
    if (status !== 200) return say(body.detail ?? body.title);
    done(body.pages.map((page) => (page.account?.display_name ?? page.page_id) + ": " + (page.detail ?? "connected")).join("; "));
  });
};
const complete = async (login) => {
  say("One moment …");
  const { status, body } = await call("POST", path, login);
  if (status === 200 && body.pages) return choosePages(body);
  if (status === 200) return done(body.display_name + " is connected.");
  say(body.detail ?? body.title);
  const again = { state: login.state };
  if (body.code === "channel_pin_refused")
    ask([["text", "pin", "", "PIN of the number's two-step verification"]], "Continue", (given) => complete({ ...again, pin: given.get("pin") }));
  else if (body.code === "signup_number_needed")
    ask(body.errors.map(({ message }, i) => ["radio", "number", message.split(":")[0], message, i === 0]), "Continue", (given) =>
      complete({ ...again, phone_number_id: given.get("number") }));
  else if (body.code === "channel_unavailable" || body.code === "signup_number_missing")
    ask([], "Try again", () => complete(status === 503 && login.code ? login : again));
  else ask([], "Begin again", begin);
};

const { state, code, error, error_description } = query;
if (!state) begin();
else complete({ state, code, error, error_description, ...(channel === "whatsapp" && code && { redirect_uri: location.origin + location.pathname }) });
`;

const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

export const PAGE_HEADERS: Record<string, string> = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": `default-src 'none'; style-src ${hash(STYLE)}; script-src ${hash(SCRIPT)}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  // The address has the code.
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "x-robots-tag": "noindex",
};

export const loginPage = (channel: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Connect ${channel}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Connect ${channel}</h1>
<p><output role="status"></output></p>
<form></form>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
