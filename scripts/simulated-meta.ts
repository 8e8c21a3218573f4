/** Variables of a platform whose Meta is the simulator: its hosts stand in the path, and its apps are known. */
import type { GraphSimulator } from "../simulators/graph/app.ts";

export function simulatedMeta(url: string, { state }: GraphSimulator): Record<string, string> {
  const { facebook, instagram } = state.logins.apps;
  return {
    GRAPH_API_URL: url,
    INSTAGRAM_API_URL: `${url}/graph.instagram.com`,
    INSTAGRAM_OAUTH_URL: `${url}/api.instagram.com`,
    FACEBOOK_DIALOG_URL: `${url}/www.facebook.com`,
    INSTAGRAM_DIALOG_URL: `${url}/www.instagram.com`,
    META_APP_ID: facebook.id,
    META_CONFIG_ID: facebook.configId ?? "",
    INSTAGRAM_APP_ID: instagram.id,
  };
}
