-- Recent ones are many, old ones few. Of each contact the first is the one that is still open.
INSERT INTO bots_conversation
       (id, contact_id, user_phone, started_at, last_activity, is_active, metadata, mode, fence, attempts,
        history_version, assignee_id)
SELECT md5('conversation' || n)::uuid, md5('contact' || 1 + (n - 1) % %(contacts)s)::uuid,
       '+1628' || lpad((1 + (n - 1) % %(contacts)s)::text, 7, '0'), at - interval '10 minutes', at,
       n <= %(contacts)s, '{}', CASE WHEN n % 100 = 3 THEN 'human' ELSE 'bot' END, 1, 0, 1,
       CASE WHEN n % 100 = 3 AND n % 200 = 3 THEN %(member)s END
  FROM generate_series(1, %(conversations)s) AS n,
       LATERAL (SELECT now() - interval '1 minute' - power(random(), 1.3) * interval '90 days' * (n > 0)::int AS at) AS time
