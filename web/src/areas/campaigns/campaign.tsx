import { Loaded } from "../../api/loaded";
import { may } from "../../api/session";
import { Draft } from "./draft";
import { Report } from "./report";
import { useCampaign } from "./use-campaign";

/** A draft is prepared; a sent campaign is watched. */
export function CampaignScreen({ id }: { id: string }) {
  const campaign = useCampaign(id);
  return (
    <Loaded query={campaign}>
      {(data) =>
        data.status === "draft" && may("campaigns.manage") ? <Draft campaign={data} /> : <Report campaign={data} />
      }
    </Loaded>
  );
}
