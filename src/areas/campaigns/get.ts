import { operation } from "../../domain/operation";
import { CampaignPath, CampaignWithTemplate, toCampaignWithTemplate } from "./model";
import { campaignNotFound } from "./problems";
import { loadCampaign } from "./store";

export default operation({
  id: "getCampaign",
  summary: "Get a campaign",
  description: "The counts of a campaign under way are at most a second old.",
  params: CampaignPath,
  response: CampaignWithTemplate,
  problems: [campaignNotFound],
  handle: async ({ ctx, params }) => toCampaignWithTemplate(await loadCampaign(ctx, params.id)),
});
