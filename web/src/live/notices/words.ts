import { defineWords } from "../../kit/words";

export const noticeWords = defineWords({ en: () => import("./words/en"), id: () => import("./words/id") });
