import type { ConversationNote } from "./schema";
import type { StoredNote } from "./state";

export type { ConversationNote } from "./schema";

export const toNote = (note: StoredNote, conversationId: string): ConversationNote => ({
  id: note.id,
  conversation_id: conversationId,
  agent_id: note.agentId,
  content: note.content,
  mentions: note.mentions,
  created_at: new Date(note.createdAt).toISOString(),
  updated_at: new Date(note.updatedAt).toISOString(),
});
