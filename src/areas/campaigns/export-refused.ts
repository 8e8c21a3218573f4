import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { csvFile } from "./csv-stream";
import { ImportPath, requireImport } from "./import-model";
import { campaignImportNotFound, campaignNotFound } from "./problems";
import { objectOf } from "./store";

const LINES_AT_ONCE = 1000;

export default operation({
  id: "exportRefusedRecipients",
  summary: "Export what an import refused as CSV",
  description: "All lines with their reasons, to be corrected and uploaded again.",
  params: ImportPath,
  response: z.string(),
  contentType: "text/csv",
  problems: [campaignNotFound, campaignImportNotFound],
  handle: ({ ctx, params }) => exportRefused(ctx, params.id, params.import_id),
});

export async function exportRefused(ctx: Ctx, campaignId: string, importId: string): Promise<Response> {
  await requireImport(ctx, campaignId, importId);
  let after = 0;
  return csvFile("refused-recipients.csv", ["line", "value", "reason"], async () => {
    const lines = await objectOf(ctx, campaignId).refused(importId, after, LINES_AT_ONCE);
    after = lines.at(-1)?.line ?? after;
    if (lines.length === 0) return undefined;
    return lines.map(({ line, value, reason }) => [String(line), value, reason]);
  });
}
