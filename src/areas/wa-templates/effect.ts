import { adapterOf } from "../../channels/registry";
import { effect } from "../../domain/effect";
import { MINUTE } from "../../kit/clock";
import { fieldOf, ROWS } from "../../kit/rows";
import { forgetTemplates } from "./store";

/** The channel's list may be some moments behind its refusal. */
const RESYNC_AFTER_MS = MINUTE;

/** A message failed because its template is not as we know it: the account is synced soon. */
export const refusedTemplates = effect<{ account_id: string; at: number }>({
  name: "refused_templates",
  fromConversation: ({ state, events, messages }) => {
    const isTemplateFailure = adapterOf(state.channel)?.isTemplateFailure;
    if (!isTemplateFailure) return [];
    return events.flatMap(({ type, messageId, at }) => {
      const failed = type === "message.failed" ? messages.find(({ id }) => id === messageId) : undefined;
      return failed?.type === "template" && failed.failure !== null && isTemplateFailure(failed.failure.code)
        ? [{ account_id: state.accountId, at: at + RESYNC_AFTER_MS }]
        : [];
    });
  },
  // A repeated batch must not sync again what was synced since.
  statements: (db, rows) => [
    db.sql(
      `UPDATE wa_template_accounts SET due_at = min(coalesce(due_at, ${fieldOf("at")}), ${fieldOf("at")})
       FROM ${ROWS} WHERE wa_template_accounts.org_id = ?1 AND wa_template_accounts.id = ${fieldOf("account_id")}
         AND coalesce(wa_template_accounts.synced_at, 0) < ${fieldOf("at")}`,
      JSON.stringify(rows),
    ),
  ],
});

/** A removed account's templates go, unless another account has them too; a changed one's are no longer known fully. */
export const templatesOfAccount = effect<{ id: string; is_removed: boolean; at: number }>({
  name: "wa_templates",
  fromEntity: ({ type, entityId, data, at }) => {
    const isRemoved = type === "account.removed";
    return isRemoved || (type === "account.updated" && "config" in data)
      ? [{ id: entityId, is_removed: isRemoved, at }]
      : undefined;
  },
  statements: (db, rows) => {
    const json = JSON.stringify(rows);
    return [
      db.sql(forgetTemplates(fieldOf("is_removed")), json),
      db.sql(
        `DELETE FROM wa_template_accounts WHERE +org_id = ?1 AND id IN (SELECT ${fieldOf("id")} FROM ${ROWS} WHERE ${fieldOf("is_removed")})`,
        json,
      ),
      db.sql(
        `UPDATE wa_template_accounts SET synced_at = NULL, due_at = ${fieldOf("at")} FROM ${ROWS}
         WHERE wa_template_accounts.org_id = ?1 AND wa_template_accounts.id = ${fieldOf("id")} AND NOT ${fieldOf("is_removed")}`,
        json,
      ),
    ];
  },
});
