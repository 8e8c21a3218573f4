import { effect } from "../../domain/effect";
import { ROWS } from "../../kit/rows";

/** An id that the channel gave a message of ours. */
interface MailName {
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
  statements: (db, rows) => [
    db.sql(
      `INSERT OR IGNORE INTO mail_names (org_id, account_id, name, conversation_id, message_id, at)
       SELECT ?1, r.value ->> 'account_id', r.value ->> 'name', r.value ->> 'conversation_id', r.value ->> 'message_id', r.value ->> 'at' FROM ${ROWS}`,
      JSON.stringify(rows),
    ),
  ],
});
