/** Routes calls to handlers. Meta: Graph API, nodes and edges. */
import * as accounts from "./accounts.ts";
import { asksForAnalytics, getAnalytics, getTemplateAnalytics } from "./analytics.ts";
import { graphError, unknownNode } from "./errors.ts";
import * as nodesOfMessaging from "./messaging-nodes.ts";
import { answerLogin, answerPage, tokenOf } from "./login-routes.ts";
import { refuseLoginToken } from "./login-tokens.ts";
import { deleteMedia, downloadMedia, getMedia, uploadMedia } from "./media.ts";
import { postMessage } from "./messages.ts";
import type { GraphCall } from "./simulation.ts";
import { createTemplate, deleteTemplate, listTemplates } from "./templates.ts";
import { continueUpload, openUpload } from "./uploads.ts";

type Handler = (call: GraphCall) => Response | Promise<Response>;

/** /{id}/{edge} */
const edges: Record<string, Handler> = {
  "POST messages": postMessage,
  "POST media": uploadMedia,
  "POST register": accounts.registerNumber,
  "POST deregister": accounts.deregisterNumber,
  "POST subscribed_apps": accounts.subscribeApp,
  "GET subscribed_apps": accounts.listSubscribedApps,
  "DELETE subscribed_apps": accounts.unsubscribeApp,
  "GET phone_numbers": accounts.listNumbers,
  "GET conversations": nodesOfMessaging.listConversations,
  "GET messenger_profile": nodesOfMessaging.readMessengerProfile,
  "POST messenger_profile": nodesOfMessaging.writeMessengerProfile,
  "DELETE messenger_profile": nodesOfMessaging.deleteMessengerProfile,
  "POST take_thread_control": nodesOfMessaging.takeThread,
  "GET message_templates": listTemplates,
  "POST message_templates": createTemplate,
  "DELETE message_templates": deleteTemplate,
  "GET template_analytics": getTemplateAnalytics,
};

/** /{id}: a media item, a number, a person or an account's figures. */
const nodes: Record<string, Handler> = {
  GET: (call) => {
    if (asksForAnalytics(call.url.searchParams.get("fields"))) return getAnalytics(call);
    if (call.url.searchParams.get("fields")?.includes("profile_pic")) return nodesOfMessaging.getPerson(call);
    return call.simulation.state.media.has(call.id) ? getMedia(call) : accounts.getNumber(call);
  },
  POST: accounts.configureNumber,
  DELETE: deleteMedia,
};

/** Answers a call of the Graph API. `path` has no version. */
export async function answer({ path, ...arrived }: Omit<GraphCall, "id"> & { path: string }): Promise<Response> {
  const { method } = arrived.request;
  const [, id = "", edge] = /^\/(\d+)(?:\/(\w+))?$/.exec(path) ?? [];
  const call: GraphCall = { ...arrived, id };
  // Before the token check, since the caller has no token yet.
  if (path.startsWith("/cdn/") && method === "GET") return downloadMedia(call);
  const ofLogin = answerLogin(call, path);
  if (ofLogin) return ofLogin;
  const refusal = refuseToken(call);
  if (refusal) return refusal;
  const ofPage = answerPage(call, path);
  if (ofPage) return ofPage;
  if (path === "/debug_token" && method === "GET") return accounts.debugToken(call);
  if (/^\/whatsapp_business\/attachments\/?$/.test(path) && method === "GET") return downloadMedia(call);
  if (/^\/(app|\d+)\/uploads$/.test(path) && method === "POST") return openUpload(call);
  if (path.startsWith("/upload:")) return continueUpload(call);
  const handler = id === "" ? undefined : edge ? edges[`${method} ${edge}`] : nodes[method];
  return handler ? handler(call) : unknownNode(method, id || path.slice(1));
}

/** Returns an error answer for a missing token, one in `deadTokens`, or one of a login that has ended. Every other token is valid. */
function refuseToken(call: GraphCall): Response | undefined {
  const { simulation } = call;
  const token = tokenOf(call);
  if (token === "") return graphError(190, { message: "Invalid OAuth access token - Cannot parse access token" });
  if (!simulation.faults.current.deadTokens?.includes(token)) return refuseLoginToken(token, simulation);
  return graphError(190, { message: "Error validating access token: Session has expired.", subcode: 463 });
}
