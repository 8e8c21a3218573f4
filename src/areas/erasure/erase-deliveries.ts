import type { Ctx } from "../../domain/context";
import { idAt } from "../../domain/webhook";
import { entitiesOf, type Erased } from "./erased";

/** No index has the entity of a delivery, so all of the organization's are read: so many by a statement. */
const DELIVERIES_PER_STEP = 20_000;

interface Place {
  webhook_id: string;
  id: string;
}

/**
 * Deletes the deliveries of webhooks about what is erased, and what an endpoint has answered to the last of them: it may
 * have repeated it.
 */
export async function eraseDeliveries(ctx: Ctx, erased: Erased): Promise<void> {
  const { db } = ctx;
  // No delivery of an event up to the time has a higher id: it begins with the time, in hexadecimal.
  const entities = JSON.stringify(entitiesOf(erased).map(({ id, until }) => ({ id, last: `${idAt(until)}-ffff` })));
  const isTheirs = `d.entity_id IN (SELECT value ->> 'id' FROM json_each(?2))
    AND d.id <= (SELECT e.value ->> 'last' FROM json_each(?2) e WHERE e.value ->> 'id' = d.entity_id)`;
  await db.batch(
    ["last_success", "last_failure"].map((column) =>
      db.sql(
        `UPDATE webhooks SET ${column} = json_set(${column}, '$.response_body', NULL) WHERE org_id = ?1 AND EXISTS (
           SELECT 1 FROM webhook_deliveries d WHERE d.org_id = ?1 AND d.webhook_id = webhooks.id AND d.id = ${column} ->> 'delivery_id' AND ${isTheirs})`,
        entities,
      ),
    ),
  );
  for (let from: Place = { webhook_id: "", id: "" }; ;) {
    const [end] = await db.query<Place>(
      `SELECT webhook_id, id FROM webhook_deliveries WHERE org_id = ?1 AND (webhook_id, id) > (?2, ?3) ORDER BY webhook_id, id LIMIT 1 OFFSET ${DELIVERIES_PER_STEP}`,
      from.webhook_id,
      from.id,
    );
    const to = end ?? { webhook_id: "~", id: "" };
    await db
      .sql(
        `DELETE FROM webhook_deliveries AS d WHERE d.org_id = ?1 AND (d.webhook_id, d.id) > (?3, ?4) AND (d.webhook_id, d.id) <= (?5, ?6) AND ${isTheirs}`,
        entities,
        from.webhook_id,
        from.id,
        to.webhook_id,
        to.id,
      )
      .run();
    if (!end) return;
    from = end;
  }
}
