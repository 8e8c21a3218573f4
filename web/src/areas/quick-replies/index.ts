import { MessageSquareQuote } from "lucide-react";
import { defineArea } from "../area";
import { quickReplyWords } from "./words";

export const quickReplies = defineArea({
  path: "/quick-replies",
  name: { en: "Quick replies", id: "Balasan cepat" },
  icon: MessageSquareQuote,
  at: "settings",
  rights: ["quick_replies.view"],
  key: "q",
  page: () => import("./page"),
  words: quickReplyWords,
});
