import { z } from "@hono/zod-openapi";
import { adapterOf } from "../../channels/registry";
import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import { publicLinkOf } from "../../domain/media-links";
import { operation } from "../../domain/operation";
import { changeRow } from "../../kit/change-row";
import { invalidFields, invalidRequest } from "../../kit/problem";
import { publicUrlFault } from "../../kit/public-url";
import { findFile } from "../media/find";
import { toWaTemplate, WaTemplate, WaTemplatePath } from "./model";
import { waTemplateInvalid, waTemplateNotFound, waTemplateWithoutMedia } from "./problems";
import { sampleFault } from "./samples";
import { loadTemplate } from "./store";

const UpdateHeaderMedia = z
  .strictObject({
    header_media_url: z
      .string()
      .max(2048)
      .nullable()
      .optional()
      .openapi({ description: "Public https URL of the file; null: none", example: "https://example.com/sale.png" }),
    media_id: z.uuid().optional().openapi({ description: "A public upload, whose link is taken" }),
  })
  .refine(
    ({ header_media_url, media_id }) => (header_media_url === undefined) !== (media_id === undefined),
    "exactly one of header_media_url and media_id is required",
  )
  .openapi("UpdateWaTemplateHeaderMedia");

export default operation({
  id: "updateWaTemplateHeaderMedia",
  summary: "Update template header media URL",
  description:
    "The file that messages with this template have in their header, unless they give another. For headers of format IMAGE, VIDEO or DOCUMENT.",
  params: WaTemplatePath,
  body: UpdateHeaderMedia,
  examples: { URL: { header_media_url: "https://example.com/sale.png" } },
  response: WaTemplate,
  problems: [waTemplateNotFound, waTemplateWithoutMedia, waTemplateInvalid],
  handle: ({ ctx, params, body }) => setHeaderMedia(ctx, params.id, body),
});

export async function setHeaderMedia(
  ctx: Ctx,
  id: string,
  { header_media_url: url, media_id: mediaId }: z.infer<typeof UpdateHeaderMedia>,
): Promise<WaTemplate> {
  const row = await loadTemplate(ctx, id);
  const before = toWaTemplate(row);
  const format = (await adapterOf("whatsapp")!.templates!()).headerFile(before.components);
  if (format === undefined) throw waTemplateWithoutMedia();
  const link = mediaId === undefined ? (url ?? null) : await linkOf(ctx, mediaId, format);
  const fault = link === null ? undefined : publicUrlFault(link);
  if (fault !== undefined) throw refused(mediaId === undefined ? "header_media_url" : "media_id", fault);
  const { after } = await changeRow(ctx, {
    table: "wa_templates",
    id,
    before,
    input: { header_media_url: link },
    event: (changes) => happened("wa_template.updated", id, changes),
    missing: waTemplateNotFound,
  });
  return after;
}

const refused = (field: string, message: string) => invalidFields(waTemplateInvalid, [{ field, message }]);

async function linkOf(ctx: Ctx, mediaId: string, format: "image" | "video" | "document"): Promise<string> {
  const file = await findFile(ctx, mediaId);
  if (!file) throw invalidFields(invalidRequest, [{ field: "media_id", message: "the file does not exist" }]);
  const link = publicLinkOf(ctx.config, ctx.orgId, file.r2Key);
  const fault = link === undefined ? "Must be a public upload: the channel fetches it" : sampleFault(file, format);
  if (fault !== undefined) throw refused("media_id", fault);
  return link!;
}
