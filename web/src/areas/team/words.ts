import { defineWords } from "../../kit/words";

export const teamWords = defineWords({ en: () => import("./words/en"), id: () => import("./words/id") });
