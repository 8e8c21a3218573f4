import { defineWords } from "../../kit/words";

export const searchWords = defineWords({ en: () => import("./words/en"), id: () => import("./words/id") });
