import { Plug } from "lucide-react";
import { defineArea } from "../area";
import { channelWords } from "./words";

export const channels = defineArea({
  path: "/channels",
  name: { en: "Channels", id: "Kanal" },
  icon: Plug,
  at: "settings",
  rights: ["integrations.view"],
  key: "h",
  page: () => import("./page"),
  words: channelWords,
});
