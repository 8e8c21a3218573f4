import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { OrganizationSettings } from "./model";

export default operation({
  id: "getOrganization",
  summary: "Get the organization",
  response: OrganizationSettings,
  handle: ({ ctx }) => getOrganization(ctx),
});

export async function getOrganization({ db, orgId }: Ctx): Promise<OrganizationSettings> {
  const [row] = await db.query<{ name: string; slug: string; country: string | null; created_at: number }>(
    "SELECT name, slug, country, created_at FROM orgs WHERE org_id = ?1",
  );
  return { ...row!, id: orgId, created_at: new Date(row!.created_at).toISOString() };
}
