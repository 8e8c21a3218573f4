import { History } from "lucide-react";
import { defineArea } from "../area";
import { activityWords } from "./words";

export const activity = defineArea({
  path: "/activity",
  name: { en: "Activity log", id: "Log aktivitas" },
  icon: History,
  at: "settings",
  rights: ["activity_logs.view"],
  key: "l",
  page: () => import("./page"),
  words: activityWords,
});
