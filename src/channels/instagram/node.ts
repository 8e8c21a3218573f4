import type { ChannelServices } from "../channel";
import { type GraphEndpoint, graphEndpointOf } from "../meta/graph";
import type { InstagramConfig } from "./config";

/** Where an account's calls go: Instagram's own login has a host of its own; otherwise it is the page's node. */
export function nodeOf(
  { login, page_id, instagram_id }: Pick<InstagramConfig, "login" | "page_id" | "instagram_id">,
  services: ChannelServices,
): { endpoint: GraphEndpoint; node: string } {
  const endpoint = graphEndpointOf(services);
  return login === "facebook" && page_id !== undefined
    ? { endpoint, node: page_id }
    : { endpoint: { ...endpoint, graphApiUrl: services.config.INSTAGRAM_API_URL }, node: instagram_id };
}
