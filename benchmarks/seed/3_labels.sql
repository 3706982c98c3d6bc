INSERT INTO bots_label (name, colour) VALUES ('Complaint', 'red'), ('Order', 'blue'), ('Wedding', 'purple');
INSERT INTO bots_conversation_labels (conversation_id, label_id)
SELECT md5('conversation' || n)::uuid, (SELECT id FROM bots_label ORDER BY id OFFSET n % 3 LIMIT 1)
  FROM generate_series(1, %(conversations)s) AS n WHERE n % 20 = 0
