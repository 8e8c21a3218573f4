import { adapterOf } from "../../channels/registry";
import { isRecord } from "../../channels/json";
import type { Ctx } from "../../domain/context";
import type { SendRefusal } from "../../domain/conversation/commands/send";
import type { NewMessage } from "../../domain/message/state";
import { statedErrors } from "../../kit/problem";
import { getConversation } from "../conversations/get";
import type { TemplateRow } from "./model";

interface KnownRow extends Pick<TemplateRow, "components" | "parameter_format" | "status_reason" | "header_media_url"> {
  account_id: string | null;
  is_known: number;
  synced_at: number | null;
  /** Null: the account has no template of the name. */
  language: string | null;
  status: string;
  category: string;
}

export interface PreparedTemplate {
  /** With the text that the customer reads, and the template's own file in the header. */
  message: NewMessage;
  /** Why it must not be sent. The conversation decides: a repeated call is answered as the first was. */
  refused?: SendRefusal;
  /** As the channel last decided; people may refuse marketing. */
  category?: string;
}

/** Where a message goes: a conversation, or one that may not have begun with this account. */
export interface Destination {
  conversationId: string;
  accountId?: string;
}

/**
 * Compares a template message with its template. Reads nothing for other messages, and changes nothing for an account
 * whose templates are not known: the channel decides then.
 */
export async function withTemplate(ctx: Ctx, to: Destination, message: NewMessage): Promise<PreparedTemplate> {
  const { name, language: asked } = message.content;
  const code = isRecord(asked) ? asked.code : asked;
  if (message.type !== "template" || typeof name !== "string" || typeof code !== "string") return { message };
  const rows = await templatesNamed(ctx, to, name);
  if (rows[0]?.is_known !== 1) return { message };
  const rules = await adapterOf("whatsapp")!.templates!();
  const row = rows.find(({ language }) => language !== null && rules.isSameLanguage(language, code));
  if (!row) {
    if (rows[0].synced_at === null) return { message };
    const languages = rows.flatMap(({ language }) => language ?? []);
    return {
      message,
      refused:
        languages.length === 0
          ? refusal(
              "template_not_found",
              "content.name",
              "the account has no template of this name; sync it if it is new",
            )
          : refusal(
              "template_not_found",
              "content.language",
              `the template exists in ${languages.toSorted().join(", ")}`,
            ),
    };
  }
  if (row.status !== "APPROVED") {
    const reason = row.status_reason === null ? "" : `: ${row.status_reason}`;
    return {
      message,
      refused: refusal("template_not_approved", "content.name", `the template is ${row.status}${reason}`),
    };
  }
  const form = { parameterFormat: row.parameter_format, components: JSON.parse(row.components) as unknown[] };
  const filled = rules.fillIn(form, message.content, row.header_media_url);
  if ("violations" in filled)
    return {
      message,
      refused: { problem: "message_not_allowed", ...statedErrors(filled.violations) },
    };
  const language = isRecord(asked) ? { ...asked, code: row.language } : row.language;
  return { message: { ...message, content: { ...filled.content, language } }, category: row.category };
}

const refusal = (problem: SendRefusal["problem"], field: string, message: string): SendRefusal => ({
  problem,
  detail: message,
  errors: [{ field, message }],
});

/** The templates of this name, in all languages; one row without a template tells whether the account's are known. */
async function templatesNamed(
  ctx: Ctx,
  { conversationId, accountId = null }: { conversationId: string; accountId?: string | null },
  name: string,
): Promise<KnownRow[]> {
  const read = (knownAccountId: string | null): Promise<KnownRow[]> =>
    ctx.db.query<KnownRow>(
      `SELECT c.id AS account_id, a.id IS NOT NULL AS is_known, a.synced_at, t.language, t.status, t.category, t.status_reason, t.components, t.parameter_format, t.header_media_url
       FROM (SELECT coalesce(?4, (SELECT account_id FROM conversations WHERE org_id = ?1 AND id = ?2)) AS id) c
       LEFT JOIN wa_template_accounts a ON a.id = c.id AND a.org_id = ?1
       LEFT JOIN wa_templates t ON t.org_id = ?1 AND t.waba_id = a.waba_id AND t.name = ?3`,
      conversationId,
      name,
      knownAccountId,
    );
  const rows = await read(accountId);
  // A conversation that has just begun is not in D1 yet.
  return rows[0]?.account_id === null ? read((await getConversation(ctx, conversationId)).account_id) : rows;
}
