import { Inbox } from "lucide-react";
import { defineArea } from "../area";
import { inboxWords } from "./words";

export const inbox = defineArea({
  path: "/inbox",
  name: { en: "Inbox", id: "Kotak masuk" },
  icon: Inbox,
  at: "top",
  rights: ["conversations.view"],
  key: "i",
  page: () => import("./page"),
  words: inboxWords,
});
