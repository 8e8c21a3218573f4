/** The pages on which a person allows or cancels a login, for a browser, a test, or a hand. */
import { readBody } from "./parameters.ts";
import type { GraphCall, Simulation } from "./simulation.ts";
import { type Allowed, issueCode } from "./login-state.ts";

type Network = "facebook" | "instagram";

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);

const document = (title: string, body: string, status = 200): Response =>
  new Response(
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(title)}</title><style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 26rem; margin: 3rem auto; padding: 0 1rem; }
label { display: block; padding: .4rem 0; } p.faint { color: GrayText; font-size: .85rem; }
button { font: inherit; padding: .5rem 1.2rem; margin-right: .5rem; }
</style></head><body><h1>${escape(title)}</h1>${body}</body></html>`,
    { status, headers: { "Content-Type": "text/html; charset=utf-8" } },
  );

/** The parameters of a dialog that are right, or the page that a person sees otherwise. */
function requestOf(
  network: Network,
  query: URLSearchParams,
  { state }: Simulation,
): { redirectUri: string; state: string; isSignup: boolean } | Response {
  const app = state.logins.apps[network];
  const refused = (why: string) => document("Sorry, something went wrong", `<p role="alert">${escape(why)}</p>`, 400);
  if (query.get("client_id") !== app.id)
    return refused("Invalid App ID: the provided app ID does not look like a valid app ID.");
  const redirectUri = query.get("redirect_uri") ?? "";
  if (!URL.canParse(redirectUri)) return refused("URL blocked: the redirect URI is not one of the app's settings.");
  if (query.get("response_type") !== "code") return refused("Invalid response_type.");
  const configId = query.get("config_id");
  if (configId !== null && configId !== app.configId) return refused("Invalid config_id.");
  if (configId === null && !query.get("scope")) return refused("Invalid scopes: no permission is asked for.");
  return { redirectUri, state: query.get("state") ?? "", isSignup: configId !== null };
}

/** GET: the page with its choices and two buttons. */
export function showDialog(network: Network, { url, simulation }: GraphCall): Response {
  const asked = requestOf(network, url.searchParams, simulation);
  if (asked instanceof Response) return asked;
  const hidden = [...url.searchParams]
    .map(([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`)
    .join("");
  return document(
    asked.isSignup ? "Connect WhatsApp" : network === "facebook" ? "Log in with Facebook" : "Log in with Instagram",
    `<p>OmniStream asks for: ${escape(url.searchParams.get("scope") ?? "your WhatsApp business account")}</p>
<form method="post">${hidden}${choices(network, asked.isSignup, simulation)}
<p><button name="decision" value="allow">Allow</button><button name="decision" value="cancel">Cancel</button></p></form>
<p class="faint">This page of the simulator stands in for Meta's.</p>`,
  );
}

function choices(network: Network, isSignup: boolean, { state }: Simulation): string {
  const choice = (type: string, id: string, name: string, checked: boolean) =>
    `<label><input type="${type}" name="choice" value="${escape(id)}"${checked ? " checked" : ""}> ${escape(name)}</label>`;
  if (isSignup)
    return [...state.numbers.values()]
      .map(({ id, displayPhoneNumber }, i) => choice("radio", id, `+${displayPhoneNumber}`, i === 0))
      .join("");
  return network === "facebook"
    ? [...state.logins.pages.values()].map(({ id, name }) => choice("checkbox", id, name, true)).join("")
    : [...state.logins.instagram.values()]
        .map(({ id, username }, i) => choice("radio", id, `@${username}`, i === 0))
        .join("");
}

/** POST of the form: returns to the app with a code, or with the reason why there is none. */
export async function decideDialog(network: Network, { request, simulation }: GraphCall): Promise<Response> {
  const form = new URLSearchParams(new TextDecoder().decode(await request.arrayBuffer()));
  const asked = requestOf(network, form, simulation);
  if (asked instanceof Response) return asked;
  const target = new URL(asked.redirectUri);
  if (form.get("decision") !== "allow") {
    target.searchParams.set("error", "access_denied");
    target.searchParams.set("error_reason", "user_denied");
    target.searchParams.set("error_description", "The user denied your request");
  } else {
    const allowed = allowedBy(network, asked.isSignup, form.getAll("choice"));
    const code = { app: network, isSignup: asked.isSignup, redirectUri: asked.redirectUri, allowed };
    target.searchParams.set("code", issueCode(simulation.state.logins, code, simulation.now()));
    // Both networks add a fragment, which apps must ignore.
    target.hash = network === "instagram" ? "_" : "_=_";
  }
  if (asked.state !== "") target.searchParams.set("state", asked.state);
  return new Response(null, { status: 302, headers: { Location: target.href } });
}

function allowedBy(network: Network, isSignup: boolean, chosen: string[]): Allowed {
  if (isSignup) return { phoneNumberIds: chosen };
  return network === "facebook" ? { pageIds: chosen } : { instagramId: chosen[0] ?? "" };
}

/** The body of a form or JSON as texts. */
export async function textsOf(request: Request): Promise<Record<string, string>> {
  return Object.fromEntries(
    Object.entries((await readBody(request)) ?? {}).map(([name, value]) => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}
