import { adapterOf } from "../../channels/registry";
import { isSameAddress } from "../../domain/identity";
import { effect } from "../../domain/effect";
import type { DomainEvent } from "../../domain/event";
import { orgToken, uuidV5 } from "../../kit/id";
import { fieldOf, insertRows, jsonOf, ROWS } from "../../kit/rows";
import { notStale } from "../../domain/conversation/stale";
import { searchTerms } from "./terms";

/** A contact as one of its conversations knows it. */
interface KnownContact {
  conversation_id: string;
  id: string;
  channel_source: string;
  name: string | null;
  phone_number: string | null;
  email: string | null;
  user_id: string | null;
  username: string | null;
  /** The key in R2. */
  picture: string | null;
  /** A number that another person has since. */
  lost_number: string | null;
  /** The one account of the conversation. */
  account_ids: [string];
  /** The search terms by field. */
  terms: Record<string, unknown>;
  seq: number;
  created_at: number;
  updated_at: number;
}

const IS_KNOWN_ON_ACCOUNT = "instr(account_ids, excluded.account_ids ->> 0) > 0";

// The terms are merged, so that fields that only another conversation knows are kept, as are the name and the email
// address that an agent entered.
const CONTACTS = insertRows(
  "contacts",
  [
    "id",
    "channel_source",
    "phone_number",
    "email",
    "user_id",
    "username",
    "picture",
    "name",
    ["org_token", "?3"],
    ["account_ids", jsonOf("account_ids")],
    ["terms", "r.value -> 'terms'"],
    "created_at",
    "updated_at",
  ],
  {
    where: notStale,
    end: `ON CONFLICT (id) DO UPDATE SET
  phone_number = coalesce(excluded.phone_number, phone_number),
  email = coalesce(email, excluded.email),
  user_id = coalesce(excluded.user_id, user_id),
  username = coalesce(excluded.username, username),
  picture = coalesce(excluded.picture, picture),
  name = iif(name_source = 'agent', name, coalesce(excluded.name, name)),
  terms = json_patch(terms, iif(name_source = 'agent', json_remove(excluded.terms, '$.name'), excluded.terms)),
  account_ids = iif(${IS_KNOWN_ON_ACCOUNT}, account_ids, json_insert(account_ids, '$[#]', excluded.account_ids ->> 0)),
  updated_at = max(updated_at, excluded.updated_at)
WHERE NOT ${IS_KNOWN_ON_ACCOUNT} OR excluded.phone_number <> coalesce(phone_number, '') OR excluded.user_id <> coalesce(user_id, '') OR excluded.username <> coalesce(username, '')
  OR excluded.picture <> coalesce(picture, '')
  OR (name_source = 'channel' AND excluded.name <> coalesce(name, ''))`,
  },
);

// Another person has the number: it no longer finds this one.
const LOST_NUMBERS = `UPDATE contacts SET phone_number = NULL, terms = json_remove(terms, '$.phone_number')
WHERE org_id = ?1 AND (id, phone_number) IN (SELECT r.value ->> 'id', r.value ->> 'lost_number' FROM ${ROWS} WHERE r.value ->> 'lost_number' IS NOT NULL AND ${notStale})`;

/** The number that the contact has lost with these events, and not taken again since. */
function lostNumber(events: readonly DomainEvent[], address: string | null): string | null {
  const lost = events.findLast(({ data }) => data?.reason === "address_lost")?.data?.address as string | undefined;
  return lost === undefined || isSameAddress(lost, address) ? null : lost;
}

/**
 * Contacts, from the states of their conversations. Must run before the effect that writes
 * conversations: stale states are recognised by what the stored rows have.
 */
export const contacts = effect<KnownContact>({
  name: "contacts",
  fromConversation: ({ state, events }) => {
    const addressIs = adapterOf(state.channel)?.capabilities.address;
    const isId = addressIs === "id";
    const fields = {
      // Excludes the name that an agent gave: the conversation may still have one that was removed since.
      name: state.profileName ?? state.username,
      phone_number: isId || addressIs === "email" ? null : state.address,
      email: addressIs === "email" ? state.address : null,
      user_id: state.userId ?? (isId ? state.address : null),
      username: state.username,
    };
    return [
      {
        conversation_id: state.id,
        id: state.contactId,
        channel_source: state.channel,
        ...fields,
        picture: state.picture,
        account_ids: [state.accountId],
        lost_number: lostNumber(events, state.address),
        terms: searchTerms(fields),
        seq: events.at(-1)!.seq,
        created_at: state.createdAt,
        updated_at: state.updatedAt,
      },
    ];
  },
  creates: {
    table: "contacts",
    event: ({ id, channel_source, name, phone_number, email, user_id, created_at }) => ({
      id: uuidV5(id, "contact.created"),
      type: "contact.created",
      entityId: id,
      at: created_at,
      actor: { kind: "customer", id: null },
      data: { channel_source, name, phone_number, ...(email !== null && { email }), user_id },
    }),
  },
  statements: (db, rows) => {
    const json = JSON.stringify(rows);
    const hasLost = rows.some((row) => row.lost_number !== null);
    return [db.sql(CONTACTS, json, orgToken(db.orgId)), ...(hasLost ? [db.sql(LOST_NUMBERS, json)] : [])];
  },
});

/** A decision of a person about marketing messages, as a conversation heard of it. */
interface MarketingDecision {
  conversation_id: string;
  contact_id: string;
  opted_out: boolean;
  source: string;
  decided_at: number;
  heard_at: number;
}

// The newest decision counts; at the same time, the one against marketing. Repeating it changes nothing.
const MARKETING_DECISIONS = `UPDATE contacts SET marketing_opted_out_at = iif(${fieldOf("opted_out")}, ${fieldOf("decided_at")}, NULL),
  marketing_source = ${fieldOf("source")}, marketing_decided_at = ${fieldOf("decided_at")}, updated_at = max(updated_at, ${fieldOf("heard_at")})
FROM ${ROWS} WHERE contacts.org_id = ?1 AND contacts.id = ${fieldOf("contact_id")}
  AND (${fieldOf("decided_at")} > coalesce(marketing_decided_at, 0)
    OR (${fieldOf("decided_at")} = marketing_decided_at AND ${fieldOf("opted_out")} AND marketing_opted_out_at IS NULL))`;

const isLater = (one: MarketingDecision, other: MarketingDecision): boolean =>
  one.decided_at > other.decided_at || (one.decided_at === other.decided_at && one.opted_out);

/** Whether contacts take marketing messages. Must run after `contacts`, which creates them. */
export const marketingDecisions = effect<MarketingDecision>({
  name: "marketing_decisions",
  fromConversation: ({ state, events }) =>
    events.flatMap(({ type, at, data }) =>
      type === "contact.marketing_changed"
        ? [
            {
              conversation_id: state.id,
              contact_id: state.contactId,
              opted_out: data!.opted_out as boolean,
              source: data!.source as string,
              decided_at: Date.parse(data!.decided_at as string),
              heard_at: at,
            },
          ]
        : [],
    ),
  statements: (db, rows) => {
    const latest = new Map<string, MarketingDecision>();
    for (const row of rows) {
      const known = latest.get(row.contact_id);
      if (!known || isLater(row, known)) latest.set(row.contact_id, row);
    }
    return [db.sql(MARKETING_DECISIONS, JSON.stringify([...latest.values()]))];
  },
});
