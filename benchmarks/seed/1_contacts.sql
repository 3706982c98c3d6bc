INSERT INTO bots_contact (id, channel_id, identity, reply_to, phone, profile_name, language, opted_out, created_at)
SELECT md5('contact' || n)::uuid, %(channel)s, '+1628' || lpad(n::text, 7, '0'), 'whatsapp:+1628' || lpad(n::text, 7, '0'),
       '+1628' || lpad(n::text, 7, '0'),
       (ARRAY['Ada','Bela','Chidi','Dana','Emre','Fatima','Goran','Hana','Ines','Jonas','Keiko','Luca'])[1 + n % 12]
           || ' ' || (ARRAY['Abel','Brandt','Costa','Dogan','Evans','Fischer','Garcia','Haddad','Ito','Jansen'])[1 + n % 10]
           || ' ' || n,
       '', n % 200 = 0, now() - interval '100 days'
  FROM generate_series(1, %(contacts)s) AS n
