import { defineWords } from "./words";

/** The words of the frame around all screens. */
export const commonWords = defineWords({ en: () => import("./words/en"), id: () => import("./words/id") });
