"""One URL, one view: load, ask the domain, answer."""
