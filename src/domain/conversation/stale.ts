/**
 * In SQL, whether D1 does not have the row's events yet (`conversation_id`, and `seq`: the last of them). Otherwise a
 * delayed consumer would overwrite texts and names with older ones.
 */
export const notStale =
  "NOT EXISTS (SELECT 1 FROM conversations c WHERE c.id = r.value ->> 'conversation_id' AND c.projected_seq > r.value ->> 'seq')";
