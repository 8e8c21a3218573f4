import type { Ctx } from "../../domain/context";
import { forbidden } from "../../kit/problem";

/** Throws `forbidden` for an API key. Returns the id of the caller's agent. */
export function requireSession({ actor }: Ctx): string {
  if (actor.kind !== "agent" || actor.id === null) throw forbidden("an API key has no session");
  return actor.id;
}
