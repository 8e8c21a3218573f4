import { clock, SECOND } from "../../kit/clock";
import type { ChannelOAuth, ChannelServices } from "../channel";
import { isRecord, textOf } from "../json";
import { graphCall, graphEndpointOf } from "../meta/graph";
import { required, tokenCall } from "../meta/oauth";

/** Instagram API with Instagram Login. Meta: "Business login for Instagram". */
export const oauth: ChannelOAuth = {
  app: ({ INSTAGRAM_APP_ID, INSTAGRAM_APP_SECRET }) =>
    INSTAGRAM_APP_ID && INSTAGRAM_APP_SECRET
      ? { appId: INSTAGRAM_APP_ID, scopes: ["instagram_business_basic", "instagram_business_manage_messages"] }
      : undefined,
  authorizeUrl({ appId, scopes }, { redirectUri, state }, { INSTAGRAM_DIALOG_URL }) {
    const query = {
      client_id: appId,
      redirect_uri: redirectUri,
      response_type: "code",
      scope: scopes.join(","),
      state,
    };
    return `${INSTAGRAM_DIALOG_URL}/oauth/authorize?${new URLSearchParams(query).toString()}`;
  },
  async exchange({ code, redirectUri = "" }, services) {
    const { INSTAGRAM_OAUTH_URL, INSTAGRAM_APP_ID, INSTAGRAM_APP_SECRET } = services.config;
    const answer = await tokenCall(
      {
        url: `${INSTAGRAM_OAUTH_URL}/oauth/access_token`,
        form: {
          client_id: INSTAGRAM_APP_ID ?? "",
          client_secret: INSTAGRAM_APP_SECRET ?? "",
          grant_type: "authorization_code",
          redirect_uri: redirectUri,
          // Instagram appends "#_" to the address that has the code.
          code: code.replace(/#_$/, ""),
        },
      },
      services,
    );
    // The documentation shows a list; the answer was flat before.
    const [first]: unknown[] = Array.isArray(answer.data) ? answer.data : [answer];
    return { access_token: required(isRecord(first) ? first : {}, "access_token") };
  },
  async accounts(grant, _, services) {
    const config = await longLivedToken(required(grant, "access_token"), services);
    const endpoint = { ...graphEndpointOf(services), graphApiUrl: services.config.INSTAGRAM_API_URL };
    const me = await graphCall(endpoint, config.access_token, "GET", "me?fields=user_id,username");
    // Webhooks name the account by `user_id`; `id` is scoped to the app.
    const id = required(me, "user_id");
    const username = textOf(me.username);
    return [
      {
        externalId: id,
        displayName: username === undefined ? id : `@${username}`,
        config: { instagram_id: id, ...config, login: "instagram", ...(username !== undefined && { username }) },
      },
    ];
  },
};

/** A token of 60 days for one of an hour. May be repeated. */
async function longLivedToken(token: string, services: ChannelServices) {
  const { INSTAGRAM_API_URL, INSTAGRAM_APP_SECRET } = services.config;
  const query = { grant_type: "ig_exchange_token", client_secret: INSTAGRAM_APP_SECRET ?? "", access_token: token };
  return fieldsOf(await tokenCall({ url: `${INSTAGRAM_API_URL}/access_token`, query }, services));
}

/** Renews a token that is at least a day old and has not expired: the changed fields of the configuration. */
export async function renewedToken(token: string, services: ChannelServices): Promise<Record<string, string>> {
  const query = { grant_type: "ig_refresh_token", access_token: token };
  const renewed = await tokenCall(
    { url: `${services.config.INSTAGRAM_API_URL}/refresh_access_token`, query },
    services,
  );
  return fieldsOf(renewed);
}

const fieldsOf = (answer: Record<string, unknown>) => ({
  access_token: required(answer, "access_token"),
  token_expires_at: String(clock.now() + Number(required(answer, "expires_in")) * SECOND),
});
