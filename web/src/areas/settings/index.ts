import { Settings } from "lucide-react";
import { defineArea } from "../area";
import { settingsWords } from "./words";

export const settings = defineArea({
  path: "/settings",
  name: { en: "Settings", id: "Pengaturan" },
  icon: Settings,
  at: "bottom",
  // Everybody has a profile.
  rights: [],
  key: "s",
  page: () => import("./page"),
  words: settingsWords,
});
