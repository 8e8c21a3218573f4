/** Pages and Instagram accounts as an app sees them: their tokens and subscriptions. */
import { graphError } from "./errors.ts";
import { issueToken, type LoginPage, type LoginToken } from "./login-state.ts";
import { readBody } from "./parameters.ts";
import type { GraphCall } from "./simulation.ts";

const PAGE_FIELDS = new Set(
  "messages,messaging_postbacks,message_deliveries,message_reads,message_echoes,message_edits,message_reactions,messaging_referrals,messaging_optins,messaging_handovers,messaging_policy_enforcement,standby,feed".split(
    ",",
  ),
);
const INSTAGRAM_FIELDS = new Set(
  "messages,messaging_postbacks,messaging_seen,message_reactions,message_edit,messaging_referral,messaging_optins,messaging_handover,standby,comments".split(
    ",",
  ),
);

/** GET /me/accounts */
export function listPages({ url, simulation }: GraphCall, token: LoginToken | undefined): Response {
  if (!token) return graphError(190, { message: "Invalid OAuth access token - Cannot parse access token" });
  const { logins } = simulation.state;
  const pages = (token.allowed.pageIds ?? []).flatMap((id) => logins.pages.get(id) ?? []);
  const limit = Number(url.searchParams.get("limit") ?? 25);
  const from = Number(url.searchParams.get("after") ?? 0);
  const data = pages.slice(from, from + limit).map(({ id, name, tasks, instagramId }) => ({
    id,
    name,
    access_token: issueToken(logins, "page", { pageIds: [id] }, simulation.now()),
    tasks,
    ...(instagramId !== undefined && { instagram_business_account: { id: instagramId } }),
  }));
  const more = from + limit < pages.length;
  return Response.json({
    data,
    paging: { cursors: { before: String(from), after: String(from + limit) }, ...(more && { next: url.href }) },
  });
}

/** GET /{page}?fields=… */
export function getPage({ url }: GraphCall, page: LoginPage): Response {
  const fields = url.searchParams.get("fields")?.split(",") ?? ["name"];
  return Response.json({
    id: page.id,
    ...(fields.includes("name") && { name: page.name }),
    ...(fields.includes("instagram_business_account") &&
      page.instagramId !== undefined && { instagram_business_account: { id: page.instagramId } }),
  });
}

/** POST and DELETE of /{page or me}/subscribed_apps. `owner` is the page or account of the token. */
export async function changeSubscription(
  { request, url, simulation }: GraphCall,
  owner: { id: string; subscribedFields?: string[] },
  of: "page" | "instagram",
  tasks: readonly string[] = ["MODERATE"],
): Promise<Response> {
  if (!tasks.includes("MODERATE"))
    return graphError(200, { message: "(#200) The user must have the MODERATE task on the page.", httpStatus: 403 });
  if (request.method === "DELETE") {
    delete owner.subscribedFields;
    simulation.state.subscriptions.set(owner.id, { subscribed: false });
    return Response.json({ success: true });
  }
  const given = url.searchParams.get("subscribed_fields") ?? (await readBody(request))?.subscribed_fields;
  if (typeof given !== "string" || given === "")
    return graphError(100, { message: "(#100) The parameter subscribed_fields is required." });
  const known = of === "page" ? PAGE_FIELDS : INSTAGRAM_FIELDS;
  const unknown = given.split(",").find((field) => !known.has(field));
  if (unknown !== undefined)
    return graphError(100, {
      message: `(#100) Param subscribed_fields[0] must be one of {${[...known].join(", ")}} - got "${unknown}".`,
    });
  owner.subscribedFields = given.split(",");
  simulation.state.subscriptions.set(owner.id, { subscribed: true });
  // The documentation shows the text.
  return Response.json({ success: of === "page" ? "true" : true });
}
