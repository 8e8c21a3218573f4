import { z } from "@hono/zod-openapi";
import type { ParameterFormat } from "../../channels/channel";
import { idPath } from "../../kit/id-path";

export const WaTemplatePath = idPath("template");

export const WA_CATEGORIES = ["AUTHENTICATION", "MARKETING", "UTILITY"] as const;

export const Components = z.array(z.record(z.string(), z.unknown())).openapi({
  description: "Meta's template components: HEADER, BODY, FOOTER, BUTTONS and others",
  example: [{ type: "BODY", text: "Your order {{1}} is on its way.", example: { body_text: [["A-17"]] } }],
});

export const WaTemplate = z
  .object({
    id: z.uuid(),
    waba_id: z.string().openapi({ description: "WhatsApp Business Account ID" }),
    name: z.string(),
    language: z.string().openapi({ description: "Language code, for example id or en_US" }),
    category: z.string().openapi({ description: "AUTHENTICATION, MARKETING or UTILITY, as Meta last decided" }),
    status: z.string().openapi({
      description:
        "Meta's status, for example PENDING, APPROVED, REJECTED, IN_APPEAL, PAUSED, DISABLED, LIMIT_EXCEEDED, ARCHIVED, PENDING_DELETION or DELETED (no longer at Meta). Only an APPROVED template can be sent",
    }),
    status_reason: z
      .string()
      .nullable()
      .openapi({ description: "Why it has this status, in Meta's words; null if not known" }),
    quality: z.string().nullable().openapi({ description: "GREEN, YELLOW, RED or UNKNOWN; null if not known" }),
    is_flagged: z.boolean().openapi({
      description: "Meta has flagged it: people complain, and it may be paused or disabled. It can still be sent",
    }),
    parameter_format: z
      .enum(["POSITIONAL", "NAMED"])
      .openapi({ description: "Whether variables are numbered, {{1}}, or named, {{first_name}}" }),
    components: Components,
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    meta_template_id: z.string().nullable().openapi({ description: "Template ID assigned by Meta" }),
    header_media_url: z.string().nullable().openapi({
      description:
        "Public URL of the header's file (IMAGE, VIDEO or DOCUMENT), which is sent unless a message has its own; null: each message must have its own",
    }),
  })
  .openapi("WaTemplate");
export type WaTemplate = z.infer<typeof WaTemplate>;

export interface TemplateRow {
  id: string;
  waba_id: string;
  meta_template_id: string | null;
  name: string;
  language: string;
  category: string;
  status: string;
  status_reason: string | null;
  quality: string | null;
  flag: string | null;
  parameter_format: ParameterFormat;
  /** JSON. */
  components: string;
  header_media_url: string | null;
  status_at: number;
  category_at: number;
  quality_at: number;
  flag_at: number;
  components_at: number;
  created_at: number;
  updated_at: number;
}

export const isFlagged = ({ flag }: Pick<TemplateRow, "flag">): boolean => flag === "FLAGGED";

export function toWaTemplate(row: TemplateRow): WaTemplate {
  const { id, waba_id, name, language, category, status, status_reason, quality, parameter_format } = row;
  return {
    id,
    waba_id,
    name,
    language,
    category,
    status,
    status_reason,
    quality,
    is_flagged: isFlagged(row),
    parameter_format,
    components: JSON.parse(row.components) as WaTemplate["components"],
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
    meta_template_id: row.meta_template_id,
    header_media_url: row.header_media_url,
  };
}
