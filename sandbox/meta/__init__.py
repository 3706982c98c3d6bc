"""A stand-in for Meta's Cloud API, on a real socket.

    python -m sandbox.meta --port 8791 --config FILE.json [--state FOLDER] [--host 127.0.0.1]

It speaks the part of the Graph API that a WhatsApp bot needs, and posts signed webhooks as Meta does: messages, and
what became of the bot's. The phone of the people whom the file names is at /. `sandbox/meta/network.py` describes the
file; `--state` keeps the chats between runs. What it is told from outside, all JSON:

    POST   /sandbox/send       a user writes: {"from", "to", "body", "message", "id", "name", "signature"}
    POST   /sandbox/post       any body to a number's webhook: {"to", "payload", "signature", "copies"}
    GET    /sandbox/messages   ?number=&user= -> {"messages": [...], "typing": [...]}, oldest first, both ways
    POST   /sandbox/faults     {"on", "mode", "status", "code", "seconds", "times"}; see `sandbox.twilio.faults`
    GET    /sandbox/faults     the faults in force; DELETE ends all, or the one given by ?name=
    GET    /sandbox/requests   {"calls": {"messages.create": 3, ...}, "answers": {"messages.create": {"200": 3}}}
    POST   /sandbox/numbers    one more number (or a new setting of one), as in the configuration file
    POST   /sandbox/media      {"content_type", "content" (base64), "name"}: a file for messages, which tell its id
    POST   /sandbox/reset      forgets messages, faults and counters
"""
