"""Exports and erasures as their pages show them."""
