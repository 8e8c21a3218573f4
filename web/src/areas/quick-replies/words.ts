import { defineWords } from "../../kit/words";

export const quickReplyWords = defineWords({ en: () => import("./words/en"), id: () => import("./words/id") });
