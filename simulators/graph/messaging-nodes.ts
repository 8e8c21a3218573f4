/** Profiles of people, conversations, the menu, and control of threads. Meta: Messenger Platform, Instagram API. */
import { graphError, unknownNode } from "./errors.ts";
import { pictureLink } from "./media.ts";
import { accountOf, threadOf } from "./messaging-state.ts";
import { readBody } from "./parameters.ts";
import type { GraphCall } from "./simulation.ts";
import type { Json } from "./state.ts";

/** GET /{person}?fields=name,profile_pic,… */
export function getPerson({ id, url, simulation }: GraphCall): Response {
  const person = simulation.state.messaging.people.get(id);
  if (!person) return unknownNode("GET", id);
  if (!person.consents)
    return graphError(230, { message: "(#230) User consent is required to access user profile", httpStatus: 403 });
  const [first = "", ...rest] = person.name.split(" ");
  const known: Json = {
    id,
    name: person.name,
    first_name: first,
    last_name: rest.join(" "),
    username: person.username,
    profile_pic: pictureLink(simulation, `picture-${id}`),
    follower_count: 1,
  };
  const fields = ["id", ...(url.searchParams.get("fields") ?? "").split(",")];
  return Response.json(Object.fromEntries(Object.entries(known).filter(([name]) => fields.includes(name))));
}

/** GET /{account}/conversations?user_id=…: the thread with its newest messages first. */
export function listConversations({ id, url, simulation }: GraphCall): Response {
  const person = url.searchParams.get("user_id");
  const data = simulation.state.messaging.messages
    .filter((message) => message.account === id && message.person === person && !message.isDeleted)
    .toReversed()
    .slice(0, 20)
    .map(({ mid, at, from, text, attachments }) => ({
      id: mid,
      // Whole seconds, as Meta has them.
      created_time: new Date(Math.floor(at / 1000) * 1000).toISOString().replace(".000Z", "+0000"),
      from: { id: from === "person" ? person : id },
      message: text ?? "",
      ...(attachments && { attachments: { data: attachments } }),
    }));
  return Response.json({ data: data.length > 0 ? [{ id: `t_${person}`, messages: { data } }] : [] });
}

export async function writeMessengerProfile({ request, id, simulation }: GraphCall): Promise<Response> {
  const body = (await readBody(request)) ?? {};
  const { profile } = accountOf(simulation.state, "messenger", id);
  if (body.persistent_menu !== undefined && (body.get_started ?? profile.get_started) === undefined)
    return graphError(100, {
      message: "(#100) You must set a Get Started button if you also wish to use persistent menu",
    });
  Object.assign(profile, body);
  return Response.json({ result: "success" });
}

export function readMessengerProfile({ id, url, simulation }: GraphCall): Response {
  const { profile } = accountOf(simulation.state, "messenger", id);
  const fields = (url.searchParams.get("fields") ?? "").split(",");
  const shown = Object.fromEntries(Object.entries(profile).filter(([name]) => fields.includes(name)));
  return Response.json({ data: Object.keys(shown).length > 0 ? [shown] : [] });
}

export async function deleteMessengerProfile({ request, id, simulation }: GraphCall): Promise<Response> {
  const { fields } = (await readBody(request)) ?? {};
  const { profile } = accountOf(simulation.state, "messenger", id);
  const names = Array.isArray(fields) ? fields.map(String) : [];
  if (names.includes("get_started") && profile.persistent_menu !== undefined && !names.includes("persistent_menu"))
    return graphError(100, { message: "(#100) You must remove the persistent menu before the Get Started button" });
  for (const name of names) delete profile[name];
  return Response.json({ result: "success" });
}

export async function takeThread({ request, id, simulation }: GraphCall): Promise<Response> {
  const { recipient } = (await readBody(request)) ?? {};
  const person = (recipient as { id?: unknown } | undefined)?.id;
  if (typeof person !== "string") return graphError(100, { message: "(#100) The parameter recipient is required" });
  simulation.state.messaging.controlledElsewhere.delete(threadOf(id, person));
  return Response.json({ success: true });
}
