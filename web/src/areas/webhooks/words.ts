import { defineWords } from "../../kit/words";

export const webhookWords = defineWords({ en: () => import("./words/en"), id: () => import("./words/id") });
