import type { ChannelOAuth, OAuthAccount } from "../channel";
import { isRecord, textOf } from "../json";
import { graphCall, graphEndpointOf } from "../meta/graph";
import { exchangeFacebookCode, facebookDialogUrl, longLivedFacebookToken, required } from "../meta/oauth";

/** Facebook Login. Its accounts are the pages of the person. Meta: "Manually build a login flow"; "Page access tokens". */
export const oauth: ChannelOAuth = {
  app: ({ META_APP_ID, META_APP_SECRET }) =>
    META_APP_ID && META_APP_SECRET
      ? {
          appId: META_APP_ID,
          scopes: [
            "pages_show_list",
            "pages_messaging",
            "pages_manage_metadata",
            "pages_read_engagement",
            "business_management",
          ],
        }
      : undefined,
  authorizeUrl: ({ appId, scopes }, { redirectUri, state }, config) =>
    facebookDialogUrl(config, {
      client_id: appId,
      redirect_uri: redirectUri,
      response_type: "code",
      scope: scopes.join(","),
      state,
    }),
  exchange: async (login, services) => ({ access_token: await exchangeFacebookCode(services, login) }),
  async accounts(grant, _, services) {
    // Page tokens that a long-lived token gives do not expire.
    const token = await longLivedFacebookToken(services, required(grant, "access_token"));
    const pages: OAuthAccount[] = [];
    let after = "";
    for (let calls = 0; calls < MAX_CALLS; calls++) {
      const answer = await graphCall(
        graphEndpointOf(services),
        token,
        "GET",
        `me/accounts?fields=id,name,access_token,tasks&limit=${PAGES_PER_CALL}${after}`,
      );
      pages.push(...(Array.isArray(answer.data) ? answer.data : []).flatMap(toPage));
      const cursor = cursorAfter(answer.paging);
      if (cursor === undefined) break;
      after = `&after=${encodeURIComponent(cursor)}`;
    }
    return pages;
  },
};

const PAGES_PER_CALL = 100;
const MAX_CALLS = 10;

function cursorAfter(paging: unknown): string | undefined {
  if (!isRecord(paging) || textOf(paging.next) === undefined) return undefined;
  return isRecord(paging.cursors) ? textOf(paging.cursors.after) : undefined;
}

function toPage(page: unknown): OAuthAccount[] {
  const id = isRecord(page) ? textOf(page.id) : undefined;
  if (!isRecord(page) || id === undefined) return [];
  const [name, token] = [textOf(page.name), textOf(page.access_token)];
  const shown = { externalId: id, displayName: name ?? id };
  const tasks: unknown[] = Array.isArray(page.tasks) ? page.tasks : [];
  if (token === undefined) return [{ ...shown, refusal: "the login gives no access to the page" }];
  if (!tasks.includes("MODERATE"))
    return [{ ...shown, refusal: "the person lacks the task MODERATE on the page, which its webhooks need" }];
  return [{ ...shown, config: { page_id: id, access_token: token, ...(name !== undefined && { page_name: name }) } }];
}
