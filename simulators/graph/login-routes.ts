/** Routes of the logins: Meta's other hosts, which stand here as the first part of the path, and Graph's own. */
import { graphError, unknownNode } from "./errors.ts";
import { decideDialog, showDialog } from "./login-dialog.ts";
import { changeSubscription, getPage, listPages } from "./login-pages.ts";
import { addInstagram, type InstagramAccount, type LoginPage, type LoginToken } from "./login-state.ts";
import {
  exchangeFacebook,
  exchangeInstagram,
  exchangeInstagramToken,
  refreshInstagramToken,
  refuseLoginToken,
} from "./login-tokens.ts";
import type { GraphCall } from "./simulation.ts";

type Answer = Response | Promise<Response> | undefined;

/** The access token of a call: in its header or its parameters. */
export function tokenOf({ request, url }: Pick<GraphCall, "request" | "url">): string {
  const [, bearer] = /^(?:Bearer|OAuth) +(.+)$/i.exec(request.headers.get("Authorization") ?? "") ?? [];
  return bearer?.trim() ?? url.searchParams.get("access_token") ?? "";
}

/** Answers a call of a login that needs no token of an account; undefined: it is another call. */
export function answerLogin(call: GraphCall, path: string): Answer {
  const { method } = call.request;
  // The dialog of Facebook has a version behind its host.
  const rest = path.replace(/^(\/www\.facebook\.com)\/v\d+\.\d+(?=\/)/, "$1").slice(1);
  switch (`${method} ${call.isInstagram ? "graph.instagram.com/" : ""}${rest}`) {
    case "GET www.facebook.com/dialog/oauth":
      return showDialog("facebook", call);
    case "POST www.facebook.com/dialog/oauth":
      return decideDialog("facebook", call);
    case "GET www.instagram.com/oauth/authorize":
      return showDialog("instagram", call);
    case "POST www.instagram.com/oauth/authorize":
      return decideDialog("instagram", call);
    case "GET oauth/access_token":
      return exchangeFacebook(call);
    case "POST api.instagram.com/oauth/access_token":
      return exchangeInstagram(call);
    case "GET graph.instagram.com/access_token":
      return exchangeInstagramToken(call);
    case "GET graph.instagram.com/refresh_access_token":
      return refreshInstagramToken(call);
    case "GET graph.instagram.com/me":
      return instagramAccount(call);
    default:
      return call.isInstagram && method !== "GET" && /^(me|\d+)\/subscribed_apps$/.test(rest)
        ? subscribeInstagram(call, rest.split("/")[0] ?? "")
        : undefined;
  }
}

const cannotParse = () => graphError(190, { message: "Invalid OAuth access token - Cannot parse access token" });

/** The account of a token, or why the token is refused. */
function ofInstagram(call: GraphCall): InstagramAccount | Response {
  const { simulation } = call;
  const token = tokenOf(call);
  if (simulation.faults.current.deadTokens?.includes(token)) return cannotParse();
  const id = simulation.state.logins.tokens.get(token)?.allowed.instagramId ?? "";
  return refuseLoginToken(token, simulation) ?? simulation.state.logins.instagram.get(id) ?? cannotParse();
}

function instagramAccount(call: GraphCall): Response {
  const account = ofInstagram(call);
  if (account instanceof Response) return account;
  // `id` is scoped to the app: not the one of webhooks.
  return Response.json({ user_id: account.id, username: account.username, id: `9${account.id.slice(1)}` });
}

/** A token that the simulator did not issue is valid for the account that the call names. */
function subscribeInstagram(call: GraphCall, id: string): Answer {
  const { logins } = call.simulation.state;
  const isOurs = logins.tokens.has(tokenOf(call));
  const account =
    isOurs || id === "me" || call.simulation.faults.current.deadTokens?.includes(tokenOf(call))
      ? ofInstagram(call)
      : (logins.instagram.get(id) ?? addInstagram(logins, { id, username: `shop${id.slice(-4)}` }));
  if (account instanceof Response) return account;
  if (id !== "me" && id !== account.id) return unknownNode(call.request.method, id);
  return changeSubscription(call, account, "instagram");
}

/** Answers calls about pages, behind the check of the token; undefined: it is another call. */
export function answerPage(call: GraphCall, path: string): Answer {
  const { simulation, request } = call;
  const { logins } = simulation.state;
  const token = logins.tokens.get(tokenOf(call));
  if (path === "/me/accounts" && request.method === "GET") return listPages(call, token);
  const [, id = "", edge = ""] = /^\/(me|\d+)(?:\/(\w+))?$/.exec(path) ?? [];
  const page = logins.pages.get(id === "me" ? (token?.allowed.pageIds?.[0] ?? "") : id);
  if (!page) return undefined;
  switch (edge) {
    case "":
      return request.method === "GET" ? getPage(call, page) : undefined;
    case "subscribed_apps":
      return (
        refusePage(token, page) ??
        (request.method === "GET" ? undefined : changeSubscription(call, page, "page", page.tasks))
      );
    case "messenger_profile":
      return refusePage(token, page);
    default:
      return undefined;
  }
}

/** Only the page's own token is accepted. A token that the simulator did not issue is valid for every page. */
function refusePage(token: LoginToken | undefined, page: LoginPage): Response | undefined {
  if (!token || (token.kind === "page" && token.allowed.pageIds?.includes(page.id))) return undefined;
  return token.kind === "page"
    ? unknownNode("POST", page.id)
    : graphError(210, { message: "(#210) A page access token is required to request this resource.", httpStatus: 403 });
}

/** GET /debug_token: the accounts that a token opens; undefined for a token that the simulator did not issue. */
export function wabasOf(call: GraphCall, inputToken: string): string[] | undefined {
  const { logins, numbers } = call.simulation.state;
  const ids = logins.tokens.get(inputToken)?.allowed.phoneNumberIds;
  return ids && [...new Set(ids.flatMap((id) => numbers.get(id)?.wabaId ?? []))];
}
