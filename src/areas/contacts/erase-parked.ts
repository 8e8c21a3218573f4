import type { Ctx } from "../../domain/context";

/** Takes a person's updates out of deliveries that are parked for the organization's accounts. */
export async function eraseParked(ctx: Ctx, contactIds: readonly string[]): Promise<void> {
  const people = await ctx.db.query<Record<"phone_number" | "email" | "user_id" | "username", string | null>>(
    "SELECT phone_number, email, user_id, username FROM contacts WHERE org_id = ?1 AND id IN (SELECT value FROM json_each(?2))",
    JSON.stringify(contactIds),
  );
  const names = people
    .flatMap((person) => Object.values(person))
    .filter((name) => name !== null)
    .map((name) => name.replace(/^\+/, ""));
  if (names.length === 0) return;
  const routes = await ctx.control
    .prepare("SELECT channel, external_id FROM channel_routes WHERE org_id = ?")
    .bind(ctx.orgId)
    .all<{ channel: string; external_id: string }>();
  const { results } = await ctx.control
    .prepare(
      `SELECT p.id, p.payload FROM json_each(?1) r CROSS JOIN parked_updates p ON p.channel = r.value ->> 'channel' AND p.account = r.value ->> 'external_id'
       WHERE EXISTS (SELECT 1 FROM json_each(?2) n WHERE instr(p.payload, n.value) > 0)`,
    )
    .bind(JSON.stringify(routes.results), JSON.stringify(names))
    .all<{ id: string; payload: string }>();
  for (const { id, payload } of results) {
    const left = (JSON.parse(payload) as unknown[]).filter((update) => {
      const text = JSON.stringify(update);
      return !names.some((name) => text.includes(name));
    });
    await (
      left.length === 0
        ? ctx.control.prepare("DELETE FROM parked_updates WHERE id = ?1").bind(id)
        : ctx.control.prepare("UPDATE parked_updates SET payload = ?2 WHERE id = ?1").bind(id, JSON.stringify(left))
    ).run();
  }
}
