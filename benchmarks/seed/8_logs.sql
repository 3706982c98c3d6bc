-- Of the messages and, beyond them, of what nobody knows.
INSERT INTO bots_webhooklog
       (id, timestamp, method, headers, body, response_status, processing_time, error, kind, channel_id, message_id,
        outcome)
SELECT md5('log' || i)::uuid, coalesce(message.timestamp, now() - (i::float / %(logs)s) * interval '30 days'), 'POST',
       '{"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "TwilioProxy/1.1"}',
       jsonb_build_object('From', 'whatsapp:+1628' || lpad((1 + i % %(contacts)s)::text, 7, '0'),
                          'MessageSid', coalesce(message.external_id, 'SM' || md5('gone' || i)),
                          'Body', coalesce(message.content, '')),
       CASE WHEN i % 1009 = 0 THEN 403 ELSE 200 END, CASE WHEN i % 2003 = 0 THEN 900 ELSE 2 + i % 9 END, NULL,
       CASE WHEN message.direction = 'in' THEN 'message' ELSE 'status' END, %(channel)s,
       CASE WHEN i % 1009 <> 0 THEN message.id END,
       CASE WHEN i % 1009 = 0 THEN 'forged' WHEN i % 4001 = 0 THEN 'malformed'
            WHEN message.direction = 'in' THEN CASE WHEN i % 503 = 0 THEN 'repeat' ELSE 'accepted' END
            ELSE CASE WHEN i % 701 = 0 THEN 'ignored' ELSE 'updated' END END
  FROM generate_series(1, %(logs)s) AS i
  LEFT JOIN bots_message AS message ON message.id = md5('message' || i)::uuid
