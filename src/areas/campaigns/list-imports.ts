import { z } from "@hono/zod-openapi";
import { operation } from "../../domain/operation";
import { CampaignImport, toImport } from "./import-model";
import { CampaignPath } from "./model";
import { campaignNotFound } from "./problems";
import { loadCampaign, objectOf } from "./store";

export default operation({
  id: "listCampaignImports",
  summary: "List the imports of a campaign's recipients",
  description: "Files and tags, newest first, with how far they are.",
  params: CampaignPath,
  response: z.array(CampaignImport),
  problems: [campaignNotFound],
  handle: async ({ ctx, params }) => {
    await loadCampaign(ctx, params.id);
    return (await objectOf(ctx, params.id).imports()).map(toImport);
  },
});
