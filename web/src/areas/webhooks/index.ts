import { Webhook } from "lucide-react";
import { defineArea } from "../area";
import { webhookWords } from "./words";

export const webhooks = defineArea({
  path: "/webhooks",
  name: { en: "Webhooks", id: "Webhook" },
  icon: Webhook,
  at: "settings",
  rights: ["developer.access"],
  key: "w",
  page: () => import("./page"),
  words: webhookWords,
});
