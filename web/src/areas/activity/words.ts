import { defineWords } from "../../kit/words";

export const activityWords = defineWords({ en: () => import("./words/en"), id: () => import("./words/id") });
