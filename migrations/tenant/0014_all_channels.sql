-- A day and a week of all channels together, for trends: one row instead of one for each channel. Kept by triggers, since they also see
-- what code of before counts while it is replaced.
INSERT INTO daily_counts (org_id, scope, scope_id, day,
    conversations_new, conversations_reopened, conversations_resolved, conversations_assigned, messages_received, messages_sent,
    first_response_seconds, first_response_0, first_response_1, first_response_2, first_response_3, first_response_4,
    first_response_5, first_response_6, first_response_7, first_response_8, first_response_9, first_response_10,
    first_response_11, resolution_seconds, resolution_0, resolution_1, resolution_2, resolution_3,
    resolution_4, resolution_5, resolution_6, resolution_7, resolution_8, resolution_9,
    resolution_10, resolution_11)
SELECT org_id, 'channel', 'all', day,
    sum(conversations_new), sum(conversations_reopened), sum(conversations_resolved), sum(conversations_assigned), sum(messages_received), sum(messages_sent),
    sum(first_response_seconds), sum(first_response_0), sum(first_response_1), sum(first_response_2), sum(first_response_3), sum(first_response_4),
    sum(first_response_5), sum(first_response_6), sum(first_response_7), sum(first_response_8), sum(first_response_9), sum(first_response_10),
    sum(first_response_11), sum(resolution_seconds), sum(resolution_0), sum(resolution_1), sum(resolution_2), sum(resolution_3),
    sum(resolution_4), sum(resolution_5), sum(resolution_6), sum(resolution_7), sum(resolution_8), sum(resolution_9),
    sum(resolution_10), sum(resolution_11)
FROM daily_counts WHERE scope = 'channel' GROUP BY org_id, day;

CREATE TRIGGER daily_counts_insert AFTER INSERT ON daily_counts WHEN NEW.scope = 'channel' AND NEW.scope_id <> 'all' BEGIN
  INSERT INTO daily_counts (org_id, scope, scope_id, day) VALUES (NEW.org_id, 'channel', 'all', NEW.day) ON CONFLICT DO NOTHING;
  UPDATE daily_counts SET
    conversations_new = conversations_new + NEW.conversations_new, conversations_reopened = conversations_reopened + NEW.conversations_reopened, conversations_resolved = conversations_resolved + NEW.conversations_resolved,
    conversations_assigned = conversations_assigned + NEW.conversations_assigned, messages_received = messages_received + NEW.messages_received, messages_sent = messages_sent + NEW.messages_sent,
    first_response_seconds = first_response_seconds + NEW.first_response_seconds, first_response_0 = first_response_0 + NEW.first_response_0, first_response_1 = first_response_1 + NEW.first_response_1,
    first_response_2 = first_response_2 + NEW.first_response_2, first_response_3 = first_response_3 + NEW.first_response_3, first_response_4 = first_response_4 + NEW.first_response_4,
    first_response_5 = first_response_5 + NEW.first_response_5, first_response_6 = first_response_6 + NEW.first_response_6, first_response_7 = first_response_7 + NEW.first_response_7,
    first_response_8 = first_response_8 + NEW.first_response_8, first_response_9 = first_response_9 + NEW.first_response_9, first_response_10 = first_response_10 + NEW.first_response_10,
    first_response_11 = first_response_11 + NEW.first_response_11, resolution_seconds = resolution_seconds + NEW.resolution_seconds, resolution_0 = resolution_0 + NEW.resolution_0,
    resolution_1 = resolution_1 + NEW.resolution_1, resolution_2 = resolution_2 + NEW.resolution_2, resolution_3 = resolution_3 + NEW.resolution_3,
    resolution_4 = resolution_4 + NEW.resolution_4, resolution_5 = resolution_5 + NEW.resolution_5, resolution_6 = resolution_6 + NEW.resolution_6,
    resolution_7 = resolution_7 + NEW.resolution_7, resolution_8 = resolution_8 + NEW.resolution_8, resolution_9 = resolution_9 + NEW.resolution_9,
    resolution_10 = resolution_10 + NEW.resolution_10, resolution_11 = resolution_11 + NEW.resolution_11
  WHERE org_id = NEW.org_id AND scope = 'channel' AND scope_id = 'all' AND day = NEW.day;
END;
CREATE TRIGGER daily_counts_update AFTER UPDATE ON daily_counts WHEN NEW.scope = 'channel' AND NEW.scope_id <> 'all' BEGIN
  UPDATE daily_counts SET
    conversations_new = conversations_new + NEW.conversations_new - OLD.conversations_new, conversations_reopened = conversations_reopened + NEW.conversations_reopened - OLD.conversations_reopened, conversations_resolved = conversations_resolved + NEW.conversations_resolved - OLD.conversations_resolved,
    conversations_assigned = conversations_assigned + NEW.conversations_assigned - OLD.conversations_assigned, messages_received = messages_received + NEW.messages_received - OLD.messages_received, messages_sent = messages_sent + NEW.messages_sent - OLD.messages_sent,
    first_response_seconds = first_response_seconds + NEW.first_response_seconds - OLD.first_response_seconds, first_response_0 = first_response_0 + NEW.first_response_0 - OLD.first_response_0, first_response_1 = first_response_1 + NEW.first_response_1 - OLD.first_response_1,
    first_response_2 = first_response_2 + NEW.first_response_2 - OLD.first_response_2, first_response_3 = first_response_3 + NEW.first_response_3 - OLD.first_response_3, first_response_4 = first_response_4 + NEW.first_response_4 - OLD.first_response_4,
    first_response_5 = first_response_5 + NEW.first_response_5 - OLD.first_response_5, first_response_6 = first_response_6 + NEW.first_response_6 - OLD.first_response_6, first_response_7 = first_response_7 + NEW.first_response_7 - OLD.first_response_7,
    first_response_8 = first_response_8 + NEW.first_response_8 - OLD.first_response_8, first_response_9 = first_response_9 + NEW.first_response_9 - OLD.first_response_9, first_response_10 = first_response_10 + NEW.first_response_10 - OLD.first_response_10,
    first_response_11 = first_response_11 + NEW.first_response_11 - OLD.first_response_11, resolution_seconds = resolution_seconds + NEW.resolution_seconds - OLD.resolution_seconds, resolution_0 = resolution_0 + NEW.resolution_0 - OLD.resolution_0,
    resolution_1 = resolution_1 + NEW.resolution_1 - OLD.resolution_1, resolution_2 = resolution_2 + NEW.resolution_2 - OLD.resolution_2, resolution_3 = resolution_3 + NEW.resolution_3 - OLD.resolution_3,
    resolution_4 = resolution_4 + NEW.resolution_4 - OLD.resolution_4, resolution_5 = resolution_5 + NEW.resolution_5 - OLD.resolution_5, resolution_6 = resolution_6 + NEW.resolution_6 - OLD.resolution_6,
    resolution_7 = resolution_7 + NEW.resolution_7 - OLD.resolution_7, resolution_8 = resolution_8 + NEW.resolution_8 - OLD.resolution_8, resolution_9 = resolution_9 + NEW.resolution_9 - OLD.resolution_9,
    resolution_10 = resolution_10 + NEW.resolution_10 - OLD.resolution_10, resolution_11 = resolution_11 + NEW.resolution_11 - OLD.resolution_11
  WHERE org_id = NEW.org_id AND scope = 'channel' AND scope_id = 'all' AND day = NEW.day;
END;
