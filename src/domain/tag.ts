/** Equal for tags, or categories, that differ only in case or in the Unicode form of their accents. */
export const tagKey = (tag: string): string => tag.normalize("NFC").toLowerCase().normalize("NFC");
