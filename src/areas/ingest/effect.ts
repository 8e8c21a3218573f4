import { tenantD1 } from "../../config";
import { effect } from "../../domain/effect";
import type { AccountRef } from "../../domain/sending-account";
import { Cost } from "../../kit/cost";
import { TenantDatabase } from "../../kit/database";
import { insertRows } from "../../kit/rows";

/** An id that the channel gave a message of ours. */
export interface MailName {
  account_id: string;
  name: string;
  conversation_id: string;
  message_id: string;
  at: number;
}

/** Keeps the ids that providers gave our mails, so that an answer to one finds its conversation (subjects.ts). */
export const mailNames = effect<MailName>({
  name: "mail_names",
  fromConversation: ({ state, messages }) =>
    messages.flatMap(({ id, aliases = [], createdAt }) =>
      aliases.map((name) => ({
        account_id: state.accountId,
        name,
        conversation_id: state.id,
        message_id: id,
        at: createdAt,
      })),
    ),
  statements: (db, rows) => [keepNames(db, rows)],
});

const COLUMNS = ["account_id", "name", "conversation_id", "message_id", "at"];

/** An id that is kept already stays as it is. */
export const keepNames = (db: TenantDatabase, rows: readonly MailName[]): D1PreparedStatement =>
  db.sql(insertRows("mail_names", COLUMNS, { or: "OR IGNORE" }), JSON.stringify(rows));

/** Keeps the ids of a mail that was just sent: the effect does it seconds later, when an answer may have come. */
export async function keepMailNames(
  env: Env,
  { orgId, tenantDb, accountId }: AccountRef,
  conversationId: string,
  { id, createdAt }: { id: string; createdAt: number },
  names: readonly string[],
): Promise<void> {
  const row = { account_id: accountId, conversation_id: conversationId, message_id: id, at: createdAt };
  const db = new TenantDatabase(tenantD1(env, tenantDb), orgId, new Cost(), "first-primary");
  await keepNames(
    db,
    names.map((name) => ({ ...row, name })),
  ).run();
}
