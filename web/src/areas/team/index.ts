import { Users } from "lucide-react";
import { defineArea } from "../area";
import { teamWords } from "./words";

export const team = defineArea({
  path: "/team",
  name: { en: "Team", id: "Tim" },
  icon: Users,
  at: "bottom",
  rights: ["agents.view", "divisions.view", "developer.access"],
  key: "t",
  page: () => import("./page"),
  words: teamWords,
});
