/**
 * Numbers, accounts and tokens. Meta: Cloud API, registration; webhooks, override; phone numbers; Graph API,
 * debug_token.
 */
import { graphError, unknownNode } from "./errors.ts";
import { accountOf } from "./messaging-state.ts";
import { wabasOf } from "./login-routes.ts";
import { readBody } from "./parameters.ts";
import type { GraphCall, Simulation } from "./simulation.ts";
import { isWaba, numberOf } from "./state.ts";
import type { Callback, Json, PhoneNumber } from "./state.ts";

const scopes = ["whatsapp_business_management", "whatsapp_business_messaging"];

export async function registerNumber({ request, id, simulation }: GraphCall): Promise<Response> {
  const body = await readBody(request);
  if (body?.messaging_product !== "whatsapp")
    return graphError(100, { message: "(#100) The parameter messaging_product is required." });
  if (!/^\d{6}$/.test(String(body.pin))) return graphError(100, { message: "(#100) Param pin must be 6 digits." });
  const number = numberOf(simulation.state, id);
  if (number.pin !== undefined && number.pin !== body.pin) return graphError(133005);
  number.pin = String(body.pin);
  number.registered = true;
  return Response.json({ success: true });
}

export function deregisterNumber({ id, simulation }: GraphCall): Response {
  numberOf(simulation.state, id).registered = false;
  return Response.json({ success: true });
}

/** Calls a callback with a challenge that the app must echo. */
export async function verifyCallback(
  { post }: Pick<Simulation, "post">,
  { url, verifyToken }: Callback,
): Promise<{ ok: boolean; status: number | null }> {
  const challenge = String(crypto.getRandomValues(new Uint32Array(1))[0]);
  const target = new URL(url);
  target.searchParams.set("hub.mode", "subscribe");
  target.searchParams.set("hub.challenge", challenge);
  target.searchParams.set("hub.verify_token", verifyToken);
  try {
    const response = await post(new Request(target));
    return { ok: response.ok && (await response.text()) === challenge, status: response.status };
  } catch {
    return { ok: false, status: null };
  }
}

/** Returns the callback named by the parameters, undefined if they name none, or the error answer. */
async function overrideOf(simulation: Simulation, parameters: Json): Promise<Callback | undefined | Response> {
  const { override_callback_uri: url, verify_token: verifyToken } = parameters;
  if (url === undefined || url === "") return undefined;
  if (typeof url !== "string" || url.length > 200 || !URL.canParse(url))
    return graphError(100, {
      message: "(#100) Param override_callback_uri must be a valid URI of at most 200 characters.",
    });
  if (typeof verifyToken !== "string" || verifyToken === "")
    return graphError(100, { message: "(#100) The parameter verify_token is required." });
  const callback = { url, verifyToken };
  const { ok, status } = await verifyCallback(simulation, callback);
  if (ok) return callback;
  return graphError(2200, {
    message: `(#2200) Callback verification failed with the following errors: HTTP Status Code = ${status ?? "none"}; HTTP Message = the challenge was not echoed`,
  });
}

export async function subscribeApp({ request, id, url, isInstagram, simulation }: GraphCall): Promise<Response> {
  // Pages and Instagram accounts say which events they want.
  if (url.searchParams.has("subscribed_fields"))
    accountOf(simulation.state, isInstagram ? "instagram" : "messenger", id);
  const callback = await overrideOf(simulation, (await readBody(request)) ?? {});
  if (callback instanceof Response) return callback;
  simulation.state.subscriptions.set(id, { subscribed: true, ...(callback && { callback }) });
  return Response.json({ success: true });
}

export function listSubscribedApps({ id, simulation }: GraphCall): Response {
  const subscription = simulation.state.subscriptions.get(id);
  const app = {
    link: "https://www.facebook.com/games/?app_id=1000000000000001",
    name: "OmniStream",
    id: "1000000000000001",
  };
  const override = subscription?.callback && { override_callback_uri: subscription.callback.url };
  return Response.json({ data: subscription?.subscribed ? [{ whatsapp_business_api_data: app, ...override }] : [] });
}

export function unsubscribeApp({ id, simulation }: GraphCall): Response {
  simulation.state.subscriptions.set(id, { subscribed: false });
  return Response.json({ success: true });
}

/** POST /{phone_id} {webhook_configuration: {override_callback_uri, verify_token}}. */
export async function configureNumber({ request, id, simulation }: GraphCall): Promise<Response> {
  const configuration = (await readBody(request))?.webhook_configuration;
  if (typeof configuration !== "object" || configuration === null) return unknownNode("POST", id);
  const callback = await overrideOf(simulation, configuration as Json);
  if (callback instanceof Response) return callback;
  const number = numberOf(simulation.state, id);
  if (callback) number.callback = callback;
  else delete number.callback;
  return Response.json({ success: true });
}

function healthOf(number: PhoneNumber): Json {
  const available = { can_send_message: "AVAILABLE" };
  return {
    verified_name: number.verifiedName,
    display_phone_number: number.displayPhoneNumber.replace(/^(\d{1,3})(\d{3})(\d{3})(\d{4})$/, "+$1 $2-$3-$4"),
    quality_rating: "GREEN",
    code_verification_status: "VERIFIED",
    name_status: "APPROVED",
    new_name_status: "NONE",
    status: number.registered ? "CONNECTED" : "DISCONNECTED",
    platform_type: "CLOUD_API",
    throughput: { level: "STANDARD" },
    account_mode: "LIVE",
    is_official_business_account: false,
    whatsapp_business_manager_messaging_limit: "TIER_2K",
    messaging_limit_tier: "TIER_2K",
    webhook_configuration: number.callback ? { phone_number: number.callback.url } : {},
    health_status: {
      ...available,
      entities: [
        { entity_type: "PHONE_NUMBER", id: number.id, ...available },
        { entity_type: "WABA", id: number.wabaId, ...available },
      ],
    },
    ...number.health,
  };
}

function pick(health: Json, id: string, fields: string | null): Json {
  const names = fields?.split(",").map((name) => name.trim()) ?? [
    "verified_name",
    "display_phone_number",
    "quality_rating",
  ];
  return { ...Object.fromEntries(names.filter((name) => name in health).map((name) => [name, health[name]])), id };
}

/** GET /{phone_id}?fields=…. An unknown id becomes a number only if a number's fields are requested. */
export function getNumber({ id, url, simulation }: GraphCall): Response {
  const { state } = simulation;
  const fields = url.searchParams.get("fields");
  if (isWaba(state, id))
    return Response.json({ id, name: "Demo business", timezone_id: "1", account_review_status: "APPROVED" });
  if (!state.numbers.has(id) && !fields) return unknownNode("GET", id);
  return Response.json(pick(healthOf(numberOf(state, id)), id, fields));
}

/** GET /{waba_id}/phone_numbers. */
export function listNumbers({ id, url, simulation }: GraphCall): Response {
  const numbers = [...simulation.state.numbers.values()].filter(({ wabaId }) => wabaId === id);
  const data = numbers.map((number) => pick(healthOf(number), number.id, url.searchParams.get("fields")));
  return Response.json({ data, paging: { cursors: { before: "MA==", after: "MA==" } } });
}

/** GET /debug_token?input_token=… */
export function debugToken(call: GraphCall): Response {
  const { url, simulation } = call;
  const inputToken = url.searchParams.get("input_token");
  if (!inputToken) return graphError(100, { message: "(#100) The parameter input_token is required." });
  const target_ids = wabasOf(call, inputToken) ?? [
    ...new Set([...simulation.state.numbers.values()].map(({ wabaId }) => wabaId)),
  ];
  const dead = simulation.faults.current.deadTokens?.includes(inputToken);
  const problem = dead && {
    error: { code: 190, message: "Error validating access token: the session has expired.", subcode: 463 },
  };
  const granular_scopes = scopes.map((scope) => ({ scope, target_ids }));
  return Response.json({
    data: {
      app_id: "1000000000000001",
      type: "SYSTEM_USER",
      application: "OmniStream",
      expires_at: 0,
      is_valid: !dead,
      ...problem,
      scopes,
      granular_scopes,
    },
  });
}
