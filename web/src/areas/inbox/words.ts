import { defineWords } from "../../kit/words";

export const inboxWords = defineWords({ en: () => import("./words/en"), id: () => import("./words/id") });
