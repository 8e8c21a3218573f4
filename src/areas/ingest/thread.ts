import type { Channel, ChannelUpdate, Party } from "../../channels/channel";
import { tenantD1 } from "../../config";
import type { PublicCtx } from "../../kit/context";
import { TenantDatabase } from "../../kit/database";
import { UUID_PATTERN } from "../../kit/id";
import { contactIdOf } from "../../domain/ids";
import { type AliasRow, type Decision } from "../../domain/identity";
import type { Route } from "../integrations/routes";

/** The alias table, by which src/domain/identity.ts decides who a person is (docs/adr/0003). */

/** The person that the update is about; undefined for an update that is about no person. */
export const partyOf = (update: ChannelUpdate): Party | undefined =>
  "from" in update ? update.from : "to" in update ? update.to : undefined;

/** The reference that we sent with a message, if the channel returned it: `<conversation>.<message>`. */
export function referenceOf(update: ChannelUpdate): { conversationId: string; messageId: string } | undefined {
  if (update.kind !== "status" || !update.messageId) return undefined;
  const [conversationId = "", messageId = ""] = update.messageId.split(".");
  return UUID_PATTERN.test(conversationId) ? { conversationId, messageId } : undefined;
}

/** An echo of a message that we sent ourselves says only that it was sent. Pure. */
export function ownEchoAsReceipt(update: ChannelUpdate): ChannelUpdate {
  if (update.kind !== "echo") return update;
  const { account, to, message, messageId = "" } = update;
  const { externalId, at } = message;
  const receipt: ChannelUpdate = { kind: "status", account, to, externalId, messageId, status: "sent", at };
  return referenceOf(receipt) ? receipt : update;
}

const isSameRow = (one: AliasRow, other: AliasRow): boolean =>
  one.alias === other.alias &&
  one.since === other.since &&
  one.threadKey === other.threadKey &&
  one.userId === other.userId;

/** No number of rows. */
const NO_COUNT = -1;
/** How often the table is read again because another delivery has added to it meanwhile. */
const MAX_TRIES = 10;

/** The rows of the alias table that a delivery has to do with, for one account. */
export class Aliases {
  readonly #db: TenantDatabase;
  readonly #orgId: string;
  readonly #channel: Channel;
  /** The rows of each name that has been read. */
  readonly #rows = new Map<string, AliasRow[]>();
  /** The names that agents gave, by contact. */
  readonly #givenNames = new Map<string, string | null>();

  constructor(ctx: PublicCtx, { orgId, tenantDb }: Pick<Route, "orgId" | "tenantDb">, channel: Channel) {
    this.#db = new TenantDatabase(tenantD1(ctx.env, tenantDb), orgId, ctx.cost, "first-primary");
    this.#orgId = orgId;
    this.#channel = channel;
  }

  /**
   * Decides by the rows of these names, and adds what is decided. Concurrent calls agree: rows are added only if none
   * was added since they were read. One round trip for a new person and for one whose rows say it all.
   */
  async decide(names: readonly string[], decide: (rows: readonly AliasRow[]) => Decision): Promise<string> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const known = names.flatMap((name) => this.#rows.get(name) ?? []);
      const decision = decide(known);
      const { threadKey } = decision;
      // Two people may be at one number in the same second: the later in order hides a row that is there.
      const add = decision.add.filter((row) => !known.some((other) => isSameRow(row, other)));
      if (add.length === 0) return threadKey;
      await this.#add(names, known.length, add);
    }
    throw new Error("the names of a person change too fast");
  }

  /** Reads the rows of these names, and adds none. */
  async read(names: readonly string[]): Promise<readonly AliasRow[]> {
    if (!names.every((name) => this.#rows.has(name))) await this.#add(names, NO_COUNT, []);
    return names.flatMap((name) => this.#rows.get(name) ?? []);
  }

  /** The rows of a number as they were last read. */
  rowsOf(number: string): readonly AliasRow[] {
    return this.#rows.get(number) ?? [];
  }

  /** The name that an agent gave the contact of the thread, perhaps on another account. */
  async givenName(threadKey: string): Promise<string | null> {
    const id = contactIdOf(this.#orgId, this.#channel, threadKey);
    if (!this.#givenNames.has(id)) this.#keepNames([id], (await this.#db.batch([this.#named([id])]))[0]!.results);
    return this.#givenNames.get(id) ?? null;
  }

  /** The organization's accounts on the channel: a person may have a conversation on each. */
  async accountIds(): Promise<string[]> {
    const [accounts] = await this.#db.batch([
      this.#db.sql("SELECT id FROM integration_accounts WHERE org_id = ?1 AND channel = ?2", this.#channel),
    ]);
    return (accounts!.results as { id: string }[]).map(({ id }) => id);
  }

  async #add(names: readonly string[], expected: number, add: readonly AliasRow[]): Promise<void> {
    const json = JSON.stringify(names);
    const contactIds = names.map((name) => contactIdOf(this.#orgId, this.#channel, name));
    const [, found, named] = await this.#db.batch([
      this.#db.sql(
        `INSERT OR IGNORE INTO contact_aliases (org_id, channel, alias, since, thread_key, user_id)
         SELECT ?1, ?2, r.value ->> 'alias', r.value ->> 'since', r.value ->> 'threadKey', r.value ->> 'userId'
         FROM json_each(?4) r
         WHERE (SELECT count(*) FROM contact_aliases WHERE org_id = ?1 AND channel = ?2 AND alias IN (SELECT value FROM json_each(?3))) = ?5`,
        this.#channel,
        json,
        JSON.stringify(add),
        expected,
      ),
      this.#db.sql(
        "SELECT alias, since, thread_key AS threadKey, user_id AS userId FROM contact_aliases WHERE org_id = ?1 AND channel = ?2 AND alias IN (SELECT value FROM json_each(?3))",
        this.#channel,
        json,
      ),
      this.#named(contactIds),
    ]);
    for (const name of names) this.#rows.set(name, []);
    for (const row of found!.results as unknown as AliasRow[]) this.#rows.get(row.alias)?.push(row);
    this.#keepNames(contactIds, named!.results);
  }

  #named(contactIds: readonly string[]): D1PreparedStatement {
    return this.#db.sql(
      "SELECT id, name FROM contacts WHERE +org_id = ?1 AND id IN (SELECT value FROM json_each(?2)) AND name_source = 'agent'",
      JSON.stringify(contactIds),
    );
  }

  #keepNames(contactIds: readonly string[], found: readonly unknown[]): void {
    for (const id of contactIds) this.#givenNames.set(id, null);
    for (const { id, name } of found as { id: string; name: string | null }[]) this.#givenNames.set(id, name);
  }
}
