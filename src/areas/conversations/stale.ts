/**
 * Whether a projection is as new as the conversation's row. A consumer that was held up would otherwise take texts and names back to
 * what it had read before. What is passed over is not lost: its object confirms no version that is older than one that it has told D1,
 * and tells it again (conversation.outbox.ts).
 */
export const notStale = (id: string): string =>
  `NOT EXISTS (SELECT 1 FROM conversations c WHERE c.id = r.value ->> '${id}' AND c.version > r.value ->> 'version')`;
