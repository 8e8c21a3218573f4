import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import type { ImportProgress } from "../../domain/object-apis";
import { idPath, pathId } from "../../kit/id-path";
import { campaignImportNotFound } from "./problems";
import { loadCampaign, objectOf } from "./store";

export const ImportPath = idPath("campaign").extend({ import_id: pathId("import") });

export const CampaignImport = z
  .object({
    id: z.uuid(),
    kind: z.enum(["csv", "contacts"]),
    status: z.enum(["running", "done", "failed"]),
    processed: z.int().openapi({ description: "Lines, or contacts with one of the tags, that were read so far" }),
    added: z.int(),
    duplicates: z.int().openapi({ description: "Addresses that the campaign had already; the first stays" }),
    refused: z.int(),
    error: z.string().nullable().openapi({ description: "Why it failed; what was added before stays" }),
    created_at: z.iso.datetime(),
    completed_at: z.iso.datetime().nullable(),
  })
  .openapi("CampaignImport");
export type CampaignImport = z.infer<typeof CampaignImport>;

export const toImport = ({ createdAt, completedAt, ...rest }: ImportProgress): CampaignImport => ({
  ...rest,
  created_at: new Date(createdAt).toISOString(),
  completed_at: completedAt === null ? null : new Date(completedAt).toISOString(),
});

/** Throws `campaign_not_found` or `campaign_import_not_found`. */
export async function requireImport(ctx: Ctx, campaignId: string, importId: string): Promise<void> {
  await loadCampaign(ctx, campaignId);
  const imports = await objectOf(ctx, campaignId).imports();
  if (!imports.some(({ id }) => id === importId)) throw campaignImportNotFound();
}
