import { ChannelError, type ChannelServices } from "../channel";
import { isRecord, parseJson, textOf } from "../json";
import { failed, lost, redact, USER_AGENT } from "./graph";

/**
 * Exchanges codes and tokens at Meta's login hosts, where secrets are parameters and not headers. Meta: Facebook Login,
 * "Manually build a login flow"; Instagram API with Instagram Login, "Business login". No error contains a secret.
 */

interface TokenCall {
  url: string;
  /** Sent as a form by POST, else in the address. */
  form?: Record<string, string>;
  query?: Record<string, string>;
}

/** Fails as `transient` if no answer came: the code may have been used up nevertheless. */
export async function tokenCall(
  { url, form, query = {} }: TokenCall,
  { config }: ChannelServices,
): Promise<Record<string, unknown>> {
  const secrets = Object.entries({ ...form, ...query })
    .filter(([name]) => SECRET_PARAMETERS.has(name))
    .map(([, value]) => value);
  const address = Object.keys(query).length === 0 ? url : `${url}?${new URLSearchParams(query).toString()}`;
  let response: Response;
  let text: string;
  try {
    response = await fetch(address, {
      method: form ? "POST" : "GET",
      headers: { "user-agent": USER_AGENT },
      redirect: "manual",
      signal: AbortSignal.timeout(config.GRAPH_TIMEOUT_MS),
      ...(form && { body: new URLSearchParams(form) }),
    });
    text = await response.text();
  } catch (error) {
    throw lost(error, true);
  }
  const answer = parseJson(text);
  if (response.ok && isRecord(answer) && (answer.error ?? null) === null) return answer;
  throw instagramError(answer, secrets) ?? failed(response, answer, true, secrets);
}

const SECRET_PARAMETERS = new Set(["client_secret", "code", "access_token", "fb_exchange_token", "input_token"]);

/** `{error_type, code, error_message}`, the form of api.instagram.com. */
function instagramError(answer: unknown, secrets: readonly string[]): ChannelError | undefined {
  if (!isRecord(answer)) return undefined;
  const [code, title] = [textOf(answer.error_type), textOf(answer.error_message)];
  return code === undefined || title === undefined
    ? undefined
    : new ChannelError("invalid", { code, title: redact(title, secrets) });
}

/** The text of a field that the answer must have. */
export function required(answer: Record<string, unknown>, field: string): string {
  const text = textOf(answer[field]);
  if (text !== undefined) return text;
  throw new ChannelError("transient", { code: "unreadable", title: `The channel's answer has no ${field}` });
}

const graphUrl = ({ config }: ChannelServices, path: string): string =>
  `${config.GRAPH_API_URL}/${config.GRAPH_API_VERSION}/${path}`;

/** The deployment's app, as parameters. The login is offered only if both are configured. */
const appOf = ({ config }: ChannelServices) => ({
  client_id: config.META_APP_ID ?? "",
  client_secret: config.META_APP_SECRET ?? "",
});

/** Exchanges a code of Facebook's dialog for a token. `redirectUri` as the dialog had it. */
export async function exchangeFacebookCode(
  services: ChannelServices,
  { code, redirectUri }: { code: string; redirectUri?: string | undefined },
): Promise<string> {
  const query = { ...appOf(services), code, ...(redirectUri !== undefined && { redirect_uri: redirectUri }) };
  return required(await tokenCall({ url: graphUrl(services, "oauth/access_token"), query }, services), "access_token");
}

/** A token of 60 days for a user's token of an hour. May be repeated. */
export async function longLivedFacebookToken(services: ChannelServices, token: string): Promise<string> {
  const query = { ...appOf(services), grant_type: "fb_exchange_token", fb_exchange_token: token };
  return required(await tokenCall({ url: graphUrl(services, "oauth/access_token"), query }, services), "access_token");
}

/** Asks Meta about a token: its app, permissions and end. */
export async function debugToken(services: ChannelServices, token: string): Promise<Record<string, unknown>> {
  const { client_id, client_secret } = appOf(services);
  const query = { input_token: token, access_token: `${client_id}|${client_secret}` };
  const { data } = await tokenCall({ url: graphUrl(services, "debug_token"), query }, services);
  return isRecord(data) ? data : {};
}

/** The address of Facebook's dialog. */
export function facebookDialogUrl(
  { FACEBOOK_DIALOG_URL, GRAPH_API_VERSION }: ChannelServices["config"],
  parameters: Record<string, string>,
): string {
  return `${FACEBOOK_DIALOG_URL}/${GRAPH_API_VERSION}/dialog/oauth?${new URLSearchParams(parameters).toString()}`;
}
