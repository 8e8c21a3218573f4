import { defineWords } from "../../kit/words";

export const templateWords = defineWords({ en: () => import("./words/en"), id: () => import("./words/id") });
