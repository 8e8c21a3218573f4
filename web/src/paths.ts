/** The addresses of the console, below /app. Screens have theirs in their area's index.ts. */
export const BASE = "/app";

/** Behind a conversation's address: the message at which it opens. */
export const messageHash = (messageId: string): string => `#message=${encodeURIComponent(messageId)}`;
export const messageInHash = (hash: string): string | undefined =>
  new URLSearchParams(hash.slice(1)).get("message") ?? undefined;

export const conversationPath = (id: string, search = ""): string => `/inbox/${id}${search}`;
