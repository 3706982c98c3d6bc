"""The webhook log: what a provider asked of us, found, counted and explained. Every list is bounded."""
