-- A few who still wait: for the bot, or for a person.
WITH last AS (
    SELECT DISTINCT ON (conversation_id) id, conversation_id, timestamp FROM bots_message
     WHERE conversation_id IN (SELECT md5('conversation' || n * 7)::uuid FROM generate_series(1, 40) AS n)
     ORDER BY conversation_id, timestamp DESC
), unanswered AS (
    UPDATE bots_message SET direction = 'in', role = 'user', status = 'received', outcome = '', turn_id = NULL,
           sent_at = NULL, delivered_at = NULL
      FROM last WHERE bots_message.id = last.id
)
UPDATE bots_conversation SET waiting_since = last.timestamp FROM last WHERE bots_conversation.id = last.conversation_id
