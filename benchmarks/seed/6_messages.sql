INSERT INTO bots_message
       (id, conversation_id, role, content, metadata, direction, kind, media, external_id, status, outcome,
        outcome_reason, send_attempts, error_code, error, turn_id, timestamp, sent_at, delivered_at)
SELECT md5('message' || i)::uuid, place.conversation_id, CASE WHEN is_answer THEN 'assistant' ELSE 'user' END,
       (SELECT string_agg((%(words)s)[1 + floor(power(random(), 3) * %(word_count)s)::int], ' ')
          FROM generate_series(1, 4 + i % 12) AS word WHERE i > 0)
           || CASE WHEN i % 50 = 0 THEN ' number ' || i ELSE '' END,
       '{}', CASE WHEN is_answer THEN 'out' ELSE 'in' END, 'text', '[]', 'SM' || md5('message' || i),
       CASE WHEN NOT is_answer THEN 'received' WHEN i % 499 = 0 THEN 'failed' WHEN i % 3 = 0 THEN 'delivered'
            ELSE 'read' END,
       CASE WHEN is_answer THEN '' WHEN i % 997 = 0 THEN 'failed' ELSE 'answered' END,
       CASE WHEN NOT is_answer AND i % 997 = 0 THEN 'ai_unavailable' ELSE '' END,
       is_answer::int, CASE WHEN is_answer AND i % 499 = 0 THEN '63024' ELSE '' END,
       CASE WHEN is_answer AND i % 499 = 0 THEN 'This number is not on WhatsApp' ELSE '' END,
       turn.id, at, CASE WHEN is_answer THEN at + interval '0.3 seconds' END,
       CASE WHEN is_answer THEN at + interval '1.1 seconds' END
  FROM place LEFT JOIN bots_turn AS turn ON turn.id = place.turn_id;
DROP TABLE place
