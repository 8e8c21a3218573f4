-- What an agent of restricted sight asks for is narrowed by agent or division twice over: once by the filter, once by what they may see.
CREATE INDEX idx_conversations_agent_division_class ON conversations (org_id, assigned_agent_id, division_id, status, channel, is_unread, updated_at DESC, id DESC);
CREATE INDEX idx_conversation_tags_agent_class ON conversation_tags (org_id, tag, assigned_agent_id, status, channel, is_unread, updated_at DESC, conversation_id DESC);
CREATE INDEX idx_conversation_tags_division_class ON conversation_tags (org_id, tag, division_id, status, channel, is_unread, updated_at DESC, conversation_id DESC, assigned_agent_id);
CREATE INDEX idx_conversation_tags_agent_division ON conversation_tags (org_id, tag, assigned_agent_id, division_id, updated_at DESC, conversation_id DESC);
