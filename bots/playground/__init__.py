"""Trying a bot out before it is published: a member's chat with the draft, and with what is published beside it.

`chat` is what the page does, `writing` what the worker does. Rows of their own: nothing reaches WhatsApp, and nothing
counts as a conversation.
"""
