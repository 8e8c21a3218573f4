import { ChannelError, type ChannelOAuth, type ChannelServices, type OAuthAccount } from "../channel";
import { isRecord, textOf } from "../json";
import { graphCall, graphEndpointOf } from "../meta/graph";
import { debugToken, exchangeFacebookCode, facebookDialogUrl, required } from "../meta/oauth";

/**
 * Embedded Signup. Meta: "Onboarding business customers as a Tech Provider or Tech Partner". The browser reports
 * `waba_id` and `phone_number_id`; one that it does not report is read from the token.
 */
export const oauth: ChannelOAuth = {
  app: ({ META_APP_ID, META_APP_SECRET, META_CONFIG_ID }) =>
    META_APP_ID && META_APP_SECRET && META_CONFIG_ID
      ? { appId: META_APP_ID, scopes: [], configId: META_CONFIG_ID }
      : undefined,
  authorizeUrl: ({ appId, configId = "" }, { redirectUri, state }, config) =>
    facebookDialogUrl(config, {
      client_id: appId,
      config_id: configId,
      response_type: "code",
      override_default_response_type: "true",
      redirect_uri: redirectUri,
      state,
    }),
  exchange: async (login, services) => ({ access_token: await exchangeFacebookCode(services, login) }),
  async accounts(grant, { waba_id, phone_number_id }, services) {
    const token = required(grant, "access_token");
    const wabaIds = waba_id === undefined ? await wabasOf(token, services) : [waba_id];
    const numbers = (await Promise.all(wabaIds.map((id) => numbersOf(token, id, services)))).flat();
    const chosen = numbers.filter(({ externalId }) => (phone_number_id ?? externalId) === externalId);
    if (chosen.length > 0 || phone_number_id === undefined) return chosen;
    throw new ChannelError("forbidden", {
      code: "number_unknown",
      title: `The business account has no number ${phone_number_id}, or the login does not open it`,
    });
  },
};

/** The business accounts that the token opens. */
async function wabasOf(token: string, services: ChannelServices): Promise<string[]> {
  const { granular_scopes: scopes } = await debugToken(services, token);
  const managed = (Array.isArray(scopes) ? scopes.filter(isRecord) : []).filter(
    ({ scope }) => scope === "whatsapp_business_management",
  );
  return [
    ...new Set(
      managed.flatMap(({ target_ids: ids }) => (Array.isArray(ids) ? ids.flatMap((id) => textOf(id) ?? []) : [])),
    ),
  ];
}

async function numbersOf(token: string, wabaId: string, services: ChannelServices): Promise<OAuthAccount[]> {
  const path = `${encodeURIComponent(wabaId)}/phone_numbers?fields=id,display_phone_number,verified_name&limit=100`;
  const { data } = await graphCall(graphEndpointOf(services), token, "GET", path);
  return (Array.isArray(data) ? data.filter(isRecord) : []).flatMap((number) => {
    const id = textOf(number.id);
    if (id === undefined) return [];
    const words = [textOf(number.verified_name), textOf(number.display_phone_number)].filter((each) => each);
    return [
      {
        externalId: id,
        displayName: words.join(" ") || id,
        config: { phone_number_id: id, waba_id: wabaId, access_token: token },
      },
    ];
  });
}
