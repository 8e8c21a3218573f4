import { addInstagram, addPage, type InstagramAccount, type LoginPage } from "../simulators/graph/login-state.ts";
import { type Caller, graph } from "./harness";

/** Logins at a channel, played through the dialogs of the simulator. */

type LoginChannel = "whatsapp" | "instagram" | "messenger";

export const loginPath = (channel: LoginChannel): string =>
  `/api/integrations/${channel}/${channel === "whatsapp" ? "embedded-signup" : "oauth"}`;

export const newMetaId = (): string => String(Math.floor(1e14 + Math.random() * 8e14));

/** A page, an account or a number that no other test has. */
export const newPage = (more: Partial<LoginPage> = {}): LoginPage => {
  const id = newMetaId();
  return addPage(graph.state.logins, { id, name: `Page ${id.slice(-4)}`, ...more });
};
export const newInstagram = (): InstagramAccount => {
  const id = newMetaId();
  return addInstagram(graph.state.logins, { id, username: `shop${id.slice(-6)}` });
};
export function newSignupNumber(more: object = {}): { id: string; wabaId: string } {
  const [id, wabaId] = [newMetaId(), newMetaId()];
  graph.state.numbers.set(id, {
    id,
    wabaId,
    displayPhoneNumber: `62${id.slice(0, 10)}`,
    verifiedName: `Shop ${id.slice(-4)}`,
    registered: false,
    health: {},
    ...more,
  });
  return { id, wabaId };
}

/** Presses a button of the dialog at this address; returns the parameters of the address to which it leads. */
export async function decide(
  authorizeUrl: string,
  choice: readonly string[],
  decision: "allow" | "cancel" = "allow",
): Promise<Record<string, string>> {
  const page = await graph.fetch(new Request(authorizeUrl));
  const html = await page.text();
  if (page.status !== 200 || !html.includes(`value="${decision}"`))
    throw new Error(`the dialog: ${page.status} ${html}`);
  const form = new URLSearchParams(new URL(authorizeUrl).search);
  for (const one of choice) form.append("choice", one);
  form.set("decision", decision);
  const answer = await graph.fetch(new Request(authorizeUrl.split("?")[0]!, { method: "POST", body: form }));
  const returned = new URL(answer.headers.get("location")!);
  return { ...Object.fromEntries(returned.searchParams), at: `${returned.origin}${returned.pathname}` };
}

/** Begins a login and allows it: the body that completes it. */
export async function allowed(
  who: Caller,
  channel: LoginChannel,
  ...choice: string[]
): Promise<{ state: string; code: string; redirect_uri?: string }> {
  const { body: config } = await who.call("GET", loginPath(channel));
  const { state, code } = await decide(config.authorize_url, choice);
  return { state: state!, code: code!, ...(channel === "whatsapp" && { redirect_uri: config.redirect_uri }) };
}
