import { Megaphone } from "lucide-react";
import { defineArea } from "../area";
import { campaignWords } from "./words";

export const campaigns = defineArea({
  path: "/campaigns",
  name: { en: "Campaigns", id: "Kampanye" },
  icon: Megaphone,
  at: "top",
  rights: ["campaigns.view"],
  key: "m",
  page: () => import("./page"),
  words: campaignWords,
});
