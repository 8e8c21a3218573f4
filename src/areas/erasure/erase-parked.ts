import type { Ctx } from "../../domain/context";
import type { ParkReason } from "../ingest/parked";

/** Takes a person's updates out of deliveries that are parked for the organization's accounts. */
export async function eraseParked(ctx: Ctx, contactIds: readonly string[]): Promise<void> {
  const people = await ctx.db.query<Record<"phone_number" | "email" | "user_id", string | null>>(
    "SELECT phone_number, email, user_id FROM contacts WHERE org_id = ?1 AND id IN (SELECT value FROM json_each(?2))",
    JSON.stringify(contactIds),
  );
  const names = people
    .flatMap((person) => Object.values(person))
    .filter((name) => name !== null)
    .map(plain);
  if (names.length === 0) return;
  const routes = await ctx.control
    .prepare("SELECT channel, external_id FROM channel_routes WHERE org_id = ?")
    .bind(ctx.orgId)
    .all<{ channel: string; external_id: string }>();
  const { results } = await ctx.control
    .prepare(
      `SELECT p.id, p.reason, p.payload FROM json_each(?1) r CROSS JOIN parked_updates p ON p.channel = r.value ->> 'channel' AND p.account = r.value ->> 'external_id'
       WHERE EXISTS (SELECT 1 FROM json_each(?2) n WHERE instr(lower(p.payload), n.value) > 0)`,
    )
    .bind(JSON.stringify(routes.results), JSON.stringify(names))
    .all<{ id: string; reason: ParkReason; payload: string }>();
  for (const { id, reason, payload } of results) {
    const updates = JSON.parse(payload) as unknown[];
    // Nobody gets a part that is not understood and may be cut. Other people's messages may mention the person.
    const isTheirs = reason === "unknown" ? mentionsOneOf(names) : isOfOneOf(names);
    const left = updates.filter((update) => !isTheirs(update));
    if (left.length === updates.length) continue;
    await (
      left.length === 0
        ? ctx.control.prepare("DELETE FROM parked_updates WHERE id = ?1").bind(id)
        : ctx.control.prepare("UPDATE parked_updates SET payload = ?2 WHERE id = ?1").bind(id, JSON.stringify(left))
    ).run();
  }
}

const plain = (name: string): string => name.replace(/^\+/, "").toLowerCase();

const mentionsOneOf =
  (names: readonly string[]) =>
  (update: unknown): boolean => {
    const text = JSON.stringify(update).toLowerCase();
    return names.some((name) => text.includes(name));
  };

/** Whether a value of the update, at any depth, is one of the names. */
const isOfOneOf =
  (names: readonly string[]) =>
  (value: unknown): boolean =>
    typeof value === "string"
      ? names.includes(plain(value))
      : typeof value === "object" && value !== null && Object.values(value).some(isOfOneOf(names));
