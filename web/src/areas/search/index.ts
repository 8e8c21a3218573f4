import { TextSearch } from "lucide-react";
import { defineArea } from "../area";
import { searchWords } from "./words";

export const search = defineArea({
  path: "/search",
  name: { en: "Search messages", id: "Cari pesan" },
  icon: TextSearch,
  at: "top",
  rights: ["messages.search"],
  key: "f",
  page: () => import("./page"),
  words: searchWords,
});
