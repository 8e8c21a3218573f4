import { defineWords } from "../../kit/words";

export const campaignWords = defineWords({ en: () => import("./words/en"), id: () => import("./words/id") });
