import { defineWords } from "../../kit/words";

export const settingsWords = defineWords({ en: () => import("./words/en"), id: () => import("./words/id") });
