import { tenantD1 } from "../../config";
import type { CampaignWhose } from "../../domain/campaign";
import type { ImportSource } from "../../domain/object-apis";
import type { ImportPart, ImportPosition } from "../../domain/services";
import { Cost } from "../../kit/cost";
import { TenantDatabase } from "../../kit/database";

/** Reads an import for the campaign's object. The readers load at their first use: objects start with the Worker. */
export async function readImport(
  env: Env,
  { orgId, tenantDb }: CampaignWhose,
  source: ImportSource,
  position: ImportPosition,
): Promise<ImportPart> {
  if (source.kind === "csv") return (await import("./read-csv")).readCsv(env.MEDIA, source, position);
  const db = new TenantDatabase(tenantD1(env, tenantDb), orgId, new Cost(), "first-primary");
  return (await import("./read-contacts")).readContacts(db, source, position);
}

export async function dropImport(env: Env, source: ImportSource): Promise<void> {
  if (source.kind === "csv") await env.MEDIA.delete(source.r2Key);
}
