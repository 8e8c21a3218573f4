import { defineWords } from "../../kit/words";

export const operatorWords = defineWords({ en: () => import("./words/en"), id: () => import("./words/id") });
