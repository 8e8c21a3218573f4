/**
 * In SQL, whether the row (with its `conversation_id` and `version`) is as new as the conversation's. A consumer that was held up would
 * otherwise take texts and names back to what it had read before. A row that is passed over is not lost: its object confirms no version
 * that is older than one it has told D1, and tells it again (conversation.outbox.ts).
 */
export const notStale =
  "NOT EXISTS (SELECT 1 FROM conversations c WHERE c.id = r.value ->> 'conversation_id' AND c.version > r.value ->> 'version')";
