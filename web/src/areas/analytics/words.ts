import { defineWords } from "../../kit/words";

export const analyticsWords = defineWords({ en: () => import("./words/en"), id: () => import("./words/id") });
