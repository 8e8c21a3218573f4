/** The ids of a message with several files, of which each is a message of its own (areas/ingest/files.ts). */

export const partIdOf = (externalId: string, number: number): string => `${externalId}#${number}`;

/** The id of the first part, which is the channel's; the id itself if it is no further part's. */
export const firstPartIdOf = (externalId: string): string => externalId.replace(/#\d+$/, "");
