/** The exchange of codes and tokens. Meta: Facebook Login, manual flow; Instagram API with Instagram Login. */
import { graphError } from "./errors.ts";
import { textsOf } from "./login-dialog.ts";
import { DAY, issueToken, type LoginCode, type LoginToken } from "./login-state.ts";
import type { GraphCall, Simulation } from "./simulation.ts";

const wrongSecret = () => graphError(1, { message: "Error validating client secret.", httpStatus: 400 });
const codeError = (message: string, subcode: number) => graphError(100, { message, subcode });

/** GET /oauth/access_token: a code, or a short token, for a token. */
export function exchangeFacebook({ url, simulation }: GraphCall): Response {
  const query = url.searchParams;
  const { logins } = simulation.state;
  const { facebook } = logins.apps;
  for (const name of ["client_id", "client_secret"]) {
    if (!query.get(name)) return graphError(100, { message: `Missing ${name} parameter.` });
  }
  if (query.get("client_id") !== facebook.id)
    return graphError(101, {
      message: "Error validating application. Cannot get application info due to a system error.",
      httpStatus: 400,
    });
  if (query.get("client_secret") !== facebook.secret) return wrongSecret();
  if (query.get("grant_type") === "fb_exchange_token") {
    const short = logins.tokens.get(query.get("fb_exchange_token") ?? "");
    if (!short || isDead(short, simulation)) return deadToken();
    const token = issueToken(logins, "long_user", short.allowed, simulation.now());
    return Response.json({ access_token: token, token_type: "bearer", expires_in: 5_183_944 });
  }
  const found = findCode("facebook", query.get("code"), query.get("redirect_uri"), simulation);
  if (!found) return graphError(100, { message: "Missing code parameter." });
  if (typeof found === "string") return codeError(found, found.includes("used") ? 36_009 : 36_007);
  const token = issueToken(logins, found.isSignup ? "business" : "user", found.allowed, simulation.now());
  return Response.json({ access_token: token, token_type: "bearer", ...(!found.isSignup && { expires_in: 5183 }) });
}

/** The code, used up; a text if it is refused; undefined if there is none. */
function findCode(
  app: LoginCode["app"],
  text: string | null,
  redirectUri: string | null,
  { state, now }: Simulation,
): LoginCode | string | undefined {
  if (!text) return undefined;
  const code = state.logins.codes.get(text);
  if (code?.app !== app) return "Invalid verification code format.";
  if (code.used) return "This authorization code has been used.";
  if (code.expiresAt <= now()) return "This authorization code has expired.";
  // Meta's JavaScript SDK, which has no redirect of the app's, is the only one to leave it out.
  if (redirectUri === null ? !code.isSignup : redirectUri !== code.redirectUri)
    return "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request.";
  code.used = true;
  return code;
}

const isDead = ({ expiresAt }: LoginToken, { now }: Simulation): boolean => expiresAt !== null && expiresAt <= now();
const deadToken = () =>
  graphError(190, { message: "Error validating access token: Session has expired.", subcode: 463, httpStatus: 400 });

/** Refuses a token of the simulator's own that has expired or was revoked. */
export function refuseLoginToken(token: string, simulation: Simulation): Response | undefined {
  const known = simulation.state.logins.tokens.get(token);
  return known && isDead(known, simulation) ? deadToken() : undefined;
}

/** POST https://api.instagram.com/oauth/access_token */
export async function exchangeInstagram({ request, simulation }: GraphCall): Promise<Response> {
  const form = await textsOf(request);
  const { logins } = simulation.state;
  const { instagram } = logins.apps;
  const refused = (message: string) =>
    Response.json({ error_type: "OAuthException", code: 400, error_message: message }, { status: 400 });
  if (form.client_id !== instagram.id) return refused("Invalid platform app");
  if (form.client_secret !== instagram.secret) return refused("Error validating client secret.");
  if (form.grant_type !== "authorization_code") return refused("Invalid grant_type");
  const found = findCode("instagram", form.code ?? null, form.redirect_uri ?? null, simulation);
  if (!found) return refused("Missing required field code");
  if (typeof found === "string")
    return refused(found.includes("format") ? "Matching code was not found or was already used" : found);
  const answer = {
    access_token: issueToken(logins, "instagram", found.allowed, simulation.now()),
    user_id: found.allowed.instagramId,
    permissions: "instagram_business_basic,instagram_business_manage_messages",
  };
  return Response.json(logins.flatInstagramTokens ? answer : { data: [answer] });
}

/** GET https://graph.instagram.com/access_token: a token of 60 days for one of an hour. */
export function exchangeInstagramToken({ url, simulation }: GraphCall): Response {
  const query = url.searchParams;
  const { logins } = simulation.state;
  if (query.get("grant_type") !== "ig_exchange_token") return graphError(100, { message: "Unsupported grant_type" });
  if (query.get("client_secret") !== logins.apps.instagram.secret) return wrongSecret();
  const short = logins.tokens.get(query.get("access_token") ?? "");
  if (!short || isDead(short, simulation)) return deadToken();
  return longInstagramToken(short, simulation);
}

/** GET https://graph.instagram.com/refresh_access_token: the token must be a day old. */
export function refreshInstagramToken({ url, simulation }: GraphCall): Response {
  if (url.searchParams.get("grant_type") !== "ig_refresh_token")
    return graphError(100, { message: "Unsupported grant_type" });
  const token = simulation.state.logins.tokens.get(url.searchParams.get("access_token") ?? "");
  if (token?.kind !== "long_instagram" || isDead(token, simulation)) return deadToken();
  if (simulation.now() - token.issuedAt < DAY)
    return graphError(100, { message: "The access token was refreshed less than 24 hours ago." });
  return longInstagramToken(token, simulation);
}

function longInstagramToken({ allowed }: LoginToken, { state, now }: Simulation): Response {
  const token = issueToken(state.logins, "long_instagram", allowed, now());
  return Response.json({ access_token: token, token_type: "bearer", expires_in: 5_183_944 });
}
