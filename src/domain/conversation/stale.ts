/**
 * In SQL, whether the row (with its `conversation_id` and `version`) is as new as the conversation's. Otherwise a
 * delayed consumer would overwrite texts and names with older ones. A skipped row is not lost: its object does not
 * confirm a version that is older than the last one it handed out, and hands the row out again
 * (conversation.outbox.ts).
 */
export const notStale =
  "NOT EXISTS (SELECT 1 FROM conversations c WHERE c.id = r.value ->> 'conversation_id' AND c.version > r.value ->> 'version')";
