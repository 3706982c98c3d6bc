-- Every second message is the answer to the one before it.
INSERT INTO bots_turn
       (id, conversation_id, configuration_id, outcome, provider, model_name, prompt, passages, answer, input_tokens,
        output_tokens, attempts, timings, error, created_at)
SELECT turn_id, conversation_id, (SELECT id FROM bots_aiconfiguration WHERE is_active), 'answered', 'openai',
       'gpt-4o-mini', '[{"role": "system", "content": "You answer questions about the bakery."}]', '[]', 'An answer.',
       640, 45, 1, '{"waited": 1530, "retrieval": 3, "ai": 820}', '', at
  FROM place WHERE is_answer
    ON CONFLICT DO NOTHING
