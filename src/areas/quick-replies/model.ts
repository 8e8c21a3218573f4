import { z } from "@hono/zod-openapi";
import { cut } from "../../kit/cut";
import { idPath } from "../../kit/id-path";
import { tagKey } from "../../domain/tag";
import { unknownVariables, VARIABLES } from "../../domain/variables";

export const QuickReplyPath = idPath("quick reply");

export const QuickReply = z
  .object({
    id: z.uuid(),
    title: z.string(),
    content: z.string(),
    created_by: z.uuid().nullable().openapi({ description: "The agent who created it; null if not known" }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    shortcut: z.string().nullable().openapi({ description: "Text that agents type to insert it; null if none" }),
    category: z.string().nullable().openapi({ description: "Null if none" }),
    usage_count: z.int().openapi({ description: "Number of uses by all agents" }),
    own_usage_count: z.int().openapi({ description: "Number of uses by the caller" }),
    own_last_used_at: z.iso
      .datetime()
      .nullable()
      .openapi({ description: "Time of the caller's last use; null if never" }),
    is_favorite: z.boolean().openapi({ description: "Whether the quick reply is one of the caller's favorites" }),
  })
  .openapi("QuickReply");
export type QuickReply = z.infer<typeof QuickReply>;

const isText = (text: string): boolean => !text.includes("\u0000");
const Title = z.string().trim().min(1).max(200).refine(isText, "must not contain a NUL character");
const Content = z
  .string()
  .min(1)
  .max(4096)
  .refine((text) => text.trim() !== "", "must not be blank")
  .refine(isText, "must not contain a NUL character")
  .superRefine((text, check) => {
    // An unknown variable is probably a typo, and would be sent to the customer unchanged.
    for (const name of new Set(unknownVariables(text)))
      check.addIssue({
        code: "custom",
        message: `unknown variable {{${cut(name, 50)}}}; available are ${VARIABLES.join(", ")}`,
      });
  })
  .openapi({
    description: `May contain ${VARIABLES.map((name) => `\`{{${name}}}\``).join(", ")}, each optionally with a fallback for an unknown value: \`{{contact.name|there}}\``,
  });
/** A shortcut in the form in which it is stored and looked up. */
export const shortcutKey = () => z.string().trim().normalize("NFC").toLowerCase().min(1).max(50);
const Shortcut = shortcutKey()
  .regex(/^\S+$/, "must not contain whitespace")
  .refine(isText, "must not contain a NUL character")
  .openapi({
    description:
      "Text that agents type to insert the quick reply. Stored in lower case; unique in the organization; no whitespace",
    example: "/hello",
  });
const Category = z.string().trim().min(1).max(100).refine(isText, "must not contain a NUL character");

/** The category as it is stored for filters. */
export const categoryKeyOf = ({ category }: { category: string | null }): string | null =>
  category === null ? null : tagKey(category);

export const CreateQuickReply = z
  .strictObject({
    title: Title,
    content: Content,
    shortcut: Shortcut.nullable().default(null),
    category: Category.nullable().default(null),
  })
  .openapi("CreateQuickReply");
export type CreateQuickReply = z.output<typeof CreateQuickReply>;

export const UpdateQuickReply = z
  .strictObject({
    title: Title.optional(),
    content: Content.optional(),
    shortcut: Shortcut.nullable().optional(),
    category: Category.nullable().optional(),
  })
  .openapi("UpdateQuickReply");

/** A row of `quick_replies`, with the caller's row of `quick_reply_agents`. */
export interface QuickReplyRow {
  rowid: number;
  id: string;
  title: string;
  content: string;
  shortcut: string | null;
  category: string | null;
  created_by: string | null;
  use_count: number;
  created_at: number;
  updated_at: number;
  own_use_count: number | null;
  own_last_used_at: number | null;
  is_favorite: number | null;
}

export function toQuickReply(row: QuickReplyRow): QuickReply {
  return {
    id: row.id,
    title: row.title,
    content: row.content,
    created_by: row.created_by,
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
    shortcut: row.shortcut,
    category: row.category,
    usage_count: row.use_count,
    own_usage_count: row.own_use_count ?? 0,
    own_last_used_at: row.own_last_used_at === null ? null : new Date(row.own_last_used_at).toISOString(),
    is_favorite: row.is_favorite === 1,
  };
}
