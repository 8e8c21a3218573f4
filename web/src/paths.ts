/** The addresses of the console, below /app. Screens have theirs in their area's index.ts. */
export const BASE = "/app";

export const conversationPath = (id: string, search = ""): string => `/inbox/${id}${search}`;
