"""The files that people send: fetched from the provider, kept for a while, and read as far as the bot can."""
