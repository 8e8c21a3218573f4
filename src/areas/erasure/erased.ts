/** The extent of an erasure. */

export interface ErasedConversation {
  id: string;
  /** The version of its last state. */
  version: number;
  /** When its object erased it: what is older belongs to it, what is newer to a person who has come back. */
  until: number;
  noteIds: readonly string[];
}

export interface Erased {
  contactIds: readonly string[];
  conversations: readonly ErasedConversation[];
  /** The time of the request: contacts that are newer are of a person who has come back. */
  at: number;
  /** When their contacts went: the same for what names a contact. */
  until: number;
}

/** In SQL, whether a row is of an entity that is erased: ?2 has the ids with their times. */
export const isOld = (id: string, time: string): string =>
  `${id} IN (SELECT value ->> 'id' FROM json_each(?2)) AND ${time} <= (SELECT e.value ->> 'until' FROM json_each(?2) e WHERE e.value ->> 'id' = ${id})`;

/** The contacts and conversations, each with the time from which on it is another. */
export const entitiesOf = ({ contactIds, conversations, until }: Erased): { id: string; until: number }[] => [
  ...contactIds.map((id) => ({ id, until })),
  ...conversations.map(({ id, until: its }) => ({ id, until: its })),
];
