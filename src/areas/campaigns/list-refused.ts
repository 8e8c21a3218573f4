import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { decodeCursor, pageOf, pageQuery, toPage } from "../../kit/page";
import { ImportPath, requireImport } from "./import-model";
import { campaignImportNotFound, campaignNotFound } from "./problems";
import { objectOf } from "./store";

const RefusedLine = z
  .object({
    line: z.int().openapi({ description: "Line of the file, from 1; for tags, the contact in the order of reading" }),
    value: z.string().openapi({ description: "The address as it was written, or the contact's id" }),
    reason: z.string(),
  })
  .openapi("RefusedRecipient");
const Page = pageOf(RefusedLine).openapi("RefusedRecipientPage");

export default operation({
  id: "listRefusedRecipients",
  summary: "List what an import refused",
  description: "In the order of the lines, with the reason of each.",
  params: ImportPath,
  query: z.object(pageQuery),
  response: Page,
  problems: [campaignNotFound, campaignImportNotFound],
  handle: ({ ctx, params, query }) => listRefused(ctx, params.id, params.import_id, query),
});

export async function listRefused(
  ctx: Ctx,
  campaignId: string,
  importId: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<z.infer<typeof Page>> {
  const after = decodeCursor(cursor)?.at ?? 0;
  await requireImport(ctx, campaignId, importId);
  const lines = await objectOf(ctx, campaignId).refused(importId, after, limit + 1);
  return toPage(
    lines,
    limit,
    ({ line }) => ({ at: line, id: importId }),
    (line) => line,
  );
}
