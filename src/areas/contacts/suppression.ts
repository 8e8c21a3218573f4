import { tenantD1 } from "../../config";
import { effect } from "../../domain/effect";
import { contactIdOf } from "../../domain/ids";
import type { AccountRef } from "../../domain/sending-account";
import type { SendingFacts } from "../../domain/services";
import { Cost } from "../../kit/cost";
import { TenantDatabase } from "../../kit/database";
import { fieldOf, ROWS } from "../../kit/rows";

/** A report that an address must not be written to again, as a conversation heard of it. */
interface Suppressed {
  conversation_id: string;
  /** The contact with the address, which need not be the conversation's. */
  contact_id: string;
  reason: string;
  decided_at: number;
  heard_at: number;
}

// The latest decision holds, so a report from before an agent's decision changes nothing.
const SUPPRESSIONS = `UPDATE contacts SET email_suppressed_at = coalesce(email_suppressed_at, ${fieldOf("decided_at")}),
  email_suppressed_reason = ${fieldOf("reason")}, email_decided_at = ${fieldOf("decided_at")}, updated_at = max(updated_at, ${fieldOf("heard_at")})
FROM ${ROWS} WHERE contacts.org_id = ?1 AND contacts.id = ${fieldOf("contact_id")} AND ${fieldOf("decided_at")} > coalesce(email_decided_at, 0)`;

/** Addresses that are not written to any more. Must run after `contacts`, which creates them. */
export const suppressions = effect<Suppressed>({
  name: "suppressions",
  fromConversation: ({ state, events }) =>
    events.flatMap(({ type, at, data }) =>
      type === "contact.address_suppressed"
        ? [
            {
              conversation_id: state.id,
              contact_id: contactIdOf(state.orgId, state.channel, data!.address as string),
              reason: data!.reason as string,
              decided_at: Date.parse(data!.decided_at as string),
              heard_at: at,
            },
          ]
        : [],
    ),
  statements: (db, rows) => {
    const latest = new Map<string, Suppressed>();
    for (const row of rows.toSorted((one, other) => one.decided_at - other.decided_at)) latest.set(row.contact_id, row);
    return [db.sql(SUPPRESSIONS, JSON.stringify([...latest.values()]))];
  },
});

/** Which of the addresses must not be written to, and the signature of the agent who writes. One query. */
export async function sendingFacts(
  env: Env,
  { orgId, tenantDb, channel }: AccountRef,
  addresses: readonly string[],
  agentId: string | null,
): Promise<SendingFacts> {
  const db = new TenantDatabase(tenantD1(env, tenantDb), orgId, new Cost(), "first-unconstrained");
  const byContact = new Map(addresses.map((address) => [contactIdOf(orgId, channel, address), address]));
  const rows = await db.query<{ contact_id: string | null; signature: string | null }>(
    `SELECT k.id AS contact_id, NULL AS signature FROM json_each(?2) i CROSS JOIN contacts k ON k.id = i.value
       WHERE k.org_id = ?1 AND k.email_suppressed_at IS NOT NULL
     UNION ALL SELECT NULL, signature FROM agents WHERE org_id = ?1 AND id = ?3 AND signature IS NOT NULL`,
    JSON.stringify([...byContact.keys()]),
    agentId ?? "",
  );
  return {
    suppressed: rows.flatMap(({ contact_id: id }) => (id === null ? [] : [byContact.get(id)!])),
    signature: rows.find(({ signature }) => signature !== null)?.signature ?? null,
  };
}
