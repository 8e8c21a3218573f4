import { Inbox } from "lucide-react";
import { defineArea } from "../area";
import InboxPage from "./page";
import { inboxWords } from "./words";

export const inbox = defineArea({
  path: "/inbox",
  name: { en: "Inbox", id: "Kotak masuk" },
  icon: Inbox,
  at: "top",
  rights: ["conversations.view"],
  key: "i",
  // The first screen is in the first file.
  page: async () => ({ default: InboxPage }),
  words: inboxWords,
});
