import { LayoutTemplate } from "lucide-react";
import { defineArea } from "../area";
import { templateWords } from "./words";

export const templates = defineArea({
  path: "/templates",
  name: { en: "Templates", id: "Templat" },
  icon: LayoutTemplate,
  at: "settings",
  rights: ["templates.view"],
  key: "m",
  page: () => import("./page"),
  words: templateWords,
});
