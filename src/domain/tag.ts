/** What makes two tags the same: neither the case of their letters nor the way in which an accent is written. */
export const tagKey = (tag: string): string => tag.normalize("NFC").toLowerCase();
