import { defineWords } from "../../kit/words";

export const channelWords = defineWords({ en: () => import("./words/en"), id: () => import("./words/id") });
