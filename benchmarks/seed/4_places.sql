-- Which conversation a message is in, when it came, and how many follow it there: the first conversation is a long one.
CREATE TEMPORARY TABLE place AS
SELECT i, conversation.id AS conversation_id, before_the_last % 2 = 0 AS is_answer,
       md5('turn' || n || '/' || before_the_last - before_the_last % 2)::uuid AS turn_id,
       last_activity - before_the_last * interval '40 seconds' AS at
  FROM (SELECT i, CASE WHEN i <= %(longest)s THEN 1 ELSE 1 + i % %(conversations)s END AS n,
               CASE WHEN i <= %(longest)s THEN %(longest)s - i
                    ELSE (%(messages)s - i) / %(conversations)s END AS before_the_last
          FROM generate_series(1, %(messages)s) AS i) AS numbered
  JOIN bots_conversation AS conversation ON conversation.id = md5('conversation' || n)::uuid
