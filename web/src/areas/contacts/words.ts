import { defineWords } from "../../kit/words";

export const contactWords = defineWords({ en: () => import("./words/en"), id: () => import("./words/id") });
