"""Answered or explained: what became of each message that came in, in plain words, and who still waits."""
