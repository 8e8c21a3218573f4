import fc from "fast-check";
import { type Fixture, ownOnly } from "./fixture";

export const campaignSettings: Fixture = {
  recipes: {
    getCampaignSettings: { asks: () => [{}], stranger: ownOnly },
    updateCampaignSettings: {
      asks: () => [{ body: { frequency_cap: { max: 4, days: 7 }, opt_out_reply: "You get no more offers." } }],
      stranger: ownOnly,
    },
  },
  together: () => ({
    updateCampaignSettings: fc.record({
      sending_hours: fc.constantFrom(null, { start: "09:00", end: "20:00" }, { start: "00:00", end: "24:00" }),
      opt_out_words: fc.constantFrom(null, [], ["STOP", "Berhenti"]),
    }),
  }),
};
