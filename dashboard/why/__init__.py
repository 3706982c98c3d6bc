"""Why the bot said that: a turn as a page shows it, and what members think of it."""
