"""The pages on which the bot is configured: its fields, and what is said about them."""
