"""A stand-in for Twilio, and the phone at its other side.

    python -m sandbox.twilio --port 8790 --config FILE.json [--host 127.0.0.1] [--state DIR]

It speaks the part of Twilio's REST API that a WhatsApp bot needs, posts signed webhooks as Twilio does, and serves a
phone at `/` on which people write to the configured businesses. The true `twilio` SDK talks to it when the scheme and
host of every Twilio address are replaced by this server's. `sandbox/twilio/config.py` describes the file.

What it is told from outside, all JSON (`sandbox/twilio/client.py` wraps it for tests):

    POST   /sandbox/send       a user writes: {"from", "to", "body", "kind", "media", "sid", "copies", "signature", ...}
                               -> {"sid", "answers": [{"status", "body", "ms", "error"}]}; see `control.send`
    GET    /sandbox/messages   ?number=&user= -> {"messages": [...], "typing": [...]}, oldest first, both ways
    POST   /sandbox/faults     {"on", "mode", "status", "code", "retry_after", "seconds", "times"}; see `faults.Fault`
    GET    /sandbox/faults     the faults in force; DELETE ends all, or the one given by ?name=
    GET    /sandbox/requests   {"calls": {"messages.create": 3, ...}, "answers": {"messages.create": {"201": 3}}}
    POST   /sandbox/numbers    one more number (or a new setting of one), as in the configuration file
    POST   /sandbox/reset      forgets messages, media, faults and counters; numbers and configured users stay
"""
