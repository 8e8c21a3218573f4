import { ChartLine } from "lucide-react";
import { defineArea } from "../area";
import { analyticsWords } from "./words";

export const analytics = defineArea({
  path: "/analytics",
  name: { en: "Analytics", id: "Analitik" },
  icon: ChartLine,
  at: "top",
  rights: ["analytics.view"],
  key: "a",
  page: () => import("./page"),
  words: analyticsWords,
});
