import { ServerCog } from "lucide-react";
import { defineArea } from "../area";
import { operatorWords } from "./words";

export const operator = defineArea({
  path: "/operator",
  name: { en: "Operator", id: "Operator" },
  icon: ServerCog,
  at: "settings",
  // Its right is the operator's token, which is asked for on the page.
  rights: [],
  isUnlisted: true,
  key: "o",
  page: () => import("./page"),
  words: operatorWords,
});
