"""A tenant's WhatsApp numbers: connected, checked with their providers, tried out, removed. One use case a file."""
